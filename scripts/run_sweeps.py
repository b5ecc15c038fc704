"""Runs the fine-tunes that take too long for a class, over several seeds, and stores what they scored.

``python -m scripts.run_sweeps`` (or ``make sweeps``) runs those whose seeds are not all in ``assets/sweeps/`` yet, and
writes the bars of the base model's card; with names, as in ``python -m scripts.run_sweeps "300 rows"``, only those.
Lessons draw their own live run over the stored ones. What is stored is not repeated: delete its file to run it again.
"""

import csv
import io
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from course_utils import data
from course_utils.data import Row
from course_utils.evaluate import (
    copy_accuracy,
    grade_description,
    grade_extraction,
    grade_support,
    mean,
    probe_accuracy,
    score_descriptions,
)
from course_utils.finetune import fine_tune
from course_utils.generate import generate
from course_utils.session import ASSETS, Course, start
from course_utils.shop import tasks
from course_utils.shop.spoiled_rows import colourless, four_ways, shouting, slip, terse, unclosed
from course_utils.stored_runs import ADAPTERS, ASKS, EPOCHS, LORA_RATES, MASKS, RATES, file_of, stored
from course_utils.table import as_markdown
from course_utils.training_rows import (
    chats_of,
    descriptions,
    familiar_questions,
    leaked_rows,
    skewed_rows,
    training_rows,
    validation_rows,
    whole_chats,
)

if TYPE_CHECKING:
    from datasets import Dataset


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


def masked(rows: int, mask: str, seeds: int, epochs: int = 4) -> Sweep:
    """Descriptions several times over, with one of `MASKS`: the same tokens in each, but not the same trained ones."""
    if mask == "completion":
        return Sweep({"describe": rows}, {"num_train_epochs": epochs}, seeds)
    config = {"num_train_epochs": epochs, "assistant_only_loss": mask == "assistant"}
    return Sweep(lambda: whole_chats(chats_of(data.read_products().select(range(rows)))), config, seeds)


def kitchen_rows(n: int = 50) -> "Dataset":
    """The first rows of a single category."""
    return descriptions([row for row in data.read_products().to_list() if row["category"] == "Kitchen"][:n])


def adapter(kind: str, rate: str) -> Sweep:
    """As `watched` on 100 rows, but with one of `ADAPTERS`."""
    return replace(watched(100, learning_rate=float(rate)), lora=ADAPTERS[kind])


def packing(**changes: object) -> Sweep:
    """160 of those chats, twice over, in batches of 8 rows or in packs; validation is never packed."""
    config = {"num_train_epochs": 2, "per_device_train_batch_size": 8, "eval_strategy": "epoch", "eval_packing": False}
    return Sweep(lambda: skewed_rows(160), config | changes, seeds=5, eval_rows=validation_rows)


# lesson 05: a pack holds about as many tokens as 8 of the rows do
PACK = {"packing": True, "per_device_train_batch_size": 1}


def packs_without_borders() -> "Dataset":
    """The very packs of `PACK` as plain rows: the same tokens and labels, but no position ids that start again.

    So each chat sees those before it, and nothing else changes: none is cut, and no border is trained.
    """
    from datasets import Dataset
    from transformers import AutoTokenizer
    from trl import pack_dataset

    tokenizer = AutoTokenizer.from_pretrained(ASSETS / "base")
    tokenizer.chat_template = (ASSETS / "chatml.jinja").read_text(encoding="utf-8")
    rows = []
    for row in skewed_rows(160):
        asked = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=False)
        whole = tokenizer.apply_chat_template(row["prompt"] + row["completion"], return_dict=False)
        rows.append({"input_ids": whole, "labels": [-100] * len(asked) + whole[len(asked) :]})
    return pack_dataset(Dataset.from_list(rows), 1024).remove_columns("seq_lengths")


# lesson 08: the rates that each adapter was tried at
ADAPTER_RATES = {
    "LoRA rank 16": LORA_RATES,
    **dict.fromkeys(("LoRA rank 1", "LoRA rank 4", "LoRA rank 64", "LoRA on attention"), LORA_RATES[1:]),
    "LoRA as published": (*LORA_RATES[2:], "2e-2"),
    "LoRA and embeddings": ("5e-3",),
}


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
    **{f"100 rows, {n}% slipped": spoiled(lambda rows, n=n: slip(rows, n / 100)) for n in (25, 50, 75)},
    **{f"100 rows, {n}% terse": spoiled(lambda rows, n=n: terse(rows, n / 100)) for n in (25, 50, 75)},
    # and errors that agree against errors of four kinds, in as many rows
    **{
        f"100 rows, 75% {kind.__name__.replace('_', ' ')}": spoiled(lambda rows, kind=kind: kind(rows, 0.75))
        for kind in (colourless, unclosed, shouting, four_ways)
    },
    # lesson 03: what the loss is taken on
    **{f"50 rows, loss on {mask}": masked(50, mask, seeds=5) for mask in MASKS},
    **{f"100 rows, loss on {mask}": masked(100, mask, seeds=3) for mask in MASKS},
    # fewer rows in as many steps as the 100 get
    **{f"50 rows, 7 epochs, loss on {mask}": masked(50, mask, seeds=3, epochs=7) for mask in MASKS},
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
    "skewed, packed without borders": replace(  # the loss of validation is taken on the answers, as in the others
        packing(per_device_train_batch_size=1, completion_only_loss=True), rows=packs_without_borders
    ),
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
    **{f"{kind}, rate {rate}": adapter(kind, rate) for kind, rates in ADAPTER_RATES.items() for rate in rates},
    "50 rows, noise 5": Sweep({"describe": 50}, {"num_train_epochs": 4, "neftune_noise_alpha": 5}, seeds=5),
}

CARD = ASSETS / "base" / "README.md"
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


def trained(course: Course, sweep: Sweep, seed: int):
    """The trainer of one run of a sweep, trained."""
    return fine_tune(
        course,
        sweep.rows() if callable(sweep.rows) else training_rows(sweep.rows, seed if sweep.other_rows else 0),
        sweep.eval_rows() if sweep.eval_rows else None,
        base=course.early_base if sweep.early else None,
        lora=sweep.lora,
        **{"output_dir": "build/sweeps"} | sweep.config,
        seed=seed,
    )


def curves(log_history: list[dict]) -> dict[str, list[tuple[int, float]]]:
    """The curves of a run as lists of (optimizer step, value): loss, grad_norm, and eval_loss where it was measured."""
    return {
        key: [(entry["step"], round(entry[key], 4)) for entry in log_history if key in entry]
        for key in ("loss", "grad_norm", "eval_loss")
        if any(key in entry for entry in log_history)
    }


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


def _store(name: str, runs: list[dict]) -> None:
    lines = ",\n".join(json.dumps(run) for run in runs)
    data.write_text(file_of(name), f"[\n{lines}\n]\n")


def bars(sweeps: dict[str, list[dict[str, float]]]) -> str:
    """The bars as a Markdown table: mean over the seeds, each seed, the bar, and whether the mean keeps it."""
    rows = []
    for name, key, text, bar, sign in BARS:
        values = [run[key] for run in sweeps[name]]
        average = sum(values) / len(values)
        rows.append(
            {
                "figure": text,
                "mean": f"{average:.3g}",
                "each seed": ", ".join(f"{value:.3g}" for value in values),
                "bar": f"{'at least' if sign > 0 else 'at most'} {bar}",
                "kept": "yes" if sign * average >= sign * bar else "no",
            }
        )
    return as_markdown(rows)


def card_with(table: str, card: str) -> str:
    """The model card with its table of bars replaced."""
    before, rest = card.split(MARKS[0])
    return f"{before}{MARKS[0]}\n{table}\n{MARKS[1]}{rest.split(MARKS[1])[1]}"


def run_sweep(name: str, course: Course, products: list[Row], chats: list[dict]) -> None:
    """Runs the seeds of one sweep that are not stored yet, and stores each as soon as it is there."""
    sweep, done = RUNS[name], stored(name) if file_of(name).exists() else []
    for seed in range(len(done), sweep.seeds):
        trainer = trained(course, sweep, seed)
        model = trainer.model.merge_and_unload() if sweep.lora else trainer.model  # merged, it writes faster
        scores = score(model, trainer.processing_class, sweep.tests, products, chats)
        log = trainer.state.log_history
        done.append({"seed": seed, **scores, "seconds": round(log[-1]["train_runtime"], 1), "curves": curves(log)})
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
        run_sweep(name, course, products, chats)
    if not names:
        table = bars({name: stored(name) for name, *_ in BARS})
        data.write_text(CARD, card_with(table, CARD.read_text(encoding="utf-8")))
        print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
