"""Hostile and odd submissions, graded as a class: none gets out, stops the others, or gets points not its own.

The payloads are harmless. One batch is graded for all tests here. Where bubblewrap is missing the kernels run unlocked;
then those that try to get out are not handed in, and the tests of the lock say that they were left out.
"""

import json
import os
import socket

import nbformat
import pytest
from assignments import ROOT
from classroom import CHECKS, KEYS, LOCKED, NAME, NOTEBOOK, SOLVED, Course, cell_of, marked
from nbformat.v4 import new_code_cell, new_markdown_cell

from scripts import lock_grading

locked = pytest.mark.skipif(not LOCKED, reason=f"students' code can't be locked in here: {lock_grading.no_lock()}")

HOSTILE = """
import os, pathlib, socket, subprocess, tempfile

def attempt(what, action):
    try:
        print(what, "->", action())
    except BaseException as error:
        print(what, "-> refused", type(error).__name__)

course = pathlib.Path(COURSE)
attempt("own folder", lambda: pathlib.Path("mine.txt").write_text("mine"))
attempt("solution", lambda: (course / "solutions/90_small/90_small.ipynb").write_text("broken"))
attempt("gradebook", lambda: (course / ".grading/gradebook.db").write_bytes(b"broken"))
attempt("neighbour", lambda: (course / ".grading/autograded/good/90_small/90_small.ipynb").write_text("broken"))
attempt("exercise", lambda: (course / "exercises/escape.txt").write_text("escaped"))
attempt("package", lambda: (pathlib.Path(PACKAGE) / "escape.txt").write_text("escaped"))
attempt("key", lambda: len((course / "solutions/90_small/90_small.ipynb").read_text()))
attempt("other work", lambda: len((course / ".grading/submitted/good/90_small/90_small.ipynb").read_text()))
attempt("marks", lambda: len((course / "grades.csv").read_text()))
attempt("the course's own solutions", lambda: os.listdir(pathlib.Path(PACKAGE).parent / "solutions"))
attempt("another checkout", lambda: len(os.listdir(CHECKOUT)))
attempt("secret", lambda: os.environ["SECRET_OF_THE_TEACHER"])
attempt("secret of the sandbox", lambda: open("/proc/1/environ").read().index("hunter2"))
attempt("people of the machine", lambda: len(open("/etc/passwd").read()))
attempt("network", lambda: socket.create_connection(("127.0.0.1", PORT), timeout=2) and "reached")
attempt("remount", lambda: subprocess.run(["mount", "-o", "remount,rw", "/"], capture_output=True, check=True))
attempt("own a file", lambda: os.chown("mine.txt", 0, 0))
capabilities = [line.split()[1] for line in open("/proc/self/status") if line.startswith("CapEff")]
attempt("capabilities", lambda: int(capabilities[0], 16) or 1 / 0)
attempt("memory", lambda: len(bytearray(5 << 30)))
attempt("disk", lambda: [open(f"{tempfile.gettempdir()}/{i}", "wb").write(bytes(100 << 20)) for i in range(8)])
"""
LEFT_BEHIND = """
import os, pathlib
for name in ("90_small.ipynb", "secret.txt"):
    pathlib.Path(name).unlink(missing_ok=True)
    os.symlink(OUTSIDE, name)
os.mkfifo("pipe.ipynb")
os.mkfifo("pipe")
for i in range(20_000):
    pathlib.Path(f"{i}.txt").touch()
"""
FORGED = "<h4>90_small (Score: 6.0 / 6.0)</h4><script>document.title = 'forged'</script>"
LOUD = """import sys, warnings
def mean(values):
    print("75%|#######", file=sys.stderr)
    warnings.warn("careful")
    return sum(values) / len(values) if values else 0.0"""
FORKS = """import os, time
def mean(values):
    for _ in range(70):
        if not os.fork():
            time.sleep(600)
    return 1.5"""
SLEEPS = """import time

def mean(values):
    while True:
        try:
            time.sleep(1)
        except BaseException:
            pass"""
EQUAL = """class Everything:
    def __eq__(self, other):
        return True

def mean(values):
    return Everything()"""
PATCHED = """import course_utils.task_check as module
def never(self, kind, error, trace):
    print(f"✓ {self.name}")
    return True
module.task_check.__exit__ = never"""
TRANSFORMED = """def swallow(lines):
    text = "".join(lines)
    return [f"print({text.split(chr(34))[1]!r})"] if "task_check(" in text and "import" not in text else lines
get_ipython().input_transformers_cleanup.append(swallow)"""
TRANSFORMED = TRANSFORMED.replace("print({text", "print('✓ ' + {text")
MARK_BY_HAND = """import sys
def mean(values):
    sys.displayhook(2.0)
    return 7"""
HALF = (
    f"answers = { {name: key if i % 2 else 'abc'.replace(key, '')[0] for i, (name, key) in enumerate(KEYS.items())} }"
)
UNUSUAL = """import re
from functools import lru_cache
EMPTY = re.compile("^$")
def mean(values):
    @lru_cache
    def total(): return sum(values)
    return 0.0 if EMPTY.match("x" * len(values)) else total() / len(values)
print(mean([1, 2]))"""
UNUSUAL_QUIZ = f"answers = dict({', '.join(f'q{i}={key!r}' for i, key in enumerate(KEYS.values()))})\nanswers = {{}}\n"
UNUSUAL_QUIZ += "\n".join(f"answers[{name!r}] = {key!r}" for name, key in KEYS.items()) + "\nprint(answers)"
KEYS_READ = "from course_utils import quiz\nanswers = {question.id: question.key for question in quiz.load('00')}"


def add(*cells, at=2):
    """A change of a notebook: cells put in behind the imports."""
    return lambda notebook: notebook.cells.__setitem__(slice(at, at), list(cells))


def on(grade_id, change):
    """A change of one marked cell."""
    return lambda notebook: change(cell_of(notebook, grade_id))


def without_marks(notebook):
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)


def copied(notebook):
    notebook.cells.insert(3, marked("values = [1, 2]", "task-1"))


def split(notebook):
    at = notebook.cells.index(cell_of(notebook, "task-1"))
    notebook.cells[at : at + 1] = [marked("def total(values):\n    return sum(values)", "task-1")]
    notebook.cells.insert(
        at + 1, marked("def mean(values):\n    return total(values) / len(values) if values else 0.0", "task-1")
    )


def without_checks(notebook):
    notebook.cells = [cell for cell in notebook.cells if not cell.id.endswith("-check")]


def merged(notebook):
    answer = cell_of(notebook, "task-2")
    cell_of(notebook, "task-2-check").source = f"{answer.source}\n\n{CHECKS['task-2']}"
    notebook.cells.remove(answer)


def only_answers(notebook):
    notebook.cells = [cell for cell in notebook.cells if cell.id in SOLVED]


def moved(notebook):
    notebook.cells.append(notebook.cells.pop(notebook.cells.index(cell_of(notebook, "task-1"))))


def odd_marks(notebook):
    cell_of(notebook, "task-1").metadata.nbgrader.schema_version = 99
    cell_of(notebook, "task-2").metadata.nbgrader.schema_version = -1
    cell_of(notebook, "quiz").metadata.nbgrader["points"] = "many"
    notebook.cells[0].metadata["nbgrader"] = {"grade_id": ["task-1"], "schema_version": None}
    notebook.cells[1].metadata["nbgrader"] = {}
    notebook.cells[1].metadata["tags"] = 7


# student: answers, a change of the notebook, points
ODD = {
    "good": (SOLVED, None, 6),
    "blank": ({}, None, 0),
    "wrong": (SOLVED | {"task-1": "def mean(values):\n    return sum(values) / len(values)"}, None, 4),
    "partly": (SOLVED | {"task-2": "def ended(text):\n    return True"}, None, 4),
    "half-a-quiz": (SOLVED | {"quiz": HALF}, None, 5.5),
    "loud": (SOLVED | {"task-1": LOUD}, None, 6),
    "copied": (SOLVED, copied, 6),
    "split": (SOLVED, split, 6),
    "merged": (SOLVED, merged, 6),
    "moved": (SOLVED, moved, 6),
    "only-answers": (SOLVED, only_answers, 6),
    "odd-marks": (SOLVED, odd_marks, 6),
    "lost-marks": (SOLVED, without_marks, 6),
    "no-checks": (SOLVED, without_checks, 6),
    "as-markdown": (SOLVED, on("task-1-check", lambda cell: cell.update(cell_type="markdown")), 6),
    "exits": (SOLVED, add(new_code_cell("exit()")), 6),
    "exits-in-task": (SOLVED | {"task-1": "import os\n\ndef mean(values):\n    os._exit(3)"}, None, 4),
    "endless": (SOLVED | {"task-1": "def mean(values):\n    while True:\n        pass"}, None, 4),
    "sleeps": (SOLVED | {"task-1": SLEEPS}, None, 4),
    "unusual": (SOLVED | {"task-1": UNUSUAL, "quiz": UNUSUAL_QUIZ}, None, 6),
}
CHEATS = {
    "easy-check": (
        SOLVED | {"task-1": "", "task-1-check": "with task_check('Task 1: the mean'):\n    assert True"},
        None,
        4,
    ),
    "more-points": (
        SOLVED | {"task-1": ""},
        on("task-2-check", lambda cell: cell.metadata.nbgrader.update(points=99)),
        4,
    ),
    "skips": ({}, on("task-1-check", lambda cell: cell.metadata.update(tags=["skip-execution"])), 0),
    "patched": ({}, add(new_code_cell(PATCHED)), 0),
    "patched-later": (SOLVED | {"task-2": PATCHED}, None, 3),
    "transformed": ({}, add(new_code_cell(TRANSFORMED)), 0),
    "by-hand": (SOLVED | {"task-1": MARK_BY_HAND}, None, 4),
    "says-it": ({"task-1": "print('✓ Task 1: the mean')\nraise SystemExit"}, None, 0),
    "equal": (SOLVED | {"task-1": EQUAL}, None, 4),
    "keys-read": (SOLVED | {"quiz": KEYS_READ}, None, 5),
    "keys-later": (SOLVED | {"quiz": "answers = {}"}, add(new_code_cell(KEYS_READ), at=-1), 5),
    "exit-in-check": (
        SOLVED | {"task-1": "def mean(values):\n    print('✓ Task 1: the mean')\n    raise SystemExit"},
        None,
        4,
    ),
}
BREAKS_OUT = {
    "hostile": (SOLVED | {"task-1": HOSTILE}, None, 4),
    "left-behind": (SOLVED, add(new_code_cell(LEFT_BEHIND)), 6),
    "forks": (SOLVED | {"task-1": FORKS}, None, 4),
}
SUBMISSIONS = ODD | CHEATS | (BREAKS_OUT if LOCKED else {})
UNREADABLE = {"empty": b"", "no-json": b"PK\x03\x04 a zip file", "deep": b"[" * 100_000, "no-cells": b"{}"}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The course after the class was graded by the teacher's command, with its feedback."""
    course = Course(tmp_path_factory.mktemp("class"))
    course.outside = tmp_path_factory.mktemp("outside")
    (course.outside / "solutions").mkdir()
    (course.outside / "secret.txt").write_text("the secret", encoding="utf-8")
    (course.outside / "secret.txt").chmod(0o600)
    (course.folder / "grades.csv").write_text("anna,6", encoding="utf-8")
    course.teacher("release", "90")
    listener = socket.create_server(("127.0.0.1", 0))  # something that the network would lead to
    known = {"COURSE": str(course.folder), "PACKAGE": str(ROOT / "course_utils"), "CHECKOUT": str(course.outside)}
    known |= {"OUTSIDE": str(course.outside / "secret.txt"), "PORT": listener.getsockname()[1]}
    for student, (answers, change, _) in SUBMISSIONS.items():
        notebook = course.work(answers, change)
        if student in BREAKS_OUT:
            notebook.cells.insert(1, new_code_cell("\n".join(f"{name} = {value!r}" for name, value in known.items())))
        course.hand_in(student, notebook)
    course.hand_in("spends-all", course.work(dict.fromkeys(SOLVED, "while True:\n    pass")))
    for student, raw in UNREADABLE.items():
        course.hand_in(student, raw)
    solved = json.dumps(course.work(SOLVED))
    course.hand_in("utf-16", solved.encode("utf-16"))
    course.hand_in(
        "latin-1", json.dumps(course.work(SOLVED, add(new_markdown_cell("grün"))), ensure_ascii=False).encode("latin-1")
    )
    course.hand_in("renamed", solved, "My answers.IPYNB")
    course.hand_in("two", solved, "final version.ipynb")
    course.hand_in("two", json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "notes.ipynb")
    forged = add(new_markdown_cell(FORGED), new_code_cell(f"from IPython.display import HTML\nHTML({FORGED!r})"))
    course.hand_in("forger", course.work({}, forged))
    course.hand_in("linked", solved)
    folder = course.submission("linked")
    (folder / "helper.py").symlink_to(course.outside / "secret.txt")
    os.mkfifo(folder / "pipe")
    for number in range(300):
        (folder / f"{number}.txt").touch()
    with open(folder / "weights.bin", "wb") as file:
        file.truncate(1 << 40)  # nothing is written, and nobody could read it into memory
    for name in ("json.py", "ipykernel_launcher.py", "usercustomize.py"):
        course.hand_in("own-modules", "raise SystemExit", name)
    course.hand_in("own-modules", SOLVED["task-1"], "helper.py")
    course.hand_in("own-modules", course.work(SOLVED | {"task-1": "from helper import mean"}))
    os.symlink(course.submission("good") / f"{NAME}.ipynb", course.submission("thief") / f"{NAME}.ipynb")
    course.said = course.run("grade", "90")
    course.feedback = course.run("feedback", "90")
    yield course
    listener.close()


def points(course: Course) -> dict[str, str]:
    """What the command printed of each student."""
    other = (" ", "Graded ", "Not graded: ")
    lines = [line.split() for line in course.said.stdout.splitlines() if line and not line.startswith(other)]
    return {line[0]: " ".join(line[1:]) for line in lines}


def test_each_submission_gets_its_own_points_and_none_stops_the_class(graded):
    expected = {student: f"{marks:g}" for student, (_, _, marks) in SUBMISSIONS.items()}
    expected |= dict.fromkeys([*UNREADABLE, "thief", "spends-all"], "not graded")
    expected |= dict.fromkeys(["utf-16", "latin-1", "renamed", "two", "linked", "own-modules"], "6") | {"forger": "0"}
    assert points(graded) == expected
    assert graded.said.returncode == 3, "somebody could not be graded"


@pytest.mark.parametrize("student", [*UNREADABLE, "thief"])
def test_who_could_not_be_graded_is_told_with_what_to_do(graded, student):
    (sentence,) = graded.notes(student)["error"]
    assert "ask for the .ipynb file" in sentence and len(sentence) <= 200
    assert sentence in graded.said.stdout


@pytest.mark.parametrize(
    "student, kind, words",
    [
        ("copied", "repaired", "task-1 was there 2 times"),
        ("split", "repaired", "task-1 was there 2 times"),
        ("moved", "repaired", "task-1-check stood in front of its answer and was put behind it"),
        ("only-answers", "repaired", "the cell that gives grade, task_check was missing and was put back"),
        ("merged", "repaired", "task-2 had lost its mark"),
        ("lost-marks", "repaired", "task-1-check had lost its mark"),
        ("no-checks", "repaired", "task-2-check was missing and was put back"),
        ("renamed", "repaired", "My answers.IPYNB was graded as 90_small.ipynb"),
        ("utf-16", "repaired", "was in UTF-16"),
        ("latin-1", "repaired", "was in Latin-1"),
        ("two", "doubt", "handed in several notebooks; final version.ipynb is graded"),
        ("linked", "doubt", "removed links, pipes or too many or too large files"),
        ("skips", "doubt", "was tagged 'skip-execution'"),
        ("exits", "stopped", "it asked the kernel to exit"),
        ("exits-in-task", "stopped", "was left out and the rest graded without it"),
        ("endless", "stopped", "computed for more than 3 seconds"),
        ("patched", "held back", "a check that must fail passed too"),
        ("transformed", "held back", "task-1: "),
        ("equal", "held back", "a Everything can't be stored"),
        ("keys-read", "held back", "quiz: line 2 of a cell computes `answers`; write the letters themselves"),
        ("keys-later", "held back", "quiz: "),
        ("keys-read", "doubt", "reads a `key`"),
        ("patched", "doubt", "names `task_check` itself"),
        ("keys-later", "doubt", "reads a `key`"),
        ("by-hand", "doubt", "writes results by hand"),
        pytest.param("forks", "stopped", "ran more than 64 processes", marks=locked),
    ],
)
def test_what_was_repaired_or_noticed_is_told(graded, student, kind, words):
    assert any(words in sentence for sentence in graded.notes(student)[kind]), graded.notes(student)


def test_the_points_of_a_task_follow_its_parts(graded):
    assert "(1 of 3 parts)" in graded.graded("partly")["task-2-check"]


def test_a_notebook_has_a_limit_too(graded):
    (sentence,) = graded.notes("spends-all")["error"]
    assert f"the notebook took longer than {NOTEBOOK} seconds of computing or waiting" in sentence


def test_the_good_ones_are_not_talked_about(graded):
    for student in ("good", "loud", "unusual", "wrong"):
        assert not any(graded.notes(student).values()), student


@locked
def test_hostile_code_is_locked_in(graded):
    printed = graded.graded("hostile")["task-1"].strip().splitlines()
    outcomes = dict(line.split(" -> ") for line in printed)
    assert outcomes.pop("own folder") == "4", "a notebook should be able to write in its own folder"
    allowed = {what: outcome for what, outcome in outcomes.items() if not outcome.startswith("refused")}
    assert len(outcomes) == 19 and not allowed, f"the lock lets these through: {allowed}"
    assert not (ROOT / "course_utils" / "escape.txt").exists()


def test_nothing_that_was_left_behind_is_followed(graded):
    secret = graded.outside / "secret.txt"
    assert secret.read_text(encoding="utf-8") == "the secret" and secret.stat().st_mode & 0o777 == 0o600
    for place in ("autograded", "feedback", "submitted"):
        for path in (graded.folder / ".grading" / place).rglob("*"):
            assert path.is_dir() or (path.is_file() and not path.is_symlink()), path
            assert not path.is_file() or b"the secret" not in path.read_bytes(), path
    if LOCKED:
        assert [path.name for path in (graded.folder / ".grading/autograded/left-behind" / NAME).iterdir()] == [
            f"{NAME}.ipynb"
        ]


def test_feedback_shows_students_text_as_text(graded):
    assert graded.feedback.returncode == 0, graded.feedback.stderr
    page = graded.page("forger")
    assert "document.title" in page, "what the student wrote is shown"
    assert "<script>document.title" not in page and "<h4>90_small (Score: 6.0" not in page
    assert "(Score: 0.0 / 6.0)" in page


def test_feedback_is_written_for_all_that_were_graded(graded):
    for student, got in points(graded).items():
        if got != "not graded":
            assert f"(Score: {float(got):.1f} / 6.0)" in graded.page(student), student


def test_a_check_is_always_the_instructors(graded):
    assert "not solved yet" in graded.graded("skips")["task-1-check"]
    graded_copy = graded.folder / ".grading/autograded/easy-check" / NAME / f"{NAME}.ipynb"
    cells = nbformat.read(graded_copy, as_version=4).cells
    assert [cell.source for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")] == list(CHECKS.values())
