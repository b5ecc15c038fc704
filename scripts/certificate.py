"""A page about one's own work: ``python -m scripts.certificate [--name NAME]``, behind ``make certificate``.

It reads what the learner's own runs left: the checks in the saved exercises, the lines measured in the lessons, and
the guesses. It says what that shows and what it doesn't. Nothing is run, and nothing leaves the machine.
"""

import argparse
import html
import re
import sys
from pathlib import Path

import nbformat

from course_utils import data, kept, predictions, table
from scripts import progress

OUT = Path("build/certificate.html")
SHOWS = (
    "These checks printed ✓ in the saved notebooks, and these answers of the quizzes were right.",
    "These lines were measured in lessons that ran to their end on this machine, with these outcomes.",
    "The guesses were made before the outcome was shown, and the first guess at each question counts.",
)
SHOWS_NOT = (
    "Who did the work, and with what help: solutions and keys are public, and anybody can edit this page.",
    "That a fine-tune of one's own, on other data and a larger model, would succeed. The capstone is nearer to that.",
    "Marks. A teacher's exam is drawn anew for each learner, and graded where the notebook can't reach.",
)
STYLE = """body { font: 17px/1.6 system-ui, sans-serif; margin: 2rem auto; max-width: 46rem; padding: 0 1rem }
:root { color-scheme: light dark } table { border-collapse: collapse; width: 100% }
.wide { overflow-x: auto; margin: 1.5rem 0 }
td, th { border-top: 1px solid #8886; padding: .2rem .6rem } td + td { white-space: nowrap !important }
@media (max-width: 40rem) { body { font-size: 14px; margin: 1rem auto }
h1 { font-size: 1.4rem } td, th { padding: .2rem } }
@media print { body { margin: 0 } }"""


def _title(path: Path) -> str:
    """The title of an exercise, from its first heading; its file's name where it can't be read."""
    try:
        found = re.search(r"^# (.+?)(: exercise)?$", nbformat.read(path, as_version=4).cells[0].source, re.MULTILINE)
    except Exception:  # progress says what is wrong with it
        found = None
    return found[1] if found else path.stem.replace("_", " ")


def lines(folder: Path = Path("exercises")) -> list[dict[str, str]]:
    """A line for each lesson: checks, quiz, lines measured by verdict, guesses.

    Raises:
        ValueError: a file of the learner's can't be read, in a sentence that names it.
    """
    measured = kept.read("claims", {})
    guesses = predictions.kept()
    rows = []
    for path in sorted(folder.glob("[0-9][0-9]*/*.ipynb")):
        done, lesson = progress.read(path), path.name.split("_")[0]
        counts = {mark: count for mark, count in measured.get(lesson, {}).items() if count}
        mine = [one for one in guesses if one.id.split("-")[0] == lesson]
        rows.append(
            {
                "lesson": _title(path),
                "checks": f"{done.passed} of {done.tasks}",
                "quiz": f"{done.right} of {done.questions}" if done.questions else "–",
                "lines measured": " ".join(f"{count} {mark}" for mark, count in counts.items()) or "–",
                "guesses right": f"{sum(bool(one.hit) for one in mine)} of {len(mine)}" if mine else "–",
            }
        )
    return rows


def page(name: str) -> str:
    """The certificate as one HTML page; raises ValueError as `lines` does."""
    owner = f" of {html.escape(name)}" if name else ""
    parts = [
        f"<h1>Supervised fine-tuning, measured: the work{owner}</h1>",
        f"<div class='wide'>{table.as_html(lines())}</div>",
    ]
    parts.append(f"<p><b>How sure, and how often right.</b> {html.escape(predictions.score(predictions.kept()))}</p>")
    for title, sentences in (("What this shows", SHOWS), ("What it does not show", SHOWS_NOT)):
        parts.append(f"<h2>{title}</h2><ul>{''.join(f'<li>{html.escape(text)}</li>' for text in sentences)}</ul>")
    head = "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
    return f"{head}<title>What I have done</title><style>{STYLE}</style>{''.join(parts)}</html>\n"


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.certificate", description="A page about one's own work.")
    parser.add_argument("--name", default="", help="the name on the page; none when it is left out")
    try:
        data.write_text(OUT, page(parser.parse_args(arguments).name))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"The page is {OUT}: open it in a browser, and print it if you like.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
