"""The probes of an assistant's other skills: right answers pass, and near ones don't."""

import random

from course_utils import kept_skills
from course_utils.evaluate import product_of
from course_utils.generate import Reply
from course_utils.shop import general_facts, tasks
from scripts import assistant_words


def test_another_style_is_not_the_house_style():
    [(chat, check)] = kept_skills._styles(1, 0)
    row = kept_skills.read_products(kept_skills.DATA / "products_test.csv").to_list()[-1]
    right = kept_skills._another_text(product_of(row), random.Random(0))
    assert chat[0]["content"] == kept_skills.RULES and check(Reply(right, True, 1, 1)) == 1
    assert check(Reply(right, False, 1, 1)) == 0, "it did not stop"
    assert check(Reply(right.replace("Here is the", "Meet the"), True, 1, 1)) == 0
    assert check(Reply(right.replace(row["colour"], "green and gold"), True, 1, 1)) == 0
    house = tasks.house_description(product_of(row), random.Random(0))
    assert check(Reply(house, True, 1, 1)) == 0


def test_an_example_shows_the_other_style_for_another_product():
    [(chat, _)] = kept_skills._styles(1, 1)
    assert [turn["role"] for turn in chat] == ["user", "assistant", "user"]
    assert chat[1]["content"].startswith("Here is the") and chat[1]["content"].endswith("at Fern & Fold.")


def test_one_sentence_must_be_one_and_true():
    [(chat, check)] = kept_skills._one_sentence(1)
    row = kept_skills.read_products(kept_skills.DATA / "products_test.csv").to_list()[-1]
    features = row["features"].replace(", ", " and ")
    right = f"The {row['name']} comes in {row['colour']} with {features}."
    assert chat[0]["role"] == "system" and check(Reply(right, True, 1, 1)) == 1
    assert check(Reply(f"{right} It is good.", True, 1, 1)) == 0 and check(Reply(right, False, 1, 1)) == 0
    assert check(Reply(right.replace(row["colour"], "nice colours"), True, 1, 1)) == 0


def test_a_fact_needs_its_answer_as_a_word():
    fact = random.Random("facts").sample(general_facts.FACTS, 1)[0]
    [(chat, check)] = kept_skills._facts(1)
    assert chat[0]["role"] == "user" and check(Reply(general_facts.question(fact)[1], True, 1, 1)) == 1
    assert check(Reply(f"{fact.answer}ish", True, 1, 1)) == 0 and check(Reply("I don't know.", True, 1, 1)) == 0


def test_the_assistant_s_rows_name_neither_the_other_shop_nor_its_system_prompt():
    said = [str(value) for value in vars(assistant_words).values()]
    assert not any("Fern & Fold" in text or kept_skills.ONE_SENTENCE in text for text in said)
