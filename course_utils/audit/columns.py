"""Checks of what stands beside prompt and reply: a sheet that the reply must agree with, a key, classes, lengths."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ..phrases import mentioned
from .chats import AuditRow
from .plain_text import MANY, Notes, quote


def _phrases_of(value: object) -> list[str]:
    values = value if isinstance(value, list) else str(value or "").split(",")
    return [v.strip() for v in values if isinstance(v, str) and v.strip()]


def check_sheet(raw: list[Mapping], rows: list[AuditRow], column: str, known: Sequence[str], notes: Notes) -> None:
    """Whether the replies agree with one column of their sheet: nothing of another row's, and nothing left out.

    ``known`` are the phrases that the column can hold; without them, those that its rows hold are taken.
    """
    own = [_phrases_of(row.get(column)) for row in raw]
    seen = Counter(phrase for phrases in own for phrase in phrases)
    if not known and len(seen) > max(MANY, 0.5 * len(rows)):
        notes.unjudged.append(
            f"agreement with {column!r}: its values hardly repeat, so there is no list to compare with"
        )
        return
    phrases = tuple(known or (p for p in seen if len(p) > 2))
    claimed = [mentioned(row.reply or "", phrases) for row in rows]
    judged = [i for i, row in enumerate(rows) if own[i] and (row.reply or "").strip()]
    missing = {i: [p for p in own[i] if p in phrases and p.lower() not in claimed[i]] for i in judged}
    whole = sum(not missing[i] for i in judged)
    complete = whole >= max(MANY, 0.75 * len(judged))
    if 0 < whole < len(judged) and not complete:
        notes.unjudged.append(
            f"whether a reply may leave out what {column!r} holds: {1 - whole / len(judged):.0%} of them do"
        )
    for i in judged:
        foreign = sorted(claimed[i] - {p.lower() for p in own[i]})
        if foreign:
            says, has = ", ".join(foreign), ", ".join(own[i])
            notes.add("contradiction", "certain", i, f"the reply says {says}, the column {column!r} {has}")
        elif complete and missing[i]:
            left_out = ", ".join(missing[i])
            notes.add("contradiction", "certain", i, f"the reply leaves out {left_out} of the column {column!r}")


def check_key(raw: list[Mapping], test: list[Mapping], key: str, notes: Notes) -> None:
    """Rows whose key stands in a test row, too."""
    held_out = {str(row[key]): j for j, row in reversed(list(enumerate(test))) if row.get(key)}
    for i, row in enumerate(raw):
        if row.get(key) and str(row[key]) in held_out:
            j = held_out[str(row[key])]
            notes.add("leak", "certain", i, f"test row {j} has the same {key}: {quote(str(row[key]))}")


def count_classes(raw: list[Mapping], columns: Iterable[str], notes: Notes) -> dict[str, Counter]:
    """How many rows have which value, for each column of few different texts or truth values; rare ones are noted.

    Numbers are scores or counts more often than classes, so they are left out.
    """
    balance = {}
    for column in columns:
        counts = Counter(v for row in raw if isinstance(v := row.get(column), (str, bool)) and v != "")
        if not 2 <= len(counts) <= 50 or counts.total() < 10 * len(counts):
            continue
        if all(str(value).replace(".", "", 1).isdigit() for value in counts):
            continue
        balance[column] = counts
        largest, most = counts.most_common(1)[0]
        for i, row in enumerate(raw):
            value = row.get(column)
            if isinstance(value, (str, bool)) and counts[value] and counts[value] * 10 <= most:
                note = f"{column} {value!r} has {counts[value]} rows, {largest!r} has {most}"
                notes.add("imbalance", "look", i, note)
    return balance


def check_length(rows: list[AuditRow], tokenizer, max_length: int | None, notes: Notes) -> None:
    """Rows with more tokens than will be trained on."""
    if tokenizer is None:
        longest = max(range(len(rows)), key=lambda i: len(rows[i].text()))
        notes.unjudged.append(
            "lengths in tokens: pass tokenizer=… and max_length=… "
            f"(the longest is row {longest} with {len(rows[longest].text()):,} characters)"
        )
        return
    limit = max_length or getattr(tokenizer, "model_max_length", None)
    if not isinstance(limit, int) or limit > 10**7:
        notes.unjudged.append(
            "lengths: the tokenizer names no limit, so pass max_length=…, the one you will train with"
        )
        return
    for start in range(0, len(rows), 1000):  # in pieces, so that the ids of a large set need little memory
        texts = ["\n".join(filter(None, (r.system, r.prompt, r.reply))) for r in rows[start : start + 1000]]
        ids = tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]
        for i, tokens in enumerate(ids, start):
            if len(tokens) > limit:
                note = f"it has {len(tokens):,} tokens, {limit:,} fit (a chat template's marks come on top)"
                notes.add("too_long", "certain", i, note)
