"""Each claim could have come out otherwise: its own cell, run in worlds where it is false, doesn't print ✓.

``tests/counter_cases/NN.py`` holds the worlds of a lesson's claims. A world is the variables that the cells tagged
``claim-Cxx`` read. ``TRUE`` is a world in which the claim holds, with all of these variables; the others change some of
them: nothing was trained, the two arms are swapped, a remedy is without effect. The lines of the lesson itself judge.
"""

import importlib.util
from pathlib import Path

import nbformat
import pytest

from course_utils import claims as ledger

ROOT = Path(__file__).parents[1]
LESSONS = {path.name.partition("_")[0]: path for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]*_*.ipynb"))}
TRUE = "TRUE"


def _cases() -> dict[tuple[str, str], dict[str, dict]]:
    """The worlds of each claim of each lesson: {(lesson, claim): {name of a world: its variables}}."""
    found = {}
    for path in sorted((ROOT / "tests" / "counter_cases").glob("[0-9][0-9].py")):
        spec = importlib.util.spec_from_file_location(f"counter_cases_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found |= {(path.stem, claim): worlds for claim, worlds in module.CASES.items()}
    return found


CASES = _cases()


def verdict(lesson: str, claim: str, world: dict, monkeypatch) -> str:
    """The verdict that the lesson's own lines give on a claim in a world."""
    monkeypatch.setattr(ledger, "_measured", {})
    monkeypatch.delenv("COURSE_PROFILE", raising=False)
    names = world | {"expect": ledger.expect, "__name__": "a_lesson"}
    cells = nbformat.read(LESSONS[lesson], as_version=4).cells
    tagged = [cell for cell in cells if f"claim-{claim}" in cell.metadata.get("tags", [])]
    assert tagged, f"lesson {lesson} has no cell tagged claim-{claim}"
    for cell in tagged:
        exec(compile(cell.source, f"lesson {lesson}, {claim}", "exec"), names)
    return ledger.verdict_of(line for line in ledger._measured.values() if line.claim_id == claim)


@pytest.mark.parametrize(("lesson", "claim"), CASES)
def test_in_a_world_where_it_is_true_the_lesson_says_so(lesson, claim, monkeypatch):
    assert verdict(lesson, claim, CASES[lesson, claim][TRUE], monkeypatch) == ledger.HOLDS


@pytest.mark.parametrize(
    ("lesson", "claim", "name"),
    [(*key, name) for key, worlds in CASES.items() for name in worlds if name != TRUE],
)
def test_in_a_world_where_it_is_false_the_lesson_withholds_its_tick(lesson, claim, name, monkeypatch):
    worlds = CASES[lesson, claim]
    unknown = set(worlds[name]) - set(worlds[TRUE])
    assert not unknown, f"{name!r} changes what the true world lacks: {unknown}"
    assert verdict(lesson, claim, worlds[TRUE] | worlds[name], monkeypatch) != ledger.HOLDS


def test_every_claim_has_a_world_in_which_it_is_false():
    assert all(len(worlds) >= 2 for worlds in CASES.values())
    without = {claim.id for claim in ledger.claims()} - {claim for _, claim in CASES}
    assert not without, f"no counter-case for {', '.join(sorted(without))}"
