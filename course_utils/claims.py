"""The ledger of claims: `expect` measures a claim of a lesson, `what_you_measured` is the table at its end.

`claims` reads the ledger behind both (``assets/claims.json``). A claim that doesn't hold is told, and the lesson goes
on. Nothing here knows about models, data or notebooks' files.
"""

import html
import json
import math
import os
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import SupportsFloat

from .table import as_html, as_markdown, as_text


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

    def __init__(self, rows: list[dict[str, object]], missing: list[Claim]) -> None:
        self.rows, self.missing = rows, missing

    def _missing_sentence(self) -> str:
        if not self.missing:
            return ""
        listed = "; ".join(f"{claim.id} ({claim.sentence})" for claim in self.missing)
        return f"Not measured yet in this session: {listed}. Run the cells above, then this one again."

    def __repr__(self) -> str:
        return "\n".join(filter(None, [as_text(self.rows), self._missing_sentence()]))

    def _repr_html_(self) -> str:
        missing = self._missing_sentence()
        return as_html(self.rows) + (f"<p>{html.escape(missing)}</p>" if missing else "")

    def _repr_markdown_(self) -> str:
        return "\n\n".join(filter(None, [as_markdown(self.rows), self._missing_sentence()]))


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
            rows.append(
                {
                    "Claim": claim.id,
                    "What it says": claim.sentence,
                    "What you measured": figures,
                    "Verdict": "✓" if all(row.holds for row in found) else failed,
                }
            )
        else:
            missing.append(claim)
    return MeasuredTable(rows, missing)
