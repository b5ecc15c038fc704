"""The headless runner, on lessons of a few plain cells."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from scripts import run_lessons

EXPECT = "from course_utils.claims import expect\nexpect('the sum is right', {value}, at_least=2, hint='Add more.')"


def lesson(folder: Path, name: str, *sources: str) -> Path:
    folder.mkdir(exist_ok=True)
    cells = [new_markdown_cell("# A lesson"), *map(new_code_cell, sources)]
    path = folder / name
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "notebooks"


def test_a_good_lesson_gives_pages_and_a_summary(course, capsys):
    lesson(course, "00_start.ipynb", "import sys; print(sys.executable)", EXPECT.format(value=2))
    assert run_lessons.main([]) == 0
    printed = capsys.readouterr().out
    assert "00_start" in printed and "\r" not in printed
    page = Path("build/site/notebooks/00_start.html").read_text(encoding="utf-8")
    assert "✓ the sum is right" in page
    assert sys.executable in page, "the kernel is not this interpreter"
    assert 'href="notebooks/00_start.html"' in Path("build/site/index.html").read_text(encoding="utf-8")
    row = json.loads(Path("build/summary.json").read_text(encoding="utf-8"))[0]
    assert (row["lesson"], row["held"], row["differing"], row["problems"]) == ("00_start", 1, 0, [])
    assert 20 < row["peak_mb"] < 1000 and row["seconds"] > 0
    assert "| 00_start |" in Path("build/summary.md").read_text(encoding="utf-8")


def test_a_cell_that_fails_is_named_and_the_next_lesson_runs(course, capsys):
    lesson(course, "00_bad.ipynb", "1 + 1", "raise ValueError('the sheet is empty')", "print('never')")
    lesson(course, "01_good.ipynb", "print('here')")
    assert run_lessons.main([]) == 1
    printed = capsys.readouterr().out
    assert "00_bad, cell 3 stopped with ValueError: the sheet is empty" in printed
    pages = Path("build/site/notebooks")
    assert (
        "the sheet is empty" in (pages / "00_bad.html").read_text() and "here" in (pages / "01_good.html").read_text()
    )


def test_a_claim_that_comes_out_otherwise_fails_the_run(course, capsys):
    lesson(course, "00_claim.ipynb", EXPECT.format(value=1))
    assert run_lessons.main(["00"]) == 1
    assert "cell 2: a claim came out otherwise: ✗ the sum is right (live): you got 1.00" in capsys.readouterr().out
    assert json.loads(Path("build/summary.json").read_text())[0]["differing"] == 1


def test_a_line_that_the_course_saw_refuted_is_counted_and_fails_nothing(course, capsys):
    lesson(course, "00_claim.ipynb", EXPECT.format(value=1).replace("at_least", "verdict='✗', at_least"))
    assert run_lessons.main(["00"]) == 0, capsys.readouterr().out
    row = json.loads(Path("build/summary.json").read_text())[0]
    assert (row["held"], row["refuted"], row["unseen"], row["differing"]) == (0, 1, 0, 0)


def test_wrong_requests_are_refused_in_one_sentence(course, capsys):
    assert run_lessons.main([]) == 2
    assert "no lessons" in capsys.readouterr().err
    lesson(course, "00_start.ipynb", "1")
    assert run_lessons.main(["07"]) == 2
    assert capsys.readouterr().err == "There is no lesson 07; these are available: 00.\n"
    Path("build").write_text("a file where the folder should be")
    assert run_lessons.main([]) == 2
    assert "build/" in capsys.readouterr().err


def test_in_place_stores_outputs_without_what_differs_between_machines(course):
    path = lesson(course, "00_start.ipynb", "6 * 7", "show_quiz = print\nshow_quiz('a quiz')")
    before = nbformat.read(path, as_version=4)
    assert run_lessons.main(["--in-place"]) == 0
    after = nbformat.read(path, as_version=4)
    assert [cell.id for cell in after.cells] == [cell.id for cell in before.cells]
    assert after.cells[1].outputs[0].data["text/plain"] == "42" and after.cells[1].execution_count == 1
    assert after.cells[2].outputs == [] and "execution" not in after.cells[1].metadata
    assert after.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert not Path("build").exists()
    stored = path.read_bytes()
    assert run_lessons.main(["--in-place"]) == 0 and path.read_bytes() == stored


def test_in_place_leaves_a_lesson_that_fails_as_it_was(course):
    path = lesson(course, "00_bad.ipynb", "1 + 1", EXPECT.format(value=1))
    stored = path.read_bytes()
    assert run_lessons.main(["--in-place"]) == 1 and path.read_bytes() == stored


@pytest.mark.skipif(sys.platform == "win32", reason="sends a Unix signal")
def test_an_interrupt_kills_the_kernel_and_leaves_whole_files(course):
    lesson(course, "00_good.ipynb", "1")
    sleep = "import os, time; open('pid', 'w').write(str(os.getpid())); open('ready', 'w'); time.sleep(60)"
    lesson(course, "01_long.ipynb", sleep)
    child = subprocess.Popen(
        [sys.executable, "-m", "scripts.run_lessons"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(run_lessons.__file__).parents[1])},
        # a test run that was started in the background ignores Ctrl-C, and its children would too
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        deadline = time.monotonic() + 600  # a busy machine is slow
        while not (course / "ready").exists() and time.monotonic() < deadline and child.poll() is None:
            time.sleep(0.1)
        child.send_signal(signal.SIGINT)
        printed, _ = child.communicate(timeout=300)
    finally:
        child.kill()
    assert child.returncode == 130
    assert "Lessons finished: 00_good." in printed and "Traceback" not in printed
    assert not psutil.pid_exists(int((course / "pid").read_text()))
    assert sorted(path.name for path in Path("build").iterdir()) == ["site", "summary.json", "summary.md"]
    assert [path.name for path in Path("build/site/notebooks").iterdir()].count("00_good.html") == 1
