"""The quiz module on small banks, and an audit of the banks that the course ships.

The guesser of the audit sees the options alone. At best it knows how often each option of a set is right, and always
takes the most frequent one; the keys of a set have to differ so much that this brings less than half.
"""

import itertools
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest

from course_utils import quiz
from scripts import quiz_cells, quiz_material, reading_time

ROOT = Path(__file__).parents[1]
BANKS = sorted(path.stem for path in quiz.BANK.glob("*.json"))
LESSONS = {path.name.split("_")[0]: path for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]*_*.ipynb"))}


OPTIONS = {"a": "nothing", "b": "one token", "c": "eight tokens"}
REASONS = {
    "a": "It is one token, and each token is paid.",
    "b": "It has an id of its own.",
    "c": "Only text is split into pieces.",
}


def question(number: int = 1, **changes) -> dict:
    row = {"id": f"00-q{number}", "question": "What does `<|im_end|>` cost, in $?", "key": "b", "reasons": REASONS}
    return row | changes


def questions(*rows: dict, **changes) -> dict:
    """A set of questions, as it stands in a bank."""
    return {"section": "2. The first run", "options": OPTIONS, "questions": list(rows)} | changes


@pytest.fixture
def bank(tmp_path, monkeypatch):
    monkeypatch.setattr(quiz, "BANK", tmp_path)

    def write(*sets):
        (tmp_path / "00.json").write_text(json.dumps(sets), encoding="utf-8")
        return quiz.load("00")

    return write


def test_the_questions_of_a_set_share_its_options_and_section(bank):
    first, second, third = bank(questions(question(1), question(2, key="c")), questions(question(3)))
    assert [option.letter for option in first.options] == ["a", "b", "c"]
    assert [option.text for option in second.options] == list(OPTIONS.values())
    assert (first.key, second.key, first.set, third.set) == ("b", "c", 1, 2) and second.section == "2. The first run"


@pytest.mark.parametrize(
    ("sets", "says"),
    [
        (
            [questions(question(key="d"))],
            "00.json, question 00-q1: has the key d, which is none of the options a, b, c",
        ),
        ([questions(question(key="x"))], "question 00-q1: key: 'x' is not one of ['a', 'b', 'c', 'd', 'e']"),
        ([questions(question(reasons=REASONS | {"c": " "}))], "question 00-q1: reasons/c: ' ' does not match"),
        (
            [questions(question(reasons=REASONS | {"d": "Four options?"}))],
            "question 00-q1: needs one reason for each of a, b, c and has a, b, c, d",
        ),
        ([questions(question(), options=OPTIONS | {"c": "Nothing "})], "00.json, set 1: has two equal options"),
        ([questions(question(), options=OPTIONS | {"c": ""})], "set 1: options/c: '' does not match"),
        (
            [questions(question(), options={"a": "this", "c": "that", "b": "neither"})],
            "should have the letters a, b, c in",
        ),
        (
            [questions(question(), options={"a": "this", "b": "that"})],
            "set 1: options: {'a': 'this', 'b': 'that'} does not",
        ),
        ([questions(question()), questions(question(2), section="")], "00.json, set 2: section: '' does not match"),
        ([questions()], "set 1: questions: [] should be non-empty"),
        ([questions(question(id="01-q1"))], "question 01-q1: needs an id like 00-q1"),
        ([questions({"key": "a"})], "question number 1 of set 1: its fields: 'id' is a required property"),
        ([questions(question(hint="b"))], "('hint' was unexpected)"),
        ([question()], "00.json, set 1: its fields: 'section' is a required property"),
        (["a question"], "00.json, set 1: its fields: 'a question' is not of type 'object'"),
        (
            [questions(question(picture={"file": "none.png", "alt": "a curve"}))],
            "shows none.png, which does not lie beside the bank",
        ),
        ([questions(question(), question())], "00.json, question 00-q1: the id is used twice"),
        ([], "00.json should be a list of sets of questions"),
    ],
)
def test_a_broken_bank_is_told_in_one_sentence(bank, sets, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        bank(*sets)


def test_a_missing_or_unreadable_bank_is_told(bank, tmp_path):
    bank(questions(question()))
    with pytest.raises(FileNotFoundError, match="lesson '07' has no quiz; lessons with one: 00"):
        quiz.load("07")
    (tmp_path / "00.json").write_text("[{", encoding="utf-8")
    with pytest.raises(ValueError, match="00.json is not valid JSON"):
        quiz.load("00")


def test_answers_are_graded_without_giving_the_key_away(bank, capsys):
    bank(questions(question(1), question(2)))
    assert quiz.grade("00", {"00-q1": "b", "00-q2": "A"}) == {"00-q1": True, "00-q2": False}
    right, wrong = capsys.readouterr().out.splitlines()
    assert right == "✓ 00-q1 b: It has an id of its own."
    assert wrong == "✗ 00-q2 a: It is one token, and each token is paid. Read again: “2. The first run”."


@pytest.mark.parametrize(
    ("answers", "error", "says"),
    [
        ({"00-q1": "b"}, ValueError, "no answer yet for 00-q2"),
        ({"00-q1": "b", "00-q2": None}, ValueError, "no answer yet for 00-q2"),
        ({"00-q1": "b", "00-q2": "d"}, ValueError, "00-q2 has the options a, b, c, not 'd'"),
        ({"00-q1": "b", "00-q2": "a", "00-q9": "a"}, ValueError, "does not ask '00-q9'; it asks 00-q1, 00-q2"),
        (["b", "a"], TypeError, "should be a dict like"),
    ],
)
def test_wrong_answers_dicts_are_told(bank, answers, error, says):
    bank(questions(question(1), question(2)))
    with pytest.raises(error, match=says):
        quiz.grade("00", answers)


def test_the_quiz_is_displayed_with_letters_reasons_and_escaped_text(bank, monkeypatch):
    import jupyterquiz

    bank(questions(question(log="step 10  loss 0.0 <")))
    shown = []
    monkeypatch.setattr(jupyterquiz, "display_quiz", lambda rows, **settings: shown.append((rows, settings)))
    quiz.show_quiz("00")
    ((row,), settings) = shown[0]
    assert settings["shuffle_answers"] is False
    assert row["question"] == "What does <code>&lt;|im_end|&gt;</code> cost, in &#36;?"
    assert row["code"] == "step 10  loss 0.0 &lt;"
    assert [answer["answer"] for answer in row["answers"]][0] == "<b>a.</b> nothing"
    assert [answer["correct"] for answer in row["answers"]] == [False, True, False]
    assert "Read again" in row["answers"][0]["feedback"] and "Read again" not in row["answers"][1]["feedback"]


# The banks that the course ships


@pytest.mark.parametrize("lesson", BANKS)
def test_a_bank_is_sound(lesson):
    items = quiz.load(lesson)
    assert len(items) >= 8, f"{lesson}.json has {len(items)} questions, a lesson needs at least 8"
    assert lesson in LESSONS, f"{lesson}.json belongs to no lesson"
    cells = nbformat.read(LESSONS[lesson], as_version=4).cells
    text = "\n".join(cell.source for cell in reading_time.core(cells) if cell.cell_type == "markdown")
    headings = {match.strip() for match in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    lost = {item.id: item.section for item in items if item.section not in headings}
    assert not lost, f"{lesson}.json points to sections that the core of {LESSONS[lesson].name} lacks: {lost}"


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_shows_its_quiz(lesson):
    cells = nbformat.read(LESSONS[lesson], as_version=4).cells
    assert any(f'show_quiz("{lesson}")' in cell.source for cell in cells if cell.cell_type == "code")
    assert quiz.load(lesson)


@pytest.mark.parametrize("lesson", BANKS)
def test_every_option_has_a_reason_of_its_own(lesson):
    seen = Counter(option.reason.strip().lower() for item in quiz.load(lesson) for option in item.options)
    twice = [reason for reason, times in seen.items() if times > 1]
    assert not twice, f"{lesson}.json gives the same reason twice, so it speaks of no situation: {twice}"
    short = [reason for reason in seen if len(reason) < 20]
    assert not short, f"{lesson}.json explains too little: {short}"


def test_made_situations_are_in_step_with_the_bank():
    for lesson in BANKS:
        sets = json.loads((quiz.BANK / f"{lesson}.json").read_text(encoding="utf-8"))
        found = quiz_material.situations(lesson)
        made = quiz_material.filled(sets, found)
        assert made == sets, f"{lesson}.json is out of step: run `python -m scripts.quiz_material`"
        for name, picture in ((name, one.picture) for name, one in found.items() if one.picture):
            assert quiz_material.mark_of(quiz.BANK / f"{name}.png") == picture.mark, f"{name}.png is out of step"


def test_a_made_situation_needs_its_question():
    with pytest.raises(ValueError, match="the bank does not ask 00-q9"):
        quiz_material.filled([questions(question())], {"00-q9": quiz_material.Situation("step 1")})


def test_lessons_and_solutions_hold_the_quizzes_of_the_bank(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert quiz_cells.main(["--check"]) == 0, capsys.readouterr().out


def test_the_folded_text_shows_each_situation_and_no_markup_of_its_texts(bank):
    bank(questions(question(1, log="step 1\n\nstep 2"), question(2, question="Is <b> at a_b $5?", key="c")))
    text = quiz_cells.text("00")
    assert "**Options of questions 1 to 2**\n\n- **a.** nothing" in text and "`<|im_end|>`" in text
    assert "~~~text\nstep 1\n\nstep 2\n~~~" in text and "Is \\<b\\> at a\\_b \\$5?" in text
    assert text.count("<details>") == text.count("</details>") == 3 and text.count("✓") == 2


def sets(lesson: str) -> list[list[quiz.Question]]:
    return [list(items) for _, items in itertools.groupby(quiz.load(lesson), key=lambda item: item.set)]


def best_guess(lessons: Sequence[str]) -> float:
    """What the best guesser gets who sees the options alone and knows how often each of them is right."""
    found = [items for lesson in lessons for items in sets(lesson)]
    hits = sum(max(Counter(item.key for item in items).values()) for items in found)
    return hits / sum(map(len, found))


def cheap_guesses(lessons: Sequence[str]) -> dict[str, float]:
    """What cheap habits get: a letter, the longest, shortest or last option, a letter for each place in a set."""
    found = [items for lesson in lessons for items in sets(lesson)]
    items = [item for part in found for item in part]
    ways = {f"always {letter}": [item.key == letter for item in items] for letter in quiz.LETTERS}
    ways["the last option"] = [item.options[-1].correct for item in items]
    for name, choose in (("the longest option", max), ("the shortest option", min)):
        ways[name] = [choose(item.options, key=lambda option: len(option.text)).correct for item in items]
    places = [Counter(part[place].key for part in found if len(part) > place) for place in range(max(map(len, found)))]
    shares = {name: sum(hits) / len(items) for name, hits in ways.items()}
    return shares | {"the usual letter of the place": sum(max(keys.values()) for keys in places) / len(items)}


@pytest.mark.parametrize("lesson", BANKS)
def test_options_alone_do_not_give_a_quiz_away(lesson):
    keys = ["".join(item.key for item in items) for items in sets(lesson)]
    alone = [number for number, items in enumerate(keys, 1) if len(items) < 2]
    assert not alone, f"{lesson}.json has sets of a single question: {alone}"
    assert best_guess((lesson,)) <= 0.50, f"options alone give {best_guess((lesson,)):.0%} of {lesson}.json: {keys}"


def test_options_alone_give_less_than_half_of_the_course():
    share = best_guess(BANKS)
    assert share <= 0.45, f"the best guesser gets {share:.0%}"
    over = {name: round(guess, 2) for name, guess in cheap_guesses(BANKS).items() if guess > 0.45}
    assert not over, f"these ways of guessing pay: {over}"


@pytest.mark.parametrize("lesson", BANKS)
def test_the_keys_of_a_quiz_are_mixed(lesson):
    keys = "".join(item.key for item in quiz.load(lesson))
    assert len(set(keys)) >= 3, f"the keys of {lesson}.json are {keys}"
    for period in (1, 2, 3, 4):
        repeats = all(key == later for key, later in zip(keys, keys[period:]))
        assert not repeats, f"the keys of {lesson}.json repeat themselves: {keys}"
