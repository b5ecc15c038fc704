"""Lesson 04: stored runs at four rates and of four lengths, and how many steps a configuration takes."""

import math
from statistics import mean

from course_utils.stored_runs import stored

from . import Situation, table

RATES = {
    "04-q1": ("100 rows, rate 5e-3", "c"),
    "04-q2": ("50 rows, 1 epochs", "d"),
    "04-q3": ("100 rows, rate 2e-5", "a"),
    "04-q4": ("100 rows, rate 1e-3", "b"),
}
# the sweep, its rows, its batch, its epochs
LENGTHS = {
    "04-q5": ("50 rows, 20 epochs", 50, 16, 20, "b"),
    "04-q6": ("100 rows, batch 64", 100, 64, 3, "c"),
    "04-q7": ("50 rows, 3 epochs", 50, 16, 3, "a"),
    "04-q8": ("100 rows, rate 1e-3", 100, 16, 3, "d"),
}
# rows, epochs, batch, max_steps
CONFIGS = {"04-q9": (300, 3, 64, -1), "04-q10": (300, 3, 16, -1), "04-q11": (300, 3, 16, 200)}
STEPS = {"a": 15, "b": 57, "c": 200, "d": 900}


def _log(sweep: str) -> str:
    """The first seed of a sweep as a log: every third step, or all of a short run, and each evaluation."""
    curves = {name: dict(values) for name, values in stored(sweep)[0]["curves"].items()}
    last = max(curves["loss"])
    shown = sorted({last, *range(1, last + 1, 3 if last > 10 else 1), *curves["eval_loss"]})
    rows = [
        (
            step,
            *(
                f"{curves[name][step]:.2f}" if step in curves[name] else ""
                for name in ("loss", "grad_norm", "eval_loss")
            ),
        )
        for step in shown
    ]
    return table(("step", "loss", "grad_norm", "eval_loss"), rows)


def _length(sweep: str, rows: int, batch: int, epochs: int) -> str:
    """What a run of a certain length came to, with at most five of its evaluations."""
    runs = stored(sweep)
    checked = runs[0]["curves"]["eval_loss"]
    chosen = checked if len(checked) <= 5 else [checked[i] for i in (0, 4, 9, 14, 19)]
    head = f"{rows} rows, batch {batch}, {epochs} epochs: {checked[-1][0]} steps\n\n"
    body = table(("step", "eval_loss"), [(step, f"{value:.3f}") for step, value in chosen])
    scores = "   ".join(f"{name} {mean(run[name] for run in runs):.2f}" for name in ("strict", "format", "ended"))
    return f"{head}{body}\n\nat the end, mean over the seeds:  {scores}"


def steps(rows: int, epochs: int, batch: int, max_steps: int) -> int:
    """Optimizer steps as the trainer counts them: the last batch of an epoch may be smaller."""
    return max_steps if max_steps > 0 else epochs * math.ceil(rows / batch)


def _config(rows: int, epochs: int, batch: int, max_steps: int) -> str:
    lines = [f"rows: {rows}", f"num_train_epochs: {epochs}", f"per_device_train_batch_size: {batch}"]
    return "\n".join([*lines, *([f"max_steps: {max_steps}"] if max_steps > 0 else [])])


def situations() -> dict[str, Situation]:
    """Four logs, four lengths and three configurations."""
    letters = {number: letter for letter, number in STEPS.items()}
    made = {name: Situation(_log(sweep), key) for name, (sweep, key) in RATES.items()}
    made |= {name: Situation(_length(*run), key) for name, (*run, key) in LENGTHS.items()}
    return made | {name: Situation(_config(*config), letters[steps(*config)]) for name, config in CONFIGS.items()}
