"""Reads the log of a training run and says what is wrong with it, why it says so, and what to try.

``diagnose(trainer.state.log_history)`` in a notebook; ``python -m course_utils.diagnose path/to/trainer_state.json``
for any run of transformers' Trainer. The rules look at shapes, not at one model's figures: at falls relative to where
the loss began, at rises relative to the lowest point, and at probabilities of tokens where an absolute figure is
needed. The constants below give each threshold and its reason. They were tuned on one set of runs and tested on another
(`diagnose_runs`).

It knows nothing but the log. Broken outputs are not in a log of losses, so it names them only when scores of generated
answers were logged along the run.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from .findings import (
    BROKEN,
    CANT_TELL,
    HEALTHY,
    LIKELY,
    MEMORISED,
    OVERFITTING,
    STAIRCASE,
    TOO_HIGH,
    TOO_LOW,
    ZERO,
    Diagnosis,
    Finding,
)
from .log import FEWEST, STEP_POINTS, Point, _mean, _tail, series, smooth, steps_at_epochs

SPIKE = 1.3  # a loss this many times its start: training made the model worse than no training
RECOVERED = 0.10  # of the start: a run that ends below it has got over a spike
GUESSING = 12.0  # nats a token: more than a guess among 160,000 tokens costs
LATER = 1.5  # the training loss at the end over its lowest level before: batches differ by less
FLAT = 0.15  # a fall smaller than this share of the start is within what batches differ by
SLOW, EARLY = 0.70, 0.75  # a small fall, of which the first third of the run brought less than its share: no phases
SURE = 0.002  # nats a token: a reply of 50 tokens would come out word for word nine times in ten
APART = 10  # validation loss over training loss, where the training loss is that low
RISEN = 1.03  # validation loss over its lowest: more than the last evaluations of one healthy run differ by
STEP_SHARE = 0.6  # of the fall after the first epoch that happens at boundaries: an even fall puts a third there
STEP_SIZE = 0.02  # of the start, the mean drop at the later boundaries: what a healthy run has left by then is smaller
STEP_LEVEL = 0.10  # of the level before it, the same drop: a slow, even fall has smaller ones
STEP_LEFT = 0.10  # of the start, what such a run has left at its end: with less, its rows are known by heart
STEP_NOISE = 2.0  # standard errors that this mean must be above 0
POOR = 0.5  # a score of generated answers below which half of them are unusable

SCORES = ("eval_format", "eval_ended", "eval_strict")

REMEDIES = {
    HEALTHY: "Read the outputs before you trust it: a curve does not show what the model writes.",
    OVERFITTING: "Stop where the validation loss was lowest, or train fewer epochs; then take more rows, and more "
    "varied ones.",
    TOO_LOW: "Raise the learning rate threefold to tenfold. If that changes nothing, check that the replies belong to "
    "their prompts and that the weights are trained, then try another model.",
    TOO_HIGH: "Divide the learning rate by ten and start again from the base: these weights are spoiled. Keep the "
    "warm-up and the clipping of gradients.",
    MEMORISED: "Compare outputs on new prompts with the training rows. Train far fewer epochs, on more rows.",
    STAIRCASE: "Nothing is broken: rows are remembered from the epoch before. Judge by the validation loss and the "
    "outputs; fewer epochs or a lower learning rate make the steps smaller.",
    BROKEN: "Read the answers. Look at the end-of-turn token, at the template used for asking, and at whether the "
    "replies belong to their prompts.",
    ZERO: "Nothing was trained. Look at the labels of one batch: the mask leaves no token, or max_length cuts the "
    "replies off.",
    CANT_TELL: "Log more: logging_steps=1 for a short run, and a validation loss with eval_strategy.",
    "nan": "Train a few steps in float32, and look at the labels of one batch: half precision overflows, and a batch "
    "without a trained token has no loss.",
}


# --- The rules ------------------------------------------------------------------------------------------------------


def diagnose(log_history: Iterable[object], scores: Sequence[str] = SCORES) -> Diagnosis:
    """Name the pattern of a run from its log: one of `PATTERNS`, or "can't tell".

    `scores` are keys of shares between 0 and 1 that grade generated answers, logged along the run; those that the log
    lacks are passed over. Never raises on odd logs: missing keys, NaN, a single entry or evaluations alone lead to
    "can't tell" or to a line in ``unjudged``. The first rule that holds names the pattern:

    1. *loss of 0.0*: every loss is exactly 0. A mean surprise is never exactly nothing, unless it is taken over
       nothing.
    2. *too high*: NaN or infinity along the run; a training or validation loss above `GUESSING`, or above `SPIKE` times
       its start without falling below `RECOVERED` of it later; an end above its start, or above `LATER` times its
       lowest level.
    3. *staircase*: drops at epoch boundaries make up `STEP_SHARE` of the fall after the first epoch, and are larger
       than `STEP_SIZE` of the start, than `STEP_LEVEL` of the level before them, and than chance; and more than
       `STEP_LEFT` of the start is left.
    4. *too low*: a fall of less than `FLAT` of the start; or of less than `SLOW`, with less than `EARLY` of it in the
       first third of the run.
    5. *memorisation*: the training loss ends below `SURE`, the validation loss at `APART` times as much or more.
    6. *overfitting*: the validation loss ends above `RISEN` times its lowest while the training loss went on falling.
    7. *good curve, broken outputs*: none of these, and a score of generated answers ends below `POOR`.
    8. *healthy*: none of these, with a validation loss or only one epoch. Otherwise it can't tell.
    """
    entries = (
        list(log_history) if isinstance(log_history, Iterable) and not isinstance(log_history, (str, bytes)) else []
    )
    losses, validation = series(entries, "loss"), series(entries, "eval_loss")
    gradients = series(entries, "grad_norm")
    unjudged = []
    odd = sum(not isinstance(entry, Mapping) for entry in entries)
    if odd:
        unjudged.append(f"{odd} entries of the log that are no dicts")

    def say(pattern: str, *evidence: str, remedy: str = "") -> Diagnosis:
        return Diagnosis((Finding(pattern, LIKELY, evidence, remedy or REMEDIES[pattern]),), unjudged=tuple(unjudged))

    if not losses:
        also = f", only {len(validation)} of validation" if validation else ""
        return say(CANT_TELL, f"the log holds no training loss{also}")
    if all(point.value == 0 for point in losses):
        return say(ZERO, f"all {len(losses)} logged losses are exactly 0.0", *_gradients_of_zero(gradients))
    bad = next((p for p in (*losses, *gradients) if not math.isfinite(p.value)), None)
    if bad and bad.step <= losses[0].step:
        return say(CANT_TELL, "loss or gradient norm is not a number from the first step on", remedy=REMEDIES["nan"])
    if bad:
        return say(TOO_HIGH, f"loss or gradient norm is not a number any more from step {bad.step:g} on")
    if any(point.value < 0 for point in losses):
        return say(CANT_TELL, "some losses are below 0: this is no cross-entropy", remedy="Read the log's own figures.")
    if len(losses) < FEWEST:
        return say(CANT_TELL, f"{len(losses)} logged losses are too few to see a shape: {FEWEST} are needed")
    zeros = sum(point.value == 0 for point in losses)
    if zeros:
        unjudged.append(f"{zeros} losses that are exactly 0.0: batches in which no token is trained?")

    values = [point.value for point in losses]
    before = [p.value for p in validation if p.step == 0 and math.isfinite(p.value)]
    start, end = max([values[0], *before]), _tail(values)
    fall = (start - end) / start if start > 0 else 0.0
    fell = f"the training loss went from {start:.3g} to {end:.3g}"
    odd = [p for p in validation if p.value <= 0]
    if odd:
        unjudged.append(f"{len(odd)} validation losses that are 0 or less: no cross-entropy is")
    validation = [p for p in validation if math.isfinite(p.value) and p.value > 0]
    if high := _too_high(losses, validation, start, end):
        return say(TOO_HIGH, *high)
    if len(validation) < 2:
        unjudged.append("overfitting and memorisation: there are fewer than two validation losses")
    lagging = _overfitting(losses, validation, end)
    steps = steps_at_epochs(losses)
    if steps is None:
        unjudged.append(f"steps at epoch boundaries: that takes three epochs with {STEP_POINTS} logged losses each")
    elif (
        steps.share >= STEP_SHARE
        and end > STEP_LEFT * start
        and steps.later > max(STEP_SIZE * start, STEP_LEVEL * steps.level, STEP_NOISE * steps.noise)
    ):
        drops = ", ".join(f"{drop:.2g}" for drop in steps.drops)
        return say(
            STAIRCASE, f"the loss drops at the epoch boundaries (by {drops}), and hardly in between", *lagging,
            *_final_remark(end, validation),
        )  # fmt: skip
    early = _early_share(losses, start, end)
    if fall < FLAT:
        return say(TOO_LOW, f"{fell}, a fall of {max(fall, 0):.0%}", *_rate(entries), *_gradients_of_low(gradients))
    if fall < SLOW and early < EARLY:
        slow = f"only {early:.0%} of its fall came in the first third: it has no sharp drop and is still falling"
        return say(TOO_LOW, fell, slow, *_rate(entries), *_gradients_of_low(gradients))
    if end <= SURE:
        if not validation:
            return say(CANT_TELL, f"{fell}, which an easy task and rows learned by heart have in common")
        if validation[-1].value >= APART * end:
            return say(MEMORISED, fell, *_final_remark(end, validation))
    if lagging:
        return say(OVERFITTING, *lagging)
    known = {key: series(entries, key) for key in scores}
    last = {key: points[-1].value for key, points in known.items() if points and math.isfinite(points[-1].value)}
    if not last:
        unjudged.append("what the model writes: no score of generated answers was logged")
    poor = {key: value for key, value in last.items() if value < POOR}
    if poor:
        shares = ", ".join(f"{key} {value:.2f}" for key, value in poor.items())
        return say(BROKEN, f"{fell}, as in a healthy run", f"the generated answers end at {shares}")
    epochs = max((p.epoch for p in losses if math.isfinite(p.epoch)), default=math.inf)
    if not validation and epochs > 1.01:
        return say(
            CANT_TELL, f"{fell}, which looks healthy", "rows were seen more than once and no new ones were tried"
        )
    gap = [f"the validation loss fell with it, to {validation[-1].value:.3g}"] if validation else []
    return say(HEALTHY, f"{fell}, most of it early", *gap)


def _gradients_of_zero(gradients: Sequence[Point]) -> list[str]:
    if gradients and all(p.value == 0 or math.isnan(p.value) for p in gradients):
        return ["the gradient norm is 0 or not a number: no weight was told to move"]
    return []


def _gradients_of_low(gradients: Sequence[Point]) -> list[str]:
    values = [p.value for p in gradients if math.isfinite(p.value)]
    if len(values) >= FEWEST and _tail(values) > 0.6 * _mean(values[:3]):
        return [f"the gradient norm is still {_tail(values):.3g}, after {_mean(values[:3]):.3g} at the start"]
    return []


def _rate(entries: Sequence[object]) -> list[str]:
    rates = [p.value for p in series(entries, "learning_rate") if math.isfinite(p.value)]
    return [f"the highest logged learning rate was {max(rates):.2g}"] if rates else []


def _final_remark(end: float, validation: Sequence[Point]) -> list[str]:
    if validation and end > 0:
        return [
            f"the validation loss ends at {validation[-1].value:.3g}, {validation[-1].value / end:.0f} times as much"
        ]
    return []


def _too_high(losses: Sequence[Point], validation: Sequence[Point], start: float, end: float) -> list[str]:
    seen = [(p, "loss") for p in losses[1:]] + [(p, "validation loss") for p in validation if p.step > 0]
    worst, kind = max(seen, key=lambda pair: pair[0].value)
    found = []
    if worst.value > SPIKE * start and end > RECOVERED * start:
        found.append(f"the {kind} rose to {worst.value:.3g} at step {worst.step:g}, from {start:.3g} at the start")
    if max(worst.value, losses[0].value) > GUESSING:
        found.append(f"a loss of {max(worst.value, losses[0].value):.3g} is worse than guessing among all tokens")
    if end >= start * (1 + FLAT):
        found.append(f"it ends at {end:.3g}, above its start")
    low, step = min((value, p.step) for value, p in zip(smooth([p.value for p in losses]), losses))
    if not found and end > LATER * low and end - low > FLAT * start:
        found.append(f"the loss had fallen to {low:.3g} by step {step:g} and has risen again, to {end:.3g}")
    return found


def _early_share(losses: Sequence[Point], start: float, end: float) -> float:
    """The share of the fall that the first third of the run brought."""
    first, last = losses[0].step, losses[-1].step
    third = first + (last - first) / 3
    values = smooth([p.value for p in losses], 3)
    reached = [value for p, value in zip(losses, values) if p.step <= third][-1]
    return (start - reached) / (start - end) if start > end else 0.0


def _overfitting(losses: Sequence[Point], validation: Sequence[Point], end: float) -> list[str]:
    if len(validation) < 2:
        return []
    lowest, last = min(validation, key=lambda p: p.value), validation[-1]
    at_lowest = [p.value for p in losses if p.step <= lowest.step]
    if last.value >= RISEN * lowest.value and at_lowest and end < _tail(at_lowest):
        rise = last.value / lowest.value - 1
        return [
            f"the validation loss was lowest at step {lowest.step:g} ({lowest.value:.3g}) and ends {rise:.0%} higher",
            f"the training loss fell on, to {end:.3g}",
        ]
    return []
