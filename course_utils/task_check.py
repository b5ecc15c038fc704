"""Checks the tasks of an assignment: plain assertions, told to the learner in one readable line.

A task that fails still raises, so that a grader gives no points. Nothing here knows about models, data or files.
"""

import linecache


class TaskFailed(AssertionError):
    """A task that is not solved, as the one line a learner needs: notebooks show it without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def explain(error: Exception) -> str:
    """What went wrong in a task, from where the error was raised: the end of a sentence."""
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    if str(trace.tb_frame.f_globals.get("__name__")).startswith("course_utils."):
        return str(error)  # our own errors are sentences already
    code, line = trace.tb_frame.f_code, trace.tb_lineno
    function, text = code.co_name, linecache.getline(code.co_filename, line).strip()
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
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None:
            print(f"✓ {self.name}")
        elif isinstance(error, Exception):
            raise TaskFailed(f"✗ {self.name}: {explain(error)}") from None
