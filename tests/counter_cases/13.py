"""Worlds for the lines of lesson 13, which has no claim of the ledger: see `tests/test_lines.py`."""

import json
from types import SimpleNamespace

CASES = {}

HERE, API = "in the training process", "through the API"
FAULTS = ["template not saved", "another template", "end token missing", "adapter not merged", "half precision",
          "wrong generation_config", "truncated context"]  # fmt: skip


class Report:
    """What a report would have named, by folder."""

    def __init__(self, found):
        self.found = found

    def faults(self, name):
        return self.found[name]


def reported(change=None):
    found = {str(i): [fault] for i, fault in enumerate(FAULTS)} | (change or {})
    return {"report": Report(found), "faults": dict.fromkeys(map(str, range(7)))}


def loads(plain, batching):
    """Loads in which 1 and 32 requests at once bring these tokens a second."""
    ways = {"one after another": plain, "continuous batching": batching}
    return {way: {n: {"tokens/s": tokens} for n, tokens in zip((1, 32), pair)} for way, pair in ways.items()}


MET = {
    "a timeout of 20 ms": "APITimeoutError (no answer)",
    "killed while it streams": "APIConnectionError",
    "asked after that": "APIConnectionError",
}
WEEK = ["new"] * 200 + ["old"] * 1800
SILENT = dict.fromkeys([str(i) for i in range(7)], "nothing")
# what only this cell reads: the true world, and the worlds in which something else is the case
LINES = {
    "same / len(test)": (
        {"strict": {HERE: 0.9, API: 0.9}, "same": 40, "test": range(40)},
        {
            "nothing was learned": {"strict": {HERE: 0.1, API: 0.1}},
            "the server's score is lower": {"strict": {HERE: 0.9, API: 0.6}},
            "the server's score is higher": {"strict": {HERE: 0.8, API: 0.9}},
            "the replies are others": {"same": 30},
        },
    ),
    "healthy.": (
        reported() | {"healthy": SimpleNamespace(differences=[]), "raised": SILENT | {"0": "no template"}},
        {
            "a healthy copy rings": {"healthy": SimpleNamespace(differences=["another template"])},
            "a fault is missed": reported({"4": []}),
            "a fault has another's name": reported({"4": ["other weights"]}),
            "a fault is told twice": reported({"1": ["another template", "other texts"]}),
            "most raise an error": {"raised": dict.fromkeys(SILENT, "ValueError")},
        },
    ),
    'loads["continuous': (
        {"loads": loads((50, 55), (45, 400)), "queue": 18.0},
        {
            "batching brings nothing": {"loads": loads((50, 55), (45, 60))},
            "more at once bring more all the same": {"loads": loads((50, 400), (45, 1600))},
            "nobody waits": {"queue": 1.2},
        },
    ),
    "too_long": (
        {"met": MET, "too_long": True},
        {
            "a long prompt is refused": {"too_long": False},
            "the timeout comes back as a reply": {"met": MET | {"a timeout of 20 ms": "200: 9 tokens read, stop"}},
            "the stream ends as if it were whole": {"met": MET | {"killed while it streams": "the stream ended"}},
            "somebody else answers": {"met": MET | {"asked after that": "200: 9 tokens read, stop"}},
        },
    ),
    "p_paired": (
        {"week": WEEK, "stays": True, "width": 0.5, "p_paired": 1e-6, "after": {"old"}},
        {
            "half of them go": {"week": ["new", "old"] * 1000},
            "nobody goes": {"week": ["old"] * 2000},
            "customers change versions": {"stays": False},
            "the canary alone decides": {"width": 0.1},
            "the pairs decide nothing": {"p_paired": 0.4},
            "some stay behind": {"after": {"old", "new"}},
        },
    ),
    "false_alarms": (
        {"false_alarms": 0.01, "alarms": {("another task", 0.6): 0.97}, "line": {"who": "d773"}, "json": json},
        {
            "it rings without a reason": {"false_alarms": 0.2},
            "it sleeps": {"alarms": {("another task", 0.6): 0.4}},
            "the name is in the log": {"line": {"who": "kim@example.org"}},
        },
    ),
    "harness": ({"harness": 1.0}, {"the second program gets other texts": {"harness": 0.2}}),
    "letters": (
        {"letters": (0.0, -0.1, 0.1), "by_question": (1.0, 1.0, 1.0)},
        {
            "the letters are right": {"letters": (0.9, 0.8, 1.0)},
            "the question is of no use either": {"by_question": (0.1, 0.0, 0.2)},
        },
    ),
}  # fmt: skip
