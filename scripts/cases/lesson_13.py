"""The generator of assignment 13: logs of two versions of a model, for a rule to decide on."""

import random

from scripts.cases import Drawn


def record(request: int, version: str, broken: float, grade: int | None, rng: random.Random) -> dict:
    """One reply; a broken one has another status, or no token."""
    status, written = rng.choice(((200, 0), (500, 9), (429, 0), (204, 7))) if rng.random() < broken else (200, 40)
    return {"request": request, "version": version, "status": status, "written": written, "grade": grade}


def logs(rng: random.Random) -> tuple[list[dict]]:
    """Requests to both versions and to one alone, in any order; the new version is worse, better or alike."""
    old_broken, new_broken = rng.choice(((0, 0), (0, 0), (0, 0.1), (0, 0.5), (0.5, 0), (0.4, 0.4)))
    new_right, log = rng.choice((0.1, 0.5, 0.9, 0.9)), []
    old_right = rng.choice((0.4, 1 - new_right, 1 - new_right, new_right))
    for request in range(rng.choice((3, 10, 16, 20))):
        for version, broken, right in (("old", old_broken, old_right), ("new", new_broken, new_right)):
            grade = None if rng.random() < 0.15 else int(rng.random() < right)
            if rng.random() < 0.9:
                log.append(record(request, version, broken, grade, rng))
    alone, grade = rng.choice(("old", "new")), rng.choice((None, 0, 1))
    broken = new_broken if alone == "new" else old_broken
    log += [record(100 + i, alone, broken, grade, rng) for i in range(rng.choice((0, 0, 4, 10)))]
    rng.shuffle(log)
    return (log,)


def graded(better: int, worse: int, alone: str = "") -> list[dict]:
    """A log without a fault in which so many requests went better and worse; or one version's half of it alone."""
    pairs = [(0, 1)] * better + [(1, 0)] * worse
    made = [(i, version, grade) for i, pair in enumerate(pairs) for version, grade in zip(("old", "new"), pair)]
    return [record(i, version, 0, grade, random.Random(0)) for i, version, grade in made if alone in ("", version)]


TASKS = {
    "3": Drawn(
        "decide",
        logs,
        count=50,
        edges=(([],), (graded(0, 6),), (graded(6, 0),), (graded(5, 0),), (graded(1, 8),), (graded(9, 0, "new"),)),
    ),
}
