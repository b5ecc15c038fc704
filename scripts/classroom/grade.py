"""Grades the submissions of an assignment: the reference solution first, then the class, several at a time.

Each submission is graded by nbgrader on its own, so that none can stop another; what could not be graded is told by
name, with what to do. A submission that hasn't changed since it was graded is left as it is. How code is locked in and
judged is not known here.
"""

import contextlib
import multiprocessing
import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from sqlalchemy.exc import SAWarning
from traitlets.config.loader import PyFileConfigLoader

from scripts.classroom import belongs, notes, receive
from scripts.classroom.execute import REFERENCE
from scripts.classroom.feedback import name_tasks

SUBMITTED = Path(".grading/submitted")


warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's own, of every submission


class NotReady(RuntimeError):
    """Why grading can't begin, as a sentence that says what to do."""


@cache
def nbgrader() -> NbGraderAPI:
    """nbgrader with the course's configuration, in the course's folder."""
    tools = str(Path(sys.executable).parent)  # nbgrader calls alembic by name when it makes a gradebook
    os.environ["PATH"] = os.pathsep.join([tools, os.environ.get("PATH", "")])
    return NbGraderAPI(config=PyFileConfigLoader("nbgrader_config.py").load_config())


def gradebook() -> Gradebook:
    return Gradebook(nbgrader().coursedir.db_url, nbgrader().coursedir.course_id)


def source(assignment: str) -> Path:
    """The solution's notebook. Raises NotReady when there is none."""
    paths = sorted(Path("solutions", assignment).glob("*.ipynb"))
    if not paths:
        have = ", ".join(sorted(path.parent.name for path in Path("solutions").glob("*/*.ipynb")))
        raise NotReady(f"There is no assignment {assignment!r}. There are: {have}.")
    return paths[0]


def due_date(text: str) -> datetime:
    """A due date in UTC from "2030-03-01 23:59", with an offset such as " +0100" or in this machine's own time zone.

    A day alone means its last minute. (nbgrader's own reading takes +0100 for a hundred seconds.)
    Raises NotReady when it is none.
    """
    written = re.sub(r"\s+(?=[+-]\d)", "", text.strip())
    try:
        date = datetime.fromisoformat(f"{written} 23:59" if re.fullmatch(r"[\d-]{10}", written) else written)
        return date.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotReady(f"{text!r} is no date. Write it like 2030-03-01 23:59, or 2030-03-01 23:59 +0100.") from None


def release(assignment: str, due: str = "") -> datetime | None:
    """Makes the exercise from the solution and registers it in the gradebook, with its due date if one is given.

    Returns the due date in UTC. Raises NotReady when nbgrader refuses, or the date can't be read.
    """
    source(assignment)
    date = due_date(due) if due else None
    done = nbgrader().generate_assignment(assignment, force=True)
    if not done["success"]:
        raise NotReady(f"{assignment} could not be released: {_last_line(done)}")
    with gradebook() as book:
        # nbgrader keeps times in UTC without saying so
        book.update_or_create_assignment(assignment, **({"duedate": date.replace(tzinfo=None)} if date else {}))
    return date


def _last_line(done: dict) -> str:
    """The sentence at the end of what nbgrader says of a failure."""
    lines = [line.strip() for line in done.get("error", "").strip().splitlines()]
    return lines[-1][:160] if lines else "nbgrader gave no reason"


def _why(log: str) -> str:
    """The last exception in nbgrader's log of one submission, as its kind and text."""
    told = re.findall(r"^\s*(\w[\w.]*(?:Error|Exception|Empty): .+)$", log, re.MULTILINE)
    return told[-1][:160] if told else "nbgrader gave no reason"


def _couldnt(why: str) -> str:
    return f"it could not be graded ({why}): open the notebook and run it from the top"


def prepare(assignment: str, student: str) -> bool:
    """Makes a submission readable; where that can't be done, notes why and returns False. Nothing is run."""
    notes.clear(assignment, student)
    try:
        path = receive.tidy(SUBMITTED / student / assignment, source(assignment).stem, assignment, student)
        if other := belongs.wrong(path.read_bytes(), assignment):
            raise receive.Unreadable(f"{path.name} {other}")
    except receive.Unreadable as error:
        notes.add(assignment, student, "error", str(error))
        return False
    except Exception as error:  # one submission must not stop a class
        notes.add(assignment, student, "error", _couldnt(f"{type(error).__name__}: {error}"[:160]))
        return False
    return True


def grade_one(assignment: str, student: str) -> tuple[str, float | None]:
    """Grades one submission that is prepared; returns the student and the points, None when it could not be graded."""
    try:
        done = nbgrader().autograde(assignment, student)
        if done["success"]:
            with gradebook() as book:
                return student, book.find_submission(assignment, student).score
        if done.get("error") and _last_line(done) == "KeyboardInterrupt":
            raise KeyboardInterrupt  # nbgrader takes Ctrl-C for a fault of the submission
        why = _why(done.get("log", ""))
    except Exception as error:  # one submission must not stop a class
        why = f"{type(error).__name__}: {error}"[:160]
    notes.add(assignment, student, "error", _couldnt(why))
    return student, None


def check_reference(assignment: str) -> None:
    """Grades the reference solution as if a student had handed it in.

    Raises:
        NotReady: it doesn't get full marks, so nobody's marks would mean anything.
    """
    folder = SUBMITTED / REFERENCE / assignment
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(source(assignment), folder)
    try:
        points = grade_one(assignment, REFERENCE)[1] if prepare(assignment, REFERENCE) else None
        with gradebook() as book:
            most = book.find_assignment(assignment).max_score
            failed = []
            if points is not None:
                graded = book.find_submission(assignment, REFERENCE).notebooks[0].grades
                failed = [grade.name for grade in graded if grade.auto_score != grade.max_score]
    finally:
        forget(assignment, REFERENCE)
    if points == most:
        return
    said = notes.read(assignment, REFERENCE)
    why = "; ".join([*said["error"], *said["held back"], *said["stopped"]])
    what = (
        f"gets {points:g} of {most:g} points ({', '.join(failed)} fails)" if points is not None else "can't be graded"
    )
    raise NotReady(f"The reference solution of {assignment} {what}, so nobody was graded. {why}".strip())


def forget(assignment: str, student: str) -> None:
    """Removes a submission from the gradebook and from the disk; the notes stay."""
    with gradebook() as book:
        try:
            book.remove_submission(assignment, student)
        except MissingEntry:
            pass
        if student == REFERENCE:
            try:
                book.remove_student(student)
            except MissingEntry:
                pass
    for place in ("submitted", "autograded", "feedback"):
        shutil.rmtree(Path(".grading", place, student, assignment), ignore_errors=True)
        if student == REFERENCE:
            shutil.rmtree(Path(".grading", place, student), ignore_errors=True)


def handed_in(assignment: str) -> list[str]:
    """Everybody who has handed in an assignment."""
    folders = SUBMITTED.glob(f"*/{assignment}")
    return sorted(folder.parent.name for folder in folders if folder.is_dir() and folder.parent.name != REFERENCE)


def _state(assignment: str, student: str) -> str:
    """What the marks of a submission depend on: its files, and the assignment's source; "" where they can't be read."""
    try:
        files = sorted(path for path in (SUBMITTED / student / assignment).rglob("*") if receive.fits(path))
        return " ".join(receive.digest(path) for path in [source(assignment), *files])
    except OSError:
        return ""


def grade(assignment: str, everybody: bool = False, workers: int = 0) -> dict[str, float | None]:
    """Grades an assignment; returns the points of those graded now, None where it was not possible.

    Args:
        everybody: also those whose submission hasn't changed since it was graded.
        workers: submissions at a time; as many as processors when 0.

    Raises:
        NotReady: grading can't begin, in a sentence.
    """
    with gradebook() as book:
        known = {entry.name for entry in book.assignments}
    if assignment not in known:
        release(assignment)
    file = Path(".grading/graded", f"{assignment}.json")
    before = receive.stored(file)
    for folder in SUBMITTED.glob("*"):
        if not folder.name.isprintable():  # no gradebook could hold such a name
            folder.rename(folder.with_name("".join(c if c.isprintable() else "-" for c in folder.name)))
    todo = [who for who in handed_in(assignment) if everybody or before.get(who) != _state(assignment, who)]
    points: dict[str, float | None] = {who: None for who in todo if not prepare(assignment, who)}
    todo = [who for who in todo if who not in points]
    if not todo:
        return points
    print("Grading the reference solution first …", file=sys.stderr, flush=True)
    check_reference(assignment)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # one processor each is faster than all for everybody
    for number, (student, got) in enumerate(_each(assignment, todo, workers or os.cpu_count() or 1), 1):
        points[student] = got
        if got is not None:
            before[student] = _state(assignment, student)
            receive.store(file, before)  # at once: a batch may be broken off
        shown = "not graded" if got is None else f"{got:g}"
        print(f"{number}/{len(todo)} {student}: {shown}", file=sys.stderr, flush=True)
    return dict(sorted(points.items()))


def _each(assignment: str, students: list[str], workers: int) -> Iterator[tuple[str, float | None]]:
    """Grades students, several at a time in processes of their own; gives each one's points when they are there.

    Where a process is ended from outside, those that are left come one by one, so that one can't take the others along.
    """
    if workers == 1 or len(students) == 1:
        yield from (grade_one(assignment, student) for student in students)
        return
    left = list(students)
    while left:
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            waiting = {pool.submit(grade_one, assignment, student): student for student in left}
            for done in as_completed(waiting):
                with contextlib.suppress(BrokenProcessPool):
                    yield done.result()
                    left.remove(waiting[done])
        if left and workers == 1:  # the first of them ended its grader
            why = "the grader itself was ended, perhaps for want of memory: free some, and grade again"
            notes.add(assignment, left[0], "error", why)
            yield left.pop(0), None
        workers = 1  # whose fault it was shows when they come one by one


def feedback(assignment: str) -> dict[str, str]:
    """Writes the feedback pages of all graded submissions; returns the students without one, and why."""
    failed = {}
    for folder in sorted(Path(".grading/autograded").glob(f"*/{assignment}")):
        student = folder.parent.name
        if receive.only_files(folder):
            notes.add(assignment, student, "doubt", "links or pipes lay in the graded copy and were removed")
        done = nbgrader().generate_feedback(assignment, student)
        if not done["success"]:
            failed[student] = _why(done.get("log", ""))
            continue
        for page in Path(".grading/feedback", student, assignment).glob("*.html"):
            name_tasks(page, assignment)
    return failed
