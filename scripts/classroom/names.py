"""Reads who handed in a file from its name and its folders: Canvas, Moodle, Colab, git, or names given by hand.

A name may hold ``..``, capitals, ``Copy of`` or a number behind it. Whose a folder is can't be told from one path, so
all paths of a download are read together (`owners`). What is in the files is not known here.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

ENDING = re.compile(r"\.ipynb(\.(txt|json))?$", re.IGNORECASE)
# As in Moodle's download: one folder a student, or, without folders, the same in front of the file's name.
MOODLE = re.compile(r"^(?P<name>.+?)_(?P<number>\d+)_assignsubmission_[a-z]+_?(?P<rest>.*)$")
# As in Canvas's download: the name without blanks, perhaps LATE, the user's number, the file's number, the file's name.
# A text typed in or a link has no file's number; where students are anonymous, a code stands for name and number.
CANVAS = re.compile(r"^(?P<name>[^_]+)_(?P<late>LATE_)?(?P<number>\d+)_(?:\d+_(?P<rest>.+)|(?:text|link)\.html)$")
NAMELESS = re.compile(r"^(?P<late>LATE_)?(?P<name>anon_[^_]+)_\d+_(?P<rest>.+)$")
COPY = re.compile(r"(^|[_\- ])copy[_\- ]of[_\- ]*$", re.IGNORECASE)
OURS = {"exercises", "notebooks", "solutions"}  # folders of the course: no student's name
# What learners write in front of a file's name that is no name of theirs.
WORDS = re.compile(
    r"(my|new|old|final|done|finished|solved|solutions?|answers?|submission|homework|hw|exercise|assignment|v|the)\d*",
    re.IGNORECASE,
)


@dataclass
class Person:
    """Who handed in a file, as its name tells; `name` is as written there, `number` the platform's."""

    name: str
    platform: str = ""
    number: str = ""
    late: bool = False
    rest: str = ""  # the file's own name
    folder: bool = False  # whether a folder's name alone tells it


def slug(name: str) -> str:
    """A name as one part of a path: small letters, digits and ``. - _ @``."""
    kept = re.sub(r"[^\w.@\-]+", "-", unicodedata.normalize("NFC", name).lower()).strip("-._")
    return kept[:60] or "nobody"


def parts(path: str) -> list[str]:
    """The parts of a path from any system, without those that lead elsewhere."""
    return [part for part in PurePosixPath(path.replace("\\", "/")).parts if part not in ("/", "..", ".")]


def loose(stem: str) -> re.Pattern[str]:
    """A pattern for a notebook's name, however its words are joined; ``exam_1`` is not the start of ``exam_10``."""
    words = (re.escape(word) for word in re.split(r"[_\- ]+", stem))
    return re.compile(r"[_\- ]+".join(words) + (r"(?!\d)" if stem[-1].isdigit() else ""), re.IGNORECASE)


def named(path: str, stem: str) -> Person | None:
    """Who the file's own name, or a platform's folder, names for the notebook called `stem`; None when they don't."""
    inner = parts(path)
    for part in inner:
        if found := MOODLE.match(part):
            name = found["name"]
            name += f" {found['number']}" if name.endswith("Participant") else ""  # where students are anonymous
            return Person(name, "moodle", found["number"], rest=found["rest"] or inner[-1])
    name = ENDING.sub("", inner[-1])
    if found := CANVAS.match(name):
        return Person(found["name"], "canvas", found["number"], bool(found["late"]), found["rest"] or name)
    if found := NAMELESS.match(name):
        return Person(found["name"], late=bool(found["late"]), rest=found["rest"])
    if found := loose(stem).search(name):
        student = COPY.sub("", name[: found.start()]).strip("_- .")
        if not all(WORDS.fullmatch(word) for word in re.split(r"[_\-. ]+", student) if word):
            return Person(student, rest=name[found.start() :])
    return None


def _folders(path: str, stem: str) -> tuple[str, ...]:
    """The folders of a path that may have a student's name."""
    return tuple(part for part in parts(path)[:-1] if part.lower() not in OURS and not loose(stem).fullmatch(part))


def owners(paths: list[str], stems: list[str], stem: str) -> dict[str, Person | None]:
    """Who handed in each file, of one download; None where nothing tells.

    A file that names nobody belongs to the outermost folder that can be one student's. A folder is no student's if a
    file in it names somebody else, or if it is the only one at its place and holds several folders with notebooks.

    Args:
        paths: the files' paths in the download.
        stems: the names of all notebooks that may be handed in.
        stem: that of the one which is collected.
    """
    found: dict[str, Person | None] = {}
    shared: set[tuple[str, ...]] = {()}
    inside: dict[tuple[str, ...], set[str]] = {}
    for path in paths:
        about = [person for name in (stem, *stems) if (person := named(path, name))]
        found[path] = about[0] if about else None
        folders = _folders(path, stem)
        for depth in range(1, len(folders) + 1):
            if about and (about[0].platform or ENDING.search(path)) and slug(folders[depth - 1]) != slug(about[0].name):
                shared.add(folders[:depth])
            if not about and ENDING.search(path):
                inside.setdefault(folders[: depth - 1], set()).add(folders[depth - 1])
    for folder in sorted(inside, key=len):
        alone = folder and folder[:-1] in shared and len(inside[folder[:-1]]) == 1
        if alone and len(inside[folder]) > 1:
            shared.add(folder)
    for path, person in found.items():
        if person is None:
            folders = _folders(path, stem)
            own = [depth for depth in range(len(folders)) if folders[: depth + 1] not in shared]
            found[path] = Person(folders[own[0]], rest=ENDING.sub("", parts(path)[-1]), folder=True) if own else None
    return found
