"""``python -m course_utils TOOL …``: the tools from a terminal; see `command_line`."""

import sys

from .command_line import main

if __name__ == "__main__":
    sys.exit(main())
