"""Tests answers a second time, where a notebook can't reach: in this process, or in a locked-in kernel of its own.

A task with generated cases gets others of them, drawn by a seed that no notebook knows, and its results are compared
here. For the rest, that kernel runs the reference solution once; then each check that a student has passed runs there
again, and each call of the student's function is passed on to the student's kernel: arguments go in, data come back. So
a patched check, a changed kernel or an object equal to everything earns nothing. Which tasks can be tested so is found
out with the reference solution itself (`Judges`); a choice of letters counts as it was written.
"""

import ast
import asyncio
import contextlib
import io
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbclient.util import ensure_async

from course_utils.case_values import difference
from scripts import make_cases
from scripts.classroom import inside, receive
from scripts.lock_grading import LockedKernelManager

TEXT = Path(inside.__file__).read_text(encoding="utf-8")
LONGEST = 600  # seconds on the clock that a second test of one task may take, on a busy machine too
CASES = 40  # other cases of a task
KEY = re.compile(r"\b(grade|judge|crc32)\(")  # a check with one of these compares with a key within reach


@dataclass(frozen=True)
class Verdict:
    """What a test outside the notebook says: "pass", "fail" or "unknown", why, and the share of the parts that hold."""

    says: str
    why: str = ""
    share: float = 0.0


@dataclass(frozen=True)
class Others:
    """Other cases than those stored: whose they are, what they name of the notebook, how far floats may differ."""

    function: str
    names: tuple[str, ...]
    tolerance: float
    cases: list[dict[str, Any]]


@cache
def other_cases(lesson: str, number: str, seed: int) -> Others | None:
    """Other cases of a task; None for tasks without generated cases."""
    if lesson not in make_cases.lessons() or number not in make_cases.tasks(lesson):
        return None
    drawn = make_cases.tasks(lesson)[number]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):  # what cells print
        cases = make_cases.draw_cases(lesson, number, seed, count=CASES)
    return Others(drawn.function, drawn.names, drawn.tolerance, cases)


def wrong_on(cases: list[dict[str, Any]], outcomes: list[dict[str, Any]], tolerance: float) -> str:
    """The first case on which a function went wrong, as the end of a sentence; "" when there is none.

    Args:
        tolerance: the share by which floats may differ.
    """
    for case, found in zip(cases, outcomes, strict=True):
        given = str(case["in"])[:80]
        if found.get("changed"):
            return f"it changes its arguments for {given}"
        if "raises" in case or "raises" in found:
            if case.get("raises") not in found.get("raises", []):
                return f"an error is missing or unexpected for {given}"
        elif "out" not in found or difference(found["out"], case["out"], tolerance):
            return f"another result is expected for {given}"
    return ""


@dataclass
class Judges:
    """Which tasks of an assignment can be tested outside a notebook, as its reference solution showed.

    `seed` draws the other cases of a task; it is new with each test of the reference.
    """

    digest: str
    tasks: list[str]
    seed: int = field(default_factory=lambda: secrets.randbelow(10**6) + 1)

    @staticmethod
    def file(assignment: str) -> Path:
        return Path(".grading/referee", f"{assignment}.json")

    @classmethod
    def read(cls, assignment: str, source: Path) -> "Judges":
        """None of the tasks where the reference has not been tried, or has changed since."""
        stored = receive.stored(cls.file(assignment))
        same = source.is_file() and stored.get("digest") == receive.digest(source)
        return cls(**stored) if same else cls("", [])

    def write(self, assignment: str) -> None:
        self.file(assignment).parent.mkdir(parents=True, exist_ok=True)
        self.file(assignment).write_text(json.dumps(vars(self)), encoding="utf-8")


class Referee:
    """The kernel that tests; one for each assignment, started when first needed, and kept by the process."""

    known: dict[str, "Referee | None"] = {}

    def __init__(self, source: Path) -> None:
        code = [cell for cell in nbformat.read(source, as_version=4).cells if cell.cell_type == "code"]
        self.cells = [(cell.metadata.get("nbgrader", {}).get("grade_id", ""), cell.source) for cell in code]
        self.checks = dict(self.cells)
        self.manager: LockedKernelManager | None = None

    @classmethod
    async def of(cls, source: Path) -> "Referee | None":
        """The referee of an assignment, with the reference solution run; None where that doesn't run."""
        key = f"{source.resolve()} {receive.digest(source)}"
        if key not in cls.known:
            referee = cls(source)
            cls.known[key] = referee if await referee._start() else None
        return cls.known[key]

    async def _start(self) -> bool:
        """Starts the kernel and runs the reference solution; returns whether it runs."""
        self.manager = LockedKernelManager()
        await self.manager.start_kernel()
        self.pids = self.manager.processes
        self.client = self.manager.client()
        self.client.start_channels()
        await ensure_async(self.client.wait_for_ready(timeout=300))
        setup = f"{TEXT}\n_referee = Referee()\n_referee.learn({self.cells!r})"
        reply = await self._run(setup, None, limit=1800)
        if reply.get("status") != "ok":
            await self.manager.shutdown_kernel(now=True)
        return reply.get("status") == "ok"

    def has_parts(self, task: str) -> bool:
        """Whether a task's check has parts that don't need each other: a quiz's questions, or what it says itself."""
        check = self.checks.get(f"{task}-check", "")
        return ".part()" in check or bool(re.search(r"\bgrade\(", check))

    def choices(self, task: str) -> list[str]:
        """The names whose values count as written, since their key lies in the package: those of a quiz, mostly."""
        check = self.checks.get(f"{task}-check", "")
        if not KEY.search(check):
            return []
        body = ast.parse(self.checks[task]).body
        targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
        return sorted({target.id for target in targets if isinstance(target, ast.Name)})

    async def attempt(self, task: str, values: dict[str, Any], ask: Callable[[str], Awaitable[str]]) -> Verdict:
        """Tries the check of a task again, with encoded values. `ask` passes a request on to the student's kernel."""
        reply = await self._run(f"_verdict = _referee.attempt({task!r}, {values!r})", ask, LONGEST)
        told = reply.get("user_expressions", {}).get("verdict", {}).get("data", {}).get("text/plain")
        return Verdict(*json.loads(ast.literal_eval(told))) if told else Verdict("fail", "no answer in time")

    async def _run(self, code: str, ask: Callable[[str], Awaitable[str]] | None, limit: float) -> dict[str, Any]:
        """Runs code in the referee's kernel and passes its questions on; {} when it takes too long."""
        wanted = {"verdict": "_verdict"} if ask else {}
        message = self.client.execute(
            code, store_history=False, allow_stdin=True, stop_on_error=False, user_expressions=wanted
        )
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if ask and await ensure_async(self.client.stdin_channel.msg_ready()):
                question = await ensure_async(self.client.stdin_channel.get_msg())
                self.client.input(await ask(question["content"]["prompt"]))
            elif await ensure_async(self.client.shell_channel.msg_ready()):
                reply = await ensure_async(self.client.shell_channel.get_msg())
                if reply["parent_header"].get("msg_id") == message:
                    return reply["content"]
            else:
                await asyncio.sleep(0.002)
        await self.manager.shutdown_kernel(now=True)
        Referee.known = {key: other for key, other in self.known.items() if other is not self}
        return {}
