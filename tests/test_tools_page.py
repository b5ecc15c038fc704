"""The page of the tools shows what the commands say today, and the samples are where it says."""

import sys

import pytest
from assignments import ROOT

from scripts import tools_page


@pytest.mark.skipif(sys.platform == "win32", reason="the page's other commands, such as head, are a Unix shell's")
def test_the_page_is_up_to_date(capsys):
    assert tools_page.main(["--check"]) == 0, capsys.readouterr().err


def test_each_sample_is_cited_and_shown():
    cited = (ROOT / "docs" / "samples" / "README.md").read_text(encoding="utf-8")
    page = tools_page.PAGE.read_text(encoding="utf-8")
    for path in (ROOT / "docs" / "samples").iterdir():
        if path.suffix != ".md":
            assert f"`{path.name}`" in cited and f"samples/{path.name}" in page
            assert path.stat().st_size < 100_000


def test_what_a_terminal_writes_over_is_not_on_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, status = tools_page.run("sft-tools diagnose nowhere.json", 0)
    assert status == 2 and text.startswith("There is no file nowhere.json")
    assert tools_page.run("echo $?", 2) == ("2\n", 0)
    monkeypatch.setattr(tools_page.command_line, "main", lambda _: print("half\rwhole  \nnext"))
    assert tools_page.run("sft-tools audit x", 0)[0] == "whole\nnext\n"
    if sys.platform != "win32":
        assert tools_page.console("$ echo one \\\n    two\nold\n") == "$ echo one \\\n    two\none two\n"
