"""The generators of assignment 00b: logits with a token that came, and single steps of Adam."""

import math
import random

from scripts.cases import Drawn


def logits(rng: random.Random) -> tuple[list[float], int]:
    """A few logits, sometimes huge, sometimes with tokens that can't come, and the number of one; rarely of none."""
    spread = rng.choice((0.1, 1.0, 5.0, 400.0))
    found = [round(rng.gauss(rng.choice((0.0, 3.0)), spread), 3) for _ in range(rng.choice((1, 2, 3, 5, 9)))]
    for place in rng.sample(range(len(found)), rng.choice((0, 0, 0, len(found) // 2))):
        found[place] = -math.inf
    return found, rng.choice((len(found), -1)) if rng.random() < 0.08 else rng.randrange(len(found))


def steps(rng: random.Random) -> tuple[float, float, tuple[int, float, float], float]:
    """A weight, its gradient, the memory of some steps, and a rate."""
    before = rng.choice((0, 0, 1, 2, 9, 500))
    scale = rng.choice((1e-4, 0.01, 1.0, 30.0))
    mean = round(rng.gauss(0, scale), 6) if before else 0.0
    square = mean**2 + scale**2 * rng.random() if before else 0.0  # a mean of squares is no less than the mean's square
    gradient = rng.choice((0.0, round(rng.gauss(0, scale), 6), round(rng.gauss(0, scale), 6)))
    return round(rng.gauss(0, 2), 3), gradient, (before, mean, square), rng.choice((0.001, 0.1, 0.3))


def other_means(rng: random.Random) -> tuple:
    """A step in which the two means forget faster or slower than usual."""
    return *steps(rng), rng.choice((0.0, 0.5, 0.95)), rng.choice((0.9, 0.95, 0.999))


TASKS = {
    "1": Drawn("surprise", logits, edges=(([0.0], 0), ([-math.inf, 2.0], 0)), raises=(IndexError,)),
    "2": Drawn("adam_step", lambda rng: rng.choice((steps, steps, other_means))(rng)),
}
