"""Collects submissions from a folder of downloads: Canvas, Moodle, Colab, git, or files named by hand.

Who handed in is read from names and folders (`names`); such a name never becomes a path. The latest file of a student
counts, also of several collections, and all are kept in ``.grading/received``. What is in a notebook is only looked at
to tell this assignment from another one and from the lesson.
"""

import hashlib
import io
import os
import re
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from scripts.classroom import belongs, receive
from scripts.classroom.grade import REFERENCE, SUBMITTED, source
from scripts.classroom.names import ENDING, Person, loose, owners, parts, slug

RECEIVED, PEOPLE = Path(".grading/received"), Path(".grading/people.json")
LARGEST = receive.LARGEST


@dataclass
class File:
    """A file of the downloads: its path as text, what is in it, and when it was changed (seconds since 1970)."""

    path: str
    raw: bytes
    when: float


@dataclass
class Collected:
    """What was collected: the file that counts and how many a student had, and sentences on what was not."""

    students: dict[str, tuple[str, int]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)  # handed in something before, and nothing for this assignment


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


def files(place: Path, problems: list[str]) -> Iterator[File]:
    """The files of a folder, of a zip or of zips within, and a single file; links and hidden files are left out.

    What can't be read is told in `problems`.
    """
    if place.is_dir():
        for folder, folders, names in os.walk(place):
            folders[:] = sorted(name for name in folders if not _hidden(name))
            for name in sorted(names):
                path = Path(folder, name)
                if path.is_file() and not path.is_symlink() and not _hidden(name):
                    inner = legible(str(path.relative_to(place)))
                    if path.stat().st_size > LARGEST and path.suffix.lower() != ".zip":
                        problems.append(f"{inner}: larger than {LARGEST / 1e6:.0f} MB")
                        continue
                    yield from _unpacked(File(inner, path.read_bytes(), path.stat().st_mtime), problems)
    else:
        yield from _unpacked(File(legible(place.name), place.read_bytes(), place.stat().st_mtime), problems, top=True)


def _hidden(path: str) -> bool:
    """Whether a path is one that systems and editors make: ``.git``, ``.ipynb_checkpoints``, macOS's copies."""
    return any(part.startswith((".", "__MACOSX")) for part in parts(path))


def _unpacked(file: File, problems: list[str], top: bool = False, depth: int = 0) -> Iterator[File]:
    if not file.path.lower().endswith(".zip") or depth > 2 or not zipfile.is_zipfile(io.BytesIO(file.raw)):
        yield file
        return
    with zipfile.ZipFile(io.BytesIO(file.raw)) as archive:
        inner = [(info, _zipped(info)) for info in archive.infolist() if not info.is_dir()]
        inner = [(info, name) for info, name in inner if not _hidden(name)]
        # The zip of one student may be named after the student; that of a class, with a folder for each, is not.
        notebooks = [name for _, name in inner if ENDING.search(name)]
        own = len(notebooks) == 1 or any(len(parts(name)) == 1 for name in notebooks)
        folder = "" if top else f"{file.path[:-4]}/" if own else file.path[: file.path.rfind("/") + 1]
        for info, name in inner:
            try:
                if info.file_size > LARGEST:
                    raise ValueError(f"larger than {LARGEST / 1e6:.0f} MB")
                raw, when = archive.read(info), time.mktime((*info.date_time, 0, 0, -1))
            except (RuntimeError, ValueError, OSError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
                problems.append(f"{file.path}: {name} can't be unpacked ({str(error)[:60]}); ask for the file itself")
                continue
            yield from _unpacked(File(folder + name, raw, when), problems, depth=depth + 1)


def _order(file: File, person: Person) -> tuple[float, int, str]:
    """What makes one of a student's files the later one: its time, then the number behind its name."""
    number = re.findall(r"[(\-_](\d+)\)?$", ENDING.sub("", person.rest))
    return file.when, int(number[0]) if number else 0, file.path


def _other(person: Person, stem: str, stems: list[str]) -> bool:
    """Whether the file's own name is that of another assignment."""
    found = [loose(other).search(person.rest) for other in stems if other != stem]
    return any(found) and not loose(stem).search(person.rest)


def collect(assignment: str, place: Path, along: Iterable[str] = ()) -> Collected:
    """Collects an assignment from a folder, a zip or a file.

    Args:
        assignment: its full name.
        place: the downloads.
        along: assignments that are collected from the same place; what is theirs is passed over.

    Returns what was collected and what was not. Raises `grade.NotReady` when there is no such assignment, and
    FileNotFoundError when there is no such place.
    """
    if not place.exists():
        raise FileNotFoundError(f"There is nothing at {place}. Give the folder or the zip of the downloads.")
    stem, stems = source(assignment).stem, [path.stem for path in Path("solutions").glob("*/*.ipynb")]
    done, found, seen = Collected(), {}, {}
    given = [file for file in files(place, done.problems) if "solutions" not in parts(file.path)[:-1]]
    persons = owners([file.path for file in given], stems, stem)
    for file in given:
        person = persons[file.path]
        if not ENDING.search(file.path) or (person and _other(person, stem, stems)):
            if person:
                seen.setdefault(slug(person.name), []).append((file, person))
        elif along and belongs.which(file.raw, assignment) in along:
            continue
        elif person is None:
            done.problems.append(f"{file.path}: nothing tells who handed it in; put the student's name in front of it")
        else:
            found.setdefault((person.name.lower(), person.number), []).append((file, person))
    names = [slug(name) for name, _ in found]
    for (name, number), handed in found.items():
        student = slug(name) if names.count(slug(name)) == 1 else slug(f"{name}-{number}")
        student = f"{student}-student" if student == REFERENCE else student
        handed.sort(key=lambda pair: _order(*pair))
        right = [pair for pair in handed if not belongs.wrong(pair[0].raw, assignment)]
        file, person = (right or handed)[-1]
        _keep(assignment, student, handed)
        done.students[student] = (file.path, len(handed))
        if not _hand_in(assignment, student, f"{stem}.ipynb", file, person):
            done.students[student] = ("the file that was collected before", len(handed))
            done.problems.append(f"{student}: {file.path} is older than the file that was collected before")
        elif not right:
            done.problems.append(f"{student}: {file.path} {belongs.wrong(file.raw, assignment)}")
    for student, handed in seen.items():
        if student not in done.students:
            if not along or not ENDING.search(handed[0][0].path):
                done.problems.append(_no_notebook(assignment, student, *handed[0]))
    done.waiting = sorted(who for who in receive.stored(PEOPLE) if not (SUBMITTED / who / assignment).is_dir())
    return done


def _no_notebook(assignment: str, student: str, file: File, person: Person) -> str:
    """What to say of somebody whose files hold no notebook of this assignment.

    Another file stands in for it, so that the table of marks tells who it was; it is no 0.
    """
    if ENDING.search(file.path):
        return f"{student}: {file.path} is of another assignment, and there is nothing for {assignment}"
    if not person.folder and not list((SUBMITTED / student / assignment).glob("*.ipynb")):
        _hand_in(assignment, student, slug(PurePosixPath(file.path).name), file, person)
    return f"{student}: handed in {file.path} and no notebook; ask for the .ipynb file"


def _keep(assignment: str, student: str, given: list[tuple[File, Person]]) -> None:
    folder = RECEIVED / assignment / student
    folder.mkdir(parents=True, exist_ok=True)
    for number, (file, _) in enumerate(given, 1):
        when = datetime.fromtimestamp(file.when, UTC).strftime("%Y%m%d-%H%M%S")
        (folder / f"{when}-{number}.ipynb").write_bytes(file.raw)


def _hand_in(assignment: str, student: str, name: str, file: File, person: Person) -> bool:
    """Makes a file the one to grade; False where a later one was collected before. The same one changes nothing."""
    folder, people = SUBMITTED / student / assignment, receive.stored(PEOPLE)
    about = people.setdefault(student, {"name": person.name})
    before, digest = about.get("file", {}).get(assignment, {}), hashlib.sha256(file.raw).hexdigest()
    if folder.is_dir() and before and before["digest"] != digest and before["when"] > file.when:
        return not list(folder.glob("*.ipynb"))
    if not folder.is_dir() or before.get("digest") != digest:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        (folder / name).write_bytes(file.raw)
        when = datetime.fromtimestamp(file.when, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        (folder / "timestamp.txt").write_text(when, encoding="utf-8")
        about.setdefault("file", {})[assignment] = {"digest": digest, "when": file.when}
    about.setdefault("late", {})[assignment] = person.late
    if person.platform == "canvas":
        about["canvas"] = person.number
    elif person.platform == "moodle":
        about.setdefault("moodle", {})[assignment] = person.number
    receive.store(PEOPLE, people)
    return True
