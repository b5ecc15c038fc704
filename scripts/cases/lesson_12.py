"""The generators of assignment 12: sizes of models, messages of full memory, limits, ladders and rows' lengths."""

import random

from scripts.cases import Drawn

UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def sizes(rng: random.Random) -> tuple[float, float, float]:
    """A base and an adapter in billions, and the bytes of a frozen weight; often no adapter."""
    adapter = rng.choice((0.0, round(rng.uniform(0.001, 0.2), 3)))
    return round(rng.uniform(0.1, 70), 2), adapter, rng.choice((4.0, 2.0, 1.0, 0.5625))


def messages(rng: random.Random) -> tuple[str, dict[str, int]]:
    """A message of a CPU, a GPU or something else, and a table in which one tensor fits, several or none."""
    unit = rng.choice(tuple(UNITS))
    names = rng.sample(("logits", "hidden", "inner", "mask", "gradient", "weights"), rng.randint(1, 4))
    tensors = {name: rng.randint(1, 40_000) * rng.choice((1, 512, 4096, 2**20)) for name in names}
    size = rng.choice((tensors[names[0]], tensors[names[0]], rng.randint(1, 10**10)))
    if len(names) > 1 and rng.random() < 0.3:  # two that round to the same
        tensors[names[1]] = size + rng.choice((-1, 0, 1)) * UNITS[unit] // 1000
    elif rng.random() < 0.3:  # nothing fits, and one nearly does
        tensors[names[0]] = size + rng.choice((-8, 8)) * UNITS[unit] // 1000
    text = f"{size} bytes" if unit == "bytes" else f"{size / UNITS[unit]:.2f} {unit}"
    asked = f"DefaultCPUAllocator: can't allocate memory: you tried to allocate {size} bytes. Error code 12"
    on_gpu = f"CUDA out of memory. Tried to allocate {text}. GPU 0 has a total capacity of 23.65 GiB"
    said = rng.choice((asked, on_gpu, on_gpu, "CUDA error: device-side assert triggered"))
    # at the edge of the rounding, or as near as another one, a tensor may be judged in two ways
    off = [abs(n / UNITS[unit] - float(text.split()[0])) for n in set(tensors.values())]
    edge = any(0.0045 < distance < 0.006 for distance in off)
    near = any(abs(a - b) < 1e-7 for i, a in enumerate(off) for b in off[:i] if min(a, b) < 0.006)
    return messages(rng) if edge or near else (said, tensors)


def limits(rng: random.Random) -> tuple[int, int]:
    """How many rows just fit, and the largest batch that may be tried."""
    most = rng.choice((1, 2, 7, 64, 1000, 4096))
    return rng.choice((0, 1, most - 1, most, most + 5, rng.randint(0, most))), most


def ladders(rng: random.Random) -> tuple[float, dict[str, float], dict[str, str], float]:
    """A peak, what each remedy leaves of it, which are useless beside another one, and the room."""
    names = ["bfloat16", "smaller batch", "checkpointing", "8-bit Adam", "LoRA", "four bits"][: rng.randint(1, 6)]
    factors = {name: rng.choice((1.0, 0.995, 0.985, 0.985, 0.9, 0.7, 0.5, 1.1)) for name in names}
    useless = {}
    if len(names) > 1 and rng.random() < 0.5:
        first, later = sorted(rng.sample(range(len(names)), 2))
        useless[names[later]] = names[first]
    base = rng.choice((10.0, 20.0, 80.0))
    return base, factors, useless, round(base * rng.choice((0.11, 0.31, 0.52, 0.73, 1.2)), 3)


def jobs(rng: random.Random) -> tuple[list[int], int, int, int, float, float, float]:
    """Rows of which some are cut, batches that don't divide them, and now and then a speed of zero."""
    lengths = [rng.randint(1, 60) for _ in range(rng.choice((0, 1, 2, 3, 7, 12)))]
    speed = rng.choice((0.0, -1.0, 3.0, 100.0, 1000.0, 1000.0, 50.0, 2.5))
    rest = rng.choice((5, 20, 40, 100)), speed, rng.choice((0.0, 0.8, 2.5)), rng.choice((0.0, 0.25, 0.5))
    return lengths, rng.randint(1, 4), rng.randint(1, 5), *rest


# the third remedy saves 1.5% of the present peak, and less than 1% of the first; another saves 1%, no more and no less
SMALL = (20.0, {"bfloat16": 0.5, "smaller batch": 0.5, "checkpointing": 0.985, "four bits": 0.5}, {}, 4.0)
JUST = (100.0, {"bfloat16": 0.99}, {}, 99.0)

TASKS = {
    "1": Drawn("napkin", sizes, edges=((1.0, 0.0, 2.0), (8.0, 0.04, 0.5625))),
    "2": Drawn("culprit", messages, edges=(("", {"logits": 8}), ("Tried to allocate 2.00 MiB", {}))),
    "3": Drawn("found_for", limits, edges=((0, 1), (1, 1), (4096, 4096))),
    "4": Drawn("chosen", ladders, edges=((10.0, {}, {}, 10.0), (10.0, {}, {}, 9.0), SMALL, JUST)),
    "5": Drawn("price_of", jobs, edges=(([], 1, 1, 10, 1.0, 1.0, 0.5),), raises=(ValueError,)),
}
