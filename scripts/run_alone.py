"""Runs notebooks alone: ``python -m scripts.run_alone ADDRESS BRANCH NOTEBOOK ...``, as Colab and Kaggle have them.

Each notebook is copied into an empty folder and stamped with the address, so that its bootstrap cell fetches the course
from there; ``file:///course`` is an address too. Run it where the course is not installed, such as in Colab's published
image: the weekly workflow does. The exit status is 0 when every cell ran and every claim and check held. This file
knows nothing about Colab.
"""

import sys
import tempfile
from pathlib import Path

from . import run_lessons, stamp


def run_alone(path: Path, address: str, branch: str) -> list[str]:
    """The problems of a notebook, given its path in the repository: a sentence each, none when all went well."""
    text = stamp.stamp_notebook(path.read_text(encoding="utf-8"), path.as_posix(), address, branch)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, path.name)
        copy.write_text(text, encoding="utf-8")
        return run_lessons.execute(copy, lambda cell, cells, seconds: None)[1].problems


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) < 3:
        print("Say where the course is fetched from, and what to run: ADDRESS BRANCH NOTEBOOK ...", file=sys.stderr)
        return 2
    address, branch, *notebooks = given
    failed = False
    for name in notebooks:
        problems = run_alone(Path(name), address, branch)
        print("\n".join([f"{name}: {'failed' if problems else 'ran alone'}", *problems]), flush=True)
        failed = failed or bool(problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
