"""The generators of assignment 06: logs of trainings, with and without validation losses."""

import math
import random

from scripts.cases import Drawn

ODD = (math.nan, math.inf, -math.inf)


def logs(rng: random.Random) -> tuple[list[dict], int]:
    """A short log of training and validation losses in any order, some of them exactly 0, and how many count."""
    entries = []
    for step in range(1, rng.choice((1, 2, 4, 9, 15))):
        if rng.random() < 0.8:
            entries.append({"loss": rng.choice((0.0, round(rng.uniform(0, 3), 3))), "step": step})
        if rng.random() < 0.3:
            entries.append({"eval_loss": rng.choice((0.0, round(rng.uniform(0, 3), 3))), "step": step})
    if rng.random() < 0.5:
        entries.append({"train_runtime": 9.5, "train_loss": 0.7, "step": 9})
    return entries, rng.choice((1, 2, 3, 3, 5))


def validated(rng: random.Random) -> tuple[list[dict], int]:
    """A log with losses that fall, rise, stand still or are not finite, evaluated at uneven steps, and a patience."""
    entries, step, loss = [], 0, 2.0
    for _ in range(rng.choice((1, 2, 4, 6, 10))):
        step += rng.choice((5, 10, 10, 25))
        loss = max(0.0, loss + rng.choice((-0.5, -0.2, -0.1, 0.0, 0.1, 0.3)))
        value = rng.choice(ODD) if rng.random() < 0.15 else round(loss, 2)
        entries += [{"loss": 1.0, "step": step}, {"eval_loss": value, "step": step, "epoch": step / 20}]
    return entries + [{"train_runtime": 9.5, "step": step}] * rng.randrange(2), rng.choice((1, 2, 2, 3, 4))


def evaluations(*losses: float) -> list[dict]:
    return [{"eval_loss": loss, "step": 10 * number} for number, loss in enumerate(losses, 1)]


TASKS = {
    "1": Drawn(
        "gap",
        logs,
        edges=(([], 3), ([{"loss": 0.0}, {"eval_loss": 0.0}], 3), ([{"loss": 0.0}], 1), ([{"eval_loss": 0.0}], 2)),
    ),
    "2": Drawn(
        "early_stop",
        validated,
        edges=(
            ([], 2),
            (evaluations(0.5, math.nan, math.inf, 0.4), 2),
            (evaluations(0.5, -math.inf, 0.4, -math.inf), 2),
            (evaluations(math.inf, math.inf, math.inf), 2),
            (evaluations(math.nan, math.nan), 3),
            (evaluations(-math.inf, 0.5), 1),
            (evaluations(0.5, 0.0, 0.0, 0.0), 2),
            (evaluations(0.9, math.nan, 0.9, 0.8), 2),
        ),
    ),
}
