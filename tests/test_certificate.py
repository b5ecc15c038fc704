"""The page about one's own work: it says what was done, and no more."""

import json
import shutil

import pytest
from assignments import ROOT
from bs4 import BeautifulSoup

from course_utils import claims
from scripts import certificate


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A learner's folder with two exercises as they were released, and nothing done."""
    for name in ("00_start_here", "01_when_to_use_sft"):
        shutil.copytree(ROOT / "exercises" / name, tmp_path / "exercises" / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress"))
    return tmp_path


def shown(home) -> dict[str, list[str]]:
    page = BeautifulSoup((home / certificate.OUT).read_text(encoding="utf-8"), "html.parser")
    lines = [[cell.get_text() for cell in line.select("td")] for line in page.select("tr")]
    return {line[0]: line[1:] for line in lines if line}


def test_a_learner_who_did_nothing_gets_an_empty_page(home):
    assert certificate.main([]) == 0
    lines = shown(home)
    assert len(lines) == 2 and all(line[0].startswith("0 of ") for line in lines.values())
    assert all(line[2:] == ["–", "–"] for line in lines.values())


def test_what_was_measured_and_guessed_is_counted(home, capsys):
    claims._measured.clear()
    claims.expect("a line that holds", 1, at_least=0)
    claims.expect("a line that does not", 1, at_least=2)
    claims.what_you_measured("00")
    guess = {"question": "?", "options": [], "within": 1, "guess": 1, "sure": 80, "measured": 1}
    rows = [guess | {"id": "01-a", "hit": True}, guess | {"id": "01-b", "hit": False}]
    (home / "progress" / "predictions.json").write_text(json.dumps(rows), encoding="utf-8")
    assert certificate.main(["--name", "Ann <b>"]) == 0
    lines = shown(home)
    assert lines["00 · Start here"][2] == "1 ✓ 1 ✗" and lines["01 · When to use SFT"][3] == "1 of 2"
    text = (home / certificate.OUT).read_text(encoding="utf-8")
    assert "Ann &lt;b&gt;" in text and "2 guesses: 80% sure on average, 50% right" in text
    claims._measured.clear()


def test_a_broken_file_is_named_and_costs_no_lesson_its_table(home, capsys):
    (home / "progress").mkdir()
    (home / "progress" / "claims.json").write_text("[", encoding="utf-8")
    claims.what_you_measured("00")
    assert "was not kept" in capsys.readouterr().out
    assert certificate.main([]) == 2
    assert "claims.json can't be read" in capsys.readouterr().err
