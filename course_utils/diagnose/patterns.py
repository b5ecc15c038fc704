"""The patterns of a curve: for each a function that looks at a `Run` and gives a finding or nothing.

Each threshold stands with its reason. They are shares and ratios, since neither the vocabulary nor the scale of a loss
is known; where a loss is read as a probability, that is said. They were chosen on one set of runs and measured on
others (`diagnosed_runs`, ``scripts/wild_confusion.py``). Nothing here knows what another function found: `rules` does.
"""

import math
from collections.abc import Sequence

from .cannot_judge import FEWEST, SHAPE
from .findings import (
    CERTAIN,
    LIKELY,
    MEMORISED,
    OVERFITTING,
    POSSIBLE,
    STAIRCASE,
    TOO_HIGH,
    TOO_LOW,
    Finding,
    finding,
)
from .log import Point, finite, levels, mean, smooth, tail
from .run import Run

HIGHER = 1.2  # smoothed loss over its start: the training made the model worse than no training
ALONE = 2.0  # the same, where the first loss alone was so low: a single odd batch is half of the others now and then
ABOVE = 1.5  # highest validation loss over the start of training: two sets of rows hardly differ by as much
MOVES = 0.8  # lowest of its first and last value over that highest: a set that is only harder stays as high
NOISE = 4.0  # standard deviations of a batch that such a rise must exceed: chance hardly ever does that
RECOVERED = 0.4  # of its start: a run that ends below it has got over a bump
LATER = 1.5  # the loss at the end over its lowest smoothed level, the rise being more than SMALL of the start
HOT = 5e-4  # a learning rate at which a flat loss is rather a collapse than a lack of steps: adapters take 1e-4 to 3e-4

SMALL = 0.15  # of the start: less is within what the batches of one run differ by
FLAT = 0.03  # of the start: a fall that nobody would call one
CHANCE = 3.0  # standard errors of the difference of two fifths of the run: chance alone hardly brings a larger fall
FIFTHS = 25  # training losses for that: five in each fifth; fewer do where they differ by next to nothing
UNSEEN = 0.01  # of the first validation loss: a larger fall of it shows that something was learned
GAINED = 0.02  # share of tokens predicted rightly: so does such a rise
LOW = 3e-5  # a learning rate that is low for a small model or an adapter; large ones are trained in full at it
SLOW = 0.35  # of the start: at such a rate, a run with a larger fall does learn
PULLING = (0.45, 1.1)  # gradient norm at the end over the first: nearly as hard a pull; a growing one shows movement
EARLY = 0.8  # of the fall from first to last third, how much by the middle one: a rate that falls to 0 makes it 0.67
SHARP = 0.6  # of the whole fall, how much by the first third: with more there was a sharp drop

BY_HEART = 0.002  # nats a token: a reply of 50 tokens comes out word for word nine times in ten
APART = 10.0  # validation over training loss, where the training loss is that low
RECITED = ((10, 0.105), (3, 0.01))  # epochs, nats a token: 0.9 for each token of rows seen ten times; 0.99 after three

RISEN = 1.05  # validation loss over its lowest: the last evaluations of a healthy run differ by less
PLAIN = 1.2  # the same, where there is no doubt left
STALLED = 0.9  # validation loss at the end over an earlier one: it has fallen by less than a tenth since
HALVED = 0.5  # training loss at the end over that of the same moment
LONG = 0.5  # of a run, for how long a validation loss must lag
GAP = 3.0  # validation over training loss at the end of a run whose validation lags
SURER = 1.5  # validation loss over its entropy, which are alike where a model is as sure as it is right

STEP_SHARE = 0.6  # of the fall after the first epoch that lies at boundaries: an even fall puts a third there
STEP_LEVEL = 0.10  # of the level, the mean drop at the later boundaries: a slow, even fall has smaller ones
STEP_NOISE = 2.0  # standard errors that this mean must be above 0
STEP_SIZE = 0.02  # of the start, the same in nats: what a healthy run has left by then is smaller
STEP_COUNT = 5  # boundaries: where the loss drops at each of so many, smaller steps are steps, too
STEP_LEFT = 0.10  # of the start, at the end: with less left, and new rows at hand, what these show is told first
NOT_SHARED = 0.67  # validation over training fall after the first epoch: what is remembered helps with no new row


def too_high(run: Run) -> Finding | None:
    """A loss that rises by more than batches differ by: above its start without recovery, or back from its low."""
    if len(run.values) < FEWEST:
        return None
    level = levels(run.values, 20)
    chance, found = NOISE * run.noise, []
    top, low = max(level), min(level)
    enough = ALONE if run.values[1] > LATER * run.start else HIGHER
    if top > enough * run.start and top - run.start > chance and run.end > RECOVERED * run.start:
        step = run.losses[level.index(top)].step
        found.append(f"the loss rose to {top:.3g} around step {step:g}, from {run.start:.3g} at the start")
    if run.end > LATER * low and run.end - low > max(SMALL * run.start, chance):
        step = run.losses[level.index(low)].step
        found.append(f"the loss had fallen to {low:.3g} by step {step:g} and has risen again, to {run.end:.3g}")
    points = [p for p in run.main[1] if p.step > 0]
    peak = max(points, key=lambda p: p.value, default=None)
    if peak and peak.value > ABOVE * run.start / run.scale and run.end > RECOVERED * run.start:
        if min(points[0].value, points[-1].value) < MOVES * peak.value:
            began = f"while training began at {run.start:.3g}"
            found.append(f"the validation loss was {peak.value:.3g} at step {peak.step:g}, {began}")
    return finding(TOO_HIGH, LIKELY, *found, *_rate(run)) if found else None


def staircase(run: Run) -> Finding | None:
    """Drops at the boundaries of epochs, level treads between them, and no such fall on rows that don't come again."""
    steps = run.steps
    if steps is None or steps.share < STEP_SHARE or steps.later <= max(STEP_LEVEL, STEP_NOISE * steps.noise):
        return None
    if mean(steps.drops[1:]) < STEP_SIZE * run.start and not (len(steps.drops) >= STEP_COUNT and steps.least > 0):
        return None
    points = [p for p in run.main[1] if p.step > 0]
    if len(points) > 2 and math.log(points[0].value / points[-1].value) > NOT_SHARED * math.log(
        run.level(points[0].step) / run.floor
    ):
        return None
    drops = ", ".join(f"{drop:.2g}" for drop in steps.drops)
    sure = POSSIBLE if len(points) > 1 and run.end < STEP_LEFT * run.start else LIKELY
    return finding(STAIRCASE, sure, f"the loss drops at the epoch boundaries (by {drops}), and hardly in between")


def memorised(run: Run) -> Finding | None:
    """Training rows predicted nearly word for word, after many passes, and new ones not (or none were tried)."""
    if run.kind == "preference" or run.low >= SMALL * run.start:
        return None
    recited = any(run.passes >= epochs and run.low <= level for epochs, level in RECITED)
    right = [f"it predicts {tail([p.value for p in run.accuracy]):.0%} of their tokens"] if run.accuracy else []
    times = f"after {run.passes:.0f} passes over the rows" if math.isfinite(run.passes) else "after passes not logged"
    seen = f"{times} the training loss is down to {run.low:.2g}"
    name, points = run.main
    if not points:
        return finding(MEMORISED, LIKELY, seen, *right, "no rows were kept to try it on") if recited else None
    if points[-1].value < APART * run.end / run.scale or not (recited or run.end <= BY_HEART):
        return None
    far = f"the validation loss ends at {points[-1].value:.3g}, {points[-1].value / run.floor:.0f} times as much"
    return finding(MEMORISED, CERTAIN if run.end <= BY_HEART else POSSIBLE, seen, *right, far)


def overfitting(run: Run) -> Finding | None:
    """A validation loss that rises, or stays behind, while the training loss falls on."""
    turns = {name: _turned(run, points) for name, points in run.validation.items() if len(points) > 1}
    found = {name: turned for name, turned in turns.items() if turned}
    if 2 * len(found) < len(turns) or not found:
        run.notes.extend(f"of {len(turns)} evaluation sets only {name} turns: {why[1]}" for name, why in found.items())
        return None
    surest = CERTAIN if any(confidence == CERTAIN for confidence, *_ in found.values()) else LIKELY
    lines = [f"{name}: {line}" if name else line for name, (_, *why) in found.items() for line in why]
    return finding(OVERFITTING, surest, *lines, f"the training loss ends at {run.end:.3g}", *_surer(run))


def _surer(run: Run) -> list[str]:
    name, points = run.main
    if not run.entropy or points[-1].value < SURER * run.entropy[-1].value:
        return []
    return [f"on new rows it expects a surprise of {run.entropy[-1].value:.3g} (eval_entropy): surer than it is right"]


def _turned(run: Run, points: Sequence[Point]) -> tuple[str, str] | None:
    """How sure it is that one validation loss has turned, and the sentence that says so."""
    values = [p.value for p in points]
    values = smooth(values, 3) if len(values) >= SHAPE else values
    low = min(range(len(values)), key=values.__getitem__)
    rise = values[-1] / values[low]
    if rise >= RISEN and run.end < run.level(points[low].step):
        where = f"the validation loss was lowest at step {points[low].step:g} ({values[low]:.3g})"
        return (CERTAIN if rise >= PLAIN else LIKELY), f"{where} and ends {rise - 1:.0%} higher"
    since = next(i for i, value in enumerate(values) if values[-1] >= STALLED * value)
    level = run.level(points[since].step)
    long = points[since].step <= LONG * points[-1].step
    if long and run.end <= HALVED * level and values[-1] >= GAP * run.end / run.scale:
        lag = f"since step {points[since].step:g} the training loss fell by {1 - run.end / level:.0%}"
        return LIKELY, f"{lag}, the validation loss by {max(0, 1 - values[-1] / values[since]):.0%}"
    return None


def too_low(run: Run) -> Finding | None:
    """A loss that hardly moves. At a high rate that is rather a collapse; at an ordinary one nothing says why."""
    if run.measured < SHAPE or len(run.losses) < FEWEST or _warming_up(run):
        return None
    head, last, chance = _fifths(run)
    fall = (head - last) / head
    went = f"the training loss went from {head:.3g} to {last:.3g}, a fall of {fall:.0%}"
    pulls = [p.value for p in finite(run.gradients)]
    pull = mean(pulls[-max(1, len(pulls) // 5) :]) / max(pulls[0], 1e-9) if pulls else 0.0
    if run.top_rate <= LOW and fall < SLOW and PULLING[0] <= pull <= PULLING[1] and _even(run):
        still = f"the gradients end at {pull:.0%} of their first norm: the data pull nearly as hard as before"
        return finding(TOO_LOW, LIKELY, went, still, *_rate(run))
    clear = len(run.values) >= FIFTHS and chance <= SMALL or len(run.values) >= SHAPE and chance <= FLAT
    if not clear or fall >= max(FLAT, chance):
        return None  # too few or too noisy to see a fall, or one is seen
    if _learned(run) or _sawtooth(run):
        return None
    if run.top_rate >= HOT:
        why = "at so high a rate, a loss that doesn't move is rather a model that collapsed in the first steps"
        return finding(TOO_HIGH, POSSIBLE, went, *_rate(run), why)
    remedy = (
        "Look at the loss before the first step: a base that was tuned on such rows has little left to learn. If it "
        "wasn't, check that weights are trained and replies belong to their prompts; then try three times the rate."
    )
    return finding(TOO_LOW, POSSIBLE, went, *_rate(run), remedy=remedy)


def _fifths(run: Run) -> tuple[float, float, float]:
    """The levels of the first and of the last fifth of the run, and the fall by chance as a share of the first."""
    fifth = max(1, len(run.values) // 5)
    head, last = max(mean(run.values[:fifth]), 1e-9), mean(run.values[-fifth:])
    return head, last, CHANCE * run.noise * math.sqrt(2 / fifth) / head


def moved(run: Run) -> bool:
    """Whether any sign says that something was learned; a fall must exceed chance where there are points enough."""
    head, last, chance = _fifths(run)
    return _learned(run) or head - last > (chance * head if len(run.values) >= FIFTHS else 0)


def _even(run: Run) -> bool:
    """Whether the fall is spread over the run, without the sharp drop at its beginning that a good rate brings."""
    values, third = run.values, len(run.values) // 3
    first, middle, last = mean(values[:third]), mean(values[third:-third]), mean(values[-third:])
    return first > last and first - middle < EARLY * (first - last) and values[0] - first < SHARP * (values[0] - last)


def _learned(run: Run) -> bool:
    """Whether the first losses, the validation loss or the share of tokens predicted rightly says that it learned."""
    points, right = run.main[1], [p.value for p in run.accuracy]
    sharp = mean(run.values[:3]) - run.end > SMALL * run.end
    fell = len(points) > 1 and points[-1].value < (1 - UNSEEN) * points[0].value
    fifth = max(1, len(right) // 5)
    return sharp or fell or (len(right) >= SHAPE and mean(right[-fifth:]) - mean(right[:fifth]) > GAINED)


def _warming_up(run: Run) -> bool:
    """Whether the learning rate reached its highest value only in the last tenth of the run."""
    rates = [p.value for p in finite(run.rates)]
    return len(rates) >= SHAPE and max(rates[: -max(1, len(rates) // 10)]) < max(rates)


def _sawtooth(run: Run) -> bool:
    """Whether the loss jumps at the boundaries of epochs without falling: rows in the same order each time."""
    steps = run.steps
    return steps is not None and steps.share == 0 and abs(steps.later) > STEP_NOISE * steps.noise


def _rate(run: Run) -> list[str]:
    return [f"the highest logged learning rate is {run.top_rate:.2g}"] if math.isfinite(run.top_rate) else []
