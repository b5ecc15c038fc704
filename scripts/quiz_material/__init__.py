"""The situations of the quizzes that come from a run or a tool: ``python -m scripts.quiz_material``.

A module ``lesson_NN`` makes them from what the course stores (runs over several seeds, public logs) or by calling the
same tools as the lesson: for a question's id its log or picture and, where a program can decide, its key. The command
writes them into the bank; with ``--check`` it only says what is out of step, and so does a test. Questions, options and
reasons are written by hand in the bank, so read them again when a log has changed. Nothing here trains or draws lots.
"""

import functools
import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.quiz import BANK

MODELS = BANK.parent


@dataclass(frozen=True)
class Picture:
    """A figure of some numbers, with the text for those who can't see it."""

    numbers: Any
    draw: Callable[[Any], Any]  # from the numbers to a figure of matplotlib
    alt: str

    @property
    def mark(self) -> str:
        """What the stored file carries, so that a test can tell which numbers it was drawn from."""
        return hashlib.sha256(repr(self.numbers).encode()).hexdigest()[:16]

    def save(self, path: Path) -> None:
        """Draws the numbers into a PNG."""
        self.draw(self.numbers).savefig(path, dpi=90, metadata={"Description": self.mark})


@dataclass(frozen=True)
class Situation:
    """What a question shows, a log or a picture; `key` is empty where reading decides and no program can."""

    log: str = ""
    key: str = ""
    picture: Picture | None = None

    def shown(self, question: dict[str, Any]) -> dict[str, Any]:
        """The question of the bank with this situation in place of the one that it had."""
        new: dict[str, Any] = {}
        for field, value in question.items():
            if field in ("log", "picture") and (self.log or self.picture):
                continue
            new[field] = self.key if field == "key" and self.key else value
            if field == "question" and self.log:
                new["log"] = self.log
            if field == "question" and self.picture:
                new["picture"] = {"file": f"{question['id']}.png", "alt": self.picture.alt}
        return new


def mark_of(path: Path) -> str:
    """The mark of a stored picture; "" where there is none."""
    from PIL import Image

    return Image.open(path).text.get("Description", "") if path.is_file() else ""


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
        part | {"questions": [made[q["id"]].shown(q) if q["id"] in made else q for q in part["questions"]]}
        for part in sets
    ]
