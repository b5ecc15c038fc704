"""Sets a notebook up on its own, in Colab or elsewhere: what its bootstrap cell fetches and runs.

The cell runs this file before anything is installed, so this file imports nothing but the standard library. It installs
what is missing or too old, never PyTorch, and nothing that would change PyTorch.
"""

import importlib
import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
NEVER = ("torch", "torchvision", "torchaudio")  # built for the machine's accelerator: left alone, whatever happens
HELD = (*NEVER, "transformers", "numpy")  # kept as they are found; Colab comes with versions that go together


def set_up() -> None:
    """Installs what the course lacks here and makes ``course_utils`` importable; a second call changes nothing.

    Raises RuntimeError, in a sentence that says what to do, when Python is too old, PyTorch is missing, pip fails, or a
    library was loaded before it was upgraded.
    """
    if sys.version_info < (3, 11):  # noqa: UP036  (a notebook alone may meet any)
        raise RuntimeError(f"The course needs Python 3.11 or newer, and this is {sys.version.split()[0]}.")
    if installed("torch") is None:
        raise RuntimeError(
            "PyTorch is not installed, and this cell never installs it: set the course up as its README says, or "
            "install PyTorch for your machine and run this cell again."
        )
    lacking = missing()
    if lacking:
        print(f"Installing {', '.join(lacking)} (a minute or so; PyTorch stays as it is)", flush=True)
        install(lacking)
    if str(HOME) not in sys.path:
        sys.path.append(str(HOME))
        # and for the programs that a lesson starts
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(HOME)]))
    print(f"The course is ready, from {HOME.name}.")


def installed(name: str) -> str | None:
    """The version of an installed package, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers that can be compared: "2.11.0+cu128" is (2, 11)."""
    found = [int(part) for part in re.findall(r"\d+", version.split("+")[0])]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def bounds() -> dict[str, str]:
    """What the package needs, from pyproject.toml: name to oldest version."""
    import tomllib

    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return dict(line.split(">=") for line in project["dependencies"])


def pins(requirements: Path = HOME / "requirements.txt") -> dict[str, str]:
    """The pinned versions of a requirements file, by name; names in lower case with hyphens, as in pyproject.toml."""
    found = re.findall(r"^([\w.-]+)==([\w.]+)", requirements.read_text(encoding="utf-8"), re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in found}


def missing() -> list[str]:
    """What is missing or too old, in the version that was tested, such as ``trl==1.16.0``."""
    tested, wanted = pins(), {name: least for name, least in bounds().items() if name not in NEVER}
    found = {name: installed(name) for name in wanted}
    return [f"{n}=={tested[n]}" for n in wanted if found[n] is None or numbers(found[n]) < numbers(wanted[n])]


def constraints(lacking: list[str]) -> list[str]:
    """What pip must keep to: what is held stays as it is, and what it changes besides gets no newer than was tested."""
    named = {line.split("==")[0] for line in lacking}
    held = {name: version for name in HELD if name not in named and (version := installed(name))}
    tested = {name: version for name, version in pins().items() if name not in (*held, *NEVER)}
    older = {name: v for name, v in tested.items() if numbers(installed(name) or "0") < numbers(v)}
    return [f"{name}=={v}" for name, v in held.items()] + [f"{name}<={v}" for name, v in older.items()]


def install(lacking: list[str]) -> None:
    """Has pip install packages into this Python; raises RuntimeError when it can't, or when a restart is needed.

    A compiled library such as pyarrow that was loaded before its upgrade breaks what is imported next (datasets#6661).
    """
    loaded = {name: installed(name) for name in pins() if name.replace("-", "_") in sys.modules}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "constraints.txt")
        file.write_text("\n".join(constraints(lacking)), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        done = subprocess.run([*command, "--constraint", str(file), *lacking], capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.splitlines()
        said = [line for line in lines if re.match("error", line, re.IGNORECASE)] or lines or ["without a reason"]
        raise RuntimeError(
            f"pip could not install {', '.join(lacking)} ({said[-1].strip()}): check the connection, then run this "
            "cell again. Nothing else was changed."
        )
    importlib.invalidate_caches()
    stale = [name for name, version in loaded.items() if installed(name) != version]
    if stale:
        raise RuntimeError(
            f"{' and '.join(stale)} had been loaded before the new version came: restart the session (in Colab: "
            "Runtime, Restart session), then run this cell again."
        )


if __name__ == "bootstrap":
    set_up()
