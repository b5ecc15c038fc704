"""Finds out how the rows of a data set are to be read: which columns hold prompt, context and reply.

The forms: chats, preference rows, columns under the names that public sets use, a transcript or a plain text in one
column, the course's five product columns. Chats are read in `chats`; what a reply is worth is judged in `checks` and
its neighbours.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .chats import ROLE_NAMES, AuditRow, Turn, clean, fill, is_transcript, parsed, read_transcript, read_turns

# names of columns, in lower case; of several that are there, the first counts
CHATS = ("messages", "conversations", "conversation", "dialog", "dialogue", "dialogs", "dialogues", "chat", "turns")
PROMPTS = ("prompt", "instruction", "question", "query", "problem", "user", "input", "inputs", "source", "request")
REPLIES = ("completion", "response", "output", "answer", "answers", "reply", "solution", "assistant", "target",
           "targets", "outputs", "responses")  # fmt: skip
CONTEXTS = ("context", "input", "passage", "document")
HISTORY = ("history",)  # earlier turns, beside a context or without one
SYSTEMS = ("system", "system_prompt")
IDS = ("id", "idx", "index", "uuid", "_id")
MEDIA = ("image", "images", "audio", "audios", "video", "videos")
SHEET = ("category", "name", "features", "colour")  # the course's products, beside their description


@dataclass
class Form:
    """How rows are read: in words, the function that reads one, and the columns that it reads."""

    shape: str
    read: Callable[[Mapping], AuditRow]
    columns: tuple[str, ...]
    has_reply: bool = True


def _cell(row: AuditRow, value: object, name: str) -> str:
    """A cell as text. Of several answers the first counts, a number is text, an object is its JSON."""
    if isinstance(value, Mapping) and isinstance(value.get("text"), (str, list)):  # as SQuAD has its answers
        value = value["text"]
    if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        value = value[0]
    if isinstance(value, float) and value != value:  # NaN, as pandas has for an empty cell
        value = None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        row.wrong.append(("schema", "look", f"{name} is {type(value).__name__} and not text"))
        value = json.dumps(value, ensure_ascii=False, default=str) if value else None
    return clean(value) if isinstance(value, str) else ""


def _is_chat(value: object) -> bool:
    """Whether a value is a message, or a list that holds one."""
    if isinstance(value, list):
        return any(isinstance(v, (Mapping, list)) for v in value)
    return isinstance(value, Mapping) and ("role" in value or "from" in value)


def _is_talk(value: object) -> bool:
    """Whether a value is a list of texts that take turns."""
    return isinstance(value, list) and len(value) > 1 and all(isinstance(text, str) for text in value)


@dataclass
class _Columns:
    """Reads rows whose parts stand in columns; each part may itself be a text or a list of messages."""

    prompts: list[str]
    contexts: list[str]
    reply: str | None
    system: str | None
    roles: Mapping[str, str]

    def words(self) -> str:
        parts = {"system": [self.system] if self.system else [], "prompt": self.prompts}
        parts |= {"context": self.contexts, "reply": [self.reply] if self.reply else []}
        return ", ".join(f"{part}: {' + '.join(map(repr, names))}" for part, names in parts.items() if names)

    def _asked(self, row: AuditRow, raw: Mapping) -> list[Turn]:
        turns = [Turn("system", _cell(row, raw.get(self.system), self.system))] if self.system else []
        for name in self.prompts:
            value = raw.get(name)
            if _is_chat(value):
                turns += read_turns(row, value if isinstance(value, list) else [value], self.roles)
            else:
                text = _cell(row, value, name)
                turns.append(Turn("user", f"{name}: {text}" if len(self.prompts) > 1 else text))
        for name in self.contexts:
            value = raw.get(name)
            if isinstance(value, list):  # earlier turns, as pairs of question and answer
                pairs = (pair if isinstance(pair, (list, tuple)) else [pair] for pair in value)
                value = "\n".join(str(text) for pair in pairs for text in pair)
            if value:
                turns.append(Turn("user", _cell(row, value, name)))
        return turns

    def read(self, raw: Mapping) -> AuditRow:
        row = AuditRow()
        turns = self._asked(row, raw)
        given = raw.get(self.reply)
        chat = _is_chat(given) or any(_is_chat(raw.get(name)) for name in self.prompts)
        if _is_chat(given):
            answer = read_turns(row, given if isinstance(given, list) else [given], self.roles)
            said = [turn.text for turn in turns if turn.role != "system"]
            if len(answer) > 1 and [turn.text for turn in answer[: len(said)]] == said:
                answer = answer[len(said) :]  # the chosen chat says the prompt again
        else:
            answer = [Turn("assistant", _cell(row, given, self.reply))]
        if chat:
            return fill(row, turns + answer)
        row.system = "\n".join(turn.text for turn in turns if turn.role == "system")
        row.prompt = "\n".join(turn.text for turn in turns if turn.role != "system") if self.prompts else None
        row.reply, row.replies = answer[0].text, (answer[0].text,)
        return row

    def form(self, what: str = "") -> Form:
        columns = [*self.prompts, *self.contexts, self.reply, self.system]
        return Form(what + self.words(), self.read, tuple(filter(None, columns)))


def _chat_form(
    rows: Sequence[Mapping], name: str, system: str | None, roles: Mapping[str, str], what: str = ""
) -> Form:
    """Rows with a whole chat in one column; the shape says what the set's own role names were taken for."""

    def read(raw: Mapping) -> AuditRow:
        row = AuditRow()
        turns = [Turn("system", _cell(row, raw.get(system), system))] if system else []
        return fill(row, turns + read_turns(row, raw.get(name), roles))

    seen: dict[str, str] = {}
    for raw in rows:
        messages = parsed(raw.get(name)) or raw.get(name)
        for message in messages if isinstance(messages, list) else []:
            if isinstance(message, Mapping):
                given = str(message.get("role", message.get("from", message.get("speaker")))).strip().lower()
                if roles.get(given, given) != given:
                    seen[given] = roles[given]
    renamed = ", ".join(f"{given} = {role}" for given, role in seen.items())
    return Form(f"{what}{name}{f', {renamed}' if renamed else ''}", read, tuple(filter(None, (name, system))))


def _text_form(rows: Sequence[Mapping], name: str, what: str = "", others: Sequence[str] = ()) -> Form:
    """Rows with one text, read as a chat where most of the rows mark who speaks."""
    marked = sum(is_transcript(raw.get(name)) for raw in rows) > 0.5 * len(rows)

    def read(raw: Mapping) -> AuditRow:
        row = AuditRow()
        text = _cell(row, raw.get(name), name)
        row.beside = "\n".join(str(raw.get(c)) for c in others)
        if marked:
            return read_transcript(row, text)
        row.reply, row.replies = text, (text,)
        return row

    return Form(f"{what}{'transcripts in' if marked else 'the texts of'} {name!r}", read, (name,))


def _prompt_form(name: str) -> Form:
    """Rows that hold a prompt and no reply, as sets for reinforcement learning do."""

    def read(raw: Mapping) -> AuditRow:
        row = AuditRow()
        row.prompt = _cell(row, raw.get(name), name)
        return row

    return Form(f"prompt: {name!r}", read, (name,))


def _list(value: str | Sequence[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def find_form(
    columns: Sequence[str],
    rows: Sequence[Mapping],
    prompt: str | Sequence[str] | None = None,
    reply: str | None = None,
    context: str | Sequence[str] | None = None,
    roles: Mapping[str, str] | None = None,
) -> Form | None:
    """How rows with these columns are read, or None when there is no text at all.

    Args:
        columns: all columns of the data set.
        rows: its rows, or some of them, to see what the columns hold.
        prompt, reply, context: columns that the caller names instead of those found by name.
        roles: what the set's own role names mean, beside `chats.ROLE_NAMES`.

    Raises:
        ValueError: a named column isn't there, a prompt is named without a reply, or a role means none of the four.
    """
    for name, role in (roles or {}).items():
        if role not in ("system", "user", "assistant", "tool"):
            raise ValueError(f"roles: {name!r} can't mean {role!r}, only system, user, assistant or tool.")
    meant = ROLE_NAMES | {str(name).strip().lower(): role for name, role in (roles or {}).items()}
    prompts, contexts = _list(prompt), _list(context)
    for name in [*prompts, *contexts, *_list(reply)]:
        if name not in columns:
            raise ValueError(f"There is no column {name!r}; the columns are {', '.join(map(str, columns))}."[:200])
    known = {str(c).strip().lower().replace(" ", "_").replace("-", "_"): c for c in reversed(columns)}

    def holds(name: str | None, *kinds: type) -> bool:
        return name is not None and any(isinstance(raw.get(name), kinds) for raw in rows)

    def first(names: Sequence[str], *taken: str | None) -> str | None:
        return next((known[name] for name in names if name in known and known[name] not in taken), None)

    system = first(SYSTEMS)
    system = system if holds(system, str) else None
    chosen = known.get("chosen")
    if not prompts and not reply:
        chats = [known[name] for name in CHATS if name in known]
        if "data" in known and all(_is_talk(raw.get(known["data"])) for raw in rows):
            chats.append(known["data"])
        chat = next((c for c in chats if holds(c, list) or any(isinstance(parsed(r.get(c)), list) for r in rows)), None)
        if chat and chosen:
            return _Columns([chat], contexts, chosen, system, meant).form("preferences, ")
        if chat:
            return _chat_form(rows, chat, system, meant)
        if chosen and not first(PROMPTS):
            chosen_chat = holds(chosen, list)
            return (
                _chat_form(rows, chosen, system, meant, "preferences, ")
                if chosen_chat
                else _text_form(rows, chosen, "preferences, ")
            )
        if all(name in known for name in (*SHEET, "description")):
            sheet = _Columns([known[name] for name in SHEET], [], known["description"], None, meant)
            return Form("a sheet and its description", sheet.read, (known["name"], known["description"]))
    found = reply or chosen or first(REPLIES, *prompts)
    if prompts and not found:
        raise ValueError("Which column holds the reply? Name it, as in reply='answer'.")
    asked = prompts or _list(first(PROMPTS, found, *contexts))
    if found and (asked or reply):
        about = contexts or (
            [] if prompts else [*_list(first(CONTEXTS, found, system, *asked)), *_list(first(HISTORY))]
        )
        return _Columns(asked, about, found, system, meant).form("preferences, " if found == chosen else "")
    if asked and not found:
        if sum(is_transcript(raw.get(asked[0])) for raw in rows) > 0.5 * len(rows):
            return _text_form(rows, asked[0])
        form = _chat_form(rows, asked[0], system, meant) if holds(asked[0], list) else _prompt_form(asked[0])
        return Form(f"{form.shape}, without replies", form.read, form.columns, has_reply=False)
    texts = [c for c in columns if holds(c, str)]
    if not texts and "text" not in known:
        return None
    if "text" in known:
        return _text_form(rows, known["text"])
    longest = max(texts, key=lambda c: sum(len(str(r.get(c) or "")) for r in rows))
    return _text_form(rows, longest, others=[c for c in columns if c != longest and c not in IDS])


@dataclass
class Read:
    """All rows as they were read, how (in words), from which columns, and whether the form has replies at all."""

    rows: list[AuditRow]
    shape: str
    columns: tuple[str, ...]
    has_reply: bool


def read_all(columns: Sequence[str], raw: Sequence[Mapping], **named) -> Read | None:
    """All rows of a set, or None when there is no text. Rows in which the first form finds nothing are read in another.

    ``named`` are the arguments prompt, reply, context and roles of `find_form`, with its errors.
    """
    form = find_form(columns, raw, **named)
    if form is None:
        return None
    forms, rows, left = [], {}, list(range(len(raw)))
    while form and len(forms) < 8:
        forms.append(form)
        rows |= {i: form.read(raw[i]) for i in left if any(raw[i].get(c) is not None for c in form.columns)}
        left = [i for i in left if i not in rows]
        some = [raw[i] for i in left]
        present = list(dict.fromkeys(c for row in some for c, value in row.items() if value is not None))
        form = None if any(named.values()) else find_form(present, some)
    rows |= {i: forms[0].read(raw[i]) for i in left}
    for i, row in rows.items():
        _add_beside(row, raw[i])
    used = tuple(dict.fromkeys(c for form in forms for c in form.columns))
    shape = "; ".join(dict.fromkeys(form.shape for form in forms))
    return Read([rows[i] for i in range(len(raw))], shape, used, any(form.has_reply for form in forms))


def _add_beside(row: AuditRow, raw: Mapping) -> None:
    """What stands in columns of its own: the tools, which a template writes before the chat, and the media."""
    if tools := raw.get("tools") or raw.get("functions"):
        row.beside = str(tools)
    row.has_media = row.has_media or any(raw.get(name) for name in MEDIA)


def rows_of(dataset: object, name: str) -> list[Mapping]:
    """The rows of a data set or a list, bare texts as rows with a "text". Raises TypeError for a dict of splits."""
    if isinstance(dataset, Mapping):
        splits = ", ".join(map(str, dataset))
        raise TypeError(f"{name} is a dict of splits ({splits}): pass one of them, as in dataset['train'].")
    rows = list(dataset)
    return [row if isinstance(row, Mapping) else {"text": row} for row in rows]
