"""A process that has imported the course's libraries, and makes locked-in kernels of copies of itself.

Importing PyTorch, transformers and TRL takes longer than many a notebook computes. So each grader imports them once, in
this process, which runs nothing of a student's. For a kernel it forks; the copy joins the namespaces of a sandbox that
`scripts/lock_grading.py` has built with bubblewrap, gives up every right, and only then becomes a kernel. The text of
this file is handed to ``python -c``. It knows nothing of notebooks, and a sandbox only by its process id.
"""

import ctypes
import errno
import fcntl
import gc
import importlib
import json
import os
import resource
import runpy
import signal
import socket
import sys

MODULES = ("ipykernel.kernelapp", "ipykernel.ipkernel", "matplotlib.pyplot", "torch", "datasets", "transformers")
MODULES += ("transformers.models.llama.modeling_llama", "trl.trainer.sft_trainer", "peft", "course_utils.session")
USER, NAMESPACES = 0x10000000, {"cgroup": 0x02000000, "ipc": 0x08000000, "uts": 0x04000000, "net": 0x40000000}
NAMESPACES |= {"pid": 0x20000000, "mnt": 0x00020000}
GET_PARENT = 0xB702  # of ioctl, for the file of a user namespace
DUMPABLE, BOUNDING_DROP, NO_NEW_PRIVILEGES = 4, 24, 38  # of prctl
CAPABILITY_VERSION = 0x20080522

libc = ctypes.CDLL(None, use_errno=True)


def called(result: int) -> None:
    """Raises OSError when a call of the C library has failed."""
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def same(file: int | str, other: int | str) -> bool:
    """Whether two files are those of one namespace."""
    return os.stat(file).st_ino == os.stat(other).st_ino


def join(pid: int) -> None:
    """Enters the namespaces that another process has; that of process ids counts for children alone.

    bwrap makes a user namespace, which owns the others, and a second one within it that can have none. The first gives
    the right to join the others.
    """
    users = [os.open(f"/proc/{pid}/ns/user", os.O_RDONLY)]
    while not same(users[0], "/proc/self/ns/user"):
        users.insert(0, fcntl.ioctl(users[0], GET_PARENT))
    steps = [(file, USER) for file in users[1:]]
    others = [(f"/proc/{pid}/ns/{name}", f"/proc/self/ns/{name}", flag) for name, flag in NAMESPACES.items()]
    steps[1:1] = [(os.open(path, os.O_RDONLY), flag) for path, own, flag in others if not same(path, own)]
    for file, flag in steps:
        called(libc.setns(file, flag))


def give_up(user: int) -> None:
    """Gives up all capabilities for good, also those that programs bring, and becomes `user` when it isn't 0."""
    for capability in range(64):
        if libc.prctl(BOUNDING_DROP, capability, 0, 0, 0):
            if ctypes.get_errno() != errno.EINVAL:  # that one says that there are no more
                called(-1)
            break
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    called(libc.capset(header, (ctypes.c_uint32 * 6)()))
    called(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    called(libc.prctl(DUMPABLE, 1, 0, 0, 0))  # or /proc/self belongs to root


def become_kernel(asked: dict) -> None:
    """Turns this process into a kernel with limits and without files of the grader's; never returns."""
    null = os.open("/dev/null", os.O_RDWR)
    for file in (0, 1, 2):
        os.dup2(null, file)
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    for name, most in asked["limits"].items():
        resource.setrlimit(getattr(resource, name), (most, most))
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()  # Python's own are reseeded by the fork
    sys.argv = ["kernel", *asked["arguments"]]
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)


def stand_by(asked: dict, told: int) -> None:
    """Joins the sandbox, starts the kernel in it, says so to `told`, and waits until the kernel has ended.

    As long as this process lives, the pipe that the sandbox reads stays open. The kernel can't see it.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    join(asked["pid"])
    os.setsid()
    os.chdir(asked["home"])
    give_up(asked["user"])
    kernel = os.fork()
    if not kernel:
        try:
            become_kernel(asked)
        finally:
            os._exit(1)
    os.write(told, b"1")
    os.close(told)
    os.waitpid(kernel, 0)


def serve(connection: socket.socket) -> None:
    """Answers each request for a kernel with the id of the process that stands by it, until the grader has gone."""
    while True:
        text, files, _, _ = socket.recv_fds(connection, 1 << 16, 1)
        if not text:
            return
        asked = json.loads(text)
        reader, writer = os.pipe()  # closed when the kernel runs, or could not be started
        process = os.fork()
        if not process:
            try:
                connection.close()
                os.close(reader)
                stand_by(asked, writer)
            finally:
                os._exit(1)
        os.close(writer)
        os.close(files[0])
        ready = os.read(reader, 1)
        os.close(reader)
        connection.send(json.dumps(process if ready else 0).encode())


if __name__ == "__main__":
    sys.path.remove("")  # a submission's own modules are no part of the kernel, which puts the folder back
    for module in MODULES:
        try:
            importlib.import_module(module)
        except ImportError:
            pass  # the notebook that needs it will say so
    gc.freeze()  # so that copies share these objects' memory
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    serve(socket.socket(fileno=int(sys.argv[1])))
