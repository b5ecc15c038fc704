"""Writes the marks: one table of everything, and files for Canvas and Moodle.

What could not be graded has no points and says why in a column of its own: it is not a 0. Days late are counted from
the due date that the release was given. Nothing here changes a mark.
"""

import csv
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


def rows() -> list[Row]:
    """The marks of all that handed in, by assignment and student."""
    people, found = receive.stored(PEOPLE), []
    with gradebook() as book:
        for assignment in sorted(book.assignments, key=lambda entry: entry.name):
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


def _write(path: Path, head: list[str], lines: list[list[Any]], encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows([[safe(value) for value in line] for line in lines])
    return path


def export(assignment: str = "") -> list[Path]:
    """Writes the tables and returns their paths: ``grades.csv`` with everything, and for the assignment, or for all,
    one for each platform, with those whose number there is known."""
    found, people = rows(), receive.stored(PEOPLE)
    head = [name for name in Row.__dataclass_fields__ if name != "tasks"]
    everything = [[asdict(row)[name] for name in head] for row in found]
    paths = [_write(FOLDER / "grades.csv", head, everything, "utf-8-sig")]  # the mark without which Excel garbles é
    for name in sorted({row.assignment for row in found if assignment in ("", row.assignment)}):
        here = [row for row in found if row.assignment == name]
        canvas = [(row, people.get(row.student, {}).get("canvas")) for row in here]
        lines = [[row.name, number, "", "", "", row.points] for row, number in canvas if number]
        if lines:
            columns = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", name]
            possible = ["    Points Possible", "", "", "", "", here[0].of]
            paths.append(_write(FOLDER / f"{name}-canvas.csv", columns, [possible, *lines]))
        moodle = [(row, people.get(row.student, {}).get("moodle", {}).get(name)) for row in here]
        lines = [[f"Participant {number}", row.name, row.points, "", row.error] for row, number in moodle if number]
        if lines:  # Moodle refuses a table without the column of dates (mod/assign/feedback/offline)
            columns = ["Identifier", "Full name", "Grade", "Last modified (grade)", "Feedback comments"]
            paths.append(_write(FOLDER / f"{name}-moodle.csv", columns, lines))
    return paths
