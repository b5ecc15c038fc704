"""What an X-ray is: the tokens of one row, each with its text, role and mask, and what can be said of them all.

It holds and counts; it knows neither tokenizers nor templates (see ``finding``) nor colours (see ``drawing``).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IGNORED = -100  # the label of a token that the loss skips (torch's cross-entropy)
TOKEN_ROLES = ("system", "user", "reasoning", "assistant", "tool call", "tool result", "text", "padding")


@dataclass(frozen=True)
class Token:
    """One token of a row. ``position`` counts from 0 in the row of the batch, ``segment`` from 1.

    ``text`` is what the token adds to the row's text: a character that is spread over several tokens counts to the last
    of them, and ``rest`` has in hex the bytes of one that a later token ends. ``role`` is one of `TOKEN_ROLES`.
    ``special`` marks added tokens, such as the marks of a template. ``trained``: the loss asks the model to predict
    this token from those before it. That is never so for the first token of a row, whatever its label, as there is
    nothing before it.
    ``segment`` is the number of the packed example that the token belongs to, 0 for padding.
    """

    position: int
    id: int
    text: str
    role: str
    special: bool
    trained: bool
    padding: bool
    segment: int
    rest: str = ""


@dataclass(frozen=True)
class XRay:
    """One row of a batch, token by token: a notebook shows it as HTML, `figure` draws it, ``tokens`` to compute on.

    ``notes`` are sentences on what is odd, such as a text that the template left out.
    """

    tokens: tuple[Token, ...]
    notes: tuple[str, ...] = ()

    def counts(self) -> list[dict[str, object]]:
        """How many tokens each role has and how many of them are trained, as rows of a table."""
        rows = []
        for role in TOKEN_ROLES:
            tokens = [token for token in self.tokens if token.role == role]
            if tokens:
                rows.append({"role": role, "tokens": len(tokens), "trained": sum(token.trained for token in tokens)})
        return rows

    def to_dict(self) -> dict[str, object]:
        """The row as plain data for JSON: ``summary``, ``notes``, ``counts`` and ``tokens``, a dict for each token."""
        tokens = [asdict(token) for token in self.tokens]
        return {"summary": self.summary, "notes": list(self.notes), "counts": self.counts(), "tokens": tokens}

    @property
    def summary(self) -> str:
        """The row in one sentence, which also serves as the alt text of its figure."""
        parts = [f"{row['role']} {row['tokens']} ({row['trained']} trained)" for row in self.counts()]
        segments = max((token.segment for token in self.tokens), default=0)
        trained = sum(token.trained for token in self.tokens)
        where = f" in {segments} segments" if segments > 1 else ""
        return f"Token X-ray: {len(self.tokens)} tokens{where}, {trained} of them trained; {', '.join(parts)}."

    def __repr__(self) -> str:
        lines = [self.summary, *self.notes]
        wide = max([9, *(len(token.role) for token in self.tokens)]) + 1
        for (segment, role, trained), run in groupby(self.tokens, lambda t: (t.segment, t.role, t.trained)):
            text = "".join(box for box, _ in boxes(list(run)))
            number = f"{segment:>3} " if segment else "    "
            lines.append(f"{number}{role:<{wide}}{'TRAINED' if trained else 'masked':<8} {text}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from .drawing import as_html

        return as_html(self)

    @property
    def packed(self) -> bool:
        return max((token.segment for token in self.tokens), default=0) > 1

    def figure(self, title: str = "") -> "Figure":
        """The X-ray as a picture; use `summary` as its alt text."""
        from .drawing import draw

        return draw({"": self}, title)


def visible(token: Token) -> str:
    """The token's text with its line breaks to be seen; bytes of a character to come stand in ‹ ›."""
    rest = f"‹{token.rest}›" if token.rest else ""
    return (token.text.replace("\n", "⏎").replace("\t", "⇥").replace("\r", "␍") + rest) or "▯"


def boxes(tokens: Sequence[Token], longest: int = 4) -> list[tuple[str, Token]]:
    """What to show for each token; a long run of the same padding is shown once, with its length."""
    boxes: list[tuple[str, Token]] = []
    for (padding, *_), run in groupby(tokens, lambda t: (t.padding, t.id if t.padding else 0, t.trained)):
        same = list(run)
        if padding and len(same) > longest:
            boxes.append((f"{visible(same[0])} × {len(same)}", same[0]))
        else:
            boxes += [(visible(token), token) for token in same]
    return boxes
