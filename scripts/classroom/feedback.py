"""Shows a student's text as text in the feedback pages, for nbgrader's step that writes them.

A submission may hold any HTML: scripts that would run in the teacher's browser, or headings that look like marks. Here
only the course's own paragraphs stay as they are. Everything else that a student wrote becomes quoted text, and of what
the code put out only plain text and pictures stay. Nothing here knows about marks.
"""

import base64
import binascii
import html
import re
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from scripts.classroom.execute import tidy, titles

PICTURES = ("image/png", "image/jpeg")


def quoted(text: str) -> str:
    """A text as Markdown that shows it letter by letter."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


class PlainText(NbGraderPreprocessor):
    """Takes everything out of a graded copy that a browser would run or that could pass for the teacher's words."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        marks = resources["nbgrader"]
        release = Path("exercises", marks["assignment"], f"{marks['notebook']}.ipynb")
        ours = {cell.source for cell in nbformat.read(release, as_version=4).cells} if release.is_file() else set()
        for cell in nb.cells:
            cell.pop("attachments", None)
            if cell.cell_type != "code" and cell.source not in ours:
                cell.source = quoted(cell.source)
            if cell.cell_type == "raw":
                cell.cell_type = "markdown"
            tidy(cell)
            for output in cell.get("outputs", ()):
                if "data" in output:
                    output.data = NotebookNode(_plain(output.data))
        nb.metadata.pop("widgets", None)
        return nb, resources


def _plain(data: dict[str, Any]) -> dict[str, str]:
    """Of the forms of an output the pictures and the plain text."""
    kept = {}
    for kind in PICTURES:
        try:
            base64.b64decode("".join(str(data.get(kind, "!")).split()), validate=True)
        except (binascii.Error, ValueError):
            continue
        kept[kind] = data[kind]
    return kept or {"text/plain": str(data.get("text/plain", ""))}


def name_tasks(page: Path, assignment: str) -> None:
    """Names the tasks in the list at the head of a page, where nbgrader calls each of them "Test cell".

    Links to nbgrader's own "No response." go; those to a teacher's comment stay.
    """
    (release,) = Path("exercises", assignment).glob("*.ipynb")
    known = {
        cell.metadata.nbgrader.grade_id: " · ".join(titles(cell.source))
        for cell in nbformat.read(release, as_version=4).cells
        if "nbgrader" in cell.metadata
    }
    head, mark, rest = page.read_text(encoding="utf-8").partition('<div id="toc">')
    toc, end, rest = rest.partition("</div>")

    def check(found: re.Match[str]) -> str:
        return f'<a href="#{found[1]}">{html.escape(known.get(found[1]) or found[1])}</a>'

    def comment(found: re.Match[str]) -> str:
        block = rest.partition(f'<a name="comment-{found[1]}"')[2].partition('<a name="')[0]
        name = known.get(f"{found[1]}-check") or found[1]
        return "" if "<p>No response.</p>" in block else f'<li><a href="#comment-{found[1]}">{name}, comment</a></li>'

    toc = re.sub(r'<li><a href="#comment-([^"]+)">Comment</a></li>', comment, toc)
    toc = re.sub(r'<a href="#([^"]+)">Test cell</a>', check, toc)
    style = "<style>td, th { padding: .1em .8em } th { text-align: left }</style>"
    page.write_text(head + style + mark + toc + end + rest, encoding="utf-8")
