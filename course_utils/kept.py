"""What a learner's own runs leave behind: small JSON files in ``progress/``, beside the folder of the lessons.

``COURSE_PROGRESS`` names another folder; ``off`` keeps nothing, for runs that are nobody's. Nothing here knows what is
kept.
"""

import json
import os
from pathlib import Path
from typing import Any

from .data import write_text


def place(name: str) -> Path | None:
    """Where the file of a name such as "predictions" lies, None when nothing is kept."""
    folder = os.environ.get("COURSE_PROGRESS", "")
    if folder == "off":
        return None
    if folder:
        return Path(folder, f"{name}.json")
    here = Path.cwd()
    homes = (home for home in (here, *here.parents) if (home / "notebooks").is_dir())
    return next(homes, here) / "progress" / f"{name}.json"


def read(name: str, nothing: Any) -> Any:
    """What is kept under a name, or `nothing`.

    Raises:
        ValueError: the file can't be read or has another shape, in a sentence that names it.
    """
    path = place(name)
    if path is None or not path.is_file():
        return nothing
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(value, type(nothing)):
            raise ValueError(f"it holds no {type(nothing).__name__}")
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} can't be read ({error}): mend it, or move it away to start anew.") from error
    return value


def write(name: str, value: Any) -> None:
    """Keeps a value under a name, unless nothing is kept."""
    path = place(name)
    if path is not None:
        write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")
