"""Lesson 09: texts before two graders."""

from course_utils import data
from course_utils.evaluate import grade_description
from course_utils.generate import Reply
from course_utils.sheet_grader import grade_sheet
from course_utils.shop import tasks

from . import Situation

# the number of a product in the test file, and a text that stops by itself
TEXTS = {
    "09-q1": (
        1,
        "Meet the Rakro candle in rust orange. It keeps the worktop safe, thanks to a warm glow and a timer function. "
        "Find it in Lighting at Pebble & Pine.",
    ),
    "09-q2": (
        7,
        "Meet the Zosti pen holder in coral pink. It ends the hunt for a pen, with an adjustable height and "
        "a magnetic edge. Find it in Office at Pebble & Pine.",
    ),
    "09-q3": (
        2,
        "Meet the Didrinu toaster in teal blue. With a wide rim, a non-slip base and a fold-away cord, it turns plain "
        "bread golden. Find it in Kitchen at Pebble & Pine.",
    ),
    "09-q4": (
        9,
        "Meet the Breto, an alarm clock in plum purple. It never misses a Monday, thanks to a quilted top and "
        "a lavender scent. Find it in Bedroom at Pebble & Pine.",
    ),
}


def _graded(number: int, text: str, rows: list[data.Row], known: list[data.Row]) -> Situation:
    row, reply = rows[number], Reply(text, True, 0, 0)
    by_sheet = grade_sheet(reply, row, known)["clean"] == 1
    by_shop = grade_description(reply, row)["strict"] == 1
    key = {(True, True): "a", (True, False): "b", (False, True): "c", (False, False): "d"}[by_sheet, by_shop]
    return Situation(f"{tasks.sheet(row)}\n\n" + text.replace(". ", ".\n"), key)


def situations() -> dict[str, Situation]:
    """Four texts, each with the graders that find a fault in it."""
    rows = data.read_products(data.DATA / "products_test.csv").to_list()
    known = data.read_products().to_list() + rows
    return {name: _graded(number, text, rows, known) for name, (number, text) in TEXTS.items()}
