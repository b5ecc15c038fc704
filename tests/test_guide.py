"""The documents for teachers say of the lessons what the lessons say of themselves, and their links lead somewhere."""

import re
from urllib.parse import unquote

import nbformat
import pytest
from assignments import ROOT, SOLUTIONS
from test_notebooks import anchors

GUIDE = (ROOT / "docs" / "instructor_guide.md").read_text(encoding="utf-8")
LESSONS = {path.name.partition("_")[0]: path for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]*_*.ipynb"))}
ASSIGNMENTS = {path.name.split("_")[0]: path for path in SOLUTIONS}  # "06", and "06b" for a second one
TIMES = {
    row.split()[0]: [cell.strip() for cell in row.split("|")][2:5]
    for row in re.findall(r"^\| (\d\d[a-z]? .*)\|$", GUIDE.split("## One day")[0], re.MULTILINE)
}


def minutes_of_the_assignment(path) -> tuple[int, int]:
    """Minutes and points, added up over the tasks in the first cell of an assignment."""
    table = nbformat.read(path, as_version=4).cells[0].source
    rows = re.findall(r"\| *●+ *\| *(\d+) *\| *(\d+) *\|", table)
    return sum(int(minutes) for minutes, _ in rows), sum(int(points) for _, points in rows)


def test_the_guide_lists_every_lesson():
    assert {number for number in TIMES if number.isdigit()} == {name for name in LESSONS if name.isdigit()}


@pytest.mark.parametrize("lesson", ASSIGNMENTS)
def test_the_minutes_of_an_assignment_are_its_own(lesson):
    minutes, points = minutes_of_the_assignment(ASSIGNMENTS[lesson])
    assert TIMES[lesson][1:] == [str(minutes), str(points)], (
        f"the guide's table should give assignment {lesson} {minutes} minutes and {points} points"
    )


def test_the_weeks_add_up():
    for row in re.findall(r"^\| \d \|.*$", GUIDE, re.MULTILINE):
        home, said = [cell.strip() for cell in row.split("|")][4:6]
        lessons = re.findall(r"\d\d[a-z]?", home.split(";")[0])
        known = [int(TIMES[lesson][1]) for lesson in lessons if TIMES[lesson][1].isdigit()]
        assert int(said.split()[0]) == sum(known), f"the week with {home!r} takes {sum(known)} minutes"


def test_the_sections_it_names_exist():
    named = set(re.findall(r"(\d\d) §(\d+)", GUIDE))
    assert len(named) > 30
    for lesson, section in sorted(named):
        if lesson in LESSONS:
            text = "\n".join(cell.source for cell in nbformat.read(LESSONS[lesson], as_version=4).cells)
            assert re.search(rf"^## {section} · ", text, re.MULTILINE), f"lesson {lesson} has no section {section}"


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_links_of_the_documents_lead_somewhere(name):
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", (ROOT / "docs" / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)[^)]*\)", prose):
        if not re.match(r"[a-z]+:", link):
            file, _, anchor = unquote(link).partition("#")
            target = ROOT / "docs" / file
            assert target.exists(), f"{name} links to {link}, which does not exist"
            assert not anchor or target.suffix != ".ipynb" or anchor in anchors(target), f"{link} has no such heading"
