"""Collects submissions from a folder of downloads: Canvas, Moodle, Colab, git, or files named by hand.

Who handed in is read from names and folders, also where they hold ``..``, capitals, ``Copy of`` or letters in an old
encoding; such a name never becomes a path. The latest file of a student counts, and all are kept in
``.grading/received``. What is in a notebook is only looked at to tell this assignment from another one.
"""

import io
import json
import os
import re
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from scripts.classroom import receive
from scripts.classroom.execute import titles
from scripts.classroom.grade import REFERENCE, SUBMITTED, source

RECEIVED, PEOPLE = Path(".grading/received"), Path(".grading/people.json")
ENDING = re.compile(r"\.ipynb(\.(txt|json))?$", re.IGNORECASE)
# As in Moodle's download: one folder a student, or, without folders, the same in front of the file's name.
MOODLE = re.compile(r"^(?P<name>.+?)_(?P<number>\d+)_assignsubmission_file_?(?P<rest>.*)$")
# As in Canvas's download: the name without blanks, perhaps LATE, the user's number, the file's number, the file's name.
CANVAS = re.compile(r"^(?P<name>[^_]+)_(?P<late>LATE_)?(?P<number>\d+)_\d+_(?P<rest>.+)$")
COPY = re.compile(r"(^|[_\- ])copy[_\- ]of[_\- ]*$", re.IGNORECASE)
LARGEST = receive.LARGEST


@dataclass
class File:
    """A file of the downloads: its path as text, what is in it, and when it was changed (seconds since 1970)."""

    path: str
    raw: bytes
    when: float


@dataclass
class Person:
    """Who handed in a file, as its name tells; `name` is as written there, `number` the platform's."""

    name: str
    platform: str = ""
    number: str = ""
    late: bool = False
    rest: str = ""  # the file's own name


@dataclass
class Collected:
    """What was collected: the file that counts and how many a student had, and sentences on what was not."""

    students: dict[str, tuple[str, int]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def legible(name: str) -> str:
    """A file's name as letters, where it came as bytes of an older encoding."""
    try:
        name.encode("utf-8")
        return unicodedata.normalize("NFC", name)
    except UnicodeEncodeError:
        return os.fsencode(name).decode("latin-1")


def _zipped(info: zipfile.ZipInfo) -> str:
    """The name of an entry; zip programs that don't mark UTF-8 write it or another encoding."""
    if info.flag_bits & 0x800:
        return unicodedata.normalize("NFC", info.filename)
    raw = info.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "latin-1"):
        try:
            name = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(unicodedata.category(letter) == "Cc" for letter in name):
            return unicodedata.normalize("NFC", name)
    return info.filename


def files(place: Path) -> Iterator[File]:
    """The files of a folder, of a zip or of zips within, and a single file; links are not followed."""
    if place.is_dir():
        for folder, folders, names in os.walk(place):
            folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
            for name in sorted(names):
                path = Path(folder, name)
                if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST:
                    inner = path.relative_to(place)
                    yield from _unpacked(File(legible(str(inner)), path.read_bytes(), path.stat().st_mtime))
    else:
        yield from _unpacked(File(legible(place.name), place.read_bytes(), place.stat().st_mtime), top=True)


def _unpacked(file: File, top: bool = False, depth: int = 0) -> Iterator[File]:
    if not file.path.lower().endswith(".zip") or depth > 2 or not zipfile.is_zipfile(io.BytesIO(file.raw)):
        yield file
        return
    with zipfile.ZipFile(io.BytesIO(file.raw)) as archive:
        # The zip of one student may be named after the student; that of a class is not.
        alone = sum(bool(ENDING.search(name)) for name in archive.namelist()) == 1
        folder = f"{file.path[:-4]}/" if alone and not top else f"{PurePosixPath(file.path).parent}/" if depth else ""
        for info in archive.infolist():
            name = _zipped(info)
            if not info.is_dir() and info.file_size <= LARGEST and "__MACOSX" not in name:
                when = time.mktime((*info.date_time, 0, 0, -1))
                yield from _unpacked(File(folder + name, archive.read(info), when), depth=depth + 1)


def who(path: str, stem: str) -> Person | None:
    """Who handed in the file at `path`, for the notebook called `stem`; None when nothing tells."""
    parts = [part for part in PurePosixPath(path.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    for part in parts:
        if found := MOODLE.match(part):
            return Person(found["name"], "moodle", found["number"], rest=found["rest"] or parts[-1])
    name = ENDING.sub("", parts[-1])
    if found := CANVAS.match(name):
        return Person(found["name"], "canvas", found["number"], bool(found["late"]), found["rest"])
    loose = re.sub(r"[_\- ]+", r"[_\\- ]+", re.escape(stem).replace(r"\ ", " "))
    if found := re.search(loose, name, re.IGNORECASE):
        student = COPY.sub("", name[: found.start()]).strip("_- .")
        if student:
            return Person(student, rest=name[found.start() :])
    folders = [part for part in parts[:-1] if not re.fullmatch(f"({loose}|exercises)", part, re.IGNORECASE)]
    return Person(folders[0], rest=name) if folders else None


def slug(name: str) -> str:
    """A name as one part of a path: small letters, digits and ``. - _ @``."""
    kept = re.sub(r"[^\w.@\-]+", "-", unicodedata.normalize("NFC", name).lower()).strip("-._")
    return kept[:60] or "nobody"


def _order(file: File, person: Person) -> tuple[float, int, str]:
    """What makes one of a student's files the later one: its time, then the number behind its name."""
    number = re.findall(r"[(\-_](\d+)\)?$", ENDING.sub("", person.rest))
    return file.when, int(number[0]) if number else 0, file.path


def _other(person: Person, stem: str, stems: list[str]) -> bool:
    """Whether the file's own name is that of another assignment."""
    name = re.sub(r"[_\- ]+", "_", person.rest.lower())
    return any(other.lower() in name for other in stems if other != stem) and stem.lower() not in name


def collect(assignment: str, place: Path) -> Collected:
    """Collects an assignment from a folder, a zip or a file.

    Returns what was collected and what was not. Raises `grade.NotReady` when there is no such assignment, and
    FileNotFoundError when there is no such place.
    """
    if not place.exists():
        raise FileNotFoundError(f"There is nothing at {place}. Give the folder or the zip of the downloads.")
    notebook = source(assignment)
    stem, stems = notebook.stem, [path.stem for path in Path("solutions").glob("*/*.ipynb")]
    known = {title for cell in receive.read(notebook)[0].cells for title in titles(cell.source)}
    done, found, seen = Collected(), {}, {}
    for file in files(place):
        person = who(file.path, stem)
        if not ENDING.search(file.path):
            if person:
                seen.setdefault(slug(person.name), []).append(file.path)
            continue
        if person is None:
            done.problems.append(f"{file.path}: nothing tells who handed it in; put the student's name in front of it")
        elif not _other(person, stem, stems):
            found.setdefault((person.name.lower(), person.number if person.platform == "canvas" else ""), []).append(
                (file, person)
            )
    names = [slug(name) for name, _ in found]
    for (name, number), given in found.items():
        student = slug(name) if names.count(slug(name)) == 1 else slug(f"{name}-{number or given[0][1].number}")
        if student == REFERENCE:
            student = f"{student}-student"
        given.sort(key=lambda pair: _order(*pair))
        ours = [pair for pair in given if _of(pair[0], stem, known)] or given
        _keep(assignment, student, given)
        _hand_in(assignment, student, stem, *ours[-1])
        done.students[student] = (ours[-1][0].path, len(given))
    for student, paths in seen.items():
        if student not in done.students:
            done.problems.append(f"{student}: handed in {paths[0]} and no notebook; ask for the .ipynb file")
    return done


def _of(file: File, stem: str, known: set[str]) -> bool:
    """Whether a file belongs to the assignment: by its name, or by the titles of its checks."""
    text = receive.text_of(file.raw)[0]
    return stem.lower() in file.path.lower() or any(title in text for title in known)


def _keep(assignment: str, student: str, given: list[tuple[File, Person]]) -> None:
    folder = RECEIVED / assignment / student
    folder.mkdir(parents=True, exist_ok=True)
    for number, (file, _) in enumerate(given, 1):
        when = datetime.fromtimestamp(file.when, UTC).strftime("%Y%m%d-%H%M%S")
        (folder / f"{when}-{number}.ipynb").write_bytes(file.raw)


def _hand_in(assignment: str, student: str, stem: str, file: File, person: Person) -> None:
    folder = SUBMITTED / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    (folder / f"{stem}.ipynb").write_bytes(file.raw)
    when = datetime.fromtimestamp(file.when, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    (folder / "timestamp.txt").write_text(when, encoding="utf-8")
    people = receive.stored(PEOPLE)
    about = people.setdefault(student, {"name": person.name})
    about.setdefault("late", {})[assignment] = person.late
    if person.platform == "canvas":
        about["canvas"] = person.number
    elif person.platform == "moodle":
        about.setdefault("moodle", {})[assignment] = person.number
    PEOPLE.write_text(json.dumps(people, ensure_ascii=False, indent=1), encoding="utf-8")
