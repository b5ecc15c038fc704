"""Worlds for the claims of lesson 01."""

from course_utils.evaluate import mean


def graded(**shares):
    """Ten grades with these shares."""
    return [{key: float(i < 10 * share) for key, share in shares.items()} for i in range(10)]


def ways(prompt, sft, ended=1.0, style=(0.1, 1.0)):
    """What two ways score: three examples in a prompt, and SFT."""
    return {
        "3 examples": ([], graded(strict=prompt, format=style[0], ended=1.0)),
        "SFT": ([], graded(strict=sft, format=style[1], ended=ended)),
    }


GRADED = {
    ("support", "base"): graded(term=0.1),
    ("familiar", "SFT"): graded(guideline=1.0),
    ("extraction", "SFT"): graded(valid=1.0),
}
TERMS = {"new": [0.8, 0.9], "familiar": [0.9, 1.0]}
SCORED = [
    {"copying": 0.1, "strict after SFT": 0.0},
    {"copying": 0.5, "strict after SFT": 0.3},
    {"copying": 1.0, "strict after SFT": 0.9},
]
AGAIN = {"100 rows": [0.9, 0.95], "100 rows, early base": [0.2, 0.3]}
RIGHT = {"base + retrieval": [1.0, 1.0], "SFT on today's list": [1.0, 0.0]}

CASES = {
    "C01": {
        "TRUE": {"mean": mean, "ways": ways(prompt=0.2, sft=0.9), "seeds": [0.9, 0.95]},
        "a prompt does as well": {"ways": ways(prompt=0.9, sft=0.9)},
        "nothing was trained": {"ways": ways(prompt=0.2, sft=0.0)},
        "one seed falls behind the prompt": {"seeds": [0.9, 0.2]},
    },
    "C02": {
        "TRUE": {"saved": {"3 examples, same model": 200}, "break_even": {"3 examples, same model": 5000}},
        "the prompt is as short as the tuned model's": {"saved": {"3 examples, same model": 0}},
        "the training is never paid back": {"break_even": {"3 examples, same model": float("inf")}},
    },
    "C03": {
        "TRUE": {"mean": mean, "ways": ways(prompt=0.2, sft=0.9), "graded": GRADED},
        "the JSON has other keys": {"graded": GRADED | {("extraction", "SFT"): graded(valid=0.2)}},
        "its turns don't end": {"ways": ways(prompt=0.2, sft=0.9, ended=0.1)},
        "examples keep the style as well": {"ways": ways(prompt=0.2, sft=0.9, style=(1.0, 1.0))},
    },
    "C04": {
        "TRUE": {"mean": mean, "graded": GRADED, "terms": TERMS, "live": {"new": 0.85, "familiar": 0.95}},
        "the terms come with the wordings of the rows alone": {
            "terms": TERMS | {"new": [0.1, 0.4]},
            "live": {"new": 0.3, "familiar": 0.95},
        },
        "one seed learned no terms": {"terms": TERMS | {"familiar": [0.9, 0.2]}},
        "the base has the terms already": {"graded": GRADED | {("support", "base"): graded(term=0.9)}},
        "no greeting": {"graded": GRADED | {("familiar", "SFT"): graded(guideline=0.1)}},
    },
    "C05": {
        "TRUE": {
            "base": "the base",
            "stock_trainer": type("Trainer", (), {"model": "another"}),
            "fingerprint": lambda model: hash(model),
            "untouched": hash("the base"),
            "right": RIGHT,
        },
        "retrieval changed the weights": {"untouched": 0},
        "SFT changed nothing": {"stock_trainer": type("Trainer", (), {"model": "the base"})},
        "retrieval finds nothing": {"right": RIGHT | {"base + retrieval": [0.1, 0.1]}},
        "what was learned is still true tomorrow": {"right": RIGHT | {"SFT on today's list": [1.0, 1.0]}},
    },
    "C13": {
        "TRUE": {"scored": SCORED, "again": AGAIN},
        "the base that measures better ends worse": {"scored": [*SCORED[:2], SCORED[2] | {"strict after SFT": 0.1}]},
        "all bases end alike": {"again": AGAIN | {"100 rows, early base": [0.9, 0.95]}},
    },
}
