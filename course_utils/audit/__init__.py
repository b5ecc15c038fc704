"""`audit(dataset)` looks through a training set for what spoils it, and names the rows.

It reads every form that TRL trains on, and those of the usual public sets. It judges texts and not tasks: whether a
reply is *good* it can't say. Each finding says how sure it is: `certain`, `likely`, or only worth a `look`. No row
makes it raise: what it could not judge, it says.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from .columns import check_key, check_length, check_sheet, count_classes
from .encoding_and_language import check_encoding, check_language, check_markup, check_personal
from .links_and_images import check_unseen
from .plain_text import Notes
from .repeats import check_repeats
from .replies import (
    check_calls,
    check_form,
    check_loops,
    check_merged,
    check_placeholders,
    check_refusals,
    check_truncated,
)
from .report import REMEDIES, SEVERITIES, Audit, Finding
from .rows import read_all, rows_of

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["REMEDIES", "SEVERITIES", "Audit", "Finding", "audit"]


def audit(
    dataset: "Dataset | Iterable[Mapping]",
    *,
    prompt: str | Sequence[str] | None = None,
    reply: str | None = None,
    context: str | Sequence[str] | None = None,
    roles: Mapping[str, str] | None = None,
    test: "Dataset | Iterable[Mapping] | None" = None,
    key: str | None = None,
    tokenizer=None,
    max_length: int | None = None,
    sheet: Sequence[str] | Mapping[str, Sequence[str]] = (),
    language: str | None = None,
) -> Audit:
    """Look through a training set and name the rows that spoil it. Rows count from 0, as in ``dataset[0]``.

    Long work shows a progress bar.

    Args:
        dataset: any `Dataset` or list of rows: ``messages``, ``conversations``, ``prompt``/``completion`` (text or
            chat), ``chosen``/``rejected``, ``instruction``/``input``/``output`` and their like, ``text``, or others.
        prompt, reply, context: the columns with the request, the reply and what the request is about, where the names
            alone don't tell. `Audit.shape` says how the rows were read.
        roles: what the set's own role names mean, as in ``{"customer": "user"}``, beside the usual ones.
        test: the held-out rows; a training row that says what one of them says is a leak.
        key: a column that tells what a row is about, such as "name": rows with the same value belong in one split.
        tokenizer, max_length: what you will train with; rows with more tokens are named.
        sheet: columns that the reply must agree with; phrases of other rows are contradictions. As a mapping, with
            the phrases that the column can hold, as in ``{"colour": ["red", "sea green"]}``.
        language: the wanted one as a two-letter code; by default that of most replies.

    Raises:
        TypeError: the dataset is a dict of splits.
        ValueError: a column that is named isn't there, or a role is to mean none of system, user, assistant and tool.
    """
    from tqdm.auto import tqdm

    raw, held_out = rows_of(dataset, "The dataset"), rows_of(test, "The test set") if test is not None else []
    columns = list(getattr(dataset, "column_names", None) or dict.fromkeys(c for row in raw for c in row))
    named = {"prompt": prompt, "reply": reply, "context": context, "roles": roles}
    read = read_all(columns, raw, **named)
    if read is None:
        what = f"the columns {', '.join(map(str, columns))}" if columns else "no columns"
        return Audit(len(raw), what, [], ["everything: there are no rows with text in them"], {})
    notes, rows = Notes(), read.rows
    test_columns = list(dict.fromkeys(c for row in held_out for c in row))
    try:
        tested = read_all(test_columns, held_out, **named) if held_out else None
    except ValueError as error:
        raise ValueError(f"The test set: {error}"[:200]) from None

    def sheets() -> None:
        for column in sheet:
            known = sheet[column] if isinstance(sheet, Mapping) else ()
            if column in columns and column != read.columns[-1]:
                check_sheet(raw, rows, column, known, notes)
            else:
                notes.unjudged.append(f"agreement with {column!r}: there is no such column beside prompt and reply")

    steps = {
        "form": lambda: check_form(rows, read.has_reply, notes),
        "encoding": lambda: check_encoding(rows, notes),
        "placeholders": lambda: check_placeholders(rows, notes),
        "ends of replies": lambda: check_truncated(rows, notes),
        "loops": lambda: check_loops(rows, notes),
        "merged rows": lambda: check_merged(rows, notes),
        "refusals": lambda: check_refusals(rows, notes),
        "links and images": lambda: check_unseen(rows, notes),
        "tool calls": lambda: check_calls(rows, notes),
        "sheets": sheets,
        "markup": lambda: check_markup(rows, notes),
        "language": lambda: check_language(rows, language, notes),
        "personal data": lambda: check_personal(rows, notes),
        "lengths": lambda: check_length(rows, tokenizer, max_length, notes),
        "copies and leaks": lambda: check_repeats(rows, tested.rows if tested else [], notes),
    }
    bar = tqdm(steps.items(), desc="audit", unit="check", delay=20, leave=False)
    for name, check in bar:
        bar.set_postfix_str(name, refresh=False)
        check()
    if not read.has_reply:
        notes.unjudged.append("replies: no column holds any")
    if test is None:
        notes.unjudged.append("leaks: pass test=…, the rows you will measure on")
    elif key:
        check_key(raw, held_out, key, notes)
    balance = count_classes(raw, [c for c in columns if c not in read.columns], notes)
    return Audit(len(raw), read.shape, notes.findings(), notes.unjudged, balance)
