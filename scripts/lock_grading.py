"""Locks students' code in while nbgrader runs it: what `nbgrader_config.py` puts in the place of nbgrader's own step.

Autograding runs whatever a student has handed in. Here the notebook's kernel runs under bubblewrap (``bwrap``, Linux):
without network, in processes of its own, with the whole disk read-only but for the graded copy's own folder, without
the environment's variables, and without sight of the home folder, the solutions, the gradebook and other submissions.
nbgrader itself stays outside, so a notebook reaches it by messages alone. Where bwrap is missing, grading refuses to
start, unless ``COURSE_GRADING=container`` says that a container or virtual machine does the locking in already.

It does not keep a notebook from cheating within itself: code that replaces the checks' own functions can claim points.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbgrader.preprocessors import Execute

ROOT = Path(__file__).parents[1]
HIDDEN = ("solutions", ".grading", ".git", "tests")  # keys and other people's work
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "COURSE_PROFILE")
REFUSED = (
    "Grading runs students' code, and it can't be locked in here: {}. Install bubblewrap (Linux), or grade in a "
    "container without network and set COURSE_GRADING=container there."
)


@cache
def no_lock() -> str:
    """Why code can't be locked in on this machine, as the end of a sentence; "" when it can."""
    if not shutil.which("bwrap"):
        return "bwrap was not found"
    tried = subprocess.run(["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"], capture_output=True, text=True)
    return f"bwrap says {tried.stderr.strip()!r}" if tried.returncode else ""


def locked_in(command: list[str], folder: Path, sockets: Path, course: Path) -> list[str]:
    """The command line that runs `command` locked in.

    Args:
        folder: where the code runs, and the only folder of the disk that it can write to.
        sockets: where kernel and nbgrader meet; writable too.
        course: the folder of the course; what is in `HIDDEN` there, and beside the package, looks empty.
    """
    bwrap = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/", "/"]
    bwrap += ["--dev", "/dev", "--proc", "/proc"]
    for private in ("/tmp", "/var/tmp", "/run", str(Path.home())):
        bwrap += ["--tmpfs", private] if Path(private).is_dir() else []
    # Python and the course come back where they lay in one of those.
    for needed in dict.fromkeys([sys.base_prefix, sys.prefix, str(ROOT), str(course)]):
        bwrap += ["--ro-bind", needed, needed]
    hidden = [str(base / name) for base in dict.fromkeys([ROOT, course]) for name in HIDDEN if (base / name).is_dir()]
    for empty in hidden:
        bwrap += ["--tmpfs", empty]
    for writable in (folder, sockets):
        bwrap += ["--bind", str(writable), str(writable)]
    for empty in hidden:
        bwrap += ["--remount-ro", empty]
    bwrap += ["--clearenv", "--setenv", "HOME", "/tmp"]
    for name in KEPT:
        bwrap += ["--setenv", name, os.environ[name]] if name in os.environ else []
    return [*bwrap, "--chdir", str(folder), "--", *command]


class LockedKernelManager(AsyncKernelManager):
    """Starts the kernel of this interpreter locked in; the two talk through files, since it has no network."""

    def __init__(self, **settings: Any) -> None:
        # A short path: the name of a socket has 108 characters at most.
        self.sockets = Path(tempfile.mkdtemp(prefix="kernel-"))
        super().__init__(**settings | {"transport": "ipc", "connection_file": str(self.sockets / "k.json")})

    @property
    def kernel_spec(self) -> KernelSpec:
        # A signal would reach bwrap instead of the kernel, and end both.
        return KernelSpec(**get_kernel_dict() | {"interrupt_mode": "message"})

    async def _async_start_kernel(self, **settings: Any) -> None:
        self.folder = Path(settings["cwd"]).resolve()
        await super()._async_start_kernel(**settings)

    start_kernel = _async_start_kernel

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", self.connection_file, "--log-level=ERROR"]
        course = self.folder.parents[3]  # the copy lies in .grading/autograded/student/assignment
        return locked_in([*command, *(extra_arguments or [])], self.folder, self.sockets, course)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart)
        if not restart:
            shutil.rmtree(self.sockets, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources


class LockedExecute(Execute):
    """nbgrader's step that runs the cells, in a locked-in kernel; raises RuntimeError where that can't be had."""

    def __init__(self, **settings: Any) -> None:
        if os.environ.get("COURSE_GRADING") != "container":
            if reason := no_lock():
                raise RuntimeError(REFUSED.format(reason))
            settings["kernel_manager_class"] = LockedKernelManager
        super().__init__(**settings)
