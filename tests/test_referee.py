"""The test of an answer outside its notebook, without a notebook: what a kernel's names and answers do to a verdict."""

import asyncio
import json
from types import SimpleNamespace

from scripts import make_cases
from scripts.classroom import execute
from scripts.classroom.referee import TEXT, Judges


def outside(function, **names):
    """What the test outside the notebook says of a task with generated cases, in a kernel that has these names."""
    kernel = {"get_ipython": lambda: SimpleNamespace(user_ns=names | {"price_of": function})}
    exec(TEXT, kernel)

    async def answer(request):
        return str(kernel["answer"](request))

    judge = SimpleNamespace(whose=("12_will_it_fit", "anna"), judges=Judges("", ["task-5"], seed=7), _answer=answer)
    return asyncio.run(execute.LockedExecute._verdict(judge, "task-5")).says


def test_a_learners_own_small_numbers_are_not_taken_for_arguments():
    right = make_cases.reference("12", "5")["price_of"]
    assert outside(right) == "pass"
    assert outside(right, _=0, n=1, rows=4, yes=True, none=None, **{f"x{i}": i for i in range(257)}) == "pass"


def test_a_kernel_that_gives_no_answer_passes_nothing(monkeypatch):
    right = make_cases.reference("12", "5")["price_of"]
    monkeypatch.setattr(execute, "json", SimpleNamespace(dumps=json.dumps, loads=lambda text: {"not data": text}))
    assert outside(right) == "fail"
