"""The site, built from the stored lessons: links, quizzes, descriptions, size; in a browser it is in tests/browser."""

import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils import quiz
from scripts.website import sources
from scripts.website.build import SiteFailed, build

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]*_*.ipynb"))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(tmp_path_factory.mktemp("site") / "site").parent


@pytest.fixture(scope="module")
def pages(site):
    found = {path.relative_to(site).as_posix(): path for path in sorted(site.rglob("*.html"))}
    found = {name: path for name, path in found.items() if not name.startswith("_static/")}  # templates of the theme
    return {name: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for name, path in found.items()}


def test_every_lesson_assignment_and_page_is_there_and_in_the_contents(site, pages):
    expected = [
        *LESSONS,
        *(ROOT / "exercises").glob("[0-9]*/*.ipynb"),
        *(ROOT / "docs").glob("*.md"),
        ROOT / "CHANGELOG.md",
    ]
    names = {path.relative_to(ROOT).with_suffix(".html").as_posix() for path in expected}
    assert names <= set(pages)
    contents = {link["href"] for link in pages["index.html"].select(".bd-sidebar-primary a.reference.internal")}
    assert names <= contents
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 40e6


def test_a_lesson_says_in_the_contents_how_long_it_takes(pages):
    shown = [link.get_text() for link in pages["index.html"].select(".bd-sidebar-primary a.reference.internal")]
    lessons = [text for text in shown if re.match(r"\d\d\w? · .*\((core .*, whole )?(\d h|\d+ min)( \d\d)?\)$", text)]
    assert len(lessons) == len(LESSONS)


def test_nothing_is_fetched_from_elsewhere(pages):
    for name, page in pages.items():
        loads = [tag.get("src") or tag.get("href") for tag in page.select("script[src], link[href], img[src], iframe")]
        abroad = [address for address in loads if re.match(r"(https?:)?//", address)]
        assert not abroad, f"{name} loads {abroad}"


def test_pictures_are_there(site, pages):
    for name, page in pages.items():
        for image in page.select("img[src]"):
            if not image["src"].startswith("data:"):
                assert ((site / name).parent / image["src"]).resolve().is_file(), f"{name} shows {image['src']}"


def test_links_lead_to_pages_and_places_that_exist(site, pages):
    ids = {name: {tag["id"] for tag in page.select("[id]")} for name, page in pages.items()}
    for name, page in pages.items():
        for link in page.select("main a[href]"):
            target = link["href"]
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = ((site / name).parent / path).resolve() if path else (site / name).resolve()
            assert file.exists(), f"{name} links to {target}"
            if anchor and file.suffix == ".html":
                assert anchor in ids[file.relative_to(site.resolve()).as_posix()], f"{name} links to {target}"


def test_a_page_has_a_language_a_title_and_a_description(pages):
    for name, page in pages.items():
        assert page.html["lang"] == "en" and page.title.get_text().strip(), name
        if name not in ("search.html", "genindex.html"):
            assert page.select_one('meta[name="description"]')["content"].strip(), name


def test_figures_have_their_descriptions(pages):
    for path in LESSONS:
        outputs = [o for cell in nbformat.read(path, as_version=4).cells for o in cell.get("outputs", [])]
        told = [o.metadata["image/png"]["alt"] for o in outputs if "image/png" in o.get("data", {})]
        shown = [image["alt"] for image in pages[f"notebooks/{path.stem}.html"].select(".cell_output img")]
        assert shown == told and all(told), path.stem


def test_the_quizzes_stand_as_forms_with_every_option_and_reason(pages):
    for path in LESSONS:
        lesson = path.stem.partition("_")[0]
        form = pages[f"notebooks/{path.stem}.html"].select_one(".course-quiz")
        questions = quiz.load(lesson)
        fields = form.select("fieldset")
        assert [field["data-question"] for field in fields] == [question.id for question in questions]
        for question, field in zip(questions, fields):
            right = [box["value"] for box in field.select("input") if box["data-correct"] == "true"]
            assert right == [question.key] and len(field.select(".reason[hidden]")) == len(question.options)


def test_a_term_of_the_glossary_carries_its_meaning(pages):
    links = pages["notebooks/03_chat_formatting.html"].select('a[href*="glossary.html#"]')
    assert links and all(len(link.get("title", "")) > 20 for link in links)


def small_course(home: Path, text: str) -> None:
    (home / "notebooks").mkdir()
    boot = new_code_cell("fetch()", metadata={"tags": ["bootstrap"]})
    figure = new_code_cell("plot()")
    figure.outputs = [new_output("display_data", {"image/png": "iVBORw0KGgo="}, metadata={"image/png": {"alt": "a"}})]
    cells = [new_markdown_cell(f"# 00 · Start\n\n{text}"), boot, figure]
    nbformat.write(new_notebook(cells=cells), home / "notebooks" / "00_start.ipynb")


def test_a_link_that_leads_nowhere_is_told_with_its_page(tmp_path):
    small_course(tmp_path, "[gone](99_gone.ipynb)")
    with pytest.raises(SiteFailed, match=r"notebooks.00_start.ipynb links to notebooks.99_gone.ipynb, which does not"):
        build(tmp_path / "site", tmp_path, summary="| a |\n|---|\n| b |")


def test_what_sphinx_warns_of_fails_the_build(tmp_path):
    small_course(tmp_path, "[here](#no-such-place)")
    with pytest.raises(SiteFailed, match="no-such-place"):
        build(tmp_path / "site", tmp_path, summary="| a |\n|---|\n| b |")


def test_badges_and_the_bootstrap_cell_are_left_out_and_code_keeps_its_brackets(tmp_path):
    badge = "[![Open in Colab](https://colab.example/badge.svg)](https://colab.example/x)"
    small_course(tmp_path, f"{badge} `rows[0](x)` and [the next](00_start.ipynb#00-·-Start)")
    sources.lay_out(tmp_path / "pages", tmp_path)
    cells = nbformat.read(tmp_path / "pages" / "notebooks" / "00_start.ipynb", as_version=4).cells
    assert len(cells) == 2 and cells[1].metadata["mystnb"]["image"]["alt"] == "a"
    assert cells[0].source == "# 00 · Start\n\n`rows[0](x)` and [the next](00_start.ipynb#00--start)"
