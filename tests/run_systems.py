"""Runs every system of `course_utils.systems` on the hub that the environment names; test_systems.py starts it.

Writes one JSON object to the file named on the command line: for each system the error of its published code and what
its working form gave, or the error that it gave; and the benchmark's rows.
"""

import contextlib
import io
import json
import sys
import traceback
from pathlib import Path

from course_utils import systems
from course_utils.packing import isolation_error


def error_of(code: str) -> str:
    """The error that the published code gives, as Python prints it."""
    try:
        exec(compile(code, "published", "exec"), {"__name__": "published"})
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


def result_of(name: str) -> dict:
    try:
        return systems.run(name, 2)
    except Exception:
        return {"error": traceback.format_exc()[-1500:]}


def leaks() -> dict[str, float]:
    """How far packed rows see each other in the replicas of the two models that are packed (S1, S3)."""
    from transformers import AutoModelForCausalLM

    found, rows = {}, [list(range(10, 40)), list(range(50, 90))]
    for name in ("HuggingFaceTB/SmolLM2-135M", "facebook/opt-350m"):
        found[name] = isolation_error(AutoModelForCausalLM.from_pretrained(name, dtype="float32"), rows)
    return found


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        found = {
            "published": {name: error_of(row.published) for name, row in systems.SYSTEMS.items()},
            "imdb": error_of('from datasets import load_dataset\nload_dataset("imdb")'),
            "works": {name: result_of(name) for name in systems.SYSTEMS},
            "benchmark": systems.benchmark(4),
            "leaks": leaks(),
        }
    Path(sys.argv[1]).write_text(json.dumps(found, indent=1))
