"""The tool for mutation testing: what it changes, and that it tells a check that refuses from one with a hole."""

import os

import pytest

from scripts import mutation

SOURCE = '''def first(rows, n=1):
    """The first rows, "n" of them."""
    if n < 0:
        raise ValueError("n is less than 0")
    return [row for row in rows if row][: n + 1]
'''


def test_one_thing_is_changed_in_each_mutant():
    changed = [source for _, source in mutation.mutants(SOURCE)]
    assert len(changed) == len(set(changed)) >= 8
    for line in ("if n <= 0:", "[:n - 1]", "[row for row in rows][:n + 1]", "return None", "if False:", "[:n + 2]"):
        assert any(line in source for source in changed), line
    assert all('"""The first rows, "n" of them."""' in source for source in changed), "docstrings stay"
    assert all("n is less than 0" in source or "raise" not in source for source in changed), "messages stay"


@pytest.fixture
def bench():
    here = os.getcwd()
    yield mutation.Bench("00", "3")
    os.chdir(here)


def test_a_bench_takes_the_solution_and_refuses_its_mutants(bench):
    assert bench.judge(bench.answer) == ""
    cases = mutation.stored_cases("00-3")
    assert bench.fails_on(bench.answer, cases) == ""
    refused = [bench.fails_on(source, cases) for _, source in mutation.mutants(bench.answer)]
    assert sum(map(bool, refused)) >= 0.9 * len(refused)


def test_a_function_without_an_end_is_stopped(bench, monkeypatch):
    monkeypatch.setattr(mutation, "SECONDS", 0.2)
    assert "more than 0.2 seconds" in bench.judge("def in_house_style(text, name):\n    while True:\n        pass\n")
