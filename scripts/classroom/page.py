"""Writes the page of the class: marks, what each student lacks, how each task went, how the quiz was answered.

All of it comes from the gradebook and the graded copies of the notebooks. The page is one file without scripts, and
needs no server. Nothing here changes a mark.
"""

import html
import random
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean
from typing import Any

import nbformat
from nbformat import NotebookNode

from course_utils import quiz
from scripts.classroom.export import FOLDER, Row, rows
from scripts.classroom.written import Computed, written

GRADED = Path(".grading/autograded")
STYLE = """:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
h2 { margin-top: 3rem } .wide { overflow-x: auto; margin: 1rem 0 2rem }
table { border-collapse: collapse } td, th { padding: .3rem .7rem; text-align: left; vertical-align: top }
td { border-top: 1px solid #8886; min-width: 3rem; white-space: pre-line } td:first-child { white-space: nowrap }
td:last-child { min-width: 18rem } meter { width: 6rem }
@media (max-width: 40rem) { body { font-size: 14px } td, th { padding: .2rem .4rem } meter { display: none } }
@media print { .wide { overflow: visible } }"""


class _bar(float):
    """A share that a table draws as a bar."""


def _table(head: list[str], lines: Iterable[list[Any]]) -> str:
    def cell(value: Any) -> str:
        return (
            f"<meter aria-hidden='true' value='{float(value):.3f}'></meter>"
            if isinstance(value, _bar)
            else html.escape(str(value))
        )

    first = "".join(f"<th scope='col'>{html.escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell(value)}</td>" for value in line) + "</tr>" for line in lines)
    table = f"<table><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table>"
    return f"<div class='wide' tabindex='0' role='region' aria-label='{html.escape(head[0], quote=True)}'>{table}</div>"


def _mark(rows: list[Row]) -> str:
    said = []
    for row in rows:
        late = f", {row.late_days} day{'s' * (row.late_days > 1)} late" if row.late_days else ""
        said.append((f"{row.points:g} of {row.of:g}" if row.points is not None else "error, no points") + late)
    return "\n".join(said) or "–"


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
    if lines and lines[-1].startswith("✓"):
        return "it passes; the points were given by hand"
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
        split = [f"{o.letter}{' ✓' if o.correct else ''}:\u00a0{given[o.letter]}" for o in question.options]
        right = given[question.key] / max(1, sum(given.values()))
        lines.append([question.id, f"{right:.0%}", _bar(right), ", ".join(split), question.question])
    return lines


def _group(assignments: set[str]) -> dict[str, str]:
    """Under which heading each assignment stands: exams of several seeds are one, as each student sat another."""
    exams = {name for name in assignments if re.fullmatch(r"exam_\d+", name)}
    return {name: "exams" if name in exams and len(exams) > 1 else name for name in assignments}


def page(names: bool = True) -> Path:
    """Writes the page and returns its path.

    Args:
        names: whether students stand there by name; else by numbers in an order that chance draws each time.
    """
    found = rows()
    students = sorted({row.student for row in found})
    shown = {row.student: row.name for row in found}
    if not names:
        random.shuffle(students)  # in the order of their names, the numbers would tell who is who
        shown = {student: f"student {number}" for number, student in enumerate(students, 1)}
    groups = _group({row.assignment for row in found})
    marks: dict[tuple[str, str], list[Row]] = {}
    for row in found:
        marks.setdefault((row.student, groups[row.assignment]), []).append(row)
    columns = sorted(set(groups.values()))
    table = [
        [shown[who], *(_mark(marks.get((who, name), [])) for name in columns), _missing(who, columns, marks)]
        for who in students
    ]
    parts = [_table(["student", *columns, "still open"], table)]
    for name in columns:
        parts += _about(name, [row for row in found if groups[row.assignment] == name], shown, names)
    path = FOLDER / ("class.html" if names else "class_without_names.html")
    path.parent.mkdir(parents=True, exist_ok=True)
    head = "<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>The class</title>"
    text = f"<!doctype html><html lang='en'>{head}<style>{STYLE}</style><h1>The class</h1>{''.join(parts)}</html>\n"
    path.write_text(text, encoding="utf-8")
    return path


def _about(group: str, here: list[Row], shown: dict[str, str], names: bool) -> list[str]:
    """The part about one assignment: how many were graded, whom to look at, its tasks, its quiz."""
    graded = [(row, _cells(row)) for row in here if row.points is not None]
    parts = [f"<h2>{html.escape(group)}</h2>"]
    said = f"{len(here)} handed in, {len(graded)} graded"
    if graded:
        said += f"; on average {fmean(row.points for row, _ in graded):.1f} of {graded[0][0].of:g} points"
    parts.append(f"<p>{said}.</p>")
    looks = [[shown[row.student], row.error or row.look_at] for row in here if row.error or row.look_at]
    if looks and names:  # such sentences can name a student's files
        parts += ["<h3>To look at</h3>", _table(["student", "what"], looks)]
    if graded:
        head = ["task", "all points", "", "points, mean", "most common message of those who lost points"]
        parts += ["<h3>Tasks</h3>", _table(head, _tasks(graded))]
        if lines := _quiz(group, graded):
            parts += ["<h3>Quiz</h3>", _table(["question", "right", "", "answers, ✓ is right", "what it asks"], lines)]
    return parts


def _missing(student: str, columns: list[str], marks: dict[tuple[str, str], list[Row]]) -> str:
    """The tasks that a student has not solved wholly, and assignments that were not handed in."""
    lacks = []
    for name in columns:
        number = name.split("_")[0] if name[0].isdigit() else name
        if (student, name) not in marks:
            lacks.append(f"{number}: not handed in")
        for row in marks.get((student, name), []):
            if open_ones := [task for task, (got, of) in row.tasks.items() if got < of]:
                lacks.append(f"{number}: {', '.join(open_ones)}")
    return "\n".join(lacks)
