"""The generators of the stored cases: one module an assignment, ``lesson_NN.py``, with a dict ``TASKS`` of `Drawn`."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course_utils.stored_cases import TOLERANCE

COUNT = 100  # cases a task


@dataclass(frozen=True)
class Drawn:
    """How the cases of a task come about.

    `function`: the name, in the solution, of what is tried: the learner's function, or one around it that the notebook
    defines in front of the check, where several results are right. `draw`: makes one tuple of arguments from a seeded
    generator. `edges`: tuples of arguments that every set of cases has. `names`: the objects and dataclasses that
    arguments are made of, by their names in the notebook; the draw gives such an object as `Named`. `raises`: the
    errors that the docstring promises. `tolerance`: the share by which floats may differ, as the notebook's check says.
    """

    function: str
    draw: Callable[[random.Random], tuple]
    edges: tuple[tuple, ...] = ()
    names: tuple[str, ...] = ()
    raises: tuple[type[Exception], ...] = ()
    count: int = COUNT
    tolerance: float = TOLERANCE


@dataclass(frozen=True)
class Named:
    """Stands in a draw for an object of the notebook, such as its tokenizer, or for an instance of its dataclass."""

    name: str
    fields: dict[str, Any] | None = None
