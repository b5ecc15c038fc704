"""Builds the site with Sphinx: warnings are errors, and nothing is run again."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from nbformat import NotebookNode

from scripts import stamp

from . import live, sources
from .vendor import NoLibraries

PREVIEW = Path("docs/before_after.png")  # what a link preview shows
NEED_LIBRARIES = ("models", "xray")


class SiteFailed(Exception):
    """Sphinx found something wrong; the text is what it said."""


def contents(chapters: dict[str, list[Path]], home: Path) -> str:
    """The tables of contents, which stand unseen at the end of the first page; a lesson says how long it takes."""
    times = sources.minutes(home)
    lines = []
    for chapter, places in ((chapter, places) for chapter, places in chapters.items() if places):
        lines += ["", "```{toctree}", ":hidden:", f":caption: {chapter}", ""]
        for place in places:
            page = place.with_suffix("").as_posix()
            lines.append(
                f"{sources.title(home / place)} ({times[str(place)]}) <{page}>" if str(place) in times else page
            )
        lines += ["```"]
    return "\n".join([*lines, ""])


def build(
    target: Path,
    home: Path = sources.HOME,
    executed: dict[str, NotebookNode] | None = None,
    summary: str = "",
    builder: str = "html",
) -> Path:
    """Builds the site into a folder and returns its first page.

    Args:
        target: the folder of the site; what lies there goes.
        home: the course's folder.
        executed: lessons as they ran just now, by file name; the others are shown as stored.
        summary: Markdown of that run, which then is the first page, and the README the second.
        builder: Sphinx' builder, "html" or "singlehtml".

    Raises:
        SiteFailed: a link leads nowhere, or Sphinx warned of something, in its own words.
    """
    with tempfile.TemporaryDirectory(prefix="course-site-") as folder:
        laid = Path(folder).resolve() / "pages"
        try:
            chapters = sources.lay_out(laid, home, executed)
        except FileNotFoundError as error:
            raise SiteFailed(str(error)) from error
        readme = laid / "README.md"
        if summary:
            chapters = ({"About": [Path("README.md")]} if readme.exists() else {}) | chapters
            first = f"# The course, as it ran\n\n{summary}\n"
        else:
            first = readme.read_text(encoding="utf-8")
            readme.unlink()
        if chapters.get("Try it"):
            try:
                live.write(laid / "_extra" / "_static" / "live")
            except NoLibraries as error:
                print(f"The live X-ray and the live models are left out of the site: {error}.", file=sys.stderr)
                left_out = [place for place in chapters["Try it"] if place.stem in NEED_LIBRARIES]
                chapters["Try it"] = [place for place in chapters["Try it"] if place not in left_out]
                for place in left_out:
                    (laid / place).unlink()
        (laid / "index.md").write_text(first + contents(chapters, home), encoding="utf-8")
        if (home / PREVIEW).exists():
            (laid / "_extra" / "_static").mkdir(exist_ok=True)
            shutil.copy(home / PREVIEW, laid / "_extra" / "_static" / "preview.png")
        made = Path(folder) / "site"  # at its place only when it is whole
        settings = {"COURSE_SITE_EXTRA": str(laid / "_extra")} | _address()
        command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", builder]
        command += ["-c", str(Path(__file__).parent), "-d", f"{folder}/doctrees", str(laid), str(made)]
        done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True)
        if done.returncode:
            raise SiteFailed((done.stderr or done.stdout).strip().replace(f"{laid}{os.sep}", ""))
        for unused in made.rglob("*.map"):  # for a debugger of the theme's own scripts
            unused.unlink()
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, target)
    return target / "index.html"


def _address() -> dict[str, str]:
    """Where the repository and its pages are, as `conf` reads it; nothing as long as nobody has set it."""
    address, branch = stamp.setting()
    if address.startswith(stamp.UNSET):
        return {}
    owner, _, name = address.removeprefix("https://github.com/").partition("/")
    pages = f"https://{owner.lower()}.github.io/{name}/"
    return {"COURSE_SITE_REPOSITORY": address, "COURSE_SITE_BRANCH": branch, "COURSE_SITE_ADDRESS": pages}
