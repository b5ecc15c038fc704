"""The teacher's commands, behind make: ``python -m scripts.classroom grade 00`` and others."""

import argparse
import sys
from pathlib import Path

from scripts.classroom import by_hand, notes
from scripts.classroom import collect as collecting
from scripts.classroom import export as exporting
from scripts.classroom import grade as grading
from scripts.classroom import page as paging
from scripts.classroom import template as templating

LOOK = 3  # the exit status where somebody was not collected, graded or given a page


def full_name(lesson: str) -> str:
    """The assignment that "00" or its full name means. Raises NotReady when there is none, or more than one."""
    names = sorted({path.parent.name for path in Path("solutions").glob("*/*.ipynb")})
    found = [name for name in names if lesson in (name, name.split("_")[0])]
    if len(found) != 1:
        raise grading.NotReady(f"There is no assignment {lesson!r}. There are: {', '.join(names)}.")
    return found[0]


def release(lesson: str, due: str) -> int:
    name = full_name(lesson)
    date = grading.release(name, due)
    until = f", due {date.astimezone():%Y-%m-%d %H:%M %z} ({date:%Y-%m-%d %H:%M} UTC)" if date else ""
    print(f"Released {name}{until}: give learners exercises/{name}/.")
    return 0


def full_names(lesson: str) -> list[str]:
    """As `full_name`; "exam" means all exams that were drawn."""
    exams = sorted((path.name for path in Path("solutions").glob("exam_*")), key=lambda name: (len(name), name))
    return exams if lesson == "exam" and exams else [full_name(lesson)]


def collect(lesson: str, place: str) -> int:
    found, problems, waiting = full_names(lesson), {}, set()
    for name in found:
        done = collecting.collect(name, Path(place).expanduser(), [other for other in found if other != name])
        for student, (path, count) in sorted(done.students.items()):
            print(f"{student:24} {path}" + (f" (the latest of {count})" if count > 1 else ""))
        print(f"Collected {len(done.students)} for {name}.")
        problems |= dict.fromkeys(done.problems)
        waiting = waiting & set(done.waiting) if name != found[0] else set(done.waiting)
    for problem in problems:
        print(f"To look at: {problem}")
    if waiting:
        print(f"Nothing yet from {', '.join(sorted(waiting))}.")
    return LOOK if problems else 0


def grade(lesson: str, everybody: bool, workers: int) -> int:
    without, new = [], False
    for name in full_names(lesson):
        points = grading.grade(name, everybody, workers)
        for student, got in points.items():
            print(f"{student:24} {'not graded' if got is None else f'{got:g}'}")
            said = notes.read(name, student)
            for kind in notes.KINDS:
                for sentence in said[kind]:
                    print(f"    {kind}: {sentence}")
        failed = [student for student, got in points.items() if got is None]
        if len(points) > len(failed):
            print(f"Graded {len(points) - len(failed)} of {len(points)} for {name}.")
            new = True
        without += failed
    if not new:
        print("Nothing new to grade. ALL=1 grades everybody again.")
    if without:
        print(f"Not graded: {', '.join(without)}. The tables give them an error and no points, not a 0.")
    return LOOK if without else 0


def points(lesson: str, student: str, task: str, given: float | None) -> int:
    name = full_name(lesson)
    print(by_hand.give(name, student, task, given))
    return 0


def feedback(lesson: str) -> int:
    failed = {}
    for name in full_names(lesson):
        failed |= grading.feedback(name)
        print(f"The pages for {name} are in .grading/feedback/, one folder a student.")
    for student, why in failed.items():
        print(f"{student}: no page could be written ({why})")
    return LOOK if failed else 0


def export(lesson: str) -> int:
    for path in exporting.export(full_name(lesson) if lesson not in ("", "exam") else ""):
        print(path)
    return 0


def page(names: bool) -> int:
    print(paging.page(names))
    return 0


def template(lesson: str, place: str) -> int:
    for path in templating.template(full_name(lesson), Path(place).expanduser()):
        print(path)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status: 2 when nothing was done, 3 when somebody is to be looked at."""
    parser = argparse.ArgumentParser(prog="python -m scripts.classroom", description="What a teacher runs.")
    commands = parser.add_subparsers(required=True, dest="command")
    one = commands.add_parser("release", help="make the exercise and register it in the gradebook")
    one.add_argument("lesson")
    one.add_argument(
        "--due", default="", help='such as "2030-03-01 23:59" or "2030-03-01 23:59 +0100" (else this machine\'s time)'
    )
    one = commands.add_parser("collect", help="take submissions from a folder or zip of downloads")
    one.add_argument("lesson")
    one.add_argument("place", help="the folder or the zip")
    one = commands.add_parser("grade", help="grade what is new, the reference solution first")
    one.add_argument("lesson")
    one.add_argument("--all", dest="everybody", action="store_true", help="grade everybody again")
    one.add_argument("--workers", type=int, default=0, help="submissions at a time (default: one a processor)")
    one = commands.add_parser("points", help="give a task's points by hand")
    one.add_argument("lesson")
    one.add_argument("student", help="as make grade writes it")
    one.add_argument("task", help="such as task-2, or quiz")
    one.add_argument("given", type=float, nargs="?", help="leave it out to take back what was given by hand")
    one = commands.add_parser("feedback", help="write a page for every graded submission")
    one.add_argument("lesson")
    one = commands.add_parser("export", help="write the marks as tables, for Canvas and Moodle too")
    one.add_argument("lesson", nargs="?", default="")
    one = commands.add_parser("page", help="write a page that shows the class")
    one.add_argument("--no-names", dest="names", action="store_false", help="numbers in the place of names")
    one = commands.add_parser("template", help="write a folder for a classroom on GitHub or GitLab")
    one.add_argument("lesson")
    one.add_argument("place", help="a new folder")
    chosen = vars(parser.parse_args(arguments))
    try:
        return globals()[chosen.pop("command")](**chosen)
    except (grading.NotReady, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. What was done so far is kept; the same command goes on.", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
