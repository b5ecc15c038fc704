"""Stamps the repository's address everywhere: badges, bootstrap cells, README and citation file.

``python -m scripts.stamp`` (``make stamp``) reads the address from pyproject.toml and writes the badges of Colab and
Kaggle and the bootstrap cell into every lesson, exercise and solution, and the address into README.md and CITATION.cff.
As long as the address says OWNER, it leads nowhere: then there are no badges and no links, and the bootstrap cell asks
for the address. ``--check`` writes nothing and says what is out of step. What the bootstrap cell fetches and runs is
``course_utils/colab.py``.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from course_utils import data

HOME = Path(__file__).resolve().parents[1]
HERE = "sft-course"  # the folder beside a notebook that its bootstrap cell puts the course into
# What opens a notebook of GitHub: its badge, and the link before the notebook's place, owner/name/blob/branch/path.
SERVICES = {
    "Colab": ("https://colab.research.google.com/assets/colab-badge.svg", "https://colab.research.google.com/github/"),
    "Kaggle": (
        "https://kaggle.com/static/images/open-in-kaggle.svg",
        "https://kaggle.com/kernels/welcome?src=https://github.com/",
    ),
}
UNSET = "https://github.com/OWNER/"  # how the address begins until somebody sets it
TAG = "bootstrap"  # marks the cell, in its metadata and as its id
CELL = """\
# @title Where the course is installed, this does nothing. In Colab, in Kaggle or alone, it fetches the course.
import importlib.util

if not importlib.util.find_spec("course_utils"):
    import os, runpy, shutil, subprocess  # noqa: E401, I001

    address, branch, here = "{address}", "{branch}", "{here}"
    homes = [home for home in ("..", "../..", here) if os.path.exists(f"{{home}}/course_utils/colab.py")]
    if not homes and address.startswith("{unset}"):
        asks = "set it in pyproject.toml and run `make stamp`, or open this notebook in the course's folder"
        raise RuntimeError(f"this copy of the course has no address: {{asks}}")
    if not homes:
        print(f"Fetching the course from {{address}}")
        shutil.rmtree(f"{{here}}.part", ignore_errors=True)
        git = f"git -c core.askPass=true clone --quiet --depth 1 --branch {{branch}} {{address}} {{here}}.part"
        failed, said = subprocess.getstatusoutput(git)
        if failed:
            check = "check git, the network (Kaggle: turn the internet on) and if you may write here"
            raise RuntimeError(f"can't fetch the course: {{check}}. {{said}}")
        os.rename(f"{{here}}.part", here)
    runpy.run_path(f"{{(homes or [here])[0]}}/course_utils/colab.py", run_name="bootstrap")"""


def setting() -> tuple[str, str]:
    """Address and branch of the repository, from ``[tool.course]`` in pyproject.toml.

    Raises ValueError when the address is none that Colab and Kaggle can open: they know GitHub alone.
    """
    import tomllib

    course = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["course"]
    address, branch = course["repository"], course["branch"]
    if not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", address) or address.endswith(".git"):
        raise ValueError(
            f"repository = {address!r} in pyproject.toml should look like https://github.com/owner/name, without .git, "
            "since Colab and Kaggle open notebooks from GitHub."
        )
    if not re.fullmatch(r"[\w./-]+", branch):
        raise ValueError(f"branch = {branch!r} in pyproject.toml should be the name of a branch, such as main.")
    return address, branch


def links(path: str, address: str, branch: str) -> dict[str, str]:
    """Where each service opens a notebook, given its path in the repository; none as long as the address is not set."""
    place = f"{address.removeprefix('https://github.com/')}/blob/{branch}/{path}"
    return {} if address.startswith(UNSET) else {name: before + place for name, (_, before) in SERVICES.items()}


def cell(address: str, branch: str) -> str:
    """The source of the bootstrap cell."""
    return CELL.format(address=address, branch=branch, here=HERE, unset=UNSET)


def stamp_notebook(text: str, path: str, address: str, branch: str) -> str:
    """A notebook's file with badges and bootstrap cell; `path` is its place in the repository.

    The badges stand below the title. A solution has those of its exercise, which is generated from it. The cell goes
    before the first cell of code, and takes part in the counting when the notebook was run.
    """
    notebook: dict[str, Any] = json.loads(text)
    cells = notebook["cells"]
    path = re.sub(r"^solutions/", "exercises/", path)
    badges = [f"[![Open in {n}]({SERVICES[n][0]})]({link})" for n, link in links(path, address, branch).items()]
    title = "".join(cells[0]["source"])
    title = re.sub(r"\n\n\[!\[Open in [^\n]*", "", title)
    if badges:
        title = re.sub(r"\A(# [^\n]+)", lambda found: f"{found.group()}\n\n{' '.join(badges)}", title)
    cells[0]["source"] = title.splitlines(keepends=True)

    source = cell(address, branch).splitlines(keepends=True)
    old = [c for c in cells if TAG in c["metadata"].get("tags", [])]
    # folded in JupyterLab and in Colab: it is no part of the lesson
    look = {"cellView": "form", "jupyter": {"source_hidden": True}, "tags": [TAG]}
    if old:
        old[0] |= {"source": source, "metadata": old[0]["metadata"] | look}
    else:
        code = [c for c in cells if c["cell_type"] == "code"]
        ran = any(c["execution_count"] == 1 for c in code)
        for other in code:
            other["execution_count"] = other["execution_count"] and other["execution_count"] + ran
        new = {"cell_type": "code", "execution_count": 1 if ran else None, "id": TAG, "metadata": look}
        first = cells.index(code[0]) if code else len(cells)
        cells.insert(first, new | {"outputs": [], "source": source})
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def stamp_readme(text: str, address: str, branch: str) -> str:
    """README.md with the services' links behind each lesson and exercise of its table of lessons."""

    def linked(place: re.Match[str]) -> str:
        found = [f"[{name}]({link})" for name, link in links(place.group(1), address, branch).items()]
        return place.group() + (f" ({', '.join(found)})" if found else "")

    def row(found: re.Match[str]) -> str:
        plain = re.sub(rf" \((?:\[(?:{'|'.join(SERVICES)})\]\([^)]*\)(?:, )?)+\)", "", found.group())
        return re.sub(r"\]\(((?:notebooks|exercises)/[^)]+\.ipynb)\)", linked, plain)

    return re.sub(r"^\| \d\d\w? \|.*$", row, text, flags=re.MULTILINE)


def stamp_citation(text: str, address: str) -> str:
    """CITATION.cff with the repository's address, once it is set."""
    text = re.sub(r"^repository-code:.*\n", "", text, flags=re.MULTILINE)
    line = "" if address.startswith(UNSET) else f'repository-code: "{address}"\n'
    return re.sub(r"^license:", f"{line}license:", text, flags=re.MULTILINE)


def stamp(path: Path, text: str, address: str, branch: str) -> str:
    """The text that a file of the project should have."""
    if path.suffix == ".ipynb":
        return stamp_notebook(text, path.relative_to(HOME).as_posix(), address, branch)
    return stamp_readme(text, address, branch) if path.suffix == ".md" else stamp_citation(text, address)


def files() -> list[Path]:
    """The files that hold the repository's address."""
    folders = ("notebooks/*.ipynb", "solutions/[0-9]*/*.ipynb", "exercises/[0-9]*/*.ipynb")
    return [path for folder in folders for path in sorted(HOME.glob(folder))] + [
        HOME / "README.md",
        HOME / "CITATION.cff",
    ]


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.stamp", description="Stamp badges, bootstrap cells and the repository's address."
    )
    parser.add_argument("--check", action="store_true", help="write nothing, say what is out of step")
    check = parser.parse_args(arguments).check
    stale = []
    try:
        address, branch = setting()
        for path in files():
            text = path.read_text(encoding="utf-8")
            wanted = stamp(path, text, address, branch)
            if wanted != text:
                stale.append(path.relative_to(HOME))
                if not check:
                    data.write_text(path, wanted)
    except (OSError, KeyError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    for path in stale:
        print(f"{path} is out of step: run `make stamp`." if check else f"{path} stamped")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
