"""Lesson 02: what the audit says of rows with one planted trouble each, and the scores of stored runs."""

import textwrap
from statistics import mean

from course_utils import data
from course_utils.audit import audit
from course_utils.shop.catalogue import COLOURS, FEATURES
from course_utils.shop.spoiled_rows import terse
from course_utils.stored_runs import stored

from . import Situation, base_tokenizer, table

SHEET = {"features": FEATURES, "colour": COLOURS}
RUNS = {
    "02-q5": (("100 rows, 75% terse",), "c"),
    "02-q6": (("5 rows, 60 steps", "20 rows, 60 steps"), "a"),
    "02-q7": (("300 rows, 60 steps", "1,000 rows, 60 steps"), "d"),
    "02-q8": (("50 rows, 1 epochs",), "b"),
}


def _report(rows: list[data.Row], **against: object) -> str:
    """What the audit says, in lines that fit the page."""
    lines = str(audit(rows, **against)).splitlines()
    return "\n".join(textwrap.fill(line, 96, subsequent_indent="    ", break_on_hyphens=False) for line in lines)


def _scores(names: tuple[str, ...]) -> str:
    """A column for each sweep: its rows, steps, loss and scores as means over the seeds."""
    runs = [stored(name) for name in names]
    losses = [entry[0]["curves"]["loss"] for entry in runs]
    rows = [
        ("training rows", *(name.split(" rows")[0] for name in names)),
        ("optimizer steps", *(curve[-1][0] for curve in losses)),
        ("training loss, first", *(curve[0][1] for curve in losses)),
        ("training loss, last", *(curve[-1][1] for curve in losses)),
    ]
    for score in ("strict", "faithful", "contradictions", "format", "ended"):
        rows.append((score, *(mean(run[score] for run in entry) for entry in runs)))
    return table(("mean over the seeds", *[""] * len(names)), rows)


def situations() -> dict[str, Situation]:
    """Four reports of the audit and four results; each trouble is planted, so its key is known."""
    products = data.read_products().to_list()
    test = data.read_products(data.DATA / "products_test.csv").to_list()
    rows = products[:500]
    against = {"sheet": SHEET, "test": test, "tokenizer": base_tokenizer(), "max_length": 256}
    # a cell too many in the colours: from row 212 on each product has its neighbour's
    colours = [row["colour"] for row in rows]
    slipped = [row | {"colour": colours[i - 1] if i >= 312 else colours[i]} for i, row in enumerate(rows)]
    copied = [*rows[:460], *rows[40:80]]
    letters = [{"question": f"What is the {row['name']} for?", "answer": row["description"]} for row in rows[:400]]
    made = {
        "02-q1": Situation(_report(letters), "b"),
        "02-q2": Situation(_report(slipped, **against), "a"),
        "02-q3": Situation(_report(terse(rows, 0.6), **against), "c"),
        "02-q4": Situation(_report(copied, **against), "d"),
    }
    return made | {name: Situation(_scores(names), key) for name, (names, key) in RUNS.items()}
