"""Reads a value that cells write down, such as the letters of a quiz, from their text alone: nothing is run.

A key lies in the course's package, so a choice counts as it was written: letters, numbers, lists and dicts of them, put
together by names, ``dict``, ``zip`` and the methods of a dict. What only reads the value makes no difference, and a
value from anywhere else is `Computed`. Nothing here knows about checks or marks.
"""

import ast
import re
from collections.abc import Iterable
from typing import Any

CALLS = {"dict": dict, "zip": lambda *lists: list(zip(*lists)), "list": list, "tuple": tuple}
CHANGES = ("update", "setdefault", "pop")
FAULTS = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, MemoryError)


class Computed(ValueError):
    """A choice that is not written in the notebook but comes from somewhere."""


def written(sources: Iterable[str], name: str) -> Any:
    """The value that cells give to a name by writing it down.

    Raises:
        Computed: the last statement that gives it a value does so in another way, or none does.
    """
    known: dict[str, Any] = {}
    why = f"no cell writes `{name}` down; write the letters themselves"
    for source in sources:
        for node in _statements(source):
            try:
                _apply(node, known)
            except FAULTS:
                changed = _changed(node)
                if name in changed:
                    why = f"line {node.lineno} of a cell computes `{name}`; write the letters themselves"
                for other in changed:
                    known.pop(other, None)
    if name not in known:
        raise Computed(why)
    return known[name]


def _statements(source: str) -> list[ast.stmt]:
    """The statements of a cell, where need be without its magic lines; none when it is no Python."""
    for text in (source, re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", source)):
        try:
            return ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return []


def _apply(node: ast.stmt, known: dict[str, Any]) -> None:
    """Follows a statement that writes data down. Raises one of `FAULTS` for another one."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value:
            value = _value(node.value, known)
            for target in targets:
                _store(target, value, known)
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.BitOr) and isinstance(node.target, ast.Name):
        known[node.target.id] |= _value(node.value, known)
    elif isinstance(node, ast.Delete) and all(isinstance(target, ast.Subscript) for target in node.targets):
        for target in node.targets:
            del _value(target.value, known)[_value(target.slice, known)]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _changed(node):
        changed = _value(node.value.func.value, known)
        if not isinstance(changed, dict):
            raise ValueError("computed")
        arguments, options = _arguments(node.value, known)
        getattr(changed, node.value.func.attr)(*arguments, **options)
    else:
        raise ValueError("computed")


def _store(target: ast.expr, value: Any, known: dict[str, Any]) -> None:
    if isinstance(target, ast.Name):
        known[target.id] = value
    elif isinstance(target, ast.Tuple | ast.List):
        for part, item in zip(target.elts, value, strict=True):
            _store(part, item, known)
    elif isinstance(target, ast.Subscript):
        _value(target.value, known)[_value(target.slice, known)] = value
    else:
        raise ValueError("computed")


def _arguments(call: ast.Call, known: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    options = {}
    for option in call.keywords:
        value = _value(option.value, known)
        options |= {option.arg: value} if option.arg else value
    return [_value(argument, known) for argument in call.args], options


def _value(node: ast.expr, known: dict[str, Any]) -> Any:
    """The value of an expression that writes data down. Raises one of `FAULTS` for another one."""
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.Dict):
        made = {}
        for key, item in zip(node.keys, node.values):
            made |= {_value(key, known): _value(item, known)} if key else _value(item, known)
        return made
    if isinstance(node, ast.List | ast.Tuple):
        items = [_value(item, known) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items)
    if isinstance(node, ast.Subscript):
        return _value(node.value, known)[_value(node.slice, known)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _value(node.left, known) | _value(node.right, known)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in known:
        arguments, options = _arguments(node, known)
        return CALLS[node.func.id](*arguments, **options)
    return ast.literal_eval(node)


def _changed(node: ast.AST) -> set[str]:
    """The names that a statement may bind or change in the notebook; what a called function does is not followed."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return {getattr(node, "name", "")}
    found = set()
    method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES
    if method or isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
        place = node.func.value if method else node
        while isinstance(place, ast.Attribute | ast.Subscript):
            place = place.value
        found |= {place.id} if isinstance(place, ast.Name) else set()
    return found.union(*map(_changed, ast.iter_child_nodes(node)))
