"""The audit on rows as public sets have them: their forms, the defects they suffer from, and what is no defect.

The rows are invented; their forms and faults are those of public sets. How the audit fares on the sets themselves is in
docs/audit.md.
"""

import csv
import json

import numpy as np
import pytest
from assignments import ROOT

from course_utils.audit import REMEDIES, SEVERITIES, audit
from course_utils.audit.plain_text import plain
from course_utils.audit.repeats import NEIGHBOURS, _proposed
from course_utils.audit.rows import read_all


def read(*rows, **named):
    return read_all(list(dict.fromkeys(c for row in rows for c in row)), rows, **named)


def turns(*texts, roles=("user", "assistant"), keys=("role", "content")):
    return [{keys[0]: roles[i % 2], keys[1]: text} for i, text in enumerate(texts)]


CALL = {"type": "function", "function": {"name": "weather", "arguments": {"city": "Oslo"}}}
FORMS = {
    "ShareGPT": ({"conversations": turns("When?", "At noon.", roles=("human", "gpt"), keys=("from", "value"))},
                 "When?", "At noon.", "conversations, human = user, gpt = assistant"),
    "parts": ({"messages": [{"role": "user", "content": [{"type": "text", "value": "When?"}]},
                            {"role": "assistant", "content": [{"type": "text", "text": "At noon."}]}]},
              "When?", "At noon.", "messages"),
    "a call alone": ({"messages": [{"role": "user", "content": "Rain?"}, {"role": "assistant", "tool_calls": [CALL]}]},
                     "Rain?", '[{"name": "weather", "arguments": {"city": "Oslo"}}]', "messages"),
    "Dolly": ({"instruction": "When?", "context": "A timetable.", "response": "At noon.", "category": "qa"},
              "When?\nA timetable.", "At noon.", "prompt: 'instruction', context: 'context', reply: 'response'"),
    "capitals": ({"Instruction": "When?", "Response": "At noon."},
                 "When?", "At noon.", "prompt: 'Instruction', reply: 'Response'"),
    "SQuAD": ({"question": "When?", "context": "At noon.", "answers": {"text": ["noon"], "answer_start": [3]}},
              "When?\nAt noon.", "noon", "prompt: 'question', context: 'context', reply: 'answers'"),
    "plain turns": ({"dialog": ["When?", "At noon.", "Why?", "So."]}, "When?\nAt noon.\nWhy?", "So.", "dialog"),
    "sides by name": ({"conversation": [{"human": "When?", "assistant": "At noon."}], "category": "a"},
                      "When?", "At noon.", "conversation"),
    "turns in data": ({"id": "1", "data": ["When?", "At noon."]}, "When?", "At noon.", "data"),
    "bars": ({"topic": "a", "input": "A talk.\n[|Human|] When?\n[|AI|] At noon."},
             "When?", "At noon.", "transcripts in 'input'"),
    "JSON in a cell": ({"messages": json.dumps(turns("When?", "At noon."))}, "When?", "At noon.", "messages"),
    "preferences": ({"prompt": "When?", "chosen": "At noon.", "rejected": "No."},
                    "When?", "At noon.", "preferences, prompt: 'prompt', reply: 'chosen'"),
    "chosen chats": ({"chosen": turns("When?", "At noon."), "rejected": turns("When?", "No.")},
                     "When?", "At noon.", "preferences, chosen"),
    "chosen transcripts": ({"chosen": "\n\nHuman: When?\n\nAssistant: At noon.", "rejected": "\n\nHuman: When?"},
                           "When?", "At noon.", "preferences, transcripts in 'chosen'"),
    "a transcript": ({"text": "### Human: When?\n### Assistant: At noon."},
                     "When?", "At noon.", "transcripts in 'text'"),
    "history": ({"instruction": "Where?", "input": "", "output": "Here.", "history": [["When?", "At noon."]]},
                "Where?\nWhen?\nAt noon.", "Here.",
                "prompt: 'instruction', context: 'input' + 'history', reply: 'output'"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_public_forms_are_read_as_what_they_are(form):
    row, prompt, reply, shape = FORMS[form]
    result = read(row)
    assert (result.rows[0].prompt, result.rows[0].reply, result.shape) == (prompt, reply, shape)
    assert audit([row]).rows() == [] and audit([row]).keep() == [0]


def test_rows_without_a_column_of_replies_are_not_called_empty():
    result = audit([{"id": 1, "question": [[{"role": "user", "content": "When?"}]], "function": []}])
    assert result.rows() == [] and "without replies" in result.shape and any("no column" in s for s in result.unjudged)


def test_rows_of_several_forms_are_read_each_in_its_own():
    result = read({"messages": turns("When?", "At noon.")}, {"question": "Where?", "answer": "Here."})
    assert [row.reply for row in result.rows] == ["At noon.", "Here."] and ";" in result.shape


def test_the_caller_names_columns_and_roles():
    row = {"a": "Where?", "b": "Here.", "c": "A map."}
    assert read(row, prompt="a", reply="b", context="c").rows[0].prompt == "Where?\nA map."
    assert read(row, prompt=["a", "c"], reply="b").rows[0].prompt == "a: Where?\nc: A map."
    chat = {"messages": turns("When?", "At noon.", roles=("customer", "clerk"))}
    assert audit([chat]).rows("role") == [0]
    assert audit([chat], roles={"customer": "user", "clerk": "assistant"}).rows() == []


@pytest.mark.parametrize("named", [{"prompt": "x", "reply": "b"}, {"prompt": "a"}, {"roles": {"a": "boss"}}])
def test_a_wrong_name_is_refused_in_a_sentence(named):
    with pytest.raises(ValueError) as error:
        audit([{"a": "Where?", "c": "Here."}], **named)
    assert len(str(error.value)) <= 200 and str(error.value).endswith(".")


def test_a_role_that_most_rows_have_is_asked_about_and_drops_nothing():
    rows = [{"messages": turns(f"When does train {i} go?", "At noon.", roles=("user", "clerk"))} for i in range(4)]
    result = audit(rows)
    assert result.rows("role") == [0, 1, 2, 3] == result.keep() and "roles={'clerk'" in " ".join(result.unjudged)


# --- What counts as the same ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [("Teach me C", "Teach me C++"), ("Teach me C", "Teach me C#"), ("What is 12 + 3?", "What is 12 - 3?"),
     ("It costs 1.5", "It costs 15"), ("कि", "की"), ("ที่", "ที"), ("a*(b+c)", "a*b+c"), ("50%", "50")],
)  # fmt: skip
def test_signs_numbers_and_vowels_tell_texts_apart(one, other):
    assert plain(one) != plain(other)


def test_case_spaces_quotes_and_full_stops_do_not():
    assert plain("“Hello,  World!”") == plain("hello world") and plain("你好，世界。") == plain("你好 世界")


def test_rows_that_differ_in_a_number_are_two_exercises():
    text = "Mia has {} apples and buys two more at the market on her way home from school, how many has she in the end"
    assert audit([{"text": text.format(n)} for n in (3, 4)]).rows() == []


def test_the_same_chat_with_other_tools_is_no_copy():
    rows = [{"messages": turns("Hi", "Hello."), "tools": f'[{{"name": "tool{i}"}}]'} for i in range(2)]
    assert audit(rows).rows("duplicate") == []


def test_pairs_to_compare_grow_with_the_rows_and_not_with_their_square():
    counts = [len(_proposed(np.ones((n, 60), np.uint32))) for n in (500, 1000)]
    assert counts[1] <= 2.1 * counts[0] and counts[1] <= 2 * NEIGHBOURS * 1000


# --- Defects, and what only looks like one ----------------------------------------------------------------------------

LONG = "The harbour was built in stone, the town grew around it, and the market moved to the square"
DEFECTS = [
    ("placeholder", "Draw the sun.", "<nooutput>"),
    ("placeholder", "Name a fruit.\n<noinput>", "A plum."),
    ("placeholder", "Describe it.\n[attached photo]", "A house by the sea."),
    ("placeholder", "Thank the teacher.", "Dear [Teacher's Name], thank you for the year."),
    ("refusal", "What is the time?", "I'm sorry, but I don't have access to real-time information."),
    ("refusal", "介绍这家店。", "很抱歉，我无法提供这家店的信息。"),
    ("disclaimer", "Do you like tea?", "As an AI language model, I have no taste, but many people like it."),
    ("merged", "Name a fruit.", "A plum.\n\n6. Instruction: Name a river.\n6. Output: The Rhine."),
    ("merged", "Name a fruit.", "A plum.<|im_end|>\n<|im_start|>user"),
    ("merged", "Name a fruit.", "A plum.\nHuman: And a river?\nAssistant: The Rhine."),
    ("link", "Summarise this.\nhttps://news.example.org/a", "The town has a new bridge."),
    ("image", "Design a logo for a bakery.", "The logo shows a loaf of bread."),
    ("image", "Describe this.\n![a cat](https://img.example.org/1.png)", "A cat on a wall."),
    ("repetition", "List three teas.", "Here they are.\n" + "- Green tea from Japan\n" * 8),
    ("repetition", "Say hello.", "a" * 60),
    ("html", "What is a plum?", "A plum is a fruit.<br>It is <b>sweet</b>."),
    ("control", "What is a plum?", "A plum\x07 is a fruit."),
    ("control", "What is a plum?", "A plum is a fruit.\\nIt is sweet."),
    ("truncated", "Tell me of the town.", f"{LONG} because of the"),
    ("truncated", "Print it.", "Here it is:\n```python\nprint(1)"),
    ("empty", "Show me code.", "Here it is:\n```python\n```\n"),
    ("encoding", "What is it?", "It was a cafÃ© in the old town."),
]
SOUND = [
    ("Name the value that marks missing text.", "null"),
    ("Write a web page with a heading.", "<h1>Plums</h1>"),
    ("Explain the tags of HTML.", "Use <b>bold</b> for bold text."),
    ("Write an apology to a guest.", "I'm sorry, but we can't offer you a room tonight."),
    ("Write a dialogue in a shop.", "User: Hello!\nClerk: Good morning!"),
    ("What is an AI engineer?", "As an AI engineer you build systems that learn."),
    ("Write a script that fetches https://news.example.org/a", "Use `curl https://news.example.org/a`."),
    ("Paula sells each picture that she paints for 5 euros. She paints 4. What does she earn?", "20 euros."),
    ("Draw a tree in ASCII code.", "/\\"),
    ("Repeat the word tea ten times.", "tea " * 60),
    ("Give me a recipe.", "Ingredients:\n1. Flour\nInstructions:\n1. Mix.\n2. Bake."),
    ("Name three towns.", "Oslo, Bergen, Trondheim"),
    ("Who wrote it?", "The book was written by a woman from the north.\n\n— Selma Lagerlöf"),
    ("Print a newline.", "Use `print('a\\nb')`."),
    ("How many?", "12"),
    ("Which colours?", "- red\n- green\n- blue"),
    ("Which family?", "👨‍👩‍👧 and क्षि"),
]


@pytest.mark.parametrize(("kind", "prompt", "reply"), DEFECTS, ids=[f"{d[0]}-{i}" for i, d in enumerate(DEFECTS)])
def test_defects_of_public_sets_are_named(kind, prompt, reply):
    result = audit([{"prompt": prompt, "completion": reply}])
    assert result.rows(kind) == [0], result


@pytest.mark.parametrize(("prompt", "reply"), SOUND, ids=range(len(SOUND)))
def test_what_only_looks_like_a_defect_is_none(prompt, reply):
    result = audit([{"prompt": prompt, "completion": reply}])
    assert result.rows() == [], result


def test_a_call_with_arguments_as_text_is_named():
    calls = [{"function": {"name": "weather", "arguments": a}} for a in ('{"city": "Oslo"}', '"{}"', {"city": "Oslo"})]
    rows = [{"messages": [*turns(f"Rain {i}?"), {"role": "assistant", "tool_calls": [c]}]} for i, c in enumerate(calls)]
    result = audit(rows)
    assert result.rows("tool_call") == [0, 1] and result.keep() == [0, 1, 2]


@pytest.mark.parametrize(
    "text",
    ["Born 01-02-1990, 2024-05-06 12:30.", "Call 555-0123 or 1234567.", "See https://example.org/030/5547409.",
     "The phone costs 1000 / 200 a month.", "Order PB987654321 of the phone shop.", "Write to support@shop.example."],
)  # fmt: skip
def test_dates_links_ids_and_made_up_numbers_are_not_personal(text):
    assert audit([{"text": text}]).rows() == []


def test_replies_in_another_language_are_named_unless_they_were_asked_for():
    english = [{"prompt": f"Tell me of town {i}.", "completion": f"{LONG}, and it has {i} gates."} for i in range(30)]
    german = "Der Hafen wurde aus Stein gebaut, die Stadt wuchs um ihn herum, und jeder war sehr zufrieden damit."
    odd = [("Tell me of the harbour.", german), ("Translate it into German.", german),
           ("Name towns in Chile.", "Santiago, Valparaíso, Concepción, La Serena, Antofagasta, Temuco")]  # fmt: skip
    rows = english + [{"prompt": p, "completion": r} for p, r in odd]
    assert audit(rows).rows("language") == [30]


def test_numbers_in_a_column_are_no_classes():
    rows = [{"prompt": f"q{i} of many", "completion": f"r{i}.", "score": 5 if i < 3 else 1} for i in range(60)]
    assert audit(rows).findings == []


def test_the_remedy_for_broken_encodings_leaves_full_width_signs_alone():
    import ftfy

    assert "fix_encoding" in REMEDIES["encoding"] and ftfy.fix_encoding("你好，世界！") == "你好，世界！"


# --- The report -------------------------------------------------------------------------------------------------------


@pytest.fixture
def mixed():
    texts = ["One two.", "One two.", "It was a cafÃ© then.", "", "Write to ada.byron@gmail.com for more."]
    return audit([{"prompt": f"Question {i if i > 1 else 0}?", "completion": t} for i, t in enumerate(texts)])


def test_only_certain_rows_go_unless_kinds_are_named(mixed):
    assert mixed.rows() == [0, 1, 2, 3, 4] and mixed.keep() == [0, 2, 4]
    assert mixed.keep(kinds=["encoding"]) == [0, 1, 3, 4] and mixed.keep(kinds=[]) == [0, 1, 2, 3, 4]
    assert mixed.keep(kinds="duplicate") == [0, 2, 3, 4]
    with pytest.raises(ValueError, match="no finding called 'typo'"):
        mixed.keep(kinds=["typo"])


def test_findings_go_to_a_file_row_by_row(mixed, tmp_path):
    count = mixed.to_jsonl(tmp_path / "findings.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "findings.jsonl").read_text(encoding="utf-8").splitlines()]
    assert count == len(lines) == 5 and [line["row"] for line in lines] == [0, 1, 2, 3, 4]
    assert [line["row"] for line in lines if line["drop"]] == [1, 3]
    assert all(line["kind"] in REMEDIES and line["severity"] in SEVERITIES and line["note"] for line in lines)


def test_the_report_as_plain_values_and_as_html(mixed):
    plain_values = json.loads(json.dumps(mixed.to_dict()))
    assert plain_values["rows"] == 5 and plain_values["kept"] == 3
    assert {f["kind"]: f["rows"] for f in plain_values["findings"]}["duplicate"] == 2
    assert mixed.to_html().count("<tr>") == 1 + len(mixed.findings)


# --- What was judged by hand ------------------------------------------------------------------------------------------


def test_the_page_says_what_the_record_of_verdicts_says():
    with open(ROOT / "tests" / "data" / "audit_judged.csv", newline="", encoding="utf-8") as file:
        verdicts = list(csv.DictReader(file))
    page = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    for kind in {verdict["check"] for verdict in verdicts}:
        of_kind = [verdict for verdict in verdicts if verdict["check"] == kind]
        right, sets = sum(v["verdict"] == "right" for v in of_kind), len({v["set"] for v in of_kind})
        assert kind in REMEDIES and len(of_kind) <= 20 and right / len(of_kind) >= 0.8
        row = f"| {kind} | {right} | {len(of_kind)} | {right / len(of_kind):.0%} | {sets} |"
        assert row in page, f"docs/audit.md should have the row {row}"
