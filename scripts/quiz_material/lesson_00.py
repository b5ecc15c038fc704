"""Lesson 00: texts that the lesson's own grader grades, and the scores of runs that the course stores."""

from statistics import mean

from course_utils import data
from course_utils.evaluate import grade_description
from course_utils.generate import Reply
from course_utils.shop import tasks
from course_utils.stored_runs import stored

from . import Situation, table

# the number of a product in the test file, and a text that stops by itself
TEXTS = {
    "00-q1": (
        1,
        "Meet the Rakro candle in rust orange. It makes an evening slower, with a warm glow and a timer function. "
        "It is made for autumn. Find it in Lighting at Pebble & Pine.",
    ),
    "00-q2": (
        5,
        "Meet the Wawugun garden bench in chestnut brown. It turns a corner into a seat, with folding legs and "
        "a frost-proof coating. Find it in Garden at Pebble & Pine.",
    ),
    "00-q3": (
        3,
        "Meet the Glugli headphones in peach pink. They have a noise filter and a tuning guide, and they keep "
        "the world out. Find them in Music at Pebble & Pine.",
    ),
    "00-q4": (
        2,
        "Meet the Didrinu toaster in teal blue. With a fold-away cord, a wide rim, a crumb tray and a non-slip "
        "base, it turns plain bread golden. Find it in Kitchen at Pebble & Pine.",
    ),
}
RUNS = {
    "00-q5": ("100 rows, early base", "d"),
    "00-q6": ("100 rows, rate 1e-2", "c"),
    "00-q7": ("300 rows", "b"),
    "00-q8": ("100 rows, rate 2e-5", "a"),
}


def _failed(text: str, row: data.Row) -> str:
    """The letter of the one measure that the text fails; "d" for none. Raises ValueError where it fails several."""
    grade = grade_description(Reply(text, True, 0, 0), row)
    failed = "".join(
        letter
        for letter, fails in {
            "a": grade["faithful"] < 1,
            "b": grade["contradictions"] > 0,
            "c": grade["format"] < 1,
        }.items()
        if fails
    )
    if len(failed) > 1:
        raise ValueError(f"{text!r} fails several measures: {failed}")
    return failed or "d"


def situations() -> dict[str, Situation]:
    """Four texts with the measure that each fails, and the scores of four runs, as means over their seeds."""
    test = data.read_products(data.DATA / "products_test.csv").to_list()
    made = {}
    for name, (number, text) in TEXTS.items():
        # a line for each sentence, so that the text fits the page
        lines = text.replace(". ", ".\n").replace("! ", "!\n")
        made[name] = Situation(f"{tasks.sheet(test[number])}\n\n{lines}", _failed(text, test[number]))
    columns = ("strict", "faithful", "contradictions", "format", "ended", "probe")
    for name, (sweep, key) in RUNS.items():
        scores = {column: mean(run[column] for run in stored(sweep)) for column in columns}
        names = {"probe": "general facts known"}
        rows = [(names.get(column, column), score) for column, score in scores.items()]
        made[name] = Situation(table(("mean over the seeds", ""), rows), key)
    return made
