"""The workflows and the Codespaces file: they call what users call, hold no secrets, and pass their linters.

They run on GitHub alone, and those for a classroom on GitLab too. Here linters read them, where these are installed.
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
def test_actions_are_pinned_and_read_no_secrets(path):
    used = [step["uses"] for step in steps(path) if "uses" in step]
    ours = re.compile(r"actions/[\w-]+@v\d+|[\w-]+/[\w-]+@[0-9a-f]{40}")  # of others a commit, as a tag can be moved
    assert used and all(ours.fullmatch(action) for action in used), used
    text = path.read_text(encoding="utf-8")
    assert "secrets." not in text and yaml.safe_load(text)["permissions"] == {"contents": "read"}


LINTERS = {
    "actionlint": ["-shellcheck=", "-pyflakes="],  # its helpers are left out: they are installed here and there
    "check-jsonschema": ["--builtin-schema"],
    "zizmor": ["--offline", "--quiet", "--config", str(ROOT / ".github" / "zizmor.yml")],
    "yamllint": [
        "--strict",
        "-d",
        "{extends: default, rules: {line-length: {max: 140}, document-start: disable, truthy: {check-keys: false}}}",
    ],
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """The workflows, and the two templates as a classroom gets them."""
    folder = tmp_path_factory.mktemp("repository") / ".github" / "workflows"
    folder.mkdir(parents=True)
    for path in [*WORKFLOWS, *(ROOT / "scripts" / "classroom" / "templates").glob("*.yml")]:
        text = path.read_text(encoding="utf-8")
        (folder / path.name).write_text(re.sub(r"@[A-Z]+@", "00_start_here", text), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", [path.name for path in WORKFLOWS] + ["github.yml", "gitlab.yml"])
@pytest.mark.parametrize("linter", LINTERS)
def test_a_linter_finds_nothing(linter, name, filled):
    if not shutil.which(linter):
        pytest.skip(f"{linter} is not installed")
    if name == "gitlab.yml" and linter in ("actionlint", "zizmor"):
        pytest.skip(f"{linter} reads GitHub's workflows alone")
    schema = "vendor.gitlab-ci" if name == "gitlab.yml" else "vendor.github-workflows"
    command = [linter, *LINTERS[linter], *([schema] if linter == "check-jsonschema" else []), str(filled / name)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_shellcheck_finds_nothing_in_the_commands(filled):
    for path in filled.iterdir():
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        jobs = found.get("jobs", {"checks": found.get("checks")})
        for name, job in jobs.items():
            if "windows" in str(job.get("runs-on")):
                continue
            runs = job["script"] if "script" in job else [step["run"] for step in job["steps"] if "run" in step]
            text = "\n".join(["set -e", *runs])  # as both services run them
            command = ["shellcheck", "--shell=bash", "--exclude=SC2154", "-"]  # SC2154: set by GitHub
            ran = subprocess.run(command, input=text, capture_output=True, text=True)
            assert ran.returncode == 0, f"{path.name}, {name}:\n{ran.stdout}"
