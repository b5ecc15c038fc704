"""The hub profile: a lesson on random-weight replicas under their real ids, and what it does without network or GPU."""

import os
import subprocess
import sys

import pytest
from assignments import ROOT

from course_utils import claims, session


def test_a_lesson_runs_in_the_hub_profile(hub, tmp_path):
    command = [sys.executable, "-m", "scripts.run_lessons", "--build", str(tmp_path), "00"]
    done = subprocess.run(command, cwd=ROOT, env=hub, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-2000:]
    page = (tmp_path / "site" / "notebooks" / "00_start_here.html").read_text(encoding="utf-8")
    assert "Profile hub: HuggingFaceTB/SmolLM2-135M in float32 on the CPU" in page
    assert "belongs to the tiny profile" in page


def test_no_network_is_a_sentence(hub, tmp_path):
    code = "from course_utils.session import start; start('00')"
    offline = hub | {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=offline, capture_output=True, text=True, timeout=900)
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
        "· it learns (live): measured 0.20; the bar, at least 0.70, belongs to the tiny profile's model\n"
    )
    assert "✗" not in repr(claims.what_you_measured("00"))
