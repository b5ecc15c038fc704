"""The ledger of claims: `expect` judges a claim of a lesson by a figure, `what_you_measured` is the table at its end.

There are three verdicts: ``✓ holds here``, ``✗ does not hold here``, ``○ not seen here`` (this run decides nothing).
The ledger keeps each claim as its source states it, and the verdict that the course's own runs gave. Each line says
whether it rests on live or on stored runs.

`claims` reads the ledger behind both (``assets/claims.json``). A claim that doesn't hold is told, and the lesson goes
on. Nothing here knows about models, data or notebooks' files.
"""

import html
import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import SupportsFloat

from . import kept
from .table import as_html, as_lines, as_markdown

HOLDS, FAILS, UNSEEN = "✓", "✗", "○"
RUNS = ("live", "stored", "live and stored")
WORDS = {HOLDS: "holds here", FAILS: "does not hold here", UNSEEN: "not seen here"}


@dataclass(frozen=True)
class Claim:
    """One row of the ledger: what the sources state, where the course shows it, and the verdict of its own runs."""

    id: str
    sentence: str
    lessons: tuple[str, ...]
    measured_by: str
    sources: tuple[str, ...]
    verdict: str = HOLDS


@dataclass(frozen=True)
class Measured:
    """One call of `expect`: the figure, the bound it had to keep, and the verdict."""

    claim_id: str | None
    text: str
    figure: str
    bound: str
    verdict: str
    runs: str


_measured: dict[tuple[str | None, str], Measured] = {}


@cache
def _ledger() -> tuple[Claim, ...]:
    text = resources.files("course_utils").joinpath("assets/claims.json").read_text(encoding="utf-8")
    return tuple(
        Claim(**row | {"lessons": tuple(row["lessons"]), "sources": tuple(row["sources"])}) for row in json.loads(text)
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
    got: SupportsFloat | tuple[float, float],
    at_least: float | None = None,
    at_most: float | None = None,
    hint: str = "",
    claim_id: str | None = None,
    show: str = "{:.2f}",
    runs: str = "live",
    verdict: str = HOLDS,
) -> None:
    """Prints one line that says whether a claim held in this run, and records it for `what_you_measured`.

    A claim that held prints ``✓ claim (live)``, without the figure, so that the line is the same on every machine. One
    that did not prints ``✗``, the figure, the bound and the hint. The cell never fails on it: a learner goes on. Where
    the course's own runs refuted the line, or saw nothing, the cell says so by `verdict`, and a line that comes out
    the same prints ``✗ does not hold here: claim (live)`` or ``○ not seen here: …``. The bounds were measured on the
    course's own model, so in the hub profile a figure outside them is told, not judged.

    Args:
        claim: what should be true, as a short sentence without a number.
        got: the figure measured; a NaN counts as not held. Or the two ends of an interval: the claim holds when all
            of it lies within the bounds, does not hold when none of it does, and is not seen when only a part does.
        at_least, at_most: the bounds, both included; at least one is needed.
        hint: what to try when it does not hold, as a sentence.
        claim_id: the ledger's id, such as "C06", when the figure speaks for or against a claim of the ledger.
        show: how to print the figures and the bounds, as a format string with one field.
        runs: where the figure comes from: "live" (computed in this session), "stored" (runs that ship with the
            course), or "live and stored"; it stands at the end of the line.
        verdict: what the course's own runs gave for this line, when that is not ``✓``.

    Raises:
        ValueError: no bound, a bound that is NaN, bounds or ends the wrong way round, an id that the ledger lacks, or
            a `runs` or `verdict` of another word.
        TypeError: the figure is neither one number nor two.
    """
    bounds = [bound for bound in (at_least, at_most) if bound is not None]
    if not bounds or any(math.isnan(bound) for bound in bounds):
        raise ValueError(f"expect({claim!r}) needs a bound that is a number: give at_least, at_most or both")
    if len(bounds) == 2 and at_least > at_most:
        raise ValueError(f"expect({claim!r}) can never hold: at_least={at_least} is above at_most={at_most}")
    if runs not in RUNS or verdict not in WORDS:
        raise ValueError(f"expect({claim!r}): runs is one of {RUNS} and verdict one of {tuple(WORDS)}")
    if claim_id is not None and claim_id not in {row.id for row in _ledger()}:
        raise ValueError(f"expect({claim!r}) names claim {claim_id!r}, which the ledger assets/claims.json lacks")
    low, high = ends = _ends(claim, got)
    least, most = -math.inf if at_least is None else at_least, math.inf if at_most is None else at_most
    if least <= low and high <= most:
        found = HOLDS
    elif low <= most and least <= high:  # a part of the interval keeps the bounds; never so for a single figure
        found = UNSEEN
    else:
        found = FAILS

    bound = _bound(at_least, at_most, show)
    figure = " to ".join(show.format(end) for end in dict.fromkeys(ends))
    if found == HOLDS:
        print(f"✓ {claim} ({runs})")
    elif os.environ.get("COURSE_PROFILE") == "hub":
        print(f"· {claim} ({runs}): measured {figure}; the bar, {bound}, belongs to the tiny profile's model")
    elif found == verdict and not math.isnan(low):  # nothing measured refutes nothing
        print(f"{found} {WORDS[found]}: {claim} ({runs})")
    else:
        measured = "nothing was measured (NaN)" if math.isnan(low) else f"you got {figure}"
        advice = f" {hint.strip().rstrip('.')}." if hint.strip() else ""
        print(f"{found} {claim} ({runs}): {measured}, expected {bound}.{advice}")
    # The first run of a cell and the tenth fill the same row.
    _measured[claim_id, claim] = Measured(claim_id, claim, figure, bound, found, runs)


def _ends(claim: str, got: object) -> tuple[float, float]:
    """The two ends of what was measured; both are the figure where it is one number."""
    try:
        low, high = map(float, got) if isinstance(got, tuple) else (float(got), float(got))
    except (TypeError, ValueError) as error:
        kind = type(got).__name__
        raise TypeError(f"expect({claim!r}) needs one number or two ends to judge, not {kind}: {got!r}") from error
    if low > high:
        raise ValueError(f"expect({claim!r}): the interval's ends are the wrong way round: {got!r}")
    return low, high


def verdict_of(lines: Iterable[Measured]) -> str:
    """The verdict on a claim from its lines: ``✗`` when one fails, else ``○`` when one isn't seen, else ``✓``."""
    verdicts = {line.verdict for line in lines}
    return next(verdict for verdict in (FAILS, UNSEEN, HOLDS) if verdict in verdicts)


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
        return "\n".join(filter(None, [as_lines(self.rows), self._missing_sentence()]))

    def _repr_html_(self) -> str:
        missing = self._missing_sentence()
        return as_html(self.rows) + (f"<p>{html.escape(missing)}</p>" if missing else "")

    def _repr_markdown_(self) -> str:
        return "\n\n".join(filter(None, [as_markdown(self.rows), self._missing_sentence()]))


def what_you_measured(lesson: str) -> MeasuredTable:
    """The table that ends a lesson: each of its claims with the figures measured in this session and the verdict.

    A claim judged by several `expect` calls holds when all of them do. Claims not measured yet are named below it. A
    lesson without claims of the ledger gets a row for each line of this session.
    """
    _keep(lesson)
    rows, missing = [], []
    owed = [claim for claim in _ledger() if lesson in claim.lessons]
    if not owed:
        return MeasuredTable(
            [
                {
                    "What was tried": f"{row.text} ({row.runs})",
                    "What you measured": f"{row.figure} ({row.bound})",
                    "Verdict": _words(row.verdict),
                }
                for row in _measured.values()
            ],
            [],
        )
    hub = os.environ.get("COURSE_PROFILE") == "hub"
    for claim in owed:
        found = [row for row in _measured.values() if row.claim_id == claim.id]
        if found:
            marks = ["·" if hub and row.verdict != HOLDS else row.verdict for row in found]
            figures = [f"{mark} {row.text} ({row.runs}): {row.figure} ({row.bound})" for mark, row in zip(marks, found)]
            rows.append(
                {
                    "Claim": claim.id,
                    "What it says": claim.sentence,
                    "What you measured": figures,
                    "Verdict": _words(verdict_of(found)),
                }
            )
        else:
            missing.append(claim)
    return MeasuredTable(rows, missing)


def _keep(lesson: str) -> None:
    """Keep how many lines of a lesson came out how, for the learner's own page; a broken file costs no table."""
    counts = {mark: sum(row.verdict == mark for row in _measured.values()) for mark in WORDS}
    try:
        kept.write("claims", kept.read("claims", {}) | {lesson: counts})
    except (OSError, ValueError) as error:
        print(f"How your lines came out was not kept: {error}")


def _words(verdict: str) -> str:
    """A verdict as the table says it; the hub profile's model is not judged by the bars of the tiny one's."""
    if os.environ.get("COURSE_PROFILE") == "hub" and verdict != HOLDS:
        return "outside the tiny profile's bar"
    return f"{verdict} {WORDS[verdict]}"
