"""Runs a training that is described in a file, as ``trl sft`` does, on one or several CPU processes, and reads its log.

Each process loads Python and the libraries anew, which takes some seconds before the first step. Everything that the
job prints goes into a log file beside its configuration; what it logs is also shown while it runs.
"""

import ast
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SILENT = 30  # seconds without a word after the training, after which processes that don't end are ended


@dataclass(frozen=True)
class Job:
    """A job that has ended well: its command, its wall time with imports, what it logged, and the whole log's file."""

    command: str
    seconds: float
    history: list[dict[str, float]]
    log: Path

    def curve(self, key: str = "loss") -> list[float]:
        """One logged figure of each step."""
        return [entry[key] for entry in self.history if key in entry]


def command(script: Sequence[str], processes: int = 1) -> list[str]:
    """The command that runs ``python`` with these arguments on so many processes of this machine.

    ``python -m torch.distributed.run`` is what ``torchrun`` calls.
    """
    if processes == 1:
        return [sys.executable, *script]
    port = "--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0"  # any free port, so that two jobs don't meet
    return [sys.executable, "-m", "torch.distributed.run", *port, "--nproc-per-node", str(processes), *script]


def run_job(
    config: str | Path, processes: int = 1, timeout: float = 300, show: Callable[[str], None] | None = print
) -> Job:
    """Run ``trl sft --config`` on a YAML file, on so many CPU processes.

    ``python -m trl.scripts.sft`` is what ``trl sft`` starts; here without its launcher, which would choose how many
    processes there are. Each loss that the job logs is passed to `show`, as a line of text.

    Raises:
        FileNotFoundError: there is no such file.
        RuntimeError: the job failed or took longer than `timeout` seconds, with the end of its log.
    """
    config = Path(config)
    if not config.is_file():
        raise FileNotFoundError(f"There is no job {config}: write the YAML file first.")
    return run_script(
        ["-m", "trl.scripts.sft", "--config", str(config)], config.with_suffix(""), processes, timeout, show
    )


def run_script(
    script: Sequence[str],
    name: str | Path,
    processes: int = 1,
    timeout: float = 300,
    show: Callable[[str], None] | None = print,
) -> Job:
    """Run ``python`` with these arguments on so many processes; the log goes to `name` with ".<processes>.log" added.

    Raises RuntimeError as `run_job` does.
    """
    log = Path(f"{name}.{processes}.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    # Without a limit each process takes every core, and they stand in each other's way. A limit that is set is kept.
    threads = max(1, (os.cpu_count() or 1) // processes)
    limit = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()  # OpenMP allows "2,1", for nested teams
    threads = min(threads, int(limit)) if limit.isdigit() and int(limit) else threads
    wanted = {"OMP_NUM_THREADS": str(threads), "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    if sys.platform == "win32":
        wanted["USE_LIBUV"] = "0"  # PyTorch's Windows builds come without it
    wanted["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH")])
    )
    line = command(script, processes)
    history: list[dict[str, float]] = []
    began, read, stuck = time.perf_counter(), 0, False
    heard = began  # when it last printed something
    with log.open("w", encoding="utf-8") as out:
        job = subprocess.Popen(line, stdout=out, stderr=subprocess.STDOUT, env=os.environ | wanted)
        try:
            while True:
                running = job.poll() is None
                lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
                if running:
                    lines = lines[:-1]  # the last may be half written
                new = [entry for entry in map(_figures, lines[read:]) if entry]
                heard = time.perf_counter() if len(lines) > read else heard
                read = max(read, len(lines))
                for entry in new:
                    history.append(entry)
                    if show and "loss" in entry:
                        steps = sum("loss" in e for e in history)
                        show(f"{time.perf_counter() - began:4.0f} s   log {steps}   loss {entry['loss']:.4f}")
                if not running:
                    break
                trained = processes > 1 and any("train_runtime" in entry for entry in history)
                stuck = trained and time.perf_counter() - heard > SILENT
                if stuck:
                    break  # trained and saved, but now and then gloo's threads don't let the processes end
                if time.perf_counter() - began > timeout:
                    raise RuntimeError(_failed(line, f"took longer than {timeout:.0f} seconds", log))
                time.sleep(0.2)
        finally:
            if job.poll() is None:
                job.terminate()
                try:
                    job.wait(10)
                except subprocess.TimeoutExpired:
                    job.kill()
    seconds = time.perf_counter() - began
    if job.returncode and not stuck:
        raise RuntimeError(_failed(line, f"stopped with exit code {job.returncode}", log))
    return Job(" ".join(line), seconds, history, log)


def _figures(line: str) -> dict[str, float] | None:
    """The figures of a line such as "{'loss': '2.67', 'epoch': '0.2'}", or None when it is another line."""
    line = line[line.rfind("\r") + 1 :].strip()
    if not (line.startswith("{") and line.endswith("}")):
        return None
    try:
        return {key: float(value) for key, value in ast.literal_eval(line).items()}
    except (ValueError, SyntaxError, TypeError, AttributeError):
        return None


def _failed(line: Sequence[str], what: str, log: Path, tail: int = 15) -> str:
    lines = [x[:300] for x in log.read_text(encoding="utf-8", errors="replace").splitlines() if x.strip()]
    # torchrun ends with a long report of its own, which hides the error
    errors = [x for x in lines if re.search(r"\w(Error|Exception)\b.*: ", x) and "ChildFailedError" not in x]
    shown = "\n".join(f"    {x}" for x in [*errors[-1:], *lines[-tail:]]) or "    (nothing was printed)"
    return (
        f"The job {what}. Its last error and the end of its log:\n{shown}\nRead the whole log in {log.name}, mend "
        f"what the error names, and run it again, or run it in a terminal: {' '.join(line)}"
    )
