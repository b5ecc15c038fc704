"""Rows of the shop that are spoiled, in one way or in several, for lessons that measure what bad rows do.

Every function spoils the same rows for the same share, so that the ways can be compared. Nothing here trains or grades.
"""

import random
from collections.abc import Callable

from ..data import Row
from . import tasks
from .catalogue import Product


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


def _rewritten(rows: list[Row], share: float, rewrite: Callable[[Row], str]) -> list[Row]:
    chosen = set(random.Random(0).sample(range(len(rows)), round(share * len(rows))))
    return [row | {"description": rewrite(row)} if i in chosen else row for i, row in enumerate(rows)]


def colourless(rows: list[Row], share: float) -> list[Row]:
    """The rows, but in a share of them the description leaves out the colour."""
    return _rewritten(rows, share, lambda row: row["description"].replace(f" in {row['colour']}", "", 1))


def unclosed(rows: list[Row], share: float) -> list[Row]:
    """The rows, but in a share of them the last sentence, which says where to find the product, is missing."""
    return _rewritten(rows, share, lambda row: row["description"][: row["description"].rindex(" Find ")])


def shouting(rows: list[Row], share: float) -> list[Row]:
    """The rows, but in a share of them the description ends with an exclamation mark."""
    return _rewritten(rows, share, lambda row: row["description"].removesuffix(".") + "!")


def four_ways(rows: list[Row], share: float) -> list[Row]:
    """The rows, but a share of them is spoiled in one of four ways in turn: terse, colourless, unclosed, shouting."""
    spoiled = [spoil(rows, 1) for spoil in (terse, colourless, unclosed, shouting)]
    chosen = random.Random(0).sample(range(len(rows)), round(share * len(rows)))
    return [spoiled[chosen.index(i) % len(spoiled)][i] if i in chosen else row for i, row in enumerate(rows)]
