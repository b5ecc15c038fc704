"""The rooms of the tree: what may lie in `course_utils`, and how large it may grow."""

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "course_utils"
FILES = sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    """The dotted name of a file of the package; that of a folder for its ``__init__.py``."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path) for path in FILES}


def imported(source: str, package: str = "") -> set[str]:
    """The modules of the course that a piece of Python imports; `package` is where relative imports start from."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found & MODULES


def cells() -> list[str]:
    """The source of every cell of code of lessons and solutions, without the lines that only a notebook understands."""
    paths = [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("solutions/[0-9]*/*.ipynb")]
    every = [cell for path in paths for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    sources = ["".join(cell["source"]) for cell in every if cell["cell_type"] == "code"]
    return ["\n".join("" if re.match(r"\s*[%!]", line) else line for line in text.splitlines()) for text in sources]


def test_everything_in_the_package_is_used_by_a_lesson_a_tool_or_another_module():
    used = {name for source in cells() for name in imported(source)}
    for path in FILES:
        package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
        used |= imported(path.read_text(encoding="utf-8"), package) - {module_of(path)}
    # the entry points: commands, and what the bootstrap cell runs
    used |= {name for name in MODULES if name.endswith(".__main__")} | {"course_utils.colab"}
    used |= {name.rpartition(".")[0] for name in used}
    assert sorted(MODULES - used) == [], "these belong into scripts/, or nowhere"


def test_the_package_needs_nothing_of_the_workshop():
    for path in FILES:
        assert not re.search(r"^\s*(from|import) (scripts|tests)\b", path.read_text(encoding="utf-8"), re.MULTILINE), (
            path
        )


# the tools for one's own data and runs, with what reads, writes and shows for them; the rest is the learner's core
TOOLS = (
    "audit",
    "diagnose",
    "packing",
    "parity",
    "serving",
    "xray",
    "trl_preparation",
    "read_rows",
    "parse_rows",
    "write_rows",
    "card",
    "symptoms",
)
TOOLS += ("tool_commands", "command_line", "__main__", "fit", "parity", "preflight")
# what the checks of the assignments are made of; a learner calls them and never reads them
CHECKS = ("task_check", "stored_cases", "case_values", "watch")


def test_files_and_package_stay_small():
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert max(lines.values()) <= 400, max(lines, key=lines.get)

    def of(room):
        return sum(n for path, n in lines.items() if path.relative_to(PACKAGE).parts[0].removesuffix(".py") in room)

    core = sum(lines.values()) - of(TOOLS) - of(CHECKS)
    assert core < 4000, "the learner's core grows: what makes the course belongs into scripts/"
    assert of(TOOLS) < 9700
    assert of(CHECKS) < 500


def installed_by(requirement: str, seen: set[str]) -> set[str]:
    """The distributions that an installed one needs on any machine, itself included; extras are left out."""
    name = re.match(r"[\w.-]+", requirement).group().lower().replace("_", "-")
    if name not in seen:
        seen.add(name)
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            return seen
        for need in needs:
            if "extra ==" not in need:
                installed_by(need, seen)
    return seen


def test_a_plain_install_can_import_every_module():
    """What the package imports comes from Python itself or from what its dependencies bring along."""
    brought = installed_by("sft-course", set())
    homes = importlib.metadata.packages_distributions()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - {"course_utils"}:
                if (path.name, name) in OPTIONAL:
                    continue
                owners = {home.lower().replace("_", "-") for home in homes.get(name, ())}
                assert owners & brought, f"{path.relative_to(ROOT)} imports {name}, which a plain install lacks"


# Colab's own package, and an engine that is one of several: each inside a try
OPTIONAL = {("session.py", "google"), ("ask.py", "onnxruntime")}


@pytest.mark.parametrize("module", ["claims", "task_check", "quiz", "data", "table"])
def test_what_every_notebook_imports_first_is_light(module):
    code = f"import sys, course_utils.{module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
