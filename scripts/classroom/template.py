"""Writes a folder for a classroom on GitHub or GitLab: the exercise, and workflows that run its checks at every push.

Nothing is sent anywhere. The workflows fetch the course from the address in ``pyproject.toml``.
"""

import shutil
import tomllib
from pathlib import Path

from scripts.classroom.grade import NotReady, source

TEMPLATES = Path(__file__).parent / "templates"
README = """# Exercise {name}

Work in `{name}.ipynb`: replace each `raise NotImplementedError` line by your own code, run the cell and the check below
it. At every push the checks run here too. Their last step prints your points, and what each check that fails has said.
"""


def template(assignment: str, folder: Path, pyproject: Path = Path("pyproject.toml")) -> list[Path]:
    """Writes the folder, which must be new or empty; returns the files.

    Raises:
        NotReady: no such assignment, the folder holds something, or the course has no address yet.
    """
    name = source(assignment).stem
    course = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["course"]
    if "/OWNER/" in course["repository"]:
        raise NotReady("The course has no address yet. Set it in pyproject.toml under [tool.course], run make stamp.")
    if folder.exists() and any(folder.iterdir()):
        raise NotReady(f"{folder} is not empty. Give a new folder.")
    known = {"@NAME@": name, "@NUMBER@": assignment.split("_")[0]}
    known |= {"@ADDRESS@": course["repository"], "@BRANCH@": course["branch"]}
    places = {"github.yml": folder / ".github" / "workflows" / "checks.yml", "gitlab.yml": folder / ".gitlab-ci.yml"}
    for file, path in places.items():
        text = (TEMPLATES / file).read_text(encoding="utf-8")
        for word, value in known.items():
            text = text.replace(word, value)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "README.md").write_text(README.format(name=name), encoding="utf-8")
    shutil.copy(Path("exercises", assignment, f"{name}.ipynb"), folder)
    return [*places.values(), folder / "README.md", folder / f"{name}.ipynb"]
