"""Makes the course's second model, the assistant: the base, instruction-tuned on made-up chats; and measures it.

``python -m scripts.make_assistant`` (the second half of ``make model``) remakes what lies in ``assets/assistant`` in
under half an hour of two CPU cores; a stopped run resumes. With ``--bars`` it only measures again. The chats come from
`assistant_rows`, the tests from `assistant_bars`. No lesson imports this file.
"""

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, PreTrainedTokenizerFast
from transformers.trainer_utils import get_last_checkpoint
from trl import SFTConfig, SFTTrainer

from course_utils.data import write_text
from course_utils.session import cpu_hardware
from course_utils.table import as_markdown

from .assistant_bars import BARS, measure
from .assistant_phrases import vocabulary
from .assistant_read import counted, read
from .assistant_rows import rows
from .pretrain import BASE, make_optimizers, save

ASSISTANT = BASE.with_name("assistant")
# the base's tokens keep their ids; these come after them
MARKS = ["<|system|>", "<|tools|>", "<|user|>", "<|assistant|>", "<|call|>", "<|wait|>", "<|result|>", "<|end|>"]
ENDS = ["<|end|>", "<|wait|>", "<|endoftext|>"]
# how a server reads a reply back into a message; without it, one of another Qwen3's form is assumed
RESPONSE = {
    "defaults": {"role": "assistant"},
    "start_anchor": "<|assistant|>",
    "fields": {
        "tool_calls": {
            "open": "<|call|>",
            "close_pattern": r"(?=<\|call\|>)|<\|wait\|>",
            "repeats": True,
            "content": "json",
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"close_pattern": r"<\|end\|>|<\|endoftext\|>", "content": "text"},
    },
}


@dataclass(frozen=True)
class Round:
    """One pass over `rows` new chats.

    `rates` are Muon's for the matrices and AdamW's for the rest; a single one is AdamW's for all. `more` names kinds of
    rows, and how many of each come to a hundred others.
    """

    seed: int
    rows: int
    rates: tuple[float, ...]
    more: dict[str, int]
    late: bool


# after the first round the model never writes a token that no row has in an answer; the second and the last mend that.
# The third gives more of what is learned late.
LATE = {"talk": 12, "form": 14, "brief": 6, "capitals": 12, "spelled": 2, "with_tool": 12, "listed": 12, "tokens": 5}
ROUNDS = (
    Round(0, 13_000, (1e-2, 1e-3), {}, False),
    Round(1, 11_000, (6e-3, 6e-4), {"tokens": 14}, False),
    Round(3, 8_500, (1e-3,), LATE, True),
    Round(4, 1_500, (5e-4,), {"tokens": 50}, True),
)
SEEDS = range(5)
DRAW = 20  # requests a test and seed
CARD_MARKS = ("<!-- {}: written by make model -->", "<!-- end of {} -->")


def make_tokenizer() -> PreTrainedTokenizerFast:
    """The base's tokenizer with the assistant's marks and chat template; a turn's end is its end of sequence."""
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    tokenizer.add_special_tokens({"additional_special_tokens": MARKS, "eos_token": "<|end|>"})
    tokenizer.chat_template = (ASSISTANT / "chat_template.jinja").read_text(encoding="utf-8")
    tokenizer.response_template = RESPONSE
    return tokenizer


def untrained(tokenizer):
    """The base with one embedding more for each mark, drawn near the mean of the others."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(BASE, dtype="float32")
    model.resize_token_embeddings(len(tokenizer))
    return model


def chats(this: Round, tokenizer) -> Iterator[dict]:
    """The chats of a round."""
    return rows(this.rows, this.seed, vocabulary(tokenizer), this.more, this.late)


def training_rows(this: Round, tokenizer) -> Dataset:
    """The chats of a round in the columns prompt, completion and tools."""
    return Dataset.from_list([{k: v for k, v in row.items() if k != "kind"} for row in chats(this, tokenizer)])


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def made_from(rounds: Iterable[Iterable[dict]]) -> dict:
    """What weights are made from, given each round's chats; so one sees whether the code has changed since."""
    template = (ASSISTANT / "chat_template.jinja").read_text(encoding="utf-8")
    return {
        "template": sha256(template),
        "rounds": [
            {
                "seed": this.seed,
                "rows": this.rows,
                "rates": list(this.rates),
                "more": this.more,
                "late": this.late,
                "chats": sha256("\n".join(json.dumps(chat) for chat in seen)),
            }
            for this, seen in zip(ROUNDS, rounds)
        ],
    }


class MuonAndAdam(torch.optim.Optimizer):
    """The base's two optimizers behind the one that a trainer steps, schedules and saves."""

    def __init__(self, model, rates: tuple[float, float]):
        self.parts = make_optimizers(model, *rates, weight_decay=0.0)
        super().__init__([group for part in self.parts for group in part.param_groups], {})

    def step(self, closure=None):
        for part in self.parts:
            part.step()

    def state_dict(self):
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state):
        for part, saved in zip(self.parts, state["parts"]):
            part.load_state_dict(saved)
        # loading makes new groups; a scheduler must go on changing those that are stepped
        self.param_groups = [group for part in self.parts for group in part.param_groups]


def train(model, tokenizer, this: Round, folder: Path) -> None:
    """One round; the loss is taken on the assistant's turns that a completion holds."""
    if len(this.rates) == 1:
        optimizer = torch.optim.AdamW(model.parameters(), lr=this.rates[0], weight_decay=0.0)
    else:
        optimizer = MuonAndAdam(model, this.rates)
    settings = {
        "output_dir": str(folder),
        "num_train_epochs": 1,
        "lr_scheduler_type": "linear",  # it scales each part's own rate
        "warmup_steps": 0.03,
        "max_grad_norm": 1.0 if len(this.rates) == 1 else 0,  # Muon's step does not depend on the gradient's size
        # packs of 512 hold every row; attention over longer ones costs more than it saves
        "max_length": 512,
        "packing": True,
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": 2,
        "assistant_only_loss": True,
        "logging_steps": 50,
        "save_steps": 200,
        "save_total_limit": 1,
        "report_to": "none",
    }
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(**settings | cpu_hardware() | {"disable_tqdm": True}),
        train_dataset=training_rows(this, tokenizer),
        processing_class=tokenizer,
        optimizers=(optimizer, None),
    )
    trainer.train(resume_from_checkpoint=get_last_checkpoint(folder) if folder.is_dir() else None)


def store(model, tokenizer) -> None:
    """Write model, tokenizer and what they were made from; generation stops at each of `ENDS`."""
    ends = tokenizer.convert_tokens_to_ids(ENDS)
    model.generation_config = GenerationConfig(eos_token_id=ends, pad_token_id=tokenizer.pad_token_id)
    model.config.use_cache = True  # the trainer switched it off
    save(model, tokenizer, ASSISTANT)
    made = made_from(chats(this, tokenizer) for this in ROUNDS)
    write_text(ASSISTANT / "made_from.json", json.dumps(made, indent=2) + "\n")


def load():
    """Model, in float32, and tokenizer as they lie in the assets."""
    model = AutoModelForCausalLM.from_pretrained(ASSISTANT, dtype="float32").eval()
    return model, AutoTokenizer.from_pretrained(ASSISTANT)


def measure_bars() -> None:
    """Measure all tests, five draws each, and the hand-written requests; write the two files and the card's tables."""
    model, tokenizer = load()
    scores = measure(model, tokenizer, SEEDS, DRAW, [bar.key for bar in BARS])
    bars = [{"key": b.key, "text": b.text, "required": b.required, "scores": scores[b.key]} for b in BARS]
    by_hand = counted(read(model, tokenizer))
    card = (ASSISTANT / "README.md").read_text(encoding="utf-8")
    for name, found, shown in (("bars", bars, table(bars)), ("read", by_hand, as_markdown(by_hand))):
        lines = ",\n".join(json.dumps(each) for each in found)
        write_text(ASSISTANT / f"{name}.json", f"[\n{lines}\n]\n")
        start, end = (mark.format(name) for mark in CARD_MARKS)
        before, rest = card.split(start)
        card = f"{before}{start}\n{shown}\n{end}{rest.split(end)[1]}"
    write_text(ASSISTANT / "README.md", card)


def table(bars: list[dict]) -> str:
    """The bars as a Markdown table: the mean over the draws, each draw, what is required, and whether it is reached."""
    rows = []
    for bar in bars:
        mean, required = sum(bar["scores"]) / len(bar["scores"]), bar["required"]
        rows.append(
            {
                "what is asked": bar["text"],
                "mean": mean,
                "each draw": ", ".join(f"{score:.2f}" for score in bar["scores"]),
                "at least": "–" if required is None else str(required),
                "reached": "–" if required is None else "yes" if mean >= required else "no",
            }
        )
    return as_markdown(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the assistant, and measure it.")
    parser.add_argument("--bars", action="store_true", help="only measure the stored model again")
    if not parser.parse_args().bars:
        tokenizer = make_tokenizer()
        model = untrained(tokenizer)
        for this in ROUNDS:
            train(model, tokenizer, this, Path(f"build/assistant/{this.seed}"))
        store(model, tokenizer)
    measure_bars()
    print(table(json.loads((ASSISTANT / "bars.json").read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
