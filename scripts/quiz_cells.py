"""What a quiz looks like where it is not played: ``python -m scripts.quiz_cells``.

Two things are made from the bank, as often as you like with the same result. Below the quiz of a lesson stands a folded
cell with its questions, to be read on GitHub, where no code runs; the reasons are folded once more. And the quiz task
of each solution gets the names of the questions and their keys. With ``--check`` nothing is written.
"""

import argparse
import re
import sys
from itertools import groupby
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from course_utils import data, quiz

TAG = "quiz-text"  # marks the cell that this makes
LESSONS, SOLUTIONS = "notebooks/[0-9][0-9]*_*.ipynb", "solutions/*/*.ipynb"
SHOWS = re.compile(r'show_quiz\("(\w+)"\)')
MARKS = re.compile(r"(`[^`]*`)|([<>$\[\]_~#|])")  # code stays; a sign that Markdown would read gets a backslash


def plain(text: str) -> str:
    """A text of the bank as Markdown: its code, bold and italic stay, everything else is shown as it is written."""
    return MARKS.sub(lambda found: found[1] or f"\\{found[2]}", " ".join(text.split()))


def _question(number: int, question: quiz.Question) -> str:
    lines = [f"**{number}.** {plain(question.question)}"]
    if question.log:
        lines.append(f"~~~text\n{question.log}\n~~~")
    if question.picture:
        file, alt = question.picture
        lines.append(f"![{plain(alt)}](../course_utils/assets/quiz/{file.name})")
    lines.append("<details><summary>Answer and reasons</summary>")
    lines.append(
        "\n".join(f"- {'✓' if o.correct else '✗'} **{o.letter}.** {plain(o.reason)}" for o in question.options)
    )
    return "\n\n".join([*lines, "</details>"])


def text(lesson: str) -> str:
    """The quiz of a lesson as one folded piece of Markdown: for each set its options, then its situations."""
    parts = ["<details><summary>The quiz to read, for pages that run no code</summary>"]
    numbered = enumerate(quiz.load(lesson), 1)
    for _, items in groupby(numbered, key=lambda item: item[1].set):
        questions = list(items)
        first, last = questions[0][0], questions[-1][0]
        span = f"question {first}" if first == last else f"questions {first} to {last}"
        options = "\n".join(f"- **{o.letter}.** {plain(o.text)}" for o in questions[0][1].options)
        parts += [f"**Options of {span}**\n\n{options}"]
        parts += [_question(number, question) for number, question in questions]
    return "\n\n".join([*parts, "</details>"])


def _lesson(notebook: NotebookNode) -> None:
    """Puts the folded text of each quiz below its cell, in place of the one that was there."""
    old = {cell.id for cell in notebook.cells if TAG in cell.metadata.get("tags", [])}
    kept = []
    for cell in notebook.cells:
        if cell.id in old:
            continue
        kept.append(cell)
        if cell.cell_type == "code" and (found := SHOWS.search(cell.source)):
            # the same id each time, so that nothing changes where the text is the same
            kept.append(new_markdown_cell(text(found[1]), id=f"quiz-text-{found[1]}", metadata={"tags": [TAG]}))
    notebook.cells = kept


def answers(lesson: str, blank: bool) -> str:
    """The dict of answers as it is written in an assignment: a line for each set, with "?" where it is blank."""
    lines = ["answers = {"]
    for _, items in groupby(quiz.load(lesson), key=lambda question: question.set):
        row = ", ".join(f'"{question.id}": "{"?" if blank else question.key}"' for question in items)
        lines.append(f"    {row},")
    return "\n".join([*lines, "}  # fmt: skip"])


def _solution(notebook: NotebookNode) -> None:
    """Writes the blank answers and the keys into the quiz task of a solution; nothing where it has none."""
    marked = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    if "quiz" in marked:
        lesson = re.search(r'grade\("(\w+)"', marked["quiz-check"].source)[1]
        parts = [answers(lesson, True), "### BEGIN SOLUTION", answers(lesson, False), "### END SOLUTION"]
        marked["quiz"].source = "\n".join(parts)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.quiz_cells", description="Write quizzes into notebooks.")
    parser.add_argument("--check", action="store_true", help="write nothing, say what is out of step")
    check = parser.parse_args(arguments).check
    stale = []
    for pattern, change in ((LESSONS, _lesson), (SOLUTIONS, _solution)):
        for path in sorted(Path().glob(pattern)):
            notebook = nbformat.read(path, as_version=4)
            before = nbformat.writes(notebook)
            change(notebook)
            if (after := nbformat.writes(notebook)) != before:
                stale.append(path)
                if not check:
                    data.write_text(path, after + "\n")
    for path in stale:
        print(f"{path} is out of step: run `python -m scripts.quiz_cells`." if check else f"{path} written")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
