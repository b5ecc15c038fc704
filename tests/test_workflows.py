"""The workflows and the Codespaces file: they call what users call, hold no secrets, and pass their linters.

They run on GitHub alone. Here actionlint and check-jsonschema read them, where these two are installed.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from test_project import ROOT, code_of

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
README = "".join(code_of((ROOT / "README.md").read_text(encoding="utf-8")))
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
EACH = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def steps(path: Path) -> list[dict]:
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


def lines() -> list[str]:
    """Every command line of the workflows and of the Codespaces file."""
    runs = [step["run"] for path in WORKFLOWS for step in steps(path) if "run" in step]
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    return [line for run in [*runs, container["postCreateCommand"]] for line in run.splitlines()]


def test_their_commands_are_the_makefiles_and_the_readmes():
    makes = [line.removeprefix("make ") for line in lines() if line.startswith("make ")]
    assert {"setup", "newest"} <= set(makes) <= TARGETS
    by_hand = [line.replace(".venv\\Scripts\\", ".venv/bin/") for line in lines() if ".venv" in line]
    assert len(by_hand) == 4
    for command in by_hand:
        assert command.removesuffix(" 00") in README, f"the README does not name `{command}`"
    assert ".ci/run" in lines() and "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_scripts_and_notebooks_that_they_name_exist():
    text = "\n".join(lines())
    scripts = re.findall(r"-m scripts\.(\w+)", text)
    notebooks = re.findall(r"[\w/]+\.ipynb", text)
    assert {"install_plain", "run_alone"} <= set(scripts) and len(notebooks) >= 2
    for name in [*(f"scripts/{script}.py" for script in scripts), *notebooks]:
        assert (ROOT / name).is_file(), name


@EACH
def test_actions_are_pinned_by_major_version_and_read_no_secrets(path):
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert used and all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+", action) for action in used), used
    text = path.read_text(encoding="utf-8")
    assert "secrets." not in text and yaml.safe_load(text)["permissions"] == {"contents": "read"}


@EACH
@pytest.mark.skipif(not shutil.which("actionlint"), reason="actionlint is not installed")
def test_actionlint_finds_nothing(path):
    # its helpers are left out: they are installed here and there
    ran = subprocess.run(["actionlint", "-shellcheck=", "-pyflakes=", str(path)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@EACH
@pytest.mark.skipif(not shutil.which("check-jsonschema"), reason="check-jsonschema is not installed")
def test_they_follow_the_published_schema(path):
    command = ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("service, schema", [("github", "github-workflows"), ("gitlab", "gitlab-ci")])
@pytest.mark.skipif(not shutil.which("check-jsonschema"), reason="check-jsonschema is not installed")
def test_the_classrooms_templates_follow_the_published_schemas(service, schema, tmp_path):
    text = (ROOT / "scripts" / "classroom" / "templates" / f"{service}.yml").read_text(encoding="utf-8")
    filled = tmp_path / f"{service}.yml"
    filled.write_text(re.sub(r"@[A-Z]+@", "00_start_here", text), encoding="utf-8")
    command = ["check-jsonschema", "--builtin-schema", f"vendor.{schema}", str(filled)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
