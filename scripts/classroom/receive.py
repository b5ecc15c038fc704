"""Makes a handed-in folder safe and readable before nbgrader opens it: regular files only, one notebook, in UTF-8.

A submission may hold links and pipes, a notebook under another name, or one in an encoding that nbgrader doesn't read.
What can be repaired is, and the original is kept in ``.grading/originals``. The rest raises `Unreadable`, in a sentence
that says what to ask the student for. Cells and marks are not looked at here, but for their shape.
"""

import hashlib
import json
import os
import shutil
import stat
import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from scripts.classroom import notes
from scripts.lock_grading import FILES

ORIGINALS = Path(".grading/originals")
UNANSWERED = "raise NotImplementedError  # replace this line"  # as nbgrader_config.py has it
LARGEST = 100_000_000  # bytes of a file
MAKE = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


class Unreadable(ValueError):
    """A submission that can't be graded: one sentence that says what it is and what to ask for."""


def fits(path: Path) -> bool:
    """Whether a path is a file that grading may read: a regular one, no link, and not too large."""
    found = path.lstat()
    return stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST


def only_files(folder: Path) -> list[str]:
    """Removes what is no regular file, too large, or one too many; returns what was removed."""
    removed, count = [], 0
    for place, folders, names in os.walk(folder):
        for name in sorted([*folders, *names], key=lambda name: (".ipynb" not in name.lower(), name)):
            path = Path(place) / name
            if stat.S_ISDIR(path.lstat().st_mode):
                continue
            count += 1
            if not fits(path) or count > FILES:
                path.unlink()
                removed.append(name)
                folders[:] = [other for other in folders if other != name]
    return removed


def text_of(raw: bytes) -> tuple[str, str]:
    """The text of a file of JSON and its encoding: one of Unicode's or, where that doesn't fit, Latin-1."""
    encoding = json.detect_encoding(raw)
    try:
        return raw.decode(encoding), encoding.upper().removesuffix("-SIG")
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "Latin-1"


def read(path: Path) -> tuple[NotebookNode, str]:
    """A notebook without its outputs, in a shape that nothing trips over, and its encoding.

    Raises:
        Unreadable: it is no notebook.
    """
    text, encoding = text_of(path.read_bytes())
    try:
        cells = json.loads(text).get("cells")
        if not isinstance(cells, list):  # an old format, perhaps
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of ids that are there twice; they are made anew
                cells = nbformat.reads(text, as_version=4).cells
        cells = [_cell(cell, number) for number, cell in enumerate(cells) if isinstance(cell, dict)]
    except Exception as error:  # whatever a broken file makes of the parsers
        raise Unreadable(f"{path.name} is no notebook ({_why(text, error)}): ask for the .ipynb file again") from None
    if not any(cell.cell_type == "code" for cell in cells):
        raise Unreadable(f"{path.name} has no cells of code: ask for the .ipynb file again")
    return new_notebook(cells=cells), encoding


def _why(text: str, error: Exception) -> str:
    """What is wrong with a text that is no notebook."""
    if not text.strip():
        return "it is empty"
    if not text.lstrip().startswith("{"):
        return f"it begins with {text.strip()[:20]!r}"
    if isinstance(error, json.JSONDecodeError):
        return f"it breaks off or is damaged in line {error.lineno}"
    return "it has no cells that can be read"


def _cell(cell: dict[str, Any], number: int) -> NotebookNode:
    source = cell.get("source", "")
    source = "".join(map(str, source)) if isinstance(source, list) else str(source)
    known = cell.get("metadata") if isinstance(cell.get("metadata"), dict) else {}
    tags = known.get("tags")
    metadata = {"nbgrader": known["nbgrader"]} if isinstance(known.get("nbgrader"), dict) else {}
    metadata |= {"tags": [tag for tag in tags if isinstance(tag, str)]} if isinstance(tags, list) else {}
    make = MAKE.get(cell.get("cell_type"), new_raw_cell)
    # Learners' editors repeat ids; numbers make the same cells the same file.
    return make(source, metadata=metadata, id=f"cell-{number}")


def _work(notebook: NotebookNode) -> int:
    """How many cells look like those of an assignment and hold work: what tells a solution from other notebooks."""
    marked = [cell.source for cell in notebook.cells if "nbgrader" in cell.metadata or "task_check(" in cell.source]
    return sum(UNANSWERED not in source for source in marked)


def _some(names: list[str]) -> str:
    """The first three of some names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def choose(paths: list[Path], name: str) -> Path:
    """Of several notebooks the one to grade: that with most work in it, of those the one with the name, or the newest.

    Raises Unreadable when there is none.
    """
    if not paths:
        raise Unreadable("there is no notebook among the files: ask for the .ipynb file")
    work = dict.fromkeys(paths, -1)
    for path in paths:
        try:
            work[path] = _work(read(path)[0])
        except Unreadable:
            continue
    return max(paths, key=lambda path: (work[path], path.name == f"{name}.ipynb", path.stat().st_mtime))


def _notebooks(folder: Path, name: str) -> list[Path]:
    """The notebooks of a folder; where it has none, those of the folders in it, by their name if they have it."""
    for places in (folder.glob("*"), folder.rglob(f"{name}.ipynb"), folder.rglob("*")):
        found = [path for path in places if path.is_file() and ".ipynb" in path.name.lower()]
        if found := [path for path in found if path.parent.name != ".ipynb_checkpoints"]:
            return found
    return []


def tidy(folder: Path, name: str, assignment: str, student: str) -> Path:
    """Leaves one readable ``name.ipynb`` in a handed-in folder, and notes what was repaired; returns its path.

    Raises:
        Unreadable: there is nothing to grade.
    """
    if folder.is_symlink() or folder.parent.is_symlink():
        raise Unreadable("its folder is a link, and links are not followed: ask for the .ipynb file")
    removed = only_files(folder)
    if any(".ipynb" in name.lower() for name in removed) and not _notebooks(folder, name):
        raise Unreadable(
            f"{_some(removed)}: a link, or above 100 megabytes; ask for the .ipynb file without its outputs"
        )
    if removed:
        shown = _some(removed)
        notes.add(assignment, student, "doubt", f"removed links, pipes or too many or too large files: {shown}")
    paths = _notebooks(folder, name) or [
        path for path in folder.iterdir() if path.suffix.lower() in (".json", ".txt") and path.stem != "timestamp"
    ]
    found, wanted = choose(paths, name), folder / f"{name}.ipynb"
    others = [path.name for path in paths if path != found]
    if others:
        notes.add(
            assignment,
            student,
            "doubt",
            f"handed in several notebooks; {found.name} is graded, not {_some(others)}",
        )
    notebook, encoding = read(found)
    if found != wanted:
        shown = found.relative_to(folder)
        notes.add(assignment, student, "repaired", f"{shown} was graded as {name}.ipynb")
    if encoding != "UTF-8":
        notes.add(assignment, student, "repaired", f"{found.name} was in {encoding} and was read as such")
    clean = f"{nbformat.writes(notebook)}\n".encode("utf-8", "replace")  # half an emoji can't be written
    if found.read_bytes() != clean:
        kept = ORIGINALS / assignment / student
        kept.mkdir(parents=True, exist_ok=True)
        for path in paths:
            shutil.copy(path, kept / path.name)
    for path in paths:
        path.unlink()
    wanted.write_bytes(clean)
    return wanted


def before(assignment: str, student: str, notebooks: list[str]) -> None:
    """nbgrader's hook before it converts a submission; `notebooks` are its paths, changed in place.

    What nbgrader passes as assignment and student may be a pattern, so both are read from the paths.
    """
    for folder in {Path(path).parent for path in notebooks}:
        assignment, student = folder.name, folder.parent.name
        name = next((path.stem for path in Path("solutions", assignment).glob("*.ipynb")), assignment)
        try:
            notebooks[:] = [str(tidy(folder, name, assignment, student))]
        except Unreadable as error:
            notes.add(assignment, student, "error", str(error))
            notebooks[:] = []


def digest(path: Path) -> str:
    """What tells whether a submission has changed."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stored(path: Path) -> dict[str, Any]:
    """A small JSON file, {} when it isn't there."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def store(path: Path, content: dict[str, Any]) -> None:
    """Writes such a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
