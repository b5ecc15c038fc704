"""The command: ``python -m scripts.quiz_material [--check] [NN ...]``."""

import argparse
import json
import sys

from course_utils import data, quiz
from scripts.quiz_material import filled, mark_of, situations


def main(arguments: list[str] | None = None) -> int:
    """Writes the made logs and keys into the bank; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.quiz_material", description="Make the quizzes' situations."
    )
    parser.add_argument("--check", action="store_true", help="write nothing, say what is out of step")
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons such as 00 01; all when none is given")
    asked = parser.parse_args(arguments)
    stale = []
    for lesson in asked.lessons or sorted(path.stem for path in quiz.BANK.glob("*.json")):
        path = quiz.BANK / f"{lesson}.json"
        sets, found = json.loads(path.read_text(encoding="utf-8")), situations(lesson)
        for name, picture in ((name, one.picture) for name, one in found.items() if one.picture):
            if mark_of(file := quiz.BANK / f"{name}.png") != picture.mark:
                stale.append(file.name)
                if not asked.check:
                    picture.save(file)
        if (made := filled(sets, found)) != sets:
            stale.append(path.name)
            if not asked.check:
                data.write_text(path, json.dumps(made, ensure_ascii=False, indent=1) + "\n")
    for name in stale:
        print(f"{name} is out of step: run `python -m scripts.quiz_material`." if asked.check else f"{name} written")
    return 1 if stale and asked.check else 0


if __name__ == "__main__":
    sys.exit(main())
