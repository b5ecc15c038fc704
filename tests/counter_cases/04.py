"""Worlds for the claims of lesson 04."""

import numpy as np

EPOCHS = (1, 3, 5, 10, 20)


def runs(*scores):
    """Stored runs, one a seed."""
    return [{"strict": score} for score in scores]


TRIED = {
    "the default": runs(0.96, 0.97, 0.96),
    "rate 1e-4": runs(0.0, 0.0, 0.1),
    "rate 2e-3": runs(0.88, 0.87, 0.88),
    "batch 64": runs(0.1, 0.0, 0.0),
}
LOSSES = {"the default": 0.07, "rate 2e-3": 0.11, "rate 1e-4": 0.8, "batch 64": 0.9}

CASES = {
    "C25": {
        "TRUE": {
            "np": np,
            "tried": TRIED,
            "final_loss": LOSSES.get,
            "lengths": {n: runs(0.9, 0.91, 0.9) for n in EPOCHS},
            "EPOCHS": EPOCHS,
        },
        "three epochs of few rows learn nothing": {"lengths": {n: runs(*[0.0 if n <= 3 else 0.9] * 3) for n in EPOCHS}},
        "large batches do as well": {"tried": TRIED | {"batch 64": runs(0.95, 0.97, 0.96)}},
        "the validation loss misleads": {"final_loss": lambda name: -LOSSES[name]},
        "another rate is far better": {"tried": TRIED | {"the default": runs(0.5, 0.5, 0.5)}},
    },
}
