"""Reads the log of a training run and says what it shows, why, and what to try.

``diagnose(trainer.state.log_history)`` in a notebook; ``python -m course_utils.diagnose path/to/trainer_state.json``
for any run of transformers' Trainer. It gives a `Diagnosis` of one or several findings, the worst first.

`findings` holds what can be said, `log` reads figures, `rules` judges them.
"""

from .findings import (
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
    Diagnosis,
    Finding,
)
from .log import Point, phases, read_state, series, smooth
from .rules import SCORES, diagnose
from .staircase import Steps, steps_at_epochs

__all__ = [
    "BROKEN",
    "CANT_TELL",
    "HEALTHY",
    "MEMORISED",
    "OVERFITTING",
    "PATTERNS",
    "SCORES",
    "STAIRCASE",
    "TOO_HIGH",
    "TOO_LOW",
    "ZERO",
    "Diagnosis",
    "Finding",
    "Point",
    "Steps",
    "diagnose",
    "phases",
    "read_state",
    "series",
    "smooth",
    "steps_at_epochs",
]
