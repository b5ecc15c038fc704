"""The project around the lessons: pins, links, and text that would name one machine."""

import re
import subprocess
import tomllib
from pathlib import Path

import nbformat
import pytest
from test_notebooks import MACHINE

from scripts import run_lessons

ROOT = Path(__file__).parents[1]


def files() -> list[Path]:
    """The files that git tracks; in a copy without git, all but what the project makes."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    made = {".venv", ".venv-newest", "build", ".grading", "__pycache__", ".pytest_cache", ".ruff_cache"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not made & set(path.relative_to(ROOT).parts)]


def pins() -> dict[str, str]:
    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    lines = [line for line in lines if line]
    assert lines.pop() == "-e .", "the last line of requirements.txt installs the package"
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines), f"not pinned: {lines}"
    return {name.lower().replace("_", "-"): version for name, version in (line.split("==") for line in lines)}


def test_requirements_are_pinned_and_cover_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = project["dependencies"] + [line for extra in project["optional-dependencies"].values() for line in extra]
    pinned = pins()
    for line in needed:
        name, least = line.split(">=")
        assert name in pinned, f"requirements.txt does not pin {name}"
        numbers = [[int(part) for part in version.split(".")] for version in (pinned[name], least)]
        assert numbers[0] >= numbers[1], f"requirements.txt pins {name} below {line}"


def test_the_readme_names_the_pinned_pytorch():
    named = re.findall(r"torch==([\w.]+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert named and set(named) == {pins()["torch"]}


def test_no_text_names_a_folder_of_one_machine():
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if path.suffix == ".ipynb":
            continue  # tests/test_notebooks.py reads their cells
        found = MACHINE.search(text)
        assert not found, f"{path.relative_to(ROOT)} holds a path of one machine: {found.group()}"


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("*.md")))
def test_links_of_the_documents_lead_somewhere(name):
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)[^)]*\)", prose) + re.findall(r'(?:href|src)="([^"]+)"', prose):
        if not re.match(r"[a-z]+:|#", link):
            assert (ROOT / link.split("#")[0]).exists(), f"{name} links to {link}, which does not exist"


def test_the_readme_names_the_commands_that_exist():
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("no README yet")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b(?=[^`\n]*[`\n])", "\n".join(code_of(readme.read_text()))))
    assert {"course", "test"} <= named <= targets, f"the README names {sorted(named - targets)}, which make lacks"


def test_make_lists_every_command_for_somebody():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    _, *groups = re.split(r"^##@ For (\w+)$", text, flags=re.MULTILINE)
    assert groups[::2] == ["learners", "teachers", "maintainers"]
    listed = [name for group in groups[1::2] for name in re.findall(r"^([a-z]+): .*## .", group, re.MULTILINE)]
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE).group(1).split()
    assert sorted(["help", *listed]) == sorted(phony)


def code_of(text: str) -> list[str]:
    """The code blocks and inline code of a Markdown text, each followed by a line end."""
    return [code + "\n" for code in re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)]


def test_the_picture_in_the_readme_is_the_lessons_own():
    lesson = nbformat.read(ROOT / "notebooks" / "00_start_here.ipynb", as_version=4)
    assert (ROOT / run_lessons.PICTURE).read_bytes() == run_lessons.readme_picture(lesson), (
        "run `make execute LESSONS=00`"
    )
    assert str(run_lessons.PICTURE) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_version_and_licence_agree_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = dict(re.findall(r"^(\w+): (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE))
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "MIT License" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_browsers_requirements_are_pinned():
    lines = (ROOT / "requirements-browser.txt").read_text().splitlines()
    assert [line for line in lines if re.fullmatch(r"[\w.-]+==[\w.]+", line)] == [x for x in lines if x[:1] not in "#"]
