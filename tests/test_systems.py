"""The systems of the sources and the hub profile, on random-weight replicas under their real ids (tests/replicas.py).

One process runs every published form, which fails as the table says, and every working form for two steps; another runs
a lesson. What a model learns can't be seen here, only that the code runs, loads what it names and trains something.
"""

import json
import math
import os
import subprocess
import sys

import pytest
from assignments import ROOT

from course_utils import claims, data, session, systems
from scripts import serve_replicas

# on the CPU, the same everywhere; `make hub` takes a GPU where there is one
THREADS = {
    "OMP_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONPATH": str(ROOT),
}


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    with serve_replicas.hub(tmp_path_factory.mktemp("hub")) as environment:
        yield environment | THREADS


@pytest.fixture(scope="session")
def found(hub, tmp_path_factory):
    folder = tmp_path_factory.mktemp("systems")
    (folder / "products.csv").write_bytes((data.DATA / "products.csv").read_bytes())
    command = [sys.executable, ROOT / "tests" / "run_systems.py", "found.json"]
    done = subprocess.run(command, cwd=folder, env=hub, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads((folder / "found.json").read_text())


@pytest.mark.parametrize("name", systems.SYSTEMS)
def test_published_form_fails_as_the_table_says(found, name):
    assert found["published"][name].startswith(systems.SYSTEMS[name].fails)


def test_an_id_without_its_owner_is_refused(found):
    assert found["imdb"].startswith("HfUriError: Invalid HF URI")


@pytest.mark.parametrize("name", systems.SYSTEMS)
def test_working_form_runs(found, name):
    result = found["works"][name]
    assert "error" not in result, result["error"]
    assert math.isfinite(result["before"]) and result["before"] > 0 and result["before"] != result["after"]
    assert result["tokens_per_second"] > 0 and result["peak_mb"] > 50 and isinstance(result["answer"], str)


def test_benchmark_takes_the_same_rows_both_ways(found):
    published, recommended = found["benchmark"]
    assert not published["packing"] and recommended["packing"]
    assert published["tokens a second"] > 0 and recommended["tokens a second"] > 0


def test_opt_lets_packed_rows_see_each_other_and_smollm2_does_not(found):
    assert found["leaks"]["facebook/opt-350m"] > 0.01
    assert found["leaks"]["HuggingFaceTB/SmolLM2-135M"] < 1e-3


def test_every_system_of_the_sources_is_there():
    assert list(systems.SYSTEMS) == [f"S{n}" for n in range(1, 12)]
    assert (ROOT / systems.PAGE).read_text(encoding="utf-8") == systems.page(), (
        "run `python -m course_utils.systems --write`"
    )


def test_command_line(capsys):
    assert systems.main([]) == 0
    assert capsys.readouterr().out.count("\n") == 11
    assert systems.main(["S12"]) == 2 and systems.main(["S1", "--steps", "0"]) == 2
    out = capsys.readouterr().out
    assert "There is no system 'S12': choose one of S1" in out and "give a number of 1 or more" in out


def test_a_lesson_runs_in_the_hub_profile(hub, tmp_path):
    command = [sys.executable, "-m", "scripts.run_lessons", "--build", str(tmp_path), "00"]
    done = subprocess.run(command, cwd=ROOT, env=hub, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-2000:]
    page = (tmp_path / "html" / "00_start_here.html").read_text(encoding="utf-8")
    assert "Profile hub: HuggingFaceTB/SmolLM2-135M in float32 on the CPU" in page
    assert "belongs to the tiny profile" in page


# --- The profile itself ---------------------------------------------------------------------------------------------


def test_no_network_is_a_sentence(hub, tmp_path):
    code = "from course_utils.session import start; start('00')"
    offline = hub | {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=offline, capture_output=True, text=True, timeout=120)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("RuntimeError: HuggingFaceTB/SmolLM2-135M can't be loaded: no connection to the hub")
    assert "unset COURSE_PROFILE" in last


def test_token_comes_from_colab_else_from_the_environment(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("HF_TOKEN", "from the environment")
    session._sign_in()
    assert os.environ["HF_TOKEN"] == "from the environment" and not capsys.readouterr().out
    (tmp_path / "google" / "colab").mkdir(parents=True)
    (tmp_path / "google" / "colab" / "__init__.py").write_text("")
    secret = "def get(name):\n    assert name == 'HF_TOKEN'\n    return 'secret'\n"
    (tmp_path / "google" / "colab" / "userdata.py").write_text(secret)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "google"]:
        monkeypatch.delitem(sys.modules, name)
    session._sign_in()
    assert os.environ["HF_TOKEN"] == "secret"
    (tmp_path / "google" / "colab" / "userdata.py").write_text("def get(name):\n    raise KeyError(name)\n")
    for name in [name for name in sys.modules if name.partition(".")[0] == "google"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delenv("HF_TOKEN")
    session._sign_in()
    assert "downloading without one" in capsys.readouterr().out


@pytest.mark.parametrize("native, kinds", [(True, (True, False)), (False, (False, True))])
def test_precision_follows_the_card(monkeypatch, native, kinds):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: native)
    settings = session.hub_hardware()
    assert (settings["bf16"], settings["fp16"], settings["use_cpu"]) == (*kinds, False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert session.hub_hardware()["use_cpu"]


def test_a_bar_of_the_tiny_profile_is_told_and_not_judged(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROFILE", "hub")
    monkeypatch.setattr(claims, "_measured", {})
    claims.expect("it learns", 0.2, at_least=0.7, claim_id="C06")
    assert capsys.readouterr().out == (
        "· it learns: measured 0.20; the bar, at least 0.70, belongs to the tiny profile's model\n"
    )
    assert "✗" not in repr(claims.what_you_measured("00"))
