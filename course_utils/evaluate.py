"""Exact graders of the closed world, the probe for forgetting, and intervals. Nothing here calls a model to judge."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .data import Row
from .generate import Reply, generate, place
from .phrases import mentioned
from .shop import general_facts, tasks
from .shop.catalogue import CATEGORIES, COLOURS, FEATURES, SHOP, TYPES, Product, is_plural

_USES = tuple(dict.fromkeys(use.lower() for kind in TYPES.values() for use in kind.uses))


def product_of(row: Row) -> Product:
    """The product behind a row of ``products.csv``."""
    return Product(row["category"], row["name"], tuple(row["features"].split(", ")), row["colour"])


def _stray_capitals(text: str, product: Product) -> set[str]:
    """Capitalised words inside a sentence that neither the sheet nor the shop's language explains: invented names."""
    known = {product.brand, *SHOP.split(), *CATEGORIES, "Monday", "Sunday", "Yes", "No"}
    return {w for w in re.findall(r"(?<![.!?:\n\"] )(?<!^)\b[A-Z][a-z]+", text) if w not in known}


def grade_description(reply: Reply, row: Row) -> dict[str, float]:
    """Grade one description against its sheet. All values are between 0 and 1, or counts.

    ``faithful``: share of the sheet's name, colour and features that the text mentions. ``contradictions``: how many
    colours, features, types, categories and names it mentions that the sheet doesn't have, and purposes of other
    types. ``format``: it follows the house style (three sentences; opens "Meet the …", closes "Find it in …"; no
    exclamation mark). ``ended``: it stopped by itself. ``strict``: 1 when every attribute is there, nothing is
    invented, the format is right and it ended.
    """
    product, text = product_of(row), reply.text
    wanted = [product.brand in text and product.type in mentioned(text, tuple(TYPES)), product.colour in text.lower()]
    features = mentioned(text, FEATURES)
    wanted += [f in features for f in product.features]
    closing = f"Find {'them' if is_plural(product.type) else 'it'} in "
    shape = (
        text.startswith("Meet the ")
        and re.search(re.escape(closing) + rf"[A-Z][a-z]+ at {re.escape(SHOP)}\.$", text) is not None
        and len(re.findall(r"[.!?](?:\s|$)", text)) == 3
        and "!" not in text
    )
    # a tent that "goes up before the kettle boils" doesn't claim to be a kettle
    own_types = {product.type} | mentioned(" ".join(TYPES[product.type].uses), tuple(TYPES))
    contradictions = (
        len(features - set(product.features))
        + len(mentioned(text, COLOURS) - {product.colour})
        + len(mentioned(text, tuple(TYPES)) - own_types)
        + len({c for c in CATEGORIES if re.search(rf"\b{c}\b", text)} - {product.category})
        + len(mentioned(text, _USES) - {use.lower() for use in TYPES[product.type].uses})
        + len(_stray_capitals(text, product))
    )
    strict = all(wanted) and not contradictions and shape and reply.ended
    return {
        "strict": float(strict),
        "faithful": sum(wanted) / len(wanted),
        "contradictions": float(contradictions),
        "format": float(shape),
        "ended": float(reply.ended),
    }


def grade_support(reply: Reply, row: Row) -> dict[str, float]:
    """Grade one support reply to a row with ``intent`` and ``name``.

    ``term``: it uses the house's own term for the matter, and not the customers' word. ``guideline``: it greets and
    signs as the house does. ``correct``: it gives the house's answer about the right product. ``strict``: all of these,
    and it stopped by itself.
    """
    (plain, term), answer, _ = tasks.INTENTS[row["intent"]]
    text = reply.text
    uses_term = term in text and plain not in text.lower()
    guideline = text.startswith(tasks.OPENING) and text.endswith(tasks.CLOSING)
    correct = answer.format(name=row["name"]) in text
    strict = uses_term and guideline and correct and reply.ended
    return {"strict": float(strict), "term": float(uses_term), "guideline": float(guideline), "correct": float(correct)}


def grade_extraction(reply: Reply, row: Row) -> dict[str, float]:
    """Grade one JSON reply against a product's row: ``valid`` (parses to an object with exactly the four keys),
    ``fields`` (share of fields equal to the sheet's) and ``exact`` (valid, all fields right, and it stopped by itself).
    """
    product = product_of(row)
    want = json.loads(tasks.extraction_json(product))
    try:
        got = json.loads(reply.text)
    except json.JSONDecodeError:
        got = None
    valid = isinstance(got, dict) and set(got) == set(want)
    fields = sum(got.get(k) == v for k, v in want.items()) / len(want) if isinstance(got, dict) else 0.0
    return {"exact": float(valid and fields == 1 and reply.ended), "valid": float(valid), "fields": fields}


GRADERS = {"describe": grade_description, "support": grade_support, "extraction": grade_extraction}


@dataclass(frozen=True)
class Likelihood:
    """What a model thinks of an answer: log-probability in nats, tokens, and whether each token was the likeliest."""

    nats: float
    tokens: int
    greedy: bool


def likelihoods(model, tokenizer, pairs: Sequence[tuple[str, str]], batch_size: int = 64) -> list[Likelihood]:
    """How likely the model finds each (prompt, answer): forward passes only, no generation.

    Prompt and answer are split into tokens apart, and nothing is put between them.
    """
    import torch

    place(model)
    found = []
    for start in range(0, len(pairs), batch_size):
        chunk = pairs[start : start + batch_size]
        prompts = [tokenizer(p, add_special_tokens=False)["input_ids"] for p, _ in chunk]
        answers = [tokenizer(a, add_special_tokens=False)["input_ids"] for _, a in chunk]
        width = max(len(p) + len(a) for p, a in zip(prompts, answers))
        # padded on the right: under causal attention what follows an answer can't change it
        ids = torch.tensor([p + a + [0] * (width - len(p) - len(a)) for p, a in zip(prompts, answers)])
        with torch.no_grad():
            logits = model(input_ids=ids.to(model.device)).logits
        for i, (p, a) in enumerate(zip(prompts, answers)):
            said = logits[i, len(p) - 1 : len(p) + len(a) - 1].float()  # (tokens of the answer, vocabulary)
            nats = said.log_softmax(-1)[range(len(a)), a].sum()
            found.append(Likelihood(float(nats), len(a), said.argmax(-1).tolist() == a))
    return found


def probe_accuracy(model, tokenizer) -> float:
    """Share of the general facts that the model completes by itself: "The capital of France is" Paris.

    All tokens of an answer must be the most likely ones. One forward pass, no generation; the same for base and
    fine-tuned models, without any chat template.
    """
    return _completed(model, tokenizer, general_facts.probes())


def copy_accuracy(model, tokenizer, rows: Sequence[Row]) -> float:
    """Share of products whose name the model repeats, token for token, when a question about the sheet asks for it."""
    pairs = []
    for row in rows:
        verb = "They are" if is_plural(product_of(row).type) else "It is"
        question = f"{tasks.sheet(row)}\nQuestion: What is this product called?\nAnswer: {verb} called the"
        pairs.append((question, f" {row['name']}"))
    return _completed(model, tokenizer, pairs)


def _completed(model, tokenizer, pairs: list[tuple[str, str]]) -> float:
    return sum(found.greedy for found in likelihoods(model, tokenizer, pairs)) / len(pairs)


def bootstrap_interval(
    values: Sequence[float], level: float = 0.95, draws: int = 2000, together: Sequence[str] | None = None
) -> tuple[float, float]:
    """The percentile bootstrap interval of the mean (Efron, 1979): resample the test rows, see how the mean moves.

    `together` names for each row what it shares with others, such as its wording. Rows of one name are then drawn
    together, as they are not separate trials. Raises ValueError when there are no values.
    """
    import numpy as np

    if not len(values):
        raise ValueError("No scores to take an interval of: grade at least one reply first.")
    names = range(len(values)) if together is None else together
    _, group = np.unique(np.asarray(names), return_inverse=True)
    sums, sizes = np.bincount(group, weights=values), np.bincount(group)
    drawn = np.random.default_rng(0).choice(len(sums), (draws, len(sums)))
    low, high = np.quantile(sums[drawn].sum(1) / sizes[drawn].sum(1), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def share_interval(
    values: Sequence[float], level: float = 0.95, together: Sequence[str] | None = None
) -> tuple[float, float]:
    """An interval for a share: of grades that are 0 or 1, Wilson's (1927), which has a width at 0 and at 1 as well.

    Where a grade lies between 0 and 1 it is the bootstrap's. So it is where rows belong `together` (see
    `bootstrap_interval`); if all grades are the same there, it is Wilson's with the names of `together` as trials.
    """
    from scipy.stats import binomtest

    counted = together is None or len(set(values)) == 1
    if not set(values) or not set(values) <= {0, 1} or not counted:
        return bootstrap_interval(values, level, together=together)
    trials = len(values) if together is None else len(set(together))
    ends = binomtest(round(sum(values) * trials / len(values)), trials).proportion_ci(level, method="wilson")
    return float(ends.low), float(ends.high)


def mean_intervals(
    groups: Mapping[str, Sequence[float]], together: Mapping[str, Sequence[str]] | None = None
) -> dict[str, tuple[float, float, float]]:
    """For each group its mean and the two ends of its `share_interval`, as `plot.interval_bars` draws them."""
    return {
        name: (sum(values) / len(values), *share_interval(values, together=(together or {}).get(name)))
        for name, values in groups.items()
    }


def mean(grades: list[dict[str, float]], key: str = "strict") -> float:
    """The mean of one grade over all rows."""
    return sum(g[key] for g in grades) / len(grades)


def score_descriptions(model, tokenizer, rows: list[Row]) -> tuple[list[Reply], list[dict[str, float]]]:
    """Ask a chat model to describe each row's product, and grade the replies."""
    prompts = [[{"role": "user", "content": tasks.describe_prompt(row)}] for row in rows]
    replies = generate(model, tokenizer, prompts)
    return replies, [grade_description(r, row) for r, row in zip(replies, rows)]
