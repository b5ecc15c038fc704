"""Who handed in a file, as its name and the folders of a download tell."""

from pathlib import Path

import nbformat
import pytest
from classroom import NAME
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from scripts.classroom.__main__ import main
from scripts.classroom.names import owners


@pytest.mark.parametrize(
    "path, name",
    [
        ("anna_90_small.ipynb", "anna"),
        ("van der Berg-90-small (2).ipynb", "van der Berg"),
        ("copy of 90_small.ipynb", None),
        ("my_final_90_small.ipynb", None),
        ("90_small_anna.ipynb", None),
        ("anna/exercises/90_small/90_small.ipynb", "anna"),
        ("anna/solved_90_small.ipynb", "anna"),
        ("90_small/anna/work.ipynb", "anna"),
        ("..\\..\\anna_90_small.ipynb", "anna"),
        ("o_neil_90_small-2.ipynb", "o_neil"),
        ("Participant_345_assignsubmission_file_/work.ipynb", "Participant 345"),
        ("Anna Berg_345_assignsubmission_onlinetext_/onlinetext.html", "Anna Berg"),
        ("bergbert_LATE_123_text.html", "bergbert"),
        ("LATE_anon_ab1cd_88_work.ipynb", "anon_ab1cd"),
    ],
)
def test_who_handed_in_is_read_from_names_and_folders(path, name):
    found = owners([path], [NAME], NAME)[path]
    assert (found and found.name) == name


@pytest.mark.parametrize(
    "paths",
    [
        # each path as (path, who it is of)
        [("mails/anna_90_small.ipynb", "anna"), ("mails/bert/work.ipynb", "bert"), ("mails/90_small.ipynb", None)],
        [("repos/anna/90_small.ipynb", "anna"), ("repos/bert/90_small.ipynb", "bert")],
        [("anna/90_small.ipynb", "anna"), ("bert/90_small.ipynb", "bert"), ("bert/old/90_small.ipynb", "bert")],
        [("all/bergbert_1_2_work.ipynb", "bergbert"), ("all/work.ipynb", None)],
        [("mails/anna_91_other.ipynb", "anna"), ("mails/90_small.ipynb", None)],
    ],
    ids=["mails", "a folder around all", "folders of students", "Canvas unpacked", "another assignment's file"],
)
def test_a_folder_of_several_students_is_nobodys(paths):
    found = owners([path for path, _ in paths], [NAME, "91_other"], NAME)
    assert {path: person and person.name for path, person in found.items()} == dict(paths)


def test_an_exams_number_is_read_wholly():
    assert owners(["anna_exam_10.ipynb"], ["exam_1", "exam_10"], "exam_1")["anna_exam_10.ipynb"].rest == "exam_10"


def test_exams_of_a_class_are_collected_from_one_place(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    work = {n: new_notebook(cells=[new_markdown_cell(f"# Exam {n}"), new_code_cell("x = 1")]) for n in (1, 2, 10)}
    for number, notebook in work.items():
        folder = tmp_path / "solutions" / f"exam_{number}"
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"exam_{number}.ipynb")
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    nbformat.write(work[10], downloads / "anna_exam_10.ipynb")
    nbformat.write(work[2], downloads / "bergbert_123_456_Untitled.ipynb")
    nbformat.write(work[1], downloads / "carla_exam_1.ipynb")
    assert main(["collect", "exam", str(downloads)]) == 0
    handed_in = {str(path.parent.relative_to(".grading/submitted")) for path in Path(".grading").rglob("exam_*.ipynb")}
    assert handed_in == {"anna/exam_10", "bergbert/exam_2", "carla/exam_1"}
    said = capsys.readouterr().out
    assert "To look at" not in said and "Nothing yet from" not in said
