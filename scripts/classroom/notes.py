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
    """The sentences of a submission by kind; every kind is there. A file that was broken off says nothing."""
    file = path(assignment, student)
    try:
        stored = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    except ValueError:
        stored = {}
    return {kind: stored.get(kind, []) for kind in KINDS}


def add(assignment: str, student: str, kind: str, sentence: str) -> None:
    """Adds a sentence; the same one is kept once. Raises KeyError for an unknown kind.

    It may hold a file's name or an error's text, so what a terminal would not show as a letter becomes "?".
    """
    stored = read(assignment, student)
    sentence = "".join(letter if letter.isprintable() else "?" for letter in sentence)
    if sentence not in stored[kind]:
        stored[kind].append(sentence)
    file = path(assignment, student)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(stored, ensure_ascii=False, indent=1), encoding="utf-8")


def clear(assignment: str, student: str, *kinds: str) -> None:
    """Forgets what was said of a submission, before it is graded again: some kinds, or all of them."""
    if not path(assignment, student).is_file():
        return
    kept = {kind: said for kind, said in read(assignment, student).items() if kinds and kind not in kinds}
    path(assignment, student).write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
