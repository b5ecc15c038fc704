"""The quiz bank: shown in a lesson, graded in an assignment, checked before either.

One file a lesson, ``assets/quiz/NN.json``: a list of questions, each with an ``id`` ("00-q1"), the ``section`` of the
lesson that answers it (its heading), the ``question``, at most one ``picture`` ({"file", "alt"}, beside the bank) and
one ``log`` (shown as it is, in a fixed-width font), and three ``options`` or more: ``text``, ``correct``, ``reason``.
Letters a, b, c, … follow the order of the file. Texts may use `code`, **bold** and *italic*.
"""

import base64
import html
import json
import re
import string
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

BANK = Path(str(resources.files("course_utils"))) / "assets" / "quiz"
TEXT = {"type": "string", "pattern": r"\S"}


def _object(required: dict[str, object], **optional: object) -> dict[str, object]:
    fields = {"properties": required | optional, "required": list(required), "additionalProperties": False}
    return {"type": "object", **fields}


# what a question looks like, as a JSON schema
QUESTION = _object(
    {
        "id": TEXT,
        "section": TEXT,
        "question": TEXT,
        "options": {
            "type": "array",
            "minItems": 3,
            "items": _object({"text": TEXT, "correct": {"type": "boolean"}, "reason": TEXT}),
        },
    },
    log=TEXT,
    picture=_object({"file": {"type": "string", "pattern": r"\.png$"}, "alt": TEXT}),
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
    """One question; `picture` is a file beside the bank with its description, `log` a text shown as it is."""

    id: str
    section: str
    question: str
    options: tuple[Option, ...]
    picture: tuple[Path, str] | None = None
    log: str = ""

    @property
    def key(self) -> str:
        """The letter of the right option."""
        return next(option.letter for option in self.options if option.correct)


def _question(row: dict[str, Any], lesson: str) -> Question:
    """Reads one question; raises ValueError with the end of a sentence that starts with where it stands."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    if (error := best_match(Draft202012Validator(QUESTION).iter_errors(row))) is not None:
        raise ValueError(f"{'/'.join(map(str, error.absolute_path)) or 'its fields'}: {error.message}")
    if not re.fullmatch(rf"{lesson}-q[1-9]\d*", row["id"]):
        raise ValueError(f"needs an id like {lesson}-q1")
    options = tuple(Option(letter, **option) for letter, option in zip(string.ascii_lowercase, row["options"]))
    if len({option.text.strip().lower() for option in options}) < len(options):
        raise ValueError("has two equal options")
    if sum(option.correct for option in options) != 1:
        raise ValueError(f"needs exactly one correct option and has {sum(option.correct for option in options)}")
    picture = None
    if "picture" in row:
        picture = (BANK / row["picture"]["file"], row["picture"]["alt"])
        if not picture[0].is_file():
            raise ValueError(f"shows {picture[0].name}, which does not lie beside the bank")
    return Question(row["id"], row["section"], row["question"], options, picture, row.get("log", ""))


def load(lesson: str) -> list[Question]:
    """Reads and validates the quiz of a lesson such as "00".

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
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{path.name} should be a list of questions")
    questions: list[Question] = []
    for number, row in enumerate(rows, 1):
        name = row.get("id") or f"number {number}"
        try:
            question = _question(row, lesson)
        except ValueError as error:
            raise ValueError(f"{path.name}, question {name}: {error}") from error
        if question.id in {earlier.id for earlier in questions}:
            raise ValueError(f"{path.name}, question {name}: the id is used twice")
        questions.append(question)
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
