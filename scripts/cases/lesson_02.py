"""The generators of assignment 02: CSV files as spreadsheets write them, texts that copy others, products, curves."""

import random
import tempfile
from pathlib import Path

from scripts.cases import Drawn

CELLS = (
    "Muva kettle",
    "007",
    "1e5",
    "None",
    "NA",
    "null",
    "nan",
    "",
    "",
    " two  spaces ",
    "a, b",
    'It says "hot".',
    "Krélo",
    "two\nlines",
    "two\r\nlines",
    "True",
    "3.50",
    "-",
    "#1",
    "'x'",
    "0",
    "inf",
    "2026-11-21",
)


def csv_file(rng: random.Random) -> tuple[Path]:
    """A file of two to four columns: with or without a mark, LF or CRLF, quoted when needed or always, rows cut
    short.
    """
    columns = rng.sample(("name", "code", "brand", "note", "größe", "a b"), rng.choice((2, 3, 4)))
    rows = [columns] + [[rng.choice(CELLS) for _ in columns] for _ in range(rng.choice((0, 1, 2, 3, 4)))]
    always, end = rng.random() < 0.3, rng.choice(("\n", "\r\n"))

    def written(cell):
        needs = always or any(mark in cell for mark in ',"\r\n')
        return '"' + cell.replace('"', '""') + '"' if needs else cell

    lines = []
    for number, row in enumerate(rows):
        cells = list(map(written, row))
        if not any(row[1:]) and not row[0]:
            cells[0] = "x"  # a line of nothing but empty cells may be read in two ways
        if number and len(cells) > 2 and rng.random() < 0.15:
            cells = cells[: rng.randint(2, len(cells) - 1)]
        lines.append(",".join(cells))
    text = rng.choice(("", "\ufeff")) + end.join(lines) + (end if rng.random() < 0.8 else "")
    path = Path(tempfile.mkdtemp()) / "rows.csv"
    path.write_bytes(text.encode("utf-8"))
    return (path,)


COLOURS = ("red", "grey", "grey (matt)", "silver grey", "sky blue", "a.b", "Éclat", "rust", "rust orange")


def coloured(rng: random.Random) -> tuple[list[dict], tuple[str, ...]]:
    """Products whose texts name the sheet's colour, another one, both or none, in capitals, alone or in longer
    words.
    """
    listed = tuple(rng.sample(COLOURS, rng.choice((3, 5, 9))))
    rows = []
    for number in range(rng.choice((1, 1, 2, 3))):
        name, colour = rng.choice(("Muva kettle", "Krélo tent", "Ova mug")), rng.choice(listed)
        told = rng.choice(
            (colour, colour, colour.upper(), rng.choice(listed), rng.choice(COLOURS), "tired", "greyhound")
        )
        more = rng.choice(("", "", "", " and " + rng.choice(COLOURS), " and " + colour, ", aab", "ish", "é"))
        said = rng.choice((name, name, name, "Zuba drum", f"{name.split()[0]} drum", name.lower()))
        text = rng.choice(
            (f"Meet the {said} in {told}{more}.", f"In {told}{more}: the {said}.", f"{told}{more}, {said}")
        )
        rows.append({"name": name, "colour": colour, "description": rng.choice((text,) * 8 + ("", "  ")), "n": number})
    return rows, listed


def products(rng: random.Random) -> tuple[list[dict], str, float, int]:
    """Rows of products with one row or many; shares that don't fall between two numbers of products."""
    names = [f"p{i:02}" for i in range(rng.choice((1, 2, 4, 5, 10, 13)))]
    if rng.random() < 0.2:
        names = [1024 * number for number in range(len(names))]  # in a set, their order depends on which came first
    rows = [{"name": name, "maker": rng.choice("xyz")} for name in names for _ in range(rng.choice((1, 1, 2, 6)))]
    rng.shuffle(rows)
    rows = [row | {"n": number} for number, row in enumerate(rows)]
    key = rng.choice(("name", "name", "maker"))
    different = len({row[key] for row in rows})
    shares = [s for s in (0.0, 0.01, 0.1, 0.25, 0.3, 0.5, 0.6, 0.9, 1.0) if abs(s * different % 1 - 0.5) > 1e-6]
    return rows, key, rng.choice(shares), rng.choice((0, 0, 1, 7))


def curves(rng: random.Random) -> tuple[dict[int, list[float]], float]:
    """Scores of up to four numbers of rows, in any order, in steps of 0.05, so that seeds and bar often meet."""
    sizes = rng.sample((5, 30, 100, 300, 1000), rng.choice((0, 1, 2, 2, 3, 3, 4)))
    level = rng.choice((0.2, 0.5, 0.7))
    scores = {}
    for size in sizes:
        level = min(0.9, max(0.1, level + rng.choice((-0.2, 0.0, 0.1, 0.2))))
        few = rng.choice((3, 3, 3, 3, 4, 5, 2, 1))
        scores[size] = [round(20 * (level + rng.choice((-0.05, 0.0, 0.05, 0.1)))) / 20 for _ in range(few)]
    return scores, rng.choice((0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0))


TASKS = {
    "1": Drawn("read_rows", csv_file),
    "4": Drawn("sound_rows", coloured),
    "5": Drawn("parts", products),
    "6": Drawn("advice", curves, edges=(({}, 0.5),)),
}
