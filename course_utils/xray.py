"""The token X-ray: what the model really gets, token by token, from the batch that the trainer's own collator made.

Works on any tokenizer and on each of TRL's data types. It tokenizes, masks and packs nothing itself: it only looks.
Roles are found by the marks that the tokenizer's chat template puts before each turn; without a template every token is
"text".
"""

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IGNORED = -100  # the label of a token that the loss skips (torch's cross-entropy)
ROLES = ("system", "user", "assistant", "tool", "text", "padding")


@dataclass(frozen=True)
class Token:
    """One token of a row. ``position`` counts from 0 in the row of the batch, ``segment`` from 1.

    ``text`` is what the token adds to the decoded row; it is empty for all but the last token of a character that is
    spread over several. ``role`` is one of `ROLES`. ``special`` marks added tokens, such as the marks of a template.
    ``trained``: the loss asks the model to predict this token from those before it. That is never so for the first
    token of a row, whatever its label, as there is nothing before it. ``segment`` is the number of the packed example
    that the token belongs to, 0 for padding.
    """

    position: int
    id: int
    text: str
    role: str
    special: bool
    trained: bool
    padding: bool
    segment: int


def batch_of(trainer, rows: Iterable[int] | None = None) -> dict:
    """A batch as the trainer's own collator makes it: a first one of its loader, or these rows of its prepared data.

    Draws no random number that the training would have drawn: a run with and without this look is the same run.
    """
    import torch

    if rows is not None:
        data = trainer.train_dataset
        kept = [name for name in ("input_ids", "labels", "seq_lengths") if name in data.column_names]
        return trainer.data_collator([{name: data[int(i)][name] for name in kept} for i in rows])
    with torch.random.fork_rng(devices=[]):
        loader = trainer.get_train_dataloader()
        # accelerate's wrapper would remember that it was left half-way
        return next(iter(getattr(loader, "base_dataloader", loader)))


def xray(batch: Mapping, tokenizer, row: int = 0) -> "XRay":
    """Look through one row of a batch.

    `batch` maps ``input_ids`` to ids of shape (rows, tokens), and if it has them ``labels``, ``attention_mask`` and
    ``position_ids`` of the same shape; one row of a data set, without the first dimension, will do too. Without labels
    nothing counts as trained. A token is padding where the attention mask is 0, or where it belongs to a run of pad
    tokens at the end of the row; when the pad token is the end-of-sequence token, the first of the run ends the text.

    Raises ValueError, in one sentence, for a batch without ``input_ids``, a row that it doesn't have, and columns of
    different length.
    """
    if not isinstance(batch, Mapping) and not hasattr(batch, "keys"):
        raise ValueError(
            f"xray looks at a batch, a dict with input_ids, not at a {type(batch).__name__}: use batch_of(trainer)."
        )
    if "input_ids" not in batch:
        raise ValueError(
            f"This batch has no input_ids (it has {', '.join(batch.keys())}): take it from batch_of(trainer)."
        )
    ids = _row(batch["input_ids"], row)
    columns = {}
    for name in ("labels", "attention_mask", "position_ids"):
        columns[name] = _row(batch[name], row) if batch.get(name) is not None else None
        if columns[name] is not None and len(columns[name]) != len(ids):
            raise ValueError(
                f"{name} has {len(columns[name])} entries for {len(ids)} tokens in row {row}: collate it again."
            )
    labels = columns["labels"] or [IGNORED] * len(ids)
    padding = _padding(ids, columns["attention_mask"], tokenizer)
    segments = _segments(columns["position_ids"], padding)
    texts = _texts(ids, tokenizer)
    roles = _roles(texts, segments, _openings(tokenizer))
    special = set(tokenizer.all_special_ids) | set(tokenizer.get_added_vocab().values())
    tokens = [
        Token(
            position=i,
            id=ids[i],
            text=texts[i],
            role="padding" if padding[i] else roles[i],
            special=ids[i] in special,
            trained=i > 0 and labels[i] != IGNORED,
            padding=padding[i],
            segment=segments[i],
        )
        for i in range(len(ids))
    ]
    return XRay(tuple(tokens))


def _row(values, row: int) -> list[int]:
    values = values.tolist() if hasattr(values, "tolist") else list(values)
    if values and isinstance(values[0], int):
        values = [values]
    if not 0 <= row < len(values):
        raise ValueError(f"There is no row {row} in a batch of {len(values)}: count from 0.")
    return list(values[row])


def _padding(ids: list[int], mask: list[int] | None, tokenizer) -> list[bool]:
    padding = [bit == 0 for bit in mask] if mask else [False] * len(ids)
    pad, end = tokenizer.pad_token_id, len(ids)
    while end > 0 and (padding[end - 1] or ids[end - 1] == pad):
        end -= 1
    if pad == tokenizer.eos_token_id and end < len(ids) and not (mask and mask[end] == 0):
        said = end - 1
        while said > 0 and not tokenizer.decode(ids[said : said + 1]).strip():
            said -= 1
        end += ids[said] != pad  # the first of the run ends the text, unless it has ended already
    return [is_padding or i >= end for i, is_padding in enumerate(padding)]


def _segments(positions: list[int] | None, padding: list[bool]) -> list[int]:
    segments, number = [], 0
    for i, is_padding in enumerate(padding):
        if not is_padding:
            restart = positions is not None and i > 0 and positions[i] != positions[i - 1] + 1
            number += number == 0 or restart
        segments.append(0 if is_padding else number)
    return segments


def _texts(ids: list[int], tokenizer, context: int = 6) -> list[str]:
    """What each token adds to the text: decoded behind the tokens before it, since many tokenizers decode a token by
    itself without its space, or as half a character."""
    texts = []
    for i in range(len(ids)):
        before = _decode(tokenizer, ids[max(0, i - context) : i])
        after = _decode(tokenizer, ids[max(0, i - context) : i + 1])
        whole = before.rstrip("\ufffd")
        if after.endswith("\ufffd"):
            texts.append("")  # a character that the next token goes on with
        else:
            texts.append(after[len(whole) :] if after.startswith(whole) else _decode(tokenizer, ids[i : i + 1]))
    return texts


def _decode(tokenizer, ids: list[int]) -> str:
    return tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)


# --- Roles ----------------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """A text without white space and capitals, which some tokenizers don't keep."""
    return "".join(text.split()).lower()


def _openings(tokenizer) -> dict[str, str]:
    """What the tokenizer's template writes before the content of each role, found by rendering marked contents.

    E.g. ``{"<|im_start|>user": "user", …}``, without white space; empty without a template.
    """
    if not tokenizer.chat_template:
        return {}
    openings: dict[str, str] = {}
    talk = _gaps(tokenizer, ["user", "assistant", "user", "assistant"])
    if talk:
        closing = talk[4]
        asked = _gaps(tokenizer, ["user"], add_generation_prompt=True)
        reply = asked[1] if asked else talk[1]
        # a user's turn opens with what stands before it both at the start and after a reply
        opening = _common_end(tokenizer, talk[0], talk[2])
        found = {
            "user": _without_start(opening, closing) or _plain(talk[2]),
            "assistant": _without_start(_common_end(tokenizer, reply, talk[1]), closing) or _plain(talk[1]),
        }
        openings |= {text: role for role, text in found.items() if text}
    for role, turns in (("system", ["system", "user", "assistant"]), ("tool", ["user", "assistant", "tool"])):
        gaps = _gaps(tokenizer, turns)
        if gaps and talk:
            text = _plain(gaps[turns.index(role)])
            text = text if role == "system" else _without_start(text, talk[4])
            text = text.removeprefix(_plain(tokenizer.bos_token or "")) if role == "system" else text
            openings.setdefault(text, role) if text else None
    return openings


def _gaps(tokenizer, roles: list[str], **options) -> list[str]:
    """The text before, between and after the contents of a rendered chat; empty when the template refuses the roles."""
    marks = [f"qx{'abcdef'[i]}xq" for i in range(len(roles))]
    chat = [{"role": role, "content": mark} for role, mark in zip(roles, marks)]
    try:
        text = tokenizer.apply_chat_template(chat, tokenize=False, **options)
    except Exception:  # a template may raise whatever it likes for roles that it doesn't know
        return []
    gaps = []
    for mark in marks:
        before, found, text = text.partition(mark)
        if not found:
            return []
        gaps.append(before)
    return [*gaps, text]


def _common_end(tokenizer, first: str, second: str) -> str:
    """The whole tokens that two texts both end with, as plain text."""
    ids = [tokenizer(text.rstrip(), add_special_tokens=False)["input_ids"] for text in (first, second)]
    same = 0
    while same < min(map(len, ids)) and ids[0][-1 - same] == ids[1][-1 - same]:
        same += 1
    return _plain(_decode(tokenizer, ids[0][len(ids[0]) - same :]))


def _without_start(text: str, start: str) -> str:
    return text.removeprefix(_plain(start))


def _roles(texts: list[str], segments: list[int], openings: dict[str, str]) -> list[str]:
    """The role of each token: that of the last opening before it in its segment."""
    # the whole row as plain text, and which token each of its characters comes from
    owner = [i for i, text in enumerate(texts) for _ in _plain(text)]
    row = "".join(_plain(text) for text in texts)
    starts: dict[int, str] = {}
    for opening in sorted(openings, key=len):  # a longer one that starts at the same place replaces a shorter one
        at = row.find(opening)
        while at >= 0:
            starts[owner[at]] = openings[opening]
            at = row.find(opening, at + 1)
    roles, role = [], "text"
    for i in range(len(texts)):
        if i and segments[i] != segments[i - 1]:
            role = "text"
        role = starts.get(i, role)
        roles.append(role)
    return roles


# --- Showing --------------------------------------------------------------------------------------------------------


def _visible(text: str) -> str:
    return text.replace("\n", "⏎").replace("\t", "⇥").replace("\r", "␍") or "▯"


@dataclass(frozen=True)
class XRay:
    """One row of a batch, token by token: a notebook shows it as HTML, `figure` draws it, ``tokens`` to compute on."""

    tokens: tuple[Token, ...]

    def counts(self) -> list[dict[str, object]]:
        """How many tokens each role has and how many of them are trained, as rows of a table."""
        rows = []
        for role in ROLES:
            tokens = [token for token in self.tokens if token.role == role]
            if tokens:
                rows.append({"role": role, "tokens": len(tokens), "trained": sum(token.trained for token in tokens)})
        return rows

    @property
    def summary(self) -> str:
        """The row in one sentence, which also serves as the alt text of its figure."""
        parts = [f"{row['role']} {row['tokens']} ({row['trained']} trained)" for row in self.counts()]
        segments = max((token.segment for token in self.tokens), default=0)
        trained = sum(token.trained for token in self.tokens)
        where = f" in {segments} segments" if segments > 1 else ""
        return f"Token X-ray: {len(self.tokens)} tokens{where}, {trained} of them trained; {', '.join(parts)}."

    def __repr__(self) -> str:
        lines = [self.summary]
        for (segment, role, trained), run in groupby(self.tokens, lambda t: (t.segment, t.role, t.trained)):
            text = "".join(box for box, _ in _boxes(list(run)))
            number = f"{segment:>3} " if segment else "    "
            lines.append(f"{number}{role:<10}{'TRAINED' if trained else 'masked':<8} {text}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from .plot import GREY

        parts, last = [], (0, "")
        for text, token in _boxes(self.tokens):
            if (token.segment, token.role) != last:
                number = f"{token.segment} " if token.segment != last[0] and self._packed else ""
                parts.append(f"<br><small><i>{number}{token.role}</i></small> ")
                last = (token.segment, token.role)
            tip = f"id {token.id}, position {token.position}, {'trained' if token.trained else 'masked'}"
            style = f"background:{_colour(token.role)}{'55' if token.trained else '22'};border-left:1px solid {GREY}"
            style += f";outline:1px dashed {GREY}" if token.padding else ""
            style += ";text-decoration:underline;text-decoration-thickness:2px" if token.trained else ""
            tag = "b" if token.trained else "span"
            parts.append(f'<{tag} style="{style}" title="{html.escape(tip)}">{html.escape(text)}</{tag}>')
            parts.append("<br>" if token.text.endswith("\n") and not token.padding else "<wbr>")
        legend = "<b><u>bold and underlined</u></b>: trained; plain: masked; dashed: padding; ⏎: line break"
        return (
            '<div style="font-family:monospace;white-space:pre-wrap;line-height:1.7;text-align:left">'
            f"<small>{html.escape(self.summary)}<br>{legend}</small>{''.join(parts)}</div>"
        )

    @property
    def _packed(self) -> bool:
        return max((token.segment for token in self.tokens), default=0) > 1

    def figure(self, title: str = "") -> "Figure":
        """The X-ray as a picture; use `summary` as its alt text."""
        return draw({"": self}, title)


def _colour(role: str) -> str:
    from . import plot

    colours = (plot.GREEN, plot.ORANGE, plot.BLUE, plot.PINK, plot.SKY, plot.GREY)
    return dict(zip(ROLES, colours))[role]


def _boxes(tokens: Sequence[Token], longest: int = 4) -> list[tuple[str, Token]]:
    """What to show for each token; a long run of the same padding is shown once, with its length."""
    boxes: list[tuple[str, Token]] = []
    for (padding, *_), run in groupby(tokens, lambda t: (t.padding, t.id if t.padding else 0, t.trained)):
        same = list(run)
        if padding and len(same) > longest:
            boxes.append((f"{_visible(same[0].text)} × {len(same)}", same[0]))
        else:
            boxes += [(_visible(token.text), token) for token in same]
    return boxes


def draw(rows: Mapping[str, XRay], title: str = "", width: int = 92) -> "Figure":
    """X-rays one below the other, each under its heading: bold and underlined is trained, pale is masked, hatched is
    padding.

    `width` is the length of a line in characters.
    """
    from matplotlib.patches import Rectangle

    from . import plot

    inch_per_char, inch_per_line = 0.0836, 0.23  # of 10 pt monospace
    boxes: list[tuple[float, int, str, Token]] = []
    labels: list[tuple[int, str]] = []
    line = 0
    for head, row in rows.items():
        if head:
            labels.append((line, head))
            line += 1
        column, segment, last = 0.0, 0, (0, "")
        for text, token in _boxes(row.tokens):
            text = text[: width - 8]
            mark = f"{token.segment}▸" if row._packed and token.segment != segment else ""
            segment = token.segment or segment
            # each turn and each packed example begins a line
            turn = token.segment, token.role
            if column and (column + len(mark + text) > width or turn != last):
                column, line = 0.0, line + 1
            last = turn
            boxes.append((column, line, mark + text, token))
            column += len(mark + text)
        line += 2 if head else 1
    figure, axes = plot.plt.subplots(figsize=(width * inch_per_char + 0.2, (line + 0.7) * inch_per_line + 0.4))
    for column, at, text, token in boxes:
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
    seen = [role for role in ROLES if any(token.role == role for *_, token in boxes)]
    handles = [Rectangle((0, 0), 1, 1, facecolor=_colour(role) + "55", label=role) for role in seen]
    handles.append(plot.plt.Line2D([], [], color="black", linewidth=1.4, label="bold, underlined: trained"))
    axes.legend(handles=handles, loc="lower left", ncol=len(handles), fontsize=8, frameon=False, borderpad=0)
    axes.set(xlim=(0, width), ylim=(line + 0.7, -0.1), title=title)
    axes.axis("off")
    return figure
