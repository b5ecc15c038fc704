"""``python -m course_utils.diagnose FILE``."""

import argparse
import sys

from . import SCORES, diagnose, read_state


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m course_utils.diagnose", description="Say what a training log shows."
    )
    parser.add_argument("path", help="a trainer_state.json, or the folder of a checkpoint")
    parser.add_argument(
        "--score", action="append", metavar="KEY", help="a logged share of good answers, such as eval_f1"
    )
    options = parser.parse_args(arguments)
    try:
        print(diagnose(read_state(options.path), options.score or SCORES))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
