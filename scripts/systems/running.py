"""Runs one of the working programs on the model and data that it names, and measures it.

The program is the file that a reader copies; it is run as it is, in a folder of its own, with ``STEPS`` set. Losses and
the sample answer are the program's own; tokens are counted by its trainer, padding left out.
"""

import os
import runpy
import shutil
import time
from contextlib import chdir
from pathlib import Path
from typing import Any

from course_utils.data import DATA
from course_utils.memory import peak_memory_mb

from .outcomes import ROWS
from .page import HERE

FOLDER = Path("runs/systems")


def peak_mb() -> float:
    """The most memory held so far, in megabytes (10^6 bytes): the GPU's where there is one, else the process's."""
    import torch

    return torch.cuda.max_memory_allocated() / 1e6 if torch.cuda.is_available() else peak_memory_mb()


def run(name: str, steps: int) -> dict[str, Any]:
    """Runs the program of one system: loss before and after, real tokens a second, peak memory, a sample answer.

    Raises ValueError for a system that is not there and for no steps, and whatever the program itself raises.
    """
    names = [row.name for row in ROWS]
    if name not in names:
        raise ValueError(f"There is no system {name!r}: choose one of {', '.join(names)}.")
    if steps < 1:
        raise ValueError(f"--steps {steps} trains nothing: give a number of 1 or more.")
    os.environ["STEPS"] = str(steps)
    FOLDER.mkdir(parents=True, exist_ok=True)
    shutil.copy(DATA / "products.csv", FOLDER)  # S4 reads it from where it is run
    program = HERE / "working" / f"{name.lower()}.py"
    with chdir(FOLDER):
        left = runpy.run_path(str(program))
    history = left["trainer"].state.log_history
    tokens = max(entry.get("num_tokens", 0) for entry in history)
    seconds = next(entry["train_runtime"] for entry in history if "train_runtime" in entry)
    found = {key: left[key] for key in ("before", "after", "answer")}
    return found | {"tokens_per_second": tokens / seconds, "peak_mb": peak_mb()}


def _timed(trainer, skip: int) -> float:
    """Trains, and returns the real tokens taken a second after the first `skip` steps."""
    from transformers import TrainerCallback

    marks: list[tuple[float, int]] = []

    class Watch(TrainerCallback):
        def on_log(self, args, state, control, logs=None, **kwargs):
            if logs and "num_tokens" in logs:
                marks.append((time.perf_counter(), logs["num_tokens"]))

    trainer.add_callback(Watch())
    trainer.train()
    (began, first), (ended, last) = marks[skip], marks[-1]
    return (last - first) / (ended - began)


def benchmark(steps: int) -> list[dict[str, Any]]:
    """S1 as its source meant it and as recommended, on the same machine and rows: real tokens a second of each.

    As meant: float32 and four padded rows a step, as TRL and transformers had it in early 2025. Raises ValueError for
    fewer than three steps, as the first ones, which warm the machine up, are left out.
    """
    if steps < 3:
        raise ValueError(f"--steps {steps} is too few to measure a speed: give a number of 3 or more.")
    import torch
    from datasets import Dataset, load_dataset
    from trl import SFTConfig, SFTTrainer

    gpu = torch.cuda.is_available()
    native = gpu and torch.cuda.is_bf16_supported(including_emulation=False)
    half = {"bf16": native, "fp16": gpu and not native}
    ways = {
        "as published": {"bf16": False, "fp16": False, "packing": False, "per_device_train_batch_size": 4},
        "recommended": {**half, "packing": True, "per_device_train_batch_size": 2},
    }
    stream = load_dataset("HuggingFaceTB/smoltalk", "all", split="train", streaming=True)
    rows = Dataset.from_list(list(stream.take(4 * steps + 100)))
    shared = {
        "chat_template_path": str(DATA.parent / "chatml.jinja"),
        "eos_token": "<|im_end|>",
        "max_length": 1024,
        "max_steps": steps,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": not gpu,
    }
    found = []
    for way, settings in ways.items():
        config = SFTConfig(output_dir=str(FOLDER / "benchmark"), **shared, **settings)
        trainer = SFTTrainer(model="HuggingFaceTB/SmolLM2-135M", args=config, train_dataset=rows)
        speed = _timed(trainer, skip=min(3, steps - 2))
        shown = {
            "precision": "bf16" if config.bf16 else "fp16" if config.fp16 else "float32",
            "rows or packs a step": config.per_device_train_batch_size,
            "packing": config.packing,
            "longest": config.max_length,
        }
        found.append({"way": way, **shown, "tokens a second": round(speed)})
        del trainer
    return found
