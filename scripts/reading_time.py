"""How long a lesson takes a first reader: ``python -m scripts.reading_time [--write]``.

The rule rests on two readings at B2 English (``reading_time.json``). Reading and trying is so many minutes a word and
so many a line of code, the assignment what its tasks state. The first try took lesson, quiz and assignment together:
it gives how a line weighs against a word. The second read six of today's lessons and estimated lesson and quiz alone:
it gives the size. Figures, predictions and tasks were tried as further terms of the first, and made no lesson that was
left out come out nearer.
``--write`` puts the times into the lessons' heads and the tables of README and guide. Nothing here runs a lesson.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np
from nbformat import NotebookNode

from scripts import quiz_cells, stamp

HOME = Path(__file__).parents[1]
DATA = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
FOLDED = {quiz_cells.TAG}  # what repeats the quiz, for pages that run no code
HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
DEEPER = "deeper"  # the tag of a heading whose section a first reader may leave out


@dataclass(frozen=True)
class Time:
    """Minutes of a lesson's core, of the whole lesson and of its assignment; cells of the core; computing minutes."""

    core: float
    whole: float
    assignment: int
    cells: int
    computing: float


def measure(cells: list[NotebookNode]) -> tuple[int, int]:
    """Words of prose and lines of code that are not empty; the bootstrap cell doesn't count, nor do links' targets."""
    words = lines = 0
    for cell in cells:
        if cell.cell_type == "markdown":
            words += len(re.findall(r"[\w']+", re.sub(r"\]\([^)]*\)", "]", cell.source)))
        elif stamp.TAG not in cell.metadata.get("tags", []):
            lines += sum(bool(line.strip()) for line in cell.source.splitlines())
    return words, lines


def headings(source: str) -> list[re.Match[str]]:
    """The headings of a Markdown cell; lines of code that begin with # are none."""
    return list(HEADING.finditer(re.sub(r"```.*?```", lambda code: " " * len(code.group()), source, flags=re.DOTALL)))


def core_and_deeper(cells: list[NotebookNode]) -> Iterator[tuple[NotebookNode, bool]]:
    """Each cell, and whether a section that it lies in is tagged as deeper; it ends at the next heading as high."""
    level = 0  # of the deeper section's heading; 0 outside
    for cell in cells:
        if cell.cell_type == "markdown" and (found := headings(cell.source)):
            here = len(found[0].group(1))
            if not level or here <= level:
                level = here if DEEPER in cell.metadata.get("tags", []) else 0
        yield cell, bool(level)


def core(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The cells that no deeper section holds."""
    return [cell for cell, deeper in core_and_deeper(cells) if not deeper]


def _together(tried: list[dict]) -> tuple[float, float]:
    """Minutes a word and a line of code, by the least squares of the relative errors in what each lesson took."""
    minutes = np.array([row["minutes"] for row in tried], dtype=float)
    features = np.array([[row["words"], row["lines"]] for row in tried], dtype=float)
    per_word, per_line = np.linalg.lstsq(features / minutes[:, None], np.ones(len(tried)), rcond=None)[0]
    return float(per_word), float(per_line)


def rates(read: list[dict] = DATA["read"]) -> tuple[float, float]:
    """Minutes of reading and trying a word and a line of code: the first try's, scaled to the second's lessons."""
    per_word, per_line = _together(DATA["tried"])
    scale = np.mean([row["minutes"] / (per_word * row["words"] + per_line * row["lines"]) for row in read])
    return float(per_word * scale), float(per_line * scale)


def errors() -> list[float]:
    """For each lesson of the second reading, the relative error in its minutes of the rule scaled to the others."""
    found = []
    for left_out in DATA["read"]:
        per_word, per_line = rates([row for row in DATA["read"] if row is not left_out])
        found.append((per_word * left_out["words"] + per_line * left_out["lines"]) / left_out["minutes"] - 1)
    return found


def lesson_time(path: Path, home: Path = HOME) -> Time:
    """The times of a lesson; `home` holds its assignments, which say a task's minutes above it."""
    cells = [
        cell for cell in nbformat.read(path, as_version=4).cells if not FOLDED & set(cell.metadata.get("tags", []))
    ]
    per_word, per_line = rates()

    def minutes(part: list[NotebookNode]) -> float:
        words, lines = measure(part)
        return per_word * words + per_line * lines

    number = path.name.split("_")[0]
    tasks = [nbformat.read(file, as_version=4) for file in sorted(home.glob(f"exercises/{number}_*/*.ipynb"))]
    said = [cell.source for notebook in tasks for cell in notebook.cells if cell.cell_type == "markdown"]
    assignment = sum(int(found) for text in said for found in re.findall(r"^●+ · (\d+) minutes", text, re.MULTILINE))
    inside = core(cells)
    return Time(minutes(inside), minutes(cells), assignment, len(inside), DATA["computing"].get(number, 0))


def times(home: Path = HOME) -> dict[str, Time]:
    """The times of every lesson, by its number."""
    return {path.name.split("_")[0]: lesson_time(path, home) for path in lessons(home)}


def lessons(home: Path) -> list[Path]:
    """The lessons' notebooks in order."""
    return sorted(home.glob("notebooks/[0-9][0-9]*_*.ipynb"))


def spoken(minutes: float) -> str:
    """Minutes as people say them, to five: "40 min", "2 h 10"."""
    rounded = max(5, 5 * round(minutes / 5))
    hours, rest = divmod(rounded, 60)
    return f"{rest} min" if not hours else f"{hours} h {rest:02}" if rest else f"{hours} h"


def head(time: Time) -> str:
    """The row of a lesson's head that says how long it takes."""
    half = round(2 * time.computing) / 2
    computing = "a minute" if half <= 1 else f"{half:g} minutes"
    reading = spoken(time.core)
    if time.whole - time.core >= 5:
        reading += f" for the core, {spoken(time.whole)} with the deeper sections"
    rest = f"the assignment takes {spoken(time.assignment)} more" if time.assignment else "there is no assignment"
    return f"| Time | {reading}, with {computing} of computing on two CPU cores; {rest} |"


def total(every: dict[str, Time]) -> str:
    """The sentences of the README that say how long the course takes."""
    core_hours, whole, tasks = (
        round(sum(getattr(time, part) for time in every.values()) / 60) for part in ("core", "whole", "assignment")
    )
    mean = 100 * float(np.mean(np.abs(errors())))
    return (
        f"**How long it takes.** For a first reader at B2 English who is new to the field: about {core_hours} hours "
        f"for the core path through all lessons with their quizzes, about {whole} for everything in them. The "
        f"assignments state about {tasks} more. `python -m scripts.reading_time` estimates it from words and lines of "
        "code. It rests on one try of the first version and on six lessons of today whose minutes readers estimated "
        f"section by section; against such an estimate that it was not fitted to, it was off by {mean:.0f}% on average."
    )


def written(home: Path = HOME) -> dict[Path, str]:
    """What the files should say: the lessons' heads, the README's table and sentences, the guide's table."""
    every, texts = times(home), {}
    for path in lessons(home):
        notebook = nbformat.read(path, as_version=4)
        row = head(every[path.name.split("_")[0]])
        first = notebook.cells[0]
        first.source = re.sub(r"^\| Time \|.*\|$", row, first.source, flags=re.MULTILINE)
        texts[path] = nbformat.writes(notebook) + "\n"
    readme = home / "README.md"
    lines = readme.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if re.match(r"\| \d\d\w? \|", line) and (time := every.get(cells[0])):
            exercise = re.sub(r" \([^()]*\)$", "", cells[-1])
            computing = f"{max(1, round(time.computing))} min"
            cells[3:] = [computing, spoken(time.core), spoken(time.whole), f"{exercise} ({spoken(time.assignment)})"]
            lines[number] = f"| {' | '.join(cells)} |"
        elif line.startswith("**How long it takes.**"):
            lines[number] = total(every)
    texts[readme] = "\n".join(lines) + "\n"
    guide = home / "docs" / "instructor_guide.md"
    texts[guide] = re.sub(
        r"^\| (\d\d[a-z]?) (.*?) \| [–\d]+ \| [–\d]+ \|(?= [–\d]+ \| [–\d]+ \|)",
        lambda row: _planned(row[1], row[2], every),
        guide.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    return texts


def _planned(number: str, name: str, every: dict[str, Time]) -> str:
    """The beginning of a row of the instructor's table: minutes of the core and of the whole lesson, to five."""
    time = every.get(number)  # a second assignment has no lesson of its own
    minutes = [max(5, 5 * round(part / 5)) for part in (time.core, time.whole)] if time else ["–", "–"]
    return f"| {number} {name} | {minutes[0]} | {minutes[1]} |"


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.reading_time", description="How long do lessons take?")
    parser.add_argument("--write", action="store_true", help="write the times into lessons and README")
    if parser.parse_args(arguments).write:
        for path, text in written().items():
            path.write_text(text, encoding="utf-8")
    every = times()
    print(f"{'lesson':7}{'core':>9}{'cells':>7}{'whole':>9}{'assignment':>12}{'computing':>11}")
    for number, time in every.items():
        figures = f"{spoken(time.core):>9}{time.cells:>7}{spoken(time.whole):>9}{spoken(time.assignment):>12}"
        print(f"{number:7}{figures}{time.computing:>7.1f} min")
    print(total(every).replace("**", ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
