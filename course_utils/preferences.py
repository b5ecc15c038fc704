"""Preferences for lesson 10: samples of a model, what the shop's editor likes about them, pairs, and who wins.

The graders of ``evaluate`` say what is true. ``scripts/run_preferences.py``, behind ``make sweeps``, makes the stored
runs.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from .data import Row
from .evaluate import grade_description
from .generate import Reply, generate
from .shop import tasks

STORE = Path(__file__).parent / "assets" / "preferences.json"
VERDICTS = ("first", "tie", "second")


def opens_with_features(text: str) -> bool:
    """Whether the second sentence begins with what the product has, as the editor likes it: "With a lid, it …"."""
    return text.partition(". ")[2].startswith("With ")


def rating(reply: Reply, row: Row) -> int:
    """The editor's stars: 0 for a text that is not strictly right, 1 for a right one, 2 for one that she likes too."""
    right = grade_description(reply, row)["strict"] == 1
    return right + (right and opens_with_features(reply.text))


def verdict(row: Row, first: Reply, second: Reply) -> str:
    """The editor's choice between two replies about one product: "first", "second" or "tie"."""
    one, two = rating(first, row), rating(second, row)
    return "tie" if one == two else "first" if one > two else "second"


def sample(model, tokenizer, rows: Sequence[Row], k: int, seed: int, max_new_tokens: int = 70) -> list[list[Reply]]:
    """`k` replies for each row's request, drawn at temperature 1 from all tokens, as the model itself thinks likely."""
    from transformers import set_seed

    set_seed(seed)
    asked = [tasks.chat(tasks.describe_prompt(row), "")[:1] for row in rows for _ in range(k)]
    replies = generate(model, tokenizer, asked, max_new_tokens, batch_size=256, sample=True)
    return [replies[i : i + k] for i in range(0, len(replies), k)]


def preference_rows(rows: Sequence[Row], samples: Sequence[Sequence[Reply]]) -> list[dict]:
    """One row for `DPOTrainer` from each product whose replies are not all alike to the editor: the best, the worst.

    Keys: ``prompt``, ``chosen`` and ``rejected``, each a list of messages. Only replies that ended by themselves take
    part, as the chat template closes every reply with an end of turn.
    """
    found = []
    for row, replies in zip(rows, samples):
        ranked = sorted((reply for reply in replies if reply.ended), key=lambda reply: rating(reply, row))
        if ranked and verdict(row, ranked[-1], ranked[0]) == "first":
            chosen, rejected = (tasks.chat(tasks.describe_prompt(row), ranked[i].text) for i in (-1, 0))
            found.append({"prompt": chosen[:1], "chosen": chosen[1:], "rejected": rejected[1:]})
    return found


def points(verdicts: Sequence[str]) -> list[float]:
    """1 for a win of the first, 0 for one of the second, and half a point for a tie; their mean is the win rate."""
    return [1.0 if one == "first" else 0.5 if one == "tie" else 0.0 for one in verdicts]


# --- The stored runs ------------------------------------------------------------------------------------------------


def stored_preferences() -> list[dict]:
    """The stored runs, one dict a seed. Raises ValueError when there are none."""
    if not STORE.exists():
        raise ValueError("There are no stored preference runs: run `make sweeps`.")
    return json.loads(STORE.read_text(encoding="utf-8"))
