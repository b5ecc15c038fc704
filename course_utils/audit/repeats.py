"""Checks for rows that say the same: copies, near copies, other replies to one prompt, rows of the test set.

Copies are found by their text. Near copies are found by MinHash (Broder 1997, "On the resemblance and containment of
documents") and bands of its values (Leskovec et al., "Mining of Massive Datasets", chapter 3); what these propose is
compared exactly.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from .chats import AuditRow
from .plain_text import MANY, Notes, plain, quote

NEAR = 0.8  # Jaccard similarity of three-word shingles from which two rows say nearly the same
BANDS, WIDTH = 12, 5  # of 60 MinHash values: a pair at 0.8 meets in one band with 99%, at 0.5 with 32%, at 0.3 with 3%
NEIGHBOURS = 6  # how many of those before it, and of the first, a row is compared with in one bucket
SHORT = 60  # characters up to which a reply can be one of a short list


def _shingles(text: str) -> np.ndarray:
    """The hashes of a plain text's three-word pieces, sorted; of pieces of characters where words have no spaces."""
    words = text.split()
    if len(words) < len(text) / 20:
        words = list(text)
    pieces = {" ".join(words[i : i + 3]) for i in range(max(1, len(words) - 2))} if words else set()
    return np.unique(np.fromiter((zlib.crc32(piece.encode()) for piece in pieces), np.uint32, len(pieces)))


def _signatures(shingles: list[np.ndarray]) -> np.ndarray:
    """The MinHash values of each set of hashes, one row each."""
    from datasketch import MinHash

    empty = MinHash(num_perm=BANDS * WIDTH, hashfunc=int)
    values = np.zeros((len(shingles), BANDS * WIDTH), np.uint32)
    for i, hashes in enumerate(shingles):
        sketch = empty.copy()
        sketch.update_batch(hashes)
        values[i] = sketch.hashvalues
    return values


def _proposed(values: np.ndarray) -> np.ndarray:
    """Pairs (earlier, later) that agree in a band. In a crowded bucket a row meets the first and those just before it.

    So the number of pairs grows with the number of rows and not with its square, also where all rows are alike.
    """
    found = []
    for band in range(BANDS):
        part = np.ascontiguousarray(values[:, band * WIDTH : (band + 1) * WIDTH])
        keys = part.view(f"V{part.itemsize * WIDTH}").ravel()
        order = np.argsort(keys, kind="stable")
        new = np.concatenate(([True], keys[order][1:] != keys[order][:-1]))
        starts = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
        place = np.arange(len(order)) - starts
        for back in range(1, NEIGHBOURS + 1):
            later = np.flatnonzero(place >= back)
            found.append(np.stack((order[later - back], order[later]), 1))
            later = np.flatnonzero(place > NEIGHBOURS + back - 1)
            found.append(np.stack((order[starts[later] + back - 1], order[later]), 1))
    return np.unique(np.concatenate(found), axis=0) if found else np.empty((0, 2), np.int64)


def near_pairs(texts: list[str]) -> Iterator[tuple[int, int, float]]:
    """The pairs (earlier, later, similarity) of plain texts that share most of their three-word shingles.

    Two texts with different numbers don't count: they are two exercises, or two records, made in one way. Shingles
    that many rows have, as a template's do, propose no pair, and a pair must be alike without them, too.
    """
    shingles = [_shingles(text) for text in texts]
    if not shingles:
        return
    pieces, counts = np.unique(np.concatenate(shingles), return_counts=True)
    common = pieces[counts > max(MANY, 0.01 * len(texts))]
    own = [found[~np.isin(found, common, assume_unique=True)] for found in shingles]
    rows = np.array([i for i, found in enumerate(own) if len(found) >= 3], np.int64)
    if not len(rows):
        return
    values = _signatures([own[i] for i in rows])
    pairs = _proposed(values)
    for part in np.array_split(pairs, len(pairs) // 100_000 + 1):
        likely = (values[part[:, 0]] == values[part[:, 1]]).mean(axis=1) >= NEAR - 0.2
        for i, j in rows[part[likely]].tolist():
            if _jaccard(own[i], own[j]) < NEAR:
                continue
            similarity = _jaccard(shingles[i], shingles[j])
            if similarity >= NEAR and _numbers(texts[i]) == _numbers(texts[j]):
                yield min(i, j), max(i, j), similarity


def _jaccard(a: np.ndarray, b: np.ndarray) -> float:
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / (len(a) + len(b) - both)


def _numbers(text: str) -> Counter:
    return Counter(re.findall(r"(?<![^\W\d_])\d+", text))


def _first_places(keys: Iterable) -> dict:
    """Where each key stands first."""
    found = {}
    for i, key in enumerate(keys):
        found.setdefault(key, i)
    return found


def check_repeats(rows: list[AuditRow], test: list[AuditRow], notes: Notes) -> None:
    """Rows that say the same, and rows that say what a test row says."""
    exact = [(row.system, row.beside, row.prompt, row.reply) for row in rows]
    texts = [plain(row.text()) for row in rows]
    asked = [(plain(row.system) + row.beside, plain(row.prompt or "")) for row in rows]

    def same(kind: str, severity: str, i: int, j: int, how: str) -> None:
        notes.add(kind, severity, i, f"{how} row {j}", spare=True)
        notes.add(kind, severity, j, f"{how} row {i}")

    tested = _first_places(plain(row.text()) for row in test)
    tested_prompts = _first_places(plain(row.prompt or "") for row in test)
    often = {p for p, n in Counter(a[1] for a in asked).items() if n > max(MANY, 0.05 * len(rows))} | {""}
    if often - {""}:
        notes.unjudged.append(f"rows with the same prompt: more than 1 in 20 have {quote(max(often, key=len))}")
    closed = _closed_answers(rows)
    first_exact, first = {}, {}
    replies: dict[tuple, int] = {}
    unique = []
    for i, text in enumerate(texts):
        if not text:
            continue
        if text in tested:
            notes.add("leak", "certain", i, f"test row {tested[text]} says the same: {quote(rows[i].text(), 40)}")
        elif asked[i][1] in tested_prompts and asked[i][1] not in often:
            j = tested_prompts[asked[i][1]]
            notes.add("leak", "likely", i, f"test row {j} has the same prompt: {quote(rows[i].prompt, 40)}")
        same_text = (asked[i][0], text)
        if exact[i] in first_exact:
            same("duplicate", "certain", first_exact[exact[i]], i, "word for word the same as")
        elif same_text in first:
            how = "but for case, spaces or punctuation the same as"
            same("near_duplicate", "certain", first[same_text], i, how)
        first_exact.setdefault(exact[i], i)
        if same_text in first:
            continue
        first[same_text] = i
        unique.append(i)
        j = replies.setdefault(asked[i], i)
        if j != i and asked[i][1] not in often and _conflict(rows[i].reply, rows[j].reply, closed):
            notes.add("conflict", "look", j, f"row {i} answers the same prompt by {quote(rows[i].reply, 30)}")
            notes.add("conflict", "look", i, f"row {j} answers the same prompt by {quote(rows[j].reply, 30)}")
    held_out = [plain(row.text()) for row in test]
    for j, i, similarity in near_pairs(held_out + [texts[i] for i in unique]):
        if j >= len(test):
            how = (
                f"{similarity:.0%} the same as"
                if similarity < 1
                else "but for the system prompt, the tools or other columns the same as"
            )
            same("near_duplicate", "likely", unique[j - len(test)], unique[i - len(test)], how)
        elif i >= len(test):
            notes.add("leak", "likely", unique[i - len(test)], f"{similarity:.0%} the same as test row {j}")


def _closed_answers(rows: list[AuditRow]) -> set[str]:
    """The replies that come from a short list, such as the classes of a classification: five rows or more give them."""
    return {reply for reply, n in Counter(plain(row.reply or "")[:SHORT] for row in rows).items() if n >= 5}


def _conflict(one: str | None, other: str | None, closed: set[str]) -> bool:
    """Whether two replies to one prompt can't both be right: both are numbers, a yes or no, or from a short list.

    Two free texts are two ways to answer, and say nothing about each other.
    """
    one, other = plain(one or ""), plain(other or "")
    final = [text in closed or bool(_FINAL.fullmatch(text)) for text in (one, other)]
    return all(final) and one not in other and other not in one


_FINAL = re.compile(r"[-+$€£]?\d[\d.,/:]*[ ]?[%\w]{0,3}|yes|no|true|false|[a-e]|[a-z]{1,12}|是|否|对|错")
