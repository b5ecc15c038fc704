"""Guesses: what the learner is told, what is kept, and what the score says of them."""

import json

import pytest

from course_utils import predictions
from course_utils.predictions import Prediction, calibration, predict, reveal, score


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    path = tmp_path / "progress" / "predictions.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path.parent))
    monkeypatch.setattr(predictions, "_asked", {})
    return path


def ask(guess=None, sure=None, **kind):
    predict("02-rows", "How many rows?", guess=guess, sure=sure, **(kind or {"within": 10}))


def test_without_a_guess_the_question_and_the_figure_are_shown_and_nothing_is_kept(file, capsys):
    ask()
    reveal("02-rows", 72)
    out = capsys.readouterr().out
    assert "How many rows?" in out and "Measured: 72." in out and "no guess" in out
    assert not file.exists()


@pytest.mark.parametrize(
    ("kind", "guess", "measured", "right"),
    [
        ({"within": 10}, 62, 72, True),
        ({"within": 10}, 61, 72, False),
        ({"within": 0}, 3, 3, True),
        ({"times": 2}, 5, 10, True),
        ({"times": 2}, 21, 10, False),
        ({"times": 2}, -10, 10, False),
        ({"times": 2}, 0, 10, False),
        ({"options": ["up", "down"]}, "up", "up", True),
        ({"options": ["up", "down"]}, "down", "up", False),
        ({"within": 1}, 3, float("nan"), False),
    ],
)
def test_a_guess_is_right_inside_its_band(kind, guess, measured, right, file, capsys):
    ask(guess, 60, **kind)
    reveal("02-rows", measured)
    assert ("not right" not in capsys.readouterr().out) == right
    assert json.loads(file.read_text())[0]["hit"] is right


def test_the_first_guess_counts_and_the_learner_is_told(file, capsys):
    ask(10, 90)
    reveal("02-rows", 72)
    ask(72, 99)
    reveal("02-rows", 72)
    assert "Your first guess was 10 (90% sure), and that one counts." in capsys.readouterr().out
    assert [row["guess"] for row in json.loads(file.read_text())] == [10]


def test_off_keeps_nothing(file, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    ask(70, 90)
    reveal("02-rows", 72)
    calibration("02")
    assert "right" in capsys.readouterr().out and not file.exists()


def test_guesses_lie_beside_the_lessons_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("COURSE_PROGRESS")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    ask(70, 90)
    reveal("02-rows", 72)
    assert (tmp_path / "progress" / "predictions.json").is_file()


@pytest.mark.parametrize(
    ("guess", "sure", "kind", "says"),
    [
        ("many", 50, {"within": 1}, "asks for a number"),
        (float("nan"), 50, {"within": 1}, "asks for a number"),
        (3, None, {"within": 1}, "How sure are you"),
        (3, 101, {"within": 1}, "from 0 to 100"),
        ("left", 50, {"options": ["up", "down"]}, "take one of 'up', 'down'"),
        (3, 50, {"within": 1, "times": 2}, "exactly one"),
        (3, 50, {"times": 1}, "factor above 1"),
    ],
)
def test_a_guess_that_is_none_is_told_in_a_sentence(guess, sure, kind, says):
    with pytest.raises(ValueError, match=says):
        ask(guess, sure, **kind)


def test_reveal_needs_its_question_and_an_option():
    with pytest.raises(ValueError, match="run the cell with predict"):
        reveal("02-other", 1)
    ask(options=["up", "down"])
    with pytest.raises(ValueError, match="no option"):
        reveal("02-rows", "left")


def test_a_broken_file_is_named_and_left_alone(file):
    file.parent.mkdir()
    file.write_text("{")
    ask(3, 50)
    with pytest.raises(ValueError, match="predictions.json can't be read"):
        reveal("02-rows", 3)
    assert file.read_text() == "{"


def guesses(sure, hits):
    return [Prediction(f"02-{i}", "?", within=1, guess=1, sure=sure, measured=1, hit=hit) for i, hit in enumerate(hits)]


@pytest.mark.parametrize(
    ("sure", "hits", "says"),
    [
        (90, [True, False] * 10, "too sure by 40 points"),
        (50, [True] * 20, "too careful by 50 points"),
        (75, [True, True, True, False] * 5, "as sure as you may be"),
        (90, [False, False], "too few"),
    ],
)
def test_the_score_compares_sureness_with_what_came_out(sure, hits, says):
    assert says in score(guesses(sure, hits))


def test_the_brier_score_of_always_fifty_is_a_quarter():
    assert "Brier score 0.25" in score(guesses(50, [True, False, False]))
    assert "Brier score 0.00" in score(guesses(100, [True] * 3))


def test_calibration_tells_this_lesson_and_all(capsys):
    calibration("02")
    assert "You set no guess in lesson 02" in capsys.readouterr().out
    ask(70, 90)
    reveal("02-rows", 72)
    predict("03-mask", "Which?", options=["a", "b"], guess="a", sure=60)
    reveal("03-mask", "b")
    capsys.readouterr()
    calibration("03")
    out = capsys.readouterr().out
    assert "This lesson: 1 guess" in out and "All lessons: 2 guesses" in out and "How many rows?" not in out
