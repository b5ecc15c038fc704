"""Lays out what the site is made of: lessons, assignments and pages in one folder, as Sphinx reads them.

The files keep their places, so that their links lead where they lead on GitHub. What differs is said here: a quiz
stands as a form instead of a cell without output and a folded text, a link into the glossary carries the term's text, a
figure its description, the bootstrap cell and the badges of hosted notebooks are left out. This file knows nothing of
Sphinx' settings or of running lessons.
"""

import html
import json
import re
import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from course_utils import predictions, quiz
from scripts import glossary, quiz_cells, reading_time, stamp

HOME = Path(__file__).resolve().parents[2]
LESSONS, ASSIGNMENTS, PAGES = "notebooks/[0-9][0-9]*_*.ipynb", "exercises/[0-9]*/*.ipynb", "docs/**/*.md"
LIVE = "scripts/website/pages/*.md"  # pages that only the site has, in try/
ALONE = ("CHANGELOG.md", "CONTRIBUTING.md", "job/README.md", "course_utils/assets/*/README.md")
# Code that is no part of a link, or a link; code keeps its brackets.
LINK = re.compile(
    r"(?:```.*?```|`[^`\n]*`)|(?<!\\)\[(?P<words>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^()\s]+)\)", re.DOTALL
)
MARK = re.compile(r'<a id="([\w-]+)"></a>')  # how a page names a place that is no heading
BADGE = re.compile(r"\[!\[Open in \w+\]\([^)]*\)\]\([^)]*\)\s*")
ABROAD = re.compile(r"[a-z]+:|#|$")


def slug(anchor: str) -> str:
    """The anchor that the site gives to a heading, from the heading or from the anchor that Jupyter gives to it."""
    return re.sub(r"[^\w -]", "", anchor.lower()).replace(" ", "-")


def _linked(text: str, place: Path, home: Path, folder: Path) -> str:
    """The text with links that lead somewhere on the site; a file that is no page is copied beside the pages."""
    meanings = {term.anchor: term.text for term in glossary.terms()}

    def change(found: re.Match[str]) -> str:
        words, target = found["words"], found["target"]
        if target is None or ABROAD.match(target):
            return found.group()
        path, _, anchor = target.partition("#")
        file = (home / place.parent / path).resolve()
        inside = file.relative_to(home.resolve())
        if not file.exists():
            raise FileNotFoundError(f"{place} links to {inside}, which does not exist")
        if anchor:
            if file.suffix == ".md" and anchor in MARK.findall(file.read_text(encoding="utf-8")):
                return f"[{words}](#{anchor})"
            said = meanings.get(anchor, "").replace('"', "'") if inside.name == "glossary.md" else ""
            return f"[{words}]({path}#{slug(anchor)}" + (f' "{said}")' if said else ")")
        if file.is_dir():
            return words  # a folder is no page
        if file.suffix not in (".md", ".ipynb"):
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / inside)
        return found.group()

    return MARK.sub(r"(\1)=", LINK.sub(change, text))


def quiz_form(lesson: str, folder: Path) -> str:
    """The quiz of a lesson as HTML without a blank line: one fieldset a question, with its reasons hidden."""
    parts = [f'<div class="course-quiz" data-quiz="{lesson}">']
    for number, question in enumerate(quiz.load(lesson), 1):
        parts.append(
            f'<fieldset data-question="{question.id}"><legend>{number}. {quiz.rich(question.question)}</legend>'
        )
        if question.log:
            # a blank line would end the HTML block
            log = html.escape(question.log).replace("\n\n", "\n&#8203;\n")
            parts.append(f'<pre tabindex="0">{log}</pre>')
        if question.picture:
            file, alt = question.picture
            (folder / "_extra" / "quiz").mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / "_extra" / "quiz" / file.name)
            parts.append(f'<img src="../quiz/{file.name}" alt="{html.escape(alt)}">')
        for option in question.options:
            name = f"{question.id}-{option.letter}"
            parts.append(
                f'<div class="option"><input type="radio" name="{question.id}" id="{name}" value="{option.letter}"'
                f' data-correct="{str(option.correct).lower()}"><label for="{name}">{quiz.rich(option.text)}</label>'
                f'<p class="reason" hidden>{quiz.rich(option.reason)}</p></div>'
            )
        parts.append('<p class="verdict" role="status"></p></fieldset>')
    parts.append('<p class="score" role="status"></p><button type="button" class="again">Answer again</button></div>')
    return "\n".join(parts)


def prediction_form(asked: dict, measured: float | str | None) -> str:
    """A prediction as HTML without a blank line: the question, a guess, how sure one is, and what came out, unseen.

    `measured` is None where the stored lesson measured nothing; then the guess can't be compared.
    """
    name = f"predict-{asked['id']}"
    if asked["options"]:
        guess = "".join(
            f'<label><input type="radio" name="{name}" value="{html.escape(option)}"> {html.escape(option)}</label> '
            for option in asked["options"]
        )
    else:
        guess = f'<label>Your guess <input type="number" step="any" name="{name}"></label> '
    shown = "" if measured is None else html.escape(json.dumps(measured))
    band = "".join(f' data-{kind}="{asked[kind]}"' for kind in ("within", "times") if asked[kind] is not None)
    return (
        f'<form class="course-prediction" data-prediction="{asked["id"]}" data-measured="{shown}"{band}>\n'
        f"<fieldset><legend>Predict. {html.escape(asked['question'])}</legend>\n{guess}\n"
        f'<label>How sure, in percent <input type="number" min="0" max="100" name="{name}-sure"></label>\n'
        '<button type="submit">Compare</button>\n<p class="verdict" role="status"></p></fieldset></form>'
    )


CALIBRATION = (
    '<div class="course-calibration" data-lesson="{}"><p role="status"></p>'
    '<button type="button">Forget my guesses in this lesson</button></div>'
)


def _predictions(notebook: NotebookNode) -> dict[str, float | str | None]:
    """What the stored lesson measured for each prediction, by its id."""
    every = [o.data[predictions.MIME] for c in notebook.cells for o in c.get("outputs", []) if _is_prediction(o)]
    return {data["id"]: data["measured"] for data in every if "measured" in data}


def _is_prediction(output: NotebookNode) -> bool:
    return predictions.MIME in output.get("data", {})


def _guessing(cell: NotebookNode, measured: dict[str, float | str | None]) -> list[str]:
    """The forms that stand in the place of a cell's questions and of its calibration; these outputs are taken out."""
    forms = []
    for output in filter(_is_prediction, cell.get("outputs", [])):
        data = output.data[predictions.MIME]
        if "question" in data:
            forms.append(prediction_form(data, measured.get(data["id"])))
        elif "lesson" in data:
            forms.append(CALIBRATION.format(data["lesson"]))
    if forms:
        cell.outputs = [output for output in cell.outputs if not _is_prediction(output)]
    for output in filter(_is_prediction, cell.get("outputs", [])):
        del output.data[predictions.MIME]  # a theme knows no such kind
    return forms


def _cells(notebook: NotebookNode, place: Path, home: Path, folder: Path) -> None:
    kept, measured = [], _predictions(notebook)
    for cell in notebook.cells:
        if {stamp.TAG, quiz_cells.TAG} & set(cell.metadata.get("tags", [])):
            continue
        if cell.cell_type == "code" and (found := re.search(r'show_quiz\("(\w+)"\)', cell.source)):
            cell = new_markdown_cell(quiz_form(found.group(1), folder))
        elif cell.cell_type == "markdown":
            cell.source = _linked(BADGE.sub("", cell.source), place, home, folder)
        for output in cell.get("outputs", []):
            if alt := output.get("metadata", {}).get("image/png", {}).get("alt"):
                cell.metadata["mystnb"] = {"image": {"alt": alt}}
        if forms := _guessing(cell, measured):
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "hide-input"]  # the form says it
        kept += [cell, *map(new_markdown_cell, forms)]
    notebook.cells = kept
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}  # also where it never ran


def lay_out(folder: Path, home: Path, executed: dict[str, NotebookNode] | None = None) -> dict[str, list[Path]]:
    """Writes every page into a new folder; returns their places by chapter, in the order of the site.

    Args:
        folder: where to write; it must not exist yet.
        home: the course's folder.
        executed: lessons as they ran just now, by file name, in the place of the stored ones.

    Raises:
        FileNotFoundError: a page links to a page that does not exist.
    """
    (folder / "_extra").mkdir(parents=True)
    chapters: dict[str, list[Path]] = {}
    for chapter, patterns in {
        "Lessons": (LESSONS,),
        "Try it": (LIVE,),
        "Assignments": (ASSIGNMENTS,),
        "Look things up": (PAGES, *ALONE),
    }.items():
        chapters[chapter] = []
        for file in (file for pattern in patterns for file in sorted(home.glob(pattern))):
            if ".ipynb_checkpoints" in file.parts:
                continue
            place = Path("try", file.name) if patterns == (LIVE,) else file.relative_to(home)
            chapters[chapter].append(place)
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            if file.suffix == ".ipynb":
                # an assignment has its lesson's file name
                fresh = (executed or {}).get(file.name) if chapter == "Lessons" else None
                notebook = nbformat.read(file, as_version=4) if fresh is None else nbformat.from_dict(fresh)
                _cells(notebook, place, home, folder)
                nbformat.write(notebook, folder / place)
            else:
                text = _linked(file.read_text(encoding="utf-8"), place, home, folder)
                (folder / place).write_text(text, encoding="utf-8")
    if (home / "README.md").exists():
        readme = BADGE.sub("", (home / "README.md").read_text(encoding="utf-8"))
        (folder / "README.md").write_text(_linked(readme, Path("README.md"), home, folder), encoding="utf-8")
    return chapters


def title(lesson: Path) -> str:
    """The first heading of a notebook."""
    cells = nbformat.read(lesson, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.search(r"^# (.+)$", text, re.MULTILINE).group(1)


def minutes(home: Path) -> dict[str, str]:
    """How long each lesson takes, for the contents: {"notebooks/04_….ipynb": "core 40 min, whole 1 h 25"}."""
    said = {}
    for path in reading_time.lessons(home):
        time = reading_time.lesson_time(path, home)
        core, whole = reading_time.spoken(time.core), reading_time.spoken(time.whole)
        said[path.relative_to(home).as_posix()] = core if core == whole else f"core {core}, whole {whole}"
    return said
