"""What a learner sees in JupyterLab: a quiz, answered in headless Chromium."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

from course_utils import quiz

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]*_*.ipynb"))
SECONDS = 300  # a busy machine is slow
# What Control+Enter needs: the notebook in front, with a kernel that waits. Without one it opens a dialog.
READY = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    return panel?.context?.isReady && panel.sessionContext?.isReady
        && panel.sessionContext.kernelDisplayStatus === 'idle';
}"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def lab(page, tmp_path_factory):
    """The address of a JupyterLab in a folder with lesson 00, of which only the quiz is left to run."""
    folder = tmp_path_factory.mktemp("lab")
    lesson = nbformat.read(LESSONS[0], as_version=4)
    quizzes = [cell for cell in lesson.cells if "show_quiz(" in cell.source]
    assert len(quizzes) == 1, "a lesson shows one quiz"
    lesson.cells = [lesson.cells[0], *quizzes]
    nbformat.write(lesson, folder / LESSONS[0].name)
    port, token = free_port(), "a-token-for-this-test"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
    command += ["--LabApp.expose_app_in_browser=True"]  # for READY
    settings = {
        name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR")
    }
    log = open(folder / "lab.log", "w")
    server = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5)
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < deadline, (folder / "lab.log").read_text()[-2000:]
                time.sleep(0.5)
        yield f"{address}/lab/tree/{LESSONS[0].name}?token={token}"
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def test_a_quiz_answered_in_jupyterlab_gives_its_reasons(page, lab):
    question = quiz.load(LESSONS[0].name.partition("_")[0])[0]
    key = next(option for option in question.options if option.correct)
    wrong = next(option for option in question.options if not option.correct)

    page.goto(lab)
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate("() => window.jupyterapp.restored.then(() => true)")  # nothing moves any more
    page.wait_for_function(READY)
    page.locator(".jp-CodeCell .jp-InputArea-editor").first.click()
    page.locator(".jp-CodeCell.jp-mod-active .cm-editor.cm-focused").wait_for()  # the key goes to this cell
    page.keyboard.press("Control+Enter")

    shown = page.locator(".Quiz").first
    shown.wait_for()
    buttons, feedback = shown.locator(".MCButton"), shown.locator(".Feedback")
    assert buttons.count() == len(question.options)
    for option, mark in ((wrong, "incorrect"), (key, "correct")):
        buttons.filter(has_text=re.compile(rf"^\s*{option.letter}\.")).click()
        said = " ".join(feedback.inner_text().split())
        assert plain(option.reason) in said, f"after {option.letter} the quiz says {said!r}"
        assert ("Read again" in said) == (not option.correct)
        classes = (feedback.get_attribute("class") or "").lower().split()
        assert mark in classes, f"the feedback of option {option.letter} has the classes {classes}"


def plain(text: str) -> str:
    return " ".join(re.sub(r"[`*]", "", text).split())
