"""The page of the symptom index: ``python -m scripts.symptoms_page`` writes ``docs/symptoms.md`` from the entries.

It checks ``assets/symptoms.json`` against a schema and finds the sections of the lessons by their titles, so that a
section may get another number. With ``--check`` nothing is written. Whether an entry is true is not for this file:
``tests/test_symptoms.py`` makes each symptom appear.
"""

import argparse
import json
import re
import sys
from importlib import resources
from pathlib import Path

import jsonschema
from nbformat import NotebookNode

from course_utils import data, faults
from course_utils.symptoms import KINDS, Symptom, symptoms
from scripts.glossary import read_lessons

PAGE = Path("docs/symptoms.md")
HEAD = """# Symptoms, and what they mean

Something looks wrong: an error, a curve, an answer. Find it here, or search from a terminal with your own words or with
the last lines of the error:

```
python -m course_utils.symptoms "after fine-tuning it never stops writing"
```

Each entry names the likely causes, the likeliest first. Each cause comes with a check, so that you know before you
change anything. The messages are those of the versions in `requirements.txt`; older versions print some in other
words. Where the course's small model can show a symptom, a test makes it appear. Where it can't, the entry says so. The
reports are public threads of people who met the symptom, most of them with older versions.

In the checks, `trainer` is your trainer and `batch` one of its batches. `xray` and `batch_of` come from
`course_utils.xray`, `diagnose` from `course_utils.diagnose`, `audit` from `course_utils.audit`, `packing_report` and
`isolation_error` from `course_utils.packing`, `probe_accuracy` and `grade_description` from `course_utils.evaluate`.
"""

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT, "uniqueItems": True}
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "kind", "title", "looks", "words", "causes", "lessons", "reports"],
        "properties": {
            "id": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
            "kind": {"enum": list(KINDS)},
            "title": TEXT,
            "looks": TEXT,
            "prints": TEXTS | {"minItems": 1},
            "patterns": TEXTS | {"minItems": 1, "items": TEXT | {"format": "regex"}},
            "words": TEXTS | {"minItems": 1},
            "causes": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["cause", "check", "remedy"],
                    "properties": {"cause": TEXT, "check": TEXT, "remedy": TEXT},
                },
            },
            "lessons": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["lesson", "section"],
                    "properties": {"lesson": {"type": "string", "pattern": "^[0-9]{2}$"}, "section": TEXT},
                },
            },
            "gallery": TEXTS | {"items": {"type": "string", "pattern": "^[0-9]{2}/[a-z-]+$"}},
            "reports": TEXTS | {"items": {"type": "string", "pattern": r"^[\w.-]+/[\w.-]+#[0-9]+$"}, "minItems": 1},
            "not_here": TEXT,
        },
        "dependentRequired": {"prints": ["patterns"]},
    },
}


def check_rows(rows: list[dict]) -> list[str]:
    """What is wrong with the rows of ``symptoms.json``, as sentences."""
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    problems = []
    for error in validator.iter_errors(rows):
        name = rows[error.path[0]].get("id", error.path[0]) if error.path else "the file"
        problems.append(f"{name}: {error.message[:150]}")
    names = [row.get("id") for row in rows]
    problems += [f"{name}: two entries have this id." for name in {n for n in names if names.count(n) > 1}]
    return problems


def sections(notebook: NotebookNode) -> dict[str, str]:
    """The headings of a lesson by their titles, which are without the number."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    headings = re.findall(r"^##+ (.+?)\s*$", text, re.MULTILINE)
    return {re.sub(r"^\d+ · ", "", heading): heading for heading in headings}


def places(symptom: Symptom, lessons: dict[str, NotebookNode]) -> list[str]:
    """Links to where the course shows a symptom. Raises ValueError for a section that no lesson has."""
    links = []
    for lesson, title in symptom.lessons:
        file = next((name for name in lessons if name.startswith(lesson)), None)
        heading = sections(lessons[file]).get(title) if file else None
        if heading is None:
            raise ValueError(f"{symptom.id}: lesson {lesson} has no section {title!r}.")
        anchor = heading.replace("`", "").replace(" ", "-").replace("(", "%28").replace(")", "%29")
        links.append(f"[{lesson}, {heading}](../notebooks/{file}#{anchor})")
    galleries: dict[str, list[str]] = {}
    for case in symptom.gallery:
        lesson, cause = case.split("/")
        if cause not in faults.CAUSES:
            raise ValueError(f"{symptom.id}: the fault gallery has no cause {cause!r}.")
        galleries.setdefault(lesson, []).append(f"`{cause}`")
    links += [f"the fault gallery of {lesson} ({', '.join(causes)})" for lesson, causes in galleries.items()]
    return links


def entry(symptom: Symptom, lessons: dict[str, NotebookNode]) -> str:
    """An entry as Markdown."""
    lines = [f'<a id="{symptom.id}"></a>', f"### {symptom.title}", "", symptom.looks, ""]
    if symptom.prints:
        lines += ["```text", *symptom.prints, "```", ""]
    for number, cause in enumerate(symptom.causes, 1):
        lines += [f"{number}. {cause.cause}", f"   - *Check:* {cause.check}", f"   - *Do:* {cause.remedy}"]
    lines.append("")
    if found := places(symptom, lessons):
        lines += [f"In the course: {'; '.join(found)}.", ""]
    links = (f"[{report}](https://github.com/{report.replace('#', '/issues/')})" for report in symptom.reports)
    lines += [f"Reports: {', '.join(links)}.", ""]
    if symptom.not_here:
        lines += [f"*Not reproduced here. {symptom.not_here}*", ""]
    return "\n".join(lines)


def page(lessons: dict[str, NotebookNode]) -> str:
    """The text of the page. Raises ValueError for a place in the course that doesn't exist."""
    parts = [HEAD]
    for kind, title in KINDS.items():
        titles = [f"- [{symptom.title}](#{symptom.id})" for symptom in symptoms() if symptom.kind == kind]
        parts.append("\n".join([f"**{title}**", "", *titles, ""]))
    for kind, title in KINDS.items():
        parts.append(f"## {title}\n")
        parts += [entry(symptom, lessons) for symptom in symptoms() if symptom.kind == kind]
    return "\n".join(parts).rstrip() + "\n"


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.symptoms_page", description="Write docs/symptoms.md.")
    parser.add_argument("--check", action="store_true", help="write nothing, say what is out of date")
    check = parser.parse_args(arguments).check
    rows = json.loads(resources.files("course_utils").joinpath("assets/symptoms.json").read_text(encoding="utf-8"))
    problems = check_rows(rows)
    try:
        text = "" if problems else page(read_lessons(Path("notebooks")))
    except ValueError as error:
        problems, text = [str(error)], ""
    if text and check and PAGE.read_text(encoding="utf-8") != text:
        problems = [f"{PAGE} is out of date: run `python -m scripts.symptoms_page`."]
    elif text and not check:
        data.write_text(PAGE, text)
        print(f"{PAGE} written: {len(symptoms())} entries")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
