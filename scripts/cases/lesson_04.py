"""The generators of assignment 04: plans, small batches whose rows have very different answers, logs of rates."""

import math
import random

import torch

from scripts.cases import Drawn


def plans(rng: random.Random) -> tuple:
    """Plans whose batches rarely come out even; shares of the warm-up that binary numbers hold exactly."""
    given = (
        rng.choice((1, 7, 16, 100, 101, 1000, rng.randint(2, 3000))),
        rng.choice((1, 2, 3, 0.5, 1.5, 0.25)),
        rng.choice((1, 2, 4, 8, 16, 200)),
    )
    rest = (
        rng.choice((1, 1, 2, 3, 4, 32)),
        rng.choice((1, 1, 2, 3, 8)),
        rng.choice((-1, -1, 0, 1, 9, 70)),
        rng.choice((0.0, 0, 0.125, 0.0625, 0.25, 0.5, 1, 1.0, 5, 10)),
    )
    return given + rest[: rng.choice((0, 1, 2, 3, 4, 4, 4, 4))]


def batch(rng: random.Random, trained: float) -> dict[str, torch.Tensor]:
    """Up to three rows of up to six tokens, padded; about a share `trained` of the labels counts, the first one
    never.
    """
    lengths = [rng.randint(2, 6) for _ in range(rng.choice((1, 2, 3)))]
    ids, labels, mask = [], [], []
    for length in lengths:
        row, rest = [rng.randint(1, 39) for _ in range(length)], max(lengths) - length
        ids.append(row + [0] * rest)
        labels.append([-100] + [i if rng.random() < trained else -100 for i in row[1:]] + [-100] * rest)
        mask.append([1] * length + [0] * rest)
    labels[0][1] = ids[0][1]  # no batch without a trained token: its mean has no value
    return {
        name: torch.tensor(rows) for name, rows in zip(("input_ids", "labels", "attention_mask"), (ids, labels, mask))
    }


def loops(rng: random.Random) -> tuple:
    steps = rng.choice((2, 3, 4))
    batches = [batch(rng, 0.6) for _ in range(steps)]
    return batches, rng.choice((1e-3, 1e-2, 3e-2)), rng.choice((0, 1, 2)), rng.choice((steps, steps + 1, 10))


def unequal_batches(rng: random.Random) -> tuple:
    return ([batch(rng, rng.choice((0.1, 0.5, 1.0))) for _ in range(rng.choice((1, 2, 3, 4)))],)


def logs_of_rates(rng: random.Random) -> tuple:
    """Runs of up to five rates, some diverged, whose means lie well inside or outside what the slack allows. Beside the
    validation loss stand figures that decide nothing, also where they are not finite.
    """
    while True:
        rates = rng.sample((1e-1, 1e-2, 3e-3, 1e-3, 5e-4, 1e-4, 1e-5), rng.choice((1, 2, 3, 4, 5)))
        level, runs = rng.choice((0.2, 0.5, 2.0)), {}
        for rate in rates:
            middle = level * rng.choice((1.0, 1.05, 1.2, 1.5))
            losses = [round(middle + rng.choice((-0.05, 0.0, 0.05)), 3) for _ in range(rng.choice((1, 2, 3)))]
            if rng.random() < 0.25:
                losses[rng.randrange(len(losses))] = rng.choice((math.nan, math.inf))
            others = {"strict": round(rng.random(), 2), "test_loss": rng.choice((0.1, 0.9, 3.0, math.nan))}
            runs[rate] = [{"eval_loss": loss} | others for loss in losses]
        slack = rng.choice((0.0, 0.1, 0.1, 0.3))
        means = [sum(run["eval_loss"] for run in seeds) / len(seeds) for seeds in runs.values()]
        means = sorted(filter(math.isfinite, means))
        bound = (1 + slack) * means[0] if means else 0.0
        if all(abs(mean - bound) > 1e-3 for mean in means[1:]) and len(set(means)) == len(means):
            return (runs,) if slack == 0.1 else (runs, slack)


TASKS = {
    "1": Drawn("plan", plans, edges=((1, 1, 1), (1, 0.5, 4, 2, 8), (100, 3, 4, 1, 1, 9, 0.125))),
    "2": Drawn("tiny_losses", loops, count=30, tolerance=1e-3),
    "3": Drawn("tiny_gradient", unequal_batches, count=30, tolerance=1e-2),
    "4": Drawn("choose_rate", logs_of_rates, raises=(ValueError,)),
}
