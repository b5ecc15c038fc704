"""The libraries of the live pages: ``python -m scripts.website.vendor`` fetches them by npm, once.

Versions and checksums stand in package-lock.json. Building the site fetches nothing: it takes what lies here, and
without it leaves the pages out that need it.
"""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
STORE = HERE.parents[1] / "build" / "vendor"
LOCK = "package-lock.json"


class NoLibraries(Exception):
    """The libraries are not here, or can't be fetched; the text says what to do."""


def libraries() -> Path:
    """The folder ``node_modules`` with the libraries.

    Raises:
        NoLibraries: they have not been fetched, or in other versions.
    """
    lock = STORE / LOCK
    if not (STORE / "node_modules").exists() or not lock.exists() or lock.read_bytes() != (HERE / LOCK).read_bytes():
        raise NoLibraries("their libraries are missing; `make site` fetches them, by npm")
    return STORE / "node_modules"


def fetch() -> Path:
    """Fetches the libraries where they are missing, and returns `libraries`.

    Raises:
        NoLibraries: npm is missing or failed, for example without a network.
    """
    try:
        return libraries()
    except NoLibraries:
        pass
    npm = shutil.which("npm")
    if npm is None:
        raise NoLibraries("npm was not found: install Node.js, which brings it")
    shutil.rmtree(STORE, ignore_errors=True)
    STORE.mkdir(parents=True)
    for name in ("package.json", LOCK):
        shutil.copy(HERE / name, STORE)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=STORE, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(STORE, ignore_errors=True)
        raise NoLibraries(f"npm could not fetch them: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    return libraries()


if __name__ == "__main__":
    try:
        fetch()
    except NoLibraries as error:
        print(f"The site will lack the live X-ray and the live models: {error}.", file=sys.stderr)
