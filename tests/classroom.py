"""A throw-away course with a small assignment, so that a test grades a class in seconds by the real configuration."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
from assignments import ROOT
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_utils import quiz
from scripts import lock_grading

NAME = "90_small"
LOCKED = not lock_grading.no_lock()
SECONDS, NOTEBOOK = 3, 8  # of computing for a cell and a notebook; the real ones get more
POINTS = {"task-1": 2, "task-2": 3, "quiz": 1}
KEYS = {question.id: question.key for question in quiz.load("00")}

SOLVED = {
    "task-1": """def mean(values):
    ### BEGIN SOLUTION
    return sum(values) / len(values) if values else 0.0
    ### END SOLUTION""",
    "task-2": """def ended(text):
    ### BEGIN SOLUTION
    return text.endswith(".")
    ### END SOLUTION""",
    "quiz": f"""answers = {dict.fromkeys(KEYS, "?")}
### BEGIN SOLUTION
answers = {KEYS}
### END SOLUTION""",
}
CHECKS = {
    "task-1": """with task_check("Task 1: the mean"):
    assert mean([1, 2]) == 1.5, "the mean of 1 and 2 is 1.5"
    assert mean([]) == 0.0, "an empty list should give 0.0" """.strip(),
    "task-2": """with task_check("Task 2: ended") as task:
    with task.part():
        assert ended("Yes."), "a text that ends with a full stop has ended"
    with task.part():
        assert not ended("No"), "look at the last character"
    with task.part():
        assert not ended(""), "an empty text has no last character" """.strip(),
    "quiz": """with task_check("Quiz"):
    assert all(grade("00", answers).values()), "read the reasons above" """.strip(),
}


def marked(source: str, grade_id: str, points: int | None = None) -> NotebookNode:
    cell = new_code_cell(source, id=grade_id)
    mark = {"grade_id": grade_id, "task": False, "schema_version": 3}
    graded = {"solution": False, "grade": True, "locked": True, "points": points}
    cell.metadata.nbgrader = mark | (graded if points else {"solution": True, "grade": False, "locked": False})
    return cell


def assignment(solved: dict[str, str] = SOLVED, checks: dict[str, str] = CHECKS) -> NotebookNode:
    imports = "from course_utils.task_check import task_check\nfrom course_utils.quiz import grade"
    cells = [new_markdown_cell("# A small assignment", id="title"), new_code_cell(imports, id="imports")]
    for task, points in POINTS.items():
        cells += [marked(solved[task], task), marked(checks[task], f"{task}-check", points)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def cell_of(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def tree(folder: Path) -> dict[str, bytes]:
    """The files of a folder, without what importing makes."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


class Course:
    """A throw-away course folder with nbgrader's configuration of this one and a small assignment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        config = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
        limits = f"c.Execute.timeout, c.LockedExecute.notebook_timeout = {SECONDS}, {NOTEBOOK}"
        (folder / "nbgrader_config.py").write_text(f"{config}\n{limits}\n", encoding="utf-8")
        (folder / "solutions" / NAME).mkdir(parents=True)
        nbformat.write(assignment(), folder / "solutions" / NAME / f"{NAME}.ipynb")
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader looks for its tools there
        self.environment = os.environ | {"SECRET_OF_THE_TEACHER": "hunter2", "PATH": path, "PYTHONPATH": str(ROOT)}
        if not LOCKED:
            self.environment["COURSE_GRADING"] = "container"

    def run(self, *arguments: str, module: str = "scripts.classroom") -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)

    def teacher(self, *arguments: str) -> str:
        """One of the teacher's commands; returns what it prints."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"{' '.join(arguments)} failed:\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def released(self) -> NotebookNode:
        return nbformat.read(self.folder / "exercises" / NAME / f"{NAME}.ipynb", as_version=4)

    def work(self, answers: dict[str, str], change: Callable[[NotebookNode], object] | None = None) -> NotebookNode:
        """The release with answers in it, changed by a function."""
        notebook = self.released()
        for cell in notebook.cells:
            cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
        if change:
            change(notebook)
        return notebook

    def submission(self, student: str) -> Path:
        """The folder that a student's work is handed in to."""
        folder = self.folder / ".grading" / "submitted" / student / NAME
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def hand_in(self, student: str, notebook: NotebookNode | str | bytes, name: str = f"{NAME}.ipynb") -> None:
        raw = notebook if isinstance(notebook, str | bytes) else json.dumps(notebook)
        (self.submission(student) / name).write_bytes(raw.encode() if isinstance(raw, str) else raw)

    def graded(self, student: str) -> dict[str, str]:
        """What each cell of a student's graded copy printed or raised, by grade_id."""
        path = self.folder / ".grading" / "autograded" / student / NAME / f"{NAME}.ipynb"
        texts = {}
        for cell in nbformat.read(path, as_version=4).cells:
            if "nbgrader" in cell.metadata:
                parts = [o.get("text", "") + "\n".join(o.get("traceback", [])) for o in cell.get("outputs", [])]
                texts[cell.metadata.nbgrader.grade_id] = "".join(parts)
        return texts

    def notes(self, student: str) -> dict[str, list[str]]:
        """What grading told of a submission, by kind."""
        path = self.folder / ".grading" / "notes" / NAME / f"{student}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def page(self, student: str) -> str:
        """A student's feedback page."""
        (path,) = (self.folder / ".grading" / "feedback" / student / NAME).glob("*.html")
        return path.read_text(encoding="utf-8")
