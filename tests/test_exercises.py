"""The exercises are what nbgrader makes of the solutions, and unsolved they fail every check."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from assignments import ROOT, SOLUTIONS, code_cells, new_names, run_cell

from course_utils.task_check import TaskFailed

ASSIGNMENTS = sorted({path.parent.name for path in SOLUTIONS})
EXERCISES = sorted((ROOT / "exercises").glob("[0-9]*/*.ipynb"))


def contents(folder: Path) -> dict[str, bytes]:
    skipped = {".ipynb_checkpoints", "runs"} if folder.is_relative_to(ROOT) else set()
    kept = (path for path in folder.rglob("*") if path.is_file() and not skipped & set(path.parts))
    return {str(path.relative_to(folder)): path.read_bytes() for path in kept}


@pytest.fixture(scope="module")
def generated(tmp_path_factory) -> Path:
    """The exercises as nbgrader makes them now; all at once, since most of the time goes into its start."""
    folder = tmp_path_factory.mktemp("generated")
    shutil.copytree(ROOT / "solutions", folder / "solutions")
    for solution in (folder / "solutions").iterdir():  # what is left where somebody has run it
        (solution / "runs").mkdir(exist_ok=True)
        (solution / "runs" / "weights.bin").touch()
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", "*", "--force", "--no-db"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return folder / "exercises"


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_exercise_is_generated_from_the_solution(name, generated):
    fresh, stored = contents(generated / name), contents(ROOT / "exercises" / name)
    assert fresh.keys() == stored.keys(), "the files differ: run `make exercises` and commit the result"
    differ = [file for file in fresh if fresh[file] != stored[file]]
    assert not differ, f"{', '.join(differ)} of exercises/{name} drifted: run `make exercises` and commit the result"


def test_no_exercise_is_without_a_solution():
    assert {path.parent.name for path in EXERCISES} <= set(ASSIGNMENTS)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.parent.name)
def test_an_assignment_is_complete(path):
    cells = nbformat.read(path, as_version=4).cells
    marks = {
        cell.metadata.nbgrader.grade_id: (cell, cell.metadata.nbgrader) for cell in cells if "nbgrader" in cell.metadata
    }
    tasks = [name for name in marks if f"{name}-check" in marks]
    assert len(tasks) >= 4, f"{path.parent.name} has {len(tasks)} tasks with a check, it needs at least 4"
    for name in tasks:
        (answer, answer_mark), (check, mark) = marks[name], marks[f"{name}-check"]
        assert answer_mark.solution and not answer_mark.grade, f"{name} should be an autograded answer"
        assert "### BEGIN SOLUTION" in answer.source, f"{name} has no solution region to clear"
        assert mark.grade and mark.locked and not mark.solution and mark.points > 0, f"{name}-check is no graded test"
        assert "with task_check(" in check.source, f"{name}-check does not use task_check"
    lost = [name for name in marks if name.endswith("-check") and name.removesuffix("-check") not in marks]
    assert not lost, f"checks without a task: {', '.join(lost)}"


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.parent.name)
def test_a_blank_exercise_fails_every_check(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    names = new_names()
    passed = []
    for cell in code_cells(path):
        if cell.grade_id.endswith("-check"):
            try:
                run_cell(cell.source, cell.filename, names)
                passed.append(cell.grade_id)
            except TaskFailed:
                pass
        else:
            try:
                run_cell(cell.source, cell.filename, names)
            except (NotImplementedError, NameError):
                pass  # a stub at the top of a cell, or a cell that shows what the stub should have made
    assert not passed, f"these checks give points for nothing: {', '.join(passed)}"
