"""The glossary: its page and the links in the lessons are up to date, and every term is where its link leads."""

import re
from dataclasses import replace

import nbformat
import pytest
from assignments import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from scripts import glossary
from scripts.glossary import Term

TERMS = glossary.terms()
LESSONS = glossary.read_lessons(ROOT / "notebooks")
LOSS = Term("loss", ("losses",), "00", "How surprised a model is.")


def lessons(*sources: str) -> dict[str, nbformat.NotebookNode]:
    return {
        f"{number:02}_x.ipynb": new_notebook(cells=[new_markdown_cell(source), new_code_cell("loss = 1")])
        for number, source in enumerate(sources)
    }


def sources(given: dict[str, nbformat.NotebookNode]) -> list[str]:
    return [notebook.cells[0].source for notebook in given.values()]


def test_only_prose_is_linked():
    text = "## The loss\n\n`loss` is code here: `a.loss`, ![loss](x.png), [loss](y.md), <b title='loss'>\n\n"
    made = lessons(text.replace("`loss` is", "`b = loss` is") + "lossless, and **losses** fall. The loss too.")
    assert glossary.link(made, LOSS)
    (source,) = sources(made)
    assert source.endswith("lossless, and **[losses](../docs/glossary.md#loss)** fall. The loss too.")
    assert source.count("glossary.md") == 1
    assert not glossary.link(lessons("# The loss\n\n```\nloss\n```"), LOSS)


def test_a_term_alone_in_backticks_is_a_use():
    made = lessons("The field `loss` counts.")
    assert glossary.link(made, LOSS)
    assert sources(made) == ["The field [`loss`](../docs/glossary.md#loss) counts."]


def test_linking_again_changes_nothing_and_an_earlier_use_takes_the_link():
    made = lessons("Nothing.", "The loss falls.")
    glossary.link(made, LOSS)
    once = sources(made)
    glossary.link(made, LOSS)
    assert sources(made) == once == ["Nothing.", "The [loss](../docs/glossary.md#loss) falls."]
    made["00_x.ipynb"].cells[0].source = "A loss."
    glossary.link(made, LOSS)
    assert sources(made) == ["A [loss](../docs/glossary.md#loss).", "The loss falls."]


def test_a_heading_comes_before_bold_and_mere_use_explains_nothing():
    text = "# Title\n\nThe loss.\n\n## 1 · First\n\nA loss, a loss.\n\n## 2 · The loss\n\nHere."
    assert glossary.explained(lessons(text), LOSS) == ("00_x.ipynb", "2 · The loss")
    assert glossary.explained(lessons(text.replace("The loss\n\nHere", "End\n\nA **loss**")), LOSS)[1] == "2 · End"
    assert glossary.explained(lessons(text.replace("The loss\n\nHere", "Here\n\nloss")), LOSS) is None
    assert glossary.explained(lessons("# The loss\n\nA loss."), LOSS) is None


def test_the_words_of_an_explanation_lead_to_it_past_headings_and_links():
    text = "# T\n\n## 1 · The loss\n\n**Loss.**\n\n## 2 · End\n\nA *[loss](x.md#loss)*\nis `surprise`.\n\n## 3 · Loss"
    said = replace(LOSS, says="A loss is surprise")
    assert glossary.explained(lessons(text), said) == ("00_x.ipynb", "2 · End")
    assert glossary.explained(lessons(text.replace("surprise", "fun")), said) is None
    made = lessons("## 1 · A\n\nLoss.", "The loss.")
    _, problems = glossary.update(made)
    assert f"Lesson 00 does not explain {TERMS[0].name!r}: it is in no heading and nowhere in bold." in problems


def test_the_primer_has_a_link_only_where_no_other_lesson_uses_the_term():
    made = lessons("Nothing.", "The loss falls.") | {"00b_x.ipynb": lessons("A loss.")["00_x.ipynb"]}
    glossary.link(made, LOSS)
    assert sources(made) == ["Nothing.", "The [loss](../docs/glossary.md#loss) falls.", "A loss."]
    made["01_x.ipynb"].cells[0].source = "Nothing."
    glossary.link(made, LOSS)
    assert sources(made)[2] == "A [loss](../docs/glossary.md#loss)."


def test_terms_are_short_and_distinct():
    assert len({term.anchor for term in TERMS}) == len(TERMS) >= 50
    for term in TERMS:
        assert 1 <= len(re.findall(r"[.?!](?:\s|$)", term.text)) <= 3, f"{term.name} takes too many sentences"
    assert [term.name.lower() for term in TERMS] == sorted(term.name.lower() for term in TERMS)


def test_page_and_links_are_up_to_date():
    before = {name: nbformat.writes(notebook) for name, notebook in LESSONS.items()}
    fresh = {name: nbformat.reads(text, as_version=4) for name, text in before.items()}
    page, problems = glossary.update(fresh)
    assert not problems, "\n".join(problems)
    stale = [name for name in before if nbformat.writes(fresh[name]) != before[name]]
    assert not stale, f"terms are linked elsewhere than at their first use in {', '.join(stale)}: run `make glossary`"
    assert (ROOT / glossary.PAGE).read_text(encoding="utf-8") == page, "docs/glossary.md: run `make glossary`"


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.anchor)
def test_a_term_leads_to_the_section_that_explains_it(term):
    page = (ROOT / glossary.PAGE).read_text(encoding="utf-8")
    entry = page.split(f"## {term.name}\n", 1)[1].split("\n## ", 1)[0]
    target = re.search(r"\]\(\.\./notebooks/([^#)]+)#([^)]+)\)", entry)
    if target is None:
        assert f"Lesson {term.lesson}, planned." in entry
        pytest.skip(f"lesson {term.lesson} is not written yet")
    name, anchor = target.group(1), target.group(2).replace("%28", "(").replace("%29", ")")
    section, inside = [], False
    for cell in LESSONS[name].cells:
        if cell.cell_type == "markdown":
            for line in cell.source.splitlines():
                if line.startswith("#"):
                    inside = line.lstrip("# ").strip().replace("`", "").replace(" ", "-") == anchor
                section += [line] if inside else []
    assert section, f"{name} has no heading #{anchor}"
    text = "\n".join(section)
    if term.says:
        assert glossary.plain(term.says) in glossary.plain(text), f"{anchor} does not say “{term.says}”"
    else:
        bold = re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL)
        assert any(term.pattern.search(words) for words in [section[0], *bold]), f"{anchor} only uses {term.name}"
