"""Lesson 05: reports on three sets of rows, batches as TRL's collator makes them, and stored runs side by side."""

from statistics import mean

from course_utils.packing import packing_report
from course_utils.stored_runs import stored
from course_utils.training_rows import skewed_rows, training_rows

from . import MODELS, Situation, base_tokenizer, table

CHATML = {"chat_template_path": str(MODELS / "chatml.jinja"), "eos_token": "<|im_end|>"}
TEXTS = ("Ice is cold.", "Bees make honey.", "Monday comes after Sunday.")
# as `isolation_error` tells it; the figures are invented, of the sizes that the lesson measures
SIGHT = "largest change of a logit in float32: {}"
RUNS = {
    "05-q8": ({"padded": "skewed, padded", "packed": "skewed, packed"}, "a"),
    "05-q9": ({"packed, 1 pack a step": "skewed, packed", "packed, 8 packs a step": "skewed, 8 packs a step"}, "c"),
    "05-q10": ({"packed by bfd": "skewed, packed", "packed, borders left out": "skewed, packed without borders"}, "b"),
}


def _report(rows, max_length: int) -> str:
    """The figures of a packing report that decide, one line for each way."""
    report = packing_report(
        rows, base_tokenizer(), max_length=max_length, batch_size=8, strategies=("bfd", "wrapped"), **CHATML
    )
    lines = [
        (
            way,
            report[way]["steps"],
            f"{report[way]['padding']:.0%}",
            f"{report[way]['speedup']:.1f}×",
            f"{report[way]['cut']:,}",
            report[way]["split"],
            report[way]["lost"],
        )
        for way in ("padded", "bfd", "wrapped")
    ]
    head = ("way", "steps an epoch", "padding", "speed-up", "tokens cut off", "rows split", "rows lost")
    return f"{len(rows)} rows, max_length {max_length}, 8 rows or packs a step\n\n{table(head, lines)}"


def _batch(strategy: str) -> str:
    """Three short texts in one batch, row by row: which numbers the model gets beside the tokens."""
    from datasets import Dataset
    from trl import pack_dataset
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    tokenizer = base_tokenizer()
    rows = Dataset.from_dict({"input_ids": [tokenizer(text)["input_ids"] + [0] for text in TEXTS]})
    if strategy != "padded":
        rows = pack_dataset(rows, 32, strategy=strategy)
    collate = DataCollatorForLanguageModeling(tokenizer.pad_token_id, padding_free=strategy == "bfd")
    batch = collate(list(rows))
    names = [name for name in ("attention_mask", "position_ids", "labels") if name in batch]
    lines = [
        f"{name if not i else '':15} " + " ".join(f"{value:4}" for value in row)
        for name in names
        for i, row in enumerate(batch[name].tolist())
    ]
    return "\n".join(lines)


def _compared(runs: dict[str, str]) -> str:
    """Stored runs side by side, as means over their seeds, with the range of the score."""
    lines = []
    for name, sweep in runs.items():
        seeds = stored(sweep)
        scores = [run["strict"] for run in seeds]
        steps = seeds[0]["curves"]["loss"][-1][0]
        losses = [run["curves"]["eval_loss"][-1] for run in seeds]
        span = f"{min(scores):.2f} to {max(scores):.2f}"
        lines.append((name, max(steps, losses[0][0]), f"{mean(v for _, v in losses):.3f}", mean(scores), span))
    return table(("two epochs, five seeds", "steps", "eval_loss (unpacked)", "strict", "each seed"), lines)


def situations() -> dict[str, Situation]:
    """Three reports, four batches and three pairs of runs."""
    skewed, uniform = skewed_rows(160), training_rows({"describe": 160})
    made = {
        "05-q1": Situation(_report(uniform, 1024), "a"),
        "05-q2": Situation(_report(skewed, 300), "c"),
        "05-q3": Situation(_report(skewed, 1024), "b"),
        "05-q4": Situation(_batch("wrapped"), "c"),
        "05-q5": Situation(f"{_batch('bfd')}\n\n{SIGHT.format('0.000004')}", "b"),
        "05-q6": Situation(_batch("padded"), "a"),
        "05-q7": Situation(f"{_batch('bfd')}\n\n{SIGHT.format('1.7')}", "d"),
    }
    return made | {name: Situation(_compared(runs), key) for name, (runs, key) in RUNS.items()}
