"""What lies in a handed-in folder becomes one readable notebook, or a sentence that says what to ask for."""

import json
import os

import nbformat
import pytest
from classroom import NAME, SOLVED, assignment

from scripts.classroom import notes, receive

TEXT = json.dumps(assignment())  # as released, with its answers
STUB = json.dumps(assignment(dict.fromkeys(SOLVED, "raise NotImplementedError  # replace this line by your own code")))
OLD = nbformat.writes(nbformat.convert(assignment(), 3), version=3)
FILE = f"{NAME}.ipynb"


def changed(change):
    notebook = json.loads(TEXT)
    change(notebook)
    return json.dumps(notebook)


def tidied(folder):
    """The sources of the cells that are left to grade, and what was told."""
    path = receive.tidy(folder, NAME, NAME, "anna")
    sources = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    return sources, notes.read(NAME, "anna")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "anna" / NAME).mkdir(parents=True)
    return tmp_path / "anna" / NAME


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "latin-1"])
def test_an_encoding_is_read_as_what_it_is(folder, encoding):
    (folder / FILE).write_bytes(
        changed(lambda it: it["cells"].pop(0)).replace("0.0", "0.0  # wei\xdf").encode(encoding)
    )
    assert "    return sum(values) / len(values) if values else 0.0  # wei\xdf" in tidied(folder)[0][1]


@pytest.mark.parametrize(
    "text",
    [
        changed(lambda it: it.update(nbformat=5)),
        changed(lambda it: it.update(nbformat="4", metadata=None)),
        changed(lambda it: it["cells"][1].update(outputs=None, execution_count="x")),
        changed(lambda it: it["cells"][1].update(metadata={"tags": "\ud83d", "nbgrader": ["x"]}, id=None)),
        changed(lambda it: it["cells"].insert(0, {"cell_type": "markdown", "source": "half an emoji \ud83d"})),
        changed(lambda it: it["cells"].insert(0, None)),
        OLD,
    ],
)
def test_an_odd_form_is_read(folder, text):
    (folder / FILE).write_text(text, encoding="utf-8")
    assert {cell.source for cell in assignment().cells} <= set(tidied(folder)[0])


def test_of_two_notebooks_the_one_with_the_work_counts(folder):
    (folder / FILE).write_text(STUB, encoding="utf-8")
    (folder / "copy of it.ipynb").write_text(TEXT, encoding="utf-8")
    sources, said = tidied(folder)
    assert not any("NotImplementedError" in source for source in sources)
    assert said["doubt"] == [f"handed in several notebooks; copy of it.ipynb is graded, not {FILE}"]


def test_a_notebook_in_a_folder_of_its_own_is_found_and_a_checkpoint_is_not(folder):
    for place, text in ((".ipynb_checkpoints", STUB), (f"exercises/{NAME}", TEXT)):
        (folder / place).mkdir(parents=True)
        (folder / place / FILE).write_text(text, encoding="utf-8")
    sources, said = tidied(folder)
    assert not any("NotImplementedError" in source for source in sources)
    assert said["repaired"] == [f"exercises/{NAME}/{FILE} was graded as {FILE}"]


def test_names_that_are_no_letters_are_told_without_them(folder):
    name = os.fsdecode(b"\xfcbung\x1b[2J\n.ipynb")
    (folder / name).write_text(TEXT, encoding="utf-8")
    assert tidied(folder)[1]["repaired"] == [f"?bung?[2J?.ipynb was graded as {FILE}"]


def test_notes_that_were_broken_off_stop_nobody(folder):
    (file := notes.path(NAME, "anna")).parent.mkdir(parents=True)
    file.write_text("", encoding="utf-8")
    notes.clear(NAME, "anna")
    notes.add(NAME, "anna", "doubt", "one\nline")
    assert notes.read(NAME, "anna")["doubt"] == ["one?line"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "it is empty"),
        ("<!DOCTYPE html>", "it begins with '<!DOCTYPE html>'"),
        (TEXT[:500], "it breaks off or is damaged in line 1"),
        ("[" * 100_000, "it begins with '[[["),
        ('{"cells": [null, 3]}', "has no cells of code"),
        ("{}", "it has no cells that can be read"),
    ],
)
def test_what_is_no_notebook_is_told_with_what_to_ask_for(folder, text, words):
    (folder / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(receive.Unreadable, match="ask for the .ipynb file") as told:
        tidied(folder)
    assert words in str(told.value) and len(str(told.value)) <= 200


def test_a_notebook_that_is_too_large_is_told_with_what_to_ask_for(folder):
    with open(folder / FILE, "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(receive.Unreadable, match=f"{FILE}: a link, or above 100 megabytes; ask for"):
        tidied(folder)


def test_a_folder_that_is_a_link_is_not_followed(folder, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / FILE).write_text(TEXT, encoding="utf-8")
    folder.rmdir()
    folder.symlink_to(tmp_path / "secret")
    with pytest.raises(receive.Unreadable, match="its folder is a link"):
        tidied(folder)
    assert (tmp_path / "secret" / FILE).read_text(encoding="utf-8") == TEXT
