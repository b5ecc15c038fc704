"""The folder for a classroom with git: its workflows run the course's checks and find their files."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from assignments import ROOT

from scripts.classroom.grade import NotReady
from scripts.classroom.template import template


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """A folder for a classroom with git, of a real assignment."""
    folder, home = tmp_path_factory.mktemp("git") / "classroom", Path.cwd()
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8").replace("/OWNER/", "/somebody/")
    (folder.parent / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    os.chdir(ROOT)
    try:
        template("00_start_here", folder, folder.parent / "pyproject.toml")
        with pytest.raises(NotReady, match="is not empty"):
            template("00_start_here", folder, folder.parent / "pyproject.toml")
    finally:
        os.chdir(home)
    return folder


def test_the_classroom_with_git_runs_the_same_checks(classroom):
    github = yaml.safe_load((classroom / ".github/workflows/checks.yml").read_text(encoding="utf-8"))
    gitlab = yaml.safe_load((classroom / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    runs = [step["run"] for step in github["jobs"]["checks"]["steps"] if "run" in step]
    assert runs == [line for line in gitlab["checks"]["script"] if line != "cd course"]
    assert "https://github.com/somebody/sft-course" in runs[0] and "@" not in "".join(runs)
    assert (ROOT / "exercises/00_start_here/00_start_here.ipynb").read_bytes() == (
        classroom / "00_start_here.ipynb"
    ).read_bytes()
    assert github["permissions"] == {"contents": "read"}


@pytest.mark.skipif(os.name == "nt", reason="its stand-ins are shell scripts")
@pytest.mark.parametrize("service", ["github", "gitlab"])
@pytest.mark.parametrize("says, status", [("00_start_here ✓ all passed", 0), ("00_start_here 3/20", 1)])
def test_the_commands_of_the_classroom_find_their_files(classroom, tmp_path, service, says, status):
    # stand-ins for what would take minutes; each looks whether it was called in the right folder
    stand_ins = {
        "git": 'mkdir -p course/exercises/00_start_here course/scripts; cp "$COURSE"/pyproject.toml course',
        "pip": 'test "$*" = "install --quiet -r requirements.txt" && test -f pyproject.toml',
        "jupyter": 'for last in "$@"; do :; done; cmp "$last" ../00_start_here.ipynb',
        "python": f'test -d scripts && echo "{says}"',
    }
    (tmp_path / "bin").mkdir()
    for name, line in stand_ins.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    shutil.copytree(classroom, tmp_path / "repository")
    if service == "github":
        job = yaml.safe_load((classroom / ".github/workflows/checks.yml").read_text(encoding="utf-8"))["jobs"]["checks"]
        runs = [(step["run"], step.get("working-directory", ".")) for step in job["steps"] if "run" in step]
        text = "\n".join(f"(cd {folder}; {run})" for run, folder in runs)
    else:
        job = yaml.safe_load((classroom / ".gitlab-ci.yml").read_text(encoding="utf-8"))["checks"]
        text = "\n".join(job["script"])
    known = os.environ | {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}", "COURSE": str(ROOT)}
    ran = subprocess.run(
        ["bash", "-e", "-c", text], cwd=tmp_path / "repository", env=known, capture_output=True, text=True
    )
    assert ran.returncode == status and says in ran.stdout, ran.stdout + ran.stderr
