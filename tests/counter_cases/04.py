"""Worlds for the claims of lesson 04."""

from types import SimpleNamespace

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
STRICT = {name: [run["strict"] for run in seeds] for name, seeds in TRIED.items()}
LOSSES = {"the default": 0.07, "rate 2e-3": 0.11, "rate 1e-4": 0.8, "batch 64": 0.9}


def curve(*losses, strict=0.9, validation=()):
    """A stored run with its training losses, one a step, and its validation losses."""
    points = {"loss": list(enumerate(losses, 1)), "eval_loss": list(enumerate(validation, 1))}
    return {"strict": strict, "curves": points}


def losses_of(run):
    return [loss for _, loss in run["curves"]["loss"]]


def at_end(run):
    return run["curves"]["eval_loss"][-1][1]


SWEEP = {
    "2e-5": [curve(3.0, 2.9, validation=[1.8])],
    "1e-3": [curve(3.0, 0.1, validation=[0.07])],
    "1e-2": [curve(3.0, 6.0, 4.0, validation=[4.0])],
}
WARMUP = {"5e-3": {"none": [curve(3.0, 7.0, validation=[2.0])], "10%": [curve(3.0, 5.0, validation=[0.5])]}}
STEPS = {step: 3.0 / step for step in range(1, 13)}


def at_epochs(run):
    return run["at_epochs"]


def trained_for(epochs, end=0.001):
    """A stored run with its losses at the end of each epoch: training, validation."""
    return {"at_epochs": [(1.0, 1.0)] * 4 + [(0.5, 0.1)] + [(end, 0.14)] * (epochs - 5)}


LENGTHS = {5: [trained_for(5)], 20: [trained_for(20)]}

CASES = {
    "C19": {
        "TRUE": {"pairs": [(1, 0, 3.0, 3.0), (2, 0, 2.0, 2.0)]},
        "one step of the loop is missing": {"pairs": [(1, 0, 3.0, 3.0), (2, 0, 2.0, 3.0)]},
    },
    "C22": {
        "TRUE": {
            "difference": {"4 × 4": 1e-7, "4 × 4, mean of means": 0.1},
            "micro": {"4 × 4": 1.0, "1 × 16": 4.0},
        },
        "the gradients differ": {"difference": {"4 × 4": 0.1, "4 × 4, mean of means": 0.1}},
        "it takes as much memory": {"micro": {"4 × 4": 4.0, "1 × 16": 4.0}},
        "a mean of means is the same": {"difference": {"4 × 4": 1e-7, "4 × 4, mean of means": 1e-7}},
    },
    "C23": {
        "TRUE": {
            "sweep": SWEEP,
            "live": {"strict": 0.95, "eval_loss": 0.08},
            "losses_of": losses_of,
            "at_end": at_end,
            "by_warmup": WARMUP,
        },
        "the low rate arrives as well": {"sweep": SWEEP | {"2e-5": [curve(3.0, 0.1, validation=[0.07])]}},
        "the high rate is calm": {"sweep": SWEEP | {"1e-2": [curve(3.0, 2.0, 1.0, validation=[0.5])]}},
        "no rate works": {"sweep": SWEEP | {"1e-3": [curve(3.0, 2.9, validation=[1.8])]}},
        "in the learner's run it doesn't": {"live": {"strict": 0.1, "eval_loss": 0.9}},
        "warm-up lowers the leap, and the end is the same": {
            "by_warmup": {"5e-3": WARMUP["5e-3"] | {"none": [curve(3.0, 7.0, validation=[0.5])]}}
        },
    },
    "C24": {
        "TRUE": {
            "np": np,
            "one": STEPS,
            "two": STEPS,
            "three": {step: 1.0 for step in range(1, 9)},
            "every": [2.5, 5.0, *[1.0] * 18],
            "lengths": {20: [curve(1.0, validation=[1.0, 0.1, *[0.2] * 18])]},
        },
        "the resumed run goes another way": {"two": dict.fromkeys(STEPS, 3.0)},
        "the weights alone do as well": {"three": {step: STEPS[step + 4] for step in range(1, 9)}},
        "there is no leap to hide": {"every": [2.0] * 20},
        "the best epoch is the last": {"lengths": {20: [curve(1.0, validation=[1 / n for n in range(1, 21)])]}},
    },
    "C20": {
        "TRUE": {
            "np": np,
            "steps": lambda rows, epochs, batch: epochs * -(-rows // batch),
            "trainer": SimpleNamespace(state=SimpleNamespace(max_steps=21)),
            "capped": SimpleNamespace(state=SimpleNamespace(max_steps=4)),
            "turns": [(0.10, 0.14)],
            "at_epochs": at_epochs,
            "lengths": LENGTHS,
            "by_epochs": {5: [0.9, 0.92], 20: [0.9, 0.88]},
        },
        "epochs don't set the steps": {"trainer": SimpleNamespace(state=SimpleNamespace(max_steps=300))},
        "max_steps is passed over": {"capped": SimpleNamespace(state=SimpleNamespace(max_steps=21))},
        "the validation loss goes on falling": {"turns": [(0.10, 0.10)]},
        "the training loss stops, too": {"lengths": LENGTHS | {20: [trained_for(20, end=0.5)]}},
        "the score goes on rising": {"by_epochs": {5: [0.3, 0.4], 20: [0.9, 0.88]}},
    },
    "C21": {
        "TRUE": {"noise": {1: 0.46, 16: 0.03}, "activations": {1: 8.0, 16: 150.0}},
        "the rows have nothing in common": {"noise": {1: 47.0, 16: 2.9}},
        "all rows are alike": {"noise": {1: 0.01, 16: 0.001}},
        "a batch takes no more memory": {"activations": {1: 8.0, 16: 8.0}},
    },
    "C26": {
        "TRUE": {
            "default_loss": 1.0,
            "study": type("Study", (), {"best_value": 0.2}),
            "bought": {"searched": runs(0.9, 0.95), "the default": runs(0.0, 0.1)},
        },
        "the search found nothing": {"study": type("Study", (), {"best_value": 1.0})},
        "what it found is no better on the test": {
            "bought": {"searched": runs(0.1, 0.1), "the default": runs(0.1, 0.1)}
        },
        "it is better with some seeds only": {"bought": {"searched": runs(0.9, 0.1), "the default": runs(0.0, 0.1)}},
    },
    "C25": {
        "TRUE": {
            "np": np,
            "tried": TRIED,
            "strict": STRICT,
            "live": {"strict": 0.95},
            "final_loss": LOSSES.get,
            "by_epochs": {n: [0.9, 0.91, 0.9] for n in EPOCHS},
            "EPOCHS": EPOCHS,
        },
        "three epochs of few rows learn nothing": {"by_epochs": {n: [0.0 if n <= 3 else 0.9] * 3 for n in EPOCHS}},
        "large batches do as well": {"strict": STRICT | {"batch 64": [0.95, 0.97, 0.96]}},
        "the validation loss misleads": {"final_loss": lambda name: -LOSSES[name]},
        "another rate is far better": {"strict": STRICT | {"the default": [0.5, 0.5, 0.5]}},
        "in the learner's run the default fails": {"live": {"strict": 0.2}},
    },
}
