"""Worlds for the claims of lesson 06."""

import numpy as np

from course_utils.evaluate import mean
from course_utils.loss_shape import gain_of_three_parts


def average(values):
    return sum(values) / len(values)


def points(run, key):
    """Steps and values of a logged quantity, as the lesson's own helper reads them."""
    return run[key]


STRICT_OF = {
    "rate 1e-3": [0.96, 0.97],
    "rate 2e-5": [0.0, 0.0],
    "the data checked: every reply is its own product's": [0.96, 0.97],
    "replies of three rows in four are another product's": [0.0, 0.1],
    "the better base": [0.96, 0.97],
    "a base whose pre-training was stopped early": [0.2, 0.3],
}
FLAT = {"loss": ([1, 2, 3, 4], [3.0, 2.95, 2.9, 2.9])}
LEARNS = {"loss": ([1, 2, 3, 4], [3.0, 0.5, 0.2, 0.1])}
BLOWN = {"loss": ([1, 2, 3, 4], [3.0, 6.0, 5.0, 5.0])}
ENDS = {"many": [0.5, 0.51], "fewer": [0.4, 0.42], "more": [0.3, 0.31], "batch 4": [0.3, 0.3], "alike": [0.7, 0.72]}
HEART = {"training loss": "0.001", "validation loss": 0.5, "strict": 0.3, "distinct-3": 0.4, "copied": 0.5}
SOUND = {"training loss": "0.1", "validation loss": 0.1, "strict": 0.9, "distinct-3": 0.6, "copied": 0.2}
# for each run: how far its loss fell, and its gap as a share of that
GAPS = {
    "healthy": (2.6, 0.02),
    "few rows, many epochs": (0.9, 0.3),
    "learned by heart": (2.6, 0.3),
    "a code book": (6.0, 0.4),
    "too low a rate": (0.2, 0.0),
    "too high a rate": (-3.0, float("nan")),
}
NAMES = ("loss", "eval_loss", "learning_rate", "grad_norm")


def healthy(**changed):
    run = {name: ([1, 2, 3, 4, 5, 6], [6.0, 5.0, 3.0, 1.0, 0.5, 0.4]) for name in NAMES}
    return run | {"grad_norm": (list(range(10)), [5.0] * 5 + [1.0] * 5)} | changed


def curves_of(loss_of):
    """Three noisy loss curves of 40 steps."""
    rng = np.random.default_rng(0)
    return [[loss_of(n) + noise for n, noise in enumerate(rng.normal(0, 0.02, 40))] for _ in range(3)]


def three_lines(n):
    return float(np.interp(n, [0, 8, 15, 39], [2.7, 0.6, 0.1, 0.05]))


def code_book(loss_of):
    """The log of six epochs of twelve steps with this loss at each step."""
    return [{"step": n, "epoch": n / 12, "loss": loss_of(n)} for n in range(1, 73)]


SICK = {
    "mean": mean,
    "points": points,
    "runs": {"healthy": healthy(eval_format=([1, 6], [0.0, 1.0]))},
    "difference": 0.0,
    "grades": [{"strict": 0.0, "format": 0.0}] * 2,
    "cured": 0.9,
}

CASES = {
    "C32": {
        "TRUE": {
            "sharp": 10,
            "steps": range(1, 61),
            "slopes": [0.5, 0.1, 0.01],
            "gain_of_three_parts": gain_of_three_parts,
            "after_warm_up": curves_of(three_lines),
        },
        "a pure exponential": {"after_warm_up": curves_of(lambda n: 0.05 + 2.6 * np.exp(-n / 5))},
        "it falls as 1/x": {"after_warm_up": curves_of(lambda n: 0.05 + 2.6 / (1 + n))},
        "with one seed an exponential": {
            "after_warm_up": [*curves_of(three_lines)[:2], curves_of(lambda n: 2.6 * np.exp(-n / 5))[0]]
        },
        "a straight line": {"slopes": [0.1, 0.1, 0.1]},
        "it falls to the end": {"slopes": [0.5, 0.1, 0.1]},
        "the drop takes the whole run": {"sharp": 55},
    },
    "C33": {
        "TRUE": {
            "points": points,
            "runs": {"healthy": healthy()},
            "SPOKEN_FOR": {"few rows": "eval_loss", "by heart": "eval_loss", "masked": "loss"},
            "with_all": {"few rows": "overfitting", "by heart": "memorisation", "masked": "loss of 0.0"},
            "with_less": {"few rows": "staircase", "by heart": "can't tell", "masked": "can't tell"},
        },
        "the validation loss adds nothing": {
            "with_less": {"few rows": "overfitting", "by heart": "memorisation", "masked": "can't tell"}
        },
        "the gradients grow": {"runs": {"healthy": healthy(grad_norm=(list(range(10)), [1.0] * 5 + [5.0] * 5))}},
    },
    "C34": {
        "TRUE": {
            "average": average,
            "points": points,
            "ends": ENDS,
            "runs": {"few rows, many epochs": {"loss": (range(10), [0.1] * 10)}},
            "curve": [1.0, 0.4, 0.5],
            "stopped": 0.4,
            "full": 0.5,
        },
        "stopped earlier, fresh rows gain nothing": {"stopped": 0.5},
        "the validation loss never turns": {"curve": [1.0, 0.5, 0.4]},
        "the training loss stays with it": {"runs": {"few rows, many epochs": {"loss": (range(10), [0.5] * 10)}}},
        "more rows don't help": {"ends": ENDS | {"more": [0.4, 0.42]}},
        "fewer steps don't help": {"ends": ENDS | {"fewer": [0.5, 0.52]}},
        "rows that vary less do no harm": {"ends": ENDS | {"alike": [0.5, 0.5]}},
    },
    "C35": {
        "TRUE": {
            "average": average,
            "points": points,
            "runs": {"too low a rate": FLAT, "too high a rate": BLOWN},
            "strict_of": STRICT_OF,
        },
        "the low rate learns": {
            "runs": {"too low a rate": BLOWN | {"loss": ([1, 2], [3.0, 0.1])}, "too high a rate": BLOWN}
        },
        "raising the rate changes nothing": {"strict_of": STRICT_OF | {"rate 1e-3": [0.0, 0.0]}},
        "the data were not the cause": {
            "strict_of": STRICT_OF | {"replies of three rows in four are another product's": [0.96, 0.97]}
        },
        "another base is as bad": {"strict_of": STRICT_OF | {"the better base": [0.2, 0.3]}},
    },
    "C36": {
        "TRUE": {"table": (HEART, SOUND)},
        "a low loss that holds on new rows": {"table": (HEART | {"validation loss": 0.001, "strict": 0.9}, SOUND)},
        "its answers are as varied and as little copied": {
            "table": (HEART | {"distinct-3": 0.6, "copied": 0.2}, SOUND)
        },
    },
    "C37": {
        "TRUE": {"gaps": GAPS, "sick": ("few rows, many epochs", "learned by heart", "a code book")},
        "the healthy run has a wide gap": {"gaps": GAPS | {"healthy": (2.6, 0.5)}},
        "the healthy run is a staircase": {"gaps": GAPS | {"healthy": GAPS["a code book"]}},
        "one of the sick ones has a small gap, too": {"gaps": GAPS | {"learned by heart": (2.6, 0.03)}},
        "the blown-up run has a fall as well": {"gaps": GAPS | {"too high a rate": (1.0, 0.01)}},
    },
    "C40": {
        "TRUE": {"runs": {"a code book": code_book(lambda n: 6.0 - (n - 1) // 12)}},
        "a smooth exponential": {"runs": {"a code book": code_book(lambda n: 6.0 * 0.95**n)}},
        "it drops once": {"runs": {"a code book": code_book(lambda n: 6.0 if n <= 12 else 3.0 - n / 1000)}},
    },
    "C38": {
        "TRUE": SICK,
        "the curves tell them apart": {"difference": 0.5},
        "the answers are in order": {"grades": [{"strict": 1.0, "format": 0.0}] * 2},
        "the remedy is without effect": {"cured": 0.0},
    },
    "C39": {
        "TRUE": SICK,
        "the sick run keeps the format": {"grades": [{"strict": 0.0, "format": 1.0}] * 2},
        "the healthy run has no format either": {"runs": {"healthy": healthy(eval_format=([1, 6], [0.0, 0.1]))}},
    },
    "C52": {
        "TRUE": {
            "points": points,
            "smooth": list,
            "steps": range(1, 7),
            "losses": [6.0, 5.0, 2.0, 1.0, 0.5, 0.4],
            "scale": 6.0,
            "runs": {"healthy": healthy(eval_strict=([3, 6], [0.0, 0.9]), eval_format=([3, 6], [0.2, 1.0]))},
            "ends_of": {"healthy": {3: 0.9, 6: 1.0, 9: 1.0}, "one line left out": {3: 0.0, 6: 0.0, 9: 0.0}},
            "difference": 0.0,
        },
        "the answers tell no earlier than the end": {
            "ends_of": {"healthy": {3: 0.9, 6: 1.0, 9: 1.0}, "one line left out": {3: 0.9, 6: 0.9, 9: 0.0}}
        },
        "the losses would have told as well": {"difference": 0.4},
        "the answers come as soon as the loss falls": {"losses": [6.0, 6.0, 5.5, 1.0, 0.5, 0.4]},
        "nothing was learned": {
            "runs": {"healthy": healthy(eval_strict=([3, 6], [0.0, 0.0]), eval_format=([3, 6], [0.2, 0.3]))}
        },
    },
}
