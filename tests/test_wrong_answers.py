"""Every check of an assignment rejects wrong answers that look right, and accepts right ones written differently.

For the assignment ``solutions/00_name/…ipynb`` the answers lie in ``tests/wrong_answers/00_name.py``, as two dicts
from task to {what the answer does: the source of the whole answer cell}::

    WRONG = {"task-1": {"counts characters": "def count(text):\\n    return len(text)", ...}, ...}
    RIGHT = {"task-1": {"with a loop": "def count(text):\\n    ...", ...}, ...}

Each task needs at least three wrong answers and one right one. The solution notebook runs once for all of them, in
this process; then each answer takes the solution's place, and the task's check runs (tests/assignments.py).
"""

import os
import runpy

import pytest
from assignments import ROOT, SOLUTIONS, Assignment, code_cells

from course_utils.task_check import TaskFailed

FOLDER = ROOT / "tests" / "wrong_answers"
PATHS = {path.parent.name: path for path in SOLUTIONS}
ANSWERS = {path.stem: runpy.run_path(str(path)) for path in sorted(FOLDER.glob("*.py"))}
CASES = [
    pytest.param(name, task, source, kind == "RIGHT", id=f"{name}-{task}-{kind.lower()}-{title.replace(' ', '_')}")
    for name, answers in ANSWERS.items()
    if name in PATHS
    for kind in ("WRONG", "RIGHT")
    for task, sources in answers[kind].items()
    for title, source in sources.items()
]


@pytest.fixture(scope="module")
def assignments():
    """Gives an assignment by name, run once, with its folder as the working directory."""
    here = os.getcwd()
    done: dict[str, Assignment] = {}

    def get(name: str) -> Assignment:
        os.chdir(PATHS[name].parent)
        if name not in done:
            done[name] = Assignment(PATHS[name])
        return done[name]

    yield get
    os.chdir(here)


@pytest.mark.parametrize(("name", "task", "source", "accepted"), CASES)
def test_an_answer_gets_the_verdict_it_deserves(assignments, name, task, source, accepted):
    assignment = assignments(name)
    if accepted:
        assignment.attempt(assignment.tasks[task], source)
    else:
        with pytest.raises(TaskFailed):
            assignment.attempt(assignment.tasks[task], source)


@pytest.mark.parametrize("name", sorted(PATHS.keys() | ANSWERS.keys()))
def test_each_task_has_wrong_and_right_answers(name):
    assert name in ANSWERS, f"tests/wrong_answers/{name}.py is missing"
    assert name in PATHS, f"tests/wrong_answers/{name}.py belongs to no assignment"
    ids = {cell.grade_id for cell in code_cells(PATHS[name])}
    tasks = {task for task in ids if f"{task}-check" in ids}
    for kind, least in (("WRONG", 3), ("RIGHT", 1)):
        answers = ANSWERS[name][kind]
        assert set(answers) <= tasks, f"{kind} names tasks that {name} lacks: {sorted(set(answers) - tasks)}"
        few = [task for task in sorted(tasks) if len(answers.get(task, {})) < least]
        assert not few, f"{kind} needs at least {least} answers for {', '.join(few)} of {name}"
