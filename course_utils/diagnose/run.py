"""Gathers from a log what the rules look at, and puts right what would mislead them.

A resumed run writes steps twice; half precision skips steps; a sum over accumulated batches makes the training loss a
multiple of the validation loss; reinforcement learning logs a "loss" that measures nothing. All this is told in notes.
It names no pattern: that is for `rules`.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from .log import Point, finite, jitter, levels, mean, number, series, tail
from .staircase import Steps, steps_at_epochs

EVAL_LOSS = re.compile(r"eval_(?:(.+)_)?loss")
POLICY = re.compile(
    r"reward|rewards/(?!chosen|rejected|margins|accuracies).*|objective/.*|policy/.*|completion.*length"
)
PREFERENCE = re.compile(r"(eval_)?rewards/(chosen|rejected|margins|accuracies)")
GRADE = re.compile(r"eval_(?!mean_token_)(?:.+_)?(accuracy|f1|wer|cer|bleu|rouge.*)", re.IGNORECASE)
SUMMED = 2.5  # training over validation loss: rows differ by less, and the smallest accumulation doubles the loss
STEADY = 2.0  # largest over smallest of these ratios in the second half of a run, where it is one and the same factor
RESTARTED = 2.0  # a learning rate over the one before it, after a decay: no schedule but a new one does that
DECAYED = 0.5  # of its highest: a learning rate that has come down so far is past its warm-up


@dataclass(frozen=True)
class Run:
    """One run, as the rules see it. Losses and validation losses are finite.

    ``kind`` is "policy" for reinforcement learning, "preference" for DPO and its like, else "supervised".
    ``validation`` holds the losses of each evaluation set under its name, "" where it has none. ``passes`` is how many
    epochs were run (NaN when not logged), ``scale`` by how much the training loss is a sum (1.0 when it is none).
    ``broken`` is the step from which on no training loss is a number any more.
    """

    kind: str
    losses: list[Point]
    validation: dict[str, list[Point]]
    gradients: list[Point]
    rates: list[Point]
    accuracy: list[Point]
    entropy: list[Point]
    scores: dict[str, float]
    scale: float = 1.0
    broken: float | None = None
    notes: list[str] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)

    @cached_property
    def values(self) -> list[float]:
        return [point.value for point in self.losses]

    @cached_property
    def start(self) -> float:
        """The first training loss, or the validation loss before the first step where that is higher."""
        before = [p.value for points in self.validation.values() for p in points if p.step == 0]
        return max([self.values[0], *before])

    @cached_property
    def end(self) -> float:
        return tail(self.values)

    @cached_property
    def floor(self) -> float:
        """The same, but never 0, to divide by: losses are logged to seven digits at most."""
        return max(self.end, 1e-7)

    @cached_property
    def noise(self) -> float:
        """What training losses differ by for chance, as a standard deviation."""
        return jitter(self.values)

    @cached_property
    def low(self) -> float:
        """The lowest level of the training loss, over a tenth of the run."""
        return min(levels(self.values, 10))

    @cached_property
    def passes(self) -> float:
        return max((p.epoch for p in self.losses if math.isfinite(p.epoch)), default=math.nan)

    @cached_property
    def measured(self) -> int:
        """How many losses there are to see a shape in: of training, and of the evaluation set that has most."""
        return len(self.losses) + max(map(len, self.validation.values()), default=0)

    @cached_property
    def main(self) -> tuple[str, list[Point]]:
        """The evaluation set to speak of first: the one without a name, else the one with the most losses."""
        sets = self.validation
        name = "" if "" in sets else max(sets, key=lambda key: len(sets[key]), default="")
        return name, sets.get(name, [])

    @cached_property
    def steps(self) -> Steps | None:
        return steps_at_epochs(self.losses)

    @cached_property
    def top_rate(self) -> float:
        """The highest learning rate that was logged; NaN when none was."""
        return max((p.value for p in finite(self.rates)), default=math.nan)

    def level(self, step: float) -> float:
        """The training loss around a step: the mean of the few points before it, or the first if there are none."""
        before = [p.value for p in self.losses if p.step <= step]
        return tail(before) if before else self.values[0]


def gather(entries: Sequence[object], scores: Iterable[str]) -> Run:
    """A `Run` from the entries of a log; what is odd in it becomes a note or a line of what can't be judged."""
    notes: list[str] = []
    unjudged: list[str] = []
    odd = sum(not isinstance(entry, Mapping) for entry in entries)
    if odd:
        unjudged.append(f"{odd} entries of the log that are no dicts")
    keys = {key for entry in entries if isinstance(entry, Mapping) for key in entry if isinstance(key, str)}
    entries = _last_attempt(entries, notes)
    logged, gradients = series(entries, "loss"), series(entries, "grad_norm")
    losses = finite(logged)
    broken = next((p.step for p in logged if not losses or p.step > losses[-1].step), None)
    lost = sum(not math.isfinite(p.value) and (broken is None or p.step < broken) for p in logged)
    if lost:
        notes.append(f"{lost} of {len(logged)} losses are not numbers while later ones are: they were passed over")
    losses = _without_gaps(losses, unjudged)
    _skipped_steps(gradients, losses, broken, notes)
    notes += [
        f"{key} went from {p[0].value:.3g} to {p[-1].value:.3g}: judge by it" for key, p in _grades(entries, keys)
    ]
    validation = _validation(entries, keys, unjudged)
    rates = series(entries, "learning_rate")
    _restarts(losses, rates, notes)
    known = {key: finite(series(entries, key)) for key in scores}
    return Run(
        kind=_kind(keys),
        losses=losses,
        validation=validation,
        gradients=gradients,
        rates=rates,
        accuracy=finite(series(entries, "mean_token_accuracy")),
        entropy=[p for p in finite(series(entries, "eval_entropy")) if p.value > 0],
        scores={key: points[-1].value for key, points in known.items() if points},
        scale=_summed(losses, validation, notes),
        broken=broken,
        notes=notes,
        unjudged=unjudged,
    )


def _kind(keys: Iterable[str]) -> str:
    keys = list(keys)
    if any(PREFERENCE.fullmatch(key) for key in keys):
        return "preference"
    return "policy" if any(POLICY.fullmatch(key) for key in keys) else "supervised"


def _last_attempt(entries: Sequence[object], notes: list[str]) -> list[object]:
    """The entries without those that a resumed run wrote again: where the steps jump back, the later entry counts."""
    kept: list[tuple[float, object]] = []
    latest, again = -math.inf, None
    for entry in entries:
        step = number(entry.get("step")) if isinstance(entry, Mapping) else None
        step = math.nan if step is None else step
        if math.isfinite(step) and "loss" in entry:
            if step < latest:
                kept, again = [(known, old) for known, old in kept if not known >= step], step
            latest = step
        kept.append((step, entry))
    if again is not None:
        notes.append(f"the steps start again at {again:g}: a resumed run, of which the last attempt is judged")
    return [entry for _, entry in kept]


def _without_gaps(losses: list[Point], unjudged: list[str]) -> list[Point]:
    """The losses but for those of exactly 0.0 that are followed by others: such a batch held no trained token."""
    last = max((i for i, p in enumerate(losses) if p.value != 0), default=-1)
    gaps = sum(p.value == 0 for p in losses[: last + 1])
    if gaps:
        unjudged.append(f"{gaps} losses that are exactly 0.0: batches in which no token is trained?")
    return [p for i, p in enumerate(losses) if p.value != 0 or i > last]


def _grades(entries: Sequence[object], keys: Iterable[str]) -> list[tuple[str, list[Point]]]:
    """What a classifier, a translator or a speech model is really judged by, where it was logged twice or more."""
    found = [(key, finite(series(entries, key))) for key in sorted(keys) if GRADE.fullmatch(key)]
    return [(key, points) for key, points in found if len(points) > 1][:2]


def _skipped_steps(gradients: Sequence[Point], losses: Sequence[Point], broken: float | None, notes: list[str]) -> None:
    """A note on gradients that are no numbers beside losses that are: half precision skips such steps."""
    sound = {p.step for p in losses if p.value != 0}
    bad = [p for p in gradients if not math.isfinite(p.value) and p.step in sound]
    if bad:
        notes.append(
            f"{len(bad)} of {len(gradients)} gradient norms are not numbers where the loss is one: the scaler of "
            "half precision skips such steps, and a few are normal"
        )


def _restarts(losses: Sequence[Point], rates: Sequence[Point], notes: list[str]) -> None:
    """Notes on epochs that start again, and on a learning rate that does."""
    for before, after in zip(losses, losses[1:]):
        if after.epoch < before.epoch:
            notes.append(f"the epochs start again at step {after.step:g}: a run resumed on other data, or two runs")
            break
    points, highest = finite(rates), 0.0
    for before, after in zip(points, points[1:]):
        highest = max(highest, before.value)
        if before.value < DECAYED * highest and after.value > RESTARTED * max(before.value, 0.02 * highest):
            notes.append(f"the learning rate starts anew at step {after.step:g}: a second schedule, or a resumed run")
            break


def _validation(entries: Sequence[object], keys: Iterable[str], unjudged: list[str]) -> dict[str, list[Point]]:
    """The validation losses of each evaluation set; what can't be a cross-entropy is told and left out."""
    found = {}
    for key in sorted(keys):
        name = EVAL_LOSS.fullmatch(key)
        if name:
            points = series(entries, key)
            sound = [p for p in finite(points) if p.value > 0]
            if len(sound) < len(points):
                unjudged.append(f"{len(points) - len(sound)} values of {key} that are 0 or less, or no numbers")
            if sound:
                found[name[1] or ""] = sound
    return found


def _summed(losses: Sequence[Point], validation: Mapping[str, Sequence[Point]], notes: list[str]) -> float:
    """By how much the training loss is a sum: its steady ratio to the validation loss, 1.0 where there is none."""
    points = [p for p in max(validation.values(), key=len, default=[]) if p.step > 0]
    ratios, first = [], -math.inf
    for point in points:
        before = [p.value for p in losses if first < p.step <= point.step]
        if before:
            ratios.append(tail(before) / point.value)
        first = point.step
    late = ratios[len(ratios) // 2 :] if len(ratios) > 1 else []
    if not late or min(late) < SUMMED or max(late) > STEADY * min(late):
        return 1.0
    scale = mean(late)
    notes.append(
        f"the training loss is about {scale:.1f} times the validation loss all along: probably it is a sum over "
        "accumulated batches, so compare only its shape"
    )
    return scale
