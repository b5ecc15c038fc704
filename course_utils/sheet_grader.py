"""Grades texts against the sheets they were written from, for any CSV of products: the world needn't be closed.

`evaluate.grade_description` knows every colour, feature and purpose of the course's shop. Of another shop's file only
its own rows are known, so a text is compared with its row's values and with those of the other rows. What that can't
see: a paraphrase (it counts as missing), an invented value that no row has, a wrong type or purpose. Grade the file's
own descriptions first: what they score is the ceiling.
"""

import random
import re
from collections.abc import Sequence

from .data import Row
from .generate import Reply
from .phrases import mentioned

HELD_OUT = 60


def values(row: Row) -> list[str]:
    """What a text should mention: the name, the colour and each feature (commas or semicolons part them)."""
    parts = [row["name"], row["colour"], *re.split(r"[,;]", row["features"])]
    return list(dict.fromkeys(" ".join(part.casefold().split()) for part in parts if part.strip()))


def missing(text: str, row: Row) -> list[str]:
    """Which of the row's values don't stand in the text as whole words, in the order of the sheet."""
    return [value for value in values(row) if not mentioned(text, [value])]


def contradictions(text: str, row: Row, rows: Sequence[Row]) -> list[str]:
    """Values of the other `rows` that the text mentions and its own row doesn't have, in alphabetical order.

    The longest value counts: "navy blue" is no mention of "blue". A value that is part of the own sheet ("blue" where
    the colour is "navy blue", or where the name has it) contradicts nothing.
    """
    everything = tuple(dict.fromkeys(value for other in rows for value in values(other)))
    own = " | ".join([*values(row), row["category"].casefold()])
    return sorted(value for value in mentioned(text, everything) if not mentioned(own, [value]))


def grade_sheet(reply: Reply, row: Row, rows: Sequence[Row]) -> dict[str, float]:
    """Grade one text against its row: ``faithful``, the share of the row's values it mentions; ``contradictions``, how
    many values of other `rows` it mentions; ``ended``: it stopped by itself; ``clean``: 1 when nothing is missing,
    nothing contradicts, and it ended.
    """
    gaps, strangers = missing(reply.text, row), contradictions(reply.text, row, rows)
    return {
        "clean": float(not gaps and not strangers and reply.ended),
        "faithful": 1 - len(gaps) / len(values(row)),
        "contradictions": float(len(strangers)),
        "ended": float(reply.ended),
    }


def split(rows: Sequence[Row], file: str = "The file") -> tuple[list[Row], list[Row]]:
    """Rows to train on and rows to hold out: a fifth, at most 60, drawn by chance, the same on each call.

    Rows that share a name stay in the training part, so that no test product has been trained on. Raises ValueError
    when fewer than two rows could be held out.
    """
    times: dict[str, int] = {}
    for row in rows:
        times[row["name"]] = times.get(row["name"], 0) + 1
    single = [i for i, row in enumerate(rows) if times[row["name"]] == 1]
    chosen = set(random.Random(0).sample(single, min(HELD_OUT, len(rows) // 5, len(single))))
    if len(chosen) < 2:
        remedy = "add rows" if len(rows) < 10 else "give each product its own name"
        raise ValueError(
            f"{file} has {len(rows)} rows, {len(single)} of them with a name of their own: to hold out a fifth as a "
            f"test it needs at least 10 rows and two such names, so {remedy}."
        )
    return [r for i, r in enumerate(rows) if i not in chosen], [r for i, r in enumerate(rows) if i in chosen]
