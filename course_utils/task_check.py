"""Checks the tasks of an assignment: plain assertions, told to the learner in one readable line.

A task that fails still raises, so that a grader gives no points. Nothing here knows about models, data or files.
"""

import linecache
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType


class TaskFailed(AssertionError):
    """A task that is not solved, as the one line a learner needs: notebooks show it without a traceback."""

    share = 0.0  # of its parts that hold

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def _ours(trace: TracebackType) -> bool:
    return str(trace.tb_frame.f_globals.get("__name__")).startswith("course_utils.")


def _line(trace: TracebackType) -> str:
    return linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno).strip()


def _steps(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def explain(error: Exception) -> str:
    """What went wrong in a task, from where the error was raised: the end of a sentence."""
    *_, trace = steps = list(_steps(error.__traceback__))
    if _ours(trace) and _line(trace).startswith("raise "):
        return str(error)  # our own errors are sentences already
    trace = next((step for step in reversed(steps) if not _ours(step)), trace)  # the line that called ours
    function, line, text = trace.tb_frame.f_code.co_name, trace.tb_lineno, _line(trace)
    in_cell = function.startswith("<")
    place = "the cell" if in_cell else f"`{function}`"
    quoted = f": `{text}`" if text else ""
    if isinstance(error, NotImplementedError):
        return f"not solved yet: replace the `raise NotImplementedError` line in {place}"
    if isinstance(error, AssertionError):
        return str(error) or f"something that should be true is not{quoted}"
    if isinstance(error, NameError) and in_cell and error.name:
        return f"`{error.name}` is not there yet: solve the cell above and run it first"
    return f"your code stopped with {type(error).__name__}: {error} (line {line} of {place}{quoted})"


class task_check:
    """Wraps the assertions of one task: ``with task_check("Task 1"): assert ..., "what is wrong"``.

    Prints ``✓ Task 1`` when all of them hold. Otherwise raises `TaskFailed` with one line, ``✗ Task 1: ...``, in the
    learner's terms: the message of the assertion, that the stub is not solved yet, or what stopped the learner's code.

    Demands that don't need each other are parts: ``with task_check("Task 1") as task:`` and in it, for each,
    ``with task.part(): assert ...``. All parts are tried, the line tells the first that fails and how many hold, and
    grading gives that share of the points (`TaskFailed.share`).
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._parts: list[Exception | None] = []

    def __enter__(self) -> "task_check":
        return self

    @contextmanager
    def part(self) -> Iterator[None]:
        """Wraps one of several independent demands."""
        try:
            yield
        except Exception as error:
            self._parts.append(error)
        else:
            self._parts.append(None)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        failed = [part for part in self._parts if part is not None]
        if error is None and not failed:
            print(f"✓ {self.name}")
        elif error is None or isinstance(error, Exception):
            held = len(self._parts) - len(failed) if error is None else 0
            told = f" ({held} of {len(self._parts)} parts)" if held else ""
            line = TaskFailed(f"✗ {self.name}{told}: {explain(error or failed[0])}")
            line.share = held / len(self._parts) if held else 0.0
            raise line from None
