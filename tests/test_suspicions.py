"""What a student's code reaches for is listed, and a check that would use a name of the student's own is held back."""

import asyncio
from types import SimpleNamespace

import pytest
from classroom import marked

from scripts.classroom import execute, notes
from scripts.classroom.suspicions import given, rebound, suspicions

COURSE = ["import os.path\nfrom numpy import mean\nimport torch", "def score(model):\n    return 1.0\nrows = [1]"]
GIVES = given(COURSE)


def test_the_course_gives_its_imports_and_functions():
    assert GIVES == {"os": "import os", "mean": "from numpy import mean", "torch": "import torch", "score": "def"}


@pytest.mark.parametrize(
    "source, names",
    [
        ("score = print", ["score"]),
        ("def mean(values):\n    return 1.0", ["mean"]),
        ("from statistics import mean", ["mean"]),
        ("if True:\n    for score in [print]:\n        pass", ["score"]),
        ("def patch():\n    global score\n    score = print", ["score"]),
        ("isinstance = lambda *given: True", ["isinstance"]),
        ("from numpy import std, mean\nimport os, torch", []),
        ("rows = [2]\nmine = [score(mean) for mean in rows]", []),
        ("def mine(score):\n    mean = score\n    return mean", []),
        ("this is (no Python", []),
    ],
)
def test_a_name_of_the_courses_with_another_meaning_is_found(source, names):
    assert list(rebound(source, GIVES)) == names
    told = " ".join(suspicions(source, GIVES))
    assert all(f"gives another meaning to `{name}`" in told for name in names)


@pytest.mark.parametrize(
    "source", ["type(model).generate = mine", "torch.Tensor.mean = mine", "globals()['score'] = mine"]
)
def test_changes_from_outside_are_listed(source):
    assert len(suspicions(source, GIVES)) == 1


def judged(monkeypatch, tmp_path, rebound, tasks):
    """The outputs of a passed check, in a notebook whose cells have bound some names anew."""
    monkeypatch.chdir(tmp_path)
    cell = marked('with task_check("Task 1"):\n    assert score(model) >= 0.9', "task-1-check", 2)
    cell.outputs = [execute.new_output("stream", text="✓ Task 1\n")]

    async def yes(title):
        return True

    async def agrees(*about):
        return ""

    known = {"reply": {"status": "ok"}, "_can_fail": yes, "_second_test": agrees, "_share": agrees}
    judge = SimpleNamespace(rebound=rebound, judges=SimpleNamespace(tasks=tasks), whose=("90", "anna"), **known)
    judge._hold = lambda *told: execute.LockedExecute._hold(judge, *told)
    judge._untouched = lambda task: 0
    asyncio.run(execute.LockedExecute._judge(judge, cell, []))
    return notes.read("90", "anna")["held back"]


def test_a_check_that_uses_such_a_name_is_held_back_where_nothing_else_tests_it(monkeypatch, tmp_path):
    assert judged(monkeypatch, tmp_path, {"mean"}, []) == []
    assert judged(monkeypatch, tmp_path, {"score"}, ["task-1"]) == []
    (sentence,) = judged(monkeypatch, tmp_path, {"mean", "score"}, [])
    assert sentence == "task-1: a cell gives another meaning to score, which the check uses"
