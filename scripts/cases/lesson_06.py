"""The generators of assignment 06: logs of trainings, with and without validation losses."""

import math
import random

from scripts.cases import Drawn

ODD = (math.nan, math.inf, -math.inf)


def logs(rng: random.Random) -> tuple[list[dict], int]:
    """A short log of training and validation losses in any order, some of them 0 or NaN, and how many count."""

    def loss() -> float:
        return rng.choice((0.0, 0.0, math.nan)) if rng.random() < 0.2 else round(rng.uniform(0, 3), 3)

    entries = []
    for step in range(1, rng.choice((1, 2, 4, 9, 15))):
        if rng.random() < 0.8:
            entries.append({"loss": loss(), "step": step})
        if rng.random() < 0.3:
            entries.append({"eval_loss": loss(), "step": step})
    if rng.random() < 0.5:
        entries.append({"train_runtime": 9.5, "train_loss": 0.7, "step": 9})
    return entries, rng.choice((1, 2, 3, 3, 5))


def validated(rng: random.Random) -> tuple[list[dict], int]:
    """A log evaluated at uneven steps, and a patience. Its losses fall, also by a hair, rise, stand still or are not
    finite, and training may go on behind the last evaluation.
    """
    entries, step, loss = [], 0, 2.0
    for _ in range(rng.choice((1, 2, 4, 6, 10))):
        step += rng.choice((5, 10, 10, 25))
        loss = max(0.0, loss + rng.choice((-0.5, -0.1, -0.0004, -0.0004, 0.0, 0.0, 0.1, 0.3)))
        value = rng.choice(ODD) if rng.random() < 0.15 else round(loss, 4)
        entries += [{"loss": 1.0, "step": step}, {"eval_loss": value, "step": step, "epoch": step / 20}]
    entries += [{"loss": 0.9, "step": step + 5}] * rng.randrange(2)
    return entries + [{"train_runtime": 9.5, "step": step + 5}] * rng.randrange(2), rng.choice((1, 2, 2, 3, 4))


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
