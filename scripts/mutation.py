"""Mutation testing of the assignments: does each check refuse the solution when one thing in it is changed?

``python -m scripts.mutation`` takes the answer of every task that is a function, changes one operator, constant, call
or statement at a time, and lets the task's check judge. A mutant that the check takes is compared with the solution on
other seeds of the generators: where the two differ the check has a hole, and where no difference is seen the mutant is
listed, since a reader has to say whether there is one. Behaviour alone counts, so a mutant of a message that nobody
compares is such a one. Only the statements that a check needs are run, so most tasks need no model. Nothing here knows
a task.
"""

import argparse
import ast
import contextlib
import io
import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import nbformat

from course_utils.stored_cases import problem, stored_cases
from course_utils.task_check import TaskFailed
from scripts import make_cases
from scripts.notebook_parts import bound, needed, run, statements_for

SECONDS = 20  # of the processor: a mutant may loop for ever
ALLOWED = 100  # mutants tried a task; of more, as many are drawn
SEEDS = (1, 2, 3)  # of the cases on which a mutant that was taken is compared with the solution

IMPORTS = (ast.Import, ast.ImportFrom)  # an answer may use whatever the notebook imports

COMPARE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
COMPARE |= {ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div}
ARITHMETIC |= {ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.Mod: ast.Mult, ast.Pow: ast.Mult}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "ceil": "floor", "floor": "ceil", "round": "int"}
CALLS |= {"int": "round", "sorted": "list", "set": "list", "startswith": "endswith", "endswith": "startswith"}


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    """The ways to change one node: what is changed, and the node in its place (None: the statement goes)."""
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            ops = [*node.ops[:i], COMPARE[type(operator)](), *node.ops[i + 1 :]]
            yield "a comparison", ast.Compare(node.left, ops, node.comparators)
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        yield "an operator", ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
    elif isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        yield "an operator", ast.AugAssign(node.target, ARITHMETIC[type(node.op)](), node.value)
    elif isinstance(node, ast.BoolOp):
        other = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        yield "and for or", ast.BoolOp(other, node.values)
        for i in range(len(node.values)):
            rest = [value for j, value in enumerate(node.values) if j != i]
            yield "a condition less", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp):
        yield "a sign or not", node.operand
    elif isinstance(node, ast.Constant):
        yield from (("a constant", ast.Constant(value)) for value in _constants(node.value))
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.IfExp):
        yield "one branch", node.body
        yield "one branch", node.orelse
    elif isinstance(node, ast.If | ast.While):
        yield "a condition", type(node)(ast.Constant(False), node.body, node.orelse)
        if isinstance(node, ast.If):
            yield "a condition", ast.If(ast.Constant(True), node.body, node.orelse)
    elif isinstance(node, ast.Return) and node.value is not None:
        yield "no result", ast.Return(ast.Constant(None))
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield "no filter", ast.comprehension(node.target, node.iter, [], node.is_async)
    elif isinstance(node, ast.Slice):
        for part in ("lower", "upper"):
            if getattr(node, part) is not None:
                kept = {"lower": node.lower, "upper": node.upper, "step": node.step, part: None}
                yield "a slice", ast.Slice(**kept)
    if isinstance(node, ast.Expr | ast.AugAssign | ast.Raise | ast.Continue | ast.Break):
        yield "a statement less", None


def _constants(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [value * 2 + 1, value / 2]
    return [value + "x", ""] if isinstance(value, str) and value else []


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    """Another function of the kind, a method left out, an argument left out."""
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in CALLS:
        other = CALLS[name]
        func = ast.Name(other, ast.Load()) if isinstance(node.func, ast.Name) else None
        func = func or ast.Attribute(node.func.value, other, ast.Load())
        yield f"{other} for {name}", ast.Call(func, node.args, [] if other == "list" else node.keywords)
    if isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
        yield f"no .{name}()", node.func.value
    for i in range(len(node.keywords)):
        yield "an argument less", ast.Call(node.func, node.args, node.keywords[:i] + node.keywords[i + 1 :])
    if len(node.args) > 1:
        yield "an argument less", ast.Call(node.func, node.args[:-1], node.keywords)


def mutants(source: str) -> list[tuple[str, str]]:
    """All sources with one change in the body of a function: (what changed, source).

    Docstrings and the messages of errors stay as they are.
    """
    tree, found = ast.parse(source), {}
    said = [part.body[0] for part in ast.walk(tree) if _has_docstring(part)]
    kept = {id(node) for part in said for node in (part, part.value)}
    kept |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.Raise) for part in ast.walk(node.exc)}
    inside = [node for part in tree.body if isinstance(part, ast.FunctionDef) for node in part.body]
    for top in inside:
        for node in ast.walk(top):
            if id(node) in kept:
                continue
            for what, new in _changes(node):
                changed = ast.unparse(ast.fix_missing_locations(_Swap(node, new).visit(ast.parse(source))))
                line = getattr(node, "lineno", getattr(getattr(node, "target", None), "lineno", 0))
                if changed != ast.unparse(tree):
                    found.setdefault(changed, f"{what}: {_line_of(changed, source)}" if line else what)
    return [(what, changed) for changed, what in found.items()]


def _has_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node) is not None


def _line_of(changed: str, source: str) -> str:
    """The first line of a mutant that the source, written the same way, does not have."""
    lines = ast.unparse(ast.parse(source)).splitlines()
    return next((new.strip() for new, old in zip(changed.splitlines(), lines) if new != old), "the last line is gone")


class _Swap(ast.NodeTransformer):
    """Puts a new node in the place of the one that stands at the same place of another copy of the tree."""

    def __init__(self, old: ast.AST, new: ast.AST | None) -> None:
        self.dump, self.new = ast.dump(old, include_attributes=True), new

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if ast.dump(node, include_attributes=True) == self.dump:
            return ast.Pass() if self.new is None else self.new
        return super().generic_visit(node)


@dataclass
class Bench:
    """A task's check with what it needs, run once; answers are tried on it."""

    lesson: str
    number: str
    answer: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    after: list[ast.stmt] = field(default_factory=list)

    def __post_init__(self) -> None:
        path = make_cases.notebook(self.lesson)
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        marks = [cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in cells]
        at, end = marks.index(f"task-{self.number}"), marks.index(f"task-{self.number}-check")
        self.answer = cells[at].source
        self.after = [part for cell in cells[at + 1 : end + 1] for part in ast.parse(cell.source).body]
        own = ast.parse(self.answer).body
        sources = [cell.source for cell in cells[:at]]
        imports = [part for text in sources for part in ast.parse(text).body if isinstance(part, IMPORTS)]
        wanted = set().union(*map(needed, [*own, *self.after]), *map(bound, imports)) - set().union(*map(bound, own))
        os.chdir(path.parent)
        run(statements_for(wanted, sources), self.before, f"<before {self.number}>")

    def judge(self, answer: str) -> str:
        """What the check says to an answer; "" when it takes it."""
        names = dict(self.before)
        try:
            with contextlib.redirect_stdout(io.StringIO()), _limited():
                run(ast.parse(answer).body, names, f"<an answer to {self.number}>")
                run(self.after, names, f"<the check of {self.number}>")
        except TaskFailed as failed:
            return str(failed)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def function(self, answer: str) -> Any:
        """The function that stored cases try, with this answer in it."""
        names = dict(self.before)
        with contextlib.redirect_stdout(io.StringIO()):
            run(ast.parse(answer).body, names, f"<an answer to {self.number}>")
            run([part for part in self.after if isinstance(part, ast.FunctionDef)], names, "<around it>")
        return names[make_cases.tasks(self.lesson)[self.number].function]

    def fails_on(self, answer: str, cases: list[dict[str, Any]]) -> str:
        """The first of these cases on which an answer differs from the solution, told; "" when there is none."""
        try:
            function, names = self.function(answer), make_cases.named(self.lesson, self.number)
            with _limited(), contextlib.redirect_stdout(io.StringIO()):
                return next(filter(None, (problem(function, case, names) for case in cases)), "")
        except Exception as error:
            return f"{type(error).__name__}: {error}"


class TooLong(Exception):
    """A mutant that does not come to an end."""


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooLong(f"more than {SECONDS} seconds")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def survivors(bench: Bench) -> tuple[int, list[str], list[str]]:
    """Mutants tried, those taken that differ from the solution (holes), those taken without a difference that was
    seen.
    """
    every = mutants(bench.answer)
    tried = random.Random(0).sample(every, ALLOWED) if len(every) > ALLOWED else every
    drawn = bench.number in make_cases.tasks(bench.lesson)
    stored = stored_cases(f"{bench.lesson}-{bench.number}") if drawn else []
    other = (
        [case for seed in SEEDS for case in make_cases.draw_cases(bench.lesson, bench.number, seed)] if drawn else []
    )
    holes, unseen = [], []
    for what, answer in tried:
        if (drawn and bench.fails_on(answer, stored)) or bench.judge(answer):
            continue
        (holes if drawn and bench.fails_on(answer, other) else unseen).append(what)
    return len(tried), holes, unseen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("tasks", nargs="*", help="such as 00-3 or 05; without any, all that have stored cases")
    every = [f"{lesson}-{number}" for lesson in make_cases.lessons() for number in make_cases.tasks(lesson)]
    asked = parser.parse_args().tasks or every
    chosen = [
        task for name in asked for task in ([name] if "-" in name else [e for e in every if e.startswith(name + "-")])
    ]
    for task in chosen:
        tried, holes, unseen = survivors(Bench(*task.rsplit("-", 1)))
        print(f"{task}: {tried} mutants, {tried - len(holes) - len(unseen)} refused, {len(holes)} holes", flush=True)
        for kind, found in (("hole", holes), ("no difference seen", unseen)):
            for what in found:
                print(f"    {kind}: {what}")


if __name__ == "__main__":
    main()
