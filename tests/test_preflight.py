"""preflight on jobs with one fault each, which it must find, and on sound ones, of which it must say nothing bad."""

import json
import subprocess
import sys

import preflight_aside as aside
import pytest
import yaml
from preflight_jobs import CHATML, PLANTED, PRODUCTS, SOUND, Parts, lora, pair

from course_utils import command_line
from course_utils.preflight import preflight
from course_utils.preflight.kinds import KINDS
from course_utils.preflight.rates import published, recipes
from course_utils.symptoms import symptoms


def looked_at(parts, folder, monkeypatch):
    job = parts.write(folder / "job")
    monkeypatch.chdir(job.parent)
    return preflight("job.yaml", **parts.rented)


@pytest.mark.parametrize("name", [*PLANTED, *aside.PLANTED])
def test_a_planted_fault_is_found(name, tmp_path, monkeypatch):
    kind, spoil = (PLANTED | aside.PLANTED)[name]
    found = looked_at(spoil(Parts()), tmp_path, monkeypatch)
    assert kind in found.kinds("stop", "warn"), found.kinds()


@pytest.mark.parametrize("name", [*SOUND, *aside.SOUND])
def test_a_sound_job_gives_no_alarm(name, tmp_path, monkeypatch):
    found = looked_at((SOUND | aside.SOUND)[name](Parts()), tmp_path, monkeypatch)
    assert not found.kinds("stop", "warn"), found


def test_the_planted_jobs_are_many_and_different():
    assert len({kind for kind, _ in (PLANTED | aside.PLANTED).values()}) >= 40 and not set(PLANTED) & set(aside.PLANTED)
    assert len(SOUND | aside.SOUND) >= 14


def test_a_job_that_preflight_passes_is_one_that_trl_trains(tmp_path, monkeypatch):
    """The same file, with the block for the card, runs with TRL's own command."""
    parts = Parts().set(
        env={"PREFLIGHT_CARD": "L4", "PREFLIGHT_TOKENS_PER_SECOND": 900}, max_steps=24, report_to="none"
    )
    parts.set(use_cpu=True, bf16=False, activation_checkpointing=False, per_device_train_batch_size=2, logging_steps=2)
    parts.train = parts.train[:60]
    assert not looked_at(parts, tmp_path, monkeypatch).kinds("stop", "warn")
    done = subprocess.run(
        [sys.executable, "-m", "trl.scripts.sft", "--config", "job.yaml"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-600:]
    assert (tmp_path / "job" / "out" / "model.safetensors").is_file()


def test_remedies_are_yaml_and_symptoms_are_known():
    known = {symptom.id for symptom in symptoms()}
    for kind, (remedy, symptom) in KINDS.items():
        assert symptom in known or symptom == "", kind
        told = yaml.safe_load(remedy)
        assert told is None or isinstance(told, dict), kind


def test_what_a_remedy_says_mends_the_job(tmp_path, monkeypatch):
    """The remedies of some jobs, written into them as they stand, take the finding away."""
    for number, name in enumerate(
        ("a setting that was renamed", "bf16 on a T4", "the rate of a toy", "the end is another token")
    ):
        kind, spoil = PLANTED[name]
        parts = spoil(Parts())
        found = looked_at(parts, tmp_path / str(number), monkeypatch)
        remedy = next(one.remedy for one in found.findings if one.kind == kind)
        parts.without("max_seq_length").set(**yaml.safe_load(remedy))
        assert kind not in looked_at(parts, tmp_path / f"{number} mended", monkeypatch).kinds(), name


def test_published_rates_have_sources_and_sizes():
    for recipe in recipes():
        assert recipe["method"] in ("full", "lora") and 0 < recipe["rate"] < 0.01 and 0.1 < recipe["billions"] < 100
        assert recipe["repository"].count("/") == 1 and recipe["path"].endswith((".yaml", ".yml"))
    assert {one["model"] for one in published(1.7e9, "full")} >= {"SmolLM2-1.7B", "Llama-3.2-1B-Instruct"}
    assert published(8e9, "qlora") == published(8e9, "lora") != [] and published(2e6, "full") == []


def test_a_price_needs_a_throughput_and_options_overrule_the_file(tmp_path, monkeypatch):
    parts = lora(Parts()).set(env={"PREFLIGHT_CARD": "RTX 4090", "PREFLIGHT_TOKENS_PER_SECOND": 1000}, num_processes=2)
    parts.rented = {"card": "24GB", "price_per_hour": 0.5}
    found = looked_at(parts, tmp_path, monkeypatch)
    assert "at 1000 tokens a second" in found.facts["time"] and "at 0.5 an hour" in found.facts["time"]
    assert found.facts["card"].startswith("24 GB") and "× 2 ×" in found.facts["effective batch"]


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "job.yaml is empty: write lines of the form key: value"),
        ("- one\n- two\n", "job.yaml holds a list: write lines"),
        ("learning_rate: 1e-5\nlearning_rate: 1e-4\n", "job.yaml, line 2 can't be read as YAML (the key learning_rate"),
        ("a: [1, 2\nb: 3\n", "job.yaml, line 2 can't be read as YAML"),
        ("a:\n\t- b\n", "job.yaml, line 2 can't be read as YAML"),
        ("1: 2\n", "job.yaml: the key 1 is no text"),
        ("env: 3\n", "job.yaml: env should hold names and values"),
        ("env: {PREFLIGHT_PRICE_PER_HOUR: cheap}\n", "job.yaml: price_per_hour is no number above 0"),
        ("num_processes: 0.0\n", "job.yaml: devices is no number above 0"),
        ("num_train_epochs: three\n", "job.yaml: num_train_epochs: three is no value that TRL can read"),
        ("accelerate_config: fdsp\n", "job.yaml: accelerate_config fdsp can't be read: name a file, or fsdp2."),
    ],
)
def test_what_is_no_job_is_told_in_a_sentence(tmp_path, monkeypatch, capsys, text, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job.yaml").write_text(text, encoding="utf-8")
    status = command_line.main(["preflight", "job.yaml"])
    out, beside = capsys.readouterr()
    assert status == 2 and not out and says in beside and len(beside.strip()) <= 200 and "\n" not in beside.strip()


def test_the_command_has_three_forms_and_a_status(tmp_path, monkeypatch, capsys):
    Parts().set(max_seq_length=8).write(tmp_path / "job")
    monkeypatch.chdir(tmp_path / "job")
    assert command_line.main(["preflight", "job.yaml", "--json", "--html", "page.html", "--card", "L4"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["tool"] == "preflight" and told["status"] == 1 and len(told["looks"]) == 3
    assert told["findings"][0]["kind"] == "unknown-key" and told["findings"][0]["remedy"] == "max_length: 8"
    page = (tmp_path / "job" / "page.html").read_text(encoding="utf-8")
    assert "max_length: 8" in page and "L4: it fits" in page
    assert command_line.main(["preflight", "nowhere.yaml"]) == 2
    assert "There is no file nowhere.yaml" in capsys.readouterr().err
    (tmp_path / "job" / "binary.yaml").write_bytes(b"\xff\xfe\x00\x9f\x80")
    assert command_line.main(["preflight", "binary.yaml"]) == 2


@pytest.mark.parametrize(
    "rows",
    [
        [{"messages": None}] * 60,
        [{"prompt": [], "completion": []}] * 60,
        [{"text": ""}] * 60,
        [{"messages": [{"role": "user"}]}] * 60,
        [{"messages": [{"role": "user", "content": [{"type": "image"}]}, {"role": "assistant", "content": "a"}]}] * 60,
        [{"prompt": "a", "completion": [{"role": "assistant", "content": "b"}]}] * 60,
        [{"prompt": 3, "completion": 4.5}] * 60,
        [{"n": 1}],
        [pair(PRODUCTS[0]) | {"tools": "no JSON"}] * 60,
    ],
)
def test_odd_rows_raise_nothing(rows, tmp_path, monkeypatch):
    found = looked_at(Parts(train=rows, test=rows[:20]), tmp_path, monkeypatch)
    assert found.spoiled and repr(found) and found.to_dict() and found._repr_html_()


@pytest.mark.parametrize(
    "settings",
    [
        {"datasets": "rows"},
        {"datasets": [3]},
        {"datasets": [{"data_files": "rows/train.jsonl"}]},
        {"dataset_name": 7},
        {"lora_target_modules": "all", "use_peft": True},
        {"chat_template_path": "nowhere.jinja"},
        {"max_length": 0},
        {"max_length": None, "packing": True},
        {"per_device_train_batch_size": 0},
        {"gradient_accumulation_steps": 0},
        {"num_train_epochs": 0},
        {"logging_steps": 0},
        {"model_init_kwargs": "dtype"},
        {"model_name_or_path": CHATML},
        {"warmup_steps": -1},
        {"optim": "adafactor", "output_dir": None},
        {"env": None, "eval_steps": 0.2, "eval_strategy": "steps", "save_steps": 0.5},
        {"packing": True, "packing_strategy": "none"},
    ],
)
def test_odd_settings_raise_nothing(settings, tmp_path, monkeypatch):
    try:
        found = looked_at(Parts().set(**settings), tmp_path, monkeypatch)
    except ValueError as error:  # no job at all
        assert str(error).startswith("job.yaml") and len(str(error)) <= 200
    else:
        assert repr(found) and found.to_dict() and found._repr_html_()
