"""The first cell of every lesson: a quiet, seeded, offline session and the profile that says which model it uses.

``COURSE_PROFILE=tiny`` (the default) is the model that the course ships, without a network. ``COURSE_PROFILE=hub`` is
SmolLM2-135M from the Hugging Face hub, for a GPU; the lessons' cells are the same.
"""

import importlib.metadata
import logging
import os
import platform
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from .colab import bounds

ASSETS = Path(__file__).parent / "assets"
CHECKED = ("torch", "transformers", "trl", "datasets", "matplotlib")  # what every lesson needs to run


@dataclass(frozen=True)
class Course:
    """What a lesson's cells need to know of the machine and the profile.

    ``base`` goes to ``from_pretrained``; ``early_base`` is the same model, its pre-training stopped early (in the hub
    profile the generation before it, of the same size and architecture, trained on 0.6 trillion tokens and not on 2);
    ``assistant`` is the base, instruction-tuned, with a chat template of its own;
    ``chat_template`` to ``SFTConfig(chat_template_path=…)``; ``hardware`` holds the
    ``SFTConfig`` arguments that belong to the machine and the notebook, not to the lesson.
    """

    lesson: str
    profile: str
    base: str
    early_base: str
    assistant: str
    chat_template: str
    hardware: dict[str, object]
    started: float = field(default_factory=time.perf_counter)

    def seconds(self) -> float:
        """Seconds since the lesson's first cell."""
        return time.perf_counter() - self.started


_PROFILES = {
    "tiny": {
        "base": str(ASSETS / "base"),
        "early_base": str(ASSETS / "base_early"),
        "assistant": str(ASSETS / "assistant"),
        "chat_template": str(ASSETS / "chatml.jinja"),
    },
    "hub": {
        "base": "HuggingFaceTB/SmolLM2-135M",
        "early_base": "HuggingFaceTB/SmolLM-135M",
        "assistant": "HuggingFaceTB/SmolLM2-135M-Instruct",
        "chat_template": str(ASSETS / "chatml.jinja"),
    },
}


def start(lesson: str, seed: int = 0) -> Course:
    """Set a lesson up: without noise, the same random numbers each time, and offline but for the hub profile.

    Raises RuntimeError when a library is missing or too old or when the hub profile's model can't be loaded, and
    ValueError for an unknown profile, each in a sentence that says what to do.
    """
    profile = os.environ.get("COURSE_PROFILE", "tiny")
    if profile not in _PROFILES:
        raise ValueError(f"COURSE_PROFILE={profile!r} is not known: set it to {' or '.join(_PROFILES)}, or unset it.")
    _check_versions()
    settings = dict(_PROFILES[profile])
    if profile == "tiny":
        for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE"):
            os.environ[name] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

    # importing peft imports it, and then it tells of a faster kernel that is not installed
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)

    import datasets
    import transformers

    datasets.disable_progress_bars()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", category=FutureWarning)
    settings["hardware"] = hub_hardware() if profile == "hub" else cpu_hardware()
    if profile == "hub":
        _sign_in()
        _reach(settings["base"])
        _free_after_training()
        print(_hub_sentence(settings))
    transformers.set_seed(seed)
    return Course(lesson, profile, **settings)


def checkpointing() -> str:
    """What the installed transformers calls the setting that saves memory by computing activations twice.

    It got its present name in 5.16; hosted notebooks have older ones.
    """
    old = Version(importlib.metadata.version("transformers")) < Version("5.16")
    return "gradient_checkpointing" if old else "activation_checkpointing"


def cpu_hardware() -> dict[str, object]:
    """The machine's part of an ``SFTConfig`` on a CPU: float32, as most emulate half precision, which is slower."""
    return {"use_cpu": True, "bf16": False, "fp16": False, checkpointing(): False, "disable_tqdm": False}


# --- The hub profile ------------------------------------------------------------------------------------------------


def hub_hardware() -> dict[str, object]:
    """The machine's part of an ``SFTConfig``: float32 weights, computed in bf16 where the GPU has it, else in fp16.

    A T4 only emulates bf16 and gets fp16. Without a GPU all is float32, on the CPU.
    """
    import torch

    if not torch.cuda.is_available():
        return cpu_hardware()
    native = torch.cuda.is_bf16_supported(including_emulation=False)
    return cpu_hardware() | {"use_cpu": False, "bf16": native, "fp16": not native}


def _hub_sentence(settings: dict) -> str:
    import torch

    hardware = settings["hardware"]
    name = "the CPU, which takes hours" if hardware["use_cpu"] else torch.cuda.get_device_name()
    kind = "bf16" if hardware["bf16"] else "fp16" if hardware["fp16"] else "float32"
    return (
        f"Profile hub: {settings['base']} in {kind} on {name}. The lessons' prose, bars and stored sweeps come "
        "from the tiny profile's model."
    )


def _free_after_training() -> None:
    """Let every trainer drop gradients and Adam's averages when its training ends: a lesson keeps many trainers, and
    with them a dozen copies of this model would not fit a T4.
    """
    from transformers import TrainerCallback, trainer

    class FreeAfterTraining(TrainerCallback):
        def on_train_end(self, args, state, control, model=None, optimizer=None, **kwargs):
            model.zero_grad(set_to_none=True)
            optimizer.state.clear()

    if not any(callback.__name__ == "FreeAfterTraining" for callback in trainer.DEFAULT_CALLBACKS):
        trainer.DEFAULT_CALLBACKS.append(FreeAfterTraining)


def _sign_in() -> None:
    """Take the hub's token from Colab's secrets, else from the environment; without one, say so and go on."""
    token = os.environ.get("HF_TOKEN")
    try:
        from google.colab import userdata

        token = userdata.get("HF_TOKEN") or token
    except Exception:  # not on Colab, no such secret, or this notebook may not read it
        pass
    if token:
        os.environ["HF_TOKEN"] = token
    else:
        print("No HF_TOKEN among Colab's secrets or in the environment: downloading without one, which is slower.")


def _reach(model: str) -> None:
    """Raise RuntimeError in a sentence unless the model's configuration is there, in the cache or on the hub."""
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import RepositoryNotFoundError

    if isinstance(try_to_load_from_cache(model, "config.json"), str):
        return
    try:
        hf_hub_download(model, "config.json")
    except RepositoryNotFoundError:
        reason = "the hub has no such model, or your HF_TOKEN may not read it"
    except Exception as error:  # no network, a proxy, a full disk: the client has many names for them
        reason = f"no connection to the hub ({type(error).__name__})"
    else:
        return
    raise RuntimeError(
        f"{model} can't be loaded: {reason}. The hub profile downloads it once; check the network, or unset "
        "COURSE_PROFILE to use the course's own model without one."
    )


def needed() -> dict[str, str]:
    """The oldest version of each of `CHECKED` that the course runs with, as pyproject.toml says.

    The installed package carries a copy; where the course lies in a folder that was not installed, the file is read.
    """
    if (Path(__file__).parents[1] / "pyproject.toml").exists():
        oldest = bounds()
    else:
        requirements = map(Requirement, importlib.metadata.requires("sft-course") or [])
        oldest = {r.name: next(iter(r.specifier)).version for r in requirements if r.specifier}
    return {name: oldest[name] for name in CHECKED}


def _check_versions() -> None:
    for name, oldest in needed().items():
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            raise RuntimeError(
                f"{name} is not installed: run `pip install -r requirements.txt`, then restart the kernel."
            ) from None
        if Version(found) < Version(oldest):
            raise RuntimeError(
                f"{name} {found} is too old, the course needs {oldest} or newer: run "
                "`pip install -r requirements.txt`, then restart the kernel."
            )


def environment() -> list[dict[str, str]]:
    """What runs where: Python, the libraries with their versions, cores and accelerator, as rows of a table."""
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none (not needed)"
    rows = [{"part": "Python", "found": platform.python_version(), "needed": "3.11"}]
    rows += [{"part": n, "found": importlib.metadata.version(n), "needed": v} for n, v in needed().items()]
    rows += [{"part": "processor cores", "found": str(os.cpu_count()), "needed": "2"}]
    return rows + [{"part": "GPU", "found": gpu, "needed": ""}]
