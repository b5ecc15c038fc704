"""The whole course as one PDF: Sphinx' single page, printed by Chromium. It needs playwright and Chromium."""

import shutil
import tempfile
from pathlib import Path

from .build import SiteFailed, build

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu"]  # as root in a container Chromium's own sandbox can't start


def write_pdf(file: Path) -> None:
    """Writes the course as a PDF.

    Raises:
        SiteFailed: a page has something wrong, or playwright or Chromium is missing.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError as error:
        raise SiteFailed("a PDF needs playwright: pip install -r requirements-browser.txt") from error
    if CHROMIUM is None:
        raise SiteFailed("a PDF needs Chromium or Chrome, which was not found on this machine")
    with tempfile.TemporaryDirectory(prefix="course-pdf-") as folder, sync_playwright() as playwright:
        first = build(Path(folder) / "one", builder="singlehtml")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = browser.new_page()
            page.goto(first.as_uri(), wait_until="load", timeout=300_000)
            file.parent.mkdir(parents=True, exist_ok=True)
            numbers = '<div style="font-size:8px;margin:auto"><span class="pageNumber"></span></div>'
            margin = {"top": "15mm", "bottom": "15mm", "left": "14mm", "right": "14mm"}
            page.pdf(
                path=file,
                format="A4",
                margin=margin,
                outline=True,
                tagged=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=numbers,
            )
        finally:
            browser.close()
