"""Files in every odd form: what is read is all there, and what is refused is refused in one sentence."""

import csv
import gzip
import io
import json
import math

import pyarrow
import pytest
from pyarrow import parquet

from course_utils import data
from course_utils.read_rows import read_rows

TWO = [{"prompt": "Hello", "reply": "Hi, you"}, {"prompt": "007", "reply": "NA"}]
COMMAS = 'prompt,reply\nHello,"Hi, you"\n007,NA\n'
LINES = "".join(json.dumps(row) + "\n" for row in TWO)
BARS = "prompt{0}reply\nHello{0}Hi, you\n007{0}NA\n"
HEADER = "category,name,features,colour,description\n"
ROW = "Kitchen,Muva kettle,wide rim,slate blue,Meet it.\n"
CHAT = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]}


def parquet_of(rows, names=None):
    table, out = pyarrow.Table.from_pylist(rows), io.BytesIO()
    parquet.write_table(table.rename_columns(names) if names else table, out)
    return out.getvalue()


def write(tmp_path, content, name="mine.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(tmp_path, content, reader=read_rows, name="mine.csv"):
    """What the reader says; that it is one short sentence is checked here, also for a file with a very long name."""
    said = []
    for given in (name, "x" * 200 + name[-4:]):
        with pytest.raises(ValueError) as caught:
            reader(write(tmp_path, content, given))
        said.append(str(caught.value))
        assert len(said[-1]) <= 200 and said[-1].endswith(".") and "\n" not in said[-1], said[-1]
    return said[0]


def packed(text: str) -> bytes:
    """The text as gzip packs it, without the hour: it names a test, and each process has to give the same name."""
    return gzip.compress(text.encode(), mtime=0)


@pytest.mark.parametrize(
    "content, form",
    [
        (COMMAS, "CSV with commas"),
        (COMMAS.replace("\n", "\r\n"), "CSV with commas"),
        (COMMAS.replace("\n", "\r"), "CSV with commas"),
        (b"\xef\xbb\xbf" + COMMAS.encode(), "CSV with commas"),
        (COMMAS.encode("utf-16"), "CSV with commas"),
        (COMMAS.encode("utf-32"), "CSV with commas"),
        (packed(COMMAS), "CSV with commas"),
        (BARS.format(";"), "CSV with semicolons"),
        (BARS.format("\t"), "CSV with tabs"),
        (BARS.format("|"), "CSV with bars"),
        ("sep=,\n" + COMMAS, "CSV with commas"),
        ("sep=;\r\n" + BARS.format(";"), "CSV with semicolons"),
        ("sep=\t\n" + BARS.format("\t"), "CSV with tabs"),
        ("\n" + COMMAS + "\n,\n", "CSV with commas"),
        (LINES, "JSON Lines"),
        (LINES.replace("\n", "\r\n\r\n"), "JSON Lines"),
        (packed(LINES), "JSON Lines"),
        (json.dumps(TWO), "JSON"),
        (json.dumps(TWO, indent=2), "JSON"),
        ("\n".join(json.dumps(row, indent=2) for row in TWO), "JSON"),
        (json.dumps({"version": 1, "data": TWO}), "JSON, the list under 'data'"),
        (json.dumps({"prompt": ["Hello", "007"], "reply": ["Hi, you", "NA"]}), "JSON, columns"),
        (
            json.dumps({"prompt": {"0": "Hello", "1": "007"}, "reply": {"0": "Hi, you", "1": "NA"}}, indent=1),
            "JSON, columns",
        ),
        (parquet_of(TWO), "Parquet"),
    ],
)
def test_two_rows_come_out_of_every_form(tmp_path, content, form):
    table = read_rows(write(tmp_path, content))
    assert (table.rows, table.form) == (TWO, form)
    assert table.dataset().to_list() == TWO


@pytest.mark.parametrize(
    "content, says",
    [
        ("", "mine.csv is empty"),
        (" \n\n", "mine.csv is empty"),
        ("[]", "holds no rows"),
        ("a,b\n", "has a header and no rows"),
        (b"PK\x03\x04 a workbook", "is a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1 a workbook", "is an old Excel workbook"),
        (b"BZh91AY&SY", "packed with bzip2: unpack it"),
        (packed(COMMAS)[:-9], "packed with gzip and damaged"),
        (packed("x" * 257 + "ustar" + "y" * 300), "an archive of files"),
        ("sep=,", "has a header and no rows"),
        ("5.0\tone\ttwo\n4.0\tthree\tfour\n", "line 1 holds a row and no header"),
        ("1.5,2,2\n3,4,5\n3,4,5\n", "line 1 holds a row and no header"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a Git LFS pointer"),
        ("\n<!doctype HTML>\n<p>Sign in</p>", "is a web page"),
        (parquet_of(TWO)[:-20], "is Parquet that can't be read"),
        (parquet_of([{"a": 1, "b": 2}], ["a", "a"]), "two columns of one name"),
        ("prompt,reply\nhi,Grüße\n".encode("cp1252"), "is not UTF-8 (line 2)"),
        (COMMAS.encode("utf-16")[:-1], "is not UTF-16"),
        ("prompt,reply\nhi,a\0b\n", "line 2 holds a NUL byte"),
        (COMMAS.encode("utf-16-le"), "line 1 holds a NUL byte"),
        (COMMAS + COMMAS, "line 4 repeats the header: delete the line"),
        ("a,b,a\n1,2,3\n", "2 columns named a"),
        ("a,b\n1,2\n1,2,3\n", "line 3: more cells than columns: put quotation marks around a cell with commas"),
        ("a|b\n1|2\n1\n", "line 3: only 1 of 2 cells"),
        ('a,b\n1,2\n3,"4\n5,6\n' + "7,8\n" * 100_000, "line 3: a quotation mark in this row is never closed"),
        (
            'a,b\n1,"he said "hi" to me"\n',
            "line 2: a quotation mark is not closed, or stands undoubled inside a quoted cell: mend it in this row",
        ),
        ('a,b\n"x\ny",1\n"p\nq" r,2\n', "line 4: a quotation mark is not closed, or stands undoubled"),
        ("x" * 120 + ",y\nz,w\n", "line 1 holds a row and no header"),
        (LINES + '{"prompt": "cut\n', "line 3 is not JSON (Unterminated string starting at, column 12)"),
        ('{"a": 1,}\n' + LINES, "line 1 is not JSON"),
        (LINES + "[1, 2]\n", "line 3 is a list"),
        (LINES + '{"a": 1, "b": {"c": 1, "c": 2}}\n', "line 3: the key 'c' stands twice in one object: mend or"),
        (LINES + '{"a": ' + "[" * 100_000 + "\n", "line 3: an object is nested too deeply"),
        (LINES + '{"a": ' + "1" * 5000 + "}\n", "line 3: Exceeds the limit"),
        ('[\n{"a": 1},\n{"a": 2}\n{"a": 3}]', "line 4 is not JSON (Expecting ',' or ']'"),
        ('[\n{"a": 1},\n{"a": 2}', "line 3 is not JSON"),
        ('[\n{"a": 1},\n["b"]]', "line 3: a list stands where a row should"),
        ('[{"a": 1}]\n[{"a": 2}]', "line 1: more follows after the list"),
    ],
)
def test_what_is_refused_is_refused_in_a_sentence(tmp_path, content, says):
    assert says in refused(tmp_path, content)


def test_long_cells_odd_characters_and_line_breaks_stay(tmp_path):
    row = {"a": "x" * 200_000, "b": 'two\r\nlines, "quoted"', "c": "\u2028\x85\x1e 😀\t| é"}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(row))
    writer.writeheader()
    writer.writerow(row)
    limit = csv.field_size_limit()
    assert read_rows(write(tmp_path, out.getvalue())).rows == [row]
    assert csv.field_size_limit() == limit
    line = json.dumps(row, ensure_ascii=False) + "\n"
    table = read_rows(write(tmp_path, line * 3))
    assert table.rows == [row] * 3 and table.lines == [1, 2, 3]


def test_a_row_knows_its_line(tmp_path):
    table = read_rows(write(tmp_path, 'sep=,\na,b\n"1\n1",2\n\n3,4\n,\n5,6\n'))
    assert table.lines == [3, 6, 8] and table.where(1) == "mine.csv, line 6" and table.passed_over == 1
    assert read_rows(write(tmp_path, json.dumps(TWO, indent=1))).lines == [2, 6]
    assert read_rows(write(tmp_path, parquet_of(TWO))).where(1) == "mine.csv, row 1 (from 0)"


def test_one_conversation_is_a_row_and_no_list_of_rows(tmp_path):
    assert read_rows(write(tmp_path, json.dumps(CHAT, indent=1))).rows == [CHAT]
    pair = {"prompt": [CHAT["messages"][0]], "completion": [CHAT["messages"][1]]}
    assert read_rows(write(tmp_path, json.dumps(pair))).rows == [pair]


def test_quotation_marks_of_a_file_with_tabs_may_be_text(tmp_path):
    rows = [{"a": '"Well," he said', "b": "1"}, {"a": '"', "b": '"open'}]
    text = "a\tb\n" + "".join("\t".join(row.values()) + "\n" for row in rows)
    assert read_rows(write(tmp_path, text)).rows == rows
    quoted = read_rows(write(tmp_path, 'a\tb\n"x ""y""\tz"\t2\n"two\nlines"\t3\n'))
    assert quoted.rows == [{"a": 'x "y"\tz', "b": "2"}, {"a": "two\nlines", "b": "3"}]


def test_bare_texts_become_rows(tmp_path):
    assert read_rows(write(tmp_path, '["one",\n"two"]')).rows == [{"text": "one"}, {"text": "two"}]


def test_an_index_column_without_a_name_is_kept(tmp_path):
    assert read_rows(write(tmp_path, ",text\n0,hi\n")).rows == [{"column 1": "0", "text": "hi"}]
    assert read_rows(write(tmp_path, "0,1\nhi,you\n")).rows == [{"0": "hi", "1": "you"}]


def test_a_dataset_keeps_mixed_types_and_columns_that_the_first_row_lacks(tmp_path):
    rows = [{"id": 1, "meta": {"a": 1}}, {"id": "x", "meta": {"b": "2"}, "late": True}]
    made = read_rows(write(tmp_path, "".join(json.dumps(row) + "\n" for row in rows))).dataset().to_list()
    assert made == [rows[0] | {"late": None}, rows[1]]


@pytest.mark.parametrize(
    "value, says",
    [
        ("\ud83d", "line 4: 'a' holds half a character (a lone surrogate)"),
        (["nested \ud83d"], "line 4: 'a' holds half a character (a lone surrogate)"),
        (10**30, "line 4: 'a' holds a whole number beyond 64 bits: put it in quotation marks"),
    ],
)
def test_what_a_dataset_cannot_hold_is_named_with_its_line(tmp_path, value, says):
    rows = [{"b": i, "a": None} for i in range(3)] + [{"b": 3, "a": value}] + [{"b": 4, "a": None}] * 3
    text = "".join(json.dumps(row) + "\n" for row in rows)
    assert read_rows(write(tmp_path, text)).rows == rows
    assert says in refused(tmp_path, text, lambda path: read_rows(path).dataset())


def test_odd_numbers_of_json_stay(tmp_path):
    ((row,)) = read_rows(write(tmp_path, '{"a": NaN, "b": -Infinity, "c": 1e400, "d": 0.1}\n')).rows
    assert math.isnan(row["a"]) and row["b"] == -math.inf and row["d"] == 0.1


# --- The course's own forms, read by `data` -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content, says",
    [
        (json.dumps(TWO), "mine.csv holds JSON and no CSV: save its rows as CSV"),
        (HEADER.replace(",", "|") + "a|b|c|d|e\n", "has bars between its columns: export it again with commas"),
        (HEADER.replace("category", "Category").replace("colour", "Color ") + ROW,
         "line 1: rename 'Category' to category and 'Color ' to colour."),
        (ROW + ROW.replace("Muva", "Falu"), "line 1 has none of the columns category, name, features, colour"),
        (HEADER + ROW + ROW.replace("Meet it.", "N/A"), "line 3: description says 'N/A', which is no text"),
        (HEADER + ROW + ROW.replace("slate blue", "#REF!"), "line 3: colour says '#REF!', which is no text"),
        (HEADER + ROW + HEADER, "line 3 repeats the header"),
        (HEADER + ROW.replace("Meet", "Me\0et"), "line 2 holds a NUL byte"),
        (HEADER + ROW + ROW.replace("Meet it.", '"Meet it.') + ROW * 10_000, "line 3: a quotation mark in this row"),
        ("x,y,z," * 40 + "category\n" + "1," * 120 + "2\n", "columns named x"),
        (",".join(f"column_{i}" for i in range(60)) + ",name\n" + "1," * 60 + "2\n", "no columns category, feat"),
    ],
)  # fmt: skip
def test_products_are_refused_in_a_sentence(tmp_path, content, says):
    assert says in refused(tmp_path, content, data.read_products)


def test_products_in_other_clothes_are_read(tmp_path):
    plain = data.read_products(write(tmp_path, HEADER + ROW)).to_list()
    for content in ("sep=,\n" + HEADER + ROW, (HEADER + ROW).encode("utf-16"), gzip.compress((HEADER + ROW).encode())):
        assert data.read_products(write(tmp_path, content)).to_list() == plain


def test_chats_keep_their_odd_line_separators_and_name_what_they_refuse(tmp_path):
    odd = {"messages": [CHAT["messages"][0], {"role": "assistant", "content": "one\u2028two\x85three"}]}
    text = json.dumps(odd, ensure_ascii=False) + "\n" + json.dumps(CHAT) + "\n"
    assert data.read_chats(write(tmp_path, text)).to_list() == [odd, CHAT]
    half = {"messages": [CHAT["messages"][0], {"role": "assistant", "content": "\ud83d"}]}
    text += json.dumps(half) + "\n"
    assert "line 3: 'messages' holds half a character" in refused(tmp_path, text, data.read_chats)
    rude = json.dumps({"messages": [{"role": "r" * 500, "content": "x"}]})
    assert "line 1, message 1: unknown role" in refused(tmp_path, rude, data.read_chats)


def test_a_stock_list_without_its_columns_is_refused(tmp_path):
    assert "no column shelf" in refused(tmp_path, "product,price,stock,delivery\na,b,c,d\n", data.read_stock)
