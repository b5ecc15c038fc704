"""The generators of assignment 10: log-probabilities, graded replies, verdicts, logs of DPO, and replies to reward."""

import random

from course_utils import data
from scripts.cases import Drawn, Named


def probabilities(rng: random.Random) -> tuple[tuple, tuple, float]:
    """Log-probabilities of a pair under policy and reference, close together or far apart, and beta."""
    far = rng.choice((0.0, 1.0, 10.0, 300.0, 10_000.0))
    # in quarters, which float32 holds exactly, so that it may compute the differences
    reference = tuple(round(rng.uniform(-320, -20)) / 4 for _ in range(2))
    policy = tuple(value + round(4 * rng.uniform(-far, far)) / 4 for value in reference)
    return policy, reference, rng.choice((0.1, 0.1, 0.5, 0.01, 1.0))


def reply(text: str, ended: bool) -> Named:
    return Named("Reply", {"text": text, "ended": ended, "prompt_tokens": 40, "new_tokens": 9})


def graded(rng: random.Random) -> tuple[list[str], list[list], list[list[float]]]:
    """A few prompts, each with some replies of which not all ended, and scores that are often equal."""
    prompts = [rng.choice(("Write.", "Describe it.", "")) for _ in range(rng.randrange(4))]
    many = [rng.choice((0, 1, 2, 3, 5)) for _ in prompts]
    replies = [
        [reply(f"{rng.choice('cabd')} {i}-{k}", rng.random() < 0.7) for k in range(n)] for i, n in enumerate(many)
    ]
    return prompts, replies, [[rng.choice((0.0, 0.5, 0.5, 1.0, -1.0)) for _ in range(n)] for n in many]


def judged(rng: random.Random) -> tuple[list[str], list[str]]:
    """Verdicts on some pairs in both orders."""
    words, many = ("first", "second", "tie"), rng.choice((1, 2, 4, 9))
    straight = [rng.choice(words) for _ in range(many)]
    opposite = {"first": "second", "second": "first", "tie": "tie"}
    exchanged = [opposite[one] if rng.random() < 0.6 else rng.choice(words) for one in straight]
    return straight, exchanged[:-1] if rng.random() < 0.05 else exchanged


def dpo_logs(rng: random.Random) -> tuple[list[dict], float]:
    """A log of a DPO run, healthy or with one of the illnesses, with other entries between, and beta."""
    beta, entries = rng.choice((0.1, 0.1, 0.5, 0.02)), []
    start = rng.choice((0.0, 0.0, 0.0, 0.004, -0.009, 0.02, -0.011, 1.5))
    chosen, margin = rng.choice((-3.0, -0.2, 0.1, 0.6)) * beta, rng.choice((0.0, 0.5, 0.9, 1.2, 3.0, 8.0)) * beta
    for step in range(rng.choice((0, 1, 2, 4, 6, 12))):
        grown = min(1.0, step / 3)
        up = start + chosen * grown + (rng.uniform(-0.3, 0.3) * beta if step else 0)
        down = rng.choice((start, 0.0)) if not step else up - margin * grown - rng.uniform(-0.3, 0.3) * beta
        rewards = {"rewards/chosen": up, "rewards/rejected": down, "rewards/margins": up - down}
        entries.append({"loss": 0.6, "step": step + 1} | {key: round(value, 5) for key, value in rewards.items()})
        if rng.random() < 0.2:
            entries.append(
                {"eval_loss": 0.6, "eval_rewards/margins": 9.0, "eval_rewards/chosen": 9.0, "step": step + 1}
            )
    return entries + [{"train_runtime": 9.0, "train_loss": 0.5}] * rng.randrange(2), beta


def rewarded(rng: random.Random) -> tuple[list, list]:
    """Replies about some products: right ones, other products' ones, ones with a fault, empty ones."""
    rows = data.read_products().to_list()[:12]
    asked = rng.sample(rows, rng.choice((1, 2, 4)))
    said = []
    for row in asked:
        text = row["description"]
        name, colour = row["name"], row["colour"]
        said.append(
            rng.choice(
                (
                    text,
                    text,
                    "",
                    " \n\t",
                    f"Buy the {name}!",
                    f"{text} It costs nothing!",
                    f"In {colour}.",
                    rng.choice(("No.", "-")),
                )
                + (rng.choice(rows)["description"], text.replace(colour, "bright red"), text.split(". ")[0] + ".")
            )
        )
    return [[{"role": "assistant", "content": text}] for text in said], asked


def rewards(*pairs: tuple[float, float]) -> list[dict]:
    return [{"rewards/chosen": c, "rewards/rejected": r, "rewards/margins": c - r} for c, r in pairs]


TASKS = {
    "1": Drawn(
        "dpo_loss",
        probabilities,
        edges=(
            ((-20.0, -30.0), (-20.0, -30.0), 0.1),
            ((-20.0, -30.0), (-20.0, -30.0), 0.0),
            ((-20.0, 9970.0), (-20.0, -30.0), 0.1),
            ((9980.0, -30.0), (-20.0, -30.0), 0.1),
        ),
    ),
    "2": Drawn(
        "to_pairs",
        graded,
        names=("Reply",),
        edges=(
            ([], [], []),
            (["Write."], [[reply("a", True), reply("", True)]], [[0.0, 1.0]]),
            (["Write."], [[reply("a", True), reply("b", False), reply("c", True)]], [[1.0, 0.0, 1.0]]),
            ([" Write.\n"], [[reply("a\n", True), reply(" b", True)]], [[0.25, 0.0]]),
        ),
    ),
    "4": Drawn(
        "win_rate",
        judged,
        edges=(([], []), (["tie"], ["tie"]), (["tie"], ["first"])),
        raises=(ValueError,),
    ),
    "5": Drawn(
        "read_log",
        dpo_logs,
        edges=(
            ([], 0.1),
            ([{"loss": 2.0}], 0.1),
            (rewards((0.0, 0.0)), 0.1),
            ([{"eval_loss": 0.7}, *rewards((0.0, -0.5), (0.5, -1.0))], 0.1),
            (rewards((0.0, 0.0), (0.0, -1.0)), 0.1),
            (rewards((0.0, 0.0), *[(0.25, 0.0)] * 5), 0.25),
            (rewards((0.01, -0.01), (1.0, 0.0)), 0.1),
            (rewards((0.0, 0.0), (-2.0, -3.0), *[(0.4, 0.0)] * 4), 0.1),
            (rewards((0.0, 0.0), (2.0, 1.0), *[(-0.4, -1.0)] * 4), 0.1),
            (rewards((0.0, 0.0), (0.0, -1.5), *[(0.01, 0.0)] * 4), 0.1),
            (rewards((0.0, 0.0), (0.0, 1.5), *[(0.2, 0.0)] * 4), 0.1),
            (rewards((0.0, 0.0), (5.0, -5.0), *[(0.05, 0.0)] * 5), 0.1),
        ),
    ),
    "6": Drawn("shop_reward", rewarded, edges=(([], []),), count=60),
}
