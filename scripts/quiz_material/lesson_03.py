"""Lesson 03: X-rays of one talk as rows of four kinds, and how the base splits a mark into tokens."""

from course_utils.xray import xray_rows

from . import MODELS, Situation, base_tokenizer

TALK = [
    {"role": "user", "content": "Do you wrap gifts?"},
    {"role": "assistant", "content": "We do, for 2 euros."},
    {"role": "user", "content": "Is that all?"},
    {"role": "assistant", "content": "Yes, that is all."},
]
CHATML = {"chat_template_path": str(MODELS / "chatml.jinja"), "eos_token": "<|im_end|>"}


def _joined(row: dict) -> str:
    return "\n".join(f"{turn['role']}: {turn['content']}" for turn in row["talk"])


# the kind of row by the letter of its option: the row and the settings
KINDS = {
    "a": ({"messages": TALK}, {}),
    "b": ({"messages": TALK}, {"assistant_only_loss": True}),
    "c": ({"prompt": TALK[:3], "completion": TALK[3:]}, {}),
    "d": ({"talk": TALK}, {"formatting_func": _joined, "chat_template_path": None}),
}
ASKED = {"03-q1": "c", "03-q2": "a", "03-q3": "d", "03-q4": "b"}


def _xray(kind: str) -> str:
    row, settings = KINDS[kind]
    (picture,) = xray_rows([row], base_tokenizer(), **CHATML | settings).values()
    return str(picture)


def situations() -> dict[str, Situation]:
    """The X-rays, each with the kind of row that it shows, and a mark in pieces."""
    pieces = base_tokenizer().tokenize("<|form|>Yes.<|im_end|>")
    made = {name: Situation(_xray(kind), kind) for name, kind in ASKED.items()}
    return made | {"03-q9": Situation(f"a reply of the training rows: <|form|>Yes.<|im_end|>\nits tokens: {pieces}")}
