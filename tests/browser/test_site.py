"""The site in headless Chromium, read from its folder: every page in both schemes, on a screen and on a phone."""

import re
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from course_utils import data, quiz
from course_utils.generate import generate
from course_utils.predictions import Prediction
from course_utils.session import ASSETS
from course_utils.shop import tasks
from scripts.website import live, models
from scripts.website.build import build

axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")
WORDS = "packing NEFTune faithfulness tokenizer gradient template perplexity adapter leak DPO".split()
SHAPES = {"screen": (1280, 900), "phone": (390, 844)}
QUIZ = "notebooks/03_chat_formatting.html"
SHEETS = 4  # a model, on which the models in the page are compared with transformers


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


@pytest.mark.parametrize(("scheme", "shape"), [("light", "screen"), ("dark", "phone")])
def test_every_page_is_quiet_fits_and_passes_axe(open_page, site, scheme, shape):
    axe = axe_playwright.Axe()
    # without preload: axe would fetch the style sheets, which a page in a folder may not
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "preload": False}
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


def test_the_page_judges_a_guess_as_the_notebook_does(open_page):
    bands = [{"within": 10}, {"within": 0}, {"times": 2}, {"times": 1.5}]
    numbers = (-10, 0, 1, 3, 5, 7.5, 10, 15, 20, 21, 62, 72)
    cases = [(guess, measured, band) for guess in numbers for measured in numbers for band in bands]
    here = open_page("notebooks/00_start_here.html").evaluate("cases => cases.map((one) => isHit(...one))", cases)
    there = [Prediction("00-a", "?", guess=guess, **band).is_hit(measured) for guess, measured, band in cases]
    assert here == there and len(set(there)) == 2


@pytest.mark.parametrize(("scheme", "shape"), [("light", "screen"), ("dark", "phone")])
def test_a_prediction_is_compared_remembered_and_counted(open_page, scheme, shape):
    page = open_page("notebooks/00_start_here.html", scheme, shape)
    form = page.locator(".course-prediction").first
    form.locator("button").press("Enter")
    assert "Set a guess" in form.locator(".verdict").inner_text()
    measured = float(form.get_attribute("data-measured"))
    form.get_by_label("Your guess").fill(str(3 * measured))
    form.get_by_label("How sure").fill("90")
    form.locator("button").press("Enter")
    assert "not right" in form.locator(".verdict").inner_text()
    said = "This lesson: 1 guess: 90% sure on average, 0% right. Brier score 0.81"
    assert said in page.locator(".course-calibration").inner_text()
    page.reload()
    assert "The first guess counts" in page.locator(".course-prediction .verdict").first.inner_text()
    page.locator(".course-calibration button").click()
    assert "No guess yet" in page.locator(".course-calibration").inner_text()
    assert not page.problems


def test_a_guess_of_a_curve_is_answered(open_page):
    tab = open_page("try/curves.html", "dark", "phone")
    tab.locator("#curves-value").select_option("2e-5")
    tab.locator("#curves-guess input").first.focus()
    tab.keyboard.press("Space")
    said = tab.locator("#curves-answer").inner_text()
    assert (
        "0% of the texts" in said and "diagnose says: healthy" in said and "does not show what the model writes" in said
    )
    tab.locator("#curves-what").select_option(index=1)
    assert tab.locator("#curves-answer").inner_text() == "" and tab.locator("#curves-figure svg").count() == 1
    assert not tab.problems


TALKS = [
    [("user", "Grüße, café ☕ 你好?"), ("assistant", "Ça va. 😀 Fine.")],
    [("user", "Two\nlines"), ("assistant", "One\nTwo"), ("user", "More")],
    [("system", "Be brief."), ("user", "Is the lamp in stock?"), ("assistant", "Yes."), ("user", "And what colour?")],
]
IN_THE_PAGE = """([family, talk, ask]) => {
    const messages = talk.map(([role, content]) => ({ role, content }));
    const made = courseXray.render(courseXray.families[family], messages, ask);
    const tokens = courseXray.tokens(made);
    return [made.text, tokens.map((token) => token.id), tokens.map((token) => Number(token.trained))];
}"""


@pytest.mark.parametrize("family", live.families())
def test_the_live_xray_gives_what_transformers_gives(open_page, family):
    """Text, tokens and mask of a talk are those of `apply_chat_template` with the same template."""
    tokenizer = AutoTokenizer.from_pretrained(ASSETS / "base")
    given = live.families()[family]
    marks = {"chat_template": given["template"], "bos_token": given["bos"], "eos_token": given["eos"]}
    tab = open_page("try/xray.html")
    for talk in TALKS:
        if talk[0][0] == "system" and "System role not supported" in given["template"]:
            continue
        messages = [{"role": role, "content": content} for role, content in talk]
        for ask in (False, True):
            options = marks | {"add_generation_prompt": ask}
            text = tokenizer.apply_chat_template(messages, tokenize=False, **options)
            encoded = tokenizer.apply_chat_template(
                messages, return_dict=True, return_assistant_tokens_mask=True, **options
            )
            shown = tab.evaluate(IN_THE_PAGE, [family, talk, ask])
            assert shown == [text, list(encoded["input_ids"]), list(encoded["assistant_masks"])]
    assert not tab.problems


def test_the_live_xray_says_what_is_wrong_with_a_talk(open_page):
    tab = open_page("try/xray.html", "dark")
    tab.locator("#xray-talk").fill("hello")
    assert tab.locator("#xray-count").inner_text().startswith("✗ Begin each turn with")
    tab.locator("#xray-talk").fill("user: Hi.\nassistant: Hello.")
    assert "tokens, of which" in tab.locator("#xray-count").inner_text()
    assert tab.locator("#xray-tokens .trained").count() > 1 and not tab.problems


@pytest.mark.parametrize("name", ["base", "SFT", "DPO", "assistant"])
def test_the_live_models_write_what_transformers_writes(open_page, name):
    model, tokenizer = models.load(name)
    rows = data.read_products(data.DATA / "products_test.csv").to_list()[:SHEETS]
    sheets = [tasks.sheet(row) for row in rows]
    prompts = [models.prompt(name, tokenizer).replace(models.SHEET, sheet) for sheet in sheets]
    ends = model.generation_config.eos_token_id if name == "assistant" else None
    replies = generate(model.float(), tokenizer, prompts, max_new_tokens=models.MOST, end_tokens=ends)
    tab = open_page("try/models.html")
    shown = tab.evaluate(
        """async ([name, sheets]) => {
            const texts = [];
            for (const sheet of sheets) texts.push(await courseModels.write(name, sheet));
            return texts.map(({ text, ended }) => [text, ended]);
        }""",
        [name, sheets],
    )
    differing = [(here, there.text) for here, there in zip(shown, replies) if here != [there.text, there.ended]]
    assert not differing, differing[:3]
    assert not tab.problems


def test_the_models_answer_the_button(open_page):
    tab = open_page("try/models.html", "dark", "phone")
    tab.locator("#models-go").focus()
    tab.keyboard.press("Enter")
    tab.get_by_text("All four have written").wait_for()
    assert all(len(tab.locator(f"#models-{name}").inner_text()) > 20 for name in ("base", "SFT", "DPO", "assistant"))
    assert not tab.problems
