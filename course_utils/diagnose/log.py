"""Reads a training log: series of figures, running means, phases, steps at epoch boundaries.

It judges nothing: `rules` does.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FEWEST = 4  # logged losses; with fewer, one unlucky batch looks like a trend
STEP_POINTS = 6  # logged losses an epoch; with fewer, its first and last third are a point or two


@dataclass(frozen=True)
class Point:
    """One logged figure: its optimizer step, its epoch (NaN when not logged) and its value."""

    step: float
    epoch: float
    value: float


def _number(value: object) -> float | None:
    """The value as a float; None for what is no number. Bools, texts, None and numbers beyond any float are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def series(log_history: Iterable[object], key: str) -> list[Point]:
    """The logged values of a key in order, NaN and infinity included; entries that are no dicts are passed over."""
    points: list[Point] = []
    for place, entry in enumerate(log_history):
        value = _number(entry.get(key)) if isinstance(entry, Mapping) else None
        if value is not None:
            step, epoch = _number(entry.get("step")), _number(entry.get("epoch"))
            if step is None or not math.isfinite(step):
                step = place
            points.append(Point(step, math.nan if epoch is None else epoch, value))
    return points


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _tail(values: Sequence[float]) -> float:
    """The level at the end: the mean of the last tenth of the values, of three at least."""
    return _mean(values[-max(3, len(values) // 10) :])


def smooth(values: Sequence[float], width: int = 5) -> list[float]:
    """The running mean over `width` values, over fewer at both ends."""
    half = width // 2
    return [_mean(values[max(0, i - half) : i + half + 1]) for i in range(len(values))]


def phases(log_history: Iterable[object], sharp: float = 0.8, settled: float = 0.95) -> tuple[float, float] | None:
    """The steps at which the sharp drop ends and at which the loss has settled; None when the loss doesn't fall.

    The rule: smooth the training loss by a running mean of five. The fall is the difference between its start and the
    level of its last tenth. The sharp drop ends where 80% of the fall is done, the stabilisation where 95% is.
    """
    points = [point for point in series(log_history, "loss") if math.isfinite(point.value)]
    if len(points) < FEWEST:
        return None
    values = smooth([point.value for point in points])
    start, end = points[0].value, _tail(values)
    if end >= start:
        return None
    done = [(start - value) / (start - end) for value in values]
    ends = [
        next((p.step for p, share in zip(points, done) if share >= part), points[-1].step) for part in (sharp, settled)
    ]
    return ends[0], ends[1]


@dataclass(frozen=True)
class Steps:
    """Drops of the training loss at epoch boundaries, as `diagnose` judges them.

    ``share``: of the fall after the first epoch, how much they make up. ``later``: the mean drop but for the first
    boundary, which lies in the sharp drop of any run; ``level``: the mean loss before those. ``noise``: the standard
    error of ``later``.
    """

    drops: tuple[float, ...]
    share: float
    later: float
    level: float
    noise: float


def steps_at_epochs(losses: Sequence[Point]) -> Steps | None:
    """Compares the last third of each epoch with the first third of the next.

    None for fewer than three epochs, or fewer than `STEP_POINTS` losses in an epoch.
    """
    epochs: dict[int, list[float]] = {}
    for point in losses:
        if math.isfinite(point.epoch) and math.isfinite(point.value):
            epochs.setdefault(max(1, math.ceil(point.epoch - 1e-3)), []).append(point.value)
    rows = [values for _, values in sorted(epochs.items())]
    if len(rows) < 3 or min(map(len, rows)) < STEP_POINTS:
        return None
    third = max(2, min(map(len, rows)) // 3)
    heads, tails = [_mean(row[:third]) for row in rows], [_mean(row[-third:]) for row in rows]
    drops = tuple(tail - head for tail, head in zip(tails, heads[1:]))
    fall = tails[0] - tails[-1]
    # what batches differ by inside an epoch, around its mean
    spread = [math.sqrt(sum((v - _mean(row)) ** 2 for v in row) / (len(row) - 1)) for row in rows[1:]]
    noise = _mean(spread) * math.sqrt(2 / third / len(drops[1:]))
    return Steps(drops, sum(drops) / fall if fall > 0 else 0.0, _mean(drops[1:]), _mean(tails[1:-1]), noise)


def read_state(path: str | Path) -> list[object]:
    """The log of a ``trainer_state.json``, or of a file that holds the list alone; a folder is searched for the former.

    Raises ValueError in one sentence that says what to do.
    """
    path = Path(path)
    path = path / "trainer_state.json" if path.is_dir() else path
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"There is no file {path}: give the trainer_state.json of a checkpoint.") from None
    except OSError as error:
        raise ValueError(f"{path} can't be read ({error.strerror}): check its permissions.") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is no text: give the trainer_state.json of a checkpoint.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"{path.name} is not valid JSON ({error.msg}, {where}): copy it again from the run.") from None
    log = state.get("log_history") if isinstance(state, dict) else state
    if not isinstance(log, list):
        raise ValueError(f'{path.name} has no list "log_history": give the trainer_state.json of a checkpoint.')
    return log
