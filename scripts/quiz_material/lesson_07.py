"""Lesson 07: two models on the same requests, the key from the exact test of the pairs; counts are invented."""

from math import comb

from course_utils.evaluate import share_interval

from . import Situation, table

# requests that only the new model got right, only the old one, both, none
PAIRS = {"07-q1": (7, 1, 41, 11), "07-q2": (46, 17, 270, 67), "07-q4": (9, 31, 232, 28)}
SURE = 0.05  # a smaller p speaks for a difference


def exact_p(better: int, worse: int) -> float:
    """The chance of a split at least as uneven, if each of these requests were a fair coin (two-sided sign test)."""
    n = better + worse
    return min(1.0, 2 * sum(comb(n, k) for k in range(max(better, worse), n + 1)) / 2**n)


def _log(better: int, worse: int, both: int, none: int) -> str:
    n = better + worse + both + none
    rows = []
    for name, right in (("old model", both + worse), ("new model", both + better)):
        low, high = share_interval([1.0] * right + [0.0] * (n - right))
        rows.append((name, right / n, f"{low:.2f} to {high:.2f}"))
    head = table((f"{n} held-out requests", "right", "95% interval"), rows)
    return f"{head}\n\nonly the new one right: {better}   only the old one right: {worse}"


def situations() -> dict[str, Situation]:
    """Three comparisons, request by request."""
    made = {}
    for name, (better, worse, both, none) in PAIRS.items():
        key = "c" if exact_p(better, worse) >= SURE else "a" if better > worse else "b"
        made[name] = Situation(_log(better, worse, both, none), key)
    return made
