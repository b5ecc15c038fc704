"""The generators of assignment 08: matrices to merge, and weights that a step may leave where they are."""

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
    "5": Drawn("lost_in", steps, count=80),
}
