"""Runs the fine-tunes that take too long for a class, over several seeds, and stores what they scored.

``python -m course_utils.sweeps`` (or ``make sweeps``) remakes ``assets/sweeps.json`` in half an hour of two cores,
and prints the bars of the base model's card. Lessons draw their own live run over the stored ones. A run that is in the
file already is not repeated: delete the file to start over.
"""

import json
import random
import time
from pathlib import Path

from . import data, tasks
from .evaluate import (
    Row,
    copy_accuracy,
    grade_description,
    grade_extraction,
    grade_support,
    mean,
    probe_accuracy,
    product_of,
    score_descriptions,
)
from .generate import generate
from .start import Course, start

STORE = Path(__file__).parent / "assets" / "sweeps.json"

# name: what is trained on (rows of each task), epochs, learning rate, seeds
RUNS = {
    "300 rows": ({"describe": 300}, 3, 2e-3, range(5)),
    "300 rows + 300 general": ({"describe": 300, "general": 300}, 3, 2e-3, range(3)),
    "300 rows, gentle": ({"describe": 300}, 3, 5e-4, range(3)),
    "300 rows, harsh": ({"describe": 300}, 3, 1e-2, range(3)),
    "1,000 rows": ({"describe": 1000}, 2, 2e-3, range(3)),
    "JSON, 1,000 rows": ({"extraction": 1000}, 2, 2e-3, range(3)),
    "three jobs": ({"describe": 200, "support": 225, "extraction": 225}, 3, 1e-3, range(5)),
    "100 rows": ({"describe": 100}, 3, 1e-3, range(3)),
    "100 rows, early base": ({"describe": 100}, 3, 1e-3, range(3)),
}

CARD = Path(__file__).parent / "assets" / "base" / "README.md"
MARKS = ("<!-- bars: written by make sweeps -->", "<!-- end of bars -->")

# sweep, figure, what it says, and the bar: at least (+) or at most (-)
BARS = (
    ("base", "probe", "base: general-knowledge probe", 0.93, +1),
    ("base", "copying", "base: names of unseen products copied from the sheet", 0.98, +1),
    ("base", "strict", "base: strict descriptions", 0.01, -1),
    ("300 rows", "strict", "300 rows x 3: strict", 0.85, +1),
    ("300 rows", "seconds", "300 rows x 3: seconds of training", 60, -1),
    ("300 rows + 300 general", "strict", "300 rows + 300 general chats x 3: strict", 0.85, +1),
    ("1,000 rows", "strict", "1,000 rows x 2: strict", 0.93, +1),
    ("1,000 rows", "format", "1,000 rows x 2: format", 1.0, +1),
    ("1,000 rows", "contradictions", "1,000 rows x 2: contradictions a text", 0.02, -1),
    ("JSON, 1,000 rows", "exact", "JSON extraction, 1,000 rows x 2: exact", 0.90, +1),
    ("300 rows, gentle", "probe", "300 rows at a gentle learning rate: probe kept", 0.88, +1),
    ("300 rows, harsh", "probe", "300 rows at a harsh learning rate: probe destroyed", 0.60, -1),
)


def training_rows(counts: dict[str, int]):
    """The first rows of each task as prompt/completion chats, e.g. ``{"describe": 300, "general": 300}``."""
    from datasets import Dataset

    rows = []
    for task, n in counts.items():
        if task == "describe":
            chosen = data.read_products().select(range(n))
            rows += [tasks.chat(tasks.describe_prompt(row), row["description"]) for row in chosen]
        else:
            rows += data.read_chats(task=task).select(range(n))["messages"]
    return Dataset.from_list([{"prompt": messages[:-1], "completion": messages[-1:]} for messages in rows])


def fine_tune(course: Course, rows, epochs: int, learning_rate: float, seed: int, early: bool = False):
    """One SFT run from the base, or from the `early` one, with the course's usual settings.

    Returns model, tokenizer and seconds of training.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    config = SFTConfig(
        output_dir="build/sweeps",
        chat_template_path=course.chat_template,
        eos_token="<|im_end|>",
        num_train_epochs=epochs,
        learning_rate=learning_rate,
        per_device_train_batch_size=16,
        warmup_steps=0.1,
        seed=seed,
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        **course.hardware | {"disable_tqdm": True},
    )
    base = course.early_base if early else course.base
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(base, dtype="float32"),
        args=config,
        train_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(base),
    )
    began = time.perf_counter()
    trainer.train()
    return trainer.model, trainer.processing_class, time.perf_counter() - began


def familiar_questions(rows: list[dict]) -> list[str]:
    """Support questions about the products of test rows, in the wordings of the training rows."""
    rng = random.Random(0)
    return [tasks.support_question(row["intent"], product_of(row), rng, held_out=False) for row in rows]


def score(model, tokenizer, counts: dict[str, int], products: list[Row], chats: list[dict]) -> dict[str, float]:
    """The scores of a fine-tuned model on held-out rows of what it was trained for, and the probe for forgetting."""
    result = {"probe": probe_accuracy(model, tokenizer)}
    if "describe" in counts:
        _, grades = score_descriptions(model, tokenizer, products)
        result |= {key: mean(grades, key) for key in grades[0]}
    if "support" in counts:
        rows = [row for row in chats if row["task"] == "support"]
        new = [row["messages"][0]["content"] for row in rows]
        for wordings, questions in (("new", new), ("familiar", familiar_questions(rows))):
            replies = generate(model, tokenizer, [[{"role": "user", "content": text}] for text in questions])
            grades = [grade_support(reply, row) for reply, row in zip(replies, rows)]
            result |= {f"{key}, {wordings} wordings": mean(grades, key) for key in ("term", "guideline")}
    if "extraction" in counts:
        rows = [row for row in chats if row["task"] == "extraction"]
        replies = generate(model, tokenizer, [row["messages"][:-1] for row in rows], max_new_tokens=120)
        grades = [grade_extraction(reply, row) for reply, row in zip(replies, rows)]
        result |= {key: mean(grades, key) for key in grades[0]}
    return result


def base_bars(course: Course, products: list[Row]) -> dict[str, float]:
    """The base model alone: general knowledge, copying of unseen names, strict descriptions."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(course.base, dtype="float32")
    tokenizer = AutoTokenizer.from_pretrained(course.base)
    replies = generate(model, tokenizer, [f"{tasks.describe_prompt(row)}\ndescription:" for row in products])
    grades = [grade_description(reply, row) for reply, row in zip(replies, products)]
    return {
        "probe": probe_accuracy(model, tokenizer),
        "copying": copy_accuracy(model, tokenizer, products),
        "strict": mean(grades),
        "faithful": mean(grades, "faithful"),
    }


def stored(name: str) -> list[dict[str, float]]:
    """The stored scores of a sweep, one dict a seed. Raises ValueError when it has not been run."""
    sweeps = json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}
    if name not in sweeps:
        raise ValueError(
            f"There is no stored sweep {name!r}: run `make sweeps`. Stored are: {', '.join(sweeps) or 'none'}."
        )
    return sweeps[name]


def bars(sweeps: dict[str, list[dict[str, float]]]) -> str:
    """The bars as a Markdown table: mean over the seeds, each seed, the bar, and whether the mean keeps it."""
    lines = ["| figure | mean | each seed | bar | kept |", "|:--|--:|:--|:--|:--|"]
    for name, key, text, bar, sign in BARS:
        values = [run[key] for run in sweeps[name]]
        mean_value = sum(values) / len(values)
        kept = "yes" if sign * mean_value >= sign * bar else "no"
        each = ", ".join(f"{value:.3g}" for value in values)
        lines.append(f"| {text} | {mean_value:.3g} | {each} | {'at least' if sign > 0 else 'at most'} {bar} | {kept} |")
    return "\n".join(lines)


def card_with(table: str, card: str) -> str:
    """The model card with its table of bars replaced."""
    before, rest = card.split(MARKS[0])
    return f"{before}{MARKS[0]}\n{table}\n{MARKS[1]}{rest.split(MARKS[1])[1]}"


def main() -> None:
    course = start("sweeps")
    products = data.read_products(data.DATA / "products_test.csv").to_list()[:200]
    chats = data.read_chats(data.DATA / "chats_test.jsonl").to_list()
    sweeps = json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}
    if "base" not in sweeps:
        sweeps["base"] = [base_bars(course, products)]
    print("base", sweeps["base"][0], flush=True)
    for name, (counts, epochs, learning_rate, seeds) in RUNS.items():
        done = sweeps.setdefault(name, [])
        for seed in seeds[len(done) :]:
            rows, early = training_rows(counts), "early base" in name
            model, tokenizer, seconds = fine_tune(course, rows, epochs, learning_rate, seed, early)
            done.append(
                {"seed": seed, **score(model, tokenizer, counts, products, chats), "seconds": round(seconds, 1)}
            )
            data.write_text(STORE, json.dumps(sweeps, indent=1) + "\n")
            print(name, {key: round(value, 3) for key, value in done[-1].items()}, flush=True)
    data.write_text(STORE, json.dumps(sweeps, indent=1) + "\n")
    data.write_text(CARD, card_with(bars(sweeps), CARD.read_text(encoding="utf-8")))
    print(bars(sweeps))


if __name__ == "__main__":
    main()
