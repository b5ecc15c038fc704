"""The runs that ``diagnose`` is tested with: our own, healthy and sick, whose cause is known, and public ones.

``scripts/run_diagnose.py``, behind ``make sweeps``, makes ours and stores their logs in ``assets/diagnose_runs.json``.
``scripts/wild_confusion.py`` stores a dozen public logs in ``assets/real_runs.json``, and what was said of all of them
in ``assets/real_verdicts.csv``.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

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


# --- Runs that nobody here made -------------------------------------------------------------------------------------

REAL = Path(__file__).parent / "assets" / "real_runs.json"
VERDICTS = Path(__file__).parent / "assets" / "real_verdicts.csv"


@dataclass(frozen=True)
class RealRun:
    """The log of a public training run, thinned: where it comes from, what it is, and how people labelled its curve.

    ``label`` was given before `diagnose` had judged the log; ``second`` holds labels that can be defended as well.
    """

    title: str
    repository: str
    path: str
    commit: str
    label: str
    second: tuple[str, ...]
    said: str
    log_history: list[dict]

    @property
    def address(self) -> str:
        return f"https://github.com/{self.repository}/blob/{self.commit}/{quote(self.path)}"


def real_runs() -> list[RealRun]:
    """The dozen real logs that lesson 06 shows, in its order."""
    rows = json.loads(REAL.read_text(encoding="utf-8"))
    return [RealRun(**row | {"second": tuple(row["second"])}) for row in rows]


def real_verdicts() -> list[dict[str, str]]:
    """What `diagnose` said of each labelled public log, as ``scripts/wild_confusion.py`` stored it.

    A row has ``set`` ("working half": read while the rules were written; "other half": other repositories of the same
    hundred; "found later": logs and labels of our own), ``group`` ("lm" or "other"), ``repository``, ``path``,
    ``commit``, ``label``, ``second`` (joined by ";"), ``said`` and ``confidence``.
    """
    with VERDICTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def agreement(verdicts: list[dict[str, str]]) -> tuple[float, float]:
    """The share of verdicts that are the label, and of those that are the label or a second one.

    Raises ZeroDivisionError when there are none.
    """
    strict = [row["said"] == row["label"] for row in verdicts]
    either = [row["said"] in (row["label"], *row["second"].split(";")) for row in verdicts]
    return sum(strict) / len(verdicts), sum(either) / len(verdicts)


def real_confusion(verdicts: list[dict[str, str]]) -> dict[str, dict[str, int]]:
    """How often logs of each label were given each diagnosis: ``table[label][said]``, as `confusion` has it."""
    said = (*PATTERNS, CANT_TELL)
    table = {label: dict.fromkeys(said, 0) for label in said}
    for row in verdicts:
        table[row["label"]][row["said"]] += 1
    return {label: row for label, row in table.items() if any(row.values())}
