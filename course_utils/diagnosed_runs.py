"""The logs of small runs, healthy and sick, whose cause is known: what ``diagnose`` was tuned on and is tested with.

``scripts/run_diagnose.py``, behind ``make sweeps``, makes them and stores them in ``assets/diagnose_runs.json``.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from .diagnose import CANT_TELL, PATTERNS, diagnose

STORE = Path(__file__).parent / "assets" / "diagnose_runs.json"


@dataclass(frozen=True)
class Stored:
    """A run as it is stored: what it was, and the log that it left."""

    pattern: str
    name: str
    log_history: list[dict]


def stored_logs(split: str) -> list[Stored]:
    """The stored runs of "tuning" or "held_out". Raises ValueError when there are none."""
    runs = read().get(split)
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


def read() -> dict[str, list[dict]]:
    """The file as it is: for each set the runs, each with ``pattern``, ``name`` and ``log_history``."""
    return json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}
