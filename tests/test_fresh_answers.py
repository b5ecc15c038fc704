"""A second set of answers, written from the docstrings after the checks: slips are refused, unusual right ones taken.

Only functions are tried, on what `scripts.mutation` takes out of the notebook.
"""

import json
import os

import pytest
from assignments import ROOT

from course_utils.stored_cases import stored_cases
from scripts.mutation import Bench

ANSWERS = json.loads((ROOT / "tests" / "data" / "fresh_answers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("task", sorted(ANSWERS["WRONG"]))
def test_slips_are_refused_and_right_answers_taken(task):
    here = os.getcwd()
    try:
        bench = Bench(*task.split("-"))
        for answer in ANSWERS["WRONG"][task]:
            assert bench.fails_on(answer, stored_cases(task)) or bench.judge(answer), answer
        for answer in ANSWERS["RIGHT"][task]:
            assert bench.judge(answer) == "", answer
    finally:
        os.chdir(here)
