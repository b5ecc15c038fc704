"""The generators of assignment 01: costs around the break-even, paired grades, cases around the worksheet's bounds."""

import math
import random

from scripts.cases import Drawn, Named


def costs(rng: random.Random) -> tuple:
    """Whole numbers, and ratios that binary numbers hold exactly, so that no rounding decides what is rounded up."""
    tuned = rng.choice((40, 100, 100.5))
    prompted = tuned + rng.choice((-30, 0, 1, 5, 30, 70, 300, rng.randint(2, 900)))
    given = (rng.choice((1, 500, 10_000, rng.randint(100, 90_000))), rng.choice((1, 2, 3, 5)), prompted, tuned)
    if rng.random() < 0.6:
        given += (rng.choice((0.25, 0.5, 1.0, 2.0, 10.0)),)
        if rng.random() < 0.6:
            given += (rng.choice((1.0, 2.0, 3.0, 6.0)),)
    return given


def paired_grades(rng: random.Random) -> tuple:
    """Grades of the same rows in two ways, with many values and draws, so that any seed gives nearly the same ends.

    Two seeds differ by some 3% of an end, with 5,000 draws; what is allowed is 15%.
    """
    n = rng.choice((60, 80))
    first = [round(rng.random(), 2) for _ in range(n)]
    second = [round(value + rng.gauss(rng.choice((-0.4, 0.0, 0.3)), 0.3), 2) for value in first]
    if rng.random() < 0.1:
        second = second[: rng.choice((1, n - 1))]
    return first, second, rng.choice((0.6, 0.8, 0.9, 0.95)), 5000


def worksheet(rng: random.Random) -> tuple:
    """Cases in which some numbers lie at or beside the bound of their question; half of them get past the grades."""
    late = rng.random() < 0.5  # no prompt is good enough: the search goes on

    def grades(n):
        right = rng.choice((0, n // 2) if late else (0, n // 2, n - 12, n - 8, n - 4, n))
        made = [1] * right + [0] * (n - right)
        return rng.sample(made, n)

    bar, n = rng.choice((0.5, 0.7, 0.85, 0.9)), rng.choice((50, 60) if late else (20, 49, 50, 50, 60))
    even = rng.choice((9_000, 9_000, 0, math.inf))
    fields = {
        "bar": bar,
        "prompt": grades(n),
        "with_fact": grades(rng.choice((n, 40))),
        "form_share": rng.choice((0.0, 0.49, 0.5, 0.51, 0.9, 1.0)),
        "ability": rng.choice((bar - 0.01, bar, bar + 0.01, 1.0, 1.0, 0.98)),
        "rows": rng.choice((0, 299, 300, 301, 5_000)),
        "requests": rng.choice((0, 8_999, 9_000, 9_001, 50_000)),
        "break_even": even,
    }
    return (Named("Case", fields),)


TASKS = {
    "3": Drawn("break_even", costs, edges=((100, 1, 50, 50), (100, 1, 40, 50, 1.0), (300, 1, 110, 10, 1.0, 3.0))),
    # a second list of one row, which numpy would stretch
    "4": Drawn(
        "bounds",
        paired_grades,
        edges=(([0.1] * 60, [0.5], 0.95, 5000),),
        raises=(ValueError,),
        count=25,
        tolerance=0.15,
    ),
    "5": Drawn("decide", worksheet, names=("Case",), count=150),
}
