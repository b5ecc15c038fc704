"""Runs the fine-tunes that take too long for a class, over several seeds, and stores what they scored.

``python -m course_utils.sweeps`` (or ``make sweeps``) runs those whose seeds are not all in ``assets/sweeps/`` yet, and
writes the bars of the base model's card; with names, as in ``python -m course_utils.sweeps "300 rows"``, only those.
Lessons draw their own live run over the stored ones. What is stored is not repeated: delete its file to run it again.
"""

import csv
import io
import json
import random
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from datasets import Dataset

STORE = Path(__file__).parent / "assets" / "sweeps"


@dataclass(frozen=True)
class Sweep:
    """One fine-tune, repeated over the seeds 0, 1, …: on what, with which changes to the course's usual settings.

    ``rows`` are counts of each task for `training_rows`, or a function that makes the training set. ``config`` changes
    `SFTConfig`. ``tests`` are the tasks that are scored. ``eval_rows`` makes the set that ``eval_loss`` is measured on.
    With ``lora``, the arguments of `peft.LoraConfig`, an adapter is trained in place of the whole model. With
    ``other_rows`` each seed takes other rows of ``products.csv``, seed 0 the first ones; else all seeds take the same.
    """

    rows: Mapping[str, int] | Callable[[], "Dataset"]
    config: dict[str, object] = field(default_factory=dict)
    seeds: int = 3
    tests: tuple[str, ...] = ("describe",)
    early: bool = False
    eval_rows: Callable[[], "Dataset"] | None = None
    lora: Mapping[str, object] | None = None
    other_rows: bool = False


# what lesson 04 compares
RATES = ("2e-5", "1e-4", "5e-4", "1e-3", "2e-3", "5e-3", "1e-2", "3e-2")
EPOCHS = (1, 3, 5, 10, 20)


def watched(rows: int, seeds: int = 3, **changes: object) -> Sweep:
    """Descriptions only, with the loss of each step, and the validation loss after each epoch."""
    config = {"logging_steps": 1, "eval_strategy": "epoch"} | changes
    return Sweep({"describe": rows}, config, seeds, eval_rows=validation_rows)


def spoiled(spoil: Callable[[list[Row]], list[Row]], rows: int = 100) -> Sweep:
    """The first rows of ``products.csv`` with some of them spoiled. Longer rows are cut, so that none takes minutes."""
    return Sweep(lambda: descriptions(spoil(data.read_products().to_list()[:rows])), {"max_length": 256})


def mixed_defects(rows: list[Row]) -> list[Row]:
    """The same rows of ``products_damaged.csv``."""
    damaged = (data.DATA / "products_damaged.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(damaged, newline="")))[: len(rows)]


def descriptions(rows: list[Row]) -> "Dataset":
    """Rows of products as prompt/completion chats."""
    from datasets import Dataset

    chats = [tasks.chat(tasks.describe_prompt(row), row["description"]) for row in rows]
    return Dataset.from_list([{"prompt": messages[:-1], "completion": messages[-1:]} for messages in chats])


# what lesson 03 compares: the tokens that the loss is taken on
MASKS = ("full sequence", "completion", "assistant")


# and how a model trained in ChatML is asked
ASKS = {
    "as trained": "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n",
    "a system turn before it": "<|im_start|>system\nYou are a shop clerk.<|im_end|>\n"
    "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n",
    "### Response": "### Instruction:\n{}\n\n### Response:\n",
    "no generation prompt": "<|im_start|>user\n{}<|im_end|>\n",
    "the request alone": "{}",
    "[INST]": "[INST] {} [/INST]",
    "last line break missing": "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant",
}


def leaked_rows() -> list[Row]:
    """Sixteen test rows that one run of lesson 07 trains on, as if by mistake."""
    return data.read_products(data.DATA / "products_test.csv").to_list()[200:216]


def masked(rows: int, mask: str, seeds: int) -> Sweep:
    """Descriptions four times over, with one of `MASKS`: the same tokens in each, but not the same trained ones."""
    if mask == "completion":
        return Sweep({"describe": rows}, {"num_train_epochs": 4}, seeds)
    config = {"num_train_epochs": 4, "assistant_only_loss": mask == "assistant"}
    return Sweep(lambda: whole_chats(rows), config, seeds)


def whole_chats(n: int) -> "Dataset":
    """The first rows of ``products.csv`` as chats in one ``messages`` column."""
    from datasets import Dataset

    chosen = data.read_products().select(range(n))
    return Dataset.from_list([{"messages": tasks.chat(tasks.describe_prompt(r), r["description"])} for r in chosen])


def kitchen_rows(n: int = 50) -> "Dataset":
    """The first rows of a single category."""
    return descriptions([row for row in data.read_products().to_list() if row["category"] == "Kitchen"][:n])


def validation_rows(n: int = 40) -> "Dataset":
    """The last rows of ``products.csv``, which no run that is validated on them trains on."""
    return descriptions(data.read_products().to_list()[-n:])


# what lesson 08 compares
LORA_RATES = ("1e-3", "2e-3", "5e-3", "1e-2")
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
PUBLISHED = {"target_modules": ["q_proj", "v_proj"], "lora_dropout": 0.05}  # peft's own layers, a tutorial's dropout


def adapter(rank: int, rate: str, **changes: object) -> Sweep:
    """As `watched` on 100 rows, but with LoRA on all linear layers."""
    lora = {"r": rank, "lora_alpha": 32, "target_modules": "all-linear"} | changes
    return replace(watched(100, learning_rate=float(rate)), lora=lora)


def skewed_rows(n: int) -> "Dataset":
    """Chats of very different length: 3 in 10 are general questions, 1 in 12 asks for three to seven texts at once.

    The others ask for one. About 120 tokens in the mean, up to 700.
    """
    from datasets import Dataset

    rng, products = random.Random(0), iter(data.read_products().to_list())
    chats = list(data.read_chats(task="general").select(range(n * 3 // 10))["messages"])
    for size in rng.choices((1, 3, 5, 7), (88, 4, 4, 4), k=n - len(chats)):
        rows = [next(products) for _ in range(size)]
        texts = "\n\n".join(row["description"] for row in rows)
        chats.append(tasks.chat("\n\n".join(map(tasks.describe_prompt, rows)), texts))
    rng.shuffle(chats)
    return Dataset.from_list([{"prompt": messages[:-1], "completion": messages[-1:]} for messages in chats])


def packing(**changes: object) -> Sweep:
    """160 of those chats, twice over, in batches of 8 rows or in packs; validation is never packed."""
    config = {"num_train_epochs": 2, "per_device_train_batch_size": 8, "eval_strategy": "epoch", "eval_packing": False}
    return Sweep(lambda: skewed_rows(160), config | changes, seeds=5, eval_rows=validation_rows)


# lesson 05: a pack holds about as many tokens as 8 of the rows do
PACK = {"packing": True, "per_device_train_batch_size": 1}


RUNS = {
    # the base model's bars, lessons 00 and 01
    "300 rows": Sweep({"describe": 300}, {"learning_rate": 2e-3}, seeds=5),
    "300 rows + 300 general": Sweep({"describe": 300, "general": 300}, {"learning_rate": 2e-3}),
    "300 rows, gentle": Sweep({"describe": 300}, {"learning_rate": 5e-4}),
    "300 rows, harsh": Sweep({"describe": 300}, {"learning_rate": 1e-2}),
    "1,000 rows": Sweep({"describe": 1000}, {"learning_rate": 2e-3, "num_train_epochs": 2}),
    "JSON, 1,000 rows": Sweep(
        {"extraction": 1000}, {"learning_rate": 2e-3, "num_train_epochs": 2}, tests=("extraction",)
    ),
    "three jobs": Sweep(
        {"describe": 200, "support": 225, "extraction": 225}, seeds=5, tests=("describe", "support", "extraction")
    ),
    "100 rows": Sweep({"describe": 100}),
    "100 rows, early base": Sweep({"describe": 100}, early=True),
    # lesson 02: score against rows, each seed with rows of its own, about 60 steps each (3,000 rows take 188)
    **{
        f"{n} rows, 60 steps": Sweep({"describe": n}, {"num_train_epochs": epochs}, seeds, other_rows=True)
        for n, epochs, seeds in ((5, 60, 5), (20, 30, 3), (50, 15, 3), (100, 8, 3), (300, 3, 3))
    },
    "1,000 rows, 60 steps": Sweep({"describe": 1000}, {"num_train_epochs": 1}, other_rows=True),
    "3,000 rows, once": Sweep({"describe": 3000}, {"num_train_epochs": 1}),
    # lesson 02: clean against spoiled rows, 100 of each, three epochs (the clean ones are "100 rows")
    "100 rows, a third with mixed defects": spoiled(mixed_defects),
    **{f"100 rows, {n}% slipped": spoiled(lambda rows, n=n: data.slip(rows, n / 100)) for n in (25, 50, 75)},
    **{f"100 rows, {n}% terse": spoiled(lambda rows, n=n: data.terse(rows, n / 100)) for n in (25, 50, 75)},
    # lesson 03: what the loss is taken on
    **{f"50 rows, loss on {mask}": masked(50, mask, seeds=5) for mask in MASKS},
    **{f"100 rows, loss on {mask}": masked(100, mask, seeds=3) for mask in MASKS},
    "50 rows, asked otherwise": Sweep({"describe": 50}, {"num_train_epochs": 4}, seeds=5, tests=("asks",)),
    # lesson 04: the learning rate, the warm-up, how long, how many rows a step, the schedule, what a search found
    **{f"100 rows, rate {rate}": watched(100, learning_rate=float(rate)) for rate in RATES},
    **{f"50 rows, {n} epochs": watched(50, num_train_epochs=n) for n in EPOCHS},
    **{f"100 rows, batch {n}": watched(100, per_device_train_batch_size=n) for n in (4, 64)},
    **{f"100 rows, {kind}": watched(100, lr_scheduler_type=kind) for kind in ("cosine", "constant_with_warmup")},
    **{
        f"100 rows, rate {rate}, no warm-up": watched(100, learning_rate=float(rate), warmup_steps=0)
        for rate in ("2e-3", "5e-3")
    },
    "32 rows, 2 epochs": watched(32, seeds=5, num_train_epochs=2),
    "32 rows, 2 epochs, searched": watched(
        32, seeds=5, num_train_epochs=2, learning_rate=8e-4, per_device_train_batch_size=4, warmup_steps=0.2
    ),
    # lesson 05: packed or not, and how many packs a step
    "skewed, padded": packing(),
    "skewed, packed": packing(**PACK),
    "skewed, wrapped": packing(**PACK, packing_strategy="wrapped"),
    "skewed, 8 packs a step": packing(**PACK, gradient_accumulation_steps=8),
    "skewed, 8 packs a step, as many steps": replace(
        packing(**PACK, gradient_accumulation_steps=8, max_steps=40), seeds=3
    ),
    # lesson 06: rows that vary less, beside "50 rows, 20 epochs" and its remedies above
    "50 rows of one category, 20 epochs": replace(watched(50, num_train_epochs=20), rows=kitchen_rows),
    # lesson 07: fewer or more epochs as causes and remedies of forgetting, and test rows that were trained on
    "300 rows, 1 epoch": Sweep({"describe": 300}, {"learning_rate": 2e-3, "num_train_epochs": 1}),
    "300 rows, 6 epochs": Sweep({"describe": 300}, {"learning_rate": 2e-3, "num_train_epochs": 6}),
    "32 rows, half from the test": Sweep(
        lambda: descriptions(data.read_products().to_list()[:16] + leaked_rows()),
        {"num_train_epochs": 12},
        tests=("describe", "leaked"),
    ),
    # lesson 08: adapters at their learning rates, beside lesson 04's of the whole model; which matrices; noise
    **{f"LoRA rank 16, rate {rate}": adapter(16, rate) for rate in LORA_RATES},
    **{f"LoRA rank {rank}, rate {rate}": adapter(rank, rate) for rank in (1, 4, 64) for rate in LORA_RATES[1:]},
    **{f"LoRA on attention, rate {rate}": adapter(16, rate, target_modules=ATTENTION) for rate in LORA_RATES[1:]},
    **{f"LoRA as published, rate {rate}": adapter(16, rate, **PUBLISHED) for rate in (*LORA_RATES[2:], "2e-2")},
    "LoRA and embeddings, rate 5e-3": adapter(16, "5e-3", modules_to_save=["embed_tokens"], ensure_weight_tying=True),
    "50 rows, noise 5": Sweep({"describe": 50}, {"num_train_epochs": 4, "neftune_noise_alpha": 5}, seeds=5),
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


def training_rows(counts: Mapping[str, int], draw: int = 0):
    """Rows of each task as prompt/completion chats, e.g. ``{"describe": 300, "general": 300}``.

    They are the first rows; of the descriptions, a later `draw` takes those that follow the earlier draws', and begins
    again at the end of the file.
    """
    from datasets import Dataset

    rows = []
    for task, n in counts.items():
        if task == "describe":
            products = data.read_products()
            chosen = products.select([(draw * n + i) % len(products) for i in range(n)])
            rows += [tasks.chat(tasks.describe_prompt(row), row["description"]) for row in chosen]
        else:
            rows += data.read_chats(task=task).select(range(n))["messages"]
    return Dataset.from_list([{"prompt": messages[:-1], "completion": messages[-1:]} for messages in rows])


def fine_tune(course: Course, sweep: Sweep, seed: int):
    """One run of a sweep, with the course's usual settings but for what the sweep changes.

    Returns the trainer, trained, and the seconds that its training took.
    """
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    settings = {
        "output_dir": "build/sweeps",
        "chat_template_path": course.chat_template,
        "eos_token": "<|im_end|>",
        "num_train_epochs": 3,
        "learning_rate": 1e-3,
        "per_device_train_batch_size": 16,
        "warmup_steps": 0.1,
        "save_strategy": "no",
        "logging_steps": 5,
        "report_to": "none",
    }
    base = course.early_base if sweep.early else course.base
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(base, dtype="float32"),
        args=SFTConfig(**settings | course.hardware | {"disable_tqdm": True} | sweep.config, seed=seed),
        train_dataset=sweep.rows() if callable(sweep.rows) else training_rows(sweep.rows, seed * sweep.other_rows),
        eval_dataset=sweep.eval_rows() if sweep.eval_rows else None,
        processing_class=AutoTokenizer.from_pretrained(base),
        peft_config=LoraConfig(**sweep.lora) if sweep.lora else None,
    )
    began = time.perf_counter()
    trainer.train()
    return trainer, time.perf_counter() - began


def curves(log_history: list[dict]) -> dict[str, list[tuple[int, float]]]:
    """The curves of a run as lists of (optimizer step, value): loss, grad_norm, and eval_loss where it was measured."""
    return {
        key: [(entry["step"], round(entry[key], 4)) for entry in log_history if key in entry]
        for key in ("loss", "grad_norm", "eval_loss")
        if any(key in entry for entry in log_history)
    }


def familiar_questions(rows: list[dict]) -> list[str]:
    """Support questions about the products of test rows, in the wordings of the training rows."""
    rng = random.Random(0)
    return [tasks.support_question(row["intent"], product_of(row), rng, held_out=False) for row in rows]


def score(model, tokenizer, tests: tuple[str, ...], products: list[Row], chats: list[dict]) -> dict[str, float]:
    """The scores of a fine-tuned model on held-out rows of some tasks, and the probe for forgetting."""
    result = {"probe": probe_accuracy(model, tokenizer)}
    if "describe" in tests:
        _, grades = score_descriptions(model, tokenizer, products)
        result |= {key: mean(grades, key) for key in grades[0]}
    if "leaked" in tests:
        _, grades = score_descriptions(model, tokenizer, leaked_rows())
        result["strict, leaked"] = mean(grades)
    if "asks" in tests:
        for name, form in ASKS.items():
            replies = generate(model, tokenizer, [form.format(tasks.describe_prompt(row)) for row in products[:50]])
            result[name] = mean([grade_description(reply, row) for reply, row in zip(replies, products)])
    if "support" in tests:
        rows = [row for row in chats if row["task"] == "support"]
        new = [row["messages"][0]["content"] for row in rows]
        for wordings, questions in (("new", new), ("familiar", familiar_questions(rows))):
            replies = generate(model, tokenizer, [[{"role": "user", "content": text}] for text in questions])
            grades = [grade_support(reply, row) for reply, row in zip(replies, rows)]
            result |= {f"{key}, {wordings} wordings": mean(grades, key) for key in ("term", "guideline")}
    if "extraction" in tests:
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


def file_of(name: str) -> Path:
    """Where a sweep is stored: "300 rows, gentle" in ``300-rows-gentle.json``."""
    return STORE / (re.sub(r"[^a-z0-9.]+", "-", name.lower().replace(",", "")).strip("-") + ".json")


def stored(name: str) -> list[dict]:
    """The stored runs of a sweep, one dict a seed: scores, ``seconds`` of training, and "curves" (see `curves`).

    Raises ValueError when the sweep has not been run.
    """
    if not file_of(name).exists():
        raise ValueError(f"There is no stored sweep {name!r}: run `make sweeps`. Known are: {', '.join(RUNS)}.")
    return json.loads(file_of(name).read_text(encoding="utf-8"))


def _store(name: str, runs: list[dict]) -> None:
    lines = ",\n".join(json.dumps(run) for run in runs)
    data.write_text(file_of(name), f"[\n{lines}\n]\n")


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


def run(name: str, course: Course, products: list[Row], chats: list[dict]) -> None:
    """Runs the seeds of one sweep that are not stored yet, and stores each as soon as it is there."""
    sweep, done = RUNS[name], stored(name) if file_of(name).exists() else []
    for seed in range(len(done), sweep.seeds):
        trainer, seconds = fine_tune(course, sweep, seed)
        model = trainer.model.merge_and_unload() if sweep.lora else trainer.model  # merged, it writes faster
        scores = score(model, trainer.processing_class, sweep.tests, products, chats)
        done.append({"seed": seed, **scores, "seconds": round(seconds, 1), "curves": curves(trainer.state.log_history)})
        _store(name, done)
        print(name, {k: round(v, 3) for k, v in done[-1].items() if k != "curves"}, flush=True)


def main(names: list[str]) -> None:
    course = start("sweeps")
    products = data.read_products(data.DATA / "products_test.csv").to_list()[:200]
    chats = data.read_chats(data.DATA / "chats_test.jsonl").to_list()
    if unknown := sorted(set(names) - set(RUNS)):
        raise SystemExit(f"There is no sweep {unknown[0]!r}. Known are: {', '.join(RUNS)}.")
    if not file_of("base").exists():
        _store("base", [base_bars(course, products)])
    for name in names or RUNS:
        run(name, course, products, chats)
    if not names:
        table = bars({name: stored(name) for name, *_ in BARS})
        data.write_text(CARD, card_with(table, CARD.read_text(encoding="utf-8")))
        print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
