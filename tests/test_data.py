"""The data files, and what reading bad ones says."""

import errno
import json
import os

import pytest

from course_utils import data
from course_utils.evaluate import grade_support
from course_utils.generate import Reply
from scripts import make_data

HEADER = "category,name,features,colour,description\n"
ROW = 'Kitchen,Muva kettle,"whistling lid, wide rim",slate blue,Meet it.\n'


def write(tmp_path, content, name="mine.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_shipped_files_are_what_the_generator_makes():
    for name, text in make_data.files().items():
        assert (data.DATA / name).read_bytes() == text.encode(), f"{name} differs: run `make data`"


def test_no_test_product_stands_in_another_file():
    trained = {row["name"].split()[0] for row in data.read_products()} | {
        r["name"].split(" ")[0] for r in data.read_chats()
    }
    held_out = {row["name"].split()[0] for row in data.read_products(data.DATA / "products_test.csv")}
    asked = {r["messages"][0]["content"] for r in data.read_chats()}
    for name in ("chats_test.jsonl", "talks_test.jsonl"):
        held_out |= {r["name"].split()[0] for r in data.read_chats(data.DATA / name)}
        assert not asked & {r["messages"][0]["content"] for r in data.read_chats(data.DATA / name)}
    assert not trained & held_out


def test_later_turns_are_answered_about_the_product_that_only_the_first_names():
    talks = data.read_chats(task="talk").to_list()
    assert {len(row["messages"]) for row in talks} == {4, 6, 8}
    for row in talks:
        asked, replies = row["messages"][::2], row["messages"][1::2]
        assert all(row["name"] in reply["content"] for reply in replies)
        assert [row["name"] in turn["content"] for turn in asked] == [True] + [False] * (len(asked) - 1)
        for intent, reply in zip(row["intent"].split(", "), replies, strict=True):
            grade = grade_support(Reply(reply["content"], True, 0, 0), row | {"intent": intent})
            assert grade["strict"] == 1


def test_look_ups_call_the_tool_that_the_row_offers_and_answer_with_its_result():
    rows = data.read_chats(task="look-up").to_list()
    called = [row for row in rows if row["intent"] in ("price", "stock")]
    assert len(called) == 200 and all(len(row["messages"]) == 2 for row in rows if row not in called)
    for row in called:
        (tool,), (_, call, result, reply) = row["tools"], row["messages"]
        (function,) = (made["function"] for made in call["tool_calls"])
        assert function == {"name": "look_up", "arguments": {"product": row["name"], "column": row["intent"]}}
        parameters = tool["function"]["parameters"]["properties"]
        assert set(function["arguments"]) == set(parameters) and row["intent"] in parameters["column"]["enum"]
        assert json.loads(result["content"])[row["intent"]] in reply["content"]


def test_planted_defects_are_where_the_key_says():
    key = json.loads((data.DATA / "planted_defects.json").read_text())
    clean = make_data.make_products(3000, "train", 10)[:600]
    damaged, again = make_data.damage(clean, make_data.make_products(300, "test", 11), 12)
    assert key == again and len({p["row"] for p in key}) == len(key)
    assert {i for i, (a, b) in enumerate(zip(clean, damaged)) if a != b} == {p["row"] for p in key}
    assert len({p["defect"] for p in key}) >= 10


def test_csv_round_trip(tmp_path):
    rows = make_data.make_products(20, "train", 0)
    data.write_text(tmp_path / "a.csv", data.to_csv(rows))
    assert data.read_products(tmp_path / "a.csv").to_list() == rows


@pytest.mark.parametrize(
    "content, says",
    [
        ("", "mine.csv is empty: export it again"),
        (HEADER, "mine.csv has a header and no rows"),
        (
            HEADER.replace(",", ";") + "Kitchen;Muva kettle;wide rim;blue;Meet it.\n",
            "semicolons or tabs between its columns",
        ),
        ("category,name\nKitchen,Muva kettle\n", "no columns features, colour, description"),
        (HEADER + ROW + "Kitchen,Muva kettle,wide rim,slate blue,\n", "mine.csv, line 3: description is empty"),
        (HEADER + "Kitchen,Muva kettle,wide rim, whistling lid,blue,Meet it.\n", "line 2: more cells than columns"),
        (HEADER.encode() + "Küche,Muva,a,b,c\n".encode("latin-1"), "mine.csv is not UTF-8 \\(line 2\\)"),
        (b"PK\x03\x04 a workbook", "mine.csv is a workbook or another zip archive: export a sheet as CSV"),
        (
            HEADER.title() + ROW,
            "line 1: spell the columns category, name, features, colour, desc.* in small letters",
        ),
        ("colour," + HEADER + "blue," + ROW, "mine.csv has 2 columns named colour"),
        (HEADER + "Kitchen,Muva kettle\n", "line 2: only 2 of 5 cells"),
        (HEADER + 'Kitchen,"Muva kettle,wide rim\nKitchen,x",a,blue,Meet it.\n', "name holds a line break"),
    ],
)
def test_bad_csv_is_answered_in_a_sentence(tmp_path, content, says):
    with pytest.raises(ValueError, match=says):
        data.read_products(write(tmp_path, content))


def test_a_folder_is_no_csv_and_empty_rows_of_a_spreadsheet_are_passed_over(tmp_path):
    with pytest.raises(ValueError, match="is a folder: name the file in it"):
        data.read_products(tmp_path)
    assert len(data.read_products(write(tmp_path, HEADER + ROW + ",,,,\n"))) == 1


def test_csv_with_a_byte_order_mark_and_more_columns_is_read(tmp_path):
    path = write(
        tmp_path, b"\xef\xbb\xbf" + HEADER.replace("\n", ",price\n").encode() + ROW.replace("\n", ",3\n").encode()
    )
    assert data.read_products(path)[0]["price"] == "3"


def chat(*turns):
    return json.dumps({"messages": [{"role": role, "content": content} for role, content in turns]})


def calling(arguments):
    function = {"name": "look_up", "arguments": arguments}
    return {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": function}]}


CALL, RESULT = calling({"product": "Muva kettle"}), {"role": "tool", "name": "look_up", "content": '{"price": "9"}'}
REPLY = {"role": "assistant", "content": "It costs 9."}


def turns(*more):
    return json.dumps({"messages": [{"role": "user", "content": "How much is it?"}, *more]})


@pytest.mark.parametrize(
    "line, says",
    [
        ('{"messages": [', "line 2 is not JSON"),
        ('{"text": "hello"}', 'line 2: there is no list "messages"'),
        ("[1]", "line 2 is a list: write each row as an object"),
        (chat(("user", "hi"), ("bot", "hello")), "line 2, message 2: unknown role 'bot'"),
        (chat(("user", "hi"), ("assistant", " ")), "line 2, message 2: the content is empty"),
        (chat(("user", "hi")), "line 2: the chat ends without a reply"),
        (chat(("user", "hi"), ("tool", "9"), ("assistant", "9")), "line 2, message 2: no call comes before this tool"),
        (turns(CALL | {"role": "user"}, REPLY), "line 2, message 2: only the assistant calls tools"),
        (turns(CALL, RESULT, RESULT, REPLY), "line 2, message 4: no call comes before this tool"),
        (turns(CALL, RESULT), "line 2: the chat ends without a reply"),
        (turns(CALL, {"role": "tool", "content": ""}, REPLY), "line 2, message 3: the content is empty"),
        (turns(CALL | {"tool_calls": []}), "line 2, message 2: the content is empty"),
        (turns(CALL | {"tool_calls": ["look_up"]}, RESULT, REPLY), "line 2, message 2: tool_calls should be a list of"),
        (turns(CALL | {"tool_calls": CALL["tool_calls"][0]}, RESULT, REPLY), "tool_calls should be a list of"),
        (turns(calling("Muva kettle"), RESULT, REPLY), "the arguments of look_up are no JSON object"),
        (turns(calling('{"product": '), RESULT, REPLY), "the arguments of look_up are no JSON object"),
    ],
)
def test_bad_chats_are_answered_in_a_sentence(tmp_path, line, says):
    good = chat(("user", "hi"), ("assistant", "hello"))
    with pytest.raises(ValueError, match=says):
        data.read_chats(write(tmp_path, f"{good}\n{line}\n", "mine.jsonl"))


@pytest.mark.parametrize(
    "line",
    [
        turns(CALL, RESULT, REPLY),
        turns(calling('{"product": "Muva kettle"}'), RESULT, REPLY),
        turns(CALL | {"content": None}, RESULT, REPLY),
        turns(CALL | {"tool_calls": [CALL["tool_calls"][0]["function"]] * 2}, RESULT, RESULT, REPLY),
        turns(REPLY, {"role": "user", "content": "And the lid?"}, CALL, RESULT, REPLY | {"tool_calls": None}),
        turns(CALL),
    ],
)
def test_chats_with_tools_are_read(tmp_path, line):
    assert data.read_chats(write(tmp_path, line + "\n", "mine.jsonl")).to_list() == [json.loads(line)]


def test_unknown_task_lists_those_there():
    with pytest.raises(ValueError, match="it has extraction, general, look-up, support, talk"):
        data.read_chats(task="poetry")


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="check the name and the folder"):
        data.read_products(tmp_path / "nowhere.csv")


def test_a_full_disk_leaves_the_old_file_and_no_scraps(tmp_path, monkeypatch):
    path = write(tmp_path, "old")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="Could not write mine.csv to the folder .*No space left.*free some space"):
        data.write_text(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
