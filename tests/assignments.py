"""Reads and runs assignments in this process, so that many attempts share one costly set-up.

An assignment is one notebook in ``solutions/NN_name/``. nbgrader's metadata marks its cells: a task's answer has the
``grade_id`` "task-1" (a solution cell), the cell that checks it "task-1-check" (a locked test cell with points).
"""

import linecache
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import matplotlib
import nbformat
from IPython.display import display

from course_utils import faults

ROOT = Path(__file__).parents[1]
SOLUTIONS = sorted((ROOT / "solutions").glob("[0-9]*/*.ipynb"))


@dataclass(frozen=True)
class Cell:
    """A code cell: its source, and the grade_id that nbgrader knows it by, or ''."""

    source: str
    grade_id: str
    filename: str


@dataclass
class Task:
    """A task with an automatic check: the answer's cell, the cells up to the check, the check."""

    name: str
    between: list[Cell]
    check: Cell
    before: dict[str, Any] = field(default_factory=dict)


def code_cells(path: Path) -> list[Cell]:
    """The code cells of a notebook in order."""
    notebook = nbformat.read(path, as_version=4)
    return [
        Cell(cell.source, cell.metadata.get("nbgrader", {}).get("grade_id", ""), f"<{path.stem}, cell {number}>")
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code"
    ]


_open, _opened = faults.open_case, {}


def open_once(course, case: str, lesson: str = "") -> faults.Evidence:
    """`faults.open_case`, but a case is trained once for the blank exercise and for its solution together."""
    key = (lesson or course.lesson, case)
    if key not in _opened:
        _opened[key] = _open(course, case, lesson)
    return _opened[key]


def run_cell(source: str, filename: str, names: dict[str, Any]) -> None:
    """Runs one cell of plain Python (no magics) in a namespace; raises what it raises."""
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)  # for messages that quote the line
    with mock.patch.object(faults, "open_case", open_once):
        exec(compile(source, filename, "exec"), names)


def new_names() -> dict[str, Any]:
    """A namespace as a notebook has it at the start; figures are drawn but not shown."""
    matplotlib.use("Agg")
    return {"__name__": "__main__", "display": display}


class Assignment:
    """A solution run once from top to bottom, with the namespace kept as it was before each task."""

    def __init__(self, path: Path) -> None:
        self.names = new_names()
        self.tasks: dict[str, Task] = {}
        cells = code_cells(path)
        places = {cell.grade_id: i for i, cell in enumerate(cells) if cell.grade_id}
        for i, cell in enumerate(cells):
            check = places.get(f"{cell.grade_id}-check")
            if check is not None:
                self.tasks[cell.grade_id] = Task(cell.grade_id, cells[i + 1 : check], cells[check], dict(self.names))
            run_cell(cell.source, cell.filename, self.names)

    def attempt(self, task: Task, answer: str) -> None:
        """Puts an answer in place of the solution of a task and runs that task's check; raises when it is rejected.

        The namespace is the very dict that the cells before ran in, so that a helper that calls the learner's
        function by its name calls this answer.
        """
        self.names.clear()
        self.names.update(task.before)
        run_cell(answer, f"<an answer to {task.name}>", self.names)
        for cell in (*task.between, task.check):
            run_cell(cell.source, cell.filename, self.names)
