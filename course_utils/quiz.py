"""The quiz bank: shown in a lesson, graded in an assignment, checked before either.

One file a lesson, ``assets/quiz/NN.json``: a list of sets. The questions of a set are situations that share one list of
options and have different keys, so that nobody can answer from the options alone. A set::

    {"section": "3 · Ask the base model",           (the heading of the lesson that answers it)
     "options": {"a": "The base.", "b": "…"},        (three to five, in the order of the alphabet)
     "questions": [{"id": "00-q1", "question": "…", "key": "b", "reasons": {"a": "…", "b": "…"}}, …]}

A question may have a ``log`` (shown as it is, in a fixed-width font) and a ``picture`` ({"file", "alt"}, beside the
bank). ``reasons`` say of every option why it is right or wrong in this situation. Texts may use `code`, **bold** and
*italic*. This file knows nothing about how the situations were made (scripts/quiz_material/) or how a page looks.
"""

import base64
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

BANK = Path(str(resources.files("course_utils"))) / "assets" / "quiz"
TEXT = {"type": "string", "pattern": r"\S"}
LETTERS = "abcde"


def _object(required: dict[str, object], **optional: object) -> dict[str, object]:
    fields = {"properties": required | optional, "required": list(required), "additionalProperties": False}
    return {"type": "object", **fields}


def _by_letter(least: int) -> dict[str, object]:
    fields = {"properties": dict.fromkeys(LETTERS, TEXT), "additionalProperties": False}
    return {"type": "object", "minProperties": least, **fields}


# what a question and a set look like, as JSON schemas
QUESTION = _object(
    {"id": TEXT, "question": TEXT, "key": {"enum": list(LETTERS)}, "reasons": _by_letter(3)},
    log=TEXT,
    picture=_object({"file": {"type": "string", "pattern": r"\.png$"}, "alt": TEXT}),
)
SET = _object(
    {
        "section": TEXT,
        "options": _by_letter(3),
        "questions": {"type": "array", "minItems": 1, "items": {"type": "object"}},
    }
)


@dataclass(frozen=True)
class Option:
    """One answer: its letter, its text, whether it is right, and why."""

    letter: str
    text: str
    correct: bool
    reason: str


@dataclass(frozen=True)
class Question:
    """One question of set number `set`; `picture` is a file beside the bank with its description, `log` a text."""

    id: str
    set: int
    section: str
    question: str
    options: tuple[Option, ...]
    picture: tuple[Path, str] | None = None
    log: str = ""

    @property
    def key(self) -> str:
        """The letter of the right option."""
        return next(option.letter for option in self.options if option.correct)


def _check(row: object, schema: dict[str, object]) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    if (error := best_match(Draft202012Validator(schema).iter_errors(row))) is not None:
        raise ValueError(f"{'/'.join(map(str, error.absolute_path)) or 'its fields'}: {error.message}")


def _question(row: dict[str, Any], lesson: str, number: int, section: str, options: dict[str, str]) -> Question:
    """Reads one question; raises ValueError with the end of a sentence that starts with where it stands."""
    _check(row, QUESTION)
    if not re.fullmatch(rf"{lesson}-q[1-9]\d*", row["id"]):
        raise ValueError(f"needs an id like {lesson}-q1")
    if row["key"] not in options:
        raise ValueError(f"has the key {row['key']}, which is none of the options {', '.join(options)}")
    if list(row["reasons"]) != list(options):
        raise ValueError(f"needs one reason for each of {', '.join(options)} and has {', '.join(row['reasons'])}")
    picture = None
    if "picture" in row:
        picture = (BANK / row["picture"]["file"], row["picture"]["alt"])
        if not picture[0].is_file():
            raise ValueError(f"shows {picture[0].name}, which does not lie beside the bank")
    answers = tuple(
        Option(letter, text, letter == row["key"], row["reasons"][letter]) for letter, text in options.items()
    )
    return Question(row["id"], number, section, row["question"], answers, picture, row.get("log", ""))


def _set(row: dict[str, Any], lesson: str, number: int) -> Iterator[Question]:
    """The questions of one set; raises ValueError with the end of a sentence that starts with the file's name."""
    try:
        _check(row, SET)
        options = row["options"]
        if list(options) != list(LETTERS[: len(options)]):
            raise ValueError(f"its options should have the letters {', '.join(LETTERS[: len(options)])} in this order")
        if len({text.strip().lower() for text in options.values()}) < len(options):
            raise ValueError("has two equal options")
    except ValueError as error:
        raise ValueError(f"set {number}: {error}") from error
    for place, question in enumerate(row["questions"], 1):
        try:
            yield _question(question, lesson, number, row["section"], options)
        except ValueError as error:
            name = question.get("id") or f"number {place} of set {number}"
            raise ValueError(f"question {name}: {error}") from error


def load(lesson: str) -> list[Question]:
    """Reads and validates the quiz of a lesson such as "00": its questions, set after set.

    Raises:
        FileNotFoundError: the lesson has no quiz.
        ValueError: the bank is broken, in one sentence that names file and question.
    """
    path = BANK / f"{lesson}.json"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in BANK.glob("*.json"))) or "none yet"
        raise FileNotFoundError(f"lesson {lesson!r} has no quiz; lessons with one: {known}")
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path.name} is not valid JSON: {error}") from error
    if not isinstance(rows, list) or not rows:
        raise ValueError(f"{path.name} should be a list of sets of questions")
    questions: list[Question] = []
    try:
        for number, row in enumerate(rows, 1):
            questions += _set(row, lesson, number)
    except ValueError as error:
        raise ValueError(f"{path.name}, {error}") from error
    names = [question.id for question in questions]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"{path.name}, question {twice}: the id is used twice")
    return questions


def rich(text: str) -> str:
    """Light markdown as HTML, safe for jupyterquiz, which reads `<`, `$` and `[x](y)` as markup of its own."""
    parts = re.split(r"(`[^`]+`)", text)
    for i, part in enumerate(parts):
        code = part.startswith("`") and len(part) > 1
        part = html.escape(part.strip("`") if code else part)
        part = part.replace("$", "&#36;").replace("[", "&#91;").replace("\n", "<br>")
        if code:
            parts[i] = f"<code>{part}</code>"
        else:
            part = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", part)
            parts[i] = re.sub(r"\*(\S.*?)\*", r"<i>\1</i>", part)
    return "".join(parts)


def _shown(question: Question) -> dict[str, Any]:
    """The question in the form that jupyterquiz takes."""
    text = rich(question.question)
    if question.picture:
        file, alt = question.picture
        data = base64.b64encode(file.read_bytes()).decode()
        text += f'<br><img src="data:image/png;base64,{data}" alt="{html.escape(alt)}" style="max-width: 100%">'
    where = f" Read again: “{rich(question.section)}”."
    answers = [
        {
            "answer": f"<b>{option.letter}.</b> {rich(option.text)}",
            "correct": option.correct,
            "feedback": rich(option.reason) + ("" if option.correct else where),
        }
        for option in question.options
    ]
    shown = {"question": text, "type": "multiple_choice", "answers": answers, "answer_cols": 1}
    return shown | ({"code": html.escape(question.log)} if question.log else {})


def show_quiz(lesson: str) -> None:
    """Displays the quiz of a lesson; each answer says at once why it is right or wrong."""
    from jupyterquiz import display_quiz

    display_quiz([_shown(question) for question in load(lesson)], shuffle_answers=False, max_width=900)


def grade(lesson: str, answers: dict[str, str]) -> dict[str, bool]:
    """Grades answers such as ``{"00-q1": "b"}``: prints a line a question, returns which are right.

    A wrong answer gets the reason why that option is wrong and the section to read again, not the key.

    Raises:
        ValueError: a question without an answer, an unknown question, or a letter that is no option.
        TypeError: the answers are not a dict.
    """
    questions = load(lesson)
    if not isinstance(answers, dict):
        raise TypeError(f'answers should be a dict like {{"{questions[0].id}": "a"}}, not {type(answers).__name__}')
    unknown = [name for name in answers if name not in {question.id for question in questions}]
    if unknown:
        asked = ", ".join(question.id for question in questions)
        raise ValueError(f"lesson {lesson} does not ask {', '.join(map(repr, unknown))}; it asks {asked}")
    missing = [question.id for question in questions if answers.get(question.id) in (None, "", "?")]
    if missing:
        raise ValueError(f"no answer yet for {', '.join(missing)}")
    chosen: dict[str, Option] = {}
    for question in questions:
        letter = str(answers[question.id]).strip().lower()
        options = {option.letter: option for option in question.options}
        if letter not in options:
            raise ValueError(f"{question.id} has the options {', '.join(options)}, not {answers[question.id]!r}")
        chosen[question.id] = options[letter]
    for question in questions:
        option = chosen[question.id]
        line = f"{'✓' if option.correct else '✗'} {question.id} {option.letter}: {option.reason}"
        print(line if option.correct else f"{line} Read again: “{question.section}”.")
    return {name: option.correct for name, option in chosen.items()}
