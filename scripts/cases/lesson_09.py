"""The generators of assignment 09: texts that mention values of other rows, and pairs of logs."""

import random

from scripts.cases import Drawn

VALUES = (
    "red",
    "blue",
    "navy blue",
    "Sky Blue",
    "oak",
    "Oak grip",
    "lid",
    "100% wool (new)",
    "C++",
    "thé",
    "grey",
    "4 kg",
)
AROUND = ("{}", "{}.", "({})", "{}s", "un{}", "{}-ish", "{},", "_{}", "\n{}\n", "{} {}", "{}!")


def mentions(rng: random.Random) -> tuple[str, list[str], list[str]]:
    """A text that mentions some values, as whole words, inside other words or in capitals; its row's values; others."""
    said = [rng.choice(AROUND).format(value, value) for value in rng.sample(VALUES, rng.randrange(5))]
    said = [rng.choice((str, str.upper, str.lower))(part) for part in said]
    text = " and ".join([rng.choice(("A kettle", "Covered")), *said, rng.choice(("it slides", "nothing"))])
    own = rng.sample((*VALUES, "Navy Blue", "blue lid", "tapered legs", "oak-wood"), rng.randrange(4))
    others = rng.sample(VALUES, rng.choice((0, 3, 8, len(VALUES))))
    return text, own, others + [value.upper() for value in others[:2]]


def two_logs(rng: random.Random) -> tuple[list[dict], list[dict], float]:
    """A log and another, which may see another share of the data, have other losses, or end earlier; a tolerance."""
    tolerance, part = rng.choice((0.01, 0.01, 0.001, 0.1)), rng.choice((1 / 6, 0.25, 0.01))
    losses = [round(rng.uniform(0.2, 3), 3) for _ in range(rng.choice((1, 2, 4, 6)))]
    other = [loss + rng.choice((-1, 1)) * tolerance * rng.choice((0, 0.2, 0.8)) for loss in losses]
    if rng.random() < 0.4:
        other[rng.randrange(len(other))] += rng.choice((-1, 1)) * tolerance * rng.choice((3.0, 20.0))
    if rng.random() < 0.3:
        other = other[: rng.randrange(1, len(other) + 1)]
    second = part * rng.choice((1, 1, 1, 1, 2)) + rng.choice((0, 0, 5e-7, -5e-7, 3e-6, -3e-6))
    logs = [log_of(losses, part), log_of(other, second)]
    rng.shuffle(logs)
    return *logs, tolerance


def log_of(losses: list[float], part: float) -> list[dict]:
    entries = [{"loss": loss, "epoch": part * number} for number, loss in enumerate(losses, 1)]
    return [*entries, {"train_runtime": 9.1, "epoch": part * len(losses)}]


TASKS = {
    "1": Drawn(
        "strangers",
        mentions,
        edges=(
            ("", [], ["red"]),
            ("A red kettle.", [], []),
            ("A RED kettle, red.", [], ["Red", "red"]),
            ("In navy blue and blue.", [], ["blue", "navy blue"]),
            ("In navy blue.", ["navy blue"], ["blue", "navy blue"]),
            ("With C++ and 100% wool (new).", [], ["C++", "100% wool (new)", "wool"]),
        ),
    ),
    "3": Drawn(
        "verdict",
        two_logs,
        edges=(
            (log_of([1.0, 0.5], 0.5), log_of([1.0, 0.5], 0.5), 0.01),
            (log_of([1.0, 0.5], 0.5), log_of([1.0], 0.5), 0.01),
            (log_of([1.0], 0.5), log_of([1.0, 0.5], 0.5), 0.01),
            (log_of([1.0, 0.5, 0.4], 0.25), log_of([1.0, 0.9, 0.4], 0.25), 0.01),
            (log_of([1.0, 0.5], 0.25), log_of([2.0], 0.5), 0.01),
            (log_of([1.0, 0.5], 0.25), log_of([1.5, 0.25], 0.25), 0.5),
        ),
    ),
}
