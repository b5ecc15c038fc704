"""Drops of the training loss at the boundaries of epochs: the staircase of rows that are remembered.

It looks at the training loss alone and knows nothing of the rest of a log.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .log import Point, mean

STEP_POINTS = 6  # logged losses an epoch; with fewer, its first and last third are a point or two


@dataclass(frozen=True)
class Steps:
    """Drops of the training loss at epoch boundaries.

    ``drops``: each drop in nats. The rest is in shares of the level at hand (differences of logarithms, 0.1 being about
    a tenth), so that a staircase looks the same at every height. ``share``: of the fall after the first epoch, how much
    lies at boundaries. ``later``: the mean drop but for the first boundary, which lies in the sharp drop of any run;
    ``noise``: its standard error; ``least``: the smallest drop of all.
    """

    drops: tuple[float, ...]
    share: float
    later: float
    noise: float
    least: float


def steps_at_epochs(losses: Sequence[Point]) -> Steps | None:
    """Compares the last third of each epoch with the first third of the next.

    None for fewer than three epochs, or fewer than `STEP_POINTS` losses above 0 in an epoch. A last epoch that was
    broken off counts when it has that many.
    """
    epochs: dict[int, list[float]] = {}
    for point in losses:
        if math.isfinite(point.epoch) and math.isfinite(point.value) and point.value > 0:
            epochs.setdefault(max(1, math.ceil(point.epoch - 1e-3)), []).append(point.value)
    rows = [values for _, values in sorted(epochs.items())]
    if rows and len(rows[-1]) < STEP_POINTS:
        rows.pop()
    if len(rows) < 3 or min(map(len, rows)) < STEP_POINTS:
        return None
    third = max(2, min(map(len, rows)) // 3)
    drops = tuple(mean(before[-third:]) - mean(after[:third]) for before, after in zip(rows, rows[1:]))
    logs = [[math.log(value) for value in row] for row in rows]
    heads, tails = [mean(row[:third]) for row in logs], [mean(row[-third:]) for row in logs]
    falls = [before - after for before, after in zip(tails, heads[1:])]
    whole = tails[0] - tails[-1]
    # what batches differ by inside an epoch, around its mean
    spread = mean([math.sqrt(sum((v - mean(row)) ** 2 for v in row) / (len(row) - 1)) for row in logs[1:]])
    noise = spread * math.sqrt(2 / third / len(falls[1:]))
    return Steps(drops, sum(falls) / whole if whole > 0 else 0.0, mean(falls[1:]), noise, min(falls))
