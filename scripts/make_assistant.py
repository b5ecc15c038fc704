"""Makes the course's second model, the assistant: the base, instruction-tuned on made-up chats; and measures it.

``python -m scripts.make_assistant`` (the second half of ``make model``) remakes what lies in ``assets/assistant`` in
under half an hour of two CPU cores; a stopped run resumes. With ``--bars`` it only measures again. The chats come from
`assistant_rows`, the tests from `assistant_bars`. No lesson imports this file.
"""

import argparse
import json
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
from .assistant_rows import rows
from .pretrain import BASE, save

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
ROWS = 12_000
SEEDS = range(5)
DRAW = 20  # requests a test and seed
CARD_MARKS = ("<!-- bars: written by make model -->", "<!-- end of bars -->")


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


def training_rows(n: int, tokenizer, seed: int = 0) -> Dataset:
    """`n` chats in the columns prompt, completion and tools."""
    columns = [{k: v for k, v in row.items() if k != "kind"} for row in rows(n, seed, vocabulary(tokenizer))]
    return Dataset.from_list(columns)


def train(folder: Path, n: int = ROWS) -> SFTTrainer:
    """One epoch on `n` chats; the loss is taken on the assistant's turns that a completion holds."""
    tokenizer = make_tokenizer()
    settings = {
        "output_dir": str(folder),
        "num_train_epochs": 1,
        "learning_rate": 1.2e-3,
        "lr_scheduler_type": "cosine",
        "warmup_steps": 0.03,
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
        model=untrained(tokenizer),
        args=SFTConfig(**settings | cpu_hardware() | {"disable_tqdm": True}),
        train_dataset=training_rows(n, tokenizer),
        processing_class=tokenizer,
    )
    trainer.train(resume_from_checkpoint=get_last_checkpoint(folder) if folder.is_dir() else None)
    return trainer


def store(model, tokenizer) -> None:
    """Write model and tokenizer; generation stops at each of `ENDS`."""
    ends = tokenizer.convert_tokens_to_ids(ENDS)
    model.generation_config = GenerationConfig(eos_token_id=ends, pad_token_id=tokenizer.pad_token_id)
    save(model, tokenizer, ASSISTANT)


def load():
    """Model, in float32, and tokenizer as they lie in the assets."""
    model = AutoModelForCausalLM.from_pretrained(ASSISTANT, dtype="float32").eval()
    return model, AutoTokenizer.from_pretrained(ASSISTANT)


def measure_bars() -> None:
    """Measure all tests, five draws each, and write them to ``bars.json`` and into the card."""
    model, tokenizer = load()
    scores = measure(model, tokenizer, SEEDS, DRAW, [bar.key for bar in BARS])
    bars = [{"key": b.key, "text": b.text, "required": b.required, "scores": scores[b.key]} for b in BARS]
    lines = ",\n".join(json.dumps(bar) for bar in bars)
    write_text(ASSISTANT / "bars.json", f"[\n{lines}\n]\n")
    card = (ASSISTANT / "README.md").read_text(encoding="utf-8")
    before, rest = card.split(CARD_MARKS[0])
    after = rest.split(CARD_MARKS[1])[1]
    write_text(ASSISTANT / "README.md", f"{before}{CARD_MARKS[0]}\n{table(bars)}\n{CARD_MARKS[1]}{after}")


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
        trainer = train(Path("build/assistant"))
        store(trainer.model, trainer.processing_class)
    measure_bars()
    print(table(json.loads((ASSISTANT / "bars.json").read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
