"""Takes out of a notebook the statements that a name needs, and runs those alone: a function without the model beside
it.

The top-level statements before and in a task's check are read as a syntax tree; kept are those that bind a needed name,
or change it by a method, and what these need in turn. Checks themselves (``with task_check(...)``) are left out.
Nothing here knows of grading or of stored cases.
"""

import ast
import builtins
import linecache
import symtable
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat

SILENT = {"print", "display"}  # calls that show a name and don't change it


def sources(path: Path, until: str = "") -> list[str]:
    """The sources of a notebook's code cells, up to and including the one with the grade_id `until`; all without it."""
    found = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            found.append(cell.source)
            if until and cell.metadata.get("nbgrader", {}).get("grade_id") == until:
                return found
    if until:
        raise KeyError(f"{path.name} has no cell {until}")
    return found


def _root(node: ast.AST) -> str:
    """The name that an attribute or an item belongs to: "a" for ``a.b[0]``; "" where there is none."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def bound(statement: ast.stmt) -> set[str]:
    """The names that a statement binds at top level, or may change: ``x.y = 1`` and ``x.append(1)`` change x."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        if isinstance(call.func, ast.Name) and call.func.id in SILENT:
            return set()
        return {_root(part) for part in (call.func, *call.args)} - {""}
    found = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            found.add(_root(node))
    return found


def needed(statement: ast.stmt) -> set[str]:
    """The names of the notebook that a statement reads or writes: not Python's own, and none that is local to a
    function.
    """
    top = symtable.symtable(ast.unparse(statement), "<statement>", "exec")
    found, inner = set(top.get_identifiers()), top.get_children()
    while inner:
        scope = inner.pop()
        found |= {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global()}
        inner += scope.get_children()
    return found - set(dir(builtins))


def _is_check(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.With) and any(_root(item.context_expr) == "task_check" for item in statement.items)


def statements_for(names: Iterable[str], cells: list[str]) -> list[ast.stmt]:
    """The top-level statements of these cells that the names need, in order; an unknown name needs none."""
    every = [statement for source in cells for statement in ast.parse(source).body if not _is_check(statement)]
    wanted, kept = set(names), []
    for statement in reversed(every):
        if bound(statement) & wanted:
            kept.append(statement)
            wanted |= needed(statement)
    return kept[::-1]


def run_for(names: Iterable[str], cells: list[str], filename: str = "<notebook>") -> dict[str, Any]:
    """The namespace after those statements have run; raises what they raise."""
    space: dict[str, Any] = {"__name__": "__main__"}
    run(statements_for(names, cells), space, filename)
    return space


def run(statements: list[ast.stmt], space: dict[str, Any], filename: str) -> None:
    """Runs statements in a namespace, so that messages can quote the line."""
    source = "\n".join(map(ast.unparse, statements))
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), space)
