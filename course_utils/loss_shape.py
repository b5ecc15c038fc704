"""Asks of a loss curve whether three phases describe it better than something simpler.

Any curve that falls ever more slowly can be cut into three parts, so cutting proves nothing. Here all descriptions are
fitted, and each pays for the numbers that it needs. The module knows nothing of training: it is given a list of losses.
"""

import itertools
from collections.abc import Sequence

import numpy as np
from scipy.optimize import curve_fit

NARROWEST = 3  # points between two kinks; with fewer a part could be one odd batch


def _misfit(left: np.ndarray, numbers: int) -> float:
    """The Bayesian information criterion (Schwarz, 1978) of what a description leaves over; lower is better."""
    return len(left) * np.log(np.mean(left**2) + 1e-12) + numbers * np.log(len(left))


def one_fall(losses: Sequence[float]) -> float:
    """The misfit of the better one of two smooth falls to a floor: an exponential, and a power law such as 1/x."""
    y, x = np.asarray(losses, dtype=float), np.arange(len(losses), dtype=float)
    height, top = y[0] - y.min() + 1e-6, np.abs(y).max() + 1e-6

    def exponential(x, floor, height, length):
        return floor + height * np.exp(-x / length)

    def power(x, floor, height, length, bend):
        return floor + height * (1 + x / length) ** -bend

    found = []
    for fall, guess, most in (
        (exponential, (y.min(), height, len(y) / 5), (top, 10 * top, 100 * len(y))),
        (power, (y.min(), height, 2.0, 1.5), (top, 10 * top, 100 * len(y), 20)),
    ):
        bounds = ([0, 0, 0.01, 0.05][: len(guess)], most)
        numbers, _ = curve_fit(fall, x, y, np.clip(guess, *bounds), bounds=bounds, max_nfev=5000)
        found.append(_misfit(y - fall(x, *numbers), len(guess)))
    return min(found)


def straight_parts(losses: Sequence[float], parts: int) -> float:
    """The misfit of the best so many straight lines that meet at kinks; each kink is a place and a height."""
    y, x = np.asarray(losses, dtype=float), np.arange(len(losses), dtype=float)
    found = []
    for kinks in itertools.combinations(range(NARROWEST - 1, len(y) - NARROWEST + 1), parts - 1):
        if all(later - kink >= NARROWEST for kink, later in itertools.pairwise(kinks)):
            lines = np.stack([np.ones_like(x), x, *(np.maximum(0, x - kink) for kink in kinks)], axis=1)
            found.append(_misfit(y - lines @ np.linalg.lstsq(lines, y)[0], 2 * parts))
    return min(found)


def gain_of_three_parts(losses: Sequence[float]) -> float:
    """How much better three straight parts describe a loss curve than the best of what is simpler: one smooth fall, one
    straight line, two parts.

    Above 10 is very strong evidence for three, below -10 for something simpler, and what lies between decides little
    (Kass & Raftery, 1995). Raises ValueError when there are fewer than 12 losses.
    """
    if len(losses) < 12:
        raise ValueError(f"{len(losses)} losses are too few to look for three parts: log at least 12, one a step.")
    simpler = min(one_fall(losses), straight_parts(losses, 1), straight_parts(losses, 2))
    return float(simpler - straight_parts(losses, 3))
