"""Locks students' code in while nbgrader runs it: the kernel of a graded notebook, under bubblewrap (Linux).

The kernel sees what this module lists and nothing else: system libraries, this interpreter, the course's package. All
of it is read-only. It writes to folders in memory alone, which have a size and vanish with it, so nothing that it
leaves behind is ever followed. It has no network, no capabilities, no environment of the teacher's, a user of its own,
and limits on memory, processes and files. nbgrader stays outside; the two talk by messages through sockets.

Where bwrap is missing, grading refuses to start, unless ``COURSE_GRADING=container`` says that a container or virtual
machine does the locking in already. What a notebook does to its own checks is not known here (``scripts/classroom``).
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

ROOT = Path(__file__).parents[1]
HOME = "/student"  # where locked-in code runs
USER = 64321  # of locked-in code when root grades; belongs to nobody
GIGABYTE = 1 << 30
MEMORY = 4 * GIGABYTE  # for one process; the limits on all of them together are in scripts/classroom/limits.py
DISK = GIGABYTE // 2  # for each of the folders in memory
PROCESSES = 256  # threads count too
FILES = 100  # of a submission beside its notebook, that the code finds in its folder
KEPT = ("LANG", "LC_ALL", "TZ", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "COURSE_PROFILE")
# What programs need of the system; the rest of /etc tells about the machine and its people.
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/sys/devices/system/cpu")
SYSTEM += ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime")
LIMITS = {"RLIMIT_DATA": MEMORY, "RLIMIT_NPROC": PROCESSES, "RLIMIT_FSIZE": DISK, "RLIMIT_CORE": 0}
START = f"""
import sys
sys.path.remove("")  # a submission's own `json.py` is no part of the kernel, which puts the folder back behind Python's
import resource, runpy
for name, most in {LIMITS}.items():
    resource.setrlimit(getattr(resource, name), (most, most))
sys.argv[0] = "kernel"
runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
"""
PARENT = {"JPY_PARENT_PID": "1"}  # or a kernel misses a parent that it can't see, and ends
# The shell says that the sandbox is there. Then it waits for a line, which starts a kernel, or for its input's end.
WAITS = 'echo; read -r _ || exit 0; exec "$@" </dev/null >/dev/null 2>&1'
REFUSED = (
    "Grading runs students' code, and it can't be locked in here: {}. Install bubblewrap 0.8 (Linux), or grade in a "
    "container without network and set COURSE_GRADING=container there."
)
AS_ROOT = "You grade as root. Students' code runs as a user without rights, but use an ordinary account if you can."


def root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@cache
def no_lock() -> str:
    """Why code can't be locked in on this machine, as the end of a sentence; "" when it can."""
    if not shutil.which("bwrap"):
        return "bwrap was not found"
    with tempfile.TemporaryDirectory(prefix="kernel-") as sockets:
        command = locked_in([sys.executable, "-c", "import course_utils"], Path(sockets))
        tried = subprocess.run(command, capture_output=True, text=True, env=environment())
    said = tried.stderr.strip().splitlines()
    return f"bwrap says {said[-1] if said else tried.returncode!r}" if tried.returncode else ""


def environment() -> dict[str, str]:
    """The environment of locked-in code, and of the sandbox around it, which that code can read too."""
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), "/usr/bin", "/bin"])
    fixed = {"PATH": path, "HOME": HOME, "USER": "student", "LOGNAME": "student", "PYTHONPATH": str(ROOT)}
    fixed |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "HF_HUB_OFFLINE": "1"}  # read at import
    return fixed | {name: os.environ[name] for name in KEPT if name in os.environ}


def _seen() -> list[str]:
    """Where Python lies: its prefixes, and folders of packages outside of them; and the course's package."""
    seen: list[str] = []
    for path in (sys.base_prefix, sys.prefix, *(path for path in sys.path if path.endswith("-packages"))):
        if Path(path).is_dir() and not any(Path(path).is_relative_to(other) for other in ("/usr", *seen)):
            seen.append(path)
    return [*seen, str(ROOT / "course_utils")]


def _parents(path: str) -> list[str]:
    """Makes the folders above a path, which bwrap alone would close to other users."""
    above = [str(parent) for parent in reversed(Path(path).parents)][1:]
    return [word for parent in above for word in ("--perms", "0755", "--dir", parent)]


def locked_in(command: list[str], sockets: Path, files: Path | None = None, tells: int | None = None) -> list[str]:
    """The command line that runs `command` locked in.

    Args:
        sockets: where kernel and nbgrader meet: the one folder of the disk that the code can write to.
        files: a folder whose regular files (notebooks left out, 100 at most) lie read-only where the code runs.
        tells: a pipe to which bwrap writes the id of a process in the sandbox.
    """
    bwrap = [
        shutil.which("bwrap") or "bwrap",
        "--die-with-parent",
        "--new-session",
        "--hostname",
        "grading",
        "--unshare-uts",
    ]
    bwrap += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-cgroup-try", "--cap-drop", "ALL"]
    bwrap += [word for name, value in PARENT.items() for word in ("--setenv", name, value)]
    bwrap += ["--info-fd", str(tells)] if tells is not None else []
    if root():
        # A user namespace would leave the code root's files and freedom from limits. So it becomes somebody else.
        for needed in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
            bwrap += ["--cap-add", needed]
        user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        user += ["--inh-caps=-all", "--bounding-set=-all", "--"]
    else:
        bwrap += ["--unshare-user", "--disable-userns", "--uid", str(USER), "--gid", str(USER)]
        user = []
    for path in SYSTEM:
        if Path(path).is_symlink():
            bwrap += ["--symlink", os.readlink(path), path]
        elif Path(path).exists():
            bwrap += [*_parents(path), "--ro-bind", path, path]
    bwrap += ["--proc", "/proc", "--dev", "/dev"]
    for writable in ("/dev/shm", "/tmp", HOME):
        bwrap += ["--perms", "0777", "--size", str(DISK), "--tmpfs", writable]
    # After those, since the interpreter or the course may lie in one of them.
    for needed in _seen():
        bwrap += [*_parents(needed), "--ro-bind", needed, needed]
    bwrap += [*_parents(str(sockets)), "--bind", str(sockets), str(sockets)]
    for file in regular_files(files) if files else ():
        bwrap += ["--ro-bind", str(file), f"{HOME}/{file.relative_to(files)}"]
    bwrap += ["--remount-ro", "/dev", "--remount-ro", "/"]
    if root():
        os.chown(sockets, USER, USER)
    return [*bwrap, "--chdir", HOME, "--", *user, *command]


def regular_files(folder: Path) -> list[Path]:
    """The regular files of a submission beside its notebooks, 100 at most; links and pipes are not followed."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(folders)[:FILES]
        paths = [Path(place) / name for name in sorted(names) if not name.endswith(".ipynb")]
        found += [path for path in paths if path.is_file() and not path.is_symlink()][: FILES - len(found)]
    return found


class Warm:
    """The process of this grader that has imported the course's libraries (`scripts/warm_kernel.py`)."""

    def __init__(self) -> None:
        self.connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        text = Path(__file__).with_name("warm_kernel.py").read_text(encoding="utf-8")
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
        command = [sys.executable, "-c", text, str(theirs.fileno())]
        self.process = subprocess.Popen(command, env=environment() | PARENT, pass_fds=[theirs.fileno()], **quiet)
        theirs.close()

    @classmethod
    @cache
    def of(cls, grader: int) -> "Warm":
        """The one of a process; each grader has its own, which ends with it."""
        return cls()

    def kernel(self, sandbox: int, held: int, arguments: list[str]) -> int:
        """Makes a kernel in a sandbox; returns the id of the process that stands by it, 0 when it could not.

        Args:
            sandbox: a process in it.
            held: a pipe that stays open as long as the kernel lives.
            arguments: the kernel's own.
        """
        asked = {"pid": sandbox, "user": USER if root() else 0, "home": HOME, "limits": LIMITS, "arguments": arguments}
        try:
            socket.send_fds(self.connection, [json.dumps(asked).encode()], [held])
            return json.loads(self.connection.recv(1 << 10) or "0")
        except OSError:
            return 0


class LockedKernelManager(AsyncKernelManager):
    """Starts the kernel of this interpreter locked in; the two talk through files, since it has no network.

    The sandbox is built first, around a shell that waits. A kernel that has its libraries already joins it; where that
    can't be had, the shell starts one of its own. The shell ends with the kernel, and the sandbox with the shell.
    """

    def __init__(self, **settings: Any) -> None:
        # A short path: the name of a socket has 108 characters at most.
        self.sockets = Path(tempfile.mkdtemp(prefix="kernel-"))
        self.beside = 0  # the process that stands by a kernel from the warm one
        super().__init__(**settings | {"transport": "ipc", "connection_file": str(self.sockets / "k.json")})

    @property
    def kernel_spec(self) -> KernelSpec:
        # A signal would reach bwrap instead of the kernel, and end both.
        return KernelSpec(**get_kernel_dict() | {"interrupt_mode": "message"})

    async def _async_start_kernel(self, **settings: Any) -> None:
        folder = settings.pop("cwd", None)
        self.files = Path(folder).resolve() if folder else None
        waits, held = os.pipe()
        output, says = os.pipe()
        known, self.tells = os.pipe()
        pipes = {"stdin": waits, "stdout": says, "pass_fds": [self.tells]}
        await super()._async_start_kernel(**settings | pipes | {"env": environment(), "cwd": str(self.sockets)})
        for file in (waits, says, self.tells):
            os.close(file)
        with open(held, "wb", 0) as held, open(output, "rb", 0) as output, open(known, "rb") as known:
            if output.readline():  # the sandbox is complete, its shell runs
                warm = Warm.of(os.getpid())
                sandbox = json.loads(known.read())["child-pid"]
                self.beside = warm.kernel(sandbox, held.fileno(), self.arguments)
                if not self.beside:
                    held.write(b"\n")

    start_kernel = _async_start_kernel

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        if root():  # the kernel reads it as another user
            os.chown(self.connection_file, USER, USER)
        self.arguments = ["-f", self.connection_file, "--log-level=ERROR", *(extra_arguments or [])]
        command = [sys.executable, "-c", START, *self.arguments]
        return locked_in(["sh", "-c", WAITS, "sh", *command], self.sockets, self.files, self.tells)

    @property
    def processes(self) -> tuple[int, ...]:
        """The processes under which everything of the kernel runs."""
        process = getattr(self.provisioner, "process", None)
        return tuple(pid for pid in (process.pid if process else 0, self.beside) if pid)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart)
        if not restart:
            shutil.rmtree(self.sockets, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources
