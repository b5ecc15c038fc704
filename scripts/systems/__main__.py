"""The systems of the sources: lists them, runs one on its real model, or writes their page.

``python -m scripts.systems`` lists; ``python -m scripts.systems S1 --steps 50`` runs one, which needs a network and
wants a GPU; ``--benchmark`` compares S1 as published with S1 as recommended; ``--write`` makes ``docs/systems.md``.
"""

import argparse

from course_utils.data import write_text

from .outcomes import ROWS
from .page import PAGE, page
from .running import benchmark, run


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.systems", description=__doc__.split("\n")[0])
    parser.add_argument("system", nargs="?", help="S1 to S11; all are listed when none is given")
    parser.add_argument("--steps", type=int, default=50, help="optimizer steps (50)")
    parser.add_argument("--benchmark", action="store_true", help="S1 as published against S1 as recommended")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE}")
    options = parser.parse_args(arguments)
    if options.write:
        write_text(PAGE, page())
        return 0
    try:
        if options.benchmark:
            ways = benchmark(options.steps)
            for way in ways:
                print(", ".join(f"{key} {value}" for key, value in way.items()))
            ratio = ways[1]["tokens a second"] / ways[0]["tokens a second"]
            print(f"recommended over published, real tokens a second on this machine: {ratio:.2f}")
        elif options.system:
            got = run(options.system.upper(), options.steps)
            print(f"{got['tokens_per_second']:,.0f} tokens a second; {got['peak_mb']:,.0f} MB at the peak")
        else:
            for row in ROWS:
                print(f"{row.name:<4} {row.title}")
    except (ValueError, OSError) as error:
        print(str(error).splitlines()[0])
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
