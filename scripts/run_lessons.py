"""Runs the lessons headless: ``python -m scripts.run_lessons [00 01 ...]``, the work behind ``make course``.

Each lesson is executed in a kernel of this interpreter and measured: seconds, peak memory, and the lines of its
claims: ✓, ✗, ○, and those that differ from what the course's own runs gave. At the end the course's site is built from
them in ``build/site``, with the summary as its first page. ``--in-place`` stores the outputs in the notebooks instead.
The exit status is 0 when every lesson ran and no claim differed, 1 when not, 2 for a wrong request and 130 after
Ctrl-C. This file knows nothing about models or training.
"""

import argparse
import base64
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import nbformat
import psutil
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode

from course_utils import data
from course_utils.claims import FAILS, HOLDS, UNSEEN, WORDS
from course_utils.table import as_markdown

from .website import build as website

CELL_TIMEOUT = 1200  # seconds; a cell should stay under a minute on two cores, but a busy machine is no failed lesson
PICTURE = Path("docs/before_after.png")  # what README.md shows
POLL = 0.1  # seconds between two looks at the memory


class Refused(Exception):
    """A request that cannot be met, as a sentence for the person who made it."""


class OwnKernelManager(AsyncKernelManager):
    """Starts the kernel with this very interpreter, whatever kernels are installed on the machine."""

    @property
    def kernel_spec(self) -> KernelSpec:
        spec = get_kernel_dict()
        # Without its warning on unencrypted traffic, which never leaves this computer.
        return KernelSpec(**spec | {"argv": [*spec["argv"], "--log-level=ERROR"]})


@dataclass
class Result:
    """What running one lesson gave; `seconds` of wall time, `peak_mb` of the kernel and its children together."""

    lesson: str
    seconds: float = 0.0
    peak_mb: int = 0
    held: int = 0
    refuted: int = 0
    unseen: int = 0
    differing: int = 0
    problems: list[str] = field(default_factory=list)


def find_lessons(folder: Path, wanted: list[str]) -> list[Path]:
    """The notebooks ``NN_name.ipynb`` and ``NNb_name.ipynb`` of a folder, in order; all, or those that are wanted."""
    found = {path.name.partition("_")[0]: path for path in sorted(folder.glob("[0-9][0-9]*_*.ipynb"))}
    if not found:
        raise Refused(f"There are no lessons in {folder.name}/ to run.")
    unknown = [number for number in wanted if number not in found]
    if unknown:
        raise Refused(f"There is no lesson {', '.join(unknown)}; these are available: {', '.join(found)}.")
    return [path for number, path in found.items() if not wanted or number in wanted]


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all; raises `Refused` where it may not be written."""
    try:
        data.write_text(path, text)
    except OSError as error:
        raise Refused(str(error)) from error


def _processes(client: NotebookClient) -> list[psutil.Process]:
    pid = getattr(getattr(client.km, "provisioner", None), "pid", None)
    try:
        kernel = psutil.Process(pid) if pid else None
        return [kernel, *kernel.children(recursive=True)] if kernel else []
    except psutil.NoSuchProcess:
        return []


def _memory(client: NotebookClient) -> int:
    """Bytes held by the kernel and its children now."""
    total = 0
    for process in _processes(client):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total


def _lines(cell: NotebookNode) -> list[str]:
    text = "".join(output.text for output in cell.get("outputs", []) if output.output_type == "stream")
    return text.splitlines()


def execute(path: Path, progress: Callable[[int, int, float], None]) -> tuple[NotebookNode, Result]:
    """Runs one notebook in its own folder and returns it with its outputs, and what was measured.

    An error in a cell ends the lesson and lands in ``Result.problems``, as does each claim that did not hold.
    `progress` is called about ten times a second with the cell's number, the number of cells and the seconds so far.

    Raises:
        KeyboardInterrupt: after Ctrl-C, when the kernel and its children have been killed.
    """
    notebook = nbformat.read(path, as_version=4)
    result = Result(path.stem)
    running = 0
    errors: list[Exception] = []

    def count(cell: NotebookNode, cell_index: int) -> None:
        nonlocal running
        running = cell_index

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        kernel_manager_class=OwnKernelManager,
        timeout=CELL_TIMEOUT,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=count,
    )

    def work() -> None:
        try:
            client.execute()
        except Exception as error:
            errors.append(error)

    # In a thread of its own, so that Ctrl-C reaches us and not nbclient, and so that we can watch the memory.
    worker = threading.Thread(target=work, daemon=True)
    start, peak = time.monotonic(), 0
    worker.start()
    try:
        while worker.is_alive():
            worker.join(POLL)
            peak = max(peak, _memory(client))
            progress(running + 1, len(notebook.cells), time.monotonic() - start)
    except KeyboardInterrupt:
        for process in _processes(client):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        worker.join(10)
        raise

    result.seconds, result.peak_mb = round(time.monotonic() - start, 1), round(peak / 2**20)
    for error in errors:
        place = f"{path.stem}, cell {running + 1}"
        if isinstance(error, CellExecutionError):
            reason = re.sub(r"\x1b\[[0-9;]*m", "", error.evalue).strip().split("\n")[0]
            result.problems.append(f"{place} stopped with {error.ename}: {reason}")
        elif isinstance(error, CellTimeoutError):
            result.problems.append(f"{place} took longer than {CELL_TIMEOUT} s.")
        else:
            result.problems.append(f"{place}: the kernel stopped ({type(error).__name__}: {error}).")
    for number, cell in enumerate(notebook.cells, 1):
        for line in _lines(cell):
            result.held += line.startswith(f"{HOLDS} ")
            if line.startswith(f"{FAILS} {WORDS[FAILS]}: "):
                result.refuted += 1
            elif line.startswith(f"{UNSEEN} {WORDS[UNSEEN]}: "):
                result.unseen += 1
            elif line.startswith((f"{FAILS} ", f"{UNSEEN} ")):
                result.differing += 1
                result.problems.append(f"{path.stem}, cell {number}: a claim came out otherwise: {line}")
    return notebook, result


def store(path: Path, notebook: NotebookNode) -> None:
    """Writes an executed notebook back, without what differs from machine to machine and without quizzes' outputs."""
    notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        # A stored quiz shows nothing in a notebook that is not trusted.
        if cell.cell_type == "code" and "show_quiz(" in cell.source:
            cell.outputs = []
    write_text(path, nbformat.writes(notebook) + "\n")


def readme_picture(notebook: NotebookNode) -> bytes | None:
    """The figure (PNG) of the cell tagged ``readme-picture``, or None when the notebook has no such cell."""
    for cell in notebook.cells:
        if "readme-picture" in cell.metadata.get("tags", []):
            return base64.b64decode(next(o.data["image/png"] for o in cell.outputs if "image/png" in o.get("data", {})))
    return None


def _rows(results: list[Result]) -> list[dict[str, object]]:
    return [
        {"lesson": r.lesson, "seconds": f"{r.seconds:.1f}", "peak MB": r.peak_mb}
        | {"✓": r.held, "✗": r.refuted, "○": r.unseen, "otherwise": r.differing}
        for r in results
    ]


def summary(results: list[Result]) -> str:
    """The results as a Markdown table, with the problems below it."""
    every = {
        "lesson": "all",
        "seconds": f"{sum(r.seconds for r in results):.1f}",
        "peak MB": max((r.peak_mb for r in results), default=0),
        "✓": sum(r.held for r in results),
        "✗": sum(r.refuted for r in results),
        "○": sum(r.unseen for r in results),
        "otherwise": sum(r.differing for r in results),
    }
    problems = [f"- {problem}" for r in results for problem in r.problems]
    return "\n".join([as_markdown([*_rows(results), every]), *(["", *problems] if problems else []), ""])


def linked_summary(results: list[Result]) -> str:
    """The summary as the first page of the site shows it, with links to the lessons."""
    text = summary(results)
    for r in results:
        text = text.replace(f"| {r.lesson} |", f"| [{r.lesson}](notebooks/{r.lesson}.ipynb) |", 1)
    return text


def _progress(name: str) -> Callable[[int, int, float], None]:
    def show(cell: int, cells: int, seconds: float) -> None:
        if sys.stdout.isatty():
            print(f"\r{name}  cell {cell}/{cells}  {seconds:.0f} s ", end="", flush=True)

    return show


def report(results: list[Result], build: Path) -> None:
    """Writes the summary, as Markdown and as JSON."""
    write_text(build / "summary.md", summary(results))
    rows = [asdict(result) for result in results]
    write_text(build / "summary.json", json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def run_all(lessons: list[Path], build: Path, in_place: bool = False) -> int:
    """Runs lessons one after the other, writes pages and summary (or the notebooks themselves), returns the status."""
    results: list[Result] = []
    executed: dict[str, NotebookNode] = {}
    status = 0
    if not in_place:
        report(results, build)  # a folder that can't be written is told before the work
    try:
        for path in lessons:
            notebook, result = execute(path, _progress(path.stem))
            results.append(result)
            if not in_place:
                executed[path.name] = notebook
                report(results, build)
            elif not result.problems:
                store(path, notebook)
                if picture := readme_picture(notebook):
                    PICTURE.write_bytes(picture)
            outcome = "; ".join(result.problems) or "ok"
            clear = "\r" if sys.stdout.isatty() else ""
            print(f"{clear}{path.stem}  {result.seconds:.1f} s  {result.peak_mb} MB  {outcome}", flush=True)
            status = 1 if result.problems else status
    except KeyboardInterrupt:
        finished = ", ".join(result.lesson for result in results) or "none"
        print(f"\nInterrupted. Lessons finished: {finished}.")
        status = 130
    print(f"\n{summary(results)}")
    if not in_place and results:
        try:
            first = website.build(build / "site", Path(), executed, linked_summary(results))
            print(f"Pages and summary are in {build}/: open {first}")
        except website.SiteFailed as error:
            print(f"The pages could not be made; the summary is in {build}/summary.md. {error}", file=sys.stderr)
            status = status or 1
    return status


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.run_lessons", description="Run the lessons headless.")
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lesson numbers such as 00 01; all when none is given")
    parser.add_argument("--in-place", action="store_true", help="store the outputs in the notebooks, write no pages")
    parser.add_argument("--build", type=Path, default=Path("build"), help="where pages and summary go")
    options = parser.parse_args(arguments)
    os.environ["COURSE_PROGRESS"] = "off"  # nobody guesses here, and a learner's guesses stay as they are
    try:
        return run_all(find_lessons(Path("notebooks"), options.lessons), options.build, options.in_place)
    except Refused as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
