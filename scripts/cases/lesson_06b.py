"""The generators of assignment 06b: requests and replies that lost each other, chats in which products come again."""

import random

from scripts.cases import Drawn

# of two names one is the beginning of the other, by a letter, a digit or a word
NAMES = ("Nimo", "Nimos", "Nimo cup", "Duo (2.0)", "Béro", "Bér", "Kit", "Kité", "Kit2", "Lamp")
SAYS = ("Meet the {} in red.", "{} is here.", "You want {}", "The {}!", "“{}”, in red")


def request(rng: random.Random, name: str) -> str:
    """A sheet with its name on any line."""
    lines = [f"name: {name}", *rng.sample(("colour: red", "made by: Nimo"), rng.randrange(3))]
    return "\n".join(rng.sample(lines, len(lines)))


def lost_pairs(rng: random.Random) -> tuple[list[str], list[str]]:
    """Requests and replies in orders of their own; some have no partner, and some come in two versions."""
    names = rng.sample(NAMES, rng.choice((1, 2, 3, 5)))
    written = [rng.choice(SAYS).format(name) for name in names if rng.random() < 0.8]
    written += [rng.choice(SAYS).format(rng.choice(NAMES)) for _ in range(rng.choice((0, 0, 1, 2)))]
    asked = [request(rng, name) for name in names if rng.random() < 0.9]
    asked += [request(rng, rng.choice(names)) for _ in range(rng.choice((0, 0, 1)))]
    asked = list(dict.fromkeys(asked))
    return rng.sample(asked, len(asked)), rng.sample(written, len(written))


def chat(rng: random.Random, name: str) -> list[dict[str, str]]:
    """A chat about a product, whose name it writes in some case."""
    name = rng.choice((name, name, name.upper(), name.lower()))
    asked = rng.choice(("name: {}", "name: {}\ncolour: red", "colour: red\nname: {}")).format(name)
    reply = rng.choice((f"The {name}.", "It shines.", "A good name: Kite"))
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": reply}]


def leaky_sets(rng: random.Random) -> tuple[list, list, list]:
    """Chats that are trained on, kept for validation and left over, of products that come again among them."""
    names = ["Nimo", "Nimo cup", "cup", "Béro", "Bro", "Duo", "Tea-pot", "Tea", "Lamp", "Kite"]
    return tuple(
        [chat(rng, rng.choice(names)) for _ in range(rng.choice(many))]
        for many in ((0, 1, 2, 4), (0, 1, 2, 3), (0, 1, 3, 6))
    )


TASKS = {
    "2": Drawn("mend", lost_pairs, edges=(([], ["Meet the Nimo."]), (["name: Nimo"], [])), count=60),
    "3": Drawn("honest", leaky_sets, raises=(ValueError,), count=60),
}
