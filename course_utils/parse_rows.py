"""Turns the text of a JSON, JSON Lines or CSV file into rows, and notes the line on which each begins.

`json` and `csv` do the parsing. pandas and datasets are faster, but they turn ``007`` into 7 and ``NA`` into nothing,
and they name no line. Nothing is lost here: what would be lost raises. It knows no file and no encoding (`read_rows`).
"""

import csv
import io
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SAMPLE = 50  # records that decide which separator a file has
LONG_NAME = 100  # characters: a "column name" longer than this is a text, so the file has no header
SPEAKER = {"role", "from", "speaker"}  # keys of a turn: a list of such objects is one conversation and no list of rows


def short(text: object, width: int = 30) -> str:
    """The text on one line of at most `width` characters, so that an error stays a sentence."""
    text = " ".join(str(text).split())
    return text if len(text) <= width else text[: width - 1] + "…"


# --- JSON -----------------------------------------------------------------------------------------------------------


def _object(pairs: list[tuple[str, object]]) -> dict:
    """json's objects as dicts; a key that stands twice raises, as `json` would drop the first value without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen = [key for key, _ in pairs]
        twice = next(key for key in seen if seen.count(key) > 1)
        raise ValueError(f"the key {short(twice)!r} stands twice in one object")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_object)


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return ": an object is nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f" is not JSON ({error.msg}, column {error.colno})"
    return f": {short(error, 80)}"


def parse_json(text: str, name: str) -> tuple[str, list[dict], list[int] | None]:
    """What kind of JSON the text of the file `name` is, its rows, and the lines on which they begin.

    A bare text in a list becomes a row with a "text", as `audit` takes it. The lines are None where one object holds
    all rows. Raises ValueError in a sentence that names the line.
    """
    first, _, rest = text.lstrip().partition("\n")
    try:
        alone = isinstance(_DECODER.decode(first), dict)
    except (ValueError, RecursionError):
        # no JSON by itself: the file is either pretty-printed or broken in its first line
        alone = rest.lstrip().startswith("{") and first.rstrip().endswith("}")
    if alone and rest.strip():
        rows, lines = _lines(text, name)
        return "JSON Lines", rows, lines
    rows, lines = [], []
    for number, value in _values(text, name):
        value = {"text": value} if isinstance(value, str) else value
        if not isinstance(value, dict):
            raise ValueError(f"{name}, line {number}: {_kind(value)} stands where a row should: give an object {{…}}.")
        rows.append(value)
        lines.append(number)
    if not rows:
        raise ValueError(f"{name} holds no rows: export it again with at least one.")
    inside = _rows_inside(rows[0]) if len(rows) == 1 else None
    if inside:
        return f"JSON, {inside[0]}", inside[1], None
    return "JSON", rows, lines


def _kind(value: object) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", dict: "an object", type(None): "null"}
    return kinds.get(type(value), "a number")


def _lines(text: str, name: str) -> tuple[list[dict], list[int]]:
    rows, lines = [], []
    for number, line in enumerate(text.split("\n"), 1):  # splitlines() would also split at U+2028 inside a text
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            row = _DECODER.decode(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{where}{_why(error)}: mend or delete the line.") from None
        if not isinstance(row, dict):
            raise ValueError(f"{where} is {_kind(row)}: write each row as an object {{…}}, or delete the line.")
        rows.append(row)
        lines.append(number)
    return rows, lines


def _values(text: str, name: str) -> Iterator[tuple[int, object]]:
    """The objects of a list, or those that follow each other, with the lines on which they begin."""
    at, line, counted = 0, 1, 0

    def skip(position: int, marks: str) -> int:
        while position < len(text) and text[position] in marks:
            position += 1
        return position

    at = skip(0, " \t\r\n")
    listed = text[at] == "["
    at = skip(at + 1, " \t\r\n") if listed else at
    while at < len(text) and not (listed and text[at] == "]"):
        line, counted = line + text.count("\n", counted, at), at
        try:
            value, at = _DECODER.raw_decode(text, at)
            at = skip(at, " \t\r\n")
            if listed and text[at : at + 1] not in (",", "]"):
                raise json.JSONDecodeError("Expecting ',' or ']'", text, at)
        except (ValueError, RecursionError) as error:
            number = error.lineno if isinstance(error, json.JSONDecodeError) else line
            raise ValueError(f"{name}, line {number}{_why(error)}: mend or export it again.") from None
        yield line, value
        at = skip(at + 1, " \t\r\n") if listed and text[at] == "," else at
    if listed and text[at + 1 :].strip():
        number = text.count("\n", 0, at) + 1
        raise ValueError(f"{name}, line {number}: more follows after the list: write one list, or an object a line.")


def _rows_inside(value: dict) -> tuple[str, list[dict]] | None:
    """The rows that one object holds, and how: as a list under a key, or as columns. None where it is itself a row."""
    lists = {k: v for k, v in value.items() if isinstance(v, list) and v and all(isinstance(one, dict) for one in v)}
    if any(SPEAKER & set(one) for found in lists.values() for one in found):
        return None
    if len(lists) == 1:
        ((key, rows),) = lists.items()
        return f"the list under {short(key)!r}", rows
    # as Dataset.to_dict writes them, or pandas' to_json: {"0": …, "1": …}
    columns = [[*v.values()] if isinstance(v, dict) and all(k.isdigit() for k in v) else v for v in value.values()]
    if all(isinstance(column, list) for column in columns) and len({len(column) for column in columns}) == 1:
        return "columns", [dict(zip(value, cells)) for cells in zip(*columns)]
    return None


# --- CSV ------------------------------------------------------------------------------------------------------------


@contextmanager
def _long_cells() -> Iterator[None]:
    """csv refuses cells above 131,072 characters unless told otherwise; its limit is one for the whole process."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _separator(text: str) -> str:
    """The separator with which the first records have as many cells as the header; a comma for a single column."""
    best, found = (0.0, 0), ","
    for separator in SEPARATORS:
        reader = csv.reader(io.StringIO(text[:1_000_000], newline=""), delimiter=separator)
        widths = [len(record) for record in islice(reader, SAMPLE) if record]
        alike = sum(width == widths[0] for width in widths) / len(widths)
        if widths[0] > 1 and (alike, widths[0]) > best:
            best, found = (alike, widths[0]), separator
    return found


def _marks_are_text(text: str, separator: str) -> bool:
    """Whether quotation marks belong to the cells, as in many files with tabs, where they need no quoting.

    So it is when each line has as many cells as the others, and the marks of one break CSV's rules.
    """
    lines = [line for line in text.split("\n") if line.strip("\r")]
    if separator != "\t" or '"' not in text or len({line.count("\t") for line in lines}) > 1:
        return False
    for line in lines:
        try:
            next(csv.reader([line], delimiter="\t", strict=True))
        except csv.Error:
            return True
    return False


def parse_csv(text: str, name: str) -> tuple[str, list[dict], list[int], str, int]:
    """What kind of CSV this is, its rows, their lines, the separator, and how many rows without text were passed over.

    Raises ValueError in a sentence that names the line.
    """
    with _long_cells():
        sep = text.partition("\n")[0].rstrip("\r").lower()
        told = sep.startswith("sep=") and len(sep) == 5  # Excel writes and reads such a first line
        body = text.partition("\n")[2] if told else text
        separator = sep[4] if told else _separator(body)
        quoting = csv.QUOTE_NONE if _marks_are_text(body, separator) else csv.QUOTE_MINIMAL
        records = _records(body, name, int(told), delimiter=separator, quoting=quoting)
        first, titles = next((r for r in records if any(cell.strip() for cell in r[1])), (1, [sep]))
        head = _header(titles, name, first)
        rows, lines, empty = [], [], 0
        for line, record in records:
            where = f"{name}, line {line}"
            if len(record) > 1 and not any(cell.strip() for cell in record):
                empty += 1
                continue
            if record == titles:
                raise ValueError(f"{where} repeats the header: delete the line.")
            if len(record) > len(head):
                sign = SEPARATORS.get(separator, "separators")
                raise ValueError(f"{where}: more cells than columns: put quotation marks around a cell with {sign}.")
            if len(record) < len(head):
                raise ValueError(f"{where}: only {len(record)} of {len(head)} cells: add the missing ones.")
            rows.append(dict(zip(head, record)))
            lines.append(line)
    if not rows:
        raise ValueError(f"{name} has a header and no rows: add at least one row.")
    form = f"CSV with {SEPARATORS.get(separator, repr(separator))}" if len(head) > 1 else "CSV with one column"
    return form, rows, lines, separator, empty


def _records(text: str, name: str, skipped: int, **dialect: object) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV that aren't blank, with the lines on which they begin, after `skipped` lines."""
    # strict, as csv would otherwise drop quotation marks and close one that is left open at the end of the file
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, **dialect)
    while True:
        begins = reader.line_num + 1 + skipped
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error):
                wrong = "a quotation mark in this row is never closed: close it, or double it if it belongs to the text"
            else:
                wrong = "a quotation mark is not closed, or stands undoubled inside a quoted cell: mend it in this row"
            raise ValueError(f"{name}, line {begins}: {wrong}.") from None
        if record:
            yield begins, record


def _header(head: list[str], name: str, line: int) -> list[str]:
    """The names of the columns; an empty one, as pandas writes for its index, is called by its number.

    A number is no name, nor is a long text; only 0, 1, 2 … are, which pandas writes where there are no names.
    """
    head = [cell if cell.strip() else f"column {number}" for number, cell in enumerate(head, 1)]
    counted = {tuple(map(str, range(first, first + len(head)))) for first in (0, 1)}
    numbers = any(map(_is_number, head)) and tuple(head) not in counted
    if numbers or any(len(cell) > LONG_NAME or "\n" in cell for cell in head):
        raise ValueError(f"{name}, line {line} holds a row and no header: name the columns in a first line.")
    if doubled := [cell for cell in head if head.count(cell) > 1]:
        count, cell = head.count(doubled[0]), short(doubled[0])
        raise ValueError(f"{name} has {count} columns named {cell}: rename all but one in the first line.")
    return head


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
