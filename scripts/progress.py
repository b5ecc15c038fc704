"""What a learner has passed so far: ``python -m scripts.progress [00 01 ...]``, behind ``make progress``.

Reads the outputs stored in the saved notebooks of ``exercises/`` and runs nothing. A task counts as passed when its
check printed ``✓`` and ended without an error. A quiz is read from the quiz task of the exercise: what is clicked in a
lesson stays in the browser and never reaches Python. Below them stands how good the guesses in the lessons were.
"""

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_utils.predictions import kept, score

NOTE = (
    "Read from the saved notebooks in exercises/: save yours first. Quizzes count when you have answered them in the "
    "quiz task of the exercise; the clicks in a lesson are not stored."
)


@dataclass
class Progress:
    """How far one exercise is; `problem` says why it could not be read, `waiting` what its failed checks said.

    `points` count what grading would: a check whose parts don't need each other gives the share that holds, and a quiz
    that of its questions. `passed` counts whole tasks alone.
    """

    name: str
    passed: int = 0
    tasks: int = 0
    points: float = 0
    of_points: float = 0
    right: int = 0
    questions: int = 0
    run: int = 0
    waiting: list[str] = field(default_factory=list)
    problem: str = ""


def _printed(cell: NotebookNode) -> str:
    """What a cell printed, and the message of its error, as plain text."""
    parts = []
    for output in cell.get("outputs", []):
        if output.get("output_type") == "stream":
            parts.append(str(output.get("text", "")))
        elif output.get("output_type") == "error":
            parts.append("\n".join(map(str, output.get("traceback", []))) or str(output.get("evalue", "")))
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(parts))


def read(path: Path) -> Progress:
    """How far an exercise is, from the outputs stored in it; a file that is no notebook gives a `problem`."""
    result = Progress(path.stem)
    try:
        cells = nbformat.read(path, as_version=4).cells
    except Exception as error:  # whatever a broken file makes of the parser
        reason = str(error).strip().splitlines()
        result.problem = f"can't be read ({reason[0][:80] if reason else type(error).__name__})"
        return result
    for cell in cells:
        mark = cell.get("metadata", {}).get("nbgrader", {})
        if cell.get("cell_type") != "code" or not mark.get("grade"):
            continue
        lines = _printed(cell).splitlines()
        stopped = any(output.get("output_type") == "error" for output in cell.get("outputs", []))
        passed = not stopped and any(re.match(r"✓ (?!\d\d\w?-q)", line) for line in lines)
        points = float(mark.get("points") or 0)
        parts = re.search(r"^✗ .*?\((\d+) of (\d+) parts\): ", "\n".join(lines), re.MULTILINE)
        share = int(parts[1]) / int(parts[2]) if parts else 0.0
        if mark.get("grade_id") == "quiz-check":
            result.questions = len(set(re.findall(r"\d\d\w?-q\d+", _answers(cells))))
            result.right = len({line.split()[1] for line in lines if re.match(r"✓ \d\d\w?-q\d+ ", line)})
            share = result.right / result.questions if result.questions else 0.0
        else:
            result.tasks += 1
            result.passed += passed
        result.of_points += points
        result.points += points if passed else round(share * points, 2)
        result.run += bool(lines)
        failed = [line[2:] for line in lines if re.match(r"✗ (?!\d\d\w?-q)", line)]
        result.waiting += failed[:1] if not passed else []
    return result


def _answers(cells: list[NotebookNode]) -> str:
    """The source of the quiz task's answer, which names the questions."""
    return "".join(c.source for c in cells if c.get("metadata", {}).get("nbgrader", {}).get("grade_id") == "quiz")


def _number(name: str) -> str:
    """The number that an exercise's name begins with: "06", or "06b" where a lesson has a second one."""
    return name.split("_")[0]


def table(rows: list[Progress]) -> str:
    """The progress as lines of text: a table, and below it what the failed checks said."""
    width = max(len(row.name) for row in rows)
    lines = [f"{'exercise':{width}}  tasks   quiz  points"]
    for row in rows:
        if row.problem or not row.run:
            lines.append(f"{row.name:{width}}  {row.problem or 'not started'}")
        else:
            done = "  ✓ all passed" if row.points == row.of_points else ""
            tasks, quiz = f"{row.passed}/{row.tasks}", f"{row.right}/{row.questions}" if row.questions else "–"
            lines.append(f"{row.name:{width}}  {tasks:>5}  {quiz:>5}  {row.points:g}/{row.of_points:g}{done}")
    waiting = [f"  {_number(row.name)}  {text}" for row in rows for text in row.waiting]
    return "\n".join([*lines, *(["", "Not passed yet:", *waiting] if waiting else []), "", NOTE])


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.progress", description="Which checks are passed?")
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lesson numbers such as 00 01; all when none is given")
    wanted = parser.parse_args(arguments).lessons
    paths = sorted(Path("exercises").glob("[0-9][0-9]*/*.ipynb"))
    chosen = [path for path in paths if not wanted or {path.name[:2], _number(path.name)} & set(wanted)]
    if not chosen:
        have = ", ".join(_number(path.name) for path in paths)
        print(
            f"No such exercise; there are: {have}." if have else "There is no exercises/ folder here.", file=sys.stderr
        )
        return 2
    print(table([read(path) for path in chosen]))
    try:
        print(f"\nYour guesses. {score(kept())}")
    except ValueError as error:
        print(f"\nYour guesses: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
