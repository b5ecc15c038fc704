"""`parity_report` asks one model in several ways and says what differs: a table, and a sentence for each difference.

The reference comes first, as a rule the model in the process that trained it. Probes are short chats and a long one;
each side renders them in its own way, and is also given the reference's tokens where it takes any.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..data import Messages
from ..table import as_html, as_lines, as_markdown
from .ask import Unreadable, ask_folder, ask_model, ask_onnx, ask_server, render_with, tokenizer_of
from .compare import Difference, bos_of, differences, gaps, largest, same_text
from .side import Side, context_of, usual_probes

FINE = "All sides agree with the first."


@dataclass(frozen=True)
class ParityReport:
    """What `parity_report` found: a notebook shows it as HTML, a terminal as text.

    ``rows`` is the table, one dict a side; ``differences`` has a `Difference` for each thing that is not as on the
    first side, with ``fault``, ``side``, ``seen`` and ``remedy``; ``notes`` are sentences on what could not be seen;
    ``sides`` holds all that was.
    """

    rows: list[dict[str, object]]
    differences: list[Difference]
    notes: list[str]
    sides: list[Side]

    def faults(self, side: str | None = None) -> list[str]:
        """The names of the differences, of one side or of all; empty when everything agrees."""
        return [one.fault for one in self.differences if side in (None, one.side)]

    def to_dict(self) -> dict[str, object]:
        return {"sides": self.rows, "differences": [vars(one) for one in self.differences], "notes": self.notes}

    def __repr__(self) -> str:
        return "\n".join([as_lines(self.rows), "", *(map(str, self.differences or [FINE])), *self.notes])

    def _repr_html_(self) -> str:
        found = [(f"{one.side}: {one.fault}.", f"{one.seen} {one.remedy}") for one in self.differences]
        said = "".join(f"<li><b>{html.escape(what)}</b> {html.escape(more)}</li>" for what, more in found)
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return as_html(self.rows) + (f"<ul>{said}</ul>" if said else f"<p>{FINE}</p>") + notes

    def _repr_markdown_(self) -> str:
        said = [f"- **{one.side}: {one.fault}.** {one.seen} {one.remedy}" for one in self.differences]
        return "\n".join([as_markdown(self.rows), "", *(said or [FINE]), *(f"\n{note}" for note in self.notes)])


def parity_report(
    sides: Mapping[str, object],
    probes: Sequence[Messages] | None = None,
    new_tokens: int = 24,
    model: str | None = None,
) -> ParityReport:
    """Compare ways to run one model with the first of them, and name each difference with its remedy.

    Args:
        sides: name to source, the reference first. A source is a pair ``(model, tokenizer)`` of this process; a triple
            ``(model, tokenizer, render)``, where ``render(messages)`` makes the token ids in a way of your own; a
            folder (a whole model, or an adapter whose base can be found); a file that ends in .onnx, with the tokenizer
            beside it; a server of `course_utils.serving.serve`; or the address of any server that speaks OpenAI's
            protocol, such as ``http://localhost:8000/v1``. The first is no server and no ONNX file: both hide too much.
        probes: chats that end with a user's turn, such as some of your own rows, and last a long one; by default
            general ones that the reference's template takes.
        new_tokens: the longest greedy reply, in tokens.
        model: the name that requests give to a server that is named by its address alone; if it is a folder of this
            machine, the server's template and settings are read there.

    Raises:
        ValueError: there are fewer than two sides, the first can't be read, or it is a server.
    """
    if len(sides) < 2:
        raise ValueError("Give at least two sides: the model that was trained, and one way in which it is used.")
    (first, source), *others = sides.items()
    source = _source(source, model)
    if isinstance(source, _Address) or isinstance(source, Path) and source.suffix == ".onnx":
        raise ValueError(
            f"The first side, {first}, shows too little to compare with: give a model or its folder first."
        )
    try:
        chats = _check(probes) if probes is not None else _probes(source)
        reference = _ask(first, source, chats, None, new_tokens)
    except Unreadable as error:
        raise ValueError(f"The first side can't be read: {error}.") from None
    if None in reference.prompts:
        place = reference.prompts.index(None)
        raise ValueError(f"Probe {place} can't be rendered by the first side: {reference.errors[place]}")
    seen, found = [reference], []
    for name, other in others:
        try:
            side = _ask(name, _source(other, model), chats, reference.prompts, new_tokens)
        except Unreadable as error:
            found.append(Difference("no answer", name, f"It can't be asked: {error}.", "Mend that first."))
            continue
        seen.append(side)
        found += differences(reference, side)
    notes = [
        f"Of {side.name} only replies and numbers of tokens can be seen: weights, settings and template may differ "
        "where no reply shows it. Ask it more of your own rows, or give the folder that it serves."
        for side in seen
        if side.settings is None
    ]
    return ParityReport([_row(reference, side) for side in seen], found, notes, seen)


@dataclass(frozen=True)
class _Address:
    url: str
    model: str


def _source(source: object, model: str | None) -> object:
    """What a source means: a tuple, a path, or the address of a server."""
    if isinstance(source, tuple):
        return source
    if hasattr(source, "url") and hasattr(source, "model"):
        return _Address(source.url, source.model)
    if isinstance(source, str) and source.startswith(("http://", "https://")):
        if model is None:
            raise ValueError(f"Which model does {source} serve? Give its name as model=, or with --model.")
        return _Address(source, model)
    if isinstance(source, str | Path):
        return Path(source)
    raise ValueError(f"{type(source).__name__} is no side: give (model, tokenizer), a folder, a file or an address.")


def _ask(name: str, source: object, probes, asked, new_tokens: int) -> Side:
    if isinstance(source, tuple):
        model, tokenizer, *render = source
        return ask_model(name, model, tokenizer, probes, asked, new_tokens, *render)
    if isinstance(source, _Address):
        return ask_server(name, source.url, source.model, probes, asked, new_tokens)
    if not source.exists():
        raise Unreadable(f"there is no {source.name}")
    if source.suffix == ".onnx":
        return ask_onnx(name, source, probes, asked, new_tokens)
    return ask_folder(name, source, probes, asked, new_tokens)


def _check(probes: Sequence[Messages]) -> list[Messages]:
    for place, chat in enumerate(probes):
        if not chat or not isinstance(chat, list | tuple) or chat[-1].get("role") not in ("user", "tool"):
            raise ValueError(f"Probe {place} is no chat that waits for a reply: its last turn must be a user's.")
    if len(probes) < 2:
        raise ValueError("Give at least two probes, a short chat and a long one.")
    return sorted(probes, key=lambda chat: len(str(chat)))


def _probes(source: object) -> list[Messages]:
    if isinstance(source, tuple):
        model, tokenizer, *render = source
        return usual_probes(render[0] if render else render_with(tokenizer), context_of(model.config, tokenizer))
    from transformers import AutoConfig

    tokenizer, home = tokenizer_of(source), source
    if not (source / "config.json").exists():  # an adapter alone; its model's configuration lies with the base
        from peft import PeftConfig

        try:
            home = PeftConfig.from_pretrained(source).base_model_name_or_path
        except ValueError:
            raise Unreadable(f"{source.name} holds neither config.json nor adapter_config.json") from None
    return usual_probes(render_with(tokenizer), context_of(AutoConfig.from_pretrained(home), tokenizer))


def _row(reference: Side, side: Side) -> dict[str, object]:
    """One line of the table; a dash where this side doesn't let it be seen."""
    is_reference = side is reference
    apart = largest(gaps(reference, side))
    alike = [same for a, b in zip(reference.answers, side.answers) if (same := same_text(a, b)) is not None]
    template = (
        "–" if side.settings is None else "none" if side.template is None else f"{len(side.template):,} characters"
    )
    if not is_reference and side.template is not None:
        template = "the same text" if side.template == reference.template else "another text"
    return {
        "side": side.name,
        "prompt tokens": ", ".join("–" if n is None else str(n) for n in side.lengths),
        "BOS": bos_of(reference, side)[0 if is_reference else 1] if side.prompts[0] else "–",
        "template": template,
        "end tokens": "–" if side.ends is None else ", ".join(map(str, sorted(side.ends))) or "none",
        "context": "–" if side.context is None else f"{side.context:,}",
        "weights fit in": side.precision or "–",
        "logits apart": "–" if is_reference or apart is None else f"{apart:.1e}",
        "replies alike": "–" if is_reference or not alike else f"{sum(alike)} of {len(alike)}",
    }
