"""``python -m course_utils.preflight job.yaml``: the same as ``sft-tools preflight job.yaml``."""

import sys

from ..command_line import main

if __name__ == "__main__":
    sys.exit(main(["preflight", *sys.argv[1:]]))
