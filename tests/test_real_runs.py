"""The public logs of lesson 06 and the stored verdicts on all of them."""

import gzip
import json
import math
from pathlib import Path

import pytest

from course_utils.diagnose import CANT_TELL, PATTERNS, diagnose
from course_utils.diagnosed_runs import (
    REAL,
    agreement,
    confusion,
    real_confusion,
    real_runs,
    real_verdicts,
    stored_logs,
)
from scripts import wild_confusion


def test_the_dozen_are_diagnosed_as_stored_and_as_their_whole_logs_were():
    whole = {(row["repository"], row["path"]): row for row in real_verdicts()}
    assert len(real_runs()) == 12 and REAL.stat().st_size < 200_000
    for run in real_runs():
        said = diagnose(run.log_history)
        assert said.pattern == run.said == whole[run.repository, run.path]["said"], run.title
        assert run.label == whole[run.repository, run.path]["label"], run.title
        assert len(run.commit) == 40 and run.address.startswith(f"https://github.com/{run.repository}/blob/")


def test_the_stored_verdicts_are_whole_and_their_figures_are_what_the_readme_says():
    rows = real_verdicts()
    assert {row["label"] for row in rows} | {row["said"] for row in rows} <= {*PATTERNS, CANT_TELL}
    assert len({(row["repository"], row["path"]) for row in rows}) == len(rows) == 179
    for name, logs in (("working half", 45), ("other half", 55), ("found later", 79)):
        part = [row for row in rows if row["set"] == name]
        strict, either = agreement(part)
        assert len(part) == logs and strict >= 0.85 and either >= 0.95
    unread = [row for row in rows if row["set"] != "working half"]
    held_out = confusion(stored_logs("held_out"))
    own = sum(row[pattern] for pattern, row in held_out.items()) / len(stored_logs("held_out"))
    strict, either = agreement(unread)
    readme = " ".join((Path(wild_confusion.__file__).parents[1] / "README.md").read_text(encoding="utf-8").split())
    runs = len(stored_logs("held_out"))
    assert f"On {runs} held-out runs of our own, it names the planted fault in {own:.0%}" in readme
    assert f"On {len(unread)} public logs" in readme and f"label in {strict:.0%}" in readme
    assert f"that can be defended in {either:.0%}" in readme
    table = real_confusion(rows)
    assert sum(map(sum, (row.values() for row in table.values()))) == len(rows)


def record(**more):
    log = [{"step": i, "epoch": i / 900, "loss": 2 - i / 900, "grad_norm": 1.0, "extra": "x"} for i in range(1, 901)]
    log[4]["grad_norm"] = math.nan
    log.insert(450, {"step": 450, "eval_loss": 1.5})
    base = {"repo": "someone/something", "path": "a b/trainer_state.json", "commit": "0" * 40, "group": "lm"}
    return base | {"label": "healthy", "second": "cant_tell", "log": log} | more


def test_a_log_is_thinned_by_means_and_keeps_what_is_not_a_number():
    thinned = wild_confusion.thin(record()["log"])
    losses = [entry["loss"] for entry in thinned if "loss" in entry]
    assert len(losses) == 180 and losses[0] == pytest.approx(2 - 3 / 900, abs=1e-3)
    assert math.isnan(thinned[0]["grad_norm"]) and thinned[1]["grad_norm"] == 1.0
    assert [entry["eval_loss"] for entry in thinned if "eval_loss" in entry] == [1.5] and "extra" not in thinned[0]


def test_files_are_judged_and_stored_by_one_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(wild_confusion, "VERDICTS", tmp_path / "verdicts.csv")
    monkeypatch.setattr(wild_confusion, "REAL", tmp_path / "runs.json")
    monkeypatch.setattr(wild_confusion, "SHOWN", {"someone/something": "A run"})
    packed = tmp_path / "logs.json.gz"
    packed.write_bytes(gzip.compress(json.dumps([record()]).encode()))
    wild_confusion.main([str(packed)])
    assert "someone/something,a b/trainer_state.json" in (tmp_path / "verdicts.csv").read_text()
    assert "healthy,can't tell,healthy,likely" in (tmp_path / "verdicts.csv").read_text()
    assert json.loads((tmp_path / "runs.json").read_text())[0]["said"] == "healthy"
    assert "all: 1 logs, the label 100%" in capsys.readouterr().out
    wild_confusion.main([])
    assert "all: 179 logs" in capsys.readouterr().out
    monkeypatch.setattr(wild_confusion, "SHOWN", {"someone/else": "Another"})
    with pytest.raises(SystemExit, match="someone/else"):
        wild_confusion.main([str(packed)])
