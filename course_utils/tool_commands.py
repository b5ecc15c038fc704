"""What each tool does on the command line: reads its files, calls the tool, writes what is wanted.

A function here gets the options and returns what was found and the exit status. It judges nothing itself but that
status. Each tool is imported when it is asked for, so that ``diagnose`` needs no PyTorch.
"""

import argparse
import contextlib
import html
import json
import math
import os
import sys
from pathlib import Path

from .data import write_text
from .parse_rows import short
from .read_rows import Table, read_rows
from .write_rows import as_json, check_target, write_rows

# the columns that TRL trains on, in its forms
FORMS = (("messages",), ("conversations",), ("prompt", "completion"), ("text",), ("input_ids",))
SHAREGPT = {"conversations": "messages", "from": "role", "value": "content"}
FINE, SPOILT, WRONG, FAILED = 0, 1, 2, 3


class Pictures(dict):
    """Several results under their headings, shown and written like a single one."""

    def __str__(self) -> str:
        return "\n\n".join(f"{name}\n{one}" for name, one in self.items())

    def _repr_html_(self) -> str:
        return "".join(f"<h2>{html.escape(name)}</h2>{one._repr_html_()}" for name, one in self.items())

    def to_dict(self) -> dict[str, object]:
        return {name: one.to_dict() for name, one in self.items()}


# --- The tools ------------------------------------------------------------------------------------------------------


def audit(options: argparse.Namespace) -> tuple[object, int]:
    sources = [options.file, *([options.eval] if options.eval else [])]
    out = options.out and check_target(options.out, sources)
    findings = options.findings and check_target(options.findings, sources, (".jsonl",))
    if out and out == findings:
        raise ValueError(f"{out.name} can't hold the rows and the findings: give two names.")
    roles = _roles(options)
    tokenizer = options.tokenizer and load_tokenizer(options.tokenizer)
    table = read(options.file)
    test = read(options.eval).rows if options.eval else None
    from . import audit as auditing

    found = auditing.audit(
        table.rows, test=test, tokenizer=tokenizer, max_length=options.max_length if tokenizer else None,
        prompt=options.prompt, reply=options.reply, context=options.context, roles=roles or None,
    )  # fmt: skip
    kept = found.keep()
    if options.drop:
        kept = sorted(set(kept) & set(found.keep(options.drop)))
    if out:
        write_rows(out, table.select(kept))
        tell(f"{len(kept):,} of {len(table.rows):,} rows written to {out.name}")
    if findings:
        lines = {} if table.lines is None else dict(enumerate(table.lines))
        records = ({"line": lines.get(record["row"])} | record for record in found.records())
        write_text(findings, "".join(as_json(record) + "\n" for record in records))
    return found, SPOILT if any(finding.drop for finding in found.findings) else FINE


def xray(options: argparse.Namespace) -> tuple[object, int]:
    table = _named(read(options.file), options)
    numbers = options.row or range(min(options.rows, len(table.rows)))
    if outside := [number for number in numbers if not 0 <= number < len(table.rows)]:
        raise ValueError(f"{table.name} has no row {outside[0]}: it has {len(table.rows):,}, counted from 0.")
    tokenizer = load_tokenizer(options.tokenizer)
    from .xray import xray_rows

    pictures = Pictures(xray_rows(table.rows, tokenizer, numbers, max_length=options.max_length, **_settings(options)))
    untrained = any(not any(token.trained for token in picture.tokens) for picture in pictures.values())
    return pictures, SPOILT if untrained else FINE


def packing(options: argparse.Namespace) -> tuple[object, int]:
    table = _named(read(options.file), options)
    tokenizer = load_tokenizer(options.tokenizer)
    from .packing import packing_report

    sampled = options.sample is not None and options.sample < len(table.rows)
    report = packing_report(
        table.dataset(), tokenizer, options.max_length, options.batch_size,
        sample=options.sample if sampled else None, **_settings(options),
    )  # fmt: skip
    odd = len(report.notes) > sampled  # a sample is no fault of the data; a text that the template leaves out is
    return report, SPOILT if odd or any(row["lost"] for row in report.rows) else FINE


def diagnose(options: argparse.Namespace) -> tuple[object, int]:
    from . import diagnose as diagnosing

    found = diagnosing.diagnose(read_log(Path(options.file)), options.score or diagnosing.SCORES)
    harmless = (diagnosing.HEALTHY, diagnosing.STAIRCASE, diagnosing.CANT_TELL)
    return found, FINE if found.pattern in harmless else SPOILT


def card(options: argparse.Namespace) -> tuple[object, int]:
    state_file = state_of(Path(options.folder))
    out = check_target(options.out, [state_file, *options.data, options.grades], (".md",))
    state = _json_of(state_file)
    adapter_file = state_file.parent / "adapter_config.json"
    adapter = _json_of(adapter_file) if adapter_file.exists() else None
    rows = {Path(name).name: len(read(name).rows) for name in options.data}
    grades = _grades(read(options.grades))
    from .card import fill_card, parameters_of_state

    filled = fill_card(
        parameters_of_state(state, adapter), title=options.title, purpose=options.purpose,
        base_model=options.base_model, data=rows, test=options.test, grades=grades, limits=options.limit,
        license=options.license,
    )  # fmt: skip
    write_text(out, str(filled))
    return f"{out.name} written: {', '.join(grades)} on {len(next(iter(grades.values()))):,} rows.", FINE


def parity(options: argparse.Namespace) -> tuple[object, int]:
    probes = options.rows and asked_of(read(options.rows))
    from transformers.utils import logging

    from .parity import parity_report

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    names = [options.reference, *options.other]
    if len(set(names)) < len(names):
        raise ValueError("A side is named twice: give each folder, file or address once.")
    sides: dict[str, object] = dict(zip(names, names))
    with contextlib.ExitStack() as stack:
        if options.serve:
            from .serving import serve

            try:
                sides[f"{options.serve}, served"] = stack.enter_context(serve(options.serve))
            except RuntimeError as error:
                raise ValueError(str(error).splitlines()[0]) from None
        report = parity_report(sides, probes, options.new_tokens, options.model)
    return report, SPOILT if report.differences else FINE


def preflight(options: argparse.Namespace) -> tuple[object, int]:
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from . import preflight as looking

    rented = {name: getattr(options, name) for name in ("card", "devices", "tokens_per_second", "price_per_hour")}
    found = looking.preflight(options.file, **rented)
    return found, SPOILT if found.spoiled else FINE


def symptom(options: argparse.Namespace) -> tuple[object, int]:
    from .symptoms import search

    found = search(" ".join(options.text))
    return found, FINE if found else SPOILT


# --- What they share ------------------------------------------------------------------------------------------------


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def read(path: str) -> Table:
    table = read_rows(path)
    passed = f", {table.passed_over} rows without text passed over" if table.passed_over else ""
    tell(f"{table.name}: {len(table.rows):,} rows, {table.form}{passed}")
    return table


def asked_of(table: Table, short: int = 5) -> list[list[dict]]:
    """Chats up to a user's last turn, out of rows with messages or a prompt of messages: the first few, the longest."""
    chats = []
    for row in table.rows:
        turns = row.get("messages") or row.get("prompt")
        turns = [turn for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []
        last = max((i for i, turn in enumerate(turns) if turn.get("role") == "user"), default=None)
        if last is not None:
            chats.append(turns[: last + 1])
    if len(chats) < 2:
        raise ValueError(
            f"{table.name} has {len(chats)} chats with a user's turn: give rows with messages, two or more."
        )
    longest = max(chats, key=lambda chat: len(str(chat)))
    return [chat for chat in chats if chat is not longest][:short] + [longest]


def load_tokenizer(name: str):
    """A tokenizer from a folder or from the Hub. Raises ValueError in one sentence when there is none."""
    import datasets
    from transformers import AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    try:
        return AutoTokenizer.from_pretrained(name)
    except Exception as error:  # transformers, tokenizers, huggingface_hub and json all raise their own
        what = "its tokenizer can't be read" if Path(name).is_dir() else "no such folder, and the Hub didn't give it"
        raise ValueError(
            f"{short(name, 60)}: {what} ({type(error).__name__}): give a folder with tokenizer.json or a model's name."
        ) from None


def read_log(path: Path) -> list[object]:
    """The log of a run: a ``trainer_state.json``, a folder with one, or its entries as rows of any form."""
    from .diagnose import read_state

    if path.is_dir() or path.name == "trainer_state.json":
        return read_state(state_of(path))
    table = read_rows(path)
    if table.form == "JSON" and len(table.rows) == 1 and "log_history" in table.rows[0]:
        return read_state(path)
    if table.separator:
        return [{key: _number(cell) for key, cell in row.items() if cell.strip()} for row in table.rows]
    return list(table.rows)


def state_of(path: Path) -> Path:
    """The ``trainer_state.json`` that a path means: itself, the one in a folder, or that of its newest checkpoint."""
    if not path.is_dir() or (path / "trainer_state.json").exists():
        return path / "trainer_state.json" if path.is_dir() else path
    saved = [p for p in path.glob("checkpoint-*/trainer_state.json") if p.parent.name.split("-")[1].isdigit()]
    newest = max(saved, key=lambda p: int(p.parent.name.split("-")[1]), default=None)
    if newest is None:
        raise ValueError(f"{short(path, 100)} holds no trainer_state.json: call trainer.save_state() there.")
    tell(f"{newest.parent.name}/{newest.name}, the newest in {short(path.resolve().name, 60)}")
    return newest


def _json_of(path: Path) -> dict:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"There is no file {short(path, 120)}: give the folder of a finished run.") from None
    except ValueError as error:
        raise ValueError(f"{short(path.name, 60)} is not JSON ({short(error, 60)}): copy it again.") from None
    if not isinstance(found, dict):
        raise ValueError(f"{short(path.name, 60)} holds no object: give what the run saved.")
    return found


def _grades(table: Table) -> dict[str, list[float]]:
    """The columns that hold a number in each row: one grade a test row."""
    columns = {name: [_number(row.get(name)) for row in table.rows] for name in table.columns}
    grades = {
        name: [float(value) for value in values]
        for name, values in columns.items()
        if all(isinstance(value, int | float) and math.isfinite(value) for value in values)
    }
    if not grades:
        raise ValueError(f"{table.name} has no column with a number in each row: give one grade a test row, 0 to 1.")
    return grades


def _number(cell: object) -> object:
    """The number that the cell of a CSV spells; anything else as it is."""
    if not isinstance(cell, str):
        return cell
    try:
        return float(cell)
    except ValueError:
        return cell


def _pair(text: str, example: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise ValueError(f"{short(text, 60)!r} should be two words with = between them, as in {example}.")
    return name, value


def _settings(options: argparse.Namespace) -> dict[str, object]:
    """What ``--set name=value`` hands to SFTConfig: JSON where it is JSON, a text otherwise."""
    found = {}
    for text in options.set or []:
        name, value = _pair(text, "--set assistant_only_loss=true")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


def _roles(options: argparse.Namespace) -> dict[str, str]:
    return dict(_pair(role, "--role human=user") for role in options.role or [])


def _renamed(row: dict, roles: dict[str, str]) -> dict:
    """The row with the roles of its conversations renamed, and ShareGPT's names of keys as TRL's: from, value."""
    found = {}
    for column, turns in row.items():
        if isinstance(turns, list) and turns and all(isinstance(turn, dict) for turn in turns):
            column = SHAREGPT.get(column, column)
            turns = [{SHAREGPT.get(key, key): value for key, value in turn.items()} for turn in turns]
            for turn in turns:
                if "role" in turn:
                    turn["role"] = roles.get(turn["role"], turn["role"])
        found[column] = turns
    return found


def _named(table: Table, options: argparse.Namespace) -> Table:
    """The table with columns and roles called as TRL wants them, as ``--prompt``, ``--reply`` and ``--role`` say."""
    if roles := _roles(options):
        table = Table(table.name, table.form, [_renamed(row, roles) for row in table.rows], table.lines)
    if not (options.prompt or options.reply):
        known = any(set(form) <= set(table.columns) for form in FORMS)
        if not known and not any(one.startswith("dataset_text_field=") for one in options.set or []):
            has = short(", ".join(table.columns), 60)
            unknown = f"{table.name} has no columns that TRL knows (it has {has})"
            raise ValueError(f"{unknown}: name two with --prompt and --reply.")
        return table
    if not (options.prompt and options.reply):
        raise ValueError("Give both --prompt and --reply, or neither: TRL trains on prompt and completion together.")
    for name in (options.prompt, options.reply):
        if name not in table.columns:
            has = short(", ".join(table.columns), 80)
            raise ValueError(f"{table.name} has no column {short(name)!r}: it has {has}.")
    rows = [{"prompt": row.get(options.prompt), "completion": row.get(options.reply)} for row in table.rows]
    return Table(table.name, table.form, rows, table.lines)
