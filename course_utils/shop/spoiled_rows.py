"""Rows of the shop that are spoiled in one way, for lessons that measure what bad rows do."""

import random

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
