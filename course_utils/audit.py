"""`audit(dataset)` looks through a training set for what spoils it, and names the rows.

It reads every form that TRL trains on, and question/answer columns besides. It judges texts and not tasks: whether a
reply is *good* it can't say. Near-duplicates are datasketch's work (MinHash, Broder 1997), broken encodings ftfy's,
languages py3langid's. No row makes it raise: what it could not judge, it says.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from .phrases import mentioned
from .rows import Row, reader, rows_of
from .shop.catalogue import COLOURS, FEATURES

if TYPE_CHECKING:
    from datasets import Dataset

# kind: what to do about it
REMEDIES = {
    "schema": "give each row a prompt and a reply, as strings or as lists of messages",
    "role": "rename the role: system, user, assistant or tool",
    "empty": "write what is missing, or delete the row",
    "truncated": "fetch the whole text again, or delete the row",
    "contradiction": "correct the reply or the sheet, whichever is wrong",
    "conflict": "decide which reply is right; keep several only if variety is wanted",
    "duplicate": "keep one",
    "near_duplicate": "keep one",
    "leak": "delete the row here or in the test set, before you measure anything",
    "encoding": "read the source again as UTF-8, or mend the text with ftfy.fix_text",
    "language": "delete or translate the row",
    "personal": "delete the row, or mask what identifies a person",
    "too_long": "shorten or split the row, or raise max_length: the end of the reply would be cut off",
    "imbalance": "collect more rows of the rare classes",
}
LANGUAGES = "ar cs da de el en es fi fr he hi hu it ja ko nl no pl pt ro ru sv tr uk vi zh".split()
KNOWN_PHRASES = {"features": FEATURES, "colour": COLOURS}
NEAR = 0.8  # Jaccard similarity of three-word shingles from which two rows say the same
MANY = 20  # rows that a rule needs before it speaks of "most rows"


@dataclass(frozen=True)
class Finding:
    """One kind of defect: ``notes`` says what is wrong with each accused row (from 0), ``drop`` are those to take out.

    Of rows that say the same all are accused and all but the first are dropped.
    """

    kind: str
    notes: Mapping[int, str]
    drop: frozenset[int]

    @property
    def rows(self) -> list[int]:
        return sorted(self.notes)

    @property
    def example(self) -> str:
        return f"row {self.rows[0]}: {self.notes[self.rows[0]]}"

    @property
    def remedy(self) -> str:
        return REMEDIES[self.kind]


@dataclass
class Audit:
    """What an audit found. ``shape`` says how the rows were read, ``unjudged`` what could not be judged and why.

    ``balance`` counts, for each column with few different values, how many rows have which.
    """

    n: int
    shape: str
    findings: list[Finding]
    unjudged: list[str]
    balance: dict[str, Counter]

    def rows(self, kind: str | None = None) -> list[int]:
        """The accused rows of one kind, or of all kinds but imbalance, which accuses the set and not a row."""
        found = [f.rows for f in self.findings if f.kind == kind or (kind is None and f.kind != "imbalance")]
        return sorted(set().union(*found))

    def keep(self) -> list[int]:
        """The rows that are left when every finding's rows are dropped: for ``dataset.select(audit.keep())``."""
        gone = set().union(*(f.drop for f in self.findings))
        return [i for i in range(self.n) if i not in gone]

    def why(self, row: int) -> list[str]:
        """What is wrong with one row, a sentence for each finding that names it."""
        return [f"{f.kind}: {f.notes[row]}" for f in self.findings if row in f.notes]

    def _table(self) -> list[dict[str, str]]:
        def some(rows: list[int]) -> str:
            return ", ".join(map(str, rows[:6])) + (", …" if len(rows) > 6 else "")

        return [
            {"finding": f.kind, "rows": str(len(f.rows)), "which": some(f.rows), "for example": f.example}
            | {"what to do": f.remedy}
            for f in self.findings
        ]

    def _summary(self) -> str:
        count = len(self.rows())
        return f"{self.n:,} rows ({self.shape}), {count:,} of them accused, {len(self.keep()):,} to keep."

    def __repr__(self) -> str:
        lines = [self._summary()]
        lines += [
            f"- {r['finding']}: {r['rows']} rows ({r['which']}); {r['for example']}; {r['what to do']}."
            for r in self._table()
        ]
        return "\n".join(lines + [f"- not judged: {sentence}" for sentence in self.unjudged])

    def _repr_html_(self) -> str:
        left = "style='text-align:left;vertical-align:top'"
        table, body = self._table(), ""
        if table:
            head = "".join(f"<th scope='col' {left}>{key}</th>" for key in table[0])
            body = "".join(
                "<tr>" + "".join(f"<td {left}>{html.escape(v)}</td>" for v in row.values()) + "</tr>" for row in table
            )
            body = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        listed = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.unjudged)
        not_judged = f"<p>Could not be judged:</p><ul>{listed}</ul>" if listed else ""
        return f"<p>{html.escape(self._summary())}</p>{body}{not_judged}"


# --- Checks ---------------------------------------------------------------------------------------------------------


class _Notes:
    """Gathers what the checks note, row by row and kind by kind."""

    def __init__(self) -> None:
        self.notes: dict[str, dict[int, str]] = {}
        self.spared: set[tuple[str, int]] = set()
        self.unjudged: list[str] = []

    def add(self, kind: str, row: int, note: str, drop: bool = True) -> None:
        found = self.notes.setdefault(kind, {})
        if row not in found:
            found[row] = note
            if not drop:
                self.spared.add((kind, row))

    def findings(self) -> list[Finding]:
        order = [kind for kind in REMEDIES if kind in self.notes]
        return [
            Finding(k, self.notes[k], frozenset(i for i in self.notes[k] if (k, i) not in self.spared)) for k in order
        ]


def _plain(text: str) -> str:
    """A text without case, punctuation and spacing: two rows with the same plain text say the same."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _quote(text: str, width: int = 50) -> str:
    text = " ".join(text.split())
    return f"“{text if len(text) <= width else text[: width - 1] + '…'}”"


def _check_schema(rows: list[Row], notes: _Notes) -> None:
    for i, row in enumerate(rows):
        for kind, note in row.wrong:
            notes.add(kind, i, note)
        if any(kind == "schema" for kind, _ in row.wrong):
            continue
        if not (row.reply or "").strip():
            notes.add("empty", i, "the reply is empty" if row.prompt is not None else "the text is empty")
        if row.prompt is not None and not row.prompt.strip():
            notes.add("empty", i, "the prompt is empty")


def _check_encoding(rows: list[Row], notes: _Notes) -> None:
    import ftfy

    for i, row in enumerate(rows):
        text = f"{row.system}\n{row.text()}"
        lost = re.search(r"[\ufffd\x00-\x08\x0e-\x1f\x80-\x9f]", text)
        if ftfy.is_bad(text):
            bad = next(line for line in [*text.splitlines(), text] if ftfy.is_bad(line))
            notes.add("encoding", i, f"{_quote(bad)} was decoded wrongly; mended: {_quote(ftfy.fix_text(bad))}")
        elif lost:
            notes.add("encoding", i, f"it holds {lost.group()!r}, which stands for a character that was lost")


def _check_truncated(rows: list[Row], notes: _Notes) -> None:
    skip = notes.notes.get("encoding", {})
    written = {i: row.reply.rstrip() for i, row in enumerate(rows) if (row.reply or "").strip()}
    if len(written) < MANY:
        notes.unjudged.append(f"whether replies are cut off: too few replies ({len(written)}) to see how they end")
        return
    open_ended = [i for i, text in written.items() if i not in skip and text[-1] not in ".!?…。！？؟।)]}>\"'”’»`*|"]
    if len(open_ended) > 0.1 * len(written):
        share = len(open_ended) / len(written)
        some = ", ".join(map(str, open_ended[:3]))
        notes.unjudged.append(
            f"whether replies are cut off: {share:.0%} end without a full stop, so that is no sign here "
            f"(read rows {some})"
        )
        return
    for i in open_ended:
        notes.add("truncated", i, f"it ends in {_quote('…' + written[i][-25:])}, as few others do")


def _phrases_of(value: object) -> list[str]:
    values = value if isinstance(value, list) else str(value or "").split(",")
    return [v.strip() for v in values if isinstance(v, str) and v.strip()]


def _check_sheet(raw: list[Mapping], rows: list[Row], column: str, notes: _Notes) -> None:
    """Whether the replies agree with one column of their sheet: nothing of another row's, and nothing left out."""
    own = [_phrases_of(row.get(column)) for row in raw]
    seen = Counter(phrase for phrases in own for phrase in phrases)
    known = KNOWN_PHRASES.get(column, ())
    known = known if seen and sum(p in known for p in seen) >= 0.5 * len(seen) else ()
    if not known and len(seen) > max(MANY, 0.5 * len(rows)):
        notes.unjudged.append(
            f"agreement with {column!r}: its values hardly repeat, so there is no list to compare with"
        )
        return
    phrases = tuple(known or (p for p in seen if len(p) > 2))
    claimed = [mentioned(row.reply or "", phrases) if phrases else set() for row in rows]
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
            notes.add("contradiction", i, f"the reply says {says}, the column {column!r} {has}")
        elif complete and missing[i]:
            notes.add("contradiction", i, f"the reply leaves out {', '.join(missing[i])} of the column {column!r}")


@cache
def _identifier(languages: tuple[str, ...]):
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(languages)
    return identifier


def _check_language(rows: list[Row], language: str | None, notes: _Notes) -> None:
    try:
        identifier = _identifier(tuple(sorted({*LANGUAGES, *([language] if language else [])})))
    except ValueError:
        notes.unjudged.append(f"the language: {language!r} is no two-letter code that py3langid knows")
        return
    told = {}
    for i, row in enumerate(rows):
        words = " ".join(re.findall(r"[^\W\d_]{2,}", row.reply or ""))
        if len(words) >= 40:  # shorter texts are guesswork
            told[i] = identifier.classify(words)
    counts = Counter(name for name, _ in told.values())
    if not told:
        notes.unjudged.append("the language: no reply is long enough to tell (40 letters)")
        return
    main, most = counts.most_common(1)[0]
    if language is None and most < 0.8 * len(told):
        mix = ", ".join(f"{name} {n / len(told):.0%}" for name, n in counts.most_common(3))
        notes.unjudged.append(
            f'the language: the replies are in several ({mix}); say which is wanted: language="{main}"'
        )
        return
    wanted = language or main
    for i, (name, sure) in told.items():
        if name != wanted and sure >= 0.6:
            notes.add("language", i, f"{_quote(rows[i].reply)} looks like {name!r}, wanted is {wanted!r}")


_PERSONAL = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "a phone number": re.compile(r"(?<![\w.,-])(?:\+\d|00\d|0\d)[\d ()/-]{6,16}\d(?![\w-])"),
    "a bank account (IBAN)": re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"),
    "a card number": re.compile(r"(?<![\d-])(?:\d[ -]?){15}\d(?![\d-])"),
}


def _luhn(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812)."""
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _check_personal(rows: list[Row], notes: _Notes) -> None:
    for i, row in enumerate(rows):
        for name, pattern in _PERSONAL.items():
            hit = pattern.search(row.text())
            if hit and (name != "a card number" or _luhn(re.sub(r"\D", "", hit.group()))):
                notes.add("personal", i, f"it holds {name}: {_quote(hit.group())}")


def _check_length(rows: list[Row], tokenizer, max_length: int | None, notes: _Notes) -> None:
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
    texts = ["\n".join(filter(None, (row.system, row.prompt, row.reply))) for row in rows]
    for i, ids in enumerate(tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]):
        if len(ids) > limit:
            notes.add("too_long", i, f"it has {len(ids):,} tokens, {limit:,} fit (a chat template's marks come on top)")


def _shingles(text: str) -> set[str]:
    words = text.split()
    if len(words) < len(text) / 20:  # a script without spaces
        words = list(text)
    return {" ".join(words[i : i + 3]) for i in range(max(1, len(words) - 2))} if words else set()


def _near_pairs(texts: list[str]) -> Iterable[tuple[int, int, float]]:
    """The pairs (earlier, later, similarity) of plain texts that share most of their three-word shingles.

    MinHash and locality-sensitive hashing propose the pairs, the exact Jaccard similarity decides. Shingles that more
    than a tenth of the rows have, as a template's do, say nothing about a row and are left out.
    """
    from datasketch import MinHash, MinHashLSH

    shingles = [_shingles(text) for text in texts]
    if len(texts) >= 5 * MANY:
        common = Counter(s for found in shingles for s in found)
        shingles = [{s for s in found if common[s] <= 0.1 * len(texts)} for found in shingles]
    index, empty = MinHashLSH(threshold=0.7, num_perm=64), MinHash(num_perm=64)
    for i, found in enumerate(shingles):
        if len(found) < 3:
            continue
        sketch = empty.copy()
        sketch.update_batch([s.encode() for s in found])
        for j in sorted(index.query(sketch)):
            similarity = len(found & shingles[j]) / len(found | shingles[j])
            if similarity >= NEAR:
                yield j, i, similarity
        index.insert(i, sketch)


def _check_repeats(rows: list[Row], test: list[Row], notes: _Notes) -> None:
    """Rows that say the same, and rows that say what a test row says."""
    first: dict[str, int] = {}
    first_exact: dict[str, int] = {}
    exact = [row.text() for row in rows]
    plain = [_plain(row.text()) for row in rows]
    asked = [_plain(row.prompt or "") for row in rows]

    def same(kind: str, i: int, j: int, how: str) -> None:
        notes.add(kind, i, f"{how} row {j}", drop=False)
        notes.add(kind, j, f"{how} row {i}")

    tested = {_plain(row.text()): j for j, row in reversed(list(enumerate(test)))}
    tested_prompts = {_plain(row.prompt or ""): j for j, row in reversed(list(enumerate(test)))}
    often = {p for p, n in Counter(asked).items() if n > max(MANY, 0.05 * len(rows))} | {""}
    if often - {""}:
        notes.unjudged.append(f"rows with the same prompt: more than 1 in 20 have {_quote(max(often, key=len))}")
    replies: dict[str, int] = {}
    unique = []
    for i, text in enumerate(plain):
        if not text:
            continue
        if text in tested:
            notes.add("leak", i, f"test row {tested[text]} says the same: {_quote(exact[i], 40)}")
        elif asked[i] in tested_prompts and asked[i] not in often:
            j = tested_prompts[asked[i]]
            notes.add("leak", i, f"test row {j} has the same prompt: {_quote(rows[i].prompt, 40)}")
        if exact[i] in first_exact:
            same("duplicate", first_exact[exact[i]], i, "word for word the same as")
        elif text in first:
            same("near_duplicate", first[text], i, "but for case, spaces or punctuation the same as")
        first_exact.setdefault(exact[i], i)
        if text in first:
            continue
        first[text] = i
        unique.append(i)
        j = replies.setdefault(asked[i], i)
        if j != i and asked[i] not in often and (rows[i].reply or "").strip() and (rows[j].reply or "").strip():
            for a, b in ((j, i), (i, j)):
                notes.add("conflict", a, f"row {b} answers the same prompt otherwise", drop=False)
    others = [_plain(row.text()) for row in test]
    texts = [plain[i] for i in unique]
    for j, i, similarity in _near_pairs(texts + others):
        if i < len(unique):
            same("near_duplicate", unique[j], unique[i], f"{similarity:.0%} the same as")
        elif j < len(unique):
            notes.add("leak", unique[j], f"{similarity:.0%} the same as test row {i - len(unique)}")


def _check_key(raw: list[Mapping], test: list[Mapping], key: str, notes: _Notes) -> None:
    held_out = {str(row[key]): j for j, row in reversed(list(enumerate(test))) if row.get(key)}
    for i, row in enumerate(raw):
        if row.get(key) and str(row[key]) in held_out:
            notes.add("leak", i, f"test row {held_out[str(row.get(key))]} has the same {key}: {_quote(str(row[key]))}")


def _count_classes(raw: list[Mapping], columns: Iterable[str], notes: _Notes) -> dict[str, Counter]:
    balance = {}
    for column in columns:
        counts = Counter(v for row in raw if isinstance(v := row.get(column), (str, bool, int)) and v != "")
        if not 2 <= len(counts) <= 50 or counts.total() < 10 * len(counts):
            continue
        balance[column] = counts
        largest, most = counts.most_common(1)[0]
        for i, row in enumerate(raw):
            value = row.get(column)
            if value in counts and counts[value] * 10 <= most:
                note = f"{column} {value!r} has {counts[value]} rows, {largest!r} has {most}"
                notes.add("imbalance", i, note, drop=False)
    return balance


def audit(
    dataset: "Dataset | Iterable[Mapping]",
    *,
    test: "Dataset | Iterable[Mapping] | None" = None,
    key: str | None = None,
    tokenizer=None,
    max_length: int | None = None,
    sheet: Sequence[str] = ("features", "colour"),
    language: str | None = None,
) -> Audit:
    """Look through a training set and name the rows that spoil it. Rows count from 0, as in ``dataset[0]``.

    Args:
        dataset: any `Dataset` or list of rows: ``messages``, ``prompt``/``completion`` (text or chat),
            ``instruction``/``output`` and their like, ``text``, the course's five product columns, or others.
        test: the held-out rows; a training row that says what one of them says is a leak.
        key: a column that tells what a row is about, such as "name": rows with the same value belong in one split.
        tokenizer, max_length: what you will train with; rows with more tokens are named.
        sheet: columns that the reply must agree with; phrases of other rows are contradictions.
        language: the wanted one as a two-letter code; by default that of most replies.

    Raises:
        TypeError: the dataset is a dict of splits.
    """
    raw, held_out = rows_of(dataset, "The dataset"), rows_of(test, "The test set") if test is not None else []
    columns = list(getattr(dataset, "column_names", None) or dict.fromkeys(c for row in raw for c in row))
    notes = _Notes()
    found = reader(columns, raw) if raw else None
    if found is None:
        what = f"the columns {', '.join(map(str, columns))}" if columns else "no columns"
        return Audit(len(raw), what, [], ["everything: there are no rows with text in them"], {})
    shape, read, text_columns = found
    rows = [read(row) for row in raw]
    _check_schema(rows, notes)
    _check_encoding(rows, notes)
    _check_truncated(rows, notes)
    for column in sheet:
        if column in columns and column not in text_columns:
            _check_sheet(raw, rows, column, notes)
        elif column not in KNOWN_PHRASES:
            notes.unjudged.append(f"agreement with {column!r}: there is no such column beside prompt and reply")
    _check_language(rows, language, notes)
    _check_personal(rows, notes)
    _check_length(rows, tokenizer, max_length, notes)
    readable = reader(list(dict.fromkeys(c for row in held_out for c in row)), held_out) if held_out else None
    _check_repeats(rows, [readable[1](row) for row in held_out] if readable else [], notes)
    if test is None:
        notes.unjudged.append("leaks: pass test=…, the rows you will measure on")
    elif key:
        _check_key(raw, held_out, key, notes)
    balance = _count_classes(raw, [c for c in columns if c not in text_columns], notes)
    return Audit(len(raw), shape, notes.findings(), notes.unjudged, balance)
