"""Rows of a small table, as HTML for notebooks, as Markdown for files, as aligned text for terminals.

A table is a list of rows, each a dict from column to cell, and the first row names the columns. A cell is anything that
can be written as text; a list becomes several lines, and a float gets two decimals. No colours: any theme fits.
"""

import html
import re
from collections.abc import Mapping, Sequence

Rows = Sequence[Mapping[str, object]]


def _lines(cell: object) -> list[str]:
    if isinstance(cell, list | tuple):
        return [line for one in cell for line in _lines(one)]
    return [f"{cell:.2f}" if isinstance(cell, float) else str(cell)]


def as_html(rows: Rows) -> str:
    """The table as HTML; an empty text when there are no rows. Spaces and line breaks of the cells are kept."""
    if not rows:
        return ""
    style = ' style="text-align:left;vertical-align:top;white-space:pre-wrap"'
    head = "".join(f'<th scope="col" style="text-align:left">{html.escape(name)}</th>' for name in rows[0])
    body = "".join(
        "<tr>"
        + "".join(f"<td{style}>{html.escape(chr(10).join(_lines(cell)))}</td>" for cell in row.values())
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def as_markdown(rows: Rows) -> str:
    """The table in GitHub's Markdown; columns of figures alone stand on the right, others on the left."""
    if not rows:
        return ""
    cells = [["<br>".join(_lines(cell)).replace("|", r"\|") for cell in row.values()] for row in rows]
    figures = [all(re.fullmatch(r"-?[\d.,]*\d%?", cell) for cell in column) for column in zip(*cells)]
    rule = "|".join("--:" if figure else ":--" for figure in figures)
    return "\n".join([f"| {' | '.join(rows[0])} |", f"|{rule}|", *(f"| {' | '.join(line)} |" for line in cells)])


def as_lines(rows: Rows) -> str:
    """The table as lines of text, its columns aligned; a cell of several lines is written as one."""
    if not rows:
        return ""
    cells = [list(rows[0]), *(["; ".join(_lines(cell)) for cell in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in cells)


class Table:
    """A table that a cell shows: as HTML in a notebook; in a terminal each row as a block of ``column: cell`` lines."""

    def __init__(self, rows: Rows):
        self.rows = rows

    def _repr_html_(self) -> str:
        return as_html(self.rows)

    def __repr__(self) -> str:
        blocks = ("\n".join(f"{name}: {'; '.join(_lines(cell))}" for name, cell in row.items()) for row in self.rows)
        return "\n\n".join(blocks)


def side_by_side(sheets: Sequence[str], **answers: Sequence[str]) -> Table:
    """One row a sheet, one column a model: what each wrote. Spaces in a keyword become spaces in the heading."""
    return Table(
        [
            {"sheet": sheet} | {name.replace("_", " "): texts[i] for name, texts in answers.items()}
            for i, sheet in enumerate(sheets)
        ]
    )
