"""The situations of the quizzes that come from a run or a tool: ``python -m scripts.quiz_material``.

A module ``lesson_NN`` makes them from what the course stores (runs over several seeds, public logs) or by calling the
same tools as the lesson: for a question's id its log and, where a program can decide, its key. The command writes both
into the bank; with ``--check`` it only says what is out of step, and so does a test. Questions, options and reasons are
written by hand in the bank, so read them again when a log has changed. Nothing here trains or draws at random.
"""

import functools
import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from course_utils.quiz import BANK

MODELS = BANK.parent


@dataclass(frozen=True)
class Situation:
    """What a question shows; `key` is empty where reading decides and no program can."""

    log: str
    key: str = ""


def situations(lesson: str) -> dict[str, Situation]:
    """The made situations of a lesson such as "04", by question; none for a lesson without a module here."""
    if f"lesson_{lesson}" not in {module.name for module in pkgutil.iter_modules(__path__)}:
        return {}
    return importlib.import_module(f"{__name__}.lesson_{lesson}").situations()


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Lines of columns: the first one to the left, figures to the right; a float gets two decimals."""
    cells = [list(head), *([f"{v:.2f}" if isinstance(v, float) else str(v) for v in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = (row[0].ljust(widths[0]) + "".join(f"  {v.rjust(w)}" for v, w in zip(row[1:], widths[1:])) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


@functools.cache
def base_tokenizer() -> Any:
    """The tokenizer of the course's base."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(MODELS / "base")


def filled(sets: list[dict[str, Any]], made: dict[str, Situation]) -> list[dict[str, Any]]:
    """The sets of a bank with the made logs and keys in place.

    Raises:
        ValueError: a made situation belongs to no question of the bank.
    """
    asked = {question["id"] for part in sets for question in part["questions"]}
    if unknown := ", ".join(sorted(made.keys() - asked)):
        raise ValueError(f"the bank does not ask {unknown}")
    return [
        part
        | {
            "questions": [
                question
                | ({"log": made[question["id"]].log} if question["id"] in made else {})
                | ({"key": made[question["id"]].key} if question["id"] in made and made[question["id"]].key else {})
                for question in part["questions"]
            ]
        }
        for part in sets
    ]
