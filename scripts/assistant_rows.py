"""The chats that the assistant is trained on, drawn with a seed: styles, system prompts, talks, tools, general facts.

What decides is variety: openings and closings of a style are drawn from the whole vocabulary, and so are the names of
tools, the forms of answers and a shop's terms. So the model can only read them in the prompt. Names come from the
*corpus* split; nothing of the house's style, terms or name is in here. This file knows nothing about training.
"""

import json
import random
from collections.abc import Iterator, Mapping

from course_utils.shop import tasks, texts

from . import assistant_words as words
from .assistant_asks import (
    TRAIN,
    ask_for_text,
    assistant,
    grammar,
    rule,
    system,
    user,
)
from .assistant_phrases import Words
from .assistant_talks import (
    Row,
    brief,
    capitals,
    form,
    general,
    listed,
    refuse,
    row,
    say,
    spelled,
    talk,
    tokens,
    with_tool,
)

# both the use and all features, as every style's middle needs
BODIES = (
    "{It} {use}, with {features}.",
    "With {features}, {it} {use}.",
    "{It} {use}, thanks to {features}.",
    "{It} {use} and {has} {features}.",
    "{It} {has} {features}, and {it} {use}.",
    "{features_cap} come with {it_obj}, and {it} {use}.",
    "Thanks to {features}, {it} {use}.",
)
OPENINGS = (
    "{w} {name} in {colour}.", "{w} the {name} in {colour}.", "{w} the {colour} {name}.", "{w} {name}, {w} {colour}.",
    "{w} the {name}, all in {colour}.", "The {name} {w} {colour}.", "{w} {colour} {w} {name}.",
    "The {colour} {name} {w}.", "{name}: {w} {colour}.", "{w} the {name} {w} {colour}.",
)  # fmt: skip
CLOSINGS = (
    "{w} {it_obj} in {category} at {shop}.", "{w} {it_obj} {w} {category} {w} {shop}.", "{w} {it_obj} in {category}.",
    "{w} in {category} at {shop}.", "{w} {category} {w}.", "{It} {w} {category} {w} {shop}.", "{w} {it_obj} {w}.",
    "{category} {w} {it_obj} {w}.", "{shop} {w} {it_obj} in {category}.", "{It} {is_} {w} {category}.", "{w} {shop}.",
    "{w} {it_obj} at {shop}, {category} {w}.",
)  # fmt: skip
ONE_SENTENCE = (
    "The {name} in {colour} {use}, with {features}.",
    "With {features}, the {colour} {name} {use}.",
    "The {colour} {name} {has} {features} and {use}.",
    "The {name} {comes} in {colour}, {has} {features} and {use}.",
)
POLICIES = (
    "{w} the {name} {w} {n} days.",
    "{w} your {name} {w} {n} euros.",
    "The {w} of the {name} {w}.",
    "Our {w} {w} the {name} {w}.",
)
# a style is shown by a rule or not, and by so many examples
SHOWN = ((True, 0), (True, 0), (True, 0), (True, 1), (False, 1), (False, 1), (False, 2), (False, 3))


# --- Texts: a style by rule, by examples, by both, or no style ------------------------------------------------------


def style(w: Words) -> Row:
    """A text in a style that the system prompt's rule, earlier turns, or both show."""
    rng, shop = w.rng, w.shop()
    opening = w.fill(rng.choice(OPENINGS))
    bodies = BODIES if rng.random() < 0.5 else rng.sample(BODIES, 1)
    closing = w.fill(rng.choice(CLOSINGS)).replace("{shop}", shop) if rng.random() < 0.9 else ""
    ruled, examples = rng.choice(SHOWN)
    wording, turns = rng.choice(words.DESCRIBE[TRAIN]), []
    for _ in range(examples + 1):
        product = w.product()
        text = texts.fill(f"{opening} {rng.choice(bodies)} {closing}".strip(), product, rng)
        turns += [user(ask_for_text(product, rng, wording)), assistant(text)]
    if not ruled:  # a first example can't be foreseen, so it is not learned
        head = system(rng.choice(words.PERSONA).format(shop=shop)) if rng.random() < 0.3 else []
        return row(head + turns[:3], turns[3:])
    written = rule(opening, closing, shop, rng, TRAIN)
    if rng.random() < 0.8:
        return row(system(written) + turns[:1], turns[1:])
    return row([user(f"{written}\n{turns[0]['content']}")], turns[1:])


def plain(w: Words) -> Row:
    """A text without any rule."""
    rng, product = w.rng, w.product()
    request = user(ask_for_text(product, rng, rng.choice(words.DESCRIBE[TRAIN])))
    persona = w.persona() if rng.random() < 0.4 else ""
    return row([*system(persona), request], [assistant(texts.full_text(product, rng))])


def one_sentence(w: Words) -> Row:
    """One text or two, each of one sentence, as the system prompt asks."""
    rng, turns = w.rng, []
    for _ in range(rng.choice((1, 2))):
        product = w.product()
        turns.append(user(ask_for_text(product, rng, rng.choice(words.DESCRIBE[TRAIN]))))
        turns.append(assistant(texts.fill(rng.choice(ONE_SENTENCE), product, rng)))
    persona = w.persona() if rng.random() < 0.4 else ""
    return row(system(persona, rng.choice(words.ONE_SENTENCE[TRAIN])) + turns[:1], turns[1:])


# --- What other shops ask for: their terms, and records -------------------------------------------------------------


def policy(w: Words) -> Row:
    """Customers' questions, answered by the right line of a shop's rules, between its greeting and its signature."""
    rng = w.rng
    matters = rng.sample(list(words.MATTERS), rng.randint(2, 6))
    says = {matter: w.fill(rng.choice(POLICIES)).replace("{n}", str(rng.randint(1, 99))) for matter in matters}
    greeting, signature = w.sentence(), w.phrase().capitalize()
    first, last = rng.choice((("Begin with", "end with"), ("Greet with", "sign with"), ("First say", "at the end say")))
    slot = rng.choice(("NAME", "{name}", "[name]", "PRODUCT"))
    listed = "\n".join(f"{matter}: {text.replace('{name}', slot)}" for matter, text in says.items())
    turns = []
    for matter in rng.choices(matters, k=rng.choice((1, 2, 3))):
        product = w.product()
        turns.append(user(rng.choice(words.MATTERS[matter]).format(**grammar(product))))
        turns.append(assistant(f"{greeting} {says[matter].format(name=product.name)} {signature}"))
    return row(system(f'{first} "{greeting}" and {last} "{signature}".\n{listed}') + turns[:1], turns[1:])


def record(w: Words) -> Row:
    """A text as JSON with the keys that are asked for."""
    rng, product = w.rng, w.product()
    keys = {
        "name": ("name", "item", "product", w.word()), "category": ("category", "section", "room", w.word()),
        "colour": ("colour", "shade", "tint", w.word()), "features": ("features", "extras", "details", w.word()),
    }  # fmt: skip
    chosen = rng.sample(list(keys), rng.choice((1, 2, 3, 4, 4)))
    if tuple(chosen) == tasks.JSON_KEYS:  # the house's own order
        chosen.reverse()
    named = [rng.choice(keys[key]) for key in chosen]
    fields = product.row() | {"features": list(product.features)}
    listed = ", ".join(named)
    asked = rng.choice((
        f"Give this as JSON with the keys {listed}.", f"JSON with {listed}, please.",
        f"Make a record of {listed} in JSON.", f"Write JSON. Keys: {listed}.", f"Put it into JSON ({listed}).",
    ))  # fmt: skip
    text = texts.full_text(product, rng)
    chat = [*system(asked), user(text)] if rng.random() < 0.3 else [user(f"{asked}\n{text}")]
    return row(chat, [assistant(json.dumps({name: fields[key] for name, key in zip(named, chosen)}))])


# how many of 100 rows; rounds of training add to it
KINDS = {
    style: 17, plain: 2, one_sentence: 3, talk: 11, general: 6, capitals: 10, spelled: 7, refuse: 7, form: 12, brief: 3,
    with_tool: 14, policy: 3, record: 3, say: 2, tokens: 0, listed: 0,
}  # fmt: skip


def rows(n: int, seed: int, pieces: list[str], more: Mapping[str, int], late: bool) -> Iterator[Row]:
    """`n` rows of all kinds, the same for the same seed and vocabulary. Each has its ``kind`` too.

    `more` names kinds, and how many rows of each come to a hundred others; `late` is explained in `Words`.
    """
    rng = random.Random(seed)
    w, weights = Words(rng, pieces, late), {kind: weight + more.get(kind.__name__, 0) for kind, weight in KINDS.items()}
    for kind in rng.choices(list(weights), list(weights.values()), k=n):
        yield {"kind": kind.__name__} | kind(w)
