"""Checks a learner can read: `expect` for the claims of a lesson, `task_check` for the tasks of an assignment.

`expect` measures a claim and goes on; `what_you_measured` gathers the claims of a lesson in one table; `claims` reads
the ledger behind both (``assets/claims.json``). `task_check` turns plain assertions into one readable line, and still
raises, so that a grader gives no points. Nothing here knows about models, data or notebooks' files.
"""

import html
import json
import linecache
import math
import os
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import SupportsFloat


@dataclass(frozen=True)
class Claim:
    """One row of the ledger: what the sources state, and where the course shows it."""

    id: str
    sentence: str
    lessons: tuple[str, ...]
    measured_by: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """One call of `expect`: the figure, the bound it had to keep, and whether it did."""

    claim_id: str | None
    text: str
    figure: str
    bound: str
    holds: bool


_measured: dict[tuple[str | None, str], Measured] = {}


@cache
def _ledger() -> tuple[Claim, ...]:
    text = resources.files("course_utils").joinpath("assets/claims.json").read_text(encoding="utf-8")
    return tuple(
        Claim(row["id"], row["sentence"], tuple(row["lessons"]), row["measured_by"], tuple(row["sources"]))
        for row in json.loads(text)
    )


def claims(lesson: str | None = None) -> list[Claim]:
    """The claims of the ledger in order; with a lesson number such as "01", only those that lesson shows.

    Raises:
        ValueError: no claim belongs to that lesson.
    """
    rows = [claim for claim in _ledger() if lesson is None or lesson in claim.lessons]
    if not rows:
        known = ", ".join(sorted({number for claim in _ledger() for number in claim.lessons}))
        raise ValueError(f"no claim belongs to lesson {lesson!r}: the lessons with claims are {known}")
    return rows


def _bound(at_least: float | None, at_most: float | None, show: str) -> str:
    if at_least is not None and at_most is not None:
        return f"between {show.format(at_least)} and {show.format(at_most)}"
    return f"at least {show.format(at_least)}" if at_least is not None else f"at most {show.format(at_most)}"


def expect(
    claim: str,
    got: SupportsFloat,
    at_least: float | None = None,
    at_most: float | None = None,
    hint: str = "",
    claim_id: str | None = None,
    show: str = "{:.2f}",
) -> None:
    """Prints one line that says whether a claim held in this run, and records it for `what_you_measured`.

    A claim that held prints ``✓ claim``, without the figure, so that the line is the same on every machine. One that
    did not prints the figure, the bound and the hint. The cell never fails on it: a learner goes on. The bounds were
    measured on the course's own model, so in the hub profile a figure outside them is told, not judged.

    Args:
        claim: what should be true, as a short sentence without a number.
        got: the figure measured; a NaN counts as not held.
        at_least, at_most: the bounds, both included; at least one is needed.
        hint: what to try when it does not hold, as a sentence.
        claim_id: the ledger's id, such as "C06", when the figure proves a claim of the ledger.
        show: how to print the figure and the bounds, as a format string with one field.

    Raises:
        ValueError: no bound, a bound that is NaN, bounds the wrong way round, or an id that the ledger lacks.
        TypeError: the figure is not one number.
    """
    bounds = [bound for bound in (at_least, at_most) if bound is not None]
    if not bounds or any(math.isnan(bound) for bound in bounds):
        raise ValueError(f"expect({claim!r}) needs a bound that is a number: give at_least, at_most or both")
    if len(bounds) == 2 and at_least > at_most:
        raise ValueError(f"expect({claim!r}) can never hold: at_least={at_least} is above at_most={at_most}")
    if claim_id is not None and claim_id not in {row.id for row in _ledger()}:
        raise ValueError(f"expect({claim!r}) names claim {claim_id!r}, which the ledger assets/claims.json lacks")
    try:
        value = float(got)
    except (TypeError, ValueError) as error:
        raise TypeError(f"expect({claim!r}) needs one number to judge, not {type(got).__name__}: {got!r}") from error

    holds = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    bound = _bound(at_least, at_most, show)
    if holds:
        print(f"✓ {claim}")
    elif os.environ.get("COURSE_PROFILE") == "hub":
        print(f"· {claim}: measured {show.format(value)}; the bar, {bound}, belongs to the tiny profile's model")
    else:
        figure = "nothing was measured (NaN)" if math.isnan(value) else f"you got {show.format(value)}"
        advice = f" {hint.strip().rstrip('.')}." if hint.strip() else ""
        print(f"✗ {claim}: {figure}, expected {bound}.{advice}")
    # The first run of a cell and the tenth fill the same row.
    _measured[claim_id, claim] = Measured(claim_id, claim, show.format(value), bound, holds)


class MeasuredTable:
    """What `what_you_measured` shows: HTML in a notebook, Markdown on the web, text in a terminal."""

    header = ("Claim", "What it says", "What you measured", "Verdict")

    def __init__(self, rows: list[tuple[str, str, list[str], str]], missing: list[Claim]) -> None:
        self.rows, self.missing = rows, missing

    def _missing_sentence(self) -> str:
        if not self.missing:
            return ""
        listed = "; ".join(f"{claim.id} ({claim.sentence})" for claim in self.missing)
        return f"Not measured yet in this session: {listed}. Run the cells above, then this one again."

    def __repr__(self) -> str:
        lines = [f"{mark} {number} {text} {'; '.join(figures)}" for number, text, figures, mark in self.rows]
        return "\n".join([*lines, *filter(None, [self._missing_sentence()])])

    def _repr_html_(self) -> str:
        # No colours of our own: the table takes the notebook's, light or dark.
        left = ' style="text-align: left; vertical-align: top"'
        head = "".join(f'<th scope="col"{left}>{name}</th>' for name in self.header)
        body = "".join(
            "<tr>"
            + "".join(
                f"<td{left}>{'<br>'.join(html.escape(line) for line in cell)}</td>"
                for cell in ([number], [text], figures, [mark])
            )
            + "</tr>"
            for number, text, figures, mark in self.rows
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if self.rows else ""
        missing = self._missing_sentence()
        return table + (f"<p>{html.escape(missing)}</p>" if missing else "")

    def _repr_markdown_(self) -> str:
        lines = ["| " + " | ".join(self.header) + " |", "|---" * len(self.header) + "|"] if self.rows else []
        for number, text, figures, mark in self.rows:
            cells = [cell.replace("|", r"\|") for cell in (number, text, "<br>".join(figures), mark)]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join([*lines, "", self._missing_sentence()]).strip()


def what_you_measured(lesson: str) -> MeasuredTable:
    """The table that ends a lesson: each of its claims with the figures measured in this session and the verdict.

    A claim measured by several `expect` calls holds when all of them do. Claims not measured yet are named below it.

    Raises:
        ValueError: no claim belongs to that lesson.
    """
    rows, missing = [], []
    failed = "outside the tiny profile's bar" if os.environ.get("COURSE_PROFILE") == "hub" else "✗"
    for claim in claims(lesson):
        found = [row for row in _measured.values() if row.claim_id == claim.id]
        if found:
            figures = [f"{row.text}: {row.figure} ({row.bound})" for row in found]
            rows.append((claim.id, claim.sentence, figures, "✓" if all(row.holds for row in found) else failed))
        else:
            missing.append(claim)
    return MeasuredTable(rows, missing)


class TaskFailed(AssertionError):
    """A task that is not solved, as the one line a learner needs: notebooks show it without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def _explain(error: Exception) -> str:
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
            raise TaskFailed(f"✗ {self.name}: {_explain(error)}") from None
