"""Lessons without a claim of the ledger: each of their lines fails in some world, and all hold in a true one.

``LINES`` of ``tests/counter_cases/NN.py`` names a cell by a piece of its source, and gives a world in which its lines
hold and others in which one fails. A world is the variables that the cell reads; the lesson's own lines judge.
"""

import importlib.util
from pathlib import Path

import nbformat
import pytest

from course_utils import claims

ROOT = Path(__file__).parents[1]
LESSONS = ("11", "12", "13")


def _lines() -> dict[tuple[str, str], tuple[dict, dict]]:
    found = {}
    for lesson in LESSONS:
        path = ROOT / "tests" / "counter_cases" / f"{lesson}.py"
        spec = importlib.util.spec_from_file_location(f"lines_{lesson}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found |= {(lesson, key): worlds for key, worlds in module.LINES.items()}
    return found


WORLDS = _lines()


def judges(lesson: str) -> list[str]:
    """The cells of a lesson that judge: those whose output the tests compare."""
    (path,) = (ROOT / "notebooks").glob(f"{lesson}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if "nbval-check-output" in cell.metadata.get("tags", [])]


def verdicts(lesson: str, key: str, world: dict, monkeypatch) -> list[str]:
    """The verdict of each line of the cell that holds `key`, in a world."""
    (judge,) = (source for source in judges(lesson) if key in source)
    monkeypatch.setattr(claims, "_measured", {})
    monkeypatch.delenv("COURSE_PROFILE", raising=False)
    names = world | {"expect": claims.expect, "__name__": "a_lesson"}
    exec(compile(judge, f"lesson {lesson}, {key}", "exec"), names)
    return [line.verdict for line in claims._measured.values()]


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_cell_of_lines_has_its_worlds(lesson):
    keys = [key for number, key in WORLDS if number == lesson]
    cells = judges(lesson)
    assert [sum(key in source for key in keys) for source in cells] == [1] * len(cells)


@pytest.mark.parametrize(("lesson", "key"), WORLDS)
def test_in_the_true_world_all_lines_hold(lesson, key, monkeypatch):
    assert set(verdicts(lesson, key, WORLDS[lesson, key][0], monkeypatch)) == {claims.HOLDS}


@pytest.mark.parametrize(
    ("lesson", "key", "name"), [(*place, name) for place, (_, others) in WORLDS.items() for name in others]
)
def test_in_another_world_a_line_fails(lesson, key, name, monkeypatch):
    true, others = WORLDS[lesson, key]
    assert set(others[name]) <= set(true), f"{name!r} changes what the true world lacks"
    assert claims.FAILS in verdicts(lesson, key, true | others[name], monkeypatch)


@pytest.mark.parametrize(("lesson", "key"), WORLDS)
def test_every_line_fails_in_some_world(lesson, key, monkeypatch):
    true, others = WORLDS[lesson, key]
    found = [verdicts(lesson, key, true | changes, monkeypatch) for changes in others.values()]
    assert all(claims.FAILS in line for line in zip(*found, strict=True)), "a line of this cell holds in every world"
