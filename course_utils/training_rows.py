"""Training sets made from the shop's files, in the forms that the lessons, the galleries and the stored runs train on.

A *chat* is a list of messages. TRL trains the completion of a row of prompt and completion; `pairs` makes such rows
from chats. Nothing here trains or grades.
"""

import random
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from . import data
from .data import Messages, Row
from .evaluate import product_of
from .shop import tasks

if TYPE_CHECKING:
    from datasets import Dataset


def chats_of(rows: Iterable[Row]) -> list[Messages]:
    """Rows of products as chats: the request to describe the product, and its description."""
    return [tasks.chat(tasks.describe_prompt(row), row["description"]) for row in rows]


def pairs(chats: Iterable[Messages]) -> "Dataset":
    """Chats as a ``Dataset`` with the columns ``prompt`` (all turns but the last) and ``completion`` (the last)."""
    from datasets import Dataset

    return Dataset.from_list([{"prompt": chat[:-1], "completion": chat[-1:]} for chat in chats])


def whole_chats(chats: Iterable[Messages]) -> "Dataset":
    """Chats as a ``Dataset`` with one column ``messages``; TRL trains every turn unless told otherwise."""
    from datasets import Dataset

    return Dataset.from_list([{"messages": chat} for chat in chats])


def descriptions(rows: Iterable[Row]) -> "Dataset":
    """Rows of products as rows of prompt and completion."""
    return pairs(chats_of(rows))


def training_rows(counts: Mapping[str, int], draw: int = 0) -> "Dataset":
    """Rows of each task as prompt/completion chats, e.g. ``{"describe": 300, "general": 300}``.

    They are the first rows; of the descriptions, a later `draw` takes those that follow the earlier draws', and begins
    again at the end of the file.
    """
    chats: list[Messages] = []
    for task, n in counts.items():
        if task == "describe":
            products = data.read_products()
            chats += chats_of(products.select([(draw * n + i) % len(products) for i in range(n)]))
        else:
            chats += data.read_chats(task=task).select(range(n))["messages"]
    return pairs(chats)


def validation_rows(n: int = 40) -> "Dataset":
    """The last rows of ``products.csv``, which no run that is validated on them trains on."""
    return descriptions(data.read_products().to_list()[-n:])


def skewed_rows(n: int) -> "Dataset":
    """Chats of very different length: 3 in 10 are general questions, 1 in 12 asks for three to seven texts at once.

    The others ask for one. About 120 tokens in the mean, up to 700.
    """
    rng, products = random.Random(0), iter(data.read_products().to_list())
    chats = list(data.read_chats(task="general").select(range(n * 3 // 10))["messages"])
    for size in rng.choices((1, 3, 5, 7), (88, 4, 4, 4), k=n - len(chats)):
        rows = [next(products) for _ in range(size)]
        texts = "\n\n".join(row["description"] for row in rows)
        chats.append(tasks.chat("\n\n".join(map(tasks.describe_prompt, rows)), texts))
    rng.shuffle(chats)
    return pairs(chats)


def leaked_rows() -> list[Row]:
    """Sixteen test rows that one run of lesson 07 trains on, as if by mistake."""
    return data.read_products(data.DATA / "products_test.csv").to_list()[200:216]


def familiar_questions(rows: Iterable[dict]) -> list[str]:
    """Support questions about the products of test rows, in the wordings of the training rows."""
    rng = random.Random(0)
    return [tasks.support_question(row["intent"], product_of(row), rng, held_out=False) for row in rows]
