"""A teacher's day from end to end: release, collect from downloads, grade, feedback, export, the page of the class.

Everything happens in a throw-away folder with a small assignment. Hostile and odd work is in `test_hostile`.
"""

import csv
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import nbformat
import pytest
import yaml
from assignments import ROOT
from bs4 import BeautifulSoup
from classroom import KEYS, NAME, POINTS, SOLVED, Course, tree

from scripts import lock_grading
from scripts.classroom import collect as collecting
from scripts.classroom import grade as grading
from scripts.classroom import notes
from scripts.classroom.execute import LockedExecute
from scripts.classroom.grade import NotReady
from scripts.classroom.template import template


def from_colab(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook as Colab saves it: an older format, the cells' ids in their metadata, metadata of its own."""
    notebook.nbformat_minor = 0
    notebook.metadata = {"colab": {"provenance": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}
    for cell in notebook.cells:
        cell.metadata["id"] = cell.pop("id")
    return notebook


WRONG = SOLVED | {"task-1": "def mean(values):\n    return sum(values) / len(values)"}
# path in the download: (answers, month of 2030 in which it was changed)
DOWNLOADS = {
    "anna_Copy of 90_small (1).ipynb": (SOLVED, 1),
    "bergbert_12345_777_90_small.ipynb": (WRONG, 1),
    "bergbert_12345_778_90_small-1.ipynb": (SOLVED, 2),
    "latecarla_LATE_23456_779_My work.ipynb": (SOLVED, 3),
    "Dora Dahl_34567_assignsubmission_file_/90_SMALL_solved.ipynb": (SOLVED, 1),
    "Émile Ü_45678_assignsubmission_file_90_small.ipynb": (WRONG, 1),
    "../../escape/90_small.ipynb": (SOLVED, 1),
    "frida/Copy_of_90_small.ipynb": (WRONG, 1),
    "=cmd_90_small.ipynb": (WRONG, 1),
}
STUDENTS = {"anna": 6, "bergbert": 6, "latecarla": 6, "dora-dahl": 6, "émile-ü": 4, "escape": 6, "frida": 4, "cmd": 4}


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The course after a teacher's day: everything by the commands of the guide."""
    course = Course(tmp_path_factory.mktemp("day"))
    course.teacher("release", "90", "--due", "2030-01-31 00:00")
    place = tmp_path_factory.mktemp("downloads")
    with zipfile.ZipFile(place / "all.zip", "w") as archive:
        for path, (answers, month) in DOWNLOADS.items():
            notebook = course.work(answers)
            info = zipfile.ZipInfo(path, (2030, month, 2, 12, 0, 0))
            archive.writestr(info, json.dumps(from_colab(notebook) if path.startswith("anna") else notebook))
        archive.writestr("gustav_56789_780_answers.pdf", b"%PDF")
        archive.writestr("90_small.ipynb", "{}")
    latin = os.fsdecode("h\xe9l\xe8ne_90_small.ipynb".encode("latin-1"))
    try:
        (place / latin).write_text(json.dumps(course.work(WRONG)), encoding="utf-8")
    except OSError:  # a disk that takes UTF-8 alone
        (place / "hélène_90_small.ipynb").write_text(json.dumps(course.work(WRONG)), encoding="utf-8")
    course.before = tree(course.folder / "solutions") | tree(course.folder / "exercises")
    course.collected = course.run("collect", "90", str(place))
    course.said = course.teacher("grade", "90", "--workers", "2")
    course.again = course.teacher("grade", "90")
    course.teacher("feedback", "90")
    course.exported = course.teacher("export", "90").split()
    course.teacher("page")
    course.teacher("page", "--no-names")
    return course


def grades(course: Course) -> dict[str, dict[str, str]]:
    with open(course.folder / ".grading/export/grades.csv", encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_everybody_is_collected_whatever_the_files_name(day):
    assert set(grades(day)) == {*STUDENTS, "hélène"}
    assert {row["student"]: float(row["points"]) for row in grades(day).values()} == STUDENTS | {"hélène": 4}
    assert not (day.folder.parent / "escape").exists() and not (day.folder / "escape").exists()


def test_who_or_what_could_not_be_collected_is_told(day):
    assert day.collected.returncode == 1
    assert "gustav: handed in gustav_56789_780_answers.pdf and no notebook" in day.collected.stdout
    assert "90_small.ipynb: nothing tells who handed it in" in day.collected.stdout


def test_of_two_uploads_the_later_counts_and_both_are_kept(day):
    assert grades(day)["bergbert"]["points"] == "6" and "bergbert_12345_778_90_small-1.ipynb (the latest of 2)" in (
        day.collected.stdout
    )
    assert len(list((day.folder / ".grading/received" / NAME / "bergbert").iterdir())) == 2


def test_days_late_are_counted_from_the_due_date(day):
    late = {student: int(row["late_days"]) for student, row in grades(day).items()}
    assert late["bergbert"] == 3 and late["latecarla"] == 31 and late["anna"] == 0


def test_the_second_time_there_is_nothing_to_grade(day):
    assert "Nothing new to grade" in day.again and "anna" in day.said


def test_exports_have_the_platforms_columns_and_no_formulas(day):
    assert [path.rpartition("/")[2] for path in day.exported] == [
        "grades.csv",
        f"{NAME}-canvas.csv",
        f"{NAME}-moodle.csv",
    ]
    with open(day.folder / day.exported[1], encoding="utf-8", newline="") as file:
        canvas = list(csv.reader(file))
    assert canvas[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", NAME]
    assert {line[1]: line[-1] for line in canvas[2:]} == {"12345": "6", "23456": "6"}
    with open(day.folder / day.exported[2], encoding="utf-8", newline="") as file:
        moodle = {row["Identifier"]: row["Grade"] for row in csv.DictReader(file)}
    assert moodle == {"Participant 34567": "6", "Participant 45678": "4"}
    assert not any(row["name"].startswith("=") for row in grades(day).values())


def text_of(day, name: str) -> str:
    page = BeautifulSoup((day.folder / ".grading/export" / name).read_text(encoding="utf-8"), "html.parser")
    return [[cell.get_text() for cell in line.select("td")] for line in page.select("tr")]


def test_the_page_of_the_class_shows_marks_and_what_is_missing(day):
    lines = {line[0]: line for line in text_of(day, "class.html") if line}
    assert lines["Dora Dahl"] == ["Dora Dahl", "6/6", ""]
    assert lines["frida"] == ["frida", "4/6", "90: task-1"]
    assert "31 d late" in lines["latecarla"][1]


def test_the_page_of_the_class_shows_how_tasks_and_questions_went(day):
    lines = {line[0]: line for line in text_of(day, "class.html") if line}
    right = sum(points == POINTS["task-1"] + 4 for points in grades_of(day))
    assert lines["task-1"][1] == f"{right / len(grades_of(day)):.0%}" and lines["task-2"][1] == "100%"
    assert "ZeroDivisionError" in lines["task-1"][4] and lines["task-2"][4] == ""
    first = next(iter(KEYS))
    assert f"{KEYS[first]} ✓: {len(grades_of(day))}" in lines[first][3]


def grades_of(day) -> list[float]:
    return [float(row["points"]) for row in grades(day).values()]


def test_the_page_can_be_without_names(day):
    text = (day.folder / ".grading/export/class_without_names.html").read_text(encoding="utf-8")
    assert "student 1" in text and "task-1" in text
    assert not [name for name in (*STUDENTS, "Dora Dahl", "Émile") if name in text]


def test_feedback_is_written_for_everybody(day):
    for student, row in grades(day).items():
        assert f"(Score: {float(row['points']):.1f} / {sum(POINTS.values()):.1f})" in day.page(student)


def test_the_release_has_no_solutions(day):
    text = "\n".join(cell.source for cell in day.released().cells)
    assert "BEGIN SOLUTION" not in text and str(KEYS) not in text
    assert text.count("raise NotImplementedError") == len(POINTS)


def test_grading_changes_neither_sources_nor_releases(day):
    assert tree(day.folder / "solutions") | tree(day.folder / "exercises") == day.before


def test_a_class_is_not_graded_where_the_reference_fails(day):
    path = day.folder / "solutions" / NAME / f"{NAME}.ipynb"
    good = path.read_text(encoding="utf-8")
    try:
        path.write_text(good.replace('text.endswith(\\".\\")', 'text.endswith(\\"!\\")'), encoding="utf-8")
        assert path.read_text(encoding="utf-8") != good
        done = day.run("grade", "90", "--all")
    finally:
        path.write_text(good, encoding="utf-8")
    assert done.returncode == 2 and "gets 5 of 6 points (task-2-check fails), so nobody was graded" in done.stderr
    assert grades(day)["anna"]["points"] == "6"


def ends_its_process(assignment, student):
    if student == "berta":
        os._exit(9)
    return student, 1.0


def test_who_takes_the_grader_along_takes_nobody_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(grading, "grade_one", ends_its_process)
    points = dict(grading._each(NAME, ["anna", "berta", "carla", "dora"], workers=2))
    assert points == {"anna": 1.0, "berta": None, "carla": 1.0, "dora": 1.0}
    assert "the grader itself was ended" in notes.read(NAME, "berta")["error"][0]


def test_commands_say_what_is_missing(day):
    done = day.run("grade", "42")
    assert done.returncode == 2 and "There is no assignment '42'. There are: 90_small." in done.stderr
    done = day.run("collect", "90", "nowhere.zip")
    assert done.returncode == 2 and "There is nothing at nowhere.zip" in done.stderr


@pytest.mark.parametrize(
    "path, name",
    [
        ("anna_90_small.ipynb", "anna"),
        ("van der Berg-90-small (2).ipynb", "van der Berg"),
        ("copy of 90_small.ipynb", None),
        ("anna/exercises/90_small/90_small.ipynb", "anna"),
        ("90_small/anna/work.ipynb", "anna"),
        ("..\\..\\anna_90_small.ipynb", "anna"),
        ("o_neil_90_small-2.ipynb", "o_neil"),
    ],
)
def test_who_handed_in_is_read_from_names_and_folders(path, name):
    found = collecting.who(path, NAME)
    assert (found and found.name) == name


@pytest.mark.skipif(os.name == "nt", reason="its stand-in for bubblewrap is a shell script")
def test_without_a_lock_grading_refuses_to_start(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_GRADING", raising=False)
    monkeypatch.setattr(lock_grading, "no_lock", lock_grading.no_lock.__wrapped__)
    for bwrap in ("", "#!/bin/sh\necho 'not permitted' >&2\nexit 1\n"):
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin" if bwrap else str(tmp_path))
        if bwrap:
            (tmp_path / "bwrap").write_text(bwrap)
            (tmp_path / "bwrap").chmod(0o755)
        says = "bwrap says 'not permitted'" if bwrap else "bwrap was not found"
        with pytest.raises(RuntimeError, match=f"{says}. Install bubblewrap"):
            LockedExecute()
    monkeypatch.setenv("COURSE_GRADING", "container")
    assert LockedExecute().kernel_manager_class is not lock_grading.LockedKernelManager


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """A folder for a classroom with git, of a real assignment."""
    folder, home = tmp_path_factory.mktemp("git") / "classroom", Path.cwd()
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8").replace("/OWNER/", "/somebody/")
    (folder.parent / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    os.chdir(ROOT)
    try:
        template("00_start_here", folder, folder.parent / "pyproject.toml")
        with pytest.raises(NotReady, match="is not empty"):
            template("00_start_here", folder, folder.parent / "pyproject.toml")
    finally:
        os.chdir(home)
    return folder


def test_the_classroom_with_git_runs_the_same_checks(classroom):
    github = yaml.safe_load((classroom / ".github/workflows/checks.yml").read_text(encoding="utf-8"))
    gitlab = yaml.safe_load((classroom / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    runs = [step["run"] for step in github["jobs"]["checks"]["steps"] if "run" in step]
    assert runs == [line for line in gitlab["checks"]["script"] if line != "cd course"]
    assert "https://github.com/somebody/sft-course" in runs[0] and "@" not in "".join(runs)
    assert (ROOT / "exercises/00_start_here/00_start_here.ipynb").read_bytes() == (
        classroom / "00_start_here.ipynb"
    ).read_bytes()
    assert github["permissions"] == {"contents": "read"}


@pytest.mark.parametrize(
    "command",
    [
        ["actionlint", "-shellcheck=", "-pyflakes=", ".github/workflows/checks.yml"],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", ".github/workflows/checks.yml"],
        ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", ".gitlab-ci.yml"],
    ],
    ids=["actionlint", "GitHub's schema", "GitLab's schema"],
)
def test_linters_find_nothing_in_the_workflows(classroom, command):
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    ran = subprocess.run(command, cwd=classroom, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
