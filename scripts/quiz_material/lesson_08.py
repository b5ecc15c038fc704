"""Lesson 08: stored runs of adapters and of the whole model, rate by rate, and the memory of a step by part."""

from statistics import mean

from course_utils.stored_runs import stored

from . import Situation, table

# what was trained, the sweeps by their rate, and the key
RATES = {
    "08-q1": ("whole model", {"5e-3": "100 rows, rate 5e-3", "1e-2": "100 rows, rate 1e-2"}, "b"),
    "08-q2": (
        "LoRA, rank 16, q_proj and v_proj alone",
        {rate: f"LoRA as published, rate {rate}" for rate in ("5e-3", "1e-2", "2e-2")},
        "d",
    ),
    "08-q3": ("LoRA, rank 16, all layers", {rate: f"LoRA rank 16, rate {rate}" for rate in ("1e-3", "2e-3")}, "a"),
    "08-q4": (
        "LoRA, rank 16, all layers",
        {rate: f"LoRA rank 16, rate {rate}" for rate in ("2e-3", "5e-3", "1e-2")},
        "c",
    ),
}


def _rates(trained: str, sweeps: dict[str, str]) -> str:
    """One line for each rate: the losses and the score at the end, with the score of each seed."""
    rows = []
    for rate, sweep in sweeps.items():
        runs = stored(sweep)
        losses = (mean(run["curves"][name][-1][1] for run in runs) for name in ("loss", "eval_loss"))
        rows.append((rate, *losses, mean(run["strict"] for run in runs), *(run["strict"] for run in runs)))
    head = ("rate", "loss", "eval_loss", "strict", "seed 0", "seed 1", "seed 2")
    first = stored(next(iter(sweeps.values())))[0]["curves"]["loss"][0][1]
    return f"trained: {trained}; loss at the first step {first:.2f}\n\n{table(head, rows)}"


def situations() -> dict[str, Situation]:
    """Four tables of learning rates, each with what it asks for."""
    return {name: Situation(_rates(trained, sweeps), key) for name, (trained, sweeps, key) in RATES.items()}
