"""Small fine-tunes, healthy and sick, on which ``diagnose`` was tuned and is tested.

``python -m course_utils.diagnose_runs`` (part of ``make sweeps``) makes those that ``assets/diagnose_runs.json``
lacks and stores their logs. Each pattern is planted by its own knob: the learning rate, the rows, the epochs, the mask,
the way of asking. The rules were tuned on `TUNING` alone; `HELD_OUT` has other seeds, sizes, data and logging
intervals.
"""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from . import corpus, data, facts, tasks
from .diagnose import (
    BROKEN,
    CANT_TELL,
    HEALTHY,
    MEMORISED,
    OVERFITTING,
    PATTERNS,
    STAIRCASE,
    TOO_HIGH,
    TOO_LOW,
    ZERO,
    diagnose,
)
from .evaluate import grade_description, grade_extraction, grade_support, mean, product_of
from .generate import Reply, generate
from .start import Course, start
from .world import COLOURS

if TYPE_CHECKING:
    from datasets import Dataset

STORE = Path(__file__).parent / "assets" / "diagnose_runs.json"
KEPT = ("step", "epoch", "loss", "grad_norm", "learning_rate", "eval_loss", "eval_format", "eval_ended", "eval_strict")
EVAL_ROWS = 16
FIRST_EVAL_ROW = 940  # no recipe trains on this row or a later one


@dataclass(frozen=True)
class Recipe:
    """One run: the pattern that its knob plants, its rows, its settings, and what was done to them.

    ``task`` is one of the keys of `TASKS`, ``first`` the place of its first row. ``evals`` is how often it is
    evaluated. ``fault`` is "", "masked", "end not eos" or "wrong rows". With ``scores`` the answers
    to a few held-out prompts are graded at each evaluation.
    """

    pattern: str
    task: str
    rows: int
    seed: int
    config: Mapping[str, object] = field(default_factory=dict)
    first: int = 0
    evals: int = 5
    fault: str = ""
    scores: bool = False

    @property
    def name(self) -> str:
        changes = "".join(f", {key} {value}" for key, value in sorted(self.config.items()))
        fault = f", {self.fault}" if self.fault else ""
        return f"{self.task} {self.first}+{self.rows}, seed {self.seed}{fault}{changes}{', scores' * self.scores}"


# --- Rows -----------------------------------------------------------------------------------------------------------


@cache
def _products() -> list[dict]:
    return data.read_products().to_list()


@cache
def _chats(task: str) -> list[dict]:
    return data.read_chats(task=task).to_list()


def _described(first: int, n: int) -> list[tasks.Messages]:
    return [tasks.chat(tasks.describe_prompt(row), row["description"]) for row in _products()[first : first + n]]


def _free(first: int, n: int) -> list[tasks.Messages]:
    """Descriptions by many hands: each in one of the corpus's styles, which nothing in the request foretells."""
    rng = random.Random(first)
    rows = _products()[first : first + n]
    return [tasks.chat(tasks.describe_prompt(row), corpus.full_text(product_of(row), rng)) for row in rows]


def _noisy(first: int, n: int) -> list[tasks.Messages]:
    """House descriptions; in every second row the colour is not that of the sheet. The evaluation rows are clean."""
    rng, chats = random.Random(first), _described(first, n)
    for row, chat in list(zip(_products()[first : first + n], chats))[:: 2 if first < FIRST_EVAL_ROW else n]:
        wrong = rng.choice([colour for colour in COLOURS if colour != row["colour"]])
        chat[1]["content"] = chat[1]["content"].replace(row["colour"], wrong)
    return chats


def _code_book(first: int, n: int) -> list[tasks.Messages]:
    """Facts without any logic, to be learned by heart: a code word for each thing; another book for another `first`."""
    things = sorted({fact.subject for fact in facts.FACTS})
    words = sorted({fact.answer for fact in facts.FACTS})
    random.Random(0).shuffle(things)
    asked = things[-n:] if first == FIRST_EVAL_ROW else things[:-EVAL_ROWS][:n]
    rng = random.Random(first)
    return [tasks.chat(f"What is the code word for {thing}?", rng.choice(words)) for thing in asked]


def _of_task(task: str) -> Callable[[int, int], list[tasks.Messages]]:
    return lambda first, n: [row["messages"] for row in _chats(task)[first : first + n]]


TASKS: dict[str, Callable[[int, int], list[tasks.Messages]]] = {
    "describe": _described,
    "free": _free,
    "noisy": _noisy,
    "code book": _code_book,
    "support": _of_task("support"),
    "extraction": _of_task("extraction"),
    "general": _of_task("general"),
}


def pairs(chats: list[tasks.Messages]) -> "Dataset":
    """Chats as a `Dataset` of prompt and completion."""
    from datasets import Dataset

    return Dataset.from_list([{"prompt": chat[:-1], "completion": chat[-1:]} for chat in chats])


def _masked(chats: list[tasks.Messages], tokenizer) -> "Dataset":
    """Chats as tokens whose labels are all masked, as a mask that looks for the wrong mark makes them."""
    from datasets import Dataset

    ids = [tokenizer("\n".join(turn["content"] for turn in chat))["input_ids"] for chat in chats]
    return Dataset.from_list([{"input_ids": row, "labels": [-100] * len(row)} for row in ids])


# --- Runs -----------------------------------------------------------------------------------------------------------


def grades(task: str, reply: Reply, row: dict) -> dict[str, float]:
    """Format, ended and strict of a reply, whatever the task."""
    if task == "support":
        graded = grade_support(reply, row)
        return {"format": graded["guideline"], "ended": float(reply.ended), "strict": graded["strict"]}
    if task == "extraction":
        graded = grade_extraction(reply, row)
        return {"format": graded["valid"], "ended": float(reply.ended), "strict": graded["exact"]}
    graded = grade_description(reply, row)
    return {key: graded[key] for key in ("format", "ended", "strict")}


def _scorer(recipe: Recipe):
    """A callback that asks for a few replies at each evaluation and logs their grades."""
    from transformers import TrainerCallback

    last = slice(FIRST_EVAL_ROW, FIRST_EVAL_ROW + 12)
    rows = _chats(recipe.task)[last] if recipe.task in ("support", "extraction") else _products()[last]
    prompts: list = [chat[:1] for chat in TASKS[recipe.task](last.start, 12)]

    class Scores(TrainerCallback):
        def on_evaluate(self, args, state, control, model=None, processing_class=None, **kwargs):
            replies = generate(model, processing_class, prompts)
            graded = [grades(recipe.task, reply, row) for reply, row in zip(replies, rows)]
            entry = {f"eval_{key}": mean(graded, key) for key in ("format", "ended", "strict")}
            state.log_history.append({"step": state.global_step, "epoch": state.epoch, **entry})

    return Scores()


def run(course: Course, recipe: Recipe) -> list[dict]:
    """Trains as the recipe says and returns the compact log: numbers of four digits, without the run times."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback
    from trl import SFTConfig, SFTTrainer

    settings = {
        "output_dir": "build/diagnose",
        "chat_template_path": course.chat_template,
        "eos_token": None if recipe.fault == "end not eos" else "<|im_end|>",
        "num_train_epochs": 3,
        "learning_rate": 1e-3,
        "per_device_train_batch_size": 8,
        "per_device_eval_batch_size": EVAL_ROWS,
        "warmup_steps": 0.1,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
    }
    settings |= recipe.config
    steps = -(-recipe.rows // settings["per_device_train_batch_size"]) * settings["num_train_epochs"]
    if recipe.evals:
        settings |= {"eval_strategy": "steps", "eval_steps": max(1, steps // recipe.evals)}
    if recipe.fault == "masked":
        settings["max_length"] = None  # where rows may be cut, those without a trained token are dropped first
    tokenizer = AutoTokenizer.from_pretrained(course.base)
    chats, kept = TASKS[recipe.task](recipe.first, recipe.rows), TASKS[recipe.task](FIRST_EVAL_ROW, EVAL_ROWS)
    if recipe.fault == "wrong rows":
        chats = [[*chat[:-1], other[-1]] for chat, other in zip(chats, chats[1:] + chats[:1])]
    make = (lambda rows: _masked(rows, tokenizer)) if recipe.fault == "masked" else pairs
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(course.base, dtype="float32"),
        args=SFTConfig(**settings | course.hardware | {"disable_tqdm": True}, seed=recipe.seed),
        train_dataset=make(chats),
        eval_dataset=make(kept) if recipe.evals else None,
        processing_class=tokenizer,
        callbacks=[_scorer(recipe)] if recipe.scores else [],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return compact(trainer.state.log_history)


def compact(log_history: list[dict]) -> list[dict]:
    """The entries that `diagnose` reads, each number with four significant digits."""
    entries = [
        {key: float(f"{entry[key]:.4g}") for key in KEPT if isinstance(entry.get(key), (int, float))}
        for entry in log_history
    ]
    return [entry for entry in entries if set(entry) - {"step", "epoch"}]


# --- The two sets of runs -------------------------------------------------------------------------------------------


def _made(pattern: str, *rows: tuple) -> list[Recipe]:
    """Recipes from (task, rows, first row and seed, changes, fields); a pattern's own knobs come with the changes."""
    return [Recipe(pattern, task, n, place, config, place, **fields) for task, n, place, config, fields in rows]


def _set(epochs: int = 3, rate: float = 1e-3, batch: int = 8, log: int = 1, **changes: object) -> dict[str, object]:
    short = {
        "num_train_epochs": epochs,
        "learning_rate": rate,
        "per_device_train_batch_size": batch,
        "logging_steps": log,
    }
    return short | changes


CONSTANT = {"lr_scheduler_type": "constant_with_warmup"}
SCORED = {"scores": True, "evals": 3}

TUNING = [
    *_made(
        STAIRCASE,
        ("code book", 144, 0, _set(epochs=6, batch=12, **CONSTANT), {}),
        ("code book", 120, 1, _set(epochs=5, batch=10, **CONSTANT), {}),
        ("code book", 144, 2, _set(epochs=5, batch=12, rate=2e-3), {}),
    ),
    *_made(
        HEALTHY,
        ("describe", 96, 0, _set(), {}),
        ("describe", 64, 1, _set(epochs=4), SCORED),
        ("free", 96, 2, _set(epochs=2), {}),
        ("support", 96, 3, _set(), {}),
    ),
    *_made(
        OVERFITTING,
        ("free", 24, 0, _set(epochs=10), {}),
        ("free", 32, 1, _set(epochs=8, rate=2e-3), {}),
        ("noisy", 32, 2, _set(epochs=8), {}),
        ("noisy", 24, 3, _set(epochs=10, rate=2e-3), {}),
    ),
    *_made(
        TOO_LOW,
        ("describe", 48, 0, _set(rate=5e-6), {}),
        ("describe", 64, 1, _set(rate=2e-5), {}),
        ("support", 64, 2, _set(rate=1e-5), {}),
        ("free", 48, 3, _set(rate=5e-6), {}),
    ),
    *_made(
        TOO_HIGH,
        ("describe", 48, 0, _set(rate=3e-2), {}),
        ("support", 64, 1, _set(rate=5e-2), {}),
        ("free", 48, 2, _set(rate=3e-2), {}),
        ("describe", 48, 3, _set(rate=3e-2, log=2), {}),
    ),
    *_made(
        MEMORISED,
        ("describe", 8, 0, _set(epochs=30, rate=2e-3), {}),
        ("describe", 10, 1, _set(epochs=25, rate=2e-3, batch=10), {}),
        ("support", 8, 2, _set(epochs=30, rate=2e-3), {}),
    ),
    *_made(
        BROKEN,
        ("describe", 72, 0, _set(), SCORED | {"fault": "end not eos"}),
        ("describe", 72, 1, _set(), SCORED | {"fault": "wrong rows"}),
        ("support", 96, 2, _set(), SCORED | {"fault": "wrong rows"}),
    ),
    *_made(
        ZERO,
        ("describe", 32, 0, _set(), {"fault": "masked"}),
        ("general", 40, 1, _set(log=2), {"fault": "masked"}),
    ),
    # a first held-out set: it showed which rules to mend, and so it has become one to tune on
    *_made(
        HEALTHY,
        ("describe", 110, 217, _set(log=2), {}),
        ("support", 110, 218, _set(log=3), {}),
        ("extraction", 80, 219, _set(epochs=4), {}),
        ("free", 120, 220, _set(epochs=1), {}),
        ("extraction", 90, 214, _set(log=2), SCORED),
        ("describe", 90, 215, _set(epochs=3, log=2, batch=6), SCORED),
    ),
    *_made(
        OVERFITTING,
        ("free", 20, 221, _set(epochs=12, log=2), {}),
        ("free", 40, 222, _set(epochs=7, rate=2e-3), {}),
        ("free", 28, 223, _set(epochs=9, batch=4, log=3), {}),
        ("noisy", 20, 224, _set(epochs=12), {}),
        ("noisy", 40, 225, _set(epochs=8, log=2), {}),
        ("noisy", 28, 226, _set(epochs=9, rate=2e-3, batch=14), {}),
    ),
    *_made(
        TOO_LOW,
        ("describe", 60, 231, _set(rate=3e-6), {}),
        ("describe", 40, 232, _set(rate=2e-5, log=2), {}),
        ("extraction", 48, 233, _set(rate=1e-5), {}),
        ("support", 90, 234, _set(rate=5e-6, log=3), {}),
        ("general", 100, 235, _set(rate=5e-6, log=2), {}),
        ("free", 60, 236, _set(rate=1e-5), {}),
    ),
    *_made(
        TOO_HIGH,
        ("describe", 60, 241, _set(rate=4e-2, log=2), {}),
        ("extraction", 48, 242, _set(rate=3e-2), {}),
        ("support", 90, 243, _set(rate=3e-2, log=3), {}),
        ("general", 120, 244, _set(rate=5e-2), {}),
        ("free", 60, 245, _set(rate=5e-2, log=2), {}),
        ("describe", 40, 246, _set(epochs=4, rate=6e-2, log=5), {}),
    ),
    *_made(
        MEMORISED,
        ("describe", 6, 251, _set(epochs=30, rate=2e-3, log=2), {}),
        ("describe", 12, 252, _set(epochs=20, rate=3e-3, batch=12), {}),
        ("extraction", 8, 253, _set(epochs=25, rate=2e-3), {}),
        ("free", 6, 254, _set(epochs=30, rate=2e-3), {}),
        ("support", 6, 255, _set(epochs=40, rate=2e-3, log=3), {}),
        ("extraction", 5, 256, _set(epochs=30, rate=2e-3, log=2), {}),
    ),
    *_made(
        STAIRCASE,
        ("code book", 150, 261, _set(epochs=6, batch=10, log=2, **CONSTANT), {}),
        ("code book", 128, 262, _set(epochs=5, batch=16, **CONSTANT), {}),
        ("code book", 100, 263, _set(epochs=6, batch=10, **CONSTANT), {}),
        ("code book", 150, 264, _set(epochs=4, batch=10), {}),
        ("code book", 110, 265, _set(epochs=6, batch=10, rate=12e-4, **CONSTANT), {}),
        ("code book", 150, 266, _set(epochs=5, batch=12, rate=15e-4), {}),
    ),
    *_made(
        BROKEN,
        ("describe", 90, 271, _set(log=2), SCORED | {"fault": "end not eos"}),
        ("describe", 80, 272, _set(epochs=4, batch=16), SCORED | {"fault": "wrong rows"}),
        ("describe", 60, 273, _set(epochs=4, log=2), SCORED | {"fault": "wrong rows"}),
        ("extraction", 80, 274, _set(), SCORED | {"fault": "end not eos"}),
        ("support", 100, 275, _set(log=3), SCORED | {"fault": "end not eos"}),
        ("support", 110, 276, _set(), SCORED | {"fault": "end not eos"}),
    ),
    *_made(
        ZERO,
        ("describe", 40, 281, _set(log=2), {"fault": "masked"}),
        ("free", 30, 282, _set(), {"fault": "masked"}),
        ("support", 60, 283, _set(rate=2e-3, log=3), {"fault": "masked"}),
        ("extraction", 32, 284, _set(epochs=2), {"fault": "masked"}),
        ("general", 90, 285, _set(log=5), {"fault": "masked"}),
        ("describe", 24, 286, _set(rate=5e-6), {"fault": "masked", "evals": 0}),
    ),
]
HELD_OUT = [
    *_made(
        HEALTHY,
        ("describe", 84, 310, _set(epochs=4, log=3), {}),
        ("support", 130, 311, _set(log=2), {}),
        ("extraction", 72, 312, _set(log=4, batch=6), {}),
        ("free", 140, 313, _set(epochs=2, log=4), {}),
        ("general", 150, 314, _set(epochs=2, log=2), {}),
        ("extraction", 100, 315, _set(epochs=2), SCORED),
        ("describe", 100, 316, _set(rate=15e-4, batch=10), SCORED),
    ),
    *_made(
        OVERFITTING,
        ("free", 18, 320, _set(epochs=14, log=2), {}),
        ("free", 26, 321, _set(epochs=11, rate=15e-4), {}),
        ("free", 36, 322, _set(epochs=10, batch=6, log=4), {}),
        ("noisy", 18, 323, _set(epochs=14, log=2), {}),
        ("noisy", 26, 324, _set(epochs=12, batch=4), {}),
        ("describe", 30, 325, _set(epochs=18, batch=10, log=3), {}),
    ),
    *_made(
        TOO_LOW,
        ("describe", 70, 330, _set(rate=4e-6, log=2), {}),
        ("describe", 50, 331, _set(epochs=4, rate=15e-6, log=3), {}),
        ("extraction", 60, 332, _set(rate=6e-6, log=2), {}),
        ("support", 80, 333, _set(rate=8e-6, log=4), {}),
        ("general", 80, 334, _set(rate=3e-6), {}),
        ("free", 70, 335, _set(rate=3e-6, log=2), {}),
    ),
    *_made(
        TOO_HIGH,
        ("describe", 70, 340, _set(rate=5e-2, log=4), {}),
        ("extraction", 60, 341, _set(rate=4e-2, log=2), {}),
        ("support", 80, 342, _set(rate=4e-2, log=2), {}),
        ("general", 90, 343, _set(rate=3e-2, log=5), {}),
        ("free", 70, 344, _set(rate=4e-2, log=3), {}),
        ("describe", 56, 345, _set(epochs=2, rate=3e-2, batch=4), {}),
    ),
    *_made(
        MEMORISED,
        ("describe", 7, 350, _set(epochs=28, rate=2e-3, log=3), {}),
        ("describe", 9, 351, _set(epochs=35, rate=15e-4, batch=9), {}),
        ("extraction", 7, 352, _set(epochs=28, rate=2e-3, log=2), {}),
        ("free", 8, 353, _set(epochs=35, rate=2e-3, log=4), {}),
        ("support", 7, 354, _set(epochs=45, rate=2e-3, log=2), {}),
        ("extraction", 6, 355, _set(epochs=35, rate=15e-4), {}),
    ),
    *_made(
        STAIRCASE,
        ("code book", 140, 360, _set(epochs=6, batch=14, **CONSTANT), {}),
        ("code book", 132, 361, _set(epochs=5, batch=11, **CONSTANT), {}),
        ("code book", 116, 362, _set(epochs=7, log=2, **CONSTANT), {}),
        ("code book", 136, 363, _set(epochs=4), {}),
        ("code book", 104, 364, _set(epochs=6, rate=12e-4, **CONSTANT), {}),
        ("code book", 148, 365, _set(epochs=5, batch=10, rate=15e-4, log=2), {}),
    ),
    *_made(
        BROKEN,
        ("describe", 84, 370, _set(log=4), SCORED | {"fault": "end not eos"}),
        ("describe", 100, 371, _set(batch=10), SCORED | {"fault": "wrong rows"}),
        ("extraction", 70, 372, _set(log=2), SCORED | {"fault": "end not eos"}),
        ("extraction", 90, 373, _set(), SCORED | {"fault": "wrong rows"}),
        ("support", 90, 374, _set(log=2), SCORED | {"fault": "wrong rows"}),
        ("support", 120, 375, _set(log=4), SCORED | {"fault": "end not eos"}),
    ),
    *_made(
        ZERO,
        ("describe", 36, 380, _set(log=3), {"fault": "masked"}),
        ("free", 44, 381, _set(epochs=2), {"fault": "masked"}),
        ("support", 50, 382, _set(rate=2e-3), {"fault": "masked"}),
        ("extraction", 48, 383, _set(log=2), {"fault": "masked"}),
        ("general", 70, 384, _set(epochs=4, log=4), {"fault": "masked"}),
        ("describe", 28, 385, _set(), {"fault": "masked", "evals": 0}),
    ),
]
SETS = {"tuning": TUNING, "held_out": HELD_OUT}


@dataclass(frozen=True)
class Stored:
    """A run as it is stored: what it was, and the log that it left."""

    pattern: str
    name: str
    log_history: list[dict]


def stored(split: str) -> list[Stored]:
    """The stored runs of "tuning" or "held_out". Raises ValueError when there are none."""
    runs = _read().get(split)
    if not runs:
        raise ValueError(f"There are no stored runs {split!r}: run `make sweeps`.")
    return [Stored(run["pattern"], run["name"], run["log_history"]) for run in runs]


def confusion(runs: list[Stored]) -> dict[str, dict[str, int]]:
    """How often each pattern was given each diagnosis: ``table[true][said]``, with every pattern in both places."""
    said = (*PATTERNS, CANT_TELL)
    table = {pattern: dict.fromkeys(said, 0) for pattern in PATTERNS}
    for stored_run in runs:
        table[stored_run.pattern][diagnose(stored_run.log_history).pattern] += 1
    return table


def _read() -> dict[str, list[dict]]:
    return json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}


def _write(runs: dict[str, list[dict]]) -> None:
    blocks = [f"{json.dumps(split)}: [\n" + ",\n".join(map(json.dumps, rows)) + "\n]" for split, rows in runs.items()]
    data.write_text(STORE, "{\n" + ",\n".join(blocks) + "\n}\n")


def main() -> None:
    """Makes what is missing, forgets what no recipe makes any more, and stores after each run."""
    course = start("diagnose")
    known = {old["name"]: old for runs in _read().values() for old in runs}
    for recipe in (*TUNING, *HELD_OUT):
        if recipe.name not in known:
            began = time.perf_counter()
            log = run(course, recipe)
            known[recipe.name] = {"pattern": recipe.pattern, "name": recipe.name, "log_history": log}
            seconds = time.perf_counter() - began
            print(f"{recipe.pattern}, said {diagnose(log).pattern}: {recipe.name}, {seconds:.0f} s", flush=True)
        _write({split: [known[r.name] for r in recipes if r.name in known] for split, recipes in SETS.items()})


if __name__ == "__main__":
    main()
