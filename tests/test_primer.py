"""The primer has no claim of the ledger, so its lines have their counter-cases here: worlds in which they fail.

A world is the variables that a cell of `expect` reads. In the true world each line gets the verdict that the lesson's
own runs gave; in each of the others at least one line gets another.
"""

import pytest
from test_lines import judges, verdicts

from course_utils import claims

SLOW, FAST = [3.3, 2.154], [3.3, 2.148]
HEADS = {(0, 4): 0.0, (1, 5): 1.0, (3, 5): 1.0}
PARTS = {"all of its layer but the head that copies": (1.0, 1.4), "the other head": (0.0, 4.1)}
# a variable of the cell: the true world, and the worlds in which something else is the case
WORLDS = {
    "slope": (
        {"gradient": 0.5428, "slope": 0.5428, "learned": 0.341, "counted": 0.338, "paths": {12: [0.5, -3.0, 0.6]}},
        {
            "backward() gives another number": {"gradient": 0.9},
            "descent finds nothing": {"learned": 0.881},
            "every rate settles": {"paths": {12: [2.0, -0.67, -0.67]}},
        },
    ),
    "on_new": (
        {"plain_losses": SLOW, "best": 2.148, "on_new": 2.154},
        {
            "nothing was learned": {"plain_losses": [3.3, 3.3]},
            "the names were learned by heart": {"on_new": 2.9},
        },
    ),
    "spread": (
        {"off": 0.0001, "spread": {"plain": 360.0, "Adam": 1.0002}, "plain_losses": SLOW, "adam_losses": FAST},
        {
            "the library does something else": {"off": 0.5},
            "Adam's steps follow the gradient": {"spread": {"plain": 360.0, "Adam": 360.0}},
            "all gradients are alike": {"spread": {"plain": 1.0, "Adam": 1.0}},
            "Adam is no faster": {"adam_losses": SLOW},
        },
    ),
    "second_time": (
        {"first_time": 5.1, "second_time": 0.0001, "earlier": 0.0, "later": 0.17},
        {
            "the model knows the name": {"first_time": 0.1},
            "it doesn't copy": {"second_time": 5.1},
            "the mask is missing": {"earlier": 0.2},
            "the text is not read": {"later": 0.0},
        },
    ),
    "measured[": (
        {"layer": 3, "head": 4, "layer_2": 3, "head_2": 4, "out": {(3, 4): (0.0, 1.0)}, "rest_with_all": 1.0}
        | {"others": HEADS, "measured": PARTS},
        {
            "each sheet has another head": {"head_2": 5},
            "the head looks, and the model doesn't need it": {"out": {(3, 4): (1.0, 1.0)}},
            "the whole model breaks without it": {"out": {(3, 4): (0.0, 4.0)}},
            "its layer copies together": {
                "measured": PARTS | {"all of its layer but the head that copies": (0.1, 1.4)}
            },
            "no other head is needed": {"others": dict.fromkeys(HEADS, 1.0)},
            "the other head is for copying alone": {"measured": PARTS | {"the other head": (0.0, 1.0)}},
        },
    ),
    "named[": (
        {"without_cache": ([7] * 100,), "with_cache": ([7] * 100,), "named": {0.3: 20, 1.0: 15, 2.0: 3, 4.0: 0}},
        {
            "a cache changes what is written": {"with_cache": ([7] * 60 + [8] * 40,)},
            "temperature does nothing": {"named": dict.fromkeys((0.3, 1.0, 2.0, 4.0), 20)},
        },
    ),
}


def test_every_cell_of_lines_has_its_worlds():
    cells = judges("00b")
    assert [sum(key in source for key in WORLDS) for source in cells] == [1] * len(cells)


@pytest.mark.parametrize("key", WORLDS)
def test_in_the_true_world_each_line_comes_out_as_the_lesson_says(key, monkeypatch, capsys):
    found = verdicts("00b", key, WORLDS[key][0], monkeypatch)
    refuted = [line for line in capsys.readouterr().out.splitlines() if "expected" in line]
    assert not refuted and found.count(claims.FAILS) == (key == "measured[")


@pytest.mark.parametrize("key", WORLDS)
def test_every_other_world_changes_a_verdict_and_every_line_has_its_world(key, monkeypatch):
    true, others = WORLDS[key]
    usual = verdicts("00b", key, true, monkeypatch)
    assert all(set(changes) <= set(true) for changes in others.values()), "a world changes what the true one lacks"
    found = {name: verdicts("00b", key, true | changes, monkeypatch) for name, changes in others.items()}
    assert all(lines != usual for lines in found.values()), "a world changes no verdict"
    for number, verdict in enumerate(usual):
        assert any(lines[number] != verdict for lines in found.values()), f"line {number} is the same in every world"
