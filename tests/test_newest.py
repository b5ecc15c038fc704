"""The report on the newest releases, without a network: the installer and the lessons are played by a stand-in."""

import json
import subprocess
from pathlib import Path

import pytest
from assignments import ROOT

from scripts import newest

PINNED = {"torch": "2.13.0", "trl": "1.16.0", "numpy": "2.4.6"}
RAN = {"lesson": "00_start_here", "held": 6, "problems": []}
BROKE = {"lesson": "01_when", "held": 2, "problems": ["01_when, cell 3 stopped with TypeError: unexpected keyword"]}


def test_pins_are_read_from_the_requirements():
    pins = newest.pins(ROOT / "requirements.txt")
    assert pins["huggingface-hub"] and pins["trl"] and "-e" not in pins


def test_the_report_names_what_differs_and_what_broke():
    found = {"torch": "2.13.0+cpu", "trl": "2.0.0", "numpy": "2.4.6"}
    text = newest.report(PINNED, found, {"torch": "2.15.0", "numpy": "3.0", "pip": "26.0"}, [RAN, BROKE], "")
    assert "1 of 3 pinned packages" in text and "| trl | 1.16.0 | 2.0.0 |" in text
    assert "torch stays at 2.13.0+cpu, the newest is 2.15.0: kept on purpose." in text
    assert "numpy stays at 2.4.6, the newest is 3.0: another package asks for less." in text
    assert "**1 of 2 lessons broke:**" in text and "- 01_when, cell 3 stopped with TypeError" in text
    assert "pip" not in text


def test_the_report_says_when_nothing_broke_or_nothing_ran():
    assert "**Nothing broke.** Lessons run: 00; claims held: 6." in newest.report(PINNED, PINNED, {}, [RAN], "")
    assert "**No lesson was run.**" in newest.report(PINNED, PINNED, {}, [], "")
    assert "can't be installed together:\n\n```\nERROR: no\n```" in newest.report(PINNED, {}, {}, [], "ERROR: no\n")


@pytest.mark.parametrize(
    ("installs", "rows", "arguments", "status", "says"),
    [
        (True, [RAN], ["00"], 0, "Nothing broke"),
        (True, [RAN, BROKE], ["--with-torch"], 1, "1 of 2 lessons broke"),
        (False, None, [], 1, "ResolutionImpossible"),
    ],
)
def test_the_command_installs_runs_and_reports(tmp_path, monkeypatch, capsys, installs, rows, arguments, status, says):
    monkeypatch.chdir(tmp_path)
    Path("requirements.txt").write_text("torch==2.13.0\ntrl==1.16.0\n\n-e .\n")
    calls = []

    def stand_in(command, **settings):
        command = [str(part) for part in command]
        calls.append(command)
        if "scripts.run_lessons" in command:
            newest.BUILD.mkdir(parents=True)
            (newest.BUILD / "summary.json").write_text(json.dumps(rows))
        failed = "install" in command and not installs
        listed = json.dumps([{"name": "trl", "version": "1.17.0", "latest_version": "1.17.0"}])
        return subprocess.CompletedProcess(command, int(failed), "ERROR: ResolutionImpossible" if failed else listed)

    monkeypatch.setattr(newest.subprocess, "run", stand_in)
    assert newest.main(arguments) == status
    assert says in Path("build/newest.md").read_text(encoding="utf-8") and says in capsys.readouterr().out
    (install,) = (call for call in calls if "install" in call)
    assert "trl" in install and ("torch" in install) == ("--with-torch" in arguments)
    assert any("scripts.run_lessons" in call for call in calls) == installs
