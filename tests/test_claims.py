"""The ledger of claims and the lessons' cells agree."""

import ast
import re
from collections import Counter, defaultdict
from pathlib import Path

import nbformat
import pytest

from course_utils.claims import claims

ROOT = Path(__file__).parents[1]
LESSONS = {path.name.partition("_")[0]: path for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]*_*.ipynb"))}


def tags(cell: nbformat.NotebookNode) -> set[str]:
    return {tag.removeprefix("claim-") for tag in cell.metadata.get("tags", []) if tag.startswith("claim-")}


def expected(source: str) -> list[dict[str, str]]:
    """For each call of expect in a cell, its claim_id, runs and verdict as far as they are given."""
    plain = "\n".join("pass" if re.match(r"\s*[%!]", line) else line for line in source.splitlines())
    calls = [
        node
        for node in ast.walk(ast.parse(plain))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "expect"
    ]
    given = []
    for call in calls:
        words = {word.arg: word.value for word in call.keywords if word.arg in ("claim_id", "runs", "verdict")}
        assert all(isinstance(value, ast.Constant) for value in words.values()), f"write plain strings: {list(words)}"
        given.append({name: value.value for name, value in words.items()})
    return given


def test_the_ledger_is_complete():
    ledger = claims()
    assert [claim.id for claim in ledger] == [f"C{number:02}" for number in range(1, 53)]
    for claim in ledger:
        assert claim.sentence.endswith(".") and claim.measured_by and claim.lessons, claim.id
        assert all(re.fullmatch(r"0\d|10", lesson) for lesson in claim.lessons), claim.id
        assert claim.sources or claim.id == "C31", f"{claim.id} does not say where it comes from"


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_claim_of_a_lesson_has_its_cell(lesson):
    cells = nbformat.read(LESSONS[lesson], as_version=4).cells
    tagged = set().union(*map(tags, cells))
    owed = {claim.id for claim in claims() if lesson in claim.lessons}
    assert tagged == owed, f"not shown: {sorted(owed - tagged)}; tagged but not of this lesson: {sorted(tagged - owed)}"
    assert any(f'what_you_measured("{lesson}")' in cell.source for cell in cells if cell.cell_type == "code")


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_tagged_cell_measures_the_claim_it_names(lesson):
    for number, cell in enumerate(nbformat.read(LESSONS[lesson], as_version=4).cells, 1):
        lines = expected(cell.source) if cell.cell_type == "code" else []
        assert {line["claim_id"] for line in lines if "claim_id" in line} == tags(cell), (
            f"cell {number}: tags and expect(claim_id=...) differ"
        )
        if lines:
            stable = "nbval-check-output" in cell.metadata.get("tags", [])
            assert stable, f"cell {number} calls expect: tag it nbval-check-output, so that its lines are compared"


def test_the_ledgers_verdict_is_the_worst_of_the_claims_lines():
    seen = defaultdict(set)
    for path in LESSONS.values():
        cells = (cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
        for line in (line for source in cells for line in expected(source) if "claim_id" in line):
            seen[line["claim_id"]].add(line.get("verdict", "✓"))
    worst = {name: next(mark for mark in "✗○✓" if mark in marks) for name, marks in seen.items()}
    assert worst == {claim.id: claim.verdict for claim in claims()}


def test_the_readme_counts_the_verdicts_of_the_ledger():
    counts = Counter(claim.verdict for claim in claims())
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    seen = f"{counts['○']} {'was' if counts['○'] == 1 else 'were'} not seen (○)"
    assert f"{counts['✓']} hold here (✓), {counts['✗']} do not hold here (✗), {seen}" in text
