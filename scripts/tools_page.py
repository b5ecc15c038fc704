"""Runs the commands and the Python of ``docs/tools.md`` and writes what they print under them.

``python -m scripts.tools_page`` writes, ``--check`` only says whether the page is out of date, as a test does. The
prose of the page is written by hand. A block ```` ```console ```` has commands after ``$``; a block ```` ```python ````
is followed by what it prints, in a block ```` ```text ````. All run in a copy of ``docs/``, so nothing is left there.
"""

import argparse
import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from course_utils import command_line
from course_utils.data import write_text

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "tools.md"
CONSOLE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.M | re.S)
PYTHON = re.compile(r"^```python\n(?P<code>.*?)^```\n\n```text\n(?P<said>.*?)^```$", re.M | re.S)


def console(block: str, last: int = 0) -> str:
    """The commands of a block, each with what it says today. A backslash continues a command on the next line."""
    commands = re.findall(r"^\$ ((?:.*\\\n)*.*)$", block, re.M)
    said = []
    for command in commands:
        text, last = run(command.replace("\\\n", " "), last)
        said.append(f"$ {command}\n{text}")
    return "".join(said)


def run(command: str, last: int) -> tuple[str, int]:
    """What a command says, on both outputs as in a terminal, and its exit status."""
    if command == "echo $?":
        return f"{last}\n", 0
    if not command.startswith("sft-tools "):
        done = subprocess.run(command, shell=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout, done.returncode
    out = io.StringIO(newline="")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            status = command_line.main(shlex.split(command)[1:])
        except SystemExit as stopped:  # --help
            status = stopped.code
    seen = re.sub(
        r"^.*\r", "", out.getvalue(), flags=re.M
    )  # of a line that was written over, a terminal shows the last
    return re.sub(r" +$", "", seen, flags=re.M), status


def python(found: re.Match, names: dict) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        exec(found["code"], names)
    return f"```python\n{found['code']}```\n\n```text\n{out.getvalue()}```"


@contextlib.contextmanager
def copied_docs() -> Iterator[None]:
    """The working folder is a copy of docs/ for a while, with the package's files beside it as in the project."""
    here, program, width = Path.cwd(), sys.argv[0], os.environ.get("COLUMNS")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "docs" / "samples", Path(folder, "docs", "samples"))
        Path(folder, "course_utils").symlink_to(ROOT / "course_utils")
        os.chdir(Path(folder, "docs"))
        sys.argv[0], os.environ["COLUMNS"] = "sft-tools", "100"  # argparse names the program and fills the lines
        try:
            yield
        finally:
            os.chdir(here)
            sys.argv[0] = program
            os.environ.pop("COLUMNS") if width is None else os.environ.update(COLUMNS=width)


def page(text: str) -> str:
    """The text of the page with everything it shows run again."""
    names: dict = {}
    with copied_docs():
        blocks = re.split(r"(^```(?:console|python)\n.*?^```$(?:\n\n```text\n.*?^```$)?)", text, flags=re.M | re.S)
        for i, block in enumerate(blocks):
            if block.startswith("```console"):
                blocks[i] = CONSOLE.sub(lambda found: console(found[0]), block)
            elif block.startswith("```python"):
                blocks[i] = PYTHON.sub(lambda found: python(found, names), block)
    return "".join(blocks)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.tools_page", description="Run the page of the tools.")
    parser.add_argument("--check", action="store_true", help="write nothing, say whether the page is out of date")
    check = parser.parse_args(arguments).check
    before = PAGE.read_text(encoding="utf-8")
    after = page(before)
    if after == before:
        return 0
    if check:
        old, new = before.splitlines(), after.splitlines()
        line = next((i for i, pair in enumerate(zip(old, new)) if pair[0] != pair[1]), min(len(old), len(new)))
        print(f"docs/tools.md, line {line + 1} is out of date: run `python -m scripts.tools_page`.", file=sys.stderr)
        return 1
    write_text(PAGE, after)
    print("docs/tools.md written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
