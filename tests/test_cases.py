"""The stored cases: what they were made from still makes them, and what reads them tells faults as it should."""

import json
import math
import random
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from assignments import ROOT

from course_utils.case_values import NotStorable, decode, difference, encode
from course_utils.stored_cases import CASES, TOLERANCE, case_input, problem, stored_cases, try_cases
from scripts import make_cases
from scripts.notebook_parts import run_for

TASKS = [(lesson, number) for lesson in make_cases.lessons() for number in make_cases.tasks(lesson)]


@pytest.mark.parametrize(("lesson", "number"), TASKS, ids="-".join)
def test_stored_cases_are_what_generator_and_reference_give(lesson, number):
    stored, fresh = stored_cases(f"{lesson}-{number}"), make_cases.draw_cases(lesson, number)
    again = f"run python -m scripts.make_cases {lesson}"
    assert [case["in"] for case in stored] == [case["in"] for case in fresh], f"the inputs differ: {again}"
    for old, new in zip(stored, fresh):
        assert old.get("raises") == new.get("raises"), f"{old['in']}: {again}"
        assert not difference(old.get("out"), new.get("out"), 1e-5), f"{old['in']}: {again}"
    assert len(fresh) >= min(30, make_cases.tasks(lesson)[number].count), "too many of the draws are the same"


@pytest.mark.parametrize(("lesson", "number"), TASKS, ids="-".join)
def test_another_seed_gives_other_cases_and_the_reference_passes_them(lesson, number):
    other = make_cases.draw_cases(lesson, number, seed=1, count=20)
    function = make_cases.reference(lesson, number)[make_cases.tasks(lesson)[number].function]
    assert [problem(function, case, make_cases.named(lesson, number)) for case in other] == [""] * len(other)


@pytest.mark.parametrize("lesson", make_cases.lessons())
def test_the_test_outside_the_notebook_allows_what_its_check_allows(lesson):
    source = next((ROOT / "solutions").glob(f"{lesson}_*/*.ipynb")).read_text(encoding="utf-8")
    for number, drawn in make_cases.tasks(lesson).items():
        (said,) = re.findall(rf'try_cases\(\\"{lesson}-{number}\\", \w+(?:, tolerance=([\d.e-]+))?', source)
        assert float(said or TOLERANCE) == drawn.tolerance, number


def test_no_cases_are_left_without_a_generator():
    assert {path.stem for path in CASES.glob("*.jsonl")} == set(make_cases.lessons())
    for lesson in make_cases.lessons():
        lines = (CASES / f"{lesson}.jsonl").read_text(encoding="utf-8").splitlines()
        assert {json.loads(line)["task"] for line in lines} == set(make_cases.tasks(lesson))


def test_values_come_back_as_they_were(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_bytes(b"\xef\xbb\xbfa,b\r\n\xff,1\n")
    values = [None, True, 1, 1.5, "é", (1, [2]), {3, 1}, {1: "a", "$b": 2}, {}, b"\x00", {"a": (None,)}]
    for value in values:
        back = decode(json.loads(json.dumps(encode(value))))
        assert back == value and type(back) is type(value)
    assert math.isnan(decode(encode(math.nan))) and decode(encode([-math.inf])) == [-math.inf]
    assert torch.equal(decode(encode(torch.ones(2, 3))), torch.ones(2, 3))
    (folder := tmp_path / "new").mkdir()
    assert decode(encode(file), {}, folder).read_bytes() == file.read_bytes()
    known = object()
    assert decode(encode([known], {"known": known}), {"known": known}) == [known]
    with pytest.raises(NotStorable):
        encode([object()])


class Yes(str):
    """Equal to everything."""

    __eq__ = lambda self, other: True  # noqa: E731
    __hash__ = str.__hash__


@pytest.mark.parametrize(
    ("got", "wanted"),
    [(1, True), (True, 1), (1.0, 1), (True, 1.0), ((1,), [1]), ([1], (1,)), (Yes("a"), "b"), (None, 0), (0.1, 0.2)]
    + [([1], [1, 2]), ({"a": 1}, {"a": 1, "b": 2}), ({1: 2}, {2: 2}), ({1}, {2}), (math.nan, 0.0), ("1", 1)]
    + [(torch.ones(2), torch.ones(3)), (torch.ones(2), torch.ones(2).long()), (torch.ones(1), [1.0])],
)
def test_what_is_not_the_same_differs(got, wanted):
    assert difference(encode(got), encode(wanted), 1e-5)


@pytest.mark.parametrize(
    ("got", "wanted"),
    [(1, 1.0), (np.float64(0.1 + 0.2), 0.3), (np.int64(2), 2), (np.True_, True), (math.nan, math.nan), (-0.0, 0.0)]
    + [({"b": 1, "a": 2}, {"a": 2, "b": 1}), (frozenset({1}), {1}), (torch.ones(2).double(), torch.ones(2))],
)
def test_what_is_the_same_in_another_dress_does_not_differ(got, wanted):
    assert not difference(encode(got), encode(wanted), 1e-5)


CASE = {"task": "1", "in": [[3, 1]], "out": [1, 3]}


def mutates(values):
    values.sort()
    return values


def stops(values):
    return values[7]


def right(values):
    return sorted(values)


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (right, ""),
        (partial(sorted, reverse=False), ""),
        (mutates, "mutates([3, 1]) changes what it was given: leave the arguments as they are"),
        (stops, "your code stopped with IndexError"),
        (lambda values: (1, 3), "gives (1, 3) (tuple), expected [1, 3] (list)"),
        (lambda values: [1, 3.0], "gives 3.0 (float), expected 3 (int) (at [1])"),
        (lambda values: iter(values), "gives a list_iterator, expected a list"),
        (lambda values: [1], "gives [1] of length 1, expected [1, 3] of length 2"),
    ],
)
def test_faults_are_told_in_one_line(function, told):
    said = problem(function, CASE)
    assert (told in said) if told else said == ""


def test_a_promised_error_has_to_come():
    case = {"task": "1", "in": [[]], "raises": "LookupError"}
    assert problem(stops, case) == ""  # an IndexError is a LookupError
    assert "should raise LookupError" in problem(right, case)


def test_the_input_of_a_told_case_can_be_had(monkeypatch):
    monkeypatch.setattr("course_utils.stored_cases.stored_cases", lambda task: [{"in": [list(range(99))], "out": 0}])
    with pytest.raises(AssertionError, match=r"The input is `case_input\(\"x-1\", 0\)`"):
        try_cases("x-1", len)
    assert case_input("x-1", 0) == [list(range(99))]


def test_only_what_a_name_needs_is_run():
    cells = [
        "import math\nimport nowhere",
        "half = 2\nslow = nowhere.load()",
        "def f(x):\n    return math.ceil(x / half)",
    ]
    cells += ["rows = [1]", "rows.append(2)\nprint(rows, slow)", "with task_check('f'):\n    assert slow"]
    space = run_for(["f", "rows"], cells)
    assert space["f"](3) == 2 and space["rows"] == [1, 2] and "slow" not in space


def test_a_functions_own_names_need_nothing_of_the_notebook():
    cells = [
        "for rate in 1 / 0, 2:\n    found = rate",
        "def mean(rate, top=limit):\n    found = rate\n    return found + top",
    ]
    assert run_for(["mean"], ["limit = 3", *cells])["mean"](2) == 5


def test_draws_depend_on_the_seed_alone():
    lesson, number = TASKS[0]
    draw = make_cases.tasks(lesson)[number].draw
    assert draw(random.Random(5)) == draw(random.Random(5))
    assert Path(make_cases.notebook(lesson)).exists()
