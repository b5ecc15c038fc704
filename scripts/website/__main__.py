"""The command line of the site."""

import argparse
import sys
import time
from pathlib import Path

from .build import SiteFailed, build
from .pdf import write_pdf


def main(arguments: list[str] | None = None) -> int:
    """Builds the site, or the PDF, and says where it is; the exit status is 1 when a page has something wrong."""
    parser = argparse.ArgumentParser(prog="python -m scripts.website", description="Build the course's web site.")
    parser.add_argument("--to", type=Path, default=Path("build/site"), metavar="FOLDER", help="where the site goes")
    parser.add_argument("--pdf", type=Path, metavar="FILE", help="write the whole course as a PDF instead")
    options = parser.parse_args(arguments)
    start = time.monotonic()
    try:
        if options.pdf:
            write_pdf(options.pdf)
            print(f"The course is in {options.pdf} ({options.pdf.stat().st_size / 1e6:.1f} MB)")
            return 0
        first = build(options.to)
    except SiteFailed as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(file.stat().st_size for file in options.to.rglob("*") if file.is_file()) / 1e6
    print(f"The site is in {options.to}/ ({size:.1f} MB, {time.monotonic() - start:.0f} s): open {first}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
