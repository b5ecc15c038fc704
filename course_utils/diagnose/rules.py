"""The table of rules, and what is said when none of them holds.

`ALONE` lists the logs of which nothing else can be said, `RULES` the patterns of a curve, in the order in which
findings are told. Where no rule holds, `_verdict` says healthy, or that it can't tell.

It knows nothing but the log. Broken outputs are not in a log of losses, so it names them only when scores of generated
answers were logged along the run.
"""

import math
from collections.abc import Callable, Iterable, Sequence

from .cannot_judge import SHAPE, few, no_number, reinforcement, too_few, zero
from .findings import BROKEN, CANT_TELL, CERTAIN, HEALTHY, LIKELY, POSSIBLE, Diagnosis, Finding, finding
from .patterns import memorised, moved, overfitting, staircase, too_high, too_low
from .run import Run, gather
from .staircase import STEP_POINTS

SCORES = ("eval_format", "eval_ended", "eval_strict")
POOR = 0.5  # a score of generated answers below which half of them are unusable

NEW = 1.05  # epochs: all rows were new to the model, so that its training loss is as good as a validation loss
FEW_PASSES = 2.1  # epochs: nearly all rows were seen twice at most
CLOSE = 1.25  # a single validation loss over the training loss at the same step: no gap has opened


def _verdict(run: Run) -> Finding:
    """Healthy, with broken outputs, or not to be told: what a good curve says depends on which rows were new."""
    fell = f"the training loss went from {run.start:.3g} to {run.end:.3g}"
    poor = {key: value for key, value in run.scores.items() if value < POOR}
    if poor:
        shares = ", ".join(f"{key} {value:.2f}" for key, value in poor.items())
        return finding(BROKEN, LIKELY, f"{fell}, as in a healthy run", f"the generated answers end at {shares}")
    if run.measured < SHAPE:
        return finding(CANT_TELL, CERTAIN, fell, few(run))
    if not moved(run):
        return finding(CANT_TELL, LIKELY, f"{fell}, which is neither clearly down nor up beside what batches differ by")
    name, points = run.main
    if len(points) > 1:
        change = points[-1].value / points[0].value - 1
        kept = f"the validation loss went from {points[0].value:.3g} to {points[-1].value:.3g} ({change:+.0%})"
        return finding(HEALTHY, LIKELY, fell, kept)
    if run.passes <= NEW:
        return finding(HEALTHY, LIKELY, fell, "each row was new to the model, so this is no memory of rows")
    if points:
        above = points[0].value * run.scale / run.level(points[0].step)
        single = f"a single validation loss, {points[0].value:.3g}, is {above:.1f} times the training loss at that step"
        if above <= CLOSE:
            return finding(HEALTHY, POSSIBLE, fell, single)
        return finding(CANT_TELL, LIKELY, fell, f"{single}: a gap has opened, or those rows are harder")
    if run.passes <= FEW_PASSES:
        return finding(HEALTHY, POSSIBLE, fell, f"in {run.passes:.1f} passes over the rows there is little to remember")
    times = f"{run.passes:.0f} times" if math.isfinite(run.passes) else "nobody knows how often"
    seen = f"the rows were seen {times}, and no new ones were tried"
    return finding(CANT_TELL, LIKELY, f"{fell}, which looks healthy", seen)


ALONE: tuple[Callable[[Run], Finding | None], ...] = (reinforcement, zero, no_number, too_few)
RULES: tuple[Callable[[Run], Finding | None], ...] = (too_high, memorised, staircase, overfitting, too_low)


def diagnose(log_history: Iterable[object], scores: Sequence[str] = SCORES) -> Diagnosis:
    """Say what a run shows from its log: findings, the worst first; what is only possible comes last.

    `scores` are keys of shares between 0 and 1 that grade generated answers, logged along the run; those that the log
    lacks are passed over. Never raises on odd logs: missing keys, NaN, a single entry or evaluations alone lead to
    "can't tell" or to a line in ``unjudged``. A cause is told before its consequence: a staircase before the validation
    loss that it leaves behind.
    """
    entries = (
        list(log_history) if isinstance(log_history, Iterable) and not isinstance(log_history, (str, bytes)) else []
    )
    run = gather(entries, scores)
    for rule in ALONE:
        if alone := rule(run):
            return Diagnosis((alone,), tuple(run.notes), tuple(run.unjudged))
    found = [told for rule in RULES if (told := rule(run))] or [_verdict(run)]
    found.sort(key=lambda told: told.confidence == POSSIBLE)
    return Diagnosis(tuple(found), tuple(run.notes), (*run.unjudged, *_unjudged(run)))


def _unjudged(run: Run) -> list[str]:
    lines = []
    if all(len(points) < 2 for points in run.validation.values()):
        lines.append("overfitting: there are fewer than two validation losses")
    if run.steps is None:
        lines.append(f"steps at epoch boundaries: that takes three epochs with {STEP_POINTS} logged losses each")
    if not run.scores:
        lines.append("what the model writes: no score of generated answers was logged")
    if run.kind == "preference":
        lines.append("whether the better replies got likelier: see rewards/margins and the log-probability of chosen")
    return lines
