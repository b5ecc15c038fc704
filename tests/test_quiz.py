"""The quiz module on small banks, and an audit of the banks that the course ships."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from course_utils import quiz

ROOT = Path(__file__).parents[1]
BANKS = sorted(path.stem for path in quiz.BANK.glob("*.json"))
LESSONS = {path.name[:2]: path for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))}


def question(number: int = 1, **changes) -> dict:
    row = {
        "id": f"00-q{number}",
        "section": "2. The first run",
        "question": "What does `<|im_end|>` cost, in $?",
        "options": [
            {"text": "nothing", "correct": False, "reason": "It is one token, and each token is paid."},
            {"text": "one token", "correct": True, "reason": "It has an id of its own."},
            {"text": "eight tokens", "correct": False, "reason": "Only text is split into pieces."},
        ],
    }
    return row | changes


@pytest.fixture
def bank(tmp_path, monkeypatch):
    monkeypatch.setattr(quiz, "BANK", tmp_path)

    def write(*rows):
        (tmp_path / "00.json").write_text(json.dumps(rows), encoding="utf-8")
        return quiz.load("00")

    return write


def test_letters_follow_the_file(bank):
    (only,) = bank(question())
    assert [option.letter for option in only.options] == ["a", "b", "c"] and only.key == "b"


def options(*changes: dict) -> dict:
    rows = question()["options"]
    return {"options": [row | change for row, change in zip(rows, changes, strict=True)]}


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            [question(**options({}, {"correct": False}, {}))],
            "00.json, question 00-q1: needs exactly one",
        ),
        (
            [question(**options({"correct": True}, {}, {}))],
            "needs exactly one correct option and has 2",
        ),
        ([question(**options({}, {"text": "Nothing "}, {}))], "question 00-q1: has two equal options"),
        ([question(**options({}, {}, {"reason": " "}))], "question 00-q1: options/2/reason: ' ' does not match"),
        ([question(**options({}, {}, {"text": ""}))], "question 00-q1: options/2/text: '' does not match"),
        ([question(**options({"correct": "no"}, {}, {}))], "options/0/correct: 'no' is not of type 'boolean'"),
        ([question(options=question()["options"][:2])], "is too short"),
        ([question(section="")], "question 00-q1: section: '' does not match"),
        ([question(id="01-q1")], "question 01-q1: needs an id like 00-q1"),
        ([question(hint="b")], "('hint' was unexpected)"),
        (
            [question(picture={"file": "none.png", "alt": "a curve"})],
            "shows none.png, which does not lie beside the bank",
        ),
        ([question(), question()], "question 00-q1: the id is used twice"),
        ([], "00.json should be a list of questions"),
    ],
)
def test_a_broken_bank_is_told_in_one_sentence(bank, rows, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        bank(*rows)


def test_a_missing_or_unreadable_bank_is_told(bank, tmp_path):
    bank(question())
    with pytest.raises(FileNotFoundError, match="lesson '07' has no quiz; lessons with one: 00"):
        quiz.load("07")
    (tmp_path / "00.json").write_text("[{", encoding="utf-8")
    with pytest.raises(ValueError, match="00.json is not valid JSON"):
        quiz.load("00")


def test_answers_are_graded_without_giving_the_key_away(bank, capsys):
    bank(question(1), question(2))
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
    bank(question(1), question(2))
    with pytest.raises(error, match=says):
        quiz.grade("00", answers)


def test_the_quiz_is_displayed_with_letters_reasons_and_escaped_text(bank, monkeypatch):
    import jupyterquiz

    bank(question(log="step 10  loss 0.0 <"))
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
    questions = quiz.load(lesson)
    assert len(questions) >= 5, f"{lesson}.json has {len(questions)} questions, a lesson needs at least 5"
    assert lesson in LESSONS, f"{lesson}.json belongs to no lesson"
    cells = nbformat.read(LESSONS[lesson], as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    headings = {match.strip() for match in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    lost = {item.id: item.section for item in questions if item.section not in headings}
    assert not lost, f"{lesson}.json points to sections that {LESSONS[lesson].name} lacks: {lost}"


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_shows_its_quiz(lesson):
    cells = nbformat.read(LESSONS[lesson], as_version=4).cells
    assert any(f'show_quiz("{lesson}")' in cell.source for cell in cells if cell.cell_type == "code")
    assert quiz.load(lesson)


@pytest.mark.parametrize("lesson", BANKS)
def test_every_option_has_a_reason_of_its_own(lesson):
    for item in quiz.load(lesson):
        reasons = [option.reason.strip().lower() for option in item.options]
        assert len(set(reasons)) == len(reasons), f"{item.id} gives the same reason twice"
        short = [option.letter for option in item.options if len(option.reason) < 20]
        assert not short, f"{item.id} explains too little at {', '.join(short)}"


def guessing() -> tuple[list[quiz.Question], dict[str, float]]:
    """All questions, and the share of them that each way of guessing without reading gets right."""
    questions = [item for lesson in BANKS for item in quiz.load(lesson)]
    ways = {f"always {letter}": [item.key == letter for item in questions] for letter in "abcd"}
    ways["the last option"] = [item.options[-1].correct for item in questions]
    for name, choose in (("the longest option", max), ("the shortest option", min)):
        ways[name] = [choose(item.options, key=lambda option: len(option.text)).correct for item in questions]
    return questions, {name: sum(hits) / len(hits) for name, hits in ways.items()}


def audit() -> str:
    """The audit as a table, for the message of a test that fails: a row a lesson, then the ways of guessing."""
    _, shares = guessing()
    lines = ["", "lesson  questions  keys"]
    for lesson in BANKS:
        keys = "".join(item.key for item in quiz.load(lesson))
        lines += [f"{lesson}      {len(keys):9}  {keys}"]
    return "\n".join([*lines, "", *(f"{name:20} right {share:4.0%}" for name, share in shares.items())])


def test_the_position_of_the_key_is_balanced_over_the_bank():
    questions, shares = guessing()
    for place, letter in enumerate("abcd"):
        chance = sum(1 / len(item.options) for item in questions if len(item.options) > place) / len(questions)
        room = 2 * (chance * (1 - chance) / len(questions)) ** 0.5  # two standard errors
        share = shares[f"always {letter}"]
        assert abs(share - chance) <= room, f"{letter} is the key of {share:.0%}, by chance {chance:.0%}{audit()}"


@pytest.mark.parametrize("lesson", BANKS)
def test_the_keys_of_a_quiz_are_mixed(lesson):
    keys = [item.key for item in quiz.load(lesson)]
    assert len(set(keys)) >= 3, f"the keys of {lesson}.json are {''.join(keys)}"
    for period in (1, 2, 3):
        repeats = all(key == later for key, later in zip(keys, keys[period:]))
        assert not repeats, f"the keys of {lesson}.json repeat themselves: {''.join(keys)}"


def test_no_way_of_guessing_pays():
    _, shares = guessing()
    limits = dict.fromkeys(shares, 0.40) | {"the longest option": 0.35}
    over = [name for name, limit in limits.items() if shares[name] > limit]
    assert not over, f"these ways of guessing pay: {', '.join(over)}{audit()}"
