"""Tries a task's function on stored inputs and tells the first that goes wrong, after the check's speaking examples.

``assets/cases/NN.jsonl`` has one case a line: its ``task``, the arguments ``in``, and what the reference solution
gives, ``out``, or the error that the docstring promises, ``raises``. `scripts/make_cases.py` draws the inputs and
writes the file. Each call gets new arguments. What is told first: an error, then arguments that have changed, then a
result of another type or value. Nothing here knows how inputs are drawn, and no solution.
"""

import json
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from .case_values import NotStorable, decode, difference, encode, kind
from .task_check import explain

CASES = Path(__file__).parent / "assets" / "cases"
TOLERANCE = 1e-5  # a share: float32 sums of another order differ by less, a wrong formula by more


@cache
def stored_cases(task: str) -> list[dict[str, Any]]:
    """The cases of a task such as "00-1", as they are stored; raises FileNotFoundError when its lesson has none."""
    lesson, number = task.rsplit("-", 1)
    lines = (CASES / f"{lesson}.jsonl").read_text(encoding="utf-8").splitlines()
    return [case for case in map(json.loads, lines) if case["task"] == number]


def case_input(task: str, number: int, **names: Any) -> list[Any]:
    """The arguments of a stored case, to try by hand: ``break_even(*case_input("01-3", 17))``."""
    return decode(stored_cases(task)[number]["in"], names, Path(tempfile.mkdtemp()))


def problem(
    function: Callable, case: dict[str, Any], names: dict[str, Any] | None = None, tolerance: float = TOLERANCE
) -> str:
    """What is wrong with a function on one case, as the end of a sentence; "" when nothing is.

    Args:
        function: called with new copies of the case's arguments.
        case: as in `stored_cases`.
        names: the objects and dataclasses that the case names, by their names.
    """
    with tempfile.TemporaryDirectory() as folder:
        given = decode(case["in"], names, Path(folder))
        name = getattr(function, "__name__", type(function).__name__)  # a partial has none
        call = f"{name}({', '.join(short(_seen(item), 50) for item in given)})"
        promised = case.get("raises")
        try:
            result = function(*given)
        except NotImplementedError:
            raise
        except Exception as error:
            if promised not in {base.__name__ for base in type(error).__mro__}:
                told = f"for {short(call, 80, str)} {explain(error)}"
                return f"{told}, and should raise {promised}" if promised else told
            result = None
        else:
            if promised:
                return f"for {short(call, 80, str)} your function gives {short(result)}, and should raise {promised}"
        if encode(given, names) != case["in"]:
            return f"{short(call, 80, str)} changes what it was given: leave the arguments as they are"
        if promised:
            return ""
        try:
            found = difference(encode(result, names), case["out"], tolerance)
        except NotStorable:
            wanted = kind(case["out"])
            return f"for {short(call, 80, str)} your function gives a {type(result).__name__}, expected a {wanted}"
    if not found:
        return ""
    place, got, wanted = found
    return f"for {short(call, 80, str)} your function gives {_beside(got, wanted)}{f' (at {place})' if place else ''}"


def try_cases(task: str, function: Callable, tolerance: float = TOLERANCE, **names: Any) -> None:
    """Raises AssertionError with one line at the first stored case of a task on which the function goes wrong.

    Args:
        task: lesson and task, such as "00-1".
        tolerance: the share by which floats may differ.
        **names: the objects and dataclasses that the cases name.
    """
    for number, case in enumerate(stored_cases(task)):
        told = problem(function, case, names, tolerance)
        if told:
            whole = f'. The input is `case_input("{task}", {number})`' if "…" in told else ""
            raise AssertionError(told + whole)


def short(value: Any, width: int = 45, show: Callable[[Any], str] = repr) -> str:
    """A value on one line of at most `width` characters."""
    text = " ".join(show(value).split())
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _seen(argument: Any) -> Any:
    """An argument as it is told: a file by its contents."""
    return argument.read_bytes().decode("utf-8", "replace") if isinstance(argument, Path) else argument


def _beside(got: Any, wanted: Any) -> str:
    """Two encoded values that differ: "X, expected Y", from where they differ when they are long, with types if need
    be.
    """
    if isinstance(got, str) and isinstance(wanted, str) and max(len(got), len(wanted)) > 40:
        same = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b), min(len(got), len(wanted)))
        start = max(0, same - 15)
        return f"{short(got[start:])} from character {start} on, expected {short(wanted[start:])}"
    if isinstance(got, list) and isinstance(wanted, list) and len(got) != len(wanted):
        return f"{short(_plain(got))} of length {len(got)}, expected {short(_plain(wanted))} of length {len(wanted)}"
    if kind(got) == kind(wanted) == "dict" and got.keys() != wanted.keys():
        return f"the keys {short(sorted(got))}, expected {short(sorted(wanted))}"
    odd = kind(got) != kind(wanted) and (kind(got), kind(wanted)) != ("int", "float")
    types = [f" ({kind(value)})" if odd else "" for value in (got, wanted)]
    return f"{short(_plain(got))}{types[0]}, expected {short(_plain(wanted))}{types[1]}"


def _plain(encoded: Any) -> Any:
    """An encoded value for the eye; what needs a name or a file stays encoded."""
    try:
        return decode(encoded)
    except (KeyError, TypeError, AttributeError):
        return encoded
