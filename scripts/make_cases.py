"""Draws the stored cases of the assignments: inputs from seeded generators, results from the reference solutions.

``python -m scripts.make_cases`` writes ``course_utils/assets/cases/NN.jsonl`` for every assignment that has a module
``scripts/cases/lesson_NN.py``; ``python -m scripts.make_cases 00 05`` for some. Such a module has a dict ``TASKS`` from
the task's number to a `Drawn`. With another seed the same generators make other cases, for a second test outside the
notebook::

    for case in draw_cases("00", "1", seed=7):
        told = problem(function, case, names)      # of course_utils.stored_cases

Nothing here knows what a task is about.
"""

import argparse
import importlib
import json
import os
import random
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from course_utils.case_values import decode, encode
from course_utils.stored_cases import CASES
from scripts.cases import Drawn, Named
from scripts.notebook_parts import run_for, sources

ROOT = Path(__file__).parents[1]


def lessons() -> list[str]:
    """The lessons whose assignments have generators: "00", "01", …"""
    return sorted(path.stem.removeprefix("lesson_") for path in (ROOT / "scripts" / "cases").glob("lesson_*.py"))


def tasks(lesson: str) -> dict[str, Drawn]:
    """The tasks of a lesson that have generators, by their numbers."""
    return importlib.import_module(f"scripts.cases.lesson_{lesson}").TASKS


def notebook(lesson: str) -> Path:
    """The solution of a lesson's assignment."""
    return next(ROOT.glob(f"solutions/{lesson}_*/*.ipynb"))


@cache
def reference(lesson: str, number: str) -> dict[str, Any]:
    """The namespace of the solution with the task's reference, and what its cases name; without the rest of the
    notebook.
    """
    drawn = tasks(lesson)[number]
    here = Path.cwd()
    os.chdir(notebook(lesson).parent)  # where a notebook runs
    try:
        cells = sources(notebook(lesson), f"task-{number}-check")
        return run_for((drawn.function, *drawn.names), cells, f"<solution {lesson}-{number}>")
    finally:
        os.chdir(here)


def named(lesson: str, number: str) -> dict[str, Any]:
    """The objects that a task's cases name, as `problem` and `try_cases` take them."""
    return {name: reference(lesson, number)[name] for name in tasks(lesson)[number].names}


def draw_cases(lesson: str, number: str, seed: int = 0, count: int | None = None) -> list[dict[str, Any]]:
    """Cases of one task, as `course_utils.stored_cases` reads them: the edges, then inputs drawn by the seed.

    Raises RuntimeError when the reference changes its arguments, and what the reference raises against its docstring.
    """
    drawn, names = tasks(lesson)[number], named(lesson, number)
    function, rng = reference(lesson, number)[drawn.function], random.Random(f"{lesson}-{number} {seed}")
    count = drawn.count if count is None else count
    found: dict[str, dict[str, Any]] = {}
    inputs = [*drawn.edges, *(drawn.draw(rng) for _ in range(max(0, count - len(drawn.edges))))]
    with tempfile.TemporaryDirectory() as folder:
        for i, given in enumerate(inputs):
            stored = _encode(list(given), names)
            (place := Path(folder, str(i))).mkdir()
            arguments = decode(stored, names, place)
            case = {"task": number, "in": stored}
            try:
                case["out"] = _rounded(encode(function(*arguments), names))
            except drawn.raises as error:
                case["raises"] = next(kind.__name__ for kind in drawn.raises if isinstance(error, kind))
            if encode(arguments, names) != stored:
                raise RuntimeError(f"The reference of {lesson}-{number} changes its arguments: {given!r:.200}")
            found.setdefault(json.dumps(stored), case)
    return sorted(found.values(), key=lambda case: len(json.dumps(case)))  # the shortest is told first


def _encode(value: Any, names: dict[str, Any]) -> Any:
    """`encode`, where a `Named` becomes the object's name."""
    if isinstance(value, Named):
        return (
            {"$name": value.name} if value.fields is None else {"$object": [value.name, _encode(value.fields, names)]}
        )
    if type(value) in (list, tuple):
        items = [_encode(item, names) for item in value]
        return items if isinstance(value, list) else {"$tuple": items}
    if type(value) is dict and all(isinstance(key, str) and not key.startswith("$") for key in value):
        return {key: _encode(item, names) for key, item in value.items()}
    return encode(value, names)


def _rounded(value: Any) -> Any:
    """Floats with nine digits: what lies behind differs from one processor to the next."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return {key: _rounded(item) for key, item in value.items()} if isinstance(value, dict) else value


def all_cases(lesson: str) -> list[dict[str, Any]]:
    """The cases of every task of a lesson, as they should be stored."""
    return [case for number in tasks(lesson) for case in draw_cases(lesson, number)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("lessons", nargs="*", help="such as 00 05; without any, all that have generators")
    for lesson in parser.parse_args().lessons or lessons():
        lines = [json.dumps(case, separators=(",", ":"), ensure_ascii=True) for case in all_cases(lesson)]
        (CASES / f"{lesson}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{lesson}: {len(lines)} cases of {len(tasks(lesson))} tasks")


if __name__ == "__main__":
    main()
