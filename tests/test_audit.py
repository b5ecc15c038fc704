"""The audit: all planted defects, few false alarms, any form of rows, and no row that makes it raise."""

import csv
import json

import pytest
from datasets import Dataset, DatasetDict
from transformers import AutoTokenizer

from course_utils import data
from course_utils.audit import REMEDIES, audit
from course_utils.session import ASSETS
from course_utils.shop.catalogue import COLOURS, FEATURES
from course_utils.shop.spoiled_rows import terse

SHEET = {"features": FEATURES, "colour": COLOURS}

# the audit's own names for what was planted; a text that is cut off after a full stop only disagrees with its sheet
KINDS = {
    "wrong_colour": {"contradiction"},
    "wrong_feature": {"contradiction"},
    "truncated": {"truncated", "contradiction"},
    "mojibake": {"encoding"},
    "wrong_language": {"language"},
}


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(ASSETS / "base")


@pytest.fixture(scope="module")
def held_out():
    return data.read_products(data.DATA / "products_test.csv")


@pytest.fixture(scope="module")
def damaged():
    with open(data.DATA / "products_damaged.csv", newline="", encoding="utf-8") as file:
        return Dataset.from_list(list(csv.DictReader(file)))


@pytest.fixture(scope="module")
def report(damaged, held_out, tokenizer):
    return audit(damaged, test=held_out, tokenizer=tokenizer, max_length=256, sheet=SHEET)


def chat(*turns):
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def kinds(result):
    return {finding.kind for finding in result.findings}


# --- The planted defects, and the clean sets --------------------------------------------------------------------------


def test_every_planted_defect_is_named_by_its_kind(report):
    for planted in json.loads((data.DATA / "planted_defects.json").read_text()):
        named = {kind for kind in REMEDIES if planted["row"] in report.rows(kind)}
        assert named & KINDS.get(planted["defect"], {planted["defect"]}), planted


def test_rows_without_a_defect_are_accused_only_as_the_other_half_of_a_copy(report):
    planted = {entry["row"] for entry in json.loads((data.DATA / "planted_defects.json").read_text())}
    for row in set(report.rows()) - planted:
        assert all(why.startswith(("duplicate", "near_duplicate")) for why in report.why(row)), report.why(row)


def test_what_is_kept_is_clean(damaged, report, held_out, tokenizer):
    kept = damaged.select(report.keep(kinds=[finding.kind for finding in report.findings]))
    again = audit(kept, test=held_out, tokenizer=tokenizer, max_length=256, sheet=SHEET)
    assert again.findings == [] and again.n == 402


def test_only_what_is_certain_is_dropped_by_itself(report):
    planted = json.loads((data.DATA / "planted_defects.json").read_text())
    kept = set(report.keep())
    left = {entry["defect"] for entry in planted if entry["row"] in kept}
    assert left == {"personal", "duplicate", "near_duplicate"}  # of a copy and its source one is left


def test_a_clean_set_raises_at_most_one_alarm_in_a_hundred_rows(held_out, tokenizer):
    clean = audit(data.read_products(), test=held_out, tokenizer=tokenizer, max_length=256, sheet=SHEET)
    assert len(clean.rows()) <= 30 and not clean.unjudged


@pytest.mark.parametrize("task", ["support", "extraction"])
def test_clean_chats_raise_at_most_one_alarm_in_a_hundred_rows(task, tokenizer):
    chats, test = data.read_chats(task=task), data.read_chats(data.DATA / "chats_test.jsonl", task=task)
    result = audit(chats, test=test, tokenizer=tokenizer, max_length=1024)
    assert len(result.rows()) <= 10, result


def test_general_chats_repeat_and_nothing_else(tokenizer):
    result = audit(data.read_chats(task="general"), tokenizer=tokenizer, max_length=1024)
    assert kinds(result) == {"duplicate"}
    questions = {row["messages"][0]["content"] for row in data.read_chats(task="general")}
    assert len(result.keep()) == len(questions)


# --- Any form of rows -------------------------------------------------------------------------------------------------

LONG = "The train to the coast leaves at noon and arrives in the evening, if the weather allows it"


@pytest.mark.parametrize(
    ("row", "shape"),
    [
        ({"prompt": "When?", "completion": "At noon."}, "prompt: 'prompt', reply: 'completion'"),
        ({"prompt": chat(("user", "When?"))["messages"], "completion": chat(("assistant", "Noon."))["messages"]},
         "prompt: 'prompt', reply: 'completion'"),
        (chat(("system", "Be brief."), ("user", "When?"), ("assistant", "At noon.")), "messages"),
        ({"instruction": "Translate.", "input": "Mittag", "output": "noon"},
         "prompt: 'instruction', context: 'input', reply: 'output'"),
        ({"question": "When?", "answer": "At noon."}, "prompt: 'question', reply: 'answer'"),
        ({"text": "At noon."}, "the texts of 'text'"),
        ({"id": "7", "body": "The train leaves at noon."}, "the texts of 'body'"),
    ],
)  # fmt: skip
def test_any_form_is_read(row, shape):
    result = audit(Dataset.from_list([row]))
    assert result.shape == shape and result.rows() == [] and result.keep() == [0]


ODD = [
    [],
    [{}],
    [{"a": None}, {"a": 3}],
    [{"when": 1.5, "label": True}] * 30,
    ["plain", "strings", 3, None],
    [{"messages": m} for m in (None, "hello", [], [None], [{}], [{"role": ["x"], "content": 3}], [{"content": "a"}])],
    [{"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "image"}]}]}],
    [{"prompt": 1, "completion": 2.5}, {"prompt": None, "completion": None}, {"prompt": ["x"], "completion": "a"}],
    [{"instruction": None, "input": ["x"], "output": ""}],
    [{"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "yes"}]}],
    [{"text": "\ud800 half a character \x00"}, {"text": {"a": 1}}, {"text": "日本語の文章です。" * 20}],
    [{"name": None, "category": 3, "features": ["a", 4], "colour": "", "description": "?"}] * 25,
]


@pytest.mark.parametrize("rows", ODD, ids=range(len(ODD)))
def test_odd_rows_never_make_it_raise(rows, tokenizer):
    for more in ({}, {"test": rows, "key": "name", "tokenizer": tokenizer, "sheet": ["colour", "none"]}):
        result = audit(rows, **more)
        assert result.n == len(rows) and repr(result).encode() and result._repr_html_().encode()
        assert set(result.keep()) <= set(range(len(rows)))


def test_what_could_not_be_judged_is_said():
    said = " ".join(audit([{"text": "At noon."}]).unjudged)
    for what in ("cut off", "language", "tokenizer=", "test="):
        assert what in said
    assert "no rows with text" in " ".join(audit([]).unjudged)


def test_a_dict_of_splits_is_refused_in_a_sentence():
    with pytest.raises(TypeError, match=r"dict of splits \(train\): pass one of them"):
        audit(DatasetDict({"train": Dataset.from_list([{"text": "a"}])}))


# --- The kinds of defect ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("messages", "kind", "says"),
    [
        ([("user", "When?")], "empty", "ends with the user's message"),
        ([("user", "When?"), ("assistant", " ")], "empty", "the reply is empty"),
        ([("user", ""), ("assistant", "Noon.")], "empty", "message 1 (user) is empty"),
        ([("user", "When?"), ("bot", "Noon.")], "role", "message 2 has the role 'bot'"),
    ],
)
def test_rows_that_break_the_form_are_named(messages, kind, says):
    result = audit([chat(("user", "Who?"), ("assistant", "Mia.")), chat(*messages)])
    assert result.rows() == result.rows(kind) == [1] and says in result.why(1)[0]


def test_copies_are_accused_both_and_the_first_is_kept():
    rows = [{"text": t} for t in ("One two three four.", "Five six seven.", "one two,  three four", "Five six seven.")]
    result = audit(rows)
    assert result.rows("near_duplicate") == [0, 2] and result.rows("duplicate") == [1, 3]
    assert result.keep() == [0, 1]


def test_a_row_that_differs_in_one_word_is_a_near_duplicate():
    words = " ".join(f"word{i}" for i in range(60))
    rows = [
        {"text": words},
        {"text": "something else altogether, at some length"},
        {"text": words.replace("word7 ", "w ")},
    ]
    assert audit(rows).rows("near_duplicate") == [0, 2]


def test_two_replies_to_one_prompt_are_a_conflict_that_drops_nothing():
    rows = [{"prompt": "Is it open?", "completion": "Yes."}, {"prompt": "is it open", "completion": "No"}]
    result = audit(rows)
    assert result.rows("conflict") == [0, 1] and result.keep() == [0, 1]


def test_two_ways_to_write_a_text_are_no_conflict():
    rows = [{"prompt": "Praise tea.", "completion": t} for t in ("Tea warms the heart.", "Nothing beats a cup.")]
    assert audit(rows).rows() == []


def test_leaks_are_the_same_row_the_same_prompt_and_the_same_key():
    test = [{"prompt": "When does it leave?", "completion": "At noon.", "name": "Muva"}]
    rows = [
        {"prompt": "When does it leave?", "completion": "At one.", "name": ""},
        {"prompt": "Where to?", "completion": "Far away.", "name": "Muva"},
        {"prompt": "Who drives?", "completion": "Mia does.", "name": "Kelo"},
    ]
    assert audit(rows, test=test).rows("leak") == [0]
    assert audit(rows, test=test, key="name").rows("leak") == [0, 1]


def test_a_column_of_ones_own_is_compared_with_the_reply():
    rows = [{"prompt": f"Chair {i}", "completion": f"Chair {i} is made of {m}.", "material": m}
            for i, m in enumerate(["oak", "steel", "pine"] * 10)]  # fmt: skip
    rows[4]["completion"] = "Chair 4 is made of pine."
    rows[7]["completion"] = "Chair 7 is very comfortable."
    result = audit(rows, sheet=["material"])
    assert result.rows("contradiction") == [4, 7]
    assert "says pine, the column 'material' steel" in result.why(4)[0] and "leaves out steel" in result.why(7)[0]


def test_when_most_replies_leave_something_out_it_is_not_held_against_one():
    rows = terse(data.read_products().to_list()[:100], 0.5)
    result = audit(rows, sheet=SHEET)
    assert result.rows() == [] and any("may leave out" in sentence for sentence in result.unjudged)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Write to mia.miller@pebblepine.eu for more.", "personal"),
        ("Call 030 5547409 for more.", "personal"),
        ("My card is 4539 1488 0343 6467, take it.", "personal"),
        ("Pay to DE89 3704 0044 0532 0130 00 please.", "personal"),
        ("Itâ€™s open.", "encoding"),
        ("The M\ufffdller house is open.", "encoding"),
    ],
)
def test_personal_data_and_broken_encodings_are_named(text, kind):
    assert audit([{"text": text}]).rows(kind) == [0]


@pytest.mark.parametrize(
    "text",
    [
        "On 01.02.2024 at 10:30 it cost 1,234,567 euros.",
        "The number 1234567812345678 is no card.",
        "Version 10.0.22631 of 2025-11-03, order 20250001.",
        "Crème brûlée in Kraków: “naïve”…",
    ],
)
def test_dates_numbers_and_accents_are_no_alarm(text):
    assert audit([{"text": text}]).rows() == []


def test_languages_are_compared_with_the_majority_or_the_one_wanted():
    english, german = (
        f"{LONG}.",
        "Der Zug an die Küste fährt mittags ab und kommt abends an, wenn das Wetter es zulässt.",
    )
    rows = [{"text": f"{english} Number {i} of many."} for i in range(9)] + [{"text": german}]
    assert audit(rows).rows("language") == [9]
    assert audit(rows, language="de").rows("language") == list(range(9))
    mixed = audit(rows[5:] + [{"text": f"{german} Nummer {i} von vielen."} for i in range(4)])
    assert not mixed.rows("language") and any("in several" in sentence for sentence in mixed.unjudged)


def test_cut_off_replies_are_named_where_others_end_with_a_full_stop():
    rows = [{"text": f"{LONG}, number {i}."} for i in range(40)]
    rows[3]["text"] = rows[3]["text"][:40]
    assert audit(rows).rows("truncated") == [3]
    bare = [{"text": row["text"].rstrip(".").replace("noon an", "noon")} for row in rows]
    assert audit(bare).rows("truncated") == []


def test_rare_classes_are_named_and_kept():
    words = [f"w{i} x{i} y{i} z{i}." for i in range(60)]
    rows = [{"text": text, "kind": "rare" if i < 3 else "common"} for i, text in enumerate(words)]
    result = audit(rows)
    assert result.rows("imbalance") == [0, 1, 2] and len(result.keep()) == 60 and result.rows() == []
    assert result.balance["kind"] == {"common": 57, "rare": 3}
