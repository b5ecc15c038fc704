"""The rows of a job, loaded as ``trl sft`` loads them: TRL's mixture or `datasets.load_dataset`, and which rows are
training and which evaluation.

Where loading fails, the files are read again by `read_rows`, which names the line. It knows nothing of tokens.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..parse_rows import short
from ..read_rows import read_rows
from .job import Job

if TYPE_CHECKING:
    from datasets import Dataset

ENDINGS = (".json", ".jsonl", ".csv", ".parquet", ".gz")


class NoRows(ValueError):
    """The job's rows can't be loaded; the sentence says why. ``remedy`` is a line of YAML; None is the usual one."""

    def __init__(self, sentence: str, remedy: str | None = None):
        super().__init__(sentence)
        self.remedy = remedy


@dataclass(frozen=True)
class Rows:
    """The rows that train and those that evaluate (None: there are none), and the local files they come from."""

    train: "Dataset"
    test: "Dataset | None"
    files: tuple[str, ...]
    splits: tuple[str, ...]


def load(job: Job) -> Rows:
    """The rows of a job. Raises NoRows."""
    import datasets

    if not job.datasets and not job.dataset_name:
        raise NoRows("The job names no data.")
    named = isinstance(job.datasets, list) and isinstance(job.dataset_name, str | None)
    if not named or any(not _names(one) for one in job.datasets or []):
        raise NoRows("datasets should be a list of mappings, each with a path, and dataset_name a name.")
    files = local_files(job)
    bars, level = datasets.is_progress_bar_enabled(), datasets.logging.get_verbosity()
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)  # what fails is told once, below
    try:
        splits = _load(job)
    except Exception as error:  # whatever datasets, pyarrow, fsspec or the Hub say
        raise _refused(job, files, error) from None
    finally:
        datasets.logging.set_verbosity(level)
        if bars:
            datasets.enable_progress_bars()
    train = splits.get(job.dataset_train_split)
    if train is None:
        says = f"There is no split {short(job.dataset_train_split, 30)}: the data has {', '.join(splits)}."
        raise NoRows(says, f"dataset_train_split: {next(iter(splits))}")
    if not len(train):
        raise NoRows("The training split has no rows.")
    return Rows(train, splits.get(job.dataset_test_split), files, tuple(splits))


def _names(one: object) -> bool:
    return isinstance(one, dict) and isinstance(one.get("path"), str)


def _load(job: Job) -> dict[str, "Dataset"]:
    from datasets import load_dataset
    from trl import DatasetMixtureConfig, get_dataset

    if job.datasets:
        chosen = [dict(one) for one in job.datasets]
        return dict(get_dataset(DatasetMixtureConfig(chosen, False, job.test_split_size)))
    return dict(load_dataset(job.dataset_name, name=job.dataset_config))


def local_files(job: Job) -> tuple[str, ...]:
    """The files of this machine that the job names as its data."""
    found: list[str] = []
    for one in job.datasets or []:
        given = one.get("data_files")
        given = list(given.values()) if isinstance(given, dict) else given
        names = [given] if isinstance(given, str) else given or []
        found += [name for part in names for name in ([part] if isinstance(part, str) else part)]
    if not job.datasets and job.dataset_name:
        path = Path(job.dataset_name)
        inside = sorted(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []
        found += [str(file) for file in inside if file.suffix in ENDINGS]
    return tuple(found)


def _refused(job: Job, files: tuple[str, ...], error: Exception) -> NoRows:
    for name in files:
        if any(mark in name for mark in "*?[") or "://" in name:
            continue
        try:
            read_rows(name)
        except FileNotFoundError:
            return NoRows(f"There is no file {short(name, 100)}: paths count from the folder in which trl sft is run.")
        except ValueError as wrong:
            return NoRows(str(wrong), "# mend the file; the job may stay as it is")
    what = short((str(error).splitlines() or [""])[0], 90)
    says = f"The data can't be loaded ({type(error).__name__}: {what})"
    if files:  # each file alone is sound, so their columns or types don't fit together
        return NoRows(f"{says}.", "# give all rows the same columns, and each column one type")
    named = job.dataset_name or short(str((job.datasets or [{}])[0]), 60)
    return NoRows(f"{says}: is {short(named, 40)} a folder here, or a data set of the Hub?", "dataset_name: OWNER/NAME")
