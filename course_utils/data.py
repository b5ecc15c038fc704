"""The course's data files: made by ``python -m course_utils.data``, read with errors that say what to do.

``products.csv`` has the tutorial's five columns, ``chats.jsonl`` has conversations; the test files hold products whose
names stand in no other file. ``products_damaged.csv`` is a copy of the first rows with planted defects, listed in
``planted_defects.json``. See ``assets/data/README.md`` for the data card.
"""

import csv
import io
import json
import os
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import corpus, tasks
from .parse_rows import short
from .read_rows import Table, read_rows
from .world import COLOURS, TYPES, Product, new_product

if TYPE_CHECKING:
    from datasets import Dataset

DATA = Path(__file__).parent / "assets" / "data"
COLUMNS = ("category", "name", "features", "colour", "description")
ROLES = ("system", "user", "assistant")
# what people and spreadsheets write into a cell that has nothing in it
NOTHING = {"n/a", "na", "#n/a", "nan", "null", "none", "nil", "tbd", "?", "-", "--", "#ref!", "#name?", "#value!"}

Row = dict[str, str]


# --- Reading --------------------------------------------------------------------------------------------------------


def read_products(path: str | Path = DATA / "products.csv") -> "Dataset":
    """A CSV of products as a ``Dataset`` with the columns category, name, features, colour and description.

    Raises ValueError in one sentence, naming the line, for what `read_rows` refuses (an empty file, a wrong encoding, a
    row with too few or too many cells …), for another form or separator, a missing column, an empty cell, or one that
    only says that there is nothing in it. Other columns are kept; rows without any text, which spreadsheets leave behind,
    are passed over.
    """
    table = read_rows(path)
    if not table.separator:
        raise ValueError(f"{table.name} holds {short(table.form)} and no CSV: save its rows as CSV, with commas.")
    if table.separator != ",":
        sign = "semicolons or tabs" if table.separator in ";\t" else "bars"
        raise ValueError(f"{table.name} has {sign} between its columns: export it again with commas.")
    _need(table, COLUMNS)
    for number, row in enumerate(table.rows):
        where = table.where(number)
        if empty := [c for c in COLUMNS if not row[c].strip()]:
            raise ValueError(f"{where}: {empty[0]} is empty: fill it in or delete the row.")
        if absent := [c for c in COLUMNS if row[c].strip().casefold() in NOTHING]:
            cell = row[absent[0]].strip()
            raise ValueError(f"{where}: {absent[0]} says {cell!r}, which is no text: fill it in or delete the row.")
        if broken := [c for c in ("category", "name", "colour") if "\n" in row[c]]:
            raise ValueError(f"{where}: {broken[0]} holds a line break: is a quotation mark left open before it?")
    return table.dataset()


def _need(table: Table, columns: Sequence[str]) -> None:
    """Raise ValueError unless the table has these columns; what differs in case or spelling alone is named as such."""
    heads = table.columns
    missing = [c for c in columns if c not in heads]
    if not missing:
        return
    if len(missing) == len(columns) and len(missing) > 1 and not any(_plain(head) in columns for head in heads):
        listed = ", ".join(columns)
        raise ValueError(f"{table.name}, line 1 has none of the columns {listed}: put these names in the first line.")
    alike = {c: head for c in missing for head in heads if _plain(head) == c}
    if len(alike) > 2:
        listed = ", ".join(columns)
        raise ValueError(f"{table.name}, line 1: spell the columns {listed}, in small letters and without spaces.")
    if alike:
        renamed = " and ".join(f"{short(repr(head), 22)} to {c}" for c, head in alike.items())
        raise ValueError(f"{table.name}, line 1: rename {renamed}.")
    named = f"column {missing[0]}" if len(missing) == 1 else f"columns {', '.join(missing)}"
    has = short(", ".join(map(repr, heads)), 52)
    raise ValueError(f"{short(table.name, 40)} has no {named} (it has {has}): add or rename it in the first line.")


def _plain(head: str) -> str:
    """The name of a column as the course spells it: in small letters, without spaces around it, in British English."""
    return {"color": "colour"}.get(head.strip().casefold(), head.strip().casefold())


def read_chats(path: str | Path = DATA / "chats.jsonl", task: str | None = None) -> "Dataset":
    """A JSON Lines file of chats as a ``Dataset`` with a ``messages`` column (and whatever else its rows have).

    `task` keeps the rows of one task only. Raises ValueError in one sentence, naming the line, for broken JSON, a missing
    ``messages``, an unknown role, an empty message, a chat that has no reply, or what a ``Dataset`` can't hold.
    """
    table = read_rows(path)
    for number, row in enumerate(table.rows):
        check_messages(row.get("messages"), table.where(number))
    chosen = [i for i, row in enumerate(table.rows) if task is None or row.get("task") == task]
    if not chosen:
        known = short(", ".join(sorted({str(row.get("task")) for row in table.rows})), 80)
        raise ValueError(f"{table.name} has no rows with the task {short(task)!r}: it has {known}.")
    return table.select(chosen).dataset()


def check_messages(messages: object, where: str) -> None:
    """Raise ValueError, beginning with `where`, unless this is a list of role/content turns that ends in a reply."""
    if not isinstance(messages, list) or not messages:
        raise ValueError(f'{where}: there is no list "messages": give each row its conversation under that key.')
    for turn, message in enumerate(messages, 1):
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            role = message.get("role") if isinstance(message, dict) else message
            raise ValueError(f"{where}, message {turn}: unknown role {short(repr(role))}: use {', '.join(ROLES)}.")
        if not isinstance(message.get("content"), str) or not message["content"].strip():
            raise ValueError(f"{where}, message {turn}: the content is empty: write it or delete the row.")
    if messages[-1]["role"] != "assistant":
        raise ValueError(f"{where}: the chat ends without a reply: add an assistant message or delete the row.")


def read_stock(path: str | Path = DATA / "stock.csv") -> list[Row]:
    """The stock list: product, price, stock, delivery and shelf, as they are today."""
    table = read_rows(path)
    _need(table, ("product", "price", "stock", "delivery", "shelf"))
    return table.rows


# --- Writing --------------------------------------------------------------------------------------------------------


def write_text(path: str | Path, text: str) -> None:
    """Write a file wholly or not at all: a full disk or a missing permission leaves what was there before."""
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=path.parent, delete=False) as file:
            temporary = file.name
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise OSError(
            f"Could not write {path.name} to the folder {path.parent.name}/ ({error.strerror}): free some space, or "
            "choose a folder you may write to."
        ) from None


def to_csv(rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def to_jsonl(rows: list[dict]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


# --- Making ---------------------------------------------------------------------------------------------------------


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


def make_stock(n: int, seed: int) -> list[Row]:
    """A stock list of test products, as the shop's till would export it."""
    rng = random.Random(seed)
    rows = []
    for product in make_products(n, "test", seed):
        rows.append({"product": product["name"]} | corpus.stock_facts(rng))
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


def slip(rows: list[Row], share: float) -> list[Row]:
    """The rows, but in a share of them the descriptions have slipped to the next: each is another product's.

    That happens to a spreadsheet of which one column was sorted and the others were not.
    """
    chosen = random.Random(0).sample(range(len(rows)), round(share * len(rows)))
    source = dict(zip(chosen, chosen[1:] + chosen[:1]))
    return [row | {"description": rows[source.get(i, i)]["description"]} for i, row in enumerate(rows)]


def terse(rows: list[Row], share: float) -> list[Row]:
    """The rows, but in a share of them the description names the first feature only, as a hurried writer's would."""
    rng = random.Random(0)
    chosen, out = set(rng.sample(range(len(rows)), round(share * len(rows)))), []
    for i, row in enumerate(rows):
        short = Product(row["category"], row["name"], (row["features"].split(", ")[0],), row["colour"])
        out.append(row | {"description": tasks.house_description(short, rng)} if i in chosen else row)
    return out


def files() -> dict[str, str]:
    """Every data file's name and content, the same on each call."""
    products, test = make_products(3000, "train", 10), make_products(300, "test", 11)
    damaged, planted = damage(products[:600], test, 12)
    return {
        "products.csv": to_csv(products),
        "products_test.csv": to_csv(test),
        "products_damaged.csv": to_csv(damaged),
        "planted_defects.json": json.dumps(planted, indent=0) + "\n",
        "chats.jsonl": to_jsonl(make_chats(1000, "train", 13)),
        "chats_test.jsonl": to_jsonl(make_chats(150, "test", 14)),
        "stock.csv": to_csv(make_stock(60, 15)),
    }


if __name__ == "__main__":
    for name, text in files().items():
        write_text(DATA / name, text)
        print(f"{name}: {text.count(chr(10)):,} lines, {len(text.encode()) / 1e3:,.0f} kB")
