"""Worlds for the claims of lesson 01."""

from course_utils.evaluate import mean


def graded(**shares):
    """Ten grades with these shares."""
    return [{key: float(i < 10 * share) for key, share in shares.items()} for i in range(10)]


def ways(examples=0.1, sft=1.0):
    """The share in the house's form: of the base with three examples in its prompt, and after SFT."""
    return {"base, 3 examples": ([], graded(format=examples)), "SFT from base": ([], graded(format=sft))}


def final(prompt=0.9, ended=1.0):
    """What goes to the test rows: the best prompt, and SFT."""
    return {"rules": ([], graded(strict=prompt)), "SFT from base": ([], graded(strict=0.9, ended=ended))}


def records(prompt=0.1, sft=1.0, valid=1.0):
    """JSON after the best prompt and after SFT."""
    return {
        ("extraction", "prompt"): graded(valid=prompt, exact=prompt),
        ("extraction", "SFT from base"): graded(valid=valid, exact=sft),
    }


GRADED = {("support", "prompt"): graded(term=0.1), ("familiar", "SFT"): graded(guideline=1.0)}
TERMS = {"new": [0.8, 0.9], "familiar": [0.9, 1.0]}
SCORED = [{"copying": 0.5, "strict after SFT": 0.3}, {"copying": 1.0, "strict after SFT": 0.9}]
AGAIN = {"100 rows": [0.9, 0.95], "100 rows, early base": [0.2, 0.3]}
RIGHT = {"base + retrieval": [1.0, 1.0], "SFT on today's list": [1.0, 0.0]}
STORED = {"three jobs": [{"exact": 0.9}, {"exact": 1.0}]}

CASES = {
    "C01": {
        "TRUE": {
            "mean": mean,
            "best": "rules",
            "final": final(),
            "graded": records(),
            "after_sft": records()["extraction", "SFT from base"],
            "stored": STORED.get,
        },
        "no prompt does any job": {"final": final(prompt=0.1)},
        "a prompt does both jobs": {"graded": records(prompt=0.9)},
        "nothing was trained": {"after_sft": graded(exact=0.0)},
        "one seed falls behind the prompt": {"stored": lambda name: [{"exact": 0.9}, {"exact": 0.1}]},
    },
    "C02": {
        "TRUE": {"saved": {"in full": 90}, "break_even": {"in full": 6000, "cached": 50_000}},
        "the prompt is as short as the tuned model's": {"saved": {"in full": 0}},
        "the training is never paid back": {"break_even": {"in full": float("inf"), "cached": float("inf")}},
        "a cache makes the prompt as cheap": {"break_even": {"in full": 6000, "cached": float("inf")}},
    },
    "C03": {
        "TRUE": {"mean": mean, "ways": ways(), "final": final(), "graded": records()},
        "the JSON has other keys": {"graded": records(valid=0.2)},
        "the prompt brings the JSON as well": {"graded": records(prompt=1.0)},
        "its turns don't end": {"final": final(ended=0.1)},
        "examples keep the style as well": {"ways": ways(examples=1.0)},
    },
    "C04": {
        "TRUE": {"mean": mean, "graded": GRADED, "terms": TERMS, "live": {"new": 0.85, "familiar": 0.95}},
        "the terms come with the wordings of the rows alone": {
            "terms": TERMS | {"new": [0.1, 0.4]},
            "live": {"new": 0.3, "familiar": 0.95},
        },
        "one seed learned no terms": {"terms": TERMS | {"familiar": [0.9, 0.2]}},
        "a prompt brings the terms as well": {"graded": GRADED | {("support", "prompt"): graded(term=0.9)}},
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
        "the base that measures better ends worse": {"scored": [SCORED[0], SCORED[1] | {"strict after SFT": 0.1}]},
        "all bases end alike": {"again": AGAIN | {"100 rows, early base": [0.9, 0.95]}},
    },
}
