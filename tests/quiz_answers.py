"""Answers that try the quiz task of an assignment, for tests/wrong_answers; made from the bank, so never stale."""

from course_utils import quiz


def _cell(answers: object) -> str:
    return f"answers = {answers!r}"


def wrong(lesson: str) -> dict[str, str]:
    """Answers that miss at least one question of a lesson such as "04", by what they do."""
    keys = {question.id: question.key for question in quiz.load(lesson)}
    name, key = list(keys.items())[-1]
    return {
        "always the first option": _cell(dict.fromkeys(keys, "a")),
        "always the second option": _cell(dict.fromkeys(keys, "b")),
        "leaves the question marks": _cell(dict.fromkeys(keys, "?")),
        "one slip": _cell(keys | {name: "a" if key != "a" else "b"}),
        "forgets one": _cell({other: letter for other, letter in keys.items() if other != name}),
        "letters in a list": _cell(list(keys.values())),
    }


def right(lesson: str) -> dict[str, str]:
    """Right answers written otherwise."""
    return {"in capitals": _cell({question.id: question.key.upper() for question in quiz.load(lesson)})}
