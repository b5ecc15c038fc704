"""The site in headless Chromium, read from its folder: every page in both schemes, on a screen and on a phone."""

import re
from pathlib import Path

import pytest

from course_utils import quiz
from scripts.website.build import build

axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")
WORDS = "packing NEFTune faithfulness tokenizer gradient template perplexity adapter leak DPO".split()
SHAPES = {"screen": (1280, 900), "phone": (390, 844)}
QUIZ = "notebooks/03_chat_formatting.html"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    return build(tmp_path_factory.mktemp("site") / "site").parent


@pytest.fixture
def open_page(browser, site):
    """Opens a page of the site; what goes wrong on it gathers in its `problems`."""
    contexts = []

    def open_it(name, scheme="light", shape="screen"):
        width, height = SHAPES[shape]
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(300_000)
        tab.problems = []
        tab.on("console", lambda message: message.type == "error" and tab.problems.append(message.text))
        tab.on("pageerror", lambda error: tab.problems.append(str(error)))
        tab.on("request", lambda asked: re.match("https?|ws", asked.url) and tab.problems.append(asked.url))
        tab.goto((site / name).as_uri(), wait_until="load")
        return tab

    yield open_it
    for context in contexts:
        context.close()


def names(site: Path) -> list[str]:
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return [name for name in found if not name.startswith("_static/")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_page_is_quiet_fits_and_passes_axe(open_page, site, scheme, shape):
    axe = axe_playwright.Axe()
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = []
    tab = open_page("index.html", scheme, shape)
    for name in names(site):
        tab.goto((site / name).as_uri(), wait_until="load")
        wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append(f"{name}: {wide} pixels too wide")
        for violation in axe.run(tab, options=rules).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                places = "; ".join(str(node["target"]) for node in violation["nodes"][:3])
                found.append(f"{name}: {violation['id']} at {len(violation['nodes'])} places: {places}")
    assert not found + tab.problems, "\n".join(found + tab.problems)


def test_figures_are_shown(open_page, site):
    tab = open_page("index.html")
    for name in (name for name in names(site) if name.startswith("notebooks/")):
        tab.goto((site / name).as_uri(), wait_until="load")
        widths = tab.locator(".cell_output img").evaluate_all("all => all.map(i => [i.naturalWidth, i.clientWidth])")
        assert widths and all(natural > 0 and shown > 0 for natural, shown in widths), name


@pytest.mark.parametrize("word", WORDS)
def test_the_search_finds_a_word(open_page, word):
    tab = open_page("search.html")
    tab.goto(f"{tab.url}?q={word}")
    tab.locator("#search-results li a").first.wait_for()
    assert not tab.problems


def test_a_quiz_is_answered_by_keyboard_and_remembered(open_page):
    question = quiz.load("03")[0]
    tab = open_page(QUIZ)
    form = tab.locator(f'fieldset[data-question="{question.id}"]')
    wrong = next(option for option in question.options if not option.correct)
    form.locator("input").first.focus()
    for option in question.options[1:]:
        tab.keyboard.press("ArrowDown")
        assert form.locator("input:checked").get_attribute("value") == option.letter
    for option in (wrong, next(option for option in question.options if option.correct)):
        form.locator(f'input[value="{option.letter}"]').focus()
        tab.keyboard.press("Space")
        assert form.locator(".verdict").inner_text().startswith("✓" if option.correct else "✗")
        assert form.locator(".reason:visible").count() == 1
    tab.reload()
    assert form.locator("input:checked").get_attribute("value") == question.key
    assert tab.locator(".course-quiz .score").inner_text().startswith("1 of ")
    tab.locator(".course-quiz .again").click()
    assert form.locator("input:checked").count() == 0 and form.locator(".reason:visible").count() == 0
    assert not tab.problems
