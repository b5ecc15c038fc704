"""The generators of assignment 07: marks of two models, texts that share runs of words, verdicts of judges."""

import random

from scripts.cases import Drawn


def marks(rng: random.Random) -> tuple[list[int], list[int], float]:
    """The marks of two models on the same rows, the one often better than the other, and a level."""
    rows, share, better = rng.choice((1, 2, 5, 12, 30, 60)), rng.random(), rng.choice((0.0, 0.2, 0.5))
    one = [int(rng.random() < share) for _ in range(rows)]
    two = [int(mark or rng.random() < better) if rng.random() < 0.7 else int(rng.random() < share) for mark in one]
    level = rng.choice((0.05, 0.05, 0.01, 0.2, 0.5))
    return (one, two, level) if rng.random() < 0.5 else (two, one, level)


WORDS = "meet the Nimo kettle Béróx ÉTÉ naïve tea 1.5 litres x2 blue-grey it's ŁÓDŹ straße 7 a".split()
SIGNS = (" ", " ", " ", "  ", ", ", ". ", "! ", "\n", "\r\n", "\t", " - ", "_", "; ")


def sentence(rng: random.Random, most: int = 12) -> str:
    text = "".join(rng.choice(WORDS) + rng.choice(SIGNS) for _ in range(rng.randrange(most)))
    return rng.choice((text, text.strip(), text.upper(), text.lower()))


def texts(rng: random.Random) -> tuple[list[str], list[str], int]:
    """Training texts, test texts of which some hold a part of them in other signs and capitals, and a length."""
    train = [sentence(rng) for _ in range(rng.randrange(5))]
    test = [sentence(rng) for _ in range(rng.randrange(1, 4))]
    if train:
        test.append(rng.choice(train).replace(" ", rng.choice(("  ", ", ", "\n"))).swapcase())
        test.append(" ".join(rng.choice(train).split()[1:5] + sentence(rng, 4).split()))
    return train, test, rng.choice((1, 2, 2, 3, 5, 8))


def verdicts(rng: random.Random) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """What a judge says to each pair in both orders, with a habit of its own, and the pairs."""
    habit = rng.choice((("first", "second"), ("second", "first"), ("first", "first"), ("tie", "tie"), ("first", "tie")))
    said, many = [], rng.choice((1, 2, 3, 5, 8))
    for _ in range(many):
        free = [rng.choice(("first", "second", "tie")) for _ in range(2)]
        said.append(list(habit) if rng.random() < 0.5 else free)
    return said, [(f"text {i}", f"a longer text {i}") for i in range(many)]


PAIR = [("a kettle", "a red kettle")]
TASKS = {
    "1": Drawn(
        "decide",
        marks,
        edges=(
            ([], [], 0.05),
            ([1], [1, 0], 0.05),
            ([1, 0], [1, 0], 0.05),
            ([1] * 8, [0] * 8, 0.0078125),
            ([0] * 8, [1] * 8, 0.0079),
            ([1] * 7 + [0], [0] * 7 + [1], 0.05),
            ([1, 1, 0, 0], [0, 0, 1, 1], 1.0),
        ),
        raises=(ValueError,),
    ),
    "3": Drawn(
        "overlaps",
        texts,
        edges=(
            ([], ["a b c"], 2),
            (["x"], [], 2),
            (["Béróx kettle"], ["bÉRÓX, KETTLE"], 2),
            (["B r x kettle"], ["Béróx kettle"], 3),
            (["a_b"], ["a b"], 2),
            (["cafe au lait"], ["Café au lait"], 3),
            (["ab c", "it's"], ["a bc", "its"], 2),
            (["", "..."], ["", "...", "a"], 1),
            (["a b c"], ["a b"], 3),
            (["a b", "c"], ["a b c"], 3),
        ),
    ),
    "4": Drawn(
        "examined",
        verdicts,
        edges=(([["tie", "tie"]], PAIR), ([["tie", "first"]], PAIR), ([["second", "second"]], PAIR)),
    ),
}
