"""The glossary and its links: ``python -m scripts.glossary``, behind ``make glossary``.

The terms lie in ``assets/glossary.json``: a row has the ``term``, other spellings of it (``also``), its ``text``, and
the ``lesson`` that explains it. ``says`` are some words of the sentence that explains it there; a term without them
stands in a heading of that lesson or in bold. From them and the lessons this makes two things, as often as you like
with the same result: the first use of each term in the course becomes a link to the glossary, and ``docs/glossary.md``
is written, where each term leads to the section that explains it. With ``--check`` nothing is written.
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_utils import data
from scripts import quiz_cells

PAGE = Path("docs/glossary.md")
PRIMER = "00b_"  # who leaves this lesson out should meet the links elsewhere, so its uses count last
HEAD = """# Glossary

The words of the course, each in a sentence or two. The link behind a term leads to the section that explains it; in the
lessons, the first use of a term leads here. `make glossary` makes this page and those links again.
"""
# What is no prose: code, links and pictures, HTML, headings.
NO_PROSE = re.compile(
    r"```.*?```|`[^`\n]*`|!?\[[^\]]*\]\([^)]*\)|<summary>.*?</summary>|<[^>\n]*>|^#.*?$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Term:
    """A word of the course; `spellings` are what to look for in the lessons, the first one included."""

    name: str
    also: tuple[str, ...]
    lesson: str
    text: str
    says: str = ""

    @property
    def anchor(self) -> str:
        """The anchor that GitHub gives to the term's heading."""
        return re.sub(r"[^\w -]", "", self.name.lower()).replace(" ", "-")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the term or another spelling of it, as whole words."""
        spellings = sorted({self.name, *self.also}, key=len, reverse=True)
        wanted = "|".join(re.escape(s).replace(r"\ ", r"\s") for s in spellings)
        return re.compile(rf"(?<![\w-])(?:{wanted})(?![\w-])", 0 if self.name.isupper() else re.IGNORECASE)


def terms() -> list[Term]:
    """The terms in the order of the page."""
    text = resources.files("course_utils").joinpath("assets/glossary.json").read_text(encoding="utf-8")
    rows = json.loads(text)
    return [Term(row["term"], tuple(row["also"]), row["lesson"], row["text"], row.get("says", "")) for row in rows]


def find(text: str, term: Term) -> tuple[int, int] | None:
    """Where a term stands first in the prose of a Markdown text; `term` in backticks counts, other code does not."""

    def blank(found: re.Match[str]) -> str:
        alone = found.group()[0] == "`" and term.pattern.fullmatch(found.group().strip("`"))
        return found.group() if alone else re.sub(r"[^\n]", " ", found.group())

    found = term.pattern.search(NO_PROSE.sub(blank, text))
    if found is None:
        return None
    in_code = text[: found.start()].endswith("`") and text[found.end() :].startswith("`")
    return found.start() - in_code, found.end() + in_code


def read_lessons(folder: Path) -> dict[str, NotebookNode]:
    """The lessons of a folder by file name, in order."""
    paths = sorted(folder.glob("[0-9][0-9]*_*.ipynb"))
    return {path.name: nbformat.read(path, as_version=4) for path in paths}


def _prose(cell: NotebookNode) -> bool:
    """Whether a cell is text of the lesson; the quiz's folded text is made from the bank."""
    return cell.cell_type == "markdown" and quiz_cells.TAG not in cell.metadata.get("tags", [])


def link(lessons: dict[str, NotebookNode], term: Term) -> bool:
    """Makes the first use of a term in the lessons a link to the glossary; False when no lesson uses the term.

    A link of the term that stands elsewhere, because an earlier use was written since, becomes plain text again.
    """
    target = f"../docs/glossary.md#{term.anchor}"
    old = re.compile(rf"\[([^\]]*)\]\({re.escape(target)}\)")
    order = sorted(lessons, key=lambda name: (name.startswith(PRIMER), name))
    cells = [cell for name in order for cell in lessons[name].cells if _prose(cell)]
    for cell in cells:
        cell.source = old.sub(r"\1", cell.source)
    for cell in cells:
        place = find(cell.source, term)
        if place:
            start, end = place
            cell.source = f"{cell.source[:start]}[{cell.source[start:end]}]({target}){cell.source[end:]}"
            return True
    return False


def plain(text: str) -> str:
    """A Markdown text as it is read: without links' targets, marks of code, bold and italic, on one line."""
    return " ".join(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).translate(str.maketrans("", "", "*`_>")).split())


def sections(notebook: NotebookNode) -> list[tuple[str, str]]:
    """Heading and prose of each section, in order; what stands above the first heading of the second level is none."""
    found: list[tuple[str, str]] = []
    for cell in notebook.cells:
        if not _prose(cell):
            continue
        for part in re.split(r"^(?=##+ )", cell.source, flags=re.MULTILINE):
            title = re.match(r"##+ (.+)", part)
            if title:
                found.append((title.group(1).strip(), part))
            elif found:
                found[-1] = found[-1][0], f"{found[-1][1]}\n\n{part}"
    return found


def explained(lessons: dict[str, NotebookNode], term: Term) -> tuple[str, str] | None:
    """File and heading of the section that explains a term, or None where its lesson does not.

    That is the section with the words that the glossary quotes of it. Without such words it is the first section of the
    term's lesson with the term in its heading, else the first that has it in bold.
    """
    for name, notebook in lessons.items():
        if not name.startswith(f"{term.lesson}_"):
            continue
        parts = sections(notebook)
        ways = [lambda heading, text: plain(term.says) in plain(text)]
        if not term.says:
            ways = [
                lambda heading, text: term.pattern.search(heading),
                lambda heading, text: any(map(term.pattern.search, re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL))),
            ]
        for way in ways:
            if found := next((heading for heading, text in parts if way(heading, text)), None):
                return name, found
    return None


def page(lessons: dict[str, NotebookNode]) -> str:
    """The text of the glossary; a term whose lesson is not written yet has no link."""
    lines = [HEAD]
    for term in terms():
        place = explained(lessons, term)
        where = f"Lesson {term.lesson}, planned."
        if place:
            name, heading = place
            anchor = heading.replace("`", "").replace(" ", "-").replace("(", "%28").replace(")", "%29")
            where = f"Lesson [{term.lesson}, {heading}](../notebooks/{name}#{anchor})."
        lines.append(f"## {term.name}\n\n{term.text} *{where}*\n")
    return "\n".join(lines)


def update(lessons: dict[str, NotebookNode]) -> tuple[str, list[str]]:
    """Links the terms in the lessons (changes them) and gives the glossary's page and what is wrong, as sentences."""
    problems = []
    written = {name.partition("_")[0] for name in lessons}
    for term in terms():
        link(lessons, term)  # a term that stands in headings alone can't be linked
        if term.lesson in written and not explained(lessons, term):
            how = f"{term.says!r} stands nowhere there" if term.says else "it is in no heading and nowhere in bold"
            problems.append(f"Lesson {term.lesson} does not explain {term.name!r}: {how}.")
    return page(lessons), problems


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.glossary", description="Link terms, write the page.")
    parser.add_argument("--check", action="store_true", help="write nothing, say what is out of date")
    check = parser.parse_args(arguments).check
    folder = Path("notebooks")
    lessons = read_lessons(folder)
    before = {name: nbformat.writes(notebook) for name, notebook in lessons.items()}
    text, problems = update(lessons)
    stale = [folder / name for name, notebook in lessons.items() if nbformat.writes(notebook) != before[name]]
    stale += [PAGE] if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text else []
    if check:
        problems += [f"{path} is out of date: run `make glossary`." for path in stale]
    else:
        for path in stale:
            data.write_text(path, text if path == PAGE else nbformat.writes(lessons[path.name]) + "\n")
            print(f"{path} written")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
