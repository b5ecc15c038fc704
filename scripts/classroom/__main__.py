"""The teacher's commands, behind make: ``python -m scripts.classroom grade 00`` and others."""

import argparse
import sys
from pathlib import Path

from scripts.classroom import collect as collecting
from scripts.classroom import export as exporting
from scripts.classroom import grade as grading
from scripts.classroom import notes
from scripts.classroom import page as paging
from scripts.classroom import template as templating


def full_name(lesson: str) -> str:
    """The assignment that "00" or its full name means. Raises NotReady when there is none, or more than one."""
    names = sorted({path.parent.name for path in Path("solutions").glob("*/*.ipynb")})
    found = [name for name in names if lesson in (name, name.split("_")[0])]
    if len(found) != 1:
        raise grading.NotReady(f"There is no assignment {lesson!r}. There are: {', '.join(names)}.")
    return found[0]


def release(lesson: str, due: str) -> int:
    name = full_name(lesson)
    grading.release(name, due)
    print(f"Released {name}{f', due {due}' if due else ''}: give learners exercises/{name}/.")
    return 0


def collect(lesson: str, place: str) -> int:
    name = full_name(lesson)
    done = collecting.collect(name, Path(place).expanduser())
    for student, (path, count) in sorted(done.students.items()):
        print(f"{student:24} {path}" + (f" (the latest of {count})" if count > 1 else ""))
    print(f"Collected {len(done.students)} for {name}.")
    for problem in done.problems:
        print(f"Not collected: {problem}")
    return int(bool(done.problems))


def grade(lesson: str, everybody: bool, workers: int) -> int:
    name = full_name(lesson)
    points = grading.grade(name, everybody, workers)
    if not points:
        print("Nothing new to grade. ALL=1 grades everybody again.")
    for student, got in points.items():
        print(f"{student:24} {'not graded' if got is None else f'{got:g}'}")
        said = notes.read(name, student)
        for kind in notes.KINDS:
            for sentence in said[kind]:
                print(f"    {kind}: {sentence}")
    return int(None in points.values())


def feedback(lesson: str) -> int:
    name = full_name(lesson)
    failed = grading.feedback(name)
    print(f"The pages for {name} are in .grading/feedback/, one folder a student.")
    for student, why in failed.items():
        print(f"{student}: no page could be written ({why})")
    return int(bool(failed))


def export(lesson: str) -> int:
    for path in exporting.export(full_name(lesson) if lesson else ""):
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
    """The command line; returns the exit status: 1 when something was not graded or read, 2 when nothing was done."""
    parser = argparse.ArgumentParser(prog="python -m scripts.classroom", description="What a teacher runs.")
    commands = parser.add_subparsers(required=True, dest="command")
    one = commands.add_parser("release", help="make the exercise and register it in the gradebook")
    one.add_argument("lesson")
    one.add_argument("--due", default="", help='such as "2030-03-01 23:59" or "2030-03-01 23:59 +0100" (else UTC)')
    one = commands.add_parser("collect", help="take submissions from a folder or zip of downloads")
    one.add_argument("lesson")
    one.add_argument("place", help="the folder or the zip")
    one = commands.add_parser("grade", help="grade what is new, the reference solution first")
    one.add_argument("lesson")
    one.add_argument("--all", dest="everybody", action="store_true", help="grade everybody again")
    one.add_argument("--workers", type=int, default=0, help="submissions at a time (default: one a processor)")
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


if __name__ == "__main__":
    sys.exit(main())
