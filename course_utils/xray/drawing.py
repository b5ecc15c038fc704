"""How an X-ray looks, as HTML and as a picture: one colour a role, bold and underlined what is trained.

It draws what it is given and decides nothing.
"""

import html
from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .. import plot
from .token import ROLES, Token, XRay, boxes


def as_html(picture: XRay) -> str:
    """The X-ray for a notebook or a page: tokens in the colour of their role, each with a tip."""
    parts, last = [], (0, "")
    for text, token in boxes(picture.tokens):
        if (token.segment, token.role) != last:
            number = f"{token.segment} " if token.segment != last[0] and picture.packed else ""
            parts.append(f"<br><small><i>{number}{token.role}</i></small> ")
            last = (token.segment, token.role)
        tip = f"id {token.id}, position {token.position}, {'trained' if token.trained else 'masked'}"
        style = f"background:{_colour(token.role)}{'55' if token.trained else '22'};border-left:1px solid {plot.GREY}"
        style += f";outline:1px dashed {plot.GREY}" if token.padding else ""
        style += ";text-decoration:underline;text-decoration-thickness:2px" if token.trained else ""
        tag = "b" if token.trained else "span"
        parts.append(f'<{tag} style="{style}" title="{html.escape(tip)}">{html.escape(text)}</{tag}>')
        parts.append("<br>" if token.text.endswith("\n") and not token.padding else "<wbr>")
    legend = "<b><u>bold and underlined</u></b>: trained; plain: masked; dashed: padding; ⏎: line break"
    said = "<br>".join(html.escape(text) for text in (picture.summary, *picture.notes))
    return (
        '<div style="font-family:monospace;white-space:pre-wrap;line-height:1.7;text-align:left">'
        f"<small>{said}<br>{legend}</small>{''.join(parts)}</div>"
    )


def _colour(role: str) -> str:
    colours = (plot.GREEN, plot.ORANGE, plot.PINK, plot.BLUE, "#E69F00", "#8C6D1F", plot.SKY, plot.GREY)
    return dict(zip(ROLES, colours))[role]


def draw(rows: Mapping[str, XRay], title: str = "", width: int = 92) -> Figure:
    """X-rays one below the other, each under its heading: bold and underlined is trained, pale is masked, hatched is
    padding.

    `width` is the length of a line in characters.
    """
    inch_per_char, inch_per_line = 0.0836, 0.23  # of 10 pt monospace
    placed: list[tuple[float, int, str, Token]] = []
    labels: list[tuple[int, str]] = []
    line = 0
    for head, row in rows.items():
        if head:
            labels.append((line, head))
            line += 1
        column, segment, last = 0.0, 0, (0, "")
        for text, token in boxes(row.tokens):
            text = text[: width - 8]
            mark = f"{token.segment}▸" if row.packed and token.segment != segment else ""
            segment = token.segment or segment
            # each turn and each packed example begins a line
            turn = token.segment, token.role
            if column and (column + len(mark + text) > width or turn != last):
                column, line = 0.0, line + 1
            last = turn
            placed.append((column, line, mark + text, token))
            column += len(mark + text)
        line += 2 if head else 1
    figure, axes = plot.plt.subplots(figsize=(width * inch_per_char + 0.2, (line + 0.7) * inch_per_line + 0.4))
    for column, at, text, token in placed:
        colour = _colour(token.role)
        axes.add_patch(
            Rectangle(
                (column, at),
                len(text),
                0.86,
                facecolor=colour + ("66" if token.trained else "18"),
                edgecolor=colour + "88",
                linewidth=0.5,
                hatch="////" if token.padding else None,
            )
        )
        weight = "bold" if token.trained else "normal"
        axes.text(column, at + 0.66, text, family="monospace", fontsize=10, weight=weight, clip_on=True)
        if token.trained:
            axes.plot([column, column + len(text)], [at + 0.86] * 2, color="black", linewidth=1.4)
    for at, head in labels:
        axes.text(0, at + 0.66, head, fontsize=10, style="italic")
    seen = [role for role in ROLES if any(token.role == role for *_, token in placed)]
    handles = [Rectangle((0, 0), 1, 1, facecolor=_colour(role) + "55", label=role) for role in seen]
    handles.append(plot.plt.Line2D([], [], color="black", linewidth=1.4, label="bold, underlined: trained"))
    axes.legend(handles=handles, loc="lower left", ncol=len(handles), fontsize=8, frameon=False, borderpad=0)
    axes.set(xlim=(0, width), ylim=(line + 0.7, -0.1), title=title)
    axes.axis("off")
    return figure
