"""Writes the marks: one table of everything, files for Canvas and Moodle, and a page that shows the class.

What could not be graded has no points and says why in a column of its own: it is not a 0. Days late are counted from
the due date that the release was given. Nothing here changes a mark.
"""

import csv
import html
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry

from scripts.classroom import notes, receive
from scripts.classroom.collect import PEOPLE
from scripts.classroom.grade import gradebook, handed_in

FOLDER = Path(".grading/export")
DAY = 24 * 3600


@dataclass
class Row:
    """One student's mark in one assignment; `points` is None where it could not be graded."""

    assignment: str
    student: str
    name: str
    points: float | None
    of: float
    late_days: int
    error: str = ""
    look_at: str = ""
    repaired: str = ""
    tasks: dict[str, tuple[float, float]] = field(default_factory=dict)  # task: points, of


def rows(wanted: str = "") -> list[Row]:
    """The marks of all that handed in, of one assignment or of all, by assignment and student."""
    people, found = receive.stored(PEOPLE), []
    with gradebook() as book:
        for assignment in sorted(book.assignments, key=lambda entry: entry.name):
            if wanted in ("", assignment.name):
                for student in handed_in(assignment.name):
                    found.append(_row(book, assignment, student, people.get(student, {})))
    return found


def _row(book: Any, assignment: Any, student: str, about: dict[str, Any]) -> Row:
    said = notes.read(assignment.name, student)
    row = Row(assignment.name, student, about.get("name", student), None, assignment.max_score, 0)
    row.error = "; ".join(said["error"])
    row.look_at = "; ".join([*said["held back"], *said["stopped"], *said["doubt"]])
    row.repaired = "; ".join(said["repaired"])
    try:
        submission = book.find_submission(assignment.name, student)
    except MissingEntry:
        row.error = row.error or "not graded yet: run make grade"
        return row
    row.late_days = math.ceil(max(0, submission.total_seconds_late or 0) / DAY)
    if about.get("late", {}).get(assignment.name) and not row.late_days:
        row.look_at = "; ".join(filter(None, ["marked as late by the platform", row.look_at]))
    if not row.error:
        row.points = max(0.0, submission.score - (submission.late_submission_penalty or 0))
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                row.tasks[grade.name.removesuffix("-check")] = (grade.score, grade.max_score)
    return row


def safe(value: Any) -> str:
    """A cell that a spreadsheet doesn't take for a formula."""
    text = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return (
        f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) and not isinstance(value, float | int) else text
    )


def _write(path: Path, head: list[str], lines: list[list[Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows([[safe(value) for value in line] for line in lines])
    return path


def export(assignment: str = "") -> list[Path]:
    """Writes the tables; returns their paths. A file for a platform holds those whose number there is known."""
    found, people = rows(assignment), receive.stored(PEOPLE)
    head = [name for name in Row.__dataclass_fields__ if name != "tasks"]
    paths = [_write(FOLDER / "grades.csv", head, [[asdict(row)[name] for name in head] for row in found])]
    for name in sorted({row.assignment for row in found}):
        here = [row for row in found if row.assignment == name]
        canvas = [(row, people.get(row.student, {}).get("canvas")) for row in here]
        lines = [[row.name, number, "", "", "", row.points] for row, number in canvas if number]
        if lines:
            columns = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", name]
            possible = ["    Points Possible", "", "", "", "", here[0].of]
            paths.append(_write(FOLDER / f"{name}-canvas.csv", columns, [possible, *lines]))
        moodle = [(row, people.get(row.student, {}).get("moodle", {}).get(name)) for row in here]
        lines = [[f"Participant {number}", row.name, row.points, row.error] for row, number in moodle if number]
        if lines:
            columns = ["Identifier", "Full name", "Grade", "Feedback comments"]
            paths.append(_write(FOLDER / f"{name}-moodle.csv", columns, lines))
    return paths


STYLE = """body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; color-scheme: light dark }
table { border-collapse: collapse; margin-bottom: 2rem } td, th { padding: .2rem .7rem; text-align: left }
td { border-top: 1px solid #8886 } meter { width: 10rem }"""


def page() -> Path:
    """Writes the page of the class: marks by student, what each task gave on average, and what to look at."""
    found = rows()
    assignments = sorted({row.assignment for row in found})
    marks = {(row.student, row.assignment): row for row in found}
    names = {row.student: row.name for row in found}
    table = []
    for student in sorted(names):
        here = [marks.get((student, name)) for name in assignments]
        table.append([names[student], *(_mark(row) for row in here)])
    parts = [_table(["student", *assignments], table)]
    for name in assignments:
        graded = [row for row in found if row.assignment == name and row.points is not None]
        tasks = []
        for task in graded[0].tasks if graded else ():
            shares = [row.tasks[task][0] / (row.tasks[task][1] or 1) for row in graded if task in row.tasks]
            tasks.append([task, f"{sum(shares) / len(shares):.0%}", _bar(sum(shares) / len(shares))])
        parts += [f"<h2>{html.escape(name)}</h2>", _table(["task", "points earned, mean of the class", ""], tasks)]
        looks = [[row.name, row.error or row.look_at] for row in found if row.assignment == name]
        looks = [look for look in looks if look[1]]
        parts += ["<h3>To look at</h3>", _table(["student", "what"], looks)] if looks else []
    path = FOLDER / "class.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    title = "<!doctype html><html lang='en'><meta charset='utf-8'><title>The class</title>"
    path.write_text(f"{title}<style>{STYLE}</style><h1>The class</h1>{''.join(parts)}</html>", encoding="utf-8")
    return path


class _bar(float):
    """A share that a table draws as a bar."""


def _mark(row: Row | None) -> str:
    if row is None:
        return "–"
    late = f", {row.late_days} d late" if row.late_days else ""
    return (f"{row.points:g}/{row.of:g}" if row.points is not None else "not graded") + late


def _table(head: list[str], lines: list[list[Any]]) -> str:
    def cell(value: Any) -> str:
        return f"<meter value='{float(value):.3f}'></meter>" if isinstance(value, _bar) else html.escape(str(value))

    first = "".join(f"<th scope='col'>{html.escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell(value)}</td>" for value in line) + "</tr>" for line in lines)
    return f"<table><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table>"
