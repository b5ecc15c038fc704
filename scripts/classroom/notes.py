"""What grading has to tell the teacher about one submission, as a small file: errors, doubts, repairs.

``.grading/notes/ASSIGNMENT/STUDENT.json`` holds lists of sentences by kind. Nothing here knows what they mean.
"""

import json
from pathlib import Path

FOLDER = Path(".grading/notes")
KINDS = ("error", "held back", "stopped", "repaired", "doubt")


def path(assignment: str, student: str) -> Path:
    return FOLDER / assignment / f"{student}.json"


def read(assignment: str, student: str) -> dict[str, list[str]]:
    """The sentences of a submission by kind; every kind is there."""
    file = path(assignment, student)
    stored = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return {kind: stored.get(kind, []) for kind in KINDS}


def add(assignment: str, student: str, kind: str, sentence: str) -> None:
    """Adds a sentence; the same one is kept once. Raises KeyError for an unknown kind.

    It may hold a file's name or an error's text, so what a terminal would not show as a letter becomes "?".
    """
    stored = read(assignment, student)
    sentence = "".join(letter if letter.isprintable() else "?" for letter in sentence)
    if sentence not in stored[kind]:
        stored[kind].append(sentence)
    _write(path(assignment, student), stored)


def clear(assignment: str, student: str, *kinds: str) -> None:
    """Forgets what was said of a submission, before it is graded again: some kinds, or all of them."""
    if not path(assignment, student).is_file():
        return
    kept = {kind: said for kind, said in read(assignment, student).items() if kinds and kind not in kinds}
    _write(path(assignment, student), kept)


def _write(file: Path, said: dict[str, list[str]]) -> None:
    """Whole or not at all: a half-written file would stop every later command."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(file)
