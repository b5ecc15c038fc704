"""The generators of assignment 05: rows' lengths, rows of tokens, packs, and reports on packing."""

import random

from scripts.cases import Drawn


def lengths(rng: random.Random) -> tuple[list[int], int]:
    """Lengths in which rows often fit exactly, some are longer than a pack, and equals are common."""
    longest = rng.choice((5, 10, 16, 100))
    rows = rng.choice((0, 1, 2, 3, 4, 6, 8, 12, 20))
    top = rng.choice((longest // 2, longest, longest, longest + longest // 2))
    return [rng.randint(1, top) for _ in range(rows)], longest


def token_rows(rng: random.Random) -> tuple[list[dict]]:
    """Rows of one to six tokens; labels that are masked here and there, also first ones that are not."""
    rows = []
    for _ in range(rng.choice((1, 1, 2, 3, 4))):
        ids = [rng.randint(1, 99) for _ in range(rng.choice((1, 1, 2, 3, 6)))]
        labels = [-100 if rng.random() < 0.4 else i for i in ids]
        rows.append({"input_ids": ids, "labels": labels})
    return (rows,)


def best_fit(rows: list[int], longest: int) -> int:
    """How many packs best fit decreasing fills."""
    room: list[int] = []
    for need in sorted((min(row, longest) for row in rows), reverse=True):
        fitting = [i for i, free in enumerate(room) if free >= need]
        if fitting:
            room[min(fitting, key=room.__getitem__)] -= need
        else:
            room.append(longest - need)
    return len(room)


def reports(rng: random.Random) -> tuple[list[int], int, float, int, int]:
    """Lengths, packs, speed-up, pack length and batch of a report, where the packs a step aren't near a half. In some
    reports many rows are longer than a pack.
    """
    while True:
        longest, batch = rng.choice((256, 700, 1024)), rng.choice((1, 2, 4, 8, 10, 16, 32, 64))
        top = rng.choice((300, 300, 2000))
        rows = [rng.choice((rng.randint(5, 60), rng.randint(20, top))) for _ in range(rng.choice((12, 40)))]
        packs = best_fit(rows, longest)
        kept = sum(min(row, longest) for row in rows)
        exact = batch * packs / len(rows), batch * kept / longest / len(rows)
        if all(round(e - 0.1) == round(e + 0.1) for e in exact) and round(exact[0]) == round(exact[1]):
            return rows, packs, rng.choice((1.0, 1.1, 1.149, 1.15, 1.2, 1.5, 2.5)), longest, batch


def packs(rng: random.Random) -> tuple[str, list[list[int]], bool]:
    """A model by its name, and one to four rows of two to six tokens; dropout is on in half of the cases."""
    rows = [[rng.randrange(300) for _ in range(rng.randint(2, 6))] for _ in range(rng.choice((1, 2, 2, 3, 4)))]
    return rng.choice(("Llama", "GPT-2", "Qwen3", "OPT", "BLOOM", "hears a little", "rounds")), rows, rng.random() < 0.5


TASKS = {
    "2": Drawn("filled", lengths, edges=(([], 10), ([25, 4], 10), ([10, 10], 10))),
    "3": Drawn("flatten", token_rows),
    "4": Drawn("settings_for", reports, count=40),
    "5": Drawn("tried_on", packs, count=60),
}
