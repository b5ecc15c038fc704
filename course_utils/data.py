"""The course's data files, read with errors that say what to do, and text files written whole or not at all.

``scripts/make_data.py`` makes the files; ``assets/data/README.md`` is their data card.
"""

import csv
import io
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .parse_rows import short
from .read_rows import Table, read_rows

if TYPE_CHECKING:
    from datasets import Dataset

DATA = Path(__file__).parent / "assets" / "data"
COLUMNS = ("category", "name", "features", "colour", "description")
CHAT_ROLES = ("system", "user", "assistant", "tool")
STOCK_COLUMNS = ("price", "stock", "delivery", "shelf")
# what people and spreadsheets write into a cell that has nothing in it
NOTHING = {"n/a", "na", "#n/a", "nan", "null", "none", "nil", "tbd", "?", "-", "--", "#ref!", "#name?", "#value!"}

Row = dict[str, str]
Messages = list[dict]  # a chat: turns with "role" and "content", an assistant's perhaps with "tool_calls"


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
    ``messages``, an unknown role, an empty message, a chat that has no reply, a tool's turn that nothing has called, or
    what a ``Dataset`` can't hold.
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
    """Raise ValueError, beginning with `where`, unless this is a list of turns that ends in a reply.

    A turn has a role and a content. The assistant's may be without content where it calls tools, and a tool's turn
    follows such a call: there are at most as many as it has calls.
    """
    if not isinstance(messages, list) or not messages:
        raise ValueError(f'{where}: there is no list "messages": give each row its conversation under that key.')
    open_calls = 0
    for turn, message in enumerate(messages, 1):
        here = f"{where}, message {turn}"
        if not isinstance(message, dict) or message.get("role") not in CHAT_ROLES:
            role = message.get("role") if isinstance(message, dict) else message
            raise ValueError(f"{here}: unknown role {short(repr(role))}: use {', '.join(CHAT_ROLES)}.")
        role, content, calls = message["role"], message.get("content"), message.get("tool_calls")
        if calls:
            _check_calls(calls, role, here)
        if role == "tool":
            if not open_calls:
                raise ValueError(f"{here}: no call comes before this tool's answer: add a turn with tool_calls.")
            open_calls -= 1
        else:
            open_calls = len(calls or ())
        if not isinstance(content, str) or not content.strip():
            if not calls or not isinstance(content, str | None):
                raise ValueError(f"{here}: the content is empty: write it or delete the row.")
    if messages[-1]["role"] != "assistant":
        raise ValueError(f"{where}: the chat ends without a reply: add an assistant message or delete the row.")


def _check_calls(calls: object, role: str, here: str) -> None:
    """Raise ValueError unless these are an assistant's tool calls, each with a name and arguments."""
    if role != "assistant":
        raise ValueError(f"{here}: only the assistant calls tools: move tool_calls to its turn.")
    for call in calls if isinstance(calls, list) else [None]:
        function = call.get("function", call) if isinstance(call, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise ValueError(f'{here}: tool_calls should be a list of {{"function": {{"name", "arguments"}}}}.')
        arguments = function.get("arguments")
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments)
            except ValueError:
                pass
        if not isinstance(arguments, dict):
            raise ValueError(
                f"{here}: the arguments of {short(function['name'])} are no JSON object: write them as one."
            )


def read_stock(path: str | Path = DATA / "stock.csv") -> list[Row]:
    """The stock list: product, price, stock, delivery and shelf, as they are today."""
    table = read_rows(path)
    _need(table, ("product", *STOCK_COLUMNS))
    return table.rows


# --- Writing --------------------------------------------------------------------------------------------------------


def write_text(path: str | Path, text: str) -> None:
    """Write a file wholly or not at all: a full disk or a missing permission leaves what was there before."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | Path, content: bytes) -> None:
    """As `write_text`, for what is no text."""
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            temporary = file.name
            file.write(content)
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
