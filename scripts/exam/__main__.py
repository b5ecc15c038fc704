"""``python -m scripts.exam 7`` or ``… --students students.csv``, behind ``make exam``: draws exams and releases them.

The source, which holds the key, goes to ``solutions/exam_7/``, the copy for the learner to ``exercises/exam_7/``.
Neither is kept by git. Grading, feedback and export work as for an assignment, with ``A=exam_7``.
"""

import argparse
import csv
import sys
from pathlib import Path

import nbformat

from course_utils import data
from scripts.classroom import grade as grading

from .notebook import written
from .tasks import draw


def make(seed: int) -> Path:
    """Draws the exam of a seed and releases it; returns the learner's notebook.

    Raises:
        NotReady: an exam of this seed has been graded already, or nbgrader refuses.
    """
    name = f"exam_{seed}"
    if Path(".grading", "graded", f"{name}.json").exists():
        raise grading.NotReady(
            f"{name} has been graded already. Take another seed, or remove .grading/graded/{name}.json."
        )
    source = Path("solutions", name, f"{name}.ipynb")
    data.write_text(source, nbformat.writes(written(name, draw(seed))) + "\n")
    grading.release(name)
    return Path("exercises", name, f"{name}.ipynb")


def seeds(path: Path) -> dict[str, int]:
    """Students and their seeds, from a CSV with the columns `student` and, if one likes, `seed`; else the line counts.

    Raises:
        NotReady: the file can't be read, has no such column, or a seed is no number or given twice.
    """
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise grading.NotReady(f"{path} can't be read ({error}).") from None
    if not rows or "student" not in rows[0]:
        raise grading.NotReady(f"{path} needs a first line with the column `student` and a line for each student.")
    found: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        seed = (row.get("seed") or str(number)).strip()
        if not seed.isdecimal() or int(seed) in found.values():
            why = "is given twice" if seed.isdecimal() else "is no whole number"
            raise grading.NotReady(f"{path}, line {number + 1}: the seed {seed!r} {why}.")
        found[row["student"].strip()] = int(seed)
    return found


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.exam", description="Draw exams.")
    parser.add_argument("seed", nargs="?", type=int, help="a whole number from 0: the same gives the same exam")
    parser.add_argument("--students", type=Path, help="a CSV with the column student: each gets an exam of their own")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.students:
            drawn = seeds(chosen.students)
        elif chosen.seed is not None and chosen.seed >= 0:
            drawn = {"": chosen.seed}
        else:
            raise grading.NotReady(
                "Give a seed from 0, such as `make exam SEED=7`, or `make exam STUDENTS=students.csv`."
            )
        for number, (student, seed) in enumerate(drawn.items(), 1):
            path = make(seed)
            print(f"{number}/{len(drawn)} {f'{student}: ' if student else ''}give out {path}", flush=True)
    except grading.NotReady as error:
        print(error, file=sys.stderr)
        return 2
    print("Keep solutions/exam_* to yourself: they hold the keys.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
