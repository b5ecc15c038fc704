"""The generators of assignment 03: chats as tokens, some of them cut off, and batches with faults."""

import random
from functools import cache

import torch
from transformers import AutoTokenizer

from course_utils.session import ASSETS
from scripts.cases import Drawn, Named

SAYINGS = (
    "Do you wrap gifts?",
    "Yes.",
    "",
    "What does assistant\n mean?",
    "assistant",
    "We do, for 2 euros.",
    "Krélo!",
)


@cache
def tokenizer():
    return AutoTokenizer.from_pretrained(str(ASSETS / "base"), eos_token="<|im_end|>")


@cache
def ids_of(text: str) -> list[int]:
    return tokenizer()(text)["input_ids"]


def turns(rng: random.Random, sayings: tuple[str, ...] = SAYINGS) -> list[tuple[str, str]]:
    roles = rng.choice(
        (("user", "assistant"), ("system", "user", "assistant"), ("user", "assistant", "user", "assistant"))
        + (("user",), ("assistant", "user"), ("assistant", "assistant"), ("user", "tool", "assistant"), ())
    )
    return [(role, rng.choice(sayings)) for role in roles]


def chat_tokens(rng: random.Random) -> tuple[list[int]]:
    """The tokens of a chat; half of them cut off somewhere, a row may begin in the middle of a turn as well.

    A reply may name a mark that it explains: a turn ends at the next `END` alone.
    """
    ids = [
        i
        for role, said in turns(rng, (*SAYINGS, "It is <|im_start|>, no?"))
        for i in ids_of(f"<|im_start|>{role}\n{said}<|im_end|>\n")
    ]
    if rng.random() < 0.5 and ids:
        ids = ids[: rng.randint(0, len(ids))]
    if rng.random() < 0.15 and ids:
        ids = ids[rng.randint(1, len(ids)) :]
    return (list(ids),)


def faulty_batch(rng: random.Random) -> tuple[dict, Named]:
    """A batch of up to three chats, in which rows have no fault, one or several; padding is the end token at times."""
    rows = []
    for _ in range(rng.choice((1, 2, 3))):
        ids, labels = [], []
        trained = rng.choice((("assistant",),) * 4 + (("user", "assistant"), ("user",), (), ("system", "assistant")))
        no_end, doubled, odd = rng.random() < 0.2, rng.random() < 0.15, rng.random() < 0.1
        said = [("user", rng.choice(SAYINGS[:1])), ("assistant", rng.choice(("We do.", "For the the price.", "Yes.")))]
        if rng.random() < 0.4:
            said = [("system", "Be kind.")] + said
        for role, text in said:
            head, body = ids_of(f"<|im_start|>{role}\n"), ids_of(f"{text}<|im_end|>")
            if doubled and role == rng.choice(("assistant", "assistant", "user")):
                body = body + body[-1:]
            elif odd and role == "assistant":
                body = body + ids_of("<|im_start|>")  # another mark beside it is no doubled one
            ids += head + body + ids_of("\n")
            told = [-100] * len(head) + (body if role in trained else [-100] * len(body)) + [-100]
            if no_end and role == "assistant":
                told = [-100 if i == tokenizer().eos_token_id else i for i in told]
            labels += told
        cut = rng.choice((0, 0, 0, 0, 1, 4))
        rows.append((ids[: len(ids) - cut], labels[: len(labels) - cut]))
    longest = max(len(ids) for ids, _ in rows) + rng.choice((0, 0, 3))
    pad = rng.choice((tokenizer().pad_token_id, tokenizer().pad_token_id, tokenizer().eos_token_id))
    batch = {
        "input_ids": torch.tensor([ids + [pad] * (longest - len(ids)) for ids, _ in rows]),
        "attention_mask": torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in rows]),
        "labels": torch.tensor([labels + [-100] * (longest - len(labels)) for _, labels in rows]),
    }
    return batch, Named("tokenizer")


def talks(rng: random.Random) -> tuple[list[dict], bool]:
    """Talks of one turn to four, with spaces and line breaks at the ends of what is said."""
    odd = ("  Hello! ", "What's <b>'new'</b>?\n", "{{ 1 + 1 }}", "assistant>", *SAYINGS)
    return [{"role": role, "content": rng.choice(odd)} for role, _ in turns(rng) or [("user", "")]], rng.random() < 0.5


TASKS = {
    "2": Drawn("reply_labels", chat_tokens, edges=(([],),)),
    "4": Drawn("by_template", talks, count=60),
    "5": Drawn("preflight", faulty_batch, names=("tokenizer",), count=60),
}
