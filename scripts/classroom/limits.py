"""Limits on a running notebook, counted from outside: computing time, memory, processes, and files left behind.

Time is the processors' time, and the time in which a notebook only waits. A busy machine stretches neither, so a class
gets the same marks on any day. Nothing here knows about cells or marks.
"""

import contextlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

GIGABYTE = 1 << 30
MEMORY = 6 * GIGABYTE  # of all processes of a notebook together
PROCESSES = 64
LEFT = 100  # files beside the sockets, where a notebook could fill the disk
IDLE = 0.01  # a notebook that computes less than this share of the time, and wants no more, waits


@dataclass(frozen=True)
class Used:
    """What a notebook uses: seconds of computing so far, bytes of memory, processes, and whether one wants to run."""

    seconds: float = 0.0
    memory: int = 0
    processes: int = 0
    busy: bool = False


def used(*pids: int) -> Used:
    """What processes and their descendants use; those that ended meanwhile are counted by their parents."""
    tree = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            tree += [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    seconds, memory, busy = 0.0, 0, False
    for process in tree:
        try:
            seconds += sum(process.cpu_times()[:4])  # user, system, and both of its ended children
            memory += _memory(process)
            busy = busy or process.status() in (psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP)
        except psutil.NoSuchProcess:
            continue
    return Used(seconds, memory, len(tree), busy)


def _memory(process: psutil.Process) -> int:
    """The bytes that a process holds; what it shares with copies of itself is divided among them, where it shows."""
    try:
        return process.memory_full_info().pss
    except (psutil.AccessDenied, AttributeError):
        return process.memory_info().rss


@dataclass
class Watch:
    """Watches one kernel: says as a sentence which limit it has passed.

    Args:
        pids: of the processes at the top; none where the kernel can't be watched.
        folder: the one folder of the disk that the kernel can write to, or None.
        cell, notebook: seconds, of computing or of waiting, that a cell and the whole notebook may take.
    """

    pids: tuple[int, ...]
    folder: Path | None
    cell: int
    notebook: int
    began: float = 0.0  # seconds that had been computed when the cell began
    waited: float = 0.0  # seconds that the cell has waited
    looked: float = field(default_factory=time.monotonic)
    computed: float = 0.0  # at the last look
    before: float = 0.0  # seconds that earlier cells waited
    spent: str = ""  # why the whole notebook is ended, once it is

    def next_cell(self) -> None:
        """Counts the time of a cell from now on."""
        self.before += self.waited
        self.began = self.computed = used(*self.pids).seconds
        self.waited, self.looked = 0.0, time.monotonic()

    def slow(self, asked: bool = True) -> str:
        """Why the cell should be interrupted, or "". Waiting counts from one call to the next, while it is `asked`."""
        now, clock = used(*self.pids), time.monotonic()
        if asked and not now.busy and now.seconds - self.computed < IDLE * (clock - self.looked):
            self.waited += clock - self.looked
        self.computed, self.looked = now.seconds, clock
        if now.seconds - self.began > self.cell:
            return f"this cell computed for more than {self.cell} seconds"
        if self.waited > self.cell:
            return f"this cell waited for more than {self.cell} seconds"
        return ""

    def excess(self) -> str:
        """Why the kernel should be ended, or ""."""
        now = used(*self.pids)
        if now.memory > MEMORY:
            return f"it used more than {MEMORY // GIGABYTE} gigabytes of memory"
        if now.processes > PROCESSES:
            return f"it ran more than {PROCESSES} processes"
        if self.folder and self._left() > LEFT:
            return f"it wrote more than {LEFT} files, or large ones, beside its sockets"
        if max(now.seconds, self.before + self.waited) > self.notebook:
            self.spent = f"the notebook took longer than {self.notebook} seconds of computing or waiting"
            return self.spent
        return ""

    def _left(self) -> int:
        """How many files lie in the folder; each ten megabytes count as one more."""
        count = 0
        for place, folders, names in os.walk(self.folder):
            count += len(folders) + len(names)
            for name in names[:LEFT]:
                try:
                    count += os.lstat(os.path.join(place, name)).st_size // 10_000_000
                except OSError:
                    continue
            if count > LEFT:
                break
        return count
