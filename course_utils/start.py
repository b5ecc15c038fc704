"""The first cell of every lesson: a quiet, seeded, offline session and the profile that says which model it uses.

``COURSE_PROFILE=tiny`` (the default) is the model that the course ships.
"""

import importlib.metadata
import os
import platform
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
# what a lesson needs to run, as the oldest versions it was seen with
NEEDED = {"torch": "2.11", "transformers": "5.15", "trl": "1.16", "datasets": "4.0", "matplotlib": "3.8"}


@dataclass(frozen=True)
class Course:
    """What a lesson's cells need to know of the machine and the profile.

    ``base`` goes to ``from_pretrained``; ``early_base`` is the same model, its pre-training stopped early;
    ``chat_template`` to ``SFTConfig(chat_template_path=…)``; ``hardware`` holds the
    ``SFTConfig`` arguments that belong to the machine and the notebook, not to the lesson.
    """

    lesson: str
    profile: str
    base: str
    early_base: str
    chat_template: str
    hardware: dict[str, object]
    started: float = field(default_factory=time.perf_counter)

    def seconds(self) -> float:
        """Seconds since the lesson's first cell."""
        return time.perf_counter() - self.started


# float32 on a CPU: half precision is emulated on most of them, slower and no more exact
_CPU = {"use_cpu": True, "bf16": False, "fp16": False, "activation_checkpointing": False, "disable_tqdm": False}
_PROFILES = {
    "tiny": {
        "base": str(ASSETS / "base"),
        "early_base": str(ASSETS / "base_early"),
        "chat_template": str(ASSETS / "chatml.jinja"),
        "hardware": _CPU,
    }
}


def start(lesson: str, seed: int = 0) -> Course:
    """Set a lesson up: offline, without noise, the same random numbers each time.

    Raises RuntimeError when a library is missing or too old, and ValueError for an unknown profile, each in a sentence
    that says what to do.
    """
    profile = os.environ.get("COURSE_PROFILE", "tiny")
    if profile not in _PROFILES:
        raise ValueError(f"COURSE_PROFILE={profile!r} is not known: set it to {' or '.join(_PROFILES)}, or unset it.")
    _check_versions()
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE"):
        os.environ[name] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

    import datasets
    import transformers

    datasets.disable_progress_bars()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", category=FutureWarning)
    transformers.set_seed(seed)
    return Course(lesson, profile, **_PROFILES[profile])


def _check_versions() -> None:
    for name, needed in NEEDED.items():
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            raise RuntimeError(
                f"{name} is not installed: run `pip install -r requirements.txt`, then restart the kernel."
            ) from None
        if _numbers(found) < _numbers(needed):
            raise RuntimeError(
                f"{name} {found} is too old, the course needs {needed} or newer: run "
                "`pip install -r requirements.txt`, then restart the kernel."
            )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("+")[0].split(".")[:2] if part.isdigit())


def environment() -> list[dict[str, str]]:
    """What runs where: Python, the libraries with their versions, cores and accelerator, as rows of a table."""
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none (not needed)"
    rows = [{"part": "Python", "found": platform.python_version(), "needed": "3.11"}]
    rows += [{"part": n, "found": importlib.metadata.version(n), "needed": v} for n, v in NEEDED.items()]
    rows += [{"part": "processor cores", "found": str(os.cpu_count()), "needed": "2"}]
    return rows + [{"part": "GPU", "found": gpu, "needed": ""}]


def peak_memory_mb() -> float:
    """The most memory this process has held so far, in megabytes (10^6 bytes)."""
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset / 1e6
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
