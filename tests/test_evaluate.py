"""The exact graders: right texts pass, and each way to be wrong is seen."""

import json
import random

import pytest

from course_utils.evaluate import (
    bootstrap_interval,
    grade_description,
    grade_extraction,
    grade_support,
    product_of,
    share_interval,
)
from course_utils.generate import Reply
from course_utils.phrases import mentioned
from course_utils.shop import catalogue, tasks

PRODUCT = catalogue.Product("Kitchen", "Muva kettle", ("whistling lid", "wide rim"), "slate blue")
GOOD = (
    "Meet the Muva kettle in slate blue. It boils water for a quiet cup of tea, with a whistling lid and a wide rim. "
    "Find it in Kitchen at Pebble & Pine."
)


def grade(text, ended=True):
    return grade_description(Reply(text, ended, 1, 1), PRODUCT.row())


def test_every_gold_description_is_strict():
    rng = random.Random(0)
    for name in catalogue.TYPES:
        for _ in range(8):
            product = catalogue.new_product(rng, "test", name)
            reply = Reply(tasks.house_description(product, rng), True, 1, 1)
            assert grade_description(reply, product.row())["strict"] == 1, reply.text


def test_a_row_becomes_its_product_again():
    assert product_of(PRODUCT.row()) == PRODUCT


@pytest.mark.parametrize(
    "text, key, value",
    [
        (GOOD, "strict", 1),
        (GOOD.replace("Muva", "Mova"), "faithful", 3 / 4),
        (GOOD.replace("slate blue", "blue"), "faithful", 3 / 4),
        (GOOD.replace("a wide rim", "a rim"), "faithful", 3 / 4),
        (GOOD.replace("slate blue", "moss green"), "contradictions", 1),
        (GOOD.replace("a wide rim", "a wide rim and a hidden zip"), "contradictions", 1),
        (GOOD.replace("cup of tea", "cup of tea in the Garden"), "contradictions", 1),
        (GOOD.replace("cup of tea", "cup of tea from Zolo"), "contradictions", 1),
        (GOOD.replace("boils water", "is a toaster, boils water"), "contradictions", 1),
        (GOOD.replace("boils water for a quiet cup of tea", "dances above the beach"), "contradictions", 1),
        (GOOD.replace("Meet the", "This is the"), "format", 0),
        (GOOD.replace("pine.", "pine!").replace("Pine.", "Pine!"), "format", 0),
        (GOOD.removesuffix(" Find it in Kitchen at Pebble & Pine."), "format", 0),
        (GOOD.replace("Find it", "Find them"), "format", 0),
        (GOOD + " And more.", "format", 0),
        ("", "faithful", 0),
    ],
)
def test_descriptions(text, key, value):
    assert grade(text)[key] == pytest.approx(value)
    assert grade(text)["strict"] == (text == GOOD)


def test_a_text_that_never_stops_is_not_strict():
    assert grade(GOOD, ended=False)["strict"] == 0 and grade(GOOD, ended=False)["ended"] == 0


def test_words_count_as_whole_words():
    assert mentioned("a nonslate bluebird", ("slate blue",)) == set()
    assert mentioned("Two KETTLES", ("kettle",)) == {"kettle"}


def test_support():
    row = {"intent": "return", "name": PRODUCT.name}
    good = tasks.support_reply("return", PRODUCT)
    assert set(grade_support(Reply(good, True, 1, 1), row).values()) == {1.0}
    plain = good.replace("boomerang", "return")
    assert grade_support(Reply(plain, True, 1, 1), row) == {"strict": 0, "term": 0, "guideline": 1, "correct": 0}
    assert grade_support(Reply(good.removesuffix(tasks.CLOSING), True, 1, 1), row)["guideline"] == 0
    assert grade_support(Reply(good, False, 1, 1), row)["strict"] == 0


def test_extraction():
    good = tasks.extraction_json(PRODUCT)
    row = PRODUCT.row()
    assert set(grade_extraction(Reply(good, True, 1, 1), row).values()) == {1.0}
    # another order of keys is the same object
    turned = json.dumps(dict(reversed(json.loads(good).items())))
    assert grade_extraction(Reply(turned, True, 1, 1), row)["exact"] == 1
    one_wrong = good.replace("slate blue", "blue")
    assert grade_extraction(Reply(one_wrong, True, 1, 1), row) == {"exact": 0, "valid": 1, "fields": 0.75}
    for broken in ("", "[]", good[:-1], good + " and more", good.replace('"name"', '"item"')):
        assert grade_extraction(Reply(broken, True, 1, 1), row)["valid"] == 0
    assert grade_extraction(Reply(good, False, 1, 1), row)["exact"] == 0


def test_bootstrap_interval():
    low, high = bootstrap_interval([0.0, 1.0] * 50)
    assert 0.38 < low < 0.42 and 0.58 < high < 0.62
    assert bootstrap_interval([1.0] * 5) == (1.0, 1.0)
    with pytest.raises(ValueError, match="grade at least one reply"):
        bootstrap_interval([])
    # four rows of two wordings are two trials: all of one are right and all of the other are wrong
    assert bootstrap_interval([1, 1, 0, 0], together=["a", "a", "b", "b"]) == (0, 1)


def test_share_interval_has_a_width_at_the_ends():
    low, high = share_interval([0.0] * 80)  # Wilson (1927): z² / (n + z²)
    assert low == 0 and high == pytest.approx(1.96**2 / (80 + 1.96**2), abs=1e-4)
    assert share_interval([1.0] * 20) == pytest.approx((1 - 1.96**2 / (20 + 1.96**2), 1), abs=1e-4)
    # eight wordings with ten rows each are eight trials
    assert share_interval([0.0] * 80, together=list("abcdefgh") * 10) == share_interval([0.0] * 8)
    assert share_interval([0.2, 0.5, 0.9]) == bootstrap_interval([0.2, 0.5, 0.9])
    with pytest.raises(ValueError, match="grade at least one reply"):
        share_interval([])
