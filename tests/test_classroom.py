"""A teacher's day from end to end: release, collect from downloads, grade, feedback, export, the page of the class.

Everything happens in a throw-away folder with a small assignment. Hostile and odd work is in `test_hostile`.
"""

import csv
import json
import os
import zipfile

import nbformat
import pytest
from bs4 import BeautifulSoup
from classroom import KEYS, NAME, POINTS, SOLVED, Course, tree
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from scripts import lock_grading
from scripts.classroom import grade as grading
from scripts.classroom import notes
from scripts.classroom.execute import LockedExecute
from scripts.classroom.grade import NotReady, due_date


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
    place, lesson = (
        tmp_path_factory.mktemp("downloads"),
        new_notebook(cells=[new_markdown_cell("# 90 · A lesson"), new_code_cell("1 + 1")]),
    )
    (course.folder / "notebooks").mkdir()
    nbformat.write(lesson, course.folder / "notebooks" / f"{NAME}.ipynb")
    with zipfile.ZipFile(place / "all.zip", "w") as archive:
        for path, (answers, month) in DOWNLOADS.items():
            notebook = course.work(answers)
            info = zipfile.ZipInfo(path, (2030, month, 2, 12, 0, 0))
            archive.writestr(info, json.dumps(from_colab(notebook) if path.startswith("anna") else notebook))
        archive.writestr("gustav_56789_780_answers.pdf", b"%PDF")
        archive.writestr("ghost_90_small.ipynb", json.dumps(lesson))
        archive.writestr("90_small.ipynb", "{}")
    latin = os.fsdecode("h\xe9l\xe8ne_90_small.ipynb".encode("latin-1"))
    try:
        (place / latin).write_text(json.dumps(course.work(WRONG)), encoding="utf-8")
    except OSError:  # a disk that takes UTF-8 alone
        (place / "hélène_90_small.ipynb").write_text(json.dumps(course.work(WRONG)), encoding="utf-8")
    course.before = tree(course.folder / "solutions") | tree(course.folder / "exercises")
    course.collected = course.run("collect", "90", str(place))
    course.said = course.run("grade", "90", "--workers", "2").stdout
    course.again = course.run("grade", "90").stdout
    course.teacher("feedback", "90")
    course.exported = course.teacher("export", "90").split()
    course.teacher("page")
    course.teacher("page", "--no-names")
    return course


def table(course: Course) -> dict[str, dict[str, str]]:
    with open(course.folder / ".grading/export/grades.csv", encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def grades(course: Course) -> dict[str, dict[str, str]]:
    """The rows of those who could be graded."""
    return {student: row for student, row in table(course).items() if not row["error"]}


def test_everybody_is_collected_whatever_the_files_name(day):
    assert set(grades(day)) == {*STUDENTS, "hélène"}
    assert {row["student"]: float(row["points"]) for row in grades(day).values()} == STUDENTS | {"hélène": 4}
    assert not (day.folder.parent / "escape").exists() and not (day.folder / "escape").exists()


def test_who_or_what_could_not_be_collected_is_told(day):
    assert day.collected.returncode == 3
    assert "gustav: handed in all/gustav_56789_780_answers.pdf and no notebook" in day.collected.stdout
    assert "90_small.ipynb: nothing tells who handed it in" in day.collected.stdout
    assert table(day)["gustav"]["points"] == "" and "no notebook among the files" in table(day)["gustav"]["error"]
    assert "is the notebook of a lesson: ask for the one in exercises/90_small/" in day.collected.stdout
    assert "is the notebook of a lesson" in table(day)["ghost"]["error"] and table(day)["ghost"]["points"] == ""
    assert "Not graded: ghost, gustav" in day.said and "error: there is no notebook among the files" in day.again


def test_of_two_uploads_the_later_counts_and_both_are_kept(day):
    assert grades(day)["bergbert"]["points"] == "6" and "bergbert_12345_778_90_small-1.ipynb (the latest of 2)" in (
        day.collected.stdout
    )
    assert len(list((day.folder / ".grading/received" / NAME / "bergbert").iterdir())) == 2


def test_days_late_are_counted_from_the_due_date(day):
    late = {student: int(row["late_days"]) for student, row in grades(day).items()}
    assert late["bergbert"] == 3 and late["latecarla"] == 31 and late["anna"] == 0


@pytest.mark.parametrize(
    "text, utc",
    [
        ("2030-03-01 23:59 +0100", "2030-03-01 22:59"),
        ("2030-03-01 23:59:30 -05:30", "2030-03-02 05:29"),
        ("2030-03-01T23:59Z", "2030-03-01 23:59"),
    ],
)
def test_due_dates_are_read_with_their_offset(text, utc):
    assert f"{due_date(text):%Y-%m-%d %H:%M}" == utc


def test_due_dates_without_an_offset_are_local_and_a_day_ends_late():
    assert f"{due_date('2030-03-01 08:00').astimezone():%Y-%m-%d %H:%M}" == "2030-03-01 08:00"
    assert f"{due_date('2030-03-01').astimezone():%Y-%m-%d %H:%M}" == "2030-03-01 23:59"
    for text in ("03/04/2030", "tomorrow", "2030-13-01 10:00"):
        with pytest.raises(NotReady, match="is no date. Write it like"):
            due_date(text)


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
    assert {line[1]: line[-1] for line in canvas[2:]} == {"12345": "6", "23456": "6", "56789": ""}
    with open(day.folder / day.exported[2], encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # without one of these three Moodle refuses the table (mod/assign/feedback/offline/importgradeslib.php)
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(rows[0])
    moodle = {row["Identifier"]: row["Grade"] for row in rows}
    assert moodle == {"Participant 34567": "6", "Participant 45678": "4"}
    assert not any(row["name"].startswith("=") for row in grades(day).values())


def text_of(day, name: str) -> str:
    page = BeautifulSoup((day.folder / ".grading/export" / name).read_text(encoding="utf-8"), "html.parser")
    return [[cell.get_text() for cell in line.select("td")] for line in page.select("tr")]


def test_the_page_of_the_class_shows_marks_and_what_is_missing(day):
    lines = {line[0]: line for line in text_of(day, "class.html") if line}
    assert lines["Dora Dahl"] == ["Dora Dahl", "6 of 6", ""]
    assert lines["frida"] == ["frida", "4 of 6", "90: task-1"]
    assert "31 days late" in lines["latecarla"][1]


def test_the_page_of_the_class_shows_how_tasks_and_questions_went(day):
    lines = {line[0]: line for line in text_of(day, "class.html") if line}
    right = sum(points == POINTS["task-1"] + 4 for points in grades_of(day))
    assert lines["task-1"][1] == f"{right / len(grades_of(day)):.0%}" and lines["task-2"][1] == "100%"
    assert "ZeroDivisionError" in lines["task-1"][4] and lines["task-2"][4] == ""
    first = next(iter(KEYS))
    assert f"{KEYS[first]} ✓:\u00a0{len(grades_of(day))}" in lines[first][3]


def grades_of(day) -> list[float]:
    return [float(row["points"]) for row in grades(day).values()]


def test_points_by_hand_stay_when_that_student_alone_is_graded_again(day):
    given = day.teacher("points", "90", "frida", "task-1", "1").strip()
    assert given == "frida: task-1 has 1 of 2 points, by hand; the sum is 5."
    day.hand_in("frida", day.work(WRONG, lambda notebook: notebook.cells.append(new_code_cell("1 + 1"))))
    assert [line.split()[0] for line in day.run("grade", "90").stdout.splitlines() if line[0] != " "][:2] == [
        "frida",
        "ghost",
    ]
    day.teacher("export")
    assert grades(day)["frida"]["points"] == "5"
    assert "as its check says; the sum is 4." in day.teacher("points", "90", "frida", "task-1")
    day.teacher("export")


@pytest.mark.parametrize(
    "words, says",
    [
        (["frid", "task-1", "1"], "'frid' has nothing graded for 90_small. There are: anna"),
        (["frida", "task-9", "1"], "90_small has no 'task-9'. There are: quiz, task-1, task-2"),
        (["frida", "task-1", "3"], "task-1 has 2 points, so 3 can't be given"),
    ],
)
def test_points_that_cant_be_given_are_told(day, words, says):
    done = day.run("points", "90", *words)
    assert done.returncode == 2 and says in done.stderr


def test_what_is_collected_again_counts_only_if_it_is_later_and_new(day, tmp_path):
    files = {"anna": ({}, 2020), "dora dahl": (SOLVED, 2031)}
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        for student, (answers, year) in files.items():
            info = zipfile.ZipInfo(f"{student}_90_small.ipynb", (year, 1, 2, 12, 0, 0))
            archive.writestr(info, json.dumps(day.work(answers)))
        archive.writestr("dora dahl/.ipynb_checkpoints/90_small-checkpoint.ipynb", "{}")
    before = tree(day.folder / ".grading/submitted")
    said = day.run("collect", "90", str(tmp_path / "more.zip")).stdout
    assert "anna: anna_90_small.ipynb is older than the file that was collected before" in said
    assert "(the latest of" not in said, "a checkpoint is no upload"
    assert tree(day.folder / ".grading/submitted") == before, "the same file once more changes nothing"


def test_the_page_can_be_without_names(day):
    text = (day.folder / ".grading/export/class_without_names.html").read_text(encoding="utf-8")
    assert "student 1" in text and "task-1" in text
    assert not [name for name in (*STUDENTS, "Dora Dahl", "Émile") if name in text]


def test_feedback_is_written_for_everybody(day):
    for student, row in grades(day).items():
        assert f"(Score: {float(row['points']):.1f} / {sum(POINTS.values()):.1f})" in day.page(student)
        assert ">Task 1: the mean</a>" in day.page(student) and "Test cell" not in day.page(student)


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
