"""The core path: sections that go deeper are marked, and a learner can leave all of them out.

A section is named by the heading that begins a Markdown cell, and reaches to the next heading of its level or a higher
one. That a core cell needs no deeper one is read from the syntax tree: of each name that a core cell reads, the cell
that bound it last has to be core too. A name that the core cell binds itself
counts as its own, and a dictionary that a deeper cell only *fills* is not noticed.
"""

import symtable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from scripts import quiz_cells
from scripts.reading_time import core_and_deeper, headings

LESSONS = sorted((Path(__file__).parents[1] / "notebooks").glob("[0-9]*.ipynb"))
NOT_YET: set[str] = set()  # lessons whose sections are not marked yet
MARKED = [path for path in LESSONS if path.name.split("_")[0] not in NOT_YET]
LINE = "> **Deeper.** You can leave this section out; nothing later on the core path needs it."
MOST_CORE_CELLS = 60


def names(source: str) -> tuple[set[str], set[str], set[str]]:
    """The names that a cell reads from outside itself, those that it binds, and which of these by an import alone."""
    top = symtable.symtable(source, "cell", "exec")
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    imported = {s.get_name() for s in top.get_symbols() if s.is_imported() and not s.is_assigned()}
    read, tables = set(), [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        read |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (table is top or s.is_global())}
    return read - bound, bound, imported


def needs_of_the_core(cells: list[NotebookNode]) -> list[str]:
    """A sentence for each name that a core cell reads and a deeper cell bound last."""
    deeper_names: dict[str, str] = {}  # a name -> the id of the deeper cell that bound it last
    by_core, found = set(), []
    for cell, deeper in core_and_deeper(cells):
        if cell.cell_type != "code":
            continue
        read, bound, imported = names(cell.source)
        if deeper:
            deeper_names |= dict.fromkeys(bound - (imported & by_core), cell.id)
        else:
            found += [f"core cell {cell.id} reads {n}, of {deeper_names[n]}" for n in sorted(read & set(deeper_names))]
            by_core |= bound
            deeper_names = {name: where for name, where in deeper_names.items() if name not in bound}
    return found


def wrongly_marked(cells: list[NotebookNode]) -> list[str]:
    """A sentence for each cell in which tag, heading and the line for the reader don't agree."""
    found = []
    for cell in cells:
        tagged, first = "deeper" in cell.metadata.get("tags", []), cell.source.split("\n", 1)[0]
        after = [line for line in cell.source.split("\n")[1:] if line.strip()]
        if cell.cell_type == "markdown" and (titles := headings(cell.source)):
            if len(titles) > 1 or titles[0].start():
                found.append(f"cell {cell.id}: a heading begins a cell, and a cell has one heading")
            if tagged != (after[:1] == [LINE]) or cell.source.count(LINE) > tagged:
                found.append(f"{first!r}: the tag `deeper` and the line under the heading belong together")
        elif tagged or LINE in cell.source:
            found.append(f"cell {cell.id} has no heading, so it can't be marked as deeper")
    return found


def test_only_lessons_that_exist_are_excused():
    assert {path.name.split("_")[0] for path in LESSONS} >= NOT_YET


@pytest.mark.parametrize("path", MARKED, ids=lambda path: path.name[:2])
def test_the_core_of_a_lesson_stands_alone(path):
    cells = [c for c in nbformat.read(path, as_version=4).cells if quiz_cells.TAG not in c.metadata.get("tags", [])]
    assert not wrongly_marked(cells)
    core = [cell for cell, deeper in core_and_deeper(cells) if not deeper]
    assert len(core) <= MOST_CORE_CELLS, f"{path.name}: {len(core)} cells of {len(cells)} are core"
    assert not needs_of_the_core(cells)


def lesson(deeper: str, core: str, mark: bool = True) -> list[NotebookNode]:
    title = f"### More\n\n{LINE}\n\nText." if mark else "### More\n\nText."
    metadata = {"tags": ["deeper"]} if mark else {}
    sources = [new_markdown_cell(title, metadata=metadata), new_code_cell(deeper), new_markdown_cell("## Next")]
    return [new_code_cell("from m import old\nx = 0"), *sources, new_code_cell(core)]


@pytest.mark.parametrize("core", ["y", "def f():\n    return y", "[y for z in (1, 2)]"])
def test_a_name_of_a_deeper_section_is_noticed(core):
    assert needs_of_the_core(lesson("y = 1", core))
    assert not needs_of_the_core(lesson("y = 1", core, mark=False))


def test_a_name_that_a_deeper_section_binds_again_is_noticed():
    assert needs_of_the_core(lesson("x = 1", "x"))
    assert not needs_of_the_core(lesson("from m import old", "old"))
    assert not needs_of_the_core(lesson("x = 1", "x = 2\nx"))
    assert not needs_of_the_core(lesson("y = 1", "[y for y in (1, 2)]"))


def test_a_section_ends_at_the_next_heading_of_its_level():
    cells = lesson("y = 1", "")
    assert [deeper for _, deeper in core_and_deeper(cells)] == [False, True, True, False, False]
    cells[3].source = "#### Inside"
    assert [deeper for _, deeper in core_and_deeper(cells)] == [False, True, True, True, True]


def test_a_mark_that_readers_or_programs_miss_is_noticed():
    assert not wrongly_marked(lesson("", ""))
    for spoil in (LINE, "Deeper"):
        cells = lesson("", "")
        cells[1].source = cells[1].source.replace(LINE, "") if spoil == LINE else f"Text.\n\n{cells[1].source}"
        assert wrongly_marked(cells)
    untagged = lesson("", "")
    untagged[1].metadata.tags = []
    assert wrongly_marked(untagged)
