"""The folder `job/`: its YAML runs as it stands, on the small chat model, on one process and from there on two."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from safetensors.torch import load_file

from course_utils import data
from course_utils.jobs import SILENT
from course_utils.session import ASSETS

JOB = Path(__file__).parents[1] / "job"
# what the machine of the tests lacks: the model, the card, time
HERE = ["--model_name_or_path", str(ASSETS / "assistant"), "--use_cpu", "true", "--bf16", "false", "--dtype", "float32"]
SHORT = ["--max_length", "256", "--per_device_train_batch_size", "2", "--gradient_accumulation_steps", "1"]
SHORT += ["--logging_steps", "1", "--eval_steps", "2", "--save_steps", "2", "--report_to", "none"]


def run(folder: Path, launch: str, steps: int) -> str:
    """What `run.sh` prints when it trains so many steps."""
    env = os.environ | {"LAUNCH": launch, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(JOB.parent)}
    env |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": str(folder / "cache")}
    line = ["bash", "run.sh", *HERE, *SHORT, "--max_steps", str(steps)]
    log, heard, length = folder / "log.txt", time.monotonic(), 0
    with log.open("w", encoding="utf-8") as out:
        job = subprocess.Popen(line, cwd=folder, env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        while job.poll() is None:
            said = log.read_text(encoding="utf-8", errors="replace")
            length, heard = len(said), time.monotonic() if len(said) > length else heard
            quiet = time.monotonic() - heard
            if "train_runtime" in said and quiet > SILENT:
                break  # trained and saved, but now and then gloo's threads don't let the processes end
            assert quiet < 300, said[-3000:]
            time.sleep(0.2)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(job.pid, signal.SIGKILL)
        ended = job.wait()
    said = log.read_text(encoding="utf-8", errors="replace")
    assert ended in (0, -signal.SIGKILL), said[-3000:]
    return said


@pytest.mark.skipif(sys.platform == "win32", reason="run.sh needs a shell")
def test_the_job_runs_on_one_process_and_goes_on_from_its_checkpoint_on_two(tmp_path):
    folder = shutil.copytree(JOB, tmp_path / "job")
    chats = [{"messages": row["messages"]} for row in data.read_chats(task="talk").to_list()[:20]]
    (folder / "data").mkdir()
    for name, rows in (("train", chats[:16]), ("test", chats[16:])):
        (folder / "data" / f"{name}.jsonl").write_text(
            "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
        )
    run(folder, f"{sys.executable} -m trl.scripts.sft", 2)
    cut_off = folder / "runs" / "job" / "checkpoint-9"
    cut_off.mkdir()  # a checkpoint that was cut off while it was saved
    two = "torch.distributed.run --rdzv-backend=c10d --rdzv-endpoint=localhost:0 --nproc-per-node 2"
    run(folder, f"{sys.executable} -m {two} -m trl.scripts.sft", 4)
    state = json.loads((folder / "runs/job/checkpoint-4/trainer_state.json").read_text(encoding="utf-8"))
    assert [entry["step"] for entry in state["log_history"] if "loss" in entry] == [1, 2, 3, 4]
    assert [entry["step"] for entry in state["log_history"] if "eval_loss" in entry] == [2, 4]
    adapter = load_file(folder / "runs/job/adapter_model.safetensors")
    assert adapter and min(tensor.numel() for tensor in adapter.values()) > 0
    assert max(tensor.abs().max() for name, tensor in adapter.items() if "lora_B" in name) > 0


@pytest.mark.parametrize("name", ["one_card", "fsdp2", "zero3"])
def test_accelerate_reads_its_files(name):
    from accelerate.commands.config.config_args import load_config_from_file

    config = load_config_from_file(str(JOB / f"{name}.yaml"))
    settings = yaml.safe_load((JOB / f"{name}.yaml").read_text(encoding="utf-8"))
    assert config.num_processes == settings["num_processes"] and config.mixed_precision == "bf16"


def test_every_line_of_the_yaml_is_a_setting_of_trl():
    from trl import DatasetMixtureConfig, ModelConfig, ScriptArguments, SFTConfig

    known = {name for kind in (DatasetMixtureConfig, ModelConfig, ScriptArguments, SFTConfig)
             for name in kind.__dataclass_fields__}  # fmt: skip
    settings = yaml.safe_load((JOB / "sft.yaml").read_text(encoding="utf-8"))
    assert set(settings) <= known


@pytest.mark.parametrize("script", ["run.sh", "job.slurm"])
def test_scripts_are_sound_for_bash(script):
    assert subprocess.run(["bash", "-n", str(JOB / script)], capture_output=True, text=True).stderr == ""
