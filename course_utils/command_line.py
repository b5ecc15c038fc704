"""The command line of the tools: ``python -m course_utils TOOL …``, or ``sft-tools TOOL …`` once it is installed.

It holds the options, prints what a tool has found, and turns errors into one sentence. `commands` does the work;
`docs/tools.md` shows every command.
"""

import argparse
import html
import json
import logging
import math
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

from . import tool_commands
from .data import write_text
from .write_rows import ENDINGS, check_target

STATUSES = """
exit status:
  0  nothing that spoils a training was found
  1  something was found: rows that are certain to be bad, a sick run, rows without a trained token, no answer
  2  the request or a file is wrong; one sentence on the error output says what to do
  3  the tool itself failed: a mistake of ours
"""
FILES = "JSON, JSON Lines, CSV (with commas, semicolons, tabs or bars) or Parquet, also packed with gzip"
TOKENIZER = "--tokenizer DIR_OR_ID"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body {{ font-family: sans-serif; margin: 2em; line-height: 1.5; color-scheme: light dark }}
td, th {{ padding: 0.2em 0.8em 0.2em 0 }}</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""


# --- What is shown ---------------------------------------------------------------------------------------------------


def plain(value: object) -> object:
    """The value as JSON has it: no NaN and no infinity, which most readers of JSON refuse."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def show(result: object, status: int, options: argparse.Namespace) -> None:
    """Print what was found, as text or as JSON, and write it as a page where one is wanted."""
    if options.html:
        about = f"{options.tool}: {Path(options.file).name}" if "file" in options else options.tool
        write_text(options.html, PAGE.format(title=html.escape(about), body=result._repr_html_()))
        tool_commands.tell(f"{Path(options.html).name} written")
    if options.json:
        print(json.dumps({"tool": options.tool, "status": status} | plain(result.to_dict())))
    else:
        print(result)


# --- The options ----------------------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """All tools and their options; the help is meant to be read like a page."""
    whole = argparse.ArgumentParser(
        prog="python -m course_utils" if Path(sys.argv[0]).name == "__main__.py" else "sft-tools",
        description="Tools for supervised fine-tuning: what spoils a data set, what the model gets, what packing would "
        "buy, what a training log shows, whether a served model is the trained one.",
        epilog=STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    tools = whole.add_subparsers(dest="tool", metavar="TOOL", required=True)

    def tool(run: Callable, does: str, takes: str, example: str, page: bool = True) -> Callable:
        one = tools.add_parser(
            run.__name__,
            usage=f"%(prog)s {takes}",  # argparse's own breaks its lines in each version of Python in another way
            help=does,
            description=f"{does[0].upper()}{does[1:]}.",
            epilog=f"example:\n  %(prog)s {example}\n{STATUSES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.set_defaults(run=run, html=None, json=False)
        if page:
            one.add_argument("--json", action="store_true", help="print JSON for a script, not text")
            one.add_argument("--html", metavar="FILE", help="write a page with tables and colours to this file as well")
        return one.add_argument

    add = tool(
        tool_commands.audit, "say what spoils a data set, row by row", "FILE [options]", "train.jsonl --out clean.jsonl"
    )
    add("file", metavar="FILE", help=FILES)
    add("--out", metavar="FILE", help=f"write the rows to keep to this file ({', '.join(ENDINGS)})")
    add("--findings", metavar="FILE", help="write the findings to this file, one JSON object a row")
    drop = "for --out: drop every row with this kind of finding too, however sure; may be repeated"
    add("--drop", action="append", metavar="KIND", help=drop)
    add("--eval", metavar="FILE", help="the rows you will measure on, to find leaks")
    add("--prompt", metavar="COLUMN", help="the column that holds the prompt")
    add("--reply", metavar="COLUMN", help="the column that holds the reply")
    add("--context", metavar="COLUMN", help="a column that belongs to the prompt")
    add("--role", action="append", metavar="NAME=ROLE", help="what a role is, as in human=user")
    add("--tokenizer", metavar="DIR_OR_ID", help="your model's, to find rows that are too long")
    add("--max-length", type=count, default=1024, metavar="N", help="the longest row in tokens (1024)")

    add = tool(
        tool_commands.xray,
        "show what the model gets, token by token",
        f"FILE {TOKENIZER} [options]",
        "train.jsonl --tokenizer my-model",
    )
    _rows_for_trl(add)
    add("--rows", type=count, default=3, metavar="N", help="how many rows, from the first on (3)")
    add("--row", type=int, action="append", metavar="I", help="this row, counted from 0; may be repeated")

    add = tool(
        tool_commands.packing,
        "say what packing would buy",
        f"FILE {TOKENIZER} [options]",
        "train.jsonl --tokenizer my-model --max-length 2048",
    )
    _rows_for_trl(add)
    add("--batch-size", type=count, default=8, metavar="N", help="rows or packs in a step (8)")
    add(
        "--sample",
        type=count,
        metavar="N",
        help="look at this many rows drawn at random, where all would take too long",
    )

    add = tool(
        tool_commands.preflight,
        "say what would spoil a job before it runs",
        "JOB [options]",
        "job.yaml --card 'RTX 4090' --tokens-per-second 6000 --price-per-hour 0.5",
    )
    add("file", metavar="JOB", help="the YAML file that trl sft --config reads; run it in the same folder")
    add("--card", metavar="CARD", help="the card by its name, or its memory in GB")
    add("--devices", type=count, metavar="N", help="how many of them (num_processes of the job, or 1)")
    add("--tokens-per-second", type=float, metavar="N", help="what the run does, all cards together")
    add("--price-per-hour", type=float, metavar="P", help="what one card costs")

    add = tool(tool_commands.diagnose, "say what a training log shows", "FILE [options]", "outputs/checkpoint-500")
    add("file", metavar="FILE", help="a trainer_state.json, a folder with one, or the entries of a log")
    add("--score", action="append", metavar="KEY", help="a logged share of good answers, such as eval_f1")

    takes = (
        "FOLDER --out FILE --title TITLE --purpose PURPOSE --base-model NAME\n"
        "       --data FILE --test TEXT --grades FILE --limit TEXT [--license ID]"
    )
    example = "outputs --out README.md --title …"
    add = tool(tool_commands.card, "write a model card from a finished run", takes, example, page=False)
    add("folder", metavar="FOLDER", help="what the run saved: a trainer_state.json or its folder")
    add("--out", required=True, metavar="FILE", help="the card, a file that ends in .md")
    add("--title", required=True, help="what the model is called")
    add("--purpose", required=True, help="what it is for, in a sentence or two")
    add("--base-model", required=True, metavar="NAME", help="what was fine-tuned, as others can find it")
    add("--data", required=True, action="append", metavar="FILE", help="training rows; they are counted")
    add("--test", required=True, metavar="TEXT", help="what the scores were measured on, in words")
    add("--grades", required=True, metavar="FILE", help="a row for each test row, its grades as columns")
    add("--limit", required=True, action="append", metavar="TEXT", help="what it does badly, with a figure")
    add("--license", default="mit", metavar="ID", help="as the Hub calls it (mit)")

    add = tool(
        tool_commands.parity,
        "say whether a saved, merged, served or exported model is still the one that was trained",
        "REFERENCE [OTHER ...] [options]",
        "outputs/adapter outputs/merged --serve outputs/merged",
    )
    add("reference", metavar="REFERENCE", help="the folder of the trained model, or of its adapter")
    add("other", nargs="*", metavar="OTHER", help="a folder, a file that ends in .onnx, or the address of a server")
    add("--serve", metavar="FOLDER", help="serve this folder for as long as it takes, and ask the server too")
    add("--model", metavar="NAME", help="what the server calls the model; if that is a folder here, it is read too")
    add("--rows", metavar="FILE", help="ask chats of these rows, and not general ones")
    add("--new-tokens", type=count, default=24, metavar="N", help="the longest reply, in tokens (24)")

    add = tool(
        tool_commands.symptom, "find the causes of an error or of odd behaviour", "TEXT [options]", '"the loss is 0.0"'
    )
    add("text", nargs="+", metavar="TEXT", help="the message, or what you see, in your own words")
    return whole


def _rows_for_trl(add: Callable) -> None:
    add("file", metavar="FILE", help=FILES)
    add("--tokenizer", required=True, metavar="DIR_OR_ID", help="your model's folder or its name on the Hub")
    add("--max-length", type=count, default=1024, metavar="N", help="where rows are cut, in tokens (1024)")
    add("--prompt", metavar="COLUMN", help="the column with the prompt, where TRL doesn't know its name")
    add("--reply", metavar="COLUMN", help="the column with the reply")
    add("--role", action="append", metavar="NAME=ROLE", help="what a role is, as in human=user")
    add("--set", action="append", metavar="NAME=VALUE", help="a setting of SFTConfig, as chat_template_path=FILE")


def count(text: str) -> int:
    """A whole number from 1 up, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 up")
    return int(text)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    options = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that lacks a character shows its number
            stream.reconfigure(errors="backslashreplace")
    if not sys.stderr.isatty():
        os.environ.setdefault("TQDM_DISABLE", "1")  # no progress bars in a file
    # peft loads it, and then it tells of a kernel that nobody asked for
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    try:
        if options.html:
            check_target(options.html, [options.file] if "file" in options else [], (".html",))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of the libraries, meant for who writes code
            result, status = options.run(options)
        show(result, status, options)
    except (ValueError, OSError) as error:
        tool_commands.tell(" ".join(str(error).split()))
        return tool_commands.WRONG
    except KeyboardInterrupt:
        tool_commands.tell("Stopped; no file was left half-written.")
        return 130
    except Exception:  # Python would leave with status 1, which means that something was found
        traceback.print_exc()
        return tool_commands.FAILED
    return status
