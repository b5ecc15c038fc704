"""Writes the page of the class: marks, what each student lacks, how each task went, how the quiz was answered.

All of it comes from the gradebook and the graded copies of the notebooks. The page is one file without scripts, and
needs no server. Nothing here changes a mark.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from course_utils import quiz
from scripts.classroom.export import FOLDER, Row, rows
from scripts.classroom.written import Computed, written

GRADED = Path(".grading/autograded")
STYLE = """body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; color-scheme: light dark }
table { border-collapse: collapse; margin-bottom: 2rem } td, th { padding: .2rem .7rem; text-align: left }
td { border-top: 1px solid #8886; vertical-align: top } meter { width: 10rem }"""


class _bar(float):
    """A share that a table draws as a bar."""


def _table(head: list[str], lines: Iterable[list[Any]]) -> str:
    def cell(value: Any) -> str:
        return f"<meter value='{float(value):.3f}'></meter>" if isinstance(value, _bar) else html.escape(str(value))

    first = "".join(f"<th scope='col'>{html.escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell(value)}</td>" for value in line) + "</tr>" for line in lines)
    return f"<table><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table>"


def _mark(row: Row | None) -> str:
    if row is None:
        return "–"
    late = f", {row.late_days} d late" if row.late_days else ""
    return (f"{row.points:g}/{row.of:g}" if row.points is not None else "not graded") + late


def _cells(row: Row) -> dict[str, NotebookNode]:
    """The cells of a graded copy by grade_id; none where there is no copy."""
    files = sorted((GRADED / row.student / row.assignment).glob("*.ipynb"))
    cells = nbformat.read(files[0], as_version=4).cells if files else []
    return {cell.metadata.nbgrader.grade_id: cell for cell in cells if "nbgrader" in cell.metadata}


def message(cell: NotebookNode | None) -> str:
    """What a failed check said: its line with ✗ or, of another error, the last line."""
    if cell is None:
        return "the check is not in the graded copy"
    outputs = cell.get("outputs", [])
    said = "\n".join(o.get("text", "") + "\n".join(o.get("traceback", [])) for o in outputs)
    lines = [line for line in re.sub(r"\x1b\[[0-9;]*m", "", said).splitlines() if line.strip()]
    failed = [line for line in lines if line.startswith("✗") and not re.match(r"✗ \d\d\w?-q", line)]
    return (failed or lines or ["the check said nothing"])[-1].strip()


def most_common(messages: list[str]) -> str:
    """The message that most had, whatever its numbers; the text is that of the first who had it."""
    if not messages:
        return ""
    kinds = [re.sub(r"\d+(\.\d+)?", "#", text) for text in messages]
    kind, count = Counter(kinds).most_common(1)[0]
    return f"{messages[kinds.index(kind)]} ({count} of {len(messages)})"


def _tasks(graded: list[tuple[Row, dict[str, NotebookNode]]]) -> list[list[Any]]:
    """A line for each task: the share that passed, the mean of the points, the most common message."""
    lines = []
    for task in graded[0][0].tasks:
        marks = [row.tasks[task] for row, _ in graded if task in row.tasks]
        passed = sum(got == of for got, of in marks) / len(marks)
        mean = sum(got / (of or 1) for got, of in marks) / len(marks)
        lost = [cells.get(f"{task}-check") for row, cells in graded if (m := row.tasks.get(task)) and m[0] < m[1]]
        lines.append(
            [task, f"{passed:.0%}", _bar(passed), f"{mean:.0%}", most_common([message(cell) for cell in lost])]
        )
    return lines


def _quiz(assignment: str, graded: list[tuple[Row, dict[str, NotebookNode]]]) -> list[list[Any]]:
    """A line for each question of the assignment's quiz: how many gave which answer; the key is marked."""
    answers: dict[str, Counter[str]] = {}
    for _, cells in graded:
        try:
            given = written([cells["quiz"].source], "answers")
            pairs = {str(name): str(letter).strip().lower() for name, letter in given.items()}
        except (KeyError, AttributeError, Computed):
            continue  # no quiz, or answers that are not written down
        for name, letter in pairs.items():
            answers.setdefault(name, Counter())[letter] += 1
    if not answers:
        return []
    lesson = next(iter(answers)).split("-")[0]
    try:
        questions = quiz.load(lesson)
    except (FileNotFoundError, ValueError):
        return []
    lines = []
    for question in questions:
        given = answers.get(question.id, Counter())
        split = [f"{o.letter}{' ✓' if o.correct else ''}: {given[o.letter]}" for o in question.options]
        right = given[question.key] / max(1, sum(given.values()))
        lines.append([question.id, f"{right:.0%}", _bar(right), "   ".join(split), question.question])
    return lines


def page(names: bool = True) -> Path:
    """Writes the page and returns its path.

    Args:
        names: whether students stand there by name; else by a number that changes with the class.
    """
    found = rows()
    students = sorted({row.student for row in found})
    if names:
        shown = {row.student: row.name for row in found}
    else:
        shown = {student: f"student {number}" for number, student in enumerate(students, 1)}
    assignments = sorted({row.assignment for row in found})
    marks = {(row.student, row.assignment): row for row in found}
    table = [
        [shown[who], *(_mark(marks.get((who, name))) for name in assignments), _missing(who, marks)] for who in students
    ]
    parts = [_table(["student", *assignments, "missing"], table)]
    for name in assignments:
        here = [row for row in found if row.assignment == name]
        graded = [(row, _cells(row)) for row in here if row.points is not None]
        parts.append(f"<h2>{html.escape(name)}</h2>")
        if graded:
            head = ["task", "passed", "", "points, mean", "most common message of those who lost points"]
            parts.append(_table(head, _tasks(graded)))
            if lines := _quiz(name, graded):
                parts.append(_table(["question", "right", "", "answers", ""], lines))
        looks = [[shown[row.student], row.error or row.look_at] for row in here if row.error or row.look_at]
        if looks and names:  # such sentences can name a student's files
            parts += ["<h3>To look at</h3>", _table(["student", "what"], looks)]
    path = FOLDER / ("class.html" if names else "class_without_names.html")
    path.parent.mkdir(parents=True, exist_ok=True)
    title = "<!doctype html><html lang='en'><meta charset='utf-8'><title>The class</title>"
    path.write_text(f"{title}<style>{STYLE}</style><h1>The class</h1>{''.join(parts)}</html>", encoding="utf-8")
    return path


def _missing(student: str, marks: dict[tuple[str, str], Row]) -> str:
    """The tasks that a student has not solved wholly, and assignments that were not handed in."""
    lacks = []
    for name in sorted({assignment for _, assignment in marks}):
        row = marks.get((student, name))
        number = name.split("_")[0] if name[0].isdigit() else name
        if row is None:
            lacks.append(f"{number}: all")
        elif row.points is not None and (open_ones := [task for task, (got, of) in row.tasks.items() if got < of]):
            lacks.append(f"{number}: {', '.join(open_ones)}")
    return "; ".join(lacks)
