"""Lesson 13 has no claim of the ledger, so its lines have their counter-cases here: worlds in which they fail.

A world is the variables that a cell of `expect` reads. In the true world all of its lines hold; in each of the others
at least one does not.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from course_utils import claims

LESSON = Path(__file__).parents[1] / "notebooks" / "13_behind_an_api.ipynb"
JUDGES = [cell.source for cell in nbformat.read(LESSON, as_version=4).cells if "\nexpect(" in f"\n{cell.source}"]
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
WORLDS = {
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


def verdicts(key: str, world: dict, monkeypatch) -> list[str]:
    """The verdict of each line of the cell that reads `key`, in a world."""
    (judge,) = (source for source in JUDGES if key in source)
    monkeypatch.setattr(claims, "_measured", {})
    monkeypatch.delenv("COURSE_PROFILE", raising=False)
    exec(compile(judge, f"lesson 13, {key}", "exec"), world | {"expect": claims.expect, "__name__": "a_lesson"})
    return [line.verdict for line in claims._measured.values()]


def test_every_cell_of_lines_has_its_worlds():
    assert [sum(key in source for key in WORLDS) for source in JUDGES] == [1] * len(JUDGES)


@pytest.mark.parametrize("key", WORLDS)
def test_in_the_true_world_all_lines_hold(key, monkeypatch):
    assert set(verdicts(key, WORLDS[key][0], monkeypatch)) == {claims.HOLDS}


@pytest.mark.parametrize(("key", "name"), [(key, name) for key, (_, others) in WORLDS.items() for name in others])
def test_in_another_world_a_line_fails(key, name, monkeypatch):
    true, others = WORLDS[key]
    assert set(others[name]) <= set(true), f"{name!r} changes what the true world lacks"
    assert claims.FAILS in verdicts(key, true | others[name], monkeypatch)
