"""A job as TRL understands it: the YAML file of ``trl sft --config``, read by TRL's own parser.

What TRL doesn't know is told by name. The card, its speed and its price are no settings of a training: they stand in
the block ``env``, which TRL turns into environment variables, so that the same file runs. Nothing here judges a value.
"""

import difflib
import logging
import os
from argparse import Namespace
from collections.abc import Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from io import StringIO
from pathlib import Path

from ..parse_rows import short

# what the env block may say for preflight: name, attribute of `Rented`
PREFIX = "PREFLIGHT_"
# names that older tutorials and other libraries give to settings of today
RENAMED = {
    "max_seq_length": "max_length",
    "evaluation_strategy": "eval_strategy",
    "torch_dtype": "dtype",
    "warmup_ratio": "warmup_steps",
    "group_by_length": "train_sampling_strategy",
    "lr": "learning_rate",
    "epochs": "num_train_epochs",
    "num_epochs": "num_train_epochs",
    "batch_size": "per_device_train_batch_size",
    "train_batch_size": "per_device_train_batch_size",
    "micro_batch_size": "per_device_train_batch_size",
    "model": "model_name_or_path",
    "base_model": "model_name_or_path",
    "optimizer": "optim",
    "lora_rank": "lora_r",
    "sample_packing": "packing",
    "train_on_inputs": "assistant_only_loss",
    "chat_template": "chat_template_path",
}


@dataclass(frozen=True)
class Rented:
    """What the job runs on: the card by name or in GB, how many, tokens a second of all together, price of one hour."""

    card: str | None = None
    devices: int = 1
    tokens_per_second: float | None = None
    price_per_hour: float | None = None


@dataclass(frozen=True)
class Job:
    """A job: the file, what it says, every setting with its type and TRL's defaults, and the keys that TRL refuses.

    ``job.learning_rate`` and the like come from ``values``.
    """

    path: Path
    given: Mapping[str, object]
    values: Namespace
    unknown: tuple[str, ...]
    rented: Rented

    def __getattr__(self, name: str) -> object:
        return getattr(object.__getattribute__(self, "values"), name)

    @property
    def method(self) -> str:
        """ "full", "lora" or "qlora"."""
        if not self.use_peft:
            return "full"
        return "qlora" if self.load_in_4bit or self.load_in_8bit else "lora"

    def of(self, settings: type) -> dict[str, object]:
        """What the job gives to this class of settings, such as SFTConfig: values of its own, no defaults."""
        names = {field.name for field in fields(settings)}
        return {name: getattr(self.values, name) for name in self.given if name in names}

    def known_name(self, key: str) -> str | None:
        """The setting that an unknown key probably means."""
        if key in RENAMED:
            return RENAMED[key]
        near = difflib.get_close_matches(key, vars(self.values), n=1, cutoff=0.75)
        return near[0] if near else None


def read_job(path: str | Path, **rented: object) -> Job:
    """The job that a YAML file describes.

    Args:
        path: the file, as ``trl sft --config`` takes it.
        rented: values of `Rented` that overrule those of the file.

    Raises:
        FileNotFoundError, ValueError: in one sentence that names the line, for what is no file, no YAML, no mapping, or
            says something about the machine that is no number.
    """
    import yaml

    path = Path(path)
    name = short(path.name, 60)
    try:
        given = yaml.load(path.read_text(encoding="utf-8"), Loader=_unique_keys())
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no file {short(path, 120)}: give the YAML of a job.") from None
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"{name} can't be read as text: give the YAML of a job, saved in UTF-8.") from None
    except yaml.YAMLError as error:
        raise ValueError(_no_yaml(name, error)) from None
    if not isinstance(given, dict) or not given:
        what = "is empty" if given is None or given == {} else f"holds a {type(given).__name__}"
        raise ValueError(f"{name} {what}: write lines of the form key: value, as trl sft --config reads them.")
    if odd := [key for key in given if not isinstance(key, str)]:
        raise ValueError(f"{name}: the key {short(odd[0], 40)} is no text: put it in quotation marks.")
    env = given.get("env") or {}
    if not isinstance(env, dict):
        raise ValueError(f"{name}: env should hold names and values, as in env: {{{PREFIX}CARD: RTX 4090}}.")
    settings = {key: value for key, value in given.items() if key != "env"}
    parser = _parser()
    left = parser.set_defaults_with_config(**settings)
    unknown = [key.removeprefix("--") for key in left[::2]]
    try:
        with redirect_stderr(StringIO()):
            values, _ = parser.parse_known_args([])
    except SystemExit:
        raise ValueError(f"{name}: {_wrong_value(settings)}") from None
    launch = [key for key in unknown if key in _launch_options()]
    rents = _rented(name, env, settings, rented)
    return Job(path, given, values, tuple(key for key in unknown if key not in launch), rents)


def _parser():
    """TRL's own parser, new each time: the values of a job become its defaults."""
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it tells of a faster kernel that isn't installed
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    from trl.scripts.sft import make_parser

    return make_parser()


@cache
def _launch_options() -> frozenset[str]:
    """What ``trl sft`` hands on to ``accelerate launch``."""
    from accelerate.commands.launch import launch_command_parser

    names = {option.lstrip("-") for action in launch_command_parser()._actions for option in action.option_strings}
    return frozenset(names | {"accelerate_config"})


def _wrong_value(settings: Mapping) -> str:
    """Which setting TRL's parser can't read, found by trying them alone."""
    for key, value in settings.items():
        parser = _parser()
        parser.set_defaults_with_config(**{key: value})
        try:
            with redirect_stderr(StringIO()):
                parser.parse_known_args([])
        except SystemExit:
            return f"{key}: {short(value, 40)} is no value that TRL can read: write one of its kind."
    return "TRL can't read these settings: try trl sft --config with the first half of them."


def _rented(name: str, env: Mapping, settings: Mapping, given: Mapping) -> Rented:
    said: dict[str, object] = {"devices": _processes(name, settings)}
    for field in fields(Rented):
        value = given.get(field.name)
        value = env.get(PREFIX + field.name.upper()) if value is None else value
        if value is not None:
            said[field.name] = value
    for key, kind in (("devices", int), ("tokens_per_second", float), ("price_per_hour", float)):
        try:
            said[key] = kind(said[key]) if key in said else None
        except (TypeError, ValueError):
            said[key] = -1
        if said[key] is not None and not 0 < said[key] < float("inf"):
            raise ValueError(f"{name}: {key} is no number above 0: write one, as in {PREFIX}{key.upper()}: 2.")
    return Rented(str(said["card"]) if "card" in said else None, *(said[field.name] for field in fields(Rented)[1:]))


def _processes(name: str, settings: Mapping) -> object:
    """How many processes the job's launcher starts: its own number, or that of one of TRL's configurations."""
    import yaml

    if "num_processes" in settings or "accelerate_config" not in settings:
        return settings.get("num_processes", 1)
    chosen = str(settings["accelerate_config"])
    file = Path(chosen) if Path(chosen).is_file() else resources.files("trl.accelerate_configs") / f"{chosen}.yaml"
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8")).get("num_processes", 1)
    except (OSError, ValueError, AttributeError, yaml.YAMLError):
        raise ValueError(
            f"{name}: accelerate_config {short(chosen, 60)} can't be read: name a file, or fsdp2."
        ) from None


def _unique_keys():
    """YAML's safe loader, which tells of a key that stands twice: YAML itself takes the last one without a word."""
    import yaml

    class Unique(yaml.SafeLoader):
        pass

    def mapping(loader, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key.value} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return yaml.SafeLoader.construct_mapping(loader, node, deep)

    def construct(loader, node):
        data = {}
        yield data
        data.update(mapping(loader, node))

    Unique.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, construct)
    return Unique


def _no_yaml(name: str, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f", line {mark.line + 1}" if mark else ""
    what = short(getattr(error, "problem", None) or "no YAML", 70)
    return f"{name}{where} can't be read as YAML ({what}): write key: value, and indent by spaces."
