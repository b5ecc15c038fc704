"""Lesson 10: stored runs of DPO, as a log and as grades of what the model writes then."""

from course_utils.preferences import stored_preferences

from . import Situation, table

# the seed, the run, the key
RUNS = {
    "10-q1": (1, "DPO from SFT, rate 2e-4", "b"),
    "10-q2": (0, "DPO from base, rate 2e-4", "c"),
    "10-q3": (1, "DPO from SFT, rate 5e-5", "a"),
}
COLUMNS = ("loss", "rewards/chosen", "rewards/rejected", "rewards/accuracies")


def _log(seed: int, name: str) -> str:
    """Some steps of the log, then the grades of 100 held-out products beside those of the SFT model."""
    runs = stored_preferences()[seed]
    run, before = runs[name], runs["SFT"]
    curves = {column: dict(run["curves"][column]) for column in COLUMNS}
    steps = sorted(curves["loss"])
    rows = [(step, *(f"{curves[c][step]:.2f}" for c in COLUMNS)) for step in (*steps[::3], *steps[-1:])]
    scores = ("strict", "liked", "ended")
    both = (("the SFT model", before), ("after DPO", run))
    grades = table(("100 held-out products", *scores), [(who, *(entry[key] for key in scores)) for who, entry in both])
    fights = f"wins {run['wins']}, ties {run['ties']}, losses {run['losses']} against the SFT model"
    return f"{table(('step', *COLUMNS), rows)}\n\n{grades}\n{fights}"


def situations() -> dict[str, Situation]:
    """Three runs of DPO with what is to be done about them."""
    return {name: Situation(_log(seed, run), key) for name, (seed, run, key) in RUNS.items()}
