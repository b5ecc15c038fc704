"""How long lessons take: the rule, the core, and that lessons and README say what it says."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from scripts import reading_time
from scripts.reading_time import core, measure, rates, spoken


def heading(text: str, deeper: bool = False) -> nbformat.NotebookNode:
    return new_markdown_cell(text, metadata={"tags": ["deeper"] if deeper else []})


def test_the_core_leaves_out_a_deeper_section_up_to_the_next_heading_as_high():
    cells = [
        heading("# Lesson"),
        heading("## 1 · Core"),
        heading("### Aside", deeper=True),
        new_code_cell("aside"),
        heading("### Core again"),
        heading("## 2 · Deep", deeper=True),
        heading("### Inside"),
        new_code_cell("deep"),
        heading("## 3 · Core"),
        new_code_cell("core"),
    ]
    assert [cell.source for cell in core(cells)] == ["# Lesson", "## 1 · Core", "### Core again", "## 3 · Core", "core"]


def test_words_and_lines_are_those_that_are_read():
    bootstrap = new_code_cell("one\ntwo", metadata={"tags": ["bootstrap"]})
    cells = [new_markdown_cell("Two [words](https://a.b/c-d)"), new_code_cell("a = 1\n\nb = 2"), bootstrap]
    assert measure(cells) == (2, 2)


def test_the_rule_fits_the_lessons_that_were_read():
    per_word, per_line = rates()
    said = sum(per_word * row["words"] + per_line * row["lines"] for row in reading_time.DATA["read"])
    assert said == pytest.approx(sum(row["minutes"] for row in reading_time.DATA["read"]), rel=0.1)


def test_the_rates_follow_the_data():
    slower = [row | {"minutes": 2 * row["minutes"]} for row in reading_time.DATA["read"]]
    assert rates(slower) == pytest.approx([2 * rate for rate in rates()])


def test_minutes_as_people_say_them():
    assert [spoken(minutes) for minutes in (1, 42, 60, 129, 65)] == ["5 min", "40 min", "1 h", "2 h 10", "1 h 05"]


def test_lessons_and_readme_say_the_times_of_the_rule():
    stale = [path.name for path, text in reading_time.written().items() if path.read_text(encoding="utf-8") != text]
    assert not stale, "run python -m scripts.reading_time --write"


def test_every_lesson_has_a_computing_time():
    assert {path.name.split("_")[0] for path in reading_time.lessons(reading_time.HOME)} <= set(
        reading_time.DATA["computing"]
    )
