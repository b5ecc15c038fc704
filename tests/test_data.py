"""The data files, and what reading bad ones says."""

import errno
import json
import os

import pytest

from course_utils import data
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
    held_out |= {r["name"].split()[0] for r in data.read_chats(data.DATA / "chats_test.jsonl")}
    assert not trained & held_out
    assert not {r["messages"][0]["content"] for r in data.read_chats()} & {
        r["messages"][0]["content"] for r in data.read_chats(data.DATA / "chats_test.jsonl")
    }


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


@pytest.mark.parametrize(
    "line, says",
    [
        ('{"messages": [', "line 2 is not JSON"),
        ('{"text": "hello"}', 'line 2: there is no list "messages"'),
        ("[1]", "line 2 is a list: write each row as an object"),
        (chat(("user", "hi"), ("bot", "hello")), "line 2, message 2: unknown role 'bot'"),
        (chat(("user", "hi"), ("assistant", " ")), "line 2, message 2: the content is empty"),
        (chat(("user", "hi")), "line 2: the chat ends without a reply"),
    ],
)
def test_bad_chats_are_answered_in_a_sentence(tmp_path, line, says):
    good = chat(("user", "hi"), ("assistant", "hello"))
    with pytest.raises(ValueError, match=says):
        data.read_chats(write(tmp_path, f"{good}\n{line}\n", "mine.jsonl"))


def test_unknown_task_lists_those_there():
    with pytest.raises(ValueError, match="it has extraction, general, support"):
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
