"""How an X-ray looks, as HTML and as a picture: one colour a role, bold and underlined what is trained.

It draws what it is given and decides nothing.
"""

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .. import plot
from .token import TOKEN_ROLES, Token, XRay, boxes


def as_html(picture: XRay) -> str:
    """The X-ray for a notebook or a page: tokens in the colour of their role, each with a tip."""
    parts, last = [], (0, "")
    for text, token in boxes(picture.tokens):
        if (token.segment, token.role) != last:
            number = f"{token.segment} " if token.segment != last[0] and picture.packed else ""
            parts.append(f"<br><small><i>{number}{token.role}</i></small> ")
            last = (token.segment, token.role)
        tip = f"id {token.id}, position {token.position}, {'trained' if token.trained else 'masked'}"
        style = f"background:{COLOURS[token.role]}{'55' if token.trained else '22'};border-left:1px solid {plot.GREY}"
        style += f";outline:1px dashed {plot.GREY}" if token.padding else ""
        style += ";text-decoration:underline;text-decoration-thickness:2px" if token.trained else ""
        tag = "b" if token.trained else "span"
        parts.append(f'<{tag} style="{style}" title="{html.escape(tip)}">{html.escape(text)}</{tag}>')
        parts.append("<br>" if token.text.endswith("\n") and not token.padding else "<wbr>")
    legend = "<b><u>bold and underlined</u></b>: trained; plain: masked; dashed: padding; ⏎: line break"
    if any(token.rest for token in picture.tokens):
        legend += "; ‹ ›: bytes of a character that a later token ends"
    said = "<br>".join(html.escape(text) for text in (picture.summary, *picture.notes))
    return (
        '<div style="font-family:monospace;white-space:pre-wrap;line-height:1.7;text-align:left">'
        f"<small>{said}<br>{legend}</small>{''.join(parts)}</div>"
    )


# the palette has six colours: a call takes Okabe & Ito's yellow orange, and its result a dark shade of it
COLOURS = {
    "system": plot.GREEN,
    "user": plot.ORANGE,
    "reasoning": plot.PINK,
    "assistant": plot.BLUE,
    "tool call": "#E69F00",
    "tool result": "#8C6D1F",
    "text": plot.SKY,
    "padding": plot.GREY,
}


def draw(rows: Mapping[str, XRay], title: str = "", width: int = 92) -> Figure:
    """X-rays one below the other, each under its heading: bold and underlined is trained, pale is masked, hatched is
    padding. The role stands before the first line of each part.

    `width` is the length of a line in characters; the picture is narrower where no line is so long.
    """
    inch_per_char, inch_per_line, margin = 0.0836, 0.23, 10  # of 10 pt monospace; the margin holds the roles
    heads, boxed, lines = _laid_out(rows, width)
    roles = [role for role in TOKEN_ROLES if any(box.token.role == role for box in boxed)]
    handles = [Rectangle((0, 0), 1, 1, facecolor=COLOURS[role] + "55", label=role) for role in roles]
    handles.append(plot.plt.Line2D([], [], color="black", linewidth=1.4, label="bold, underlined: trained"))
    columns = len(handles) if len(handles) < 8 else 5
    bottom = lines + 0.3 + 0.7 * math.ceil(len(handles) / columns)
    # 58 characters hold the legend of four roles; one more keeps the last box off the picture's edge
    longest = max((box.column + len(box.text) for box in boxed), default=0)
    width = 1 + (width if len(handles) > 5 else max(longest, 58, round(1.2 * len(title)) - margin))
    size = ((margin + width) * inch_per_char + 0.2, bottom * inch_per_line + 0.4)
    figure, axes = plot.plt.subplots(figsize=size)
    for box in boxed:
        _paint(axes, box)
    for line, head in heads:
        axes.text(0, line + 0.66, head, fontsize=10, style="italic")
    legend = axes.legend(handles=handles, loc="lower left", ncol=columns, fontsize=8, frameon=False, borderpad=0)
    legend.set_in_layout(False)  # a wide legend would squeeze the boxes under their text
    axes.set(xlim=(-margin, width), ylim=(bottom, -0.1), title=title)
    axes.axis("off")
    return figure


@dataclass(frozen=True)
class _Box:
    """A token's place in the picture: column and line in characters, and whether a part of the chat begins with it."""

    column: int
    line: int
    text: str
    token: Token
    first: bool


def _laid_out(rows: Mapping[str, XRay], width: int) -> tuple[list[tuple[int, str]], list[_Box], int]:
    """The headings with their lines, the boxes, and the number of lines. Each part of a chat begins a line."""
    heads: list[tuple[int, str]] = []
    boxed: list[_Box] = []
    line = 0
    for head, row in rows.items():
        if head:
            heads.append((line, head))
            line += 1
        column, segment, last = 0, 0, (0, "")
        for text, token in boxes(row.tokens):
            part = token.segment, token.role
            mark = f"{token.segment}▸" if row.packed and token.segment != segment else ""
            segment = token.segment or segment
            text = mark + text[: width - 8]
            if column and (column + len(text) > width or part != last):
                column, line = 0, line + 1
            boxed.append(_Box(column, line, text, token, part != last))
            column, last = column + len(text), part
        line += 2 if head else 1
    return heads, boxed, line


def _paint(axes, box: _Box) -> None:
    column, line, token, colour = box.column, box.line, box.token, COLOURS[box.token.role]
    face = {"facecolor": colour + ("66" if token.trained else "18"), "edgecolor": colour + "88", "linewidth": 0.5}
    axes.add_patch(Rectangle((column, line), len(box.text), 0.86, hatch="////" if token.padding else None, **face))
    weight = "bold" if token.trained else "normal"
    axes.text(column, line + 0.66, box.text, family="monospace", fontsize=10, weight=weight, clip_on=True)
    if token.trained:
        axes.plot([column, column + len(box.text)], [line + 0.86] * 2, color="black", linewidth=1.4)
    if box.first:
        axes.text(-0.6, line + 0.66, token.role, fontsize=8, style="italic", ha="right", color="#444444")
