"""Tells the notebook of an assignment from those of others and from the lesson, which has the same file name.

It reads the titles of checks and the first heading. A notebook that has neither of any of them may be anything, and
is taken. What the cells do, and who wrote them, is not known here.
"""

import json
from functools import cache
from pathlib import Path

from scripts.classroom.execute import titles
from scripts.classroom.receive import text_of


def _sources(raw: bytes) -> list[str]:
    """The sources of a notebook's cells; none where it can't be read."""
    try:
        cells = json.loads(text_of(raw)[0])["cells"]
        return ["".join(cell["source"]) for cell in cells]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _marks(raw: bytes) -> set[str]:
    """What a notebook is known by: its first heading, and the titles of its checks."""
    sources = _sources(raw)
    lines = [line.strip() for source in sources for line in source.splitlines()]
    heading = next((line for line in lines if line.startswith("# ")), "")
    return {heading, *(title for source in sources for title in titles(source))} - {""}


@cache
def _known(folder: Path) -> dict[str, set[str]]:
    """For each notebook of the course, what it alone is known by."""
    paths = {path.parent.name: path for path in sorted(folder.glob("solutions/*/*.ipynb"))}
    paths |= {f"lesson {path.stem}": path for path in sorted(folder.glob("notebooks/*.ipynb"))}
    marks = {name: _marks(path.read_bytes()) for name, path in paths.items()}
    everywhere = [mark for found in marks.values() for mark in found]
    return {name: {mark for mark in found if everywhere.count(mark) == 1} for name, found in marks.items()}


def which(raw: bytes, assignment: str) -> str:
    """The assignment, or "lesson …", that a notebook certainly belongs to; "" where it can be of `assignment`."""
    marks, known = _marks(raw), _known(Path.cwd())
    if marks & known.get(assignment, set()):
        return ""
    return next((name for name, own in known.items() if marks & own), "")


def wrong(raw: bytes, assignment: str) -> str:
    """What a notebook is, if it is certainly another one, as the end of a sentence; "" otherwise."""
    name = which(raw, assignment)
    what = "the notebook of a lesson" if name.startswith("lesson ") else f"the exercise {name}"
    return f"is {what}: ask for the one in exercises/{assignment}/" if name else ""
