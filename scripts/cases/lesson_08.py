"""The generators of assignment 08: matrices to merge, trainings with and without noise, and weights that a step may
leave where they are.
"""

import math
import random

from scripts.cases import Drawn


def matrices(rng: random.Random):
    """A layer and its adapter, in eighths, so that every order of the sums gives the same; alpha is r times a power of
    two.
    """
    import torch

    draw = torch.Generator().manual_seed(rng.randrange(10**6))
    outputs, inputs, r = rng.choice((1, 2, 3, 5)), rng.choice((1, 2, 4, 5)), rng.choice((1, 2, 3, 4))
    shapes = (outputs, inputs), (r, inputs), (outputs, r)
    weight, a, b = (torch.randint(-32, 33, shape, generator=draw) / 8 for shape in shapes)
    dtype = rng.choice((torch.float32, torch.float32, torch.bfloat16, torch.float16))
    return weight.to(dtype), a, b, r * rng.choice((0, 0.25, 0.5, 1, 2, 4))


def trainings(rng: random.Random) -> tuple[list[float], list, list]:
    """Rates in any order, and for each the (validation, score) of its seeds, in sixty-fourths, so that sums are exact.

    Some runs broke, some rates are equally good, and the noise gains with all seeds, with some or with none.
    """
    rates = rng.sample((1e-4, 3e-4, 1e-3, 5e-3, 1e-2), rng.choice((1, 2, 3, 4)))
    seeds, gain = rng.choice((3, 4, 5, 5, 5, 6)), rng.choice((-8, -8, 8, 8, 0))
    odd = rng.choice((0, 0, 0, -2, 16))  # what one seed gains beside the others

    def method(noisy: bool) -> list:
        table = []
        for _ in rates:
            level = rng.choice((16, 16, 32, 48))
            spread = [rng.choice((0, 0, 24, -12)) for _ in range(seeds - 1)]
            losses = [(level + more) / 64 for more in (*spread, -sum(spread) if rng.random() < 0.5 else 0)]
            if rng.random() < 0.15:
                losses[rng.randrange(seeds)] = rng.choice((math.nan, math.inf, -math.inf))
            more = rng.choice((0, 0, 3)) + (gain if noisy else 0)
            scores = [
                (32 + 3 * seed + more + (odd * (-1 if gain > 0 else 1) if noisy and not seed else 0)) / 64
                for seed in range(seeds)
            ]
            table.append([list(pair) for pair in zip(losses, scores)])
        return table

    return rates, method(False), method(True)


SIZES = (0.0, 0.001, 0.03, 0.1, 0.5, 1.0, 1.5, 4.0, 100.0)


def steps(rng: random.Random):
    """Weights of many sizes, a step, and the name of a precision; no sum lies half-way between two numbers of it."""
    import torch

    dtype = rng.choice(("bfloat16", "float16", "float32", "float64"))
    size = {"bfloat16": 3e-3, "float16": 3e-4, "float32": 3e-8, "float64": 1e-16}[dtype]
    step = rng.choice((-1, 1)) * size * rng.choice((0.013, 0.11, 0.37, 0.91, 1.7, 5.3, 31.0))
    values = [rng.choice((-1, 1)) * rng.choice(SIZES) for _ in range(rng.choice((1, 4, 6)))]
    weights = torch.tensor(values, dtype=torch.float64 if dtype == "float64" else torch.float32)
    return weights.reshape(2, -1) if len(values) > 1 else weights, step, dtype


TASKS = {
    "2": Drawn("merge", matrices, count=60),
    "3": Drawn("judged_from", trainings, raises=(ValueError,)),
    "5": Drawn("lost_in", steps, count=80),
}
