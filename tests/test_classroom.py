"""nbgrader from end to end: a class hands in good, blank, wrong and hostile work, and each gets what it deserves.

The assignment is a small one, made here by the same configuration as the real ones, so that grading a class takes
seconds. Everything happens in a throw-away folder. Where bubblewrap is missing, the kernels run unlocked, and the test
of the lock says so and is skipped.
"""

import csv
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from assignments import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_utils import quiz
from scripts import lock_grading

NAME = "90_small"
LOCKED = not lock_grading.no_lock()
SECONDS = 20  # for a cell; the real ones get more
POINTS = {"task-1": 2, "task-2": 3, "quiz": 1}
KEYS = {question.id: question.key for question in quiz.load("00")}

SOLVED = {
    "task-1": """def mean(values):
    ### BEGIN SOLUTION
    return sum(values) / len(values) if values else 0.0
    ### END SOLUTION""",
    "task-2": """def ended(text):
    ### BEGIN SOLUTION
    return text.endswith(".")
    ### END SOLUTION""",
    "quiz": f"""answers = {dict.fromkeys(KEYS, "?")}
### BEGIN SOLUTION
answers = {KEYS}
### END SOLUTION""",
}
CHECKS = {
    "task-1": """with task_check("Task 1: the mean"):
    assert mean([1, 2]) == 1.5, "the mean of 1 and 2 is 1.5"
    assert mean([]) == 0.0, "an empty list should give 0.0" """.strip(),
    "task-2": """with task_check("Task 2: ended"):
    assert ended("Yes.") and not ended("No"), "look at the last character" """.strip(),
    "quiz": """with task_check("Quiz"):
    assert all(grade("00", answers).values()), "read the reasons above" """.strip(),
}
HOSTILE = """
import os, pathlib, socket

def attempt(what, action):
    try:
        print(what, "->", action())
    except BaseException as error:
        print(what, "-> refused", type(error).__name__)

course = pathlib.Path.cwd().parents[3]
attempt("own folder", lambda: pathlib.Path("mine.txt").write_text("mine"))
attempt("solution", lambda: (course / "solutions/90_small/90_small.ipynb").write_text("broken"))
attempt("gradebook", lambda: (course / ".grading/gradebook.db").write_bytes(b"broken"))
attempt("neighbour", lambda: (course / ".grading/autograded/good/90_small/90_small.ipynb").write_text("broken"))
attempt("exercise", lambda: (course / "exercises/escape.txt").write_text("escaped"))
attempt("package", lambda: (pathlib.Path(PACKAGE) / "escape.txt").write_text("escaped"))
attempt("key", lambda: len((course / "solutions/90_small/90_small.ipynb").read_text()))
attempt("other work", lambda: len((course / ".grading/submitted/good/90_small/90_small.ipynb").read_text()))
attempt("secret", lambda: os.environ["SECRET_OF_THE_TEACHER"])
attempt("network", lambda: socket.create_connection(("127.0.0.1", PORT), timeout=2) and "reached")
def mean(values):
    return 0.0
"""


def marked(source: str, grade_id: str, points: int | None = None) -> nbformat.NotebookNode:
    cell = new_code_cell(source, id=grade_id)
    mark = {"grade_id": grade_id, "task": False, "schema_version": 3}
    graded = {"solution": False, "grade": True, "locked": True, "points": points}
    cell.metadata.nbgrader = mark | (graded if points else {"solution": True, "grade": False, "locked": False})
    return cell


def assignment() -> nbformat.NotebookNode:
    imports = "from course_utils.task_check import task_check\nfrom course_utils.quiz import grade"
    cells = [new_markdown_cell("# A small assignment", id="title"), new_code_cell(imports, id="imports")]
    for task, points in POINTS.items():
        cells += [marked(SOLVED[task], task), marked(CHECKS[task], f"{task}-check", points)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def from_colab(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook as Colab saves it: an older format, the cells' ids in their metadata, metadata of its own."""
    notebook.nbformat_minor = 0
    notebook.metadata = {"colab": {"provenance": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}
    for cell in notebook.cells:
        cell.metadata["id"] = cell.pop("id")
    return notebook


def tree(folder: Path) -> dict[str, bytes]:
    """The files of a folder, without what importing makes."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


class Course:
    """A throw-away course folder with nbgrader's configuration of this one and a small assignment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(ROOT / "nbgrader_config.py", folder)
        (folder / "solutions" / NAME).mkdir(parents=True)
        nbformat.write(assignment(), folder / "solutions" / NAME / f"{NAME}.ipynb")
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader looks for its tools there
        self.environment = os.environ | {"SECRET_OF_THE_TEACHER": "hunter2", "PATH": path, "PYTHONPATH": str(ROOT)}
        if not LOCKED:
            self.environment["COURSE_GRADING"] = "container"

    def nbgrader(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, f"nbgrader {' '.join(arguments)} failed:\n{done.stderr[-3000:]}"
        return done.stderr

    def released(self) -> nbformat.NotebookNode:
        return nbformat.read(self.folder / "exercises" / NAME / f"{NAME}.ipynb", as_version=4)

    def hand_in(self, student: str, notebook: nbformat.NotebookNode) -> None:
        folder = self.folder / ".grading" / "submitted" / student / NAME
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{NAME}.ipynb")

    def download(self, name: str, notebook: nbformat.NotebookNode) -> None:
        """A file as a learning platform hands it over: one zip for everybody."""
        folder = self.folder / ".grading" / "downloaded" / NAME / "archive"
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(folder / "all.zip", "a") as archive:
            archive.writestr(name, nbformat.writes(notebook))

    def graded(self, student: str) -> dict[str, str]:
        """What each cell of a student's graded copy printed or raised, by grade_id."""
        path = self.folder / ".grading" / "autograded" / student / NAME / f"{NAME}.ipynb"
        texts = {}
        for cell in nbformat.read(path, as_version=4).cells:
            if "nbgrader" in cell.metadata:
                parts = [o.get("text", "") + "\n".join(o.get("traceback", [])) for o in cell.get("outputs", [])]
                texts[cell.metadata.nbgrader.grade_id] = "".join(parts)
        return texts


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The course after release, seven submissions, autograding, feedback and export."""
    course = Course(tmp_path_factory.mktemp("class"))
    course.nbgrader("generate_assignment", NAME)

    def work(answers: dict[str, str]) -> nbformat.NotebookNode:
        notebook = course.released()
        for cell in notebook.cells:
            cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
        return notebook

    course.hand_in("good", work(SOLVED))
    course.hand_in("blank", course.released())
    course.hand_in("wrong", work(SOLVED | {"task-1": "def mean(values):\n    return sum(values) / len(values)"}))

    deleted = work(SOLVED)
    deleted.cells = [cell for cell in deleted.cells if cell.id != "task-2-check"]
    course.hand_in("deleted", deleted)
    easy = "with task_check('Task 1: the mean'):\n    assert True"
    course.hand_in("tampered", work({"task-1-check": easy, "task-2": SOLVED["task-2"]}))
    course.hand_in("endless", work(SOLVED | {"task-1": "def mean(values):\n    while True:\n        pass"}))
    package = ROOT / "course_utils"
    listener = socket.create_server(("127.0.0.1", 0))  # something that the network would lead to
    hostile = f"PACKAGE, PORT = {str(package)!r}, {listener.getsockname()[1]}\n{HOSTILE}"
    course.hand_in("hostile", work(SOLVED | {"task-1": hostile}))

    course.download("anna_Copy of 90_small (1).ipynb", from_colab(work(SOLVED)))
    course.download("bert_90_small.ipynb", course.released())
    course.nbgrader("zip_collect", NAME)

    course.before = tree(course.folder / "solutions") | tree(course.folder / "exercises")
    if not LOCKED:  # unlocked, the hostile one would do what it tries
        shutil.rmtree(course.folder / ".grading" / "submitted" / "hostile")
    course.nbgrader("autograde", NAME, f"--Execute.timeout={SECONDS}")
    course.nbgrader("generate_feedback", NAME)
    course.nbgrader("export")
    yield course
    listener.close()
    (package / "escape.txt").unlink(missing_ok=True)


def scores(course: Course) -> dict[str, float]:
    with open(course.folder / "grades.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["assignment"] for row in rows} == {NAME} and {float(row["max_score"]) for row in rows} == {6}
    return {row["student_id"]: float(row["score"]) for row in rows}


def test_each_submission_gets_its_points(graded):
    expected = {"good": 6, "blank": 0, "wrong": 4, "deleted": 3, "tampered": 3, "endless": 4, "hostile": 4}
    expected |= {"anna": 6, "bert": 0}
    if not LOCKED:
        expected.pop("hostile")
    assert scores(graded) == expected


def test_the_release_has_no_solutions(graded):
    text = "\n".join(cell.source for cell in graded.released().cells)
    assert "BEGIN SOLUTION" not in text and str(KEYS) not in text
    assert text.count("raise NotImplementedError") == len(POINTS)


def test_an_endless_loop_ends_and_the_rest_is_graded(graded):
    outputs = graded.graded("endless")
    assert "✓" not in outputs["task-1-check"]
    assert "✓ Task 2" in outputs["task-2-check"] and "✓ Quiz" in outputs["quiz-check"]


def test_code_that_refuses_to_be_interrupted_fails_alone(graded):
    notebook = graded.released()
    stubborn = "while True:\n    try:\n        time.sleep(1)\n    except BaseException:\n        pass"
    for cell in notebook.cells:
        if cell.id == "task-1":
            cell.source = f"import time\n{stubborn}"
    graded.hand_in("stubborn", notebook)
    command = ["autograde", NAME, "--student=stubborn", "--Execute.timeout=4"]
    with pytest.raises(AssertionError, match="error processing assignment '90_small' for student 'stubborn'"):
        graded.nbgrader(*command)
    graded.nbgrader("export", "--to=later.csv")
    later = (graded.folder / "later.csv").read_text(encoding="utf-8").splitlines()
    assert [line for line in later if "stubborn" not in line] == (
        (graded.folder / "grades.csv").read_text(encoding="utf-8").splitlines()
    )
    assert [line.split(",")[9] for line in later if "stubborn" in line] == ["0.0"]


def test_a_tampered_check_is_replaced_by_the_real_one(graded):
    assert "✗ Task 1: the mean: not solved yet" in graded.graded("tampered")["task-1-check"]


def test_feedback_is_written_for_everybody(graded):
    for student in scores(graded):
        (page,) = (graded.folder / ".grading" / "feedback" / student / NAME).glob("*.html")
        text = page.read_text(encoding="utf-8")
        assert NAME in text and f"(Score: {scores(graded)[student]:.1f} / 6.0)" in text


def test_grading_changes_neither_sources_nor_releases(graded):
    assert tree(graded.folder / "solutions") | tree(graded.folder / "exercises") == graded.before


@pytest.mark.skipif(not LOCKED, reason=f"students' code can't be locked in here: {lock_grading.no_lock()}")
def test_hostile_code_is_locked_in(graded):
    printed = graded.graded("hostile")["task-1"].strip().splitlines()
    outcomes = dict(line.split(" -> ") for line in printed)
    assert outcomes.pop("own folder") == "4", "a notebook should be able to write in its own folder"
    allowed = {what: outcome for what, outcome in outcomes.items() if not outcome.startswith("refused")}
    assert len(outcomes) == 9 and not allowed, f"the lock lets these through: {allowed}"
    assert not (ROOT / "course_utils" / "escape.txt").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="its stand-in for bubblewrap is a shell script")
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
            lock_grading.LockedExecute()
    monkeypatch.setenv("COURSE_GRADING", "container")
    assert lock_grading.LockedExecute().kernel_manager_class is not lock_grading.LockedKernelManager
