"""Reads training rows of any form as prompt and reply, and notes what is wrong with their form, without ever raising.

The forms are those that TRL trains on (``messages``, ``prompt``/``completion`` as text or chat, ``text``), the columns
that question-and-answer sets commonly have, and the course's five product columns. ``audit`` judges what is read here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from .data import COLUMNS

ROLES = ("system", "developer", "user", "assistant", "tool")
# columns that hold prompt and reply; the reply decides
PAIRS = (
    ("prompt", "completion"), ("instruction", "output"), ("question", "answer"), ("prompt", "response"),
    ("instruction", "response"), ("input", "output"),
)  # fmt: skip


@dataclass
class Row:
    """One row as prompt and reply; None where the form has no such part. `system` is part of neither."""

    prompt: str | None = None
    reply: str | None = None
    system: str = ""
    wrong: list[tuple[str, str]] = field(default_factory=list)  # (kind, note)

    def text(self) -> str:
        return "\n".join(filter(None, (self.prompt, self.reply)))


def _content(message: Mapping) -> str:
    """The text of a message; of a list of parts, the text parts."""
    content = message.get("content", message.get("value"))
    if isinstance(content, list):
        content = " ".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))
    return _clean(content) if isinstance(content, str) else ""


def _clean(text: str) -> str:
    """The text with half characters (lone surrogates), on which encoders stop, as U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _read_messages(row: Row, messages: object) -> list[tuple[str, str]]:
    """The (role, content) turns of a list of messages; what is wrong with them is noted in the row."""
    if not isinstance(messages, list) or not all(isinstance(m, Mapping) for m in messages):
        row.wrong.append(("schema", f"there is no list of messages, but {str(messages)[:40]!r}"))
        return []
    turns = []
    for number, message in enumerate(messages, 1):
        role, text = message.get("role", message.get("from")), _content(message)
        if role not in ROLES:
            row.wrong.append(("role", f"message {number} has the role {role!r}"))
        elif not text.strip() and not message.get("tool_calls") and number < len(messages):
            row.wrong.append(("empty", f"message {number} ({role}) is empty"))
        turns.append((role, text))
    return turns


def _read_chat(row: Row, turns: list[tuple[str, str]]) -> None:
    row.system = "\n".join(text for role, text in turns if role == "system")
    *earlier, (last, text) = [t for t in turns if t[0] != "system"] or [("", "")]
    answered = last == "assistant" or last not in ROLES
    row.reply = text if answered else ""
    row.prompt = "\n".join(t for _, t in (earlier if answered else [*earlier, (last, text)]))
    if not answered and turns:
        row.wrong.append(("empty", f"the chat ends with the {last or 'system'}'s message, without a reply"))


def _text(row: Row, value: object, name: str) -> str:
    """A cell as text; anything else than text or nothing is noted."""
    if value is not None and not isinstance(value, str):
        row.wrong.append(("schema", f"{name} is {type(value).__name__} and not text"))
    return _clean(value) if isinstance(value, str) else ""


def _read_pair(raw: Mapping, prompt: str, reply: str) -> Row:
    row = Row()
    if isinstance(raw.get(prompt), list) or isinstance(raw.get(reply), list):
        sides = []
        for name, role in ((prompt, "user"), (reply, "assistant")):
            given = raw.get(name)
            sides.append(_read_messages(row, given) if isinstance(given, list) else [(role, _text(row, given, name))])
        _read_chat(row, sides[0] + sides[1])
        return row
    row.prompt, row.reply = _text(row, raw.get(prompt), prompt), _text(row, raw.get(reply), reply)
    if prompt == "instruction" and raw.get("input"):
        row.prompt += "\n" + _text(row, raw["input"], "input")
    return row


def _read_conversation(raw: Mapping, name: str) -> Row:
    row = Row()
    _read_chat(row, _read_messages(row, raw.get(name)))
    return row


def reader(columns: Sequence[str], rows: list[Mapping]) -> tuple[str, Callable[[Mapping], Row], tuple[str, ...]] | None:
    """How rows with these columns are read: in words, the function that reads one, the columns with prompt and reply.

    Where no name is known, the column with the longest texts is taken. None when there is no text at all.
    """
    for name in ("messages", "conversations"):
        if name in columns:
            return name, partial(_read_conversation, name=name), (name,)
    for prompt, reply in PAIRS:
        if prompt in columns and reply in columns:
            return f"{prompt}, {reply}", partial(_read_pair, prompt=prompt, reply=reply), (prompt, reply)
    if set(COLUMNS) <= set(columns):
        sheet = [c for c in COLUMNS if c != "description"]

        def read(raw):
            row = Row()
            cells = [f"{c}: {_text(row, raw.get(c), c)}" for c in sheet]
            row.wrong += [("empty", f"{c} is empty") for c in sheet if not str(raw.get(c) or "").strip()]
            row.prompt, row.reply = "\n".join(cells), _text(row, raw.get("description"), "description")
            return row

        return "a sheet and its description", read, ("description", "name")
    texts = [c for c in columns if any(isinstance(row.get(c), str) for row in rows)]
    if "text" not in columns and not texts:
        return None
    name = "text" if "text" in columns else max(texts, key=lambda c: sum(len(str(row.get(c) or "")) for row in rows))

    def read(raw):
        row = Row()
        row.reply = _text(row, raw.get(name), name)
        return row

    return f"the texts of {name!r}", read, (name,)


def rows_of(dataset: object, name: str) -> list[Mapping]:
    """The rows of a data set or a list, bare texts as rows with a "text". Raises TypeError for a dict of splits."""
    if isinstance(dataset, Mapping):
        splits = ", ".join(map(str, dataset))
        raise TypeError(f"{name} is a dict of splits ({splits}): pass one of them, as in dataset['train'].")
    rows = list(dataset)
    return [row if isinstance(row, Mapping) else {"text": row} for row in rows]
