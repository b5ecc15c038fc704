"""Installs the course by a plain ``pip install .`` and imports all of it: ``python -m scripts.install_plain``.

The environment is new and empty, in a temporary folder, and the imports run outside the course's folder. PyTorch keeps
the version of requirements.txt; everything else is the newest that fits. The exit status is 0 when every module of
``course_utils`` could be imported. Run it now and then: it downloads what an installation downloads.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from course_utils.colab import pins

HOME = Path(__file__).resolve().parents[1]
IMPORTS = """\
import importlib, pkgutil, traceback
import course_utils
names = sorted(module.name for module in pkgutil.walk_packages(course_utils.__path__, "course_utils."))
failed = []
for name in names:
    try:
        importlib.import_module(name)
    except Exception as error:
        failed.append(f"{name}: {type(error).__name__}: {error}")
print(f"{len(names) - len(failed)} of {len(names)} modules can be imported.", *failed, sep="\\n")
raise SystemExit(bool(failed) or not names)
"""


def main() -> int:
    """Makes the environment, installs, imports; returns the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        venv = Path(folder, "venv")
        python = venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        torch = f"torch=={pins()['torch']}"
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", torch, HOME]
        if subprocess.run(install).returncode:
            print("pip could not install the course, see above.", file=sys.stderr)
            return 1
        return subprocess.run([python, "-c", IMPORTS], cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())
