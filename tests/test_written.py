"""A choice counts as it is written: in any of the ways of writing one down, and in no other way."""

import pytest

from scripts.classroom.written import Computed, written

RIGHT = {"q1": "b", "q2": "c"}


@pytest.mark.parametrize(
    "source",
    [
        'answers: dict = {"q1": "b", "q2": "c"}',
        'answers = dict(q1="b", q2="c")',
        'answers = dict(zip(["q1", "q2"], "bc"))',
        'answers = {"q1": "?", "q2": "?"}\nanswers["q1"], answers["q2"] = "b", "c"',
        'answers = {"q1": "b"}\nanswers |= {"q2": "c"}',
        'answers = {}\nanswers.update({"q1": "b"}, q2="c")',
        'first, B = {"q1": "?"}, "b"\nfirst["q1"] = B\nanswers = {**first, "q2": "c"}',
        'answers = mine = {"q1": "b", "q2": "c", "q3": "a"}\ndel mine["q3"]',
        '%time\nanswers = {"q1": "b", "q2": "c"}',
        'answers = input()\nanswers = {"q1": "b", "q2": "c"}',
    ],
)
def test_a_choice_may_be_written_in_many_ways(source):
    assert written(["import re", source], "answers") == RIGHT


@pytest.mark.parametrize(
    "source",
    [
        "answers",
        "print(answers, len(answers))",
        'assert set(answers.values()) <= set("abcd")',
        "for name, letter in answers.items():\n    print(name, letter)",
        'if answers["q1"] == "b":\n    old = answers.copy()',
        'verdicts = grade("12", answers)',
        "def show():\n    answers = {}\n    return answers",
        "this is (no Python",
    ],
)
def test_what_only_reads_a_choice_changes_nothing(source):
    assert written(['answers = {"q1": "b", "q2": "c"}', source], "answers") == RIGHT


@pytest.mark.parametrize(
    "source",
    [
        "answers = {question.id: question.key for question in load('12')}",
        "answers = {'q1': 'a'}\nfor question in load('12'):\n    answers[question.id] = question.key",
        "answers = {'q1': 'a'}\nanswers.update(keys())",
        "answers = {'q1': next(letter for letter in 'abc' if crc32(letter.encode()) == 7)}",
        "dict = keys\nanswers = dict(q1='a')\ndict = {}\nanswers = dict(q1='a')",
        "answers = mine = {'q1': 'a'}\nmine = keys()\nanswers = mine",
        "exec('answers = {}')",
    ],
)
def test_a_choice_from_elsewhere_is_computed(source):
    with pytest.raises(Computed, match="write the letters themselves"):
        written([source], "answers")


def test_what_a_call_changes_does_not_count():
    source = "answers = {'q1': 'a'}\nfill(answers)\nmine = answers\nfill(mine)\nanswers.setdefault('q1', 'd')"
    assert written([source], "answers") == {"q1": "a"}
