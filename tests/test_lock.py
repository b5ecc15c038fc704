"""The lock by itself: what locked-in code sees and may do, for who runs these tests and, as root, for another user."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from assignments import ROOT

from scripts import lock_grading
from scripts.classroom import limits

PROBE = """
import json, os, pathlib, resource
def seen(path):
    try:
        return sorted(os.listdir(path))
    except OSError as error:
        return type(error).__name__
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
def text(path):
    try:
        return open(path).read()
    except OSError:
        return ""
def writable(path):
    try:
        (pathlib.Path(path) / "probe").write_text("x")
        return True
    except OSError:
        return False
print(json.dumps({
    "user": os.getuid(), "capabilities": [status[name].strip() for name in ("CapEff", "CapPrm", "CapBnd")],
    "may gain": status["NoNewPrivs"].strip(),
    "course": seen(ROOT), "home": seen(HOME), "here": seen("."), "processes": len(seen("/proc/1/task")),
    "environment": sorted(os.environ), "of the sandbox": text("/proc/1/environ"),
    "others": [name for name in os.listdir("/proc") if name.isdigit()],
    "writable": [path for path in ("/", "/etc", "/dev", "/usr", ROOT, "/tmp", ".") if writable(path)],
    "limits": [resource.getrlimit(getattr(resource, name))[0] for name in ("RLIMIT_DATA", "RLIMIT_NPROC")],
}))
"""
OUTER = """
import json, pathlib, subprocess, sys, tempfile
from scripts import lock_grading as lock
sockets = pathlib.Path(tempfile.mkdtemp())
start = lock.START[: lock.START.index("runpy.run_module")] + "exec(sys.argv[1])"
names = f"ROOT, HOME = {str(lock.ROOT)!r}, {str(pathlib.Path.home())!r}"
command = lock.locked_in([sys.executable, "-c", start, names + chr(10) + sys.argv[1]], sockets)
sys.exit(subprocess.run(command, env=lock.environment()).returncode)
"""
# The same in a kernel: of the warm process, or of its own where that process is not to be had.
KERNEL = """
import asyncio, pathlib, sys
from scripts import lock_grading as lock
from nbclient.util import ensure_async
async def main():
    manager = lock.LockedKernelManager()
    await manager.start_kernel()
    assert bool(manager.beside) == WARM, "it was started in another way"
    client = manager.client()
    client.start_channels()
    await ensure_async(client.wait_for_ready(timeout=300))
    names = f"ROOT, HOME = {str(lock.ROOT)!r}, {str(pathlib.Path.home())!r}"
    print_out = lambda message: print(message["content"].get("text", message["content"].get("evalue", "")), end="")
    await client.execute_interactive(names + chr(10) + sys.argv[1], output_hook=print_out)
    client.execute("import os; os._exit(0)")
    for _ in range(3000):
        if not await manager.is_alive():
            break
        await asyncio.sleep(0.1)
    assert not await manager.is_alive(), "the sandbox outlives its kernel"
    await manager.shutdown_kernel(now=True)
asyncio.run(main())
"""
WAYS = {
    "a program": OUTER,
    "a warm kernel": "WARM = True" + KERNEL,
    "a kernel of its own": "WARM = False"
    + KERNEL.replace("async def", "lock.Warm.kernel = lambda *_: 0\nasync def", 1),
}
SWITCH = 'exec setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/nonexistent "$@"'


def as_another_user(command: list[str]) -> list[str]:
    """The command line that runs a command as nobody, with Python's folders readable, as they usually are."""
    needed = [sys.base_prefix, sys.prefix, str(ROOT)]
    closed = {parent for path in needed for parent in Path(path).parents if not parent.stat().st_mode & 0o001}
    inside = [path for path in needed if any(Path(path).is_relative_to(parent) for parent in closed)]
    steps = [f'mkdir -p "$SPARE/{i}" && mount --bind "{path}" "$SPARE/{i}"' for i, path in enumerate(inside)]
    steps += [f'mount -t tmpfs -o mode=755 none "{parent}"' for parent in sorted(closed)[:1]]
    steps += [f'mkdir -p "{path}" && mount --bind "$SPARE/{i}" "{path}"' for i, path in enumerate(inside)]
    return ["unshare", "-m", "sh", "-c", " && ".join([*steps, SWITCH]), "sh", *command]


@pytest.fixture(params=[(who, way) for who in ("whoever runs this", "another user") for way in WAYS], ids=", ".join)
def probed(request, tmp_path):
    if reason := lock_grading.no_lock():
        pytest.skip(f"students' code can't be locked in here: {reason}")
    who, way = request.param
    command = [sys.executable, "-c", WAYS[way], PROBE]
    if who == "another user":
        if not lock_grading.root() or not shutil.which("unshare"):
            pytest.skip("only root can become another user")
        command = as_another_user(command)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SECRET_OF_THE_TEACHER": "hunter2", "SPARE": str(tmp_path)}
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_lock_shows_what_is_needed_and_grants_nothing(probed):
    assert probed["user"] == lock_grading.USER and set("".join(probed["capabilities"])) == {"0"}
    assert set(probed["course"]) <= {"course_utils", ".venv"} and "course_utils" in probed["course"]
    needed = [path for path in map(Path, (sys.base_prefix, sys.prefix, ROOT)) if path.is_relative_to(Path.home())]
    allowed = {path.relative_to(Path.home()).parts[0] for path in needed}
    assert set(probed["here"]) <= {".ipython"} and probed["may gain"] == "1"
    assert probed["home"] == "FileNotFoundError" or set(probed["home"]) <= allowed
    assert "hunter2" not in probed["of the sandbox"] and "SECRET_OF_THE_TEACHER" not in probed["environment"]
    # a course that lies in /tmp stands in the lock's own /tmp, which is in memory
    own = [str(ROOT)] if ROOT.is_relative_to("/tmp") else []
    assert len(probed["others"]) <= 3 and [path for path in probed["writable"] if path not in own] == ["/tmp", "."]
    assert probed["limits"] == [lock_grading.MEMORY, lock_grading.PROCESSES]


def test_computing_and_waiting_are_counted_apart_and_from_outside(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            watch = limits.Watch((process.pid,), tmp_path, cell=1, notebook=10**6)
            while not (told := watch.slow()):
                time.sleep(0.05)
            assert told == "this cell computed for more than 1 seconds" and watch.excess() == ""
            for number in range(limits.LEFT + 1):
                (tmp_path / str(number)).touch()
            assert "wrote more than 100 files" in watch.excess()
            ended = limits.Watch((process.pid,), None, cell=1, notebook=0)
            assert "took longer than 0 seconds" in ended.excess() and ended.spent
        finally:
            process.kill()
    assert limits.used(process.pid) == limits.Used()
    with subprocess.Popen([sys.executable, "-c", "import time\ntime.sleep(600)"]) as process:
        try:
            watch = limits.Watch((process.pid,), None, cell=1, notebook=10**6)
            while not (told := watch.slow()):
                time.sleep(0.05)
            assert told == "this cell waited for more than 1 seconds"
        finally:
            process.kill()


def test_only_regular_files_come_into_the_lock(tmp_path):
    (tmp_path / "helper.py").write_text("x = 1", encoding="utf-8")
    (tmp_path / "link.py").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "work.ipynb").write_text("{}", encoding="utf-8")
    for number in range(200):
        (tmp_path / f"{number}.txt").touch()
    found = lock_grading.regular_files(tmp_path)
    assert len(found) == lock_grading.FILES and not {"link.py", "pipe", "work.ipynb"} & {path.name for path in found}
