"""Writes an exam down as an nbgrader assignment: the source with the key, from which the released copy is made.

The checks that a learner sees say whether an answer can be read. What compares it with the key stands between
nbgrader's marks for hidden tests, which the released copy lacks. Nothing here draws anything.
"""

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from .tasks import Task

IMPORTS = """import copy
import math

import matplotlib.pyplot as plt

from course_utils import plot
from course_utils.evaluate import grade_description
from course_utils.generate import Reply
from course_utils.task_check import task_check"""
DRAWING = '''def plot_log(number, log):
    """The two losses of a log as a figure, and what it shows in words."""
    figure, axes = plt.subplots(figsize=(6, 3))
    for key in ("loss", "eval_loss"):
        entries = [entry for entry in log if key in entry]
        axes.plot([entry["step"] for entry in entries], [entry[key] for entry in entries], label=key)
    axes.set(title=f"The {number} run", xlabel="step", ylabel="loss (nats a token)")
    axes.legend()
    return figure, f"Training and validation loss of the {number} run against its steps"'''


def _mark(grade_id: str, *, points: int | None = None, solution: bool = False, locked: bool = True) -> dict:
    cell = {"grade": points is not None, "grade_id": grade_id, "locked": locked, "schema_version": 3}
    cell |= {"solution": solution, "task": False}
    return {"nbgrader": cell | ({"points": points} if points is not None else {})}


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else line for line in text.splitlines())


def _answer(task: Task) -> str:
    """The cell of the answer, whose solution nbgrader takes out."""
    if task.solution.startswith("def "):
        head, _, body = task.solution.partition('    """\n')
        return f'{head}    """\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION'
    return f"{task.answer}\n### BEGIN SOLUTION\n{task.solution}\n### END SOLUTION"


def check(task: Task, number: int, hidden: bool = True) -> str:
    """The source of a task's check; with `hidden` also what compares with the key."""
    form = f'with task_check("Task {number} can be read"):\n{_indented(task.form)}'
    test = f'with task_check("Task {number}: {task.name}") as task:\n{_indented(task.test)}'
    return f"{form}\n### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS" if hidden else form


def written(name: str, tasks: list[Task]) -> NotebookNode:
    """The source of an exam as a notebook."""
    minutes, points = sum(task.minutes for task in tasks), sum(task.points for task in tasks)
    table = "\n".join(f"| {n} · {task.name} | {task.minutes} | {task.points} |" for n, task in enumerate(tasks, 1))
    first = (
        f"# Exam {name.removeprefix('exam_')}\n\n{minutes} minutes, {points} points. You may use the lessons and the "
        "course's tools. Write your answers down as values. The checks say only whether your answer can be read.\n\n"
        f"| Task | Minutes | Points |\n|---|---|---|\n{table}"
    )
    cells = [new_markdown_cell(first, id="title"), new_code_cell(IMPORTS, id="imports", metadata=_mark("imports"))]
    if any("plot_log" in task.shown for task in tasks):
        cells.append(new_code_cell(DRAWING, id="drawing", metadata=_mark("drawing")))
    for number, task in enumerate(tasks, 1):
        name = f"task-{number}"
        text = f"## Task {number} · {task.name}\n\n{task.minutes} minutes · {task.points} points\n\n{task.text}"
        cells += [
            new_markdown_cell(text, id=f"{name}-text"),
            new_code_cell(task.shown, id=f"{name}-shown", metadata=_mark(f"{name}-shown")),
            new_code_cell(_answer(task), id=name, metadata=_mark(name, solution=True, locked=False)),
            new_code_cell(check(task, number), id=f"{name}-check", metadata=_mark(f"{name}-check", points=task.points)),
        ]
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.validate(notebook)
    return notebook
