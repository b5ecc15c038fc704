"""Lists what in a student's code an instructor may want to look at: code that reaches for checks, keys or the kernel.

It reads the syntax tree and runs nothing. A line here costs no points, since honest code may hold any of it; what costs
points is decided by tests (`execute`, `referee`).
"""

import ast
import builtins
from collections.abc import Iterable, Iterator

REACHING = {
    "task_check": "names `task_check` itself",
    "get_ipython": "talks to the notebook's kernel",
    "_getframe": "looks into the code that called it",
    "_exit": "ends the kernel",
    "fork": "starts processes",
    "displayhook": "writes results by hand",
    "modules": "changes or reads loaded modules",
    "__eq__": "decides by itself what equals it",
    "__globals__": "reaches into other functions",
    "globals": "changes or reads names by their text",
    "__builtins__": "reaches for Python's own functions",
    "setattr": "changes other objects' attributes",
    "exec": "runs text as code",
    "eval": "runs text as code",
    "key": "reads a `key`",  # as an attribute; as a name it is a common one
}
MODULES = {
    "builtins": "reaches for Python's own functions",
    "ctypes": "reaches into memory",
    "gc": "looks through all objects",
    "inspect": "looks into the code that called it",
    "socket": "opens the network",
    "subprocess": "starts programs",
}
FILES = ("solutions", "assets/quiz", "grade_id", ".grading")


def _named(node: ast.AST) -> str:
    return getattr(node, "id", "")


def bound(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, int, str]]:
    """The names that statements bind in their notebook, not inside a function: name, line, and what it comes from.

    That is the statement of an import, "def" for a function or a class, and "" for a value.
    """
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                name, whole = (alias.asname or alias.name).split(".")[0], type(node)(**vars(node) | {"names": [alias]})
                yield (
                    name,
                    node.lineno,
                    ast.unparse(whole) if alias.asname or "." not in alias.name else f"import {name}",
                )
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno, "def"
            changed = [part for part in ast.walk(node) if isinstance(part, ast.Global)]
            yield from ((name, part.lineno, "") for part in changed for name in part.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno, ""
        elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            yield from bound(ast.iter_child_nodes(node))


def _parsed(source: str) -> list[ast.stmt]:
    """The statements of a cell; none when it is no Python."""
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def binds(source: str) -> set[str]:
    """The names that a cell binds in its notebook."""
    return {name for name, _, _ in bound(_parsed(source))}


def uses(source: str) -> set[str]:
    """All names in a cell."""
    return {node.id for part in _parsed(source) for node in ast.walk(part) if isinstance(node, ast.Name)}


def given(sources: Iterable[str]) -> dict[str, str]:
    """The functions and classes that the course's cells give to a notebook, and the statements that import them."""
    parts = (part for source in sources for part in bound(_parsed(source)))
    return {name: origin for name, _, origin in parts if origin}


def rebound(source: str, given: dict[str, str]) -> dict[str, int]:
    """The names of the course's or of Python's own functions to which a cell gives another meaning, and the lines."""
    found: dict[str, int] = {}
    for name, line, origin in bound(_parsed(source)):
        plain = not origin or origin == "def"
        if (name in given and (origin != given[name] or plain)) or (plain and name != "_" and hasattr(builtins, name)):
            found.setdefault(name, line)
    return found


def suspicions(source: str, given: dict[str, str] | None = None) -> list[str]:
    """What a cell reaches for, each once, in the order of its lines; none when it is no Python.

    Args:
        given: what the course's cells give, as `given` finds it; a cell that binds such a name anew is told.
    """
    nodes = [node for part in _parsed(source) for node in ast.walk(part)]
    given = given or {}
    found = {f"gives another meaning to `{name}`": line for name, line in rebound(source, given).items()}
    imported = set(given)
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            imported |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
            for name in {(getattr(node, "module", None) or name).split(".")[0] for name in names} & MODULES.keys():
                found.setdefault(MODULES[name], node.lineno)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("course_utils.task_check"):
                found.setdefault(REACHING["task_check"], node.lineno)
        name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", None)
        if isinstance(name, str) and name in REACHING and (name != "key" or isinstance(node, ast.Attribute)):
            found.setdefault(REACHING[name], node.lineno)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and any(word in node.value for word in FILES):
            found.setdefault("names files of the course's own", node.lineno)
    for node in nodes:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            base = target
            while isinstance(base, ast.Attribute):
                base = base.value
            if isinstance(target, ast.Attribute) and isinstance(base, ast.Name) and base.id in imported:
                found.setdefault("changes a module or a class from outside", node.lineno)
            elif isinstance(target, ast.Attribute) and isinstance(base, ast.Call) and _named(base.func) == "type":
                found.setdefault("changes a module or a class from outside", node.lineno)
    return [f"line {line} {what}" for what, line in sorted(found.items(), key=lambda pair: pair[1])]
