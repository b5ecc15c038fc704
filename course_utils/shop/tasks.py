"""What the lessons fine-tune for: descriptions in the house style, support replies in the house's terms, strict JSON.

Prompts and gold replies only; ``evaluate`` grades what a model writes instead. None of this is in the pre-training
corpus.
"""

import json
import random

from ..data import Messages
from . import general_facts, texts
from .catalogue import SHOP, Product, is_plural

# --- Product descriptions -------------------------------------------------------------------------------------------

_BODIES = (
    "{It} {use}, with {features}.",
    "With {features}, {it} {use}.",
    "{It} {use}, thanks to {features}.",
    "{It} {has} {features}, and {it} {use}.",
)


def sheet(row: dict[str, str]) -> str:
    """The product's sheet as lines "category: Kitchen", from a row of ``products.csv`` (the description is left out)."""
    return "\n".join(f"{key}: {row[key]}" for key in ("category", "name", "features", "colour"))


def describe_prompt(row: dict[str, str]) -> str:
    """The request for a description, as a user would type it."""
    return f"Write the shop text for this product.\n{sheet(row)}"


def house_opening(product: Product) -> str:
    return f"Meet the {product.name} in {product.colour}."


def house_closing(product: Product) -> str:
    return f"Find {'them' if is_plural(product.type) else 'it'} in {product.category} at {SHOP}."


def house_description(product: Product, rng: random.Random) -> str:
    """A description in the house style: introduce, say what it is for with every feature, say where it is."""
    body = texts.fill(rng.choice(_BODIES), product, rng)
    return f"{house_opening(product)} {body} {house_closing(product)}"


# --- Customer support -----------------------------------------------------------------------------------------------

OPENING, CLOSING = f"Hello from {SHOP}.", "Your Pine desk"

# intent: the word customers use, the house's term for it, the house's answer, and ways to ask. The last two ways to ask
# are kept for tests.
INTENTS = {
    "return": (
        ("return", "boomerang"),
        "The {name} can take a boomerang within 30 days, free of charge.",
        ("Can I return the {name}?", "I want to send the {name} back.", "How do I return my {name}?",
         "The {name} does not fit. What now?", "I have changed my mind about the {name}.", "Is it possible to return the {name}?"),
    ),
    "warranty": (
        ("warranty", "mending promise"),
        "Our mending promise covers the {name} for 3 years.",
        ("Does the {name} have a warranty?", "My {name} broke. Will you repair it?", "How long is the warranty on the {name}?",
         "The {name} stopped working.", "What happens if the {name} breaks?", "Is there a warranty for the {name}?"),
    ),
    "delivery": (
        ("delivery", "doorstep day"),
        "The doorstep day of your {name} is Thursday.",
        ("When will my {name} arrive?", "How long does delivery of the {name} take?", "Where is my {name}?",
         "I am waiting for the {name}.", "On which day do I get the {name}?", "When is the delivery of my {name}?"),
    ),
    "refund": (
        ("refund", "purse-back"),
        "The purse-back for your {name} takes 5 days.",
        ("When do I get my refund for the {name}?", "I sent the {name} back. Where is my money?",
         "How long does a refund for the {name} take?", "Please pay me back for the {name}.",
         "I am still waiting for the money for my {name}.", "Is my refund for the {name} on its way?"),
    ),
    "gift": (
        ("gift wrap", "ribbon service"),
        "Our ribbon service wraps the {name} for 2 euros.",
        ("Can you gift wrap the {name}?", "The {name} is a birthday present.", "Do you wrap the {name}?",
         "I want to give the {name} to a friend.", "How much is gift wrap for the {name}?", "Please pack the {name} as a gift."),
    ),
    "part": (
        ("spare part", "pocket part"),
        "A pocket part for the {name} is free for 6 years.",
        ("I lost a part of the {name}.", "Can I get a spare part for the {name}?", "A piece of my {name} is missing.",
         "Do you have spare parts for the {name}?", "Where can I order a spare part of the {name}?",
         "My {name} came without one part."),
    ),
}  # fmt: skip


# how a talk that is about a product already goes on to another matter: the last way to ask is kept for tests
FOLLOW_UPS = {
    "return": ("And if I want to send {it} back?", "Can I return {it} later?", "And may I return {it}?"),
    "warranty": ("Is there a warranty on {it}?", "And if I need a repair?", "And how long is the warranty?"),
    "delivery": ("And when will I get {it}?", "On which day is the delivery?", "And when is the delivery?"),
    "refund": ("And when do I get my money back?", "How long does a refund take?", "And when is the refund paid?"),
    "gift": ("Can you wrap {it} as a gift?", "And is there gift wrap?", "And do you gift wrap {it}?"),
    "part": ("And if I lose a part?", "Do you have spare parts for {it}?", "And where do I get a spare part?"),
}


def support_reply(intent: str, product: Product) -> str:
    """The house's reply: greeting, the answer in the house's term, signature."""
    return f"{OPENING} {INTENTS[intent][1].format(name=product.name)} {CLOSING}"


def support_question(intent: str, product: Product, rng: random.Random, held_out: bool) -> str:
    """A customer's question; `held_out` picks a wording that no training row has."""
    wordings = INTENTS[intent][2]
    return rng.choice(wordings[4:] if held_out else wordings[:4]).format(name=product.name)


def follow_up(intent: str, product: Product, rng: random.Random, held_out: bool) -> str:
    """A later question of the same customer, which no longer names the product."""
    wordings = FOLLOW_UPS[intent]
    it = "them" if is_plural(product.type) else "it"
    return rng.choice(wordings[2:] if held_out else wordings[:2]).format(it=it)


# --- Facts that change: looked up by a tool -------------------------------------------------------------------------

# the last two ways to ask are kept for tests
LOOK_UPS = {
    "price": (
        "How much {is_} the {name}?", "What {does} the {name} cost?", "What is the price of the {name}?",
        "How many euros {is_} the {name}?", "Tell me the price of the {name}.", "The price of the {name}, please.",
    ),
    "stock": (
        "How many of the {name} are left?", "How many of the {name} do you have?", "What is the stock of the {name}?",
        "How many of the {name} are in stock?", "Tell me how many of the {name} are left.",
        "The number of the {name} in stock, please.",
    ),
}  # fmt: skip


def look_up_question(column: str, product: Product, rng: random.Random, held_out: bool) -> str:
    """A question that only the stock list answers; `column` is price or stock."""
    wordings, many = LOOK_UPS[column], is_plural(product.type)
    wording = rng.choice(wordings[4:] if held_out else wordings[:4])
    return wording.format(name=product.name, is_="are" if many else "is", does="do" if many else "does")


def look_up_reply(column: str, value: str, product: Product) -> str:
    """The house's reply to it: greeting, the value as the list has it, signature."""
    costs = "cost" if is_plural(product.type) else "costs"
    said = f"The {product.name} {costs} {value}." if column == "price" else f"There are {value} of the {product.name}."
    return f"{OPENING} {said} {CLOSING}"


# --- JSON extraction ------------------------------------------------------------------------------------------------

JSON_KEYS = ("name", "category", "colour", "features")


def extraction_prompt(product: Product, rng: random.Random) -> str:
    """A request for JSON about a paragraph in one of the corpus's many styles that mentions every field."""
    return f"Return this product as JSON.\n{texts.full_text(product, rng)}"


def extraction_json(product: Product) -> str:
    """The strict answer: one line of JSON with exactly the keys of `JSON_KEYS`, in that order."""
    row = {"name": product.name, "category": product.category, "colour": product.colour}
    return json.dumps(row | {"features": list(product.features)})


# --- Chats ----------------------------------------------------------------------------------------------------------


def chat(user: str, assistant: str) -> Messages:
    return [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]


def general_chat(rng: random.Random) -> Messages:
    """A question of general knowledge and its answer: what keeps a model from forgetting when mixed in."""
    return chat(*general_facts.question(rng.choice(general_facts.FACTS)))
