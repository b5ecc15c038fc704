"""`read_rows(path)` reads somebody's data file as rows, loses nothing, and says in a sentence what it can't read.

JSON, JSON Lines, CSV (with commas, semicolons, tabs or bars) and Parquet, also packed with gzip. What a file *holds*
decides and not its name. It knows nothing about training: whether rows have a prompt or a reply is for `audit` to say.
"""

import gzip
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .parse_rows import parse_csv, parse_json, short

if TYPE_CHECKING:
    import pyarrow
    from datasets import Dataset

# how a file begins that holds no text: what it is, and what to do
NOT_TEXT = {
    b"PK\x03\x04": ("a workbook or another zip archive", "export a sheet as CSV, or unpack the archive"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "export it as CSV, with commas and in UTF-8"),
    b"BZh91AY&SY": ("packed with bzip2", "unpack it first"),
    b"\xfd7zXZ": ("packed with xz", "unpack it first"),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", "unpack it first"),
    b"ARROW1": ("an Arrow file", "load it with datasets and save it by to_parquet"),
    b"SQLite format 3": ("a database", "export the table as CSV"),
    b"%PDF": ("a PDF", "give the file that its tables came from"),
    b"\x80\x04\x95": ("a pickle", "save its rows as JSON Lines"),
    b"version https://git-lfs": ("a Git LFS pointer and no data", "run git lfs pull to fetch what it points to"),
}
ENCODINGS = {b"\xff\xfe\x00\x00": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}  # byte-order marks


@dataclass(frozen=True)
class Table:
    """The rows of a file in their order, where each begins, and what kind of file it is.

    ``lines`` counts from 1; it is None for Parquet, which has no lines. ``separator`` is "" where the file is no CSV.
    ``passed_over`` counts the rows of a CSV without any text, which spreadsheets leave behind. ``arrow`` is what a
    Parquet file held, with its types.
    """

    name: str
    form: str
    rows: list[dict]
    lines: list[int] | None
    separator: str = ""
    passed_over: int = 0
    arrow: "pyarrow.Table | None" = None

    @property
    def columns(self) -> list[str]:
        """Every key that a row has, in the order in which they appear."""
        return list(dict.fromkeys(key for row in self.rows for key in row))

    def where(self, row: int) -> str:
        """Where a row (from 0) stands, to begin an error with: "mine.csv, line 7"."""
        return f"{self.name}, line {self.lines[row]}" if self.lines else f"{self.name}, row {row} (from 0)"

    def select(self, rows: Sequence[int]) -> "Table":
        """The table with these of its rows (from 0) alone."""
        lines = self.lines and [self.lines[i] for i in rows]
        arrow = None if self.arrow is None else self.arrow.take(list(rows))
        return replace(self, rows=[self.rows[i] for i in rows], lines=lines, arrow=arrow)

    def dataset(self) -> "Dataset":
        """The rows as a ``Dataset``. Columns of mixed types become datasets' `Json`, so that they stay as they were.

        Raises ValueError, naming the line, for what Arrow can't hold: half a character, a number beyond 64 bits.
        """
        from datasets import Dataset

        if self.arrow is not None:
            with suppress(ValueError, TypeError):  # datasets has no form for a map, which is a list in the rows
                return Dataset(self.arrow)
        columns, n = self.columns, len(self.rows)  # from_list would take the first row's columns and drop the others

        def attempt(names: list[str], n: int) -> Dataset | Exception:
            rows = [{name: row.get(name) for name in names} for row in self.rows[:n]]
            try:
                return Dataset.from_list(rows, on_mixed_types="use_json")
            except (ValueError, TypeError, OverflowError, NotImplementedError) as error:  # pyarrow's are among them
                return error

        made = attempt(columns, n)
        if isinstance(made, Dataset):
            return made
        column = next((c for c in columns if not isinstance(attempt([c], n), Dataset)), columns[0])
        low, high = 0, n  # the first `low` rows pass, the first `high` don't
        while high - low > 1:
            middle = (low + high) // 2
            tried = attempt([column], middle)
            low, high, made = (middle, high, made) if isinstance(tried, Dataset) else (low, middle, tried)
        wrong = "doesn't fit the rows before: give the column one type"
        if isinstance(made, UnicodeError):
            wrong = "holds half a character (a lone surrogate): write the whole character or delete it"
        elif isinstance(made, OverflowError):
            wrong = "holds a whole number beyond 64 bits: put it in quotation marks"
        raise ValueError(f"{self.where(high - 1)}: {short(column)!r} {wrong}.")


def read_rows(path: str | Path) -> Table:
    """The rows of a JSON, JSON Lines, CSV or Parquet file, or of one of these packed with gzip.

    The cells of a CSV are texts, nothing is converted. A JSON file may be a list of objects, an object with such a list
    under one key, or an object of columns.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file can't be read without losing something; one sentence names the line and the remedy.
    """
    path = Path(path)
    name = short(path.name, 60)
    raw = _bytes(path, name)
    if raw.startswith(b"PAR1"):
        return _parquet(raw, name)
    text = _text(raw, name)
    if text.lstrip()[0] in "{[":
        return Table(name, *parse_json(text, name))
    return Table(name, *parse_csv(text, name))


def _bytes(path: Path, name: str) -> bytes:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no file {short(path, 120)}: check the name and the folder.") from None
    except OSError as error:
        wrong = "is a folder: name the file in it" if path.is_dir() else f"can't be read ({error.strerror})"
        raise ValueError(f"{name} {wrong}.") from None
    if raw.startswith(b"\x1f\x8b"):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error):
            raise ValueError(f"{name} is packed with gzip and damaged: fetch it again.") from None
        if raw[257:262] == b"ustar":
            raise ValueError(f"{name} is an archive of files: unpack it and give one of them.")
    return raw


def _text(raw: bytes, name: str) -> str:
    for mark, (kind, remedy) in NOT_TEXT.items():
        if raw.startswith(mark):
            raise ValueError(f"{name} is {kind}: {remedy}.")
    encoding = next((known for mark, known in ENCODINGS.items() if raw.startswith(mark)), "utf-8-sig")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        kind = "UTF-8" if encoding == "utf-8-sig" else encoding.upper()
        raise ValueError(f"{name} is not {kind} (line {line}): save it again with the encoding UTF-8.") from None
    if not text.strip():
        raise ValueError(f"{name} is empty: export it again with at least one row.")
    if text.lstrip()[:14].lower().startswith(("<!doctype html", "<html")):
        raise ValueError(f"{name} is a web page: download the file itself and not the page that shows it.")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ValueError(f"{name}, line {line} holds a NUL byte, which no text has: export the file again as UTF-8.")
    return text


# --- Parquet --------------------------------------------------------------------------------------------------------


def _parquet(raw: bytes, name: str) -> Table:
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(pyarrow.BufferReader(raw)).read()
        rows = table.to_pylist()
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        why = short(error, 60)
        raise ValueError(f"{name} is Parquet that can't be read ({why}): fetch it again, or as JSON Lines.") from None
    if len(set(table.column_names)) < table.num_columns:
        raise ValueError(f"{name} has two columns of one name: rename one.")
    if not rows:
        raise ValueError(f"{name} holds no rows: export it again with at least one.")
    return Table(name, "Parquet", rows, None, arrow=table)
