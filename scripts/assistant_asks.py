"""What the assistant is asked and should answer, in the wordings of one split: sheets, rules, questions, tools.

The training rows (`assistant_rows`, `assistant_talks`) use it with TRAIN and the tests (`assistant_bars`) with TEST. It
knows nothing about models; names and styles are given to it.
"""

import json
import random
import re

from course_utils.shop import general_facts as facts
from course_utils.shop.catalogue import Product, is_plural, with_article

from . import assistant_words as words

TRAIN, TEST = 0, 1
NUMBERS = ("no", "one", "two", "three", "four")
_SLOT_WORDS = {
    "name": ("name", "product", "item"),
    "colour": ("colour", "shade"),
    "category": ("category", "department", "room"),
}
_NOTATIONS = ("upper", "{%s}", "[%s]", "<%s>", "(%s)")


def user(text: str) -> dict:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict:
    return {"role": "assistant", "content": text}


def system(*parts: str) -> list[dict]:
    """A system turn of the parts that are not empty, as a list: without any part there is no turn."""
    text = " ".join(part for part in parts if part)
    return [{"role": "system", "content": text}] if text else []


# --- Sheets and rules -----------------------------------------------------------------------------------------------


def sheet(product: Product, rng: random.Random, extra: dict[str, str] | None = None) -> str:
    """The product's sheet, mostly laid out as the shop's own, with further lines such as its price."""
    pairs = list(product.row().items()) + list((extra or {}).items())
    if rng.random() < 0.3:
        rng.shuffle(pairs)
    kind = rng.random()
    if kind < 0.8:
        return "\n".join(f"{key}: {value}" for key, value in pairs)
    if kind < 0.9:
        return "\n".join(f"- {key.capitalize()}: {value}" for key, value in pairs)
    return "; ".join(f"{key}: {value}" for key, value in pairs)


def beside(text: str, question: str, rng: random.Random) -> list[dict]:
    """A question and the text that answers it: in the system prompt, or before or after the question."""
    place = rng.random()
    if place < 0.4:
        return [*system(text), user(question)]
    return [user(f"{text}\n{question}" if place < 0.8 else f"{question}\n{text}")]


def _noted(template: str, rng: random.Random) -> str:
    """A template as a rule writes it: "the {name}" as "the NAME" or "the [product]", {it_obj} as "it"."""
    notation, first = rng.choice(_NOTATIONS), rng.random() < 0.7

    def slot(match: re.Match) -> str:
        key = match.group(1)
        if key not in _SLOT_WORDS:
            return {"it_obj": "it", "It": "It", "is_": "is"}[key]
        word = _SLOT_WORDS[key][0] if first else rng.choice(_SLOT_WORDS[key])
        return word.upper() if notation == "upper" else notation % word

    return re.sub(r"\{(\w+)\}", slot, template)


def rule(opening: str, closing: str, shop: str, rng: random.Random, split: int) -> str:
    """A style as written rules. Opening and closing have slots such as {name}; an empty closing has no rule."""

    def say(pair: words.Pair, **slots: object) -> str:
        return rng.choice(pair[split]).format(n=NUMBERS[2 + bool(closing)], shop=shop, **slots)

    notation = rng.random()  # the same for both sentences
    first, last = (_noted(text, random.Random(notation)) for text in (opening, closing))
    parts = [say(words.INTRO), say(words.FIRST, text=first), say(words.MIDDLE)]
    if closing:
        parts.append(say(words.LAST, text=last))
    one = re.search(r"\{(it_obj|It)\}", closing)
    if one and rng.random() < 0.5:
        singular, plural = {"it_obj": ("it", "them"), "It": ("It", "They")}[one.group(1)]
        parts.append(say(words.PLURALS, one=singular, many=plural))
    if rng.random() < 0.4:
        parts.append(say(words.MANNERS))
    return rng.choice([" ", " ", "\n"]).join(parts)


def ask_for_text(product: Product, rng: random.Random, wording: str) -> str:
    """A request for a text: mostly the wording and then the sheet."""
    layout = rng.random()
    if layout < 0.1:
        return sheet(product, rng)
    return f"{sheet(product, rng)}\n{wording}" if layout < 0.2 else f"{wording}\n{sheet(product, rng)}"


# --- Questions about products and general facts ---------------------------------------------------------------------


def grammar(product: Product) -> dict[str, str]:
    """What a wording needs to speak of one product or of plurals."""
    many = is_plural(product.type)
    return {
        "name": product.name, "type": product.type, "is_": "are" if many else "is", "has": "have" if many else "has",
        "does": "do" if many else "does", "it": "they" if many else "it", "It": "They" if many else "It",
        "it_obj": "them" if many else "it", "costs": "cost" if many else "costs",
    }  # fmt: skip


def value_of(key: str, product: Product, extra: dict[str, str]) -> str:
    """What the answer to a question must say, e.g. "moss green", or "a wide rim and a juice groove"."""
    if key == "features":
        listed = [with_article(feature) for feature in product.features]
        return f"{', '.join(listed[:-1])} and {listed[-1]}"
    return {"colour": product.colour, "category": product.category, "brand": product.brand, **extra}[key]


def ask(key: str, product: Product, rng: random.Random, split: int, follow_up: bool = False, late: bool = False) -> str:
    """A question about one product; a follow-up speaks of "it". `late` adds the wordings of late training."""
    more = words.LATE_QUESTIONS[key][follow_up] if late else ()
    return rng.choice(words.QUESTIONS[key][follow_up][split] + more).format(**grammar(product))


def ask_of_other(product: Product, rng: random.Random, split: int) -> str:
    """The question before again, of another product: "And the Zoru kettle?" """
    return rng.choice(words.AND_THE[split]).format(name=product.name)


def answer(key: str, product: Product, extra: dict[str, str], short: bool) -> str:
    """A full sentence; the short one says "it" in place of the name."""
    return words.ANSWERS[key][short].format(value=value_of(key, product, extra), **grammar(product))


def ask_fact(fact: facts.Fact, rng: random.Random, split: int) -> str:
    """A general fact as a question; the training split has the course's own wording, too."""
    if split == TRAIN and rng.random() < 0.3:
        return facts.question(fact)[0]
    text = rng.choice(words.FACTS[fact.relation][split]).format(a=fact.subject)
    return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)


# --- Tools ----------------------------------------------------------------------------------------------------------


def tool(name: str, description: str, item: str, column: str, columns: list[str]) -> dict:
    """The JSON schema of a tool that looks one column of one product up."""
    properties = {item: {"type": "string"}, column: {"type": "string", "enum": columns}}
    parameters = {"type": "object", "properties": properties, "required": [item, column]}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def call(name: str, arguments: dict[str, str]) -> dict:
    """An assistant's turn that calls a tool. The arguments are JSON, so that a data set keeps each row's own keys."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": function}]}


def result(name: str, content: str) -> dict:
    return {"role": "tool", "name": name, "content": content}
