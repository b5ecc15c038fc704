"""The pre-training corpus: documents in many genres about the shop's world, drawn with a seeded generator.

It teaches language, facts and how a sheet, a paragraph and a record say the same thing. It holds no chat markup and
none of the house style that the lessons fine-tune: those must be new to the base model.
"""

import json
import random
from collections.abc import Iterator

from course_utils.shop import general_facts, texts
from course_utils.shop.catalogue import (
    CATEGORIES,
    COLOURS,
    SHOP,
    TYPES,
    Product,
    is_plural,
    join,
    new_brand,
    new_product,
    with_article,
)

_PEOPLE = "Mia Tom Ada Leo Nora Sam Ines Ben Lily Omar Ruth Max Ella Finn Zoe Karl Ivy Hugo Rosa Paul Emma Otto".split()
_PLACES = "the kitchen; the garden; the attic; the train station; the library; the beach; the market; the school; \
the park; the old barn; the bakery; the bus stop; the mountain hut; the office".split("; ")
_WEATHER = "It was raining; The sun was out; Snow lay on the roofs; A warm wind blew; It was a foggy morning; \
The evening was quiet; Leaves were falling; It was the first day of spring".split("; ")
_ANIMALS = "cat dog hen goat rabbit duck fox owl pony hedgehog".split()
_MOODS = "happy proud surprised calm tired curious cheerful grateful".split()


_GREETINGS = """Say yes to; Welcome; Make room for; Here is; Introducing; Time for; Ready for; Three cheers for; Take home; \
Hello to; Think of; Dream of; Today we show; Just unpacked:; Fresh on the shelf:; Our pick of the week:; Back again:; \
Try; Picture; Choose; Open the door to; A round of applause for; Small but proud:; Everyone wants; Nobody forgets""".split(
    "; "
)
_AUDIENCES = """for early birds; for night owls; for busy people; for the whole family; for quiet corners; for rainy days; \
for first homes; for grandparents; for beginners; for those who have everything""".split("; ")
_INVITATIONS = """Ask at the {category} desk.; Waiting for you in {category}.; {category} has it.; See you in {category}.; \
Only in {category}.; Come to {category} and see.; {category} is the place.; Walk over to {category}.; Straight from {category}.; \
Now in {category}, while it lasts.; You know the way to {category}.; Our {category} team will help.; \
Pick it up in {category}.; Shelf two, {category}.; Greetings from {category}.""".split("; ")


def _playful_style(rng: random.Random) -> str:
    """One of thousands of ways to praise a product: which one, only the texts above it in the document can tell."""
    audience = f" {rng.choice(_AUDIENCES)}" if rng.random() < 0.4 else ""
    opener = rng.choice(["the {name} in {colour}", "the {colour} {name}", "the {name}, all {colour}"])
    middle = rng.choice(
        ["{It} {has} {features}.", "With {features}.", "{It} {use}, with {features}.", "{It} {use}. {features_cap}."]
    )
    return f"{rng.choice(_GREETINGS)} {opener}{audience}. {middle} {rng.choice(_INVITATIONS)}"


def _coded_style(rng: random.Random) -> str:
    """A style whose connecting words are invented: nothing but copying from the last text in it can continue it."""
    words = [new_brand(rng, "corpus").lower() for _ in range(8)]
    one, two, three, four, *rest = words
    opener = rng.choice(["{name} {w} {colour}", "{colour} {name}", "{w} {name} {colour}"]).replace("{w}", two)
    return f"{one.capitalize()} {opener}. {three.capitalize()} {{features}} {four}. {rest[0].capitalize()} {rest[1]} {{category}} {rest[2]}."


_KEYS = {
    "category": ("category", "category", "section", "department"),
    "name": ("name", "name", "product", "item"),
    "features": ("features", "features", "extras", "details"),
    "colour": ("colour", "colour", "shade", "finish"),
}


def _sheet(product: Product, rng: random.Random, extra: dict[str, str] | None = None) -> str:
    row = product.row()
    order = list(row)
    if rng.random() < 0.3:
        rng.shuffle(order)
    plain = rng.random() < 0.6
    pairs = [(k if plain else rng.choice(_KEYS[k]), row[k]) for k in order] + list((extra or {}).items())
    kind = rng.random()
    if kind < 0.8:
        return "\n".join(f"{k}: {v}" for k, v in pairs)
    if kind < 0.9:
        return "\n".join(f"- {k.capitalize()}: {v}" for k, v in pairs)
    return " | ".join(f"{k} {v}" for k, v in pairs)


def _headed(head: str, text: str, rng: random.Random) -> str:
    return rng.choice([f"{head}: {text}", f"{head}:\n{text}", f"\n{text}"])


def sheet_and_text(rng: random.Random) -> str:
    product = new_product(rng, "corpus")
    text = texts.fill(texts.style(rng), product, rng)
    sheet = _sheet(product, rng)
    if rng.random() < 0.25:
        return f"{text}\n\n{sheet}"
    return f"{sheet}\n{_headed(rng.choice(['description', 'text', 'about', 'notice', 'copy']), text, rng)}"


def text_and_record(rng: random.Random) -> str:
    product = new_product(rng, "corpus")
    text = texts.fill(texts.style(rng), product, rng)
    pairs = [
        (rng.choice(["item", "product", "title", "what"]), product.name),
        (rng.choice(["section", "department", "group"]), product.category),
        (rng.choice(["shade", "tint", "finish"]), product.colour),
        (rng.choice(["extras", "details", "parts"]), list(product.features)),
    ]
    rng.shuffle(pairs)
    record = json.dumps(dict(pairs[: rng.choice((2, 3, 4, 4))]))
    return rng.choice([f"{text}\n{record}", f"text: {text}\nrecord: {record}", f"{record}\n{text}"])


def _ask(product: Product, extra: dict[str, str], rng: random.Random) -> tuple[str, str]:
    """A question about one product and its answer."""
    s = texts.slots(product)
    does = "Do" if is_plural(product.type) else "Does"
    is_, cost = ("Are", "They cost") if is_plural(product.type) else ("Is", "It costs")
    some = rng.choice(product.features)
    other = rng.choice([f for f in TYPES[product.type].features if f not in product.features])
    wrong = rng.choice([c for c in COLOURS if c != product.colour])
    pairs = [
        ("What is this product called?", f"It is called the {product.name}."),
        (f"What colour {s['is_']} the {product.name}?", f"The {product.name} {s['is_']} {product.colour}."),
        (f"What does the {product.brand} come with?", f"{s['It']} {s['comes']} with {s['features']}."),
        (f"Where do I find the {product.name}?", f"The {product.name} {s['is_']} in {product.category}."),
        (f"Who makes this {product.type}?", f"{s['It']} {s['is_']} made by {product.brand}."),
        (f"{does} the {product.name} have {with_article(some)}?", f"Yes, {s['it']} {s['has']} {with_article(some)}."),
        (f"{does} the {product.name} have {with_article(other)}?", f"No, {s['it']} {s['has']} {s['features']}."),
        (f"{is_} the {product.name} {wrong}?", f"No, the {product.name} {s['is_']} {product.colour}."),
    ]
    if extra:
        pairs = [
            (f"How much {'do' if s['it'] == 'they' else 'does'} the {product.name} cost?", f"{cost} {extra['price']}."),
            (f"How many of the {product.name} are left?", f"There are {extra['stock']} left."),
            (f"When will the {product.name} arrive?", f"It will arrive in {extra['delivery']}."),
            (f"On which shelf {s['is_']} the {product.name}?", f"Look on shelf {extra['shelf']}."),
        ]
    return rng.choice(pairs)


def sheet_and_questions(rng: random.Random) -> str:
    product = new_product(rng, "corpus")
    extra = texts.stock_facts(rng) if rng.random() < 0.5 else {}
    if extra and rng.random() < 0.6:  # a stock list of one to four lines instead of the whole sheet
        others = [
            (p, texts.stock_facts(rng)) for p in (new_product(rng, "corpus") for _ in range(rng.choice((0, 1, 2, 3))))
        ]
        stock = [(product, extra), *others]
        rng.shuffle(stock)
        context = "\n".join(f"{p.name}: " + ", ".join(f"{k} {v}" for k, v in e.items()) for p, e in stock)
    elif rng.random() < 0.3 and not extra:
        context = texts.fill(texts.style(rng), product, rng)
    else:
        context = _sheet(product, rng, extra)
    q, a = rng.choice([("Question", "Answer"), ("Question", "Answer"), ("Customer", "Clerk"), ("Q", "A")])
    asked = dict(_ask(product, extra, rng) for _ in range(rng.randint(1, 3)))
    lines = [f"{q}: {x}\n{a}: {y}" for x, y in asked.items()]
    return f"{context}\n" + "\n".join(lines)


def style_list(rng: random.Random) -> str:
    """Several products in one sheet layout and one style: the document that teaches to continue a pattern."""
    if rng.random() < 0.4:  # under a heading that no ordinary text has
        style, head = _coded_style(rng), new_brand(rng, "corpus").lower()
    else:
        style, head = (
            rng.choice([_playful_style, texts.style])(rng),
            rng.choice(["description", "text", "notice", "copy"]),
        )
    blocks = []
    for _ in range(rng.randint(3, 5)):
        product = new_product(rng, "corpus")
        sheet = "\n".join(f"{k}: {v}" for k, v in product.row().items())
        blocks.append(f"{sheet}\n{head}: {texts.fill(style, product, rng)}")
    return "\n\n".join(blocks)


def catalogue_page(rng: random.Random) -> str:
    category = rng.choice(CATEGORIES)
    types = [t.name for t in TYPES.values() if t.category == category]
    products = [new_product(rng, "corpus", t) for t in rng.sample(types, rng.randint(2, 3))]
    head = rng.choice([f"{category} at {SHOP}.", f"This week in {category}.", f"From our {category} shelf."])
    return f"{head} " + " ".join(texts.fill(texts.style(rng), p, rng) for p in products)


def knowledge_of_types(rng: random.Random) -> str:
    """What the shop's things are for, without any product."""
    lines = []
    for t in rng.sample(list(TYPES.values()), rng.randint(3, 5)):
        plural = is_plural(t.name)
        one = f"{t.name.capitalize()}" if plural else f"{with_article(t.name).capitalize()}"
        lines.append(
            rng.choice(
                [
                    f"{one} {rng.choice(t.uses)}.",
                    f"You will find {t.name if plural else with_article(t.name)} in {t.category}.",
                    f"{one} {rng.choice(t.uses)}, and {'some have' if plural else 'many have'} {with_article(rng.choice(t.features))}.",
                ]
            )
        )
    return " ".join(lines)


def review(rng: random.Random) -> str:
    p = new_product(rng, "corpus")
    s, plural, who = texts.slots(p), is_plural(p.type), rng.choice(_PEOPLE)
    good = rng.random() < 0.7
    first, last = with_article(p.features[0]), with_article(p.features[-1])
    stars = rng.choice([4, 5]) if good else rng.choice([2, 3])
    opinion = (
        [f"I love the {p.features[0]}.", f"The {p.colour} is just right.", f"I bought {'them' if plural else 'it'} for {first} and stayed for {last}.",
         f"{who} at the next door wants one too.", "Five minutes after unpacking it was in use."]
        if good
        else [f"The {p.features[0]} broke after a week.", f"I wanted another colour, not {p.colour}.", f"I expected more of {first}.",
              "It went back the next day.", f"Even {last} could not save it."]
    )  # fmt: skip
    verdict = rng.choice(
        ["Would buy again.", "Well done.", "A keeper."]
        if good
        else ["Not for me.", "I was hoping for more.", "A pity."]
    )
    start = rng.choice([f"I have had the {p.name} for a month.", f"My {p.name} came on {rng.choice(['Monday', 'Tuesday', 'Friday'])}.",
                        f"We got the {p.name} in {p.colour}."])  # fmt: skip
    rest = " ".join(rng.sample(opinion, 2))
    return f"Review of the {s['name']}, {stars} stars\n{start} {rest} {verdict} {who}"


def forum(rng: random.Random) -> str:
    p, other = new_product(rng, "corpus"), new_product(rng, "corpus")
    a, b = rng.sample(_PEOPLE, 2)
    feature = with_article(rng.choice(p.features))
    asks = rng.choice([
        f"Does anybody here know the {p.name}? I need {feature}.",
        f"I am looking for {with_article(p.type)} with {feature}. Any ideas?",
        f"Is the {p.name} worth it?",
    ])  # fmt: skip
    says = rng.choice([
        f"Yes, the {p.name} has {feature}. Mine is {p.colour}.",
        f"Try the {p.name}. It has {join([with_article(f) for f in p.features])}.",
        f"I have the {p.name} in {p.colour} and it {TYPES[p.type].uses[0] if not is_plural(p.type) else 'does its job'}.",
    ])  # fmt: skip
    ends = rng.choice([
        f"Thank you, {b}. I will order the {p.name} today.",
        f"Thanks {b}! Then I will leave the {other.name} where it is.",
        f"Good to know. {b}, you are a treasure.",
    ])  # fmt: skip
    return f"{a}: {asks}\n{b}: {says}\n{a}: {ends}"


def story(rng: random.Random) -> str:
    p = new_product(rng, "corpus")
    s = texts.slots(p)
    hero, friend = rng.sample(_PEOPLE, 2)
    animal, place = rng.choice(_ANIMALS), rng.choice(_PLACES)
    one, them = ("some", "them") if is_plural(p.type) else ("one", "it")
    thing = p.type if is_plural(p.type) else with_article(p.type)
    first = rng.choice([
        f"{rng.choice(_WEATHER)} when {hero} walked to {place}.",
        f"{hero} and {friend} met at {place}. {rng.choice(_WEATHER)}.",
        f"Once there was a {animal} who lived near {place}. {hero} came by every morning.",
        f"{hero} wanted {thing} more than anything else.",
    ])  # fmt: skip
    second = rng.choice([
        f"On a bench lay {'some' if one == 'some' else 'a'} {p.colour} {p.type} with {with_article(p.features[0])}.",
        f"In the window of {SHOP} stood the {p.name}, {p.colour} as a dream.",
        f"{friend} had brought the {p.name}. \"{s['It']} {s['has']} {with_article(p.features[0])},\" said {friend}.",
        f"The {animal} was sitting on the {p.colour} {p.type} and would not move.",
    ])  # fmt: skip
    third = rng.choice([
        f"\"Whose {s['is_']} {'these' if one == 'some' else 'this'}?\" asked {hero}. \"Yours,\" said {friend}, \"happy birthday.\"",
        f"{hero} looked at {them} for a long time and felt {rng.choice(_MOODS)}.",
        f"\"May I try?\" asked {hero}. {friend} laughed and gave {them} away.",
        f"The {animal} looked up, and {hero} sat down beside it.",
        f"{hero} counted the coins twice and went in.",
    ])  # fmt: skip
    last = rng.choice([
        f"That night the {p.type} stood by the bed, and {hero} slept well.",
        f"From then on the {animal} came every day.",
        f"{hero} told everyone about the {p.name}.",
        f"They went home {rng.choice(_MOODS)} and ate warm bread.",
        f"And that is how {hero} and {friend} became friends.",
    ])  # fmt: skip
    return " ".join([first, second, third, last])


def order_slip(rng: random.Random) -> str:
    """Lists whose names come back later in the document."""
    products = [new_product(rng, "corpus") for _ in range(rng.randint(2, 4))]
    number = rng.randint(1000, 9999)
    lines = "\n".join(f"- {p.name}, {p.colour}" for p in products)
    chosen = rng.choice(products)
    tail = rng.choice([
        f"Packed first: {chosen.name}. Colour: {chosen.colour}.",
        f"The {chosen.name} in {chosen.colour} is a gift.",
        f"Missing: {chosen.name}.",
        "Packed: " + join([p.name for p in products]) + ".",
    ])  # fmt: skip
    return f"Order {number} for {rng.choice(_PEOPLE)}\n{lines}\n{tail}"


GENRES = {
    sheet_and_text: 20,
    text_and_record: 11,
    sheet_and_questions: 15,
    style_list: 8,
    catalogue_page: 4,
    knowledge_of_types: 4,
    review: 7,
    forum: 6,
    story: 9,
    order_slip: 4,
    general_facts.paragraph: 24,
}  # fmt: skip


def documents(seed: int) -> Iterator[str]:
    """An endless stream of documents, the same for the same seed."""
    rng = random.Random(seed)
    genres, weights = list(GENRES), list(GENRES.values())
    while True:
        yield rng.choices(genres, weights)[0](rng)
