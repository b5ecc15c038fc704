"""Reads figures out of a training log: series, running means, levels, phases, the file itself.

It judges nothing and knows no pattern: `steps` finds drops at epochs, `run` gathers what the rules look at, and `rules`
judges.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

SHAPE = 4  # logged losses; with fewer there are no phases to look for
WIDEST = 200  # values that a running mean takes: chance has left it by then, and long logs stay quick to read
BEYOND = 1e100  # no loss is as high: such a figure is read as infinite, and its square is still a number


@dataclass(frozen=True)
class Point:
    """One logged figure: its optimizer step, its epoch (NaN when not logged) and its value."""

    step: float
    epoch: float
    value: float


def number(value: object) -> float | None:
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
        value = number(entry.get(key)) if isinstance(entry, Mapping) else None
        if value is not None:
            step, epoch = number(entry.get("step")), number(entry.get("epoch"))
            if step is None or not math.isfinite(step):
                step = place
            points.append(Point(step, math.nan if epoch is None else epoch, value))
    return points


def finite(points: Iterable[Point]) -> list[Point]:
    """The points whose value is neither NaN nor infinite, nor `BEYOND` any loss."""
    return [point for point in points if abs(point.value) < BEYOND]


def mean(values: Sequence[float]) -> float:
    """The mean of at least one value."""
    return sum(values) / len(values)


def tail(values: Sequence[float]) -> float:
    """The level at the end: the mean of the last tenth of the values, or of three, but of a fifth at most."""
    count = len(values)
    return mean(values[-max(1, min(count // 5, max(3, count // 10))) :])


def smooth(values: Sequence[float], width: int = 5) -> list[float]:
    """The running mean over `width` values, over fewer at both ends."""
    half = width // 2
    return [mean(values[max(0, i - half) : i + half + 1]) for i in range(len(values))]


def levels(values: Sequence[float], part: int) -> list[float]:
    """The running mean over one `part`-th of the run: over three values at least, over `WIDEST` at most."""
    return smooth(values, max(3, min(WIDEST, len(values) // part)))


def jitter(values: Sequence[float]) -> float:
    """What values differ by for chance: a standard deviation that neither a trend nor a few jumps move.

    From the median difference of neighbours, and of values a tenth of the run apart, which is larger where the loss
    swings; the larger one counts. 1.4826 makes a normal variable's median deviation its standard deviation.
    """
    apart = {1, max(1, len(values) // 10)}
    gaps = [[abs(after - before) for before, after in zip(values, values[lag:])] for lag in apart]
    return max((1.4826 * median(gap) / math.sqrt(2) for gap in gaps if gap), default=0.0)


def phases(log_history: Iterable[object], sharp: float = 0.8, settled: float = 0.95) -> tuple[float, float] | None:
    """The steps at which the sharp drop ends and at which the loss has settled; None when the loss doesn't fall.

    The rule: smooth the training loss by a running mean of five. The fall is the difference between its start and the
    level of its last tenth. The sharp drop ends where 80% of the fall is done, the stabilisation where 95% is.
    """
    points = finite(series(log_history, "loss"))
    if len(points) < SHAPE:
        return None
    values = smooth([point.value for point in points])
    start, end = points[0].value, tail(values)
    if end >= start:
        return None
    done = [(start - value) / (start - end) for value in values]
    ends = [
        next((p.step for p, share in zip(points, done) if share >= part), points[-1].step) for part in (sharp, settled)
    ]
    return ends[0], ends[1]


def read_state(path: str | Path) -> list[object]:
    """The log of a ``trainer_state.json``, or of a file that holds the list alone; a folder is searched for the former.

    Raises ValueError in one sentence that says what to do.
    """
    path = Path(path)
    path = path / "trainer_state.json" if path.is_dir() else path
    try:
        state = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ValueError(f"There is no file {path}: give the trainer_state.json of a checkpoint.") from None
    except OSError as error:
        raise ValueError(f"{path} can't be read ({error.strerror}): check its permissions.") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is no text: give the trainer_state.json of a checkpoint.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"{path.name} is not valid JSON ({error.msg}, {where}): copy it again from the run.") from None
    except (RecursionError, ValueError):
        raise ValueError(f"{path.name} is nested too deeply, or holds a number too long, for a log.") from None
    log = state.get("log_history") if isinstance(state, dict) else state
    if not isinstance(log, list):
        raise ValueError(f'{path.name} has no list "log_history": give the trainer_state.json of a checkpoint.')
    return log
