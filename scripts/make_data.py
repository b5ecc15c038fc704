"""Makes the course's data files: ``python -m scripts.make_data``, behind ``make data``.

``products.csv`` has the tutorial's five columns, ``chats.jsonl`` has conversations; the test files hold products whose
names stand in no other file. ``products_damaged.csv`` is a copy of the first rows with planted defects, listed in
``planted_defects.json``. See ``course_utils/assets/data/README.md`` for the data card.
"""

import json
import random

from transformers.utils import get_json_schema

from course_utils import data
from course_utils.data import Row
from course_utils.shop import tasks, texts
from course_utils.shop.catalogue import COLOURS, TYPES, new_product
from course_utils.tool_loop import look_up


def make_products(n: int, split: str, seed: int) -> list[Row]:
    """`n` products with different names and their gold descriptions."""
    rng, rows = random.Random(seed), {}
    while len(rows) < n:
        product = new_product(rng, split)
        rows.setdefault(product.name, product.row() | {"description": tasks.house_description(product, rng)})
    return list(rows.values())


def make_chats(n: int, split: str, seed: int) -> list[dict]:
    """`n` chats of each task: support, extraction and general knowledge, with the fields that the graders need."""
    rng, rows = random.Random(seed), []
    for i in range(n):
        product = new_product(rng, split)
        intent = list(tasks.INTENTS)[i % len(tasks.INTENTS)]
        question = tasks.support_question(intent, product, rng, held_out=split == "test")
        support = tasks.chat(question, tasks.support_reply(intent, product))
        rows.append({"task": "support", "intent": intent, "messages": support} | product.row())
        product = new_product(rng, split)
        extraction = tasks.chat(tasks.extraction_prompt(product, rng), tasks.extraction_json(product))
        rows.append({"task": "extraction", "intent": "", "messages": extraction} | product.row())
        if split == "train":
            blank = dict.fromkeys(product.row(), "")
            rows.append({"task": "general", "intent": "", "messages": tasks.general_chat(rng)} | blank)
    return rows


def make_talks(n: int, split: str, seed: int) -> list[dict]:
    """`n` talks of two to four questions about one product, each answered as the house does: later ones don't name it."""
    rng, rows = random.Random(seed), []
    for _ in range(n):
        product, messages = new_product(rng, split), []
        intents = rng.sample(list(tasks.INTENTS), rng.choice((2, 3, 3, 4)))
        for intent in intents:
            ask = tasks.follow_up if messages else tasks.support_question
            messages += tasks.chat(
                ask(intent, product, rng, held_out=split == "test"), tasks.support_reply(intent, product)
            )
        rows.append({"task": "talk", "intent": ", ".join(intents), "messages": messages} | product.row())
    return rows


def make_look_ups(n: int, split: str, seed: int) -> list[dict]:
    """`n` chats with the stock list as a tool at hand. Two in three call it; the others ask what the house's terms say."""
    rng, rows, tools = random.Random(seed), [], [get_json_schema(look_up)]
    for i in range(n):
        product = new_product(rng, split)
        if i % 3 == 2:
            intent = rng.choice(list(tasks.INTENTS))
            question = tasks.support_question(intent, product, rng, held_out=split == "test")
            messages = tasks.chat(question, tasks.support_reply(intent, product))
        else:
            intent = ("price", "stock")[i % 3]
            question = tasks.look_up_question(intent, product, rng, held_out=split == "test")
            value = texts.stock_facts(rng)[intent]
            function = {"name": "look_up", "arguments": {"product": product.name, "column": intent}}
            messages = [
                {"role": "user", "content": question},
                {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": function}]},
                {"role": "tool", "name": "look_up", "content": json.dumps({intent: value})},
                {"role": "assistant", "content": tasks.look_up_reply(intent, value, product)},
            ]
        rows.append({"task": "look-up", "intent": intent, "messages": messages, "tools": tools} | product.row())
    return rows


def make_stock(n: int, seed: int) -> list[Row]:
    """A stock list of test products, as the shop's till would export it."""
    rng = random.Random(seed)
    rows = []
    for product in make_products(n, "test", seed):
        rows.append({"product": product["name"]} | texts.stock_facts(rng))
    return rows


def damage(rows: list[Row], test: list[Row], seed: int) -> tuple[list[Row], list[dict]]:
    """The rows with defects planted in 3% of them for each kind, and the list of what was planted where (from row 0)."""
    rng, rows, planted = random.Random(seed), [dict(r) for r in rows], []
    free = list(range(len(rows)))
    rng.shuffle(free)
    sources = free[: len(free) // 2]  # never damaged themselves: what is planted is taken from the other end

    def wrong_colour(row: Row) -> None:
        other = rng.choice([c for c in COLOURS if c != row["colour"]])
        row["description"] = row["description"].replace(row["colour"], other)

    def wrong_feature(row: Row) -> None:
        has = row["features"].split(", ")
        kind = TYPES[row["name"].split(" ", 1)[1]]
        other = rng.choice([f for f in kind.features if f not in has])
        row["description"] = row["description"].replace(has[0], other)

    def duplicate(row: Row) -> None:
        row.update(rows[rng.choice(sources)])

    def near_duplicate(row: Row) -> None:
        duplicate(row)
        row["description"] = row["description"].replace("Meet the", "Meet  the").replace(", and", " and")

    def leak(row: Row) -> None:
        row.update(rng.choice(test))

    def empty(row: Row) -> None:
        row["description"] = ""

    def truncated(row: Row) -> None:
        row["description"] = row["description"][: rng.randint(20, 60)].rsplit(" ", 1)[0]

    def mojibake(row: Row) -> None:
        row["description"] = "â€œ" + row["description"].replace(".", "â€¦") + "â€\x9d"

    def wrong_language(row: Row) -> None:
        brand = row["name"].split()[0]
        row["description"] = f"Das ist {brand}. Es ist sehr schön und kostet nicht viel. Sie finden es im Laden."

    def personal(row: Row) -> None:
        who = rng.choice(("mia", "tom", "ada"))
        row["description"] += f" Questions to {who}.miller@example.com or 030 55{rng.randint(10000, 99999)}."

    def too_long(row: Row) -> None:
        row["description"] = " ".join([row["description"]] * 30)

    makers = (wrong_colour, wrong_feature, duplicate, near_duplicate, leak, empty, truncated, mojibake, wrong_language,
              personal, too_long)  # fmt: skip
    each = max(1, round(0.03 * len(rows)))
    for maker in makers:
        for _ in range(each):
            i = free.pop()
            maker(rows[i])
            planted.append({"row": i, "defect": maker.__name__})
    return rows, sorted(planted, key=lambda p: p["row"])


def files() -> dict[str, str]:
    """Every data file's name and content, the same on each call."""
    products, test = make_products(3000, "train", 10), make_products(300, "test", 11)
    damaged, planted = damage(products[:600], test, 12)
    return {
        "products.csv": data.to_csv(products),
        "products_test.csv": data.to_csv(test),
        "products_damaged.csv": data.to_csv(damaged),
        "planted_defects.json": json.dumps(planted, indent=0) + "\n",
        "chats.jsonl": data.to_jsonl(
            make_chats(1000, "train", 13) + make_talks(300, "train", 16) + make_look_ups(300, "train", 17)
        ),
        "chats_test.jsonl": data.to_jsonl(make_chats(150, "test", 14)),
        "talks_test.jsonl": data.to_jsonl(make_talks(100, "test", 18) + make_look_ups(90, "test", 19)),
        "stock.csv": data.to_csv(make_stock(60, 15)),
    }


if __name__ == "__main__":
    for name, text in files().items():
        data.write_text(data.DATA / name, text)
        print(f"{name}: {text.count(chr(10)):,} lines, {len(text.encode()) / 1e3:,.0f} kB")
