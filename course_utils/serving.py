"""Serves a model's folder over HTTP with ``transformers serve`` for as long as a ``with`` block lasts.

It finds a free port, waits until the server answers, and ends its process whatever happens in the block. It knows
nothing of what is asked: any client that speaks OpenAI's protocol takes the server's `url`.
"""

import atexit
import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

NEEDED = ("fastapi", "uvicorn", "openai")
# no proxy stands between two programs of one machine
_direct = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class Server:
    """A server that runs: `url` for a client (``http://127.0.0.1:PORT/v1``), `model`, the name that requests give it,
    the file that holds its log, and its process.
    """

    url: str
    model: str
    log: Path
    process: subprocess.Popen

    def kill(self) -> None:
        """End it at once, as a machine that fails would."""
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serve(folder: str | Path, *flags: str, wait: float = 120) -> Iterator[Server]:
    """Serve a model's folder on the CPU and hand over the `Server` once it is ready; it ends with the block.

    Args:
        folder: what ``save_pretrained`` wrote: weights, configuration, tokenizer.
        flags: more options of ``transformers serve``, such as ``"--continuous-batching"``.
        wait: seconds that loading may take.

    Raises:
        RuntimeError: the packages for serving are missing, or the server did not come up; with the end of its log.
        ValueError: there is no such folder.
    """
    folder = Path(folder)
    if not (folder / "config.json").exists():
        raise ValueError(f"{folder.name} holds no config.json: save the model there first, with save_pretrained.")
    if lacking := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        raise RuntimeError(f"{', '.join(lacking)} not installed: run pip install {' '.join(lacking)}, then try again.")
    port = free_port()
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(folder), "--device", "cpu"]
    command += ["--host", "127.0.0.1", "--port", str(port), *flags]
    home = Path(tempfile.mkdtemp(prefix="serve-"))
    log = home / "server.log"
    # offline, and with an empty cache of models of its own, which is all that it would list
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_CACHE": str(home)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=os.environ | offline
        )
    atexit.register(process.kill)  # a notebook's kernel that ends in the middle of the block
    try:
        _wait(process, f"http://127.0.0.1:{port}/health", wait, log)
        yield Server(f"http://127.0.0.1:{port}/v1", str(folder), log, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        atexit.unregister(process.kill)


def _wait(process: subprocess.Popen, health: str, seconds: float, log: Path) -> None:
    """Return when the server says that it is well; raise RuntimeError when it has ended or takes too long."""
    until = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < until:
        try:
            if _direct.open(health, timeout=5).status == 200:
                return
        except (URLError, OSError):
            time.sleep(0.1)
    what = f"took longer than {seconds:g} s" if process.poll() is None else f"ended with code {process.returncode}"
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    tail = "\n".join(f"    {line[:200]}" for line in lines[-12:]) or "    (it printed nothing)"
    raise RuntimeError(f"The server did not come up: it {what}. The end of its log:\n{tail}")
