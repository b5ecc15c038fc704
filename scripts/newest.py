"""Runs the course on the newest releases: ``python -m scripts.newest [00 01 ...]``, behind ``make newest``.

`requirements.txt` pins the versions that the course was tested with. This makes a second environment, ``.venv-newest``,
with the newest release of each of them, runs the lessons there, and writes what differs and what broke to
``build/newest.md``. PyTorch keeps its pin unless ``--with-torch`` is given, because a plain ``torch`` brings gigabytes
of GPU packages along on Linux; a newer one is named in the report. The exit status is 0 when the lessons ran and their
claims held. Nothing here knows about lessons beyond their summary.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from course_utils.colab import pins
from course_utils.table import as_markdown

VENV = Path(".venv-newest")
BUILD = Path("build/newest")
REPORT = Path("build/newest.md")


def report(pinned: dict[str, str], found: dict[str, str], latest: dict[str, str], lessons: list[dict], log: str) -> str:
    """What differs and what broke, as Markdown.

    Args:
        pinned, found: version by package, of requirements.txt and of the new environment.
        latest: the newest release of the packages that the new environment still holds back.
        lessons: the rows of the run's ``summary.json``; empty when nothing could be run.
        log: the end of the installer's output when it failed, else "".
    """
    lines = ["# The course on the newest releases", ""]
    if log:
        return "\n".join(
            [*lines, "The newest releases can't be installed together:", "", "```", log.strip(), "```", ""]
        )
    changed = [name for name in pinned if found.get(name, "").split("+")[0] != pinned[name].split("+")[0]]
    behind = [name for name in pinned if name in latest]
    lines += [f"{len(changed)} of {len(pinned)} pinned packages have a newer release that was installed.", ""]
    if changed:
        rows = [{"package": n, "pinned": pinned[n], "installed": found.get(n, "missing")} for n in changed]
        lines += [as_markdown(rows), ""]
    for name in behind:
        why = "kept on purpose" if name == "torch" else "another package asks for less"
        lines += [f"- {name} stays at {found.get(name, '?')}, the newest is {latest[name]}: {why}."]
    lines += [""] if behind else []
    broken = [row for row in lessons if row["problems"]]
    if not lessons:
        lines += ["**No lesson was run.**"]
    elif broken:
        lines += [f"**{len(broken)} of {len(lessons)} lessons broke:**", ""]
        lines += [f"- {problem}" for row in broken for problem in row["problems"]]
    else:
        claims = sum(row["held"] for row in lessons)
        names = ", ".join(row["lesson"].partition("_")[0] for row in lessons)
        lines += [f"**Nothing broke.** Lessons run: {names}; claims held: {claims}."]
    return "\n".join([*lines, ""])


def _versions(python: Path, *options: str) -> list[dict[str, str]]:
    """The rows of ``pip list``; none when it fails, as it does for newer releases without a network."""
    command = [python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check", *options]
    listed = subprocess.run(command, capture_output=True, text=True)
    return json.loads(listed.stdout) if listed.returncode == 0 else []


def _by_name(rows: list[dict[str, str]], key: str) -> dict[str, str]:
    return {row["name"].lower().replace("_", "-"): row[key] for row in rows}


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.newest", description="Run on the newest releases.")
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lesson numbers such as 00 01; all when none is given")
    parser.add_argument("--with-torch", action="store_true", help="the newest PyTorch too (several GB)")
    options = parser.parse_args(arguments)
    pinned = pins(Path("requirements.txt"))
    python = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
    kept = [] if options.with_torch else ["torch"]
    wanted = [f"{name}=={version}" if name in kept else name for name, version in pinned.items()]
    print(f"Installing the newest releases into {VENV} (a few minutes)", flush=True)
    install = [python, "-m", "pip", "install", "--disable-pip-version-check", *wanted, "-e", "."]
    installed = subprocess.run(install, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    shutil.rmtree(BUILD, ignore_errors=True)
    if installed.returncode == 0:
        subprocess.run([python, "-m", "scripts.run_lessons", "--build", BUILD, *options.lessons])
    summary = BUILD / "summary.json"
    lessons = json.loads(summary.read_text(encoding="utf-8")) if summary.is_file() else []
    log = "\n".join(installed.stdout.splitlines()[-15:]) if installed.returncode else ""
    found, latest = _by_name(_versions(python), "version"), _by_name(_versions(python, "--outdated"), "latest_version")
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(report(pinned, found, latest, lessons, log), encoding="utf-8")
    print(f"\n{REPORT.read_text(encoding='utf-8')}\nWritten to {REPORT}.")
    return 0 if lessons and not any(row["problems"] for row in lessons) else 1


if __name__ == "__main__":
    sys.exit(main())
