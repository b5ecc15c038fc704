"""What may be said about a product: texts in many styles, none of them the house's, and the facts of the stock list."""

import random

from .catalogue import SHOP, TYPES, Product, is_plural, join, with_article

# The slots are the keys of `slots`, and {use}.
_OPENERS = """
The {name} {comes} in {colour}.
Our {name} {is_} {colour}.
This {name} in {colour} {is_} new this season.
A {colour} {type} from {brand} {has} arrived.
Look at the {colour} {name}.
{brand} makes {a_type} in {colour}.
Say hello to the {name}, all in {colour}.
New in {category}: the {colour} {name}.
Here {comes} the {name}, dressed in {colour}.
The shelf of the {category} room now holds the {colour} {name}.
In {colour}, the {name} {is_} hard to miss.
You will like the {colour} {name}.
""".strip().splitlines()

_MIDDLES = """
{It} {has} {features}.
With {features}, {it} {use}.
{It} {use}, thanks to {features}.
{It} {use}. Expect {features}.
{brand} gave {it_obj} {features}.
You get {features}.
Under a plain look {it} {has} {features}.
{It} {use} and {has} {features}.
Buyers praise {features}.
Inside the box: {features}.
What makes {it_obj} special: {features}.
{features_cap} come with {it_obj}, and {it} {use}.
""".strip().splitlines()

_CLOSERS = """
It belongs to {category}.
Look for it under {category}.
Sold by {shop}.
You will see it on the {category} shelf.
A good choice from {category}.
A small joy for every day.
It will last for years.
Made to be used, not admired.
A gift that nobody returns.
Ask for {brand} by name.
There are only a few left.
It gets better with time.
""".strip().splitlines()


def slots(product: Product) -> dict[str, str]:
    plural = is_plural(product.type)
    features = join([with_article(f) for f in product.features])
    return {
        "name": product.name,
        "brand": product.brand,
        "type": product.type,
        "a_type": with_article(product.type),
        "colour": product.colour,
        "features": features,
        "features_cap": features[0].upper() + features[1:],
        "category": product.category,
        "shop": SHOP,
        "It": "They" if plural else "It",
        "it": "they" if plural else "it",
        "it_obj": "them" if plural else "it",
        "has": "have" if plural else "has",
        "is_": "are" if plural else "is",
        "comes": "come" if plural else "comes",
    }


def fill(template: str, product: Product, rng: random.Random) -> str:
    """Put a product into a template with the slots listed above, singular or plural as its type needs."""
    return template.format(use=rng.choice(TYPES[product.type].uses), **slots(product))


def style(rng: random.Random) -> str:
    """A way of describing any product in two or three sentences."""
    parts = [rng.choice(_OPENERS), rng.choice(_MIDDLES)]
    if rng.random() < 0.15:
        parts.reverse()
    if rng.random() < 0.6:
        parts.append(rng.choice(_CLOSERS))
    return " ".join(parts)


def full_text(product: Product, rng: random.Random) -> str:
    """A paragraph in one of many styles that names the category too, as ``tasks`` needs to ask for every field."""
    closer = rng.choice([c for c in _CLOSERS if "{category}" in c])
    return fill(f"{rng.choice(_OPENERS)} {rng.choice(_MIDDLES)} {closer}", product, rng)


def stock_facts(rng: random.Random) -> dict[str, str]:
    """What a stock list knows of a product beyond the sheet: it changes daily, so it can only be read, never learned."""
    return {
        "price": f"{rng.randint(4, 99)} euros",
        "stock": str(rng.randint(0, 60)),
        "delivery": f"{rng.randint(2, 9)} days",
        "shelf": f"{rng.choice('ABCDEFGH')}{rng.randint(1, 30)}",
    }
