"""Learning rates that were published for models of about this size, and what they say of a job's.

The recipes lie in ``assets/learning_rates.json``, each with its repository, file and commit. A published rate worked
for somebody with other data: a rate far outside is a reason to stop, one inside is no promise.
"""

import json
from functools import cache
from importlib import resources

ALIKE = 2  # a recipe for a model up to twice as large or half as large counts
OUTSIDE = 3  # this many times beyond all of them is far outside
TOY = 10  # and this many times above the highest, a run has little chance


@cache
def recipes() -> tuple[dict, ...]:
    """The recipes: model, billions of parameters, method ("full" or "lora"), rate, repository, path."""
    file = resources.files("course_utils") / "assets" / "learning_rates.json"
    return tuple(json.loads(file.read_text(encoding="utf-8"))["recipes"])


def published(parameters: int, method: str) -> list[dict]:
    """The recipes of the same method for models of about this size, the lowest rate first."""
    same = "full" if method == "full" else "lora"
    near = [r for r in recipes() if r["method"] == same and 1 / ALIKE <= r["billions"] * 1e9 / parameters <= ALIKE]
    return sorted(near, key=lambda r: r["rate"])
