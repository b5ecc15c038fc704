"""Writes the rows of a `Table` to a file, whole or not at all, and refuses what the file would lose.

The name's end decides: .jsonl, .json, .csv or .parquet. It knows nothing of what the rows are for.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from .data import write_bytes
from .parse_rows import short
from .read_rows import Table

ENDINGS = (".jsonl", ".json", ".csv", ".parquet")


def check_target(path: str | Path, sources: Iterable[str | Path], endings: Sequence[str] = ENDINGS) -> Path:
    """The path to write to. Raises ValueError when its ending is unknown, or when it is one of the files to be read."""
    path = Path(path)
    name = short(path.name, 60)
    if path.suffix.lower() not in endings:
        raise ValueError(f"{name} should end in {' or '.join(endings)}: that says what to write.")
    if path.exists() and any(Path(source).exists() and path.samefile(source) for source in sources):
        raise ValueError(f"{name} is the file to be read, and would be overwritten: give another name.")
    if not path.parent.is_dir():
        raise ValueError(f"There is no folder {short(path.parent, 100)} to write {name} to: make it first.")
    return path


def write_rows(path: Path, table: Table) -> None:
    """Write every row of the table. Raises ValueError for what the form can't hold, OSError when the disk refuses."""
    ending = path.suffix.lower()
    if ending == ".parquet":
        write_bytes(path, _parquet(table))
    elif ending == ".csv":
        write_bytes(path, _csv(table).encode())
    else:
        lines = [as_json(row, table.where(i)) for i, row in enumerate(table.rows)]
        text = "[\n" + ",\n".join(lines) + "\n]\n" if ending == ".json" else "".join(f"{line}\n" for line in lines)
        write_bytes(path, text.encode())


def as_json(row: dict, where: str = "The row") -> str:
    """One row as one line. Half characters, which no encoding has, are written as JSON's escapes."""
    try:
        line = json.dumps(row, ensure_ascii=False)
    except (TypeError, ValueError):
        odd = next(key for key, value in row.items() if not _fits_json(value))
        raise ValueError(f"{where}: {short(odd)!r} holds what JSON has no form for: write .parquet.") from None
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(row)
    return line


def _fits_json(value: object) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def _csv(table: Table) -> str:
    columns = table.columns
    for i, row in enumerate(table.rows):
        for column in columns:
            if not isinstance(row.get(column), str):
                raise ValueError(
                    f"{table.where(i)}: {short(column)!r} is no text, and a CSV holds texts: write .jsonl."
                )
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table.rows)
    return out.getvalue()


def _parquet(table: Table) -> bytes:
    out = io.BytesIO()
    if table.arrow is None:
        table.dataset().to_parquet(out)
    else:
        from pyarrow import parquet

        parquet.write_table(table.arrow, out)
    return out.getvalue()
