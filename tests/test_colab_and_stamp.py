"""Notebooks alone, as Colab and Kaggle open them: an empty folder, a clone by file://, stand-ins, no network.

The interpreter is this one without the course: ``-S`` leaves out the ``.pth`` files that install it. Versions are those
that Colab shows, and pip is a stand-in that writes down what it was asked for.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import nbformat
import pytest

from course_utils import colab
from course_utils.session import cpu_hardware
from scripts import stamp

ROOT = Path(__file__).parents[1]
NOTEBOOKS = [path for path in stamp.files() if path.suffix == ".ipynb"]
LESSON = ROOT / "notebooks" / "00_start_here.ipynb"
OWNER = "https://github.com/OWNER/sft-course"
EXERCISE = ROOT / "exercises" / "00_start_here" / "00_start_here.ipynb"
GIT = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
# Colab in August 2026; trl and the smaller packages are not there.
HOSTED = {
    "torch": "2.11.0+cu128",
    "torchvision": "0.26.0+cu128",
    "transformers": "5.15.0",
    "datasets": "4.0.0",
    "pyarrow": "18.1.0",
    "peft": "0.20.0",
    "accelerate": "1.15.0",
    "numpy": "2.0.2",
    "pandas": "2.2.2",
    "matplotlib": "3.10.0",
    "jsonschema": "4.25.1",
}
PIP = """\
import json, pathlib, sys
here = pathlib.Path(__file__).parents[1]
if (here / "broken").exists():
    sys.exit("WARNING: one of many\\nERROR: Could not find a version that satisfies the requirement trl==1.16.0")
constraints = pathlib.Path(sys.argv[sys.argv.index("--constraint") + 1]).read_text().split()
(here / "asked.json").write_text(json.dumps({"arguments": sys.argv[1:], "constraints": constraints}))
versions = json.loads((here / "versions.json").read_text())
versions |= dict(argument.split("==") for argument in sys.argv if "==" in argument) | {"datasets": "5.2.0"}
(here / "versions.json").write_text(json.dumps(versions))
"""
DRIVER = """\
import importlib.metadata, json, pathlib, sys
here, notebook, cells = pathlib.Path(__file__).parent, sys.argv[1], int(sys.argv[2])
def version(name):
    versions = json.loads((here / "versions.json").read_text())
    if name not in versions:
        raise importlib.metadata.PackageNotFoundError(name)
    return versions[name]
real, importlib.metadata.version = importlib.metadata.version, version
names = {"__name__": "__main__", "display": print}
code = [cell["source"] for cell in json.load(open(notebook, encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
for number, source in enumerate(code[:cells]):
    exec(compile("".join(source), f"cell {number}", "exec"), names)
    importlib.metadata.version = real  # the cells below import the packages that are really here
    print(f"-- cell {number}", flush=True)
print(*[module.__file__ for name, module in sys.modules.items() if name == "course_utils"])
"""


@pytest.fixture(scope="session")
def repository(tmp_path_factory) -> str:
    """The address of a repository with the course's package as it lies in the working folder."""
    folder = tmp_path_factory.mktemp("repository")
    shutil.copytree(ROOT / "course_utils", folder / "course_utils", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "core.autocrlf=false"]
    for command in (["init", "-q", "-b", stamp.setting()[1]], ["add", "-A"], ["commit", "-q", "-m", "as it is"]):
        subprocess.run([*git, *command], cwd=folder, check=True, capture_output=True)
    return folder.as_uri()


@pytest.fixture
def hosted(tmp_path):
    """What Colab has beside the notebook: its own modules, its versions, its pip."""
    folder = tmp_path / "hosted"
    (folder / "google" / "colab").mkdir(parents=True)
    (folder / "google" / "colab" / "__init__.py").touch()
    (folder / "pip").mkdir()
    (folder / "pip" / "__init__.py").touch()
    (folder / "pip" / "__main__.py").write_text(PIP)
    (folder / "driver.py").write_text(DRIVER)
    (folder / "versions.json").write_text(json.dumps(HOSTED))
    return folder


@pytest.fixture
def empty(tmp_path):
    folder = tmp_path / "content"
    folder.mkdir()
    return folder


def alone(notebook: Path, address: str, folder: Path) -> Path:
    """A copy of a notebook in a folder of its own, which fetches the course from another address."""
    copy, place = folder / notebook.name, notebook.relative_to(ROOT).as_posix()
    text = stamp.stamp_notebook(notebook.read_text(encoding="utf-8"), place, address, stamp.setting()[1])
    copy.write_text(text, encoding="utf-8")
    return copy


def start(hosted: Path, notebook: Path, cells: int, packages: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs the first cells of code of a notebook in its folder, in a Python that does not know the course."""
    places = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")] if packages else []
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("COURSE_", "HF_", "GIT_"))}
    environment |= {"PYTHONPATH": os.pathsep.join([str(hosted), *dict.fromkeys(places)]), "PYTHONUTF8": "1"}
    environment |= dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://localhost:9")
    command = [sys.executable, "-S", str(hosted / "driver.py"), str(notebook), str(cells)]
    return subprocess.run(command, cwd=notebook.parent, env=environment, capture_output=True, text=True)


@GIT
@pytest.mark.parametrize(("path", "cells"), [(LESSON, 3), (EXERCISE, 3)], ids=["lesson", "exercise"])
def test_a_notebook_alone_sets_itself_up(path, cells, repository, hosted, empty):
    notebook = alone(path, repository, empty)
    ran = start(hosted, notebook, cells)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0] == f"Fetching the course from {repository}"
    assert lines[1].startswith("Installing trl==") and lines[2] == "The course is ready, from sft-course."
    assert "-- cell 2" in lines and Path(lines[-1]).is_relative_to(empty / "sft-course")
    assert {path.name for path in empty.iterdir()} == {notebook.name, "sft-course"}

    asked = json.loads((hosted / "asked.json").read_text())
    wanted = [argument for argument in asked["arguments"] if "==" in argument]
    lacking = set(colab.bounds()) - set(HOSTED)
    assert {line.split("==")[0] for line in wanted} == lacking and f"trl=={colab.pins()['trl']}" in wanted
    assert not any(line.startswith(("torch", "transformers", "datasets")) for line in wanted)
    held = {"torch==2.11.0+cu128", "torchvision==0.26.0+cu128", "transformers==5.15.0", "numpy==2.0.2"}
    assert held <= set(asked["constraints"])
    assert f"datasets<={colab.pins()['datasets']}" in asked["constraints"]


@GIT
def test_a_second_run_neither_fetches_nor_installs(repository, hosted, empty):
    notebook = alone(EXERCISE, repository, empty)
    first = start(hosted, notebook, 1, packages=False)
    assert "Installing" not in start(hosted, notebook, 1, packages=False).stdout, first.stderr
    (hosted / "asked.json").unlink()
    again = start(hosted, alone(LESSON, "file:///nowhere", empty), 1, packages=False)
    assert again.stdout.splitlines()[0] == "The course is ready, from sft-course."
    assert not (hosted / "asked.json").exists()


@pytest.mark.parametrize("address", ["file:///nowhere", OWNER])
def test_it_does_nothing_where_the_course_is_installed(address, capsys):
    names: dict[str, object] = {}
    exec(stamp.cell(address, "main"), names)
    assert capsys.readouterr().out == "" and "subprocess" not in names


def test_a_copy_without_an_address_asks_for_it_in_a_sentence(hosted, empty):
    ran = start(hosted, alone(LESSON, OWNER, empty), 1, packages=False)
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith("RuntimeError: this copy of the course has no address: set it in pyproject.toml")
    assert "`make stamp`" in last and len(last) <= 200
    assert "Fetching" not in ran.stdout and [path.name for path in empty.iterdir()] == [LESSON.name]


@GIT
def test_a_checkout_around_the_notebook_is_found(repository, hosted, empty):
    subprocess.run(["git", "clone", "-q", repository, "course"], cwd=empty, check=True)
    for folder in ("notebooks", "exercises/00_start_here"):
        (empty / "course" / folder).mkdir(parents=True)
        ran = start(hosted, alone(LESSON, OWNER, empty / "course" / folder), 1, packages=False)
        assert "Fetching" not in ran.stdout and "The course is ready" in ran.stdout, ran.stderr


def test_a_fetch_that_fails_says_why_and_leaves_nothing(hosted, empty, repository, monkeypatch):
    notebook = alone(LESSON, (empty / "nowhere").as_uri(), empty)
    ran = start(hosted, notebook, 1, packages=False)
    assert "RuntimeError: can't fetch the course: check git, the network" in ran.stderr
    assert "nowhere" in ran.stderr.split("RuntimeError")[1] and [path.name for path in empty.iterdir()] == [LESSON.name]
    monkeypatch.setenv("PATH", str(empty))
    ran = start(hosted, notebook, 1, packages=False)
    assert "check git" in ran.stderr and "not found" in ran.stderr
    monkeypatch.undo()
    # one that was killed in the middle
    (empty / "sft-course.part" / ".git").mkdir(parents=True)
    (empty / "sft-course.part" / "pyproject.toml").write_text("half of it")
    ran = start(hosted, alone(LESSON, repository, empty), 1, packages=False)
    assert ran.returncode == 0, ran.stderr
    assert not (empty / "sft-course.part").exists() and (empty / "sft-course" / "course_utils").is_dir()


@GIT
def test_pip_that_fails_is_told_and_tried_again(hosted, empty, repository):
    notebook = alone(LESSON, repository, empty)
    (hosted / "broken").touch()
    ran = start(hosted, notebook, 1, packages=False)
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith("RuntimeError: pip could not install trl==") and "run this cell again" in last
    assert "(ERROR: Could not find a version" in last and "The course is ready" not in ran.stdout
    (hosted / "broken").unlink()
    assert "The course is ready" in start(hosted, notebook, 1, packages=False).stdout


@GIT
def test_without_pytorch_it_asks_for_it_and_never_installs_it(hosted, empty, repository):
    (hosted / "versions.json").write_text(json.dumps({"numpy": "2.0.2"}))
    ran = start(hosted, alone(LESSON, repository, empty), 1, packages=False)
    assert "RuntimeError: PyTorch is not installed, and this cell never installs it" in ran.stderr
    assert not (hosted / "asked.json").exists()


def test_a_library_that_was_loaded_before_its_upgrade_asks_for_a_restart(monkeypatch):
    versions = HOSTED | {"trl": "1.10.0"}
    monkeypatch.setattr(colab, "installed", versions.get)
    assert f"trl=={colab.pins()['trl']}" in colab.missing()
    monkeypatch.setitem(sys.modules, "pyarrow", sys)

    def pip(command, **options):
        versions["pyarrow"] = "26.0.1"
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(RuntimeError, match=r"^pyarrow had been loaded .* restart the session"):
        colab.install(["trl==1.16.0"])


def test_what_is_newer_than_tested_is_left_alone(monkeypatch):
    newer = {name: "99.1" for name in colab.bounds()}
    monkeypatch.setattr(colab, "installed", newer.get)
    assert colab.missing() == []
    assert "torch==99.1" in colab.constraints([]) and not any(line.startswith("trl") for line in colab.constraints([]))


@pytest.mark.parametrize(
    ("older", "newer"), [("1.9", "1.16"), ("2.10.1", "2.11.0+cu128"), ("5.2.0.dev0", "5.2.1"), ("4", "4.0.1")]
)
def test_versions_are_compared_as_numbers(older, newer):
    assert colab.numbers(older) < colab.numbers(newer)
    assert colab.numbers("2.0") == colab.numbers("2")


@pytest.mark.parametrize(
    ("version", "name"), [("5.15.0", "gradient"), ("5.16.0", "activation"), ("5.23.0", "activation")]
)
def test_settings_go_by_the_name_that_the_installed_transformers_knows(version, name, monkeypatch):
    monkeypatch.setattr("importlib.metadata.version", lambda _: version)
    hardware = cpu_hardware()
    assert hardware[f"{name}_checkpointing"] is False and sum("checkpointing" in key for key in hardware) == 1


def test_badges_cells_and_addresses_are_in_step():
    stale = [str(path.relative_to(ROOT)) for path in stamp.files() if stamp.stamp(path, *now(path)) != now(path)[0]]
    assert not stale, f"{', '.join(stale)} out of step with pyproject.toml: run `make stamp`"


def now(path: Path) -> tuple[str, str, str]:
    return path.read_text(encoding="utf-8"), *stamp.setting()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_bootstrap_cell_comes_first_and_is_not_graded(path):
    cells = nbformat.read(path, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert code[0].source == stamp.cell(*stamp.setting()) and "start(" in code[1].source
    assert "nbgrader" not in code[0].metadata and not code[0].outputs
    assert sum(stamp.TAG in cell.metadata.get("tags", []) for cell in cells) == 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_badges_appear_with_an_address_and_go_with_it(path):
    place = path.relative_to(ROOT).as_posix()
    unset = stamp.stamp_notebook(path.read_text(encoding="utf-8"), place, OWNER, "main")
    assert "Open in" not in unset and stamp.stamp_notebook(unset, place, OWNER, "main") == unset
    stamped = stamp.stamp_notebook(unset, place, "https://github.com/anna/course", "main")
    badges = json.loads(stamped)["cells"][0]["source"][2]
    blob = f"anna/course/blob/main/{place.replace('solutions/', 'exercises/')})"
    assert f"](https://colab.research.google.com/github/{blob} [![" in badges
    assert badges.endswith(f"](https://kaggle.com/kernels/welcome?src=https://github.com/{blob}\n")
    assert stamp.stamp_notebook(stamped, place, OWNER, "main") == unset


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of the files that hold the address, of one lesson."""
    for path in [*stamp.files(), ROOT / "pyproject.toml"]:
        if path.suffix != ".ipynb" or path.name.startswith("00"):
            (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, tmp_path / path.relative_to(ROOT))
    monkeypatch.setattr(stamp, "HOME", tmp_path)
    return tmp_path


def set_address(project: Path, address: str, branch: str = "main") -> None:
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    text = re.sub(r'^repository = ".*"', f'repository = "{address}"', text, flags=re.MULTILINE)
    text = re.sub(r'^branch = ".*"', f'branch = "{branch}"', text, flags=re.MULTILINE)
    (project / "pyproject.toml").write_text(text, encoding="utf-8")


def test_one_setting_and_one_command_put_the_address_everywhere_and_take_it_out(project, capsys):
    set_address(project, OWNER)
    stamp.main([])
    before = {path: path.read_text(encoding="utf-8") for path in stamp.files()}
    for path, text in before.items():
        assert not any(host in text for host in ("colab.research", "kaggle.com", "repository-code")), path.name

    set_address(project, "https://github.com/anna/my.course", "v2")
    capsys.readouterr()
    assert stamp.main(["--check"]) == 1
    assert "README.md is out of step: run `make stamp`." in capsys.readouterr().out
    assert {path: path.read_text(encoding="utf-8") for path in before} == before
    assert stamp.main([]) == 0 and stamp.main(["--check"]) == 0
    got = {path.name: path.read_text(encoding="utf-8") for path in before}
    assert all("anna/my.course" in text and "OWNER/sft-course" not in text for text in got.values())
    assert 'repository-code: "https://github.com/anna/my.course"' in got["CITATION.cff"]
    places = re.findall(r"\]\(((?:notebooks|exercises)/[^)]+\.ipynb)\) \(([^\n|]*?\))\)", got["README.md"])
    assert len(places) == sum("solutions" not in path.parts for path in NOTEBOOKS)
    for place, services in places:
        blob = f"anna/my.course/blob/v2/{place}"
        colab, kaggle = f"https://colab.research.google.com/github/{blob}", "https://kaggle.com/kernels/welcome?src="
        assert services == f"[Colab]({colab}), [Kaggle]({kaggle}https://github.com/{blob})"

    set_address(project, OWNER)
    assert stamp.main([]) == 0
    assert {path: path.read_text(encoding="utf-8") for path in before} == before


@pytest.mark.parametrize(
    "wrong", ["https://github.com/anna/course.git", "https://example.org/anna/course", "https://github.com/anna", "a b"]
)
def test_an_address_that_colab_cannot_open_is_refused(project, wrong, capsys):
    set_address(project, wrong)
    assert stamp.main([]) == 2
    assert "should look like https://github.com/owner/name" in capsys.readouterr().err


@pytest.mark.parametrize("ran", [True, False])
def test_a_new_notebook_is_stamped_and_keeps_its_order(ran):
    cells = [nbformat.v4.new_markdown_cell("# 42 · Title\n\n**Promise.**")]
    cells += [
        nbformat.v4.new_code_cell(source, execution_count=n if ran else None) for n, source in ((1, "a"), (2, "b"))
    ]
    text = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
    stamped = stamp.stamp_notebook(text, "notebooks/42_x.ipynb", "https://github.com/a/b", "main")
    got = nbformat.reads(stamped, as_version=4)
    assert [c.get("execution_count") for c in got.cells[1:]] == ([1, 2, 3] if ran else [None] * 3)
    assert got.cells[0].source.split("\n\n")[2] == "**Promise.**"
    assert stamp.stamp_notebook(stamped, "notebooks/42_x.ipynb", "https://github.com/a/b", "main") == stamped
