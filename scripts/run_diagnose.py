"""Small fine-tunes, healthy and sick, on which ``diagnose`` was tuned and is tested.

``python -m scripts.run_diagnose`` (part of ``make sweeps``) makes those that ``assets/diagnose_runs.json`` lacks and
stores their logs. ``diagnose_recipes.csv`` beside this file lists them, one a line. Each pattern is planted by its own
knob: the learning rate, the rows, the epochs, the mask, the way of asking. The rules were tuned on the set "tuning"
alone; "held_out" has other seeds, sizes, data and logging intervals.
"""

import csv
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils import data
from course_utils.data import Messages
from course_utils.diagnose import diagnose
from course_utils.diagnosed_runs import STORE, confusion, read, stored_logs
from course_utils.evaluate import GRADERS, grade_description, mean, product_of
from course_utils.finetune import USUAL, fine_tune
from course_utils.generate import Reply, generate
from course_utils.session import Course, start
from course_utils.shop import general_facts, tasks, texts
from course_utils.shop.catalogue import COLOURS
from course_utils.training_rows import chats_of, pairs

if TYPE_CHECKING:
    from datasets import Dataset

RECIPES = Path(__file__).with_name("diagnose_recipes.csv")
KEPT = ("step", "epoch", "loss", "grad_norm", "learning_rate", "eval_loss", "eval_format", "eval_ended", "eval_strict")
EVAL_ROWS = 16
FIRST_EVAL_ROW = 940  # no recipe trains on this row or a later one


@dataclass(frozen=True)
class Recipe:
    """One run: the pattern that its knob plants, its rows, its settings, and what was done to them.

    ``task`` is one of the keys of `TASKS`, ``first_row`` the place of its first row. ``evaluations`` is how often it is
    evaluated. ``fault`` is "", "masked", "end not eos" or "wrong rows". With ``graded`` the answers to a few held-out
    prompts are graded at each evaluation. ``config`` changes `SFTConfig`.
    """

    pattern: str
    task: str
    first_row: int
    rows: int
    seed: int
    config: Mapping[str, object]
    evaluations: int
    fault: str
    graded: bool

    @property
    def name(self) -> str:
        changes = "".join(f", {key} {value}" for key, value in sorted(self.config.items()))
        fault = f", {self.fault}" if self.fault else ""
        scores = ", scores" if self.graded else ""
        return f"{self.task} {self.first_row}+{self.rows}, seed {self.seed}{fault}{changes}{scores}"


def recipes() -> dict[str, list[Recipe]]:
    """The recipes of each set, in the order of the file. A blank cell of a setting leaves the usual one."""
    kinds = {"num_train_epochs": int, "learning_rate": float, "per_device_train_batch_size": int, "logging_steps": int}
    kinds["lr_scheduler_type"] = str
    sets: dict[str, list[Recipe]] = {}
    with RECIPES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            config = {key: kind(row[key]) for key, kind in kinds.items() if row[key]}
            whole = {key: int(row[key]) for key in ("first_row", "rows", "seed", "evaluations")}
            recipe = Recipe(
                row["pattern"], row["task"], config=config, fault=row["fault"], graded=row["graded"] == "yes", **whole
            )
            sets.setdefault(row["set"], []).append(recipe)
    return sets


# --- Rows -----------------------------------------------------------------------------------------------------------


@cache
def _products() -> list[dict]:
    return data.read_products().to_list()


@cache
def _chats(task: str) -> list[dict]:
    return data.read_chats(task=task).to_list()


def _described(first: int, n: int) -> list[Messages]:
    return chats_of(_products()[first : first + n])


def _free(first: int, n: int) -> list[Messages]:
    """Descriptions by many hands: each in one of the corpus's styles, which nothing in the request foretells."""
    rng = random.Random(first)
    rows = _products()[first : first + n]
    return [tasks.chat(tasks.describe_prompt(row), texts.full_text(product_of(row), rng)) for row in rows]


def _noisy(first: int, n: int) -> list[Messages]:
    """House descriptions; in every second row the colour is not that of the sheet. The evaluation rows are clean."""
    rng, chats = random.Random(first), _described(first, n)
    for row, chat in list(zip(_products()[first : first + n], chats))[:: 2 if first < FIRST_EVAL_ROW else n]:
        wrong = rng.choice([colour for colour in COLOURS if colour != row["colour"]])
        chat[1]["content"] = chat[1]["content"].replace(row["colour"], wrong)
    return chats


def _code_book(first: int, n: int) -> list[Messages]:
    """Facts without any logic, to be learned by heart: a code word for each thing; another book for another `first`."""
    things = sorted({fact.subject for fact in general_facts.FACTS})
    words = sorted({fact.answer for fact in general_facts.FACTS})
    random.Random(0).shuffle(things)
    asked = things[-n:] if first == FIRST_EVAL_ROW else things[:-EVAL_ROWS][:n]
    rng = random.Random(first)
    return [tasks.chat(f"What is the code word for {thing}?", rng.choice(words)) for thing in asked]


def _of_task(task: str) -> Callable[[int, int], list[Messages]]:
    return lambda first, n: [row["messages"] for row in _chats(task)[first : first + n]]


TASKS: dict[str, Callable[[int, int], list[Messages]]] = {
    "describe": _described,
    "free": _free,
    "noisy": _noisy,
    "code book": _code_book,
    "support": _of_task("support"),
    "extraction": _of_task("extraction"),
    "general": _of_task("general"),
}


def _masked(chats: list[Messages], tokenizer) -> "Dataset":
    """Chats as tokens whose labels are all masked, as a mask that looks for the wrong mark makes them."""
    from datasets import Dataset

    ids = [tokenizer("\n".join(turn["content"] for turn in chat))["input_ids"] for chat in chats]
    return Dataset.from_list([{"input_ids": row, "labels": [-100] * len(row)} for row in ids])


# --- Runs -----------------------------------------------------------------------------------------------------------


# what the tasks' graders call the form and the whole, where it isn't "format" and "strict"
FORMAT, STRICT = {"support": "guideline", "extraction": "valid"}, {"extraction": "exact"}


def grades(task: str, reply: Reply, row: dict) -> dict[str, float]:
    """Format, ended and strict of a reply, whatever the task; what has no grader of its own is a description."""
    graded = GRADERS.get(task, grade_description)(reply, row)
    return {
        "format": graded[FORMAT.get(task, "format")],
        "ended": float(reply.ended),
        "strict": graded[STRICT.get(task, "strict")],
    }


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


def run_recipe(course: Course, recipe: Recipe) -> list[dict]:
    """Trains as the recipe says and returns the compact log: numbers of four digits, without the run times."""
    from transformers import AutoTokenizer

    batch = {"per_device_train_batch_size": 8, "per_device_eval_batch_size": EVAL_ROWS}
    settings = USUAL | batch | {"output_dir": "build/diagnose", "logging_steps": 1} | recipe.config
    if recipe.fault == "end not eos":
        settings["eos_token"] = None
    if recipe.fault == "masked":
        settings["max_length"] = None  # where rows may be cut, those without a trained token are dropped first
    if recipe.evaluations:
        steps = -(-recipe.rows // settings["per_device_train_batch_size"]) * settings["num_train_epochs"]
        settings |= {"eval_strategy": "steps", "eval_steps": max(1, steps // recipe.evaluations)}
    tokenizer = AutoTokenizer.from_pretrained(course.base)
    make = TASKS[recipe.task]
    chats, kept = make(recipe.first_row, recipe.rows), make(FIRST_EVAL_ROW, EVAL_ROWS)
    if recipe.fault == "wrong rows":
        chats = [[*chat[:-1], other[-1]] for chat, other in zip(chats, chats[1:] + chats[:1])]
    if recipe.fault == "masked":
        rows, eval_rows = _masked(chats, tokenizer), _masked(kept, tokenizer)
    else:
        rows, eval_rows = pairs(chats), pairs(kept)
    trainer = fine_tune(
        course,
        rows,
        eval_rows if recipe.evaluations else None,
        tokenizer=tokenizer,
        callbacks=(_scorer(recipe),) if recipe.graded else (),
        **settings,
        seed=recipe.seed,
    )
    return compact(trainer.state.log_history)


def compact(log_history: list[dict]) -> list[dict]:
    """The entries that `diagnose` reads, each number with four significant digits."""
    entries = [
        {key: float(f"{entry[key]:.4g}") for key in KEPT if isinstance(entry.get(key), (int, float))}
        for entry in log_history
    ]
    return [entry for entry in entries if set(entry) - {"step", "epoch"}]


def _write(runs: dict[str, list[dict]]) -> None:
    blocks = [f"{json.dumps(split)}: [\n" + ",\n".join(map(json.dumps, rows)) + "\n]" for split, rows in runs.items()]
    data.write_text(STORE, "{\n" + ",\n".join(blocks) + "\n}\n")


def main() -> None:
    """Makes what is missing, forgets what no recipe makes any more, and stores after each run."""
    course, sets = start("diagnose"), recipes()
    known = {old["name"]: old for runs in read().values() for old in runs}
    for recipe in (recipe for chosen in sets.values() for recipe in chosen):
        if recipe.name not in known:
            began = time.perf_counter()
            log = run_recipe(course, recipe)
            known[recipe.name] = {"pattern": recipe.pattern, "name": recipe.name, "log_history": log}
            seconds = time.perf_counter() - began
            print(f"{recipe.pattern}, said {diagnose(log).pattern}: {recipe.name}, {seconds:.0f} s", flush=True)
        _write({split: [known[r.name] for r in chosen if r.name in known] for split, chosen in sets.items()})
    table = confusion(stored_logs("held_out"))
    right, runs = sum(row[pattern] for pattern, row in table.items()), sum(sum(row.values()) for row in table.values())
    print(f"own held-out runs: {runs} logs, the planted pattern {right / runs:.0%}")


if __name__ == "__main__":
    main()
