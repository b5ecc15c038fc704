"""Headless Chromium for the tests of `make browser`, which `make test` leaves out.

Where playwright or Chromium is missing the tests are skipped, or fail with ``COURSE_BROWSER=required``, which
`make browser` sets.
"""

import os

import pytest

from scripts.website.pdf import CHROMIUM, FLAGS


def missing(what: str) -> None:
    if os.environ.get("COURSE_BROWSER") == "required":
        pytest.fail(f"{what} is missing, and COURSE_BROWSER=required asks for it")
    pytest.skip(f"{what} is missing: see CONTRIBUTING.md")


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        missing("playwright")
    if CHROMIUM is None:
        missing("Chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def page(browser):
    tab = browser.new_page(viewport={"width": 1400, "height": 1000})
    tab.set_default_timeout(300_000)  # milliseconds; a busy machine is slow
    yield tab
    tab.close()
