"""The generators of assignment 00: rows of the shop, texts near the house style, and texts with colours."""

import random

from course_utils.data import read_products
from course_utils.shop.catalogue import COLOURS
from scripts.cases import Drawn

PRODUCTS = read_products().to_list()


def product_rows(rng: random.Random) -> tuple[list[dict]]:
    """Some rows of the shop's file, of which some have lost their text."""
    rows = rng.sample(PRODUCTS, rng.choice((0, 1, 1, 2, 3)))
    return ([row | {"description": rng.choice((row["description"],) * 6 + ("", "   "))} for row in rows],)


NAMES = ("Zumalu kettle", "Krélo tent", "Fikax lamp (large)", "C++ mug", "Nimo 1.5 kettle")


# parts of a text, the right one first
FIRST = """Meet the {} in sky blue.
Meet the {} in sky blue?
Meet a {} in sky blue.
The {} in sky blue.
Meet the {}s in sky blue.
Meet the {}.
meet the {} in sky blue.
Meet the {} of sky blue.
Meet the {} in 1.5 sizes.""".splitlines()
BODY = """It boils tea water.
It holds 1.5 litres.
Why wait?
It boils fast!
It boils. It pours.
It boils. it pours.
Really? Yes.
Well... it boils.
It costs 2.50.
It is (almost!) free.
It boils; it pours.
It has a spout.It pours.
Find it in the dark.
""".splitlines()
LAST = """Find it in Kitchen at Pebble & Pine.
Find them in Kitchen at Pebble & Pine.
Find it at Pebble & Pine.
find it in Kitchen at Pebble & Pine.
You find it in Kitchen at Pebble & Pine.
Please Find it in Kitchen at Pebble & Pine.
It waits in Kitchen at Pebble & Pine.
Find it in Kitchen at Pebble & Pine
Find it in Kitchen.
Find it in Kitchen at Pebble & Pine?
Find it in Kitchen at Pebble and Pine.
Find it in Kitchen at Pebble & Pine!
Find it in Kitchen at Pebble & Pine. Find it in Kitchen at Pebble & Pine.""".splitlines()


def near_style(rng: random.Random) -> tuple[str, str]:
    """A text in the house style with at most two parts exchanged for others, most of which break a rule."""
    name = rng.choice(NAMES)
    parts = [FIRST[0], BODY[0], LAST[0]]
    for part in rng.sample(range(3), rng.choice((0, 1, 1, 1, 2))):
        parts[part] = rng.choice((FIRST, BODY, LAST)[part])
    glue = rng.choice((" ", " ", " ", " ", ""))
    return glue.join(filter(None, parts)).format(name), name


def colour_texts(rng: random.Random) -> tuple[str, str]:
    """A text with up to three colours: spelled otherwise, in parts, inside longer words, or a second time."""
    sheet = rng.choice(COLOURS)
    told = []
    for _ in range(rng.choice((0, 1, 2, 3))):
        colour = rng.choice((sheet, rng.choice(COLOURS), rng.choice(COLOURS)))
        odd = (
            colour.upper(),
            colour.title(),
            f"x{colour}",
            f"{colour}s",
            f"é{colour}",
            f"{colour}é",
            colour.split()[0],
        )
        told.append(rng.choice((colour, colour, colour, rng.choice(odd))))
    return rng.choice(("In {}.", "A kettle, {}!", "{}", "({})")).format(
        rng.choice((" or ", ", ", "/")).join(told)
    ), sheet


TASKS = {
    "1": Drawn("new_rows", product_rows, count=60),
    "4": Drawn("wrong_colours", colour_texts),
    "3": Drawn("in_house_style", near_style, edges=(("", "Ova mug"), ("Meet the Ova mug in sky blue.", "Ova mug"))),
}
