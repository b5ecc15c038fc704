"""Jobs in processes of their own: small scripts for the helper, and one real training on one process and on two."""

import json
import os
import sys

import pytest
import yaml

from course_utils import data, jobs
from course_utils.session import ASSETS
from course_utils.shop import tasks

# one write with its line break, since two processes share a log
RANK = """import os, sys
told = {'rank': os.environ.get('RANK', '0'), 'threads': os.environ['OMP_NUM_THREADS']}
sys.stdout.write(f"{told}\\n")
"""


def test_what_it_logs_is_read_and_shown(tmp_path):
    script = "print('warm'); print({'loss': '2.5', 'epoch': '0.5'}); print({'loss': 1, 'epoch': 1}); print({'x': 'y'})"
    shown = []
    job = jobs.run_script(["-c", script], tmp_path / "job", show=shown.append)
    assert job.curve() == [2.5, 1.0] and job.curve("epoch") == [0.5, 1.0]
    assert [line.split("loss ")[1] for line in shown] == ["2.5000", "1.0000"]
    assert job.log == tmp_path / "job.1.log" and "warm" in job.log.read_text() and job.seconds > 0
    assert job.command.startswith(sys.executable)


def test_a_failure_shows_the_end_of_the_log(tmp_path):
    with pytest.raises(RuntimeError, match=r"exit code 3.*\n.*no such colour(.|\n)*Read the whole log in job.1.log"):
        jobs.run_script(["-c", "print('no such colour'); raise SystemExit(3)"], tmp_path / "job")


def test_a_job_that_hangs_is_ended(tmp_path):
    with pytest.raises(RuntimeError, match="took longer than 1 seconds"):
        jobs.run_script(["-c", "import time; time.sleep(60)"], tmp_path / "job", timeout=1)


def test_a_missing_configuration_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="write the YAML file first"):
        jobs.run_job(tmp_path / "none.yaml")


def test_two_processes_share_the_cores(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    (tmp_path / "rank.py").write_text(RANK)
    job = jobs.run_script([str(tmp_path / "rank.py")], tmp_path / "rank", processes=2)
    assert sorted(job.curve("rank")) == [0, 1]
    assert set(job.curve("threads")) == {max(1, (os.cpu_count() or 1) // 2)}


@pytest.mark.parametrize("limit", ["1", "1,2"])
def test_a_job_takes_no_more_threads_than_were_given(tmp_path, monkeypatch, limit):
    monkeypatch.setenv("OMP_NUM_THREADS", limit)
    (tmp_path / "rank.py").write_text(RANK)
    assert jobs.run_script([str(tmp_path / "rank.py")], tmp_path / "rank").curve("threads") == [1]


def test_trl_sft_on_two_processes_with_half_the_rows_each_is_the_same_training(tmp_path):
    rows = data.read_products().to_list()[:32]
    chats = [tasks.chat(tasks.describe_prompt(row), row["description"]) for row in rows]
    lines = "".join(json.dumps({"prompt": c[:1], "completion": c[1:]}) + "\n" for c in chats)
    (tmp_path / "rows.jsonl").write_text(lines, encoding="utf-8")
    found = {}
    for processes in (1, 2):
        config = {
            "model_name_or_path": str(ASSETS / "base"),
            "dtype": "float32",
            "datasets": [{"path": "json", "data_files": str(tmp_path / "rows.jsonl"), "split": "train"}],
            "chat_template_path": str(ASSETS / "chatml.jinja"),
            "eos_token": "<|im_end|>",
            "num_train_epochs": 1,
            "per_device_train_batch_size": 16 // processes,
            "learning_rate": 1e-3,
            "logging_steps": 1,
            "save_strategy": "no",
            "report_to": "none",
            "use_cpu": True,
            "bf16": False,
            "activation_checkpointing": False,
            "disable_tqdm": True,
            "output_dir": str(tmp_path / f"on-{processes}"),
        }
        file = tmp_path / f"on-{processes}.yaml"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        found[processes] = jobs.run_job(file, processes, show=None).curve()
    assert len(found[1]) == 2
    assert found[2] == pytest.approx(found[1], abs=0.01)
