"""The progress command, on exercises as learners leave them."""

import copy
import json
import shutil
from pathlib import Path

import nbformat
import pytest
from assignments import ROOT
from nbformat.v4 import new_output

from scripts import progress

STORED = nbformat.read(ROOT / "exercises" / "00_start_here" / "00_start_here.ipynb", as_version=4)
TASKS = [f"task-{number}" for number in range(1, 7)]


def printed(text: str) -> nbformat.NotebookNode:
    return new_output("stream", name="stdout", text=text)


def failed(text: str) -> nbformat.NotebookNode:
    return new_output("error", ename="TaskFailed", evalue=text, traceback=[f"\x1b[31m{text}\x1b[0m"])


@pytest.fixture
def exercise(tmp_path, monkeypatch):
    """Writes the exercise of lesson 00 with outputs under some of its checks."""
    monkeypatch.chdir(tmp_path)

    def write(outputs: dict[str, list[nbformat.NotebookNode]]) -> Path:
        notebook = copy.deepcopy(STORED)
        for cell in notebook.cells:
            cell_outputs = outputs.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if cell_outputs:
                cell.outputs = cell_outputs
        path = tmp_path / "exercises" / "00_start_here" / "00_start_here.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path

    return write


def test_a_fresh_exercise_is_not_started(exercise, capsys):
    exercise({})
    assert progress.main([]) == 0
    assert "00_start_here  not started" in capsys.readouterr().out


def test_passed_and_failed_checks_are_told_apart(exercise, capsys):
    quiz = "✓ 00-q1 b: Yes.\n✗ 00-q2 a: No. Read again: “5 · Before”.\n✓ 00-q3 c: Yes.\n"
    path = exercise(
        {
            "task-1-check": [printed("✓ Task 1: rows into chats\n")],
            "task-2-check": [failed("✗ Task 2: which replies ended: not solved yet: replace the line")],
            "task-3-check": [printed("✓ Task 3: not this time\n"), failed("✗ Task 3: something came after")],
            "quiz-check": [printed(quiz), failed("✗ Quiz: 00-q2: read the reason above")],
        }
    )
    got = progress.read(path)
    assert (got.passed, got.tasks, got.points, got.of_points) == (1, 6, 2.75, 20), "a task, and two of eight questions"
    assert (got.right, got.questions) == (2, 8)
    assert progress.main(["00"]) == 0
    text = capsys.readouterr().out
    assert "1/6" in text and "2/8" in text and "2.75/20" in text
    assert "  00  Task 2: which replies ended: not solved yet" in text and "00-q2 a" not in text


def test_a_check_with_parts_gives_the_share_that_holds(exercise):
    path = exercise({"task-3-check": [failed("✗ Task 3: the house style (2 of 4 parts): there are two sentences")]})
    got = progress.read(path)
    assert (got.passed, got.points) == (0, 1.5), "task 3 has three points"


def test_a_finished_exercise_says_so(exercise, capsys):
    outputs = {f"{task}-check": [printed(f"✓ {task}\n")] for task in TASKS}
    quiz = "".join(f"✓ 00-q{number} a: Yes.\n" for number in range(1, 9))
    exercise(outputs | {"quiz-check": [printed(f"{quiz}✓ Quiz\n")]})
    progress.main([])
    assert "6/6    8/8  20/20  ✓ all passed" in capsys.readouterr().out


def test_broken_notebooks_do_not_stop_it(exercise, tmp_path, capsys):
    exercise({"task-1-check": [printed("✓ Task 1\n")]})
    for name, content in (("01_cut", '{"cells": ['), ("02_empty", ""), ("03_list", "[]"), ("04_odd", '{"cells": 1}')):
        (tmp_path / "exercises" / name).mkdir()
        (tmp_path / "exercises" / name / f"{name}.ipynb").write_text(content)
    (tmp_path / "exercises" / "05_bytes").mkdir()
    (tmp_path / "exercises" / "05_bytes" / "05_bytes.ipynb").write_bytes(b"\xff\xfe\x00")
    assert progress.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("can't be read (" in line for line in lines) == 5
    assert any(line.startswith("00_start_here") and "1/6" in line for line in lines)


def test_unknown_exercises_are_told(exercise, tmp_path, capsys):
    exercise({})
    assert progress.main(["42"]) == 2
    assert capsys.readouterr().err == "No such exercise; there are: 00.\n"
    shutil.rmtree(tmp_path / "exercises")
    assert progress.main([]) == 2
    assert "no exercises/ folder" in capsys.readouterr().err


def test_nothing_is_changed(exercise):
    path = exercise({"task-1-check": [printed("✓ Task 1\n")]})
    before = path.read_bytes()
    progress.main([])
    assert path.read_bytes() == before


def test_the_guesses_of_the_lessons_are_summed_up_or_their_file_is_named(exercise, monkeypatch, tmp_path, capsys):
    exercise({})
    kept = tmp_path / "predictions.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path))
    row = {"id": "02-rows", "question": "?", "options": [], "within": 1, "guess": 1, "sure": 80}
    kept.write_text(json.dumps([row | {"measured": 1, "hit": True}]), encoding="utf-8")
    assert progress.main([]) == 0
    assert "Your guesses. 1 guess: 80% sure on average, 100% right" in capsys.readouterr().out
    kept.write_text("[", encoding="utf-8")
    assert progress.main([]) == 0
    assert "predictions.json can't be read" in capsys.readouterr().out
