"""Logs of which nothing else can be said: no supervised loss, a loss of 0.0 or NaN, or too few of them.

Each function looks at a `Run` and gives a finding or nothing; `rules` asks them in order before any pattern is looked
for.
"""

import math

from .findings import CANT_TELL, CERTAIN, LIKELY, TOO_HIGH, ZERO, Finding, finding
from .run import Run

FEWEST = 4  # training losses; with fewer, one unlucky batch looks like a trend
SHAPE = 8  # losses of both kinds together: three for the beginning, three for the end, and something in between


def reinforcement(run: Run) -> Finding | None:
    """A loss that is a device for gradients and measures nothing: GRPO, PPO and their like."""
    below = sum(value < 0 for value in run.values)
    moved = any(math.isfinite(p.value) and p.value > 0 for p in run.gradients)
    if run.kind == "policy":
        why = "the log holds rewards: this is reinforcement learning, whose loss measures nothing"
    elif below:
        why = f"{below} of {len(run.values)} losses are below 0: this is no cross-entropy; GRPO and PPO log such"
    elif run.values and not any(run.values) and moved:
        why = "every loss is 0 while the gradients are not: this is no cross-entropy; GRPO logs such figures"
    else:
        return None
    remedy = "Look at the reward and its spread, the KL and the length of the completions; then read some of them."
    return finding(CANT_TELL, CERTAIN, why, remedy=remedy, settle="The rewards along the run, and the completions.")


def zero(run: Run) -> Finding | None:
    """Losses of exactly 0.0 up to the end. The gradients tell a mask that leaves nothing from a NaN forward pass."""
    zeros = next((n for n, value in enumerate(reversed(run.values)) if value != 0), len(run.values))
    if not zeros:
        return None
    first = run.losses[-zeros].step
    pulls = [p.value for p in run.gradients if p.step >= first]
    where = "every logged loss is" if zeros == len(run.values) else f"from step {first:g} on the loss is"
    if any(not math.isfinite(pull) for pull in pulls):
        return finding(
            ZERO,
            CERTAIN,
            f"{where} exactly 0.0, and the gradient norm is not a number",
            "so the forward pass gives NaN, which the trainer shows as 0.0 (logging_nan_inf_filter)",
            remedy="Train a few steps in float32 or bfloat16: fp16 overflows. If that holds, stay there or lower the "
            "rate; the weights learned nothing from that step on.",
            settle="The same run with logging_nan_inf_filter=False, and the first step whose loss is NaN.",
        )
    if zeros < len(run.values) or any(pulls):
        return None  # the weights move, or a small loss was rounded to 0
    still = ["the gradient norm is 0 as well: no weight was told to move"] if pulls else []
    return finding(ZERO, CERTAIN if pulls else LIKELY, f"{where} exactly 0.0", *still)


def no_number(run: Run) -> Finding | None:
    """A loss that is NaN or infinite up to the end."""
    if run.broken is None:
        return None
    remedy = (
        "Train a few steps in float32, and look at the labels of one batch: half precision overflows, and a batch "
        "without a trained token has no loss."
    )
    settle = "The same steps in float32: if they hold, fp16 overflowed and the rate is not to blame."
    if not run.losses:
        why = "the loss is not a number from the first step on"
        return finding(CANT_TELL, CERTAIN, why, remedy=remedy, settle=settle)
    return finding(TOO_HIGH, LIKELY, f"the loss is not a number any more from step {run.broken:g} on", settle=settle)


def too_few(run: Run) -> Finding | None:
    """Too few training losses for any rule, or none."""
    if run.losses:
        enough = len(run.losses) >= FEWEST or run.measured >= SHAPE
        return None if enough else finding(CANT_TELL, CERTAIN, few(run), settle="")
    name, points = run.main
    went = f"; the validation loss went from {points[0].value:.3g} to {points[-1].value:.3g}" if points else ""
    return finding(CANT_TELL, CERTAIN, f"the log holds no training loss{went}", settle="")


def few(run: Run) -> str:
    """How many losses there are, and how many it takes."""
    return f"{run.measured} logged losses are too few to see a shape: it takes about {SHAPE}"
