"""Lists what in a student's code an instructor may want to look at: code that reaches for checks, keys or the kernel.

It reads the syntax tree and runs nothing. A line here costs no points, since honest code may hold any of it; what costs
points is decided by tests (`execute`, `referee`).
"""

import ast

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


def suspicions(source: str) -> list[str]:
    """What a cell reaches for, each once, in the order of its lines; none when it is no Python."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found: dict[str, int] = {}
    imported: set[str] = set()
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
                found.setdefault("changes an imported module", node.lineno)
    return [f"line {line} {what}" for what, line in sorted(found.items(), key=lambda pair: pair[1])]
