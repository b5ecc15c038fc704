"""Diagnosing logs: odd ones, made-up ones, and the stored runs of each pattern."""

import json
import math
import random

import pytest

from course_utils import diagnosed_runs
from course_utils.diagnose import (
    BROKEN,
    CANT_TELL,
    HEALTHY,
    MEMORISED,
    OVERFITTING,
    PATTERNS,
    STAIRCASE,
    TOO_HIGH,
    TOO_LOW,
    ZERO,
    diagnose,
    phases,
    read_state,
    series,
)
from course_utils.diagnose.__main__ import main
from scripts import run_diagnose


def log(losses, evals=(), epochs=3, grad_norm=1.0, rate=1e-4, **scores):
    """A log with these training losses, evaluated at equal distances."""
    n = len(losses)
    same = {"grad_norm": grad_norm, "learning_rate": rate}
    entries = [{"loss": x, "step": i, "epoch": epochs * i / n} | same for i, x in enumerate(losses, 1)]
    for place, value in enumerate(evals, 1):
        step = n * place // len(evals)
        entries.append({"eval_loss": value, "step": step, "epoch": epochs * step / n})
    return entries + [{f"eval_{key}": value, "step": n} for key, value in scores.items()]


def falling(n=40, start=2.5, floor=0.2, speed=0.2):
    return [floor + (start - floor) * math.exp(-speed * i) for i in range(n)]


NAN = float("nan")


@pytest.mark.parametrize(
    "odd",
    [
        [],
        None,
        "loss",
        5,
        [{}],
        [None, 3, "x"],
        [{"loss": "2.0"}, {"loss": None}],
        [{"loss": True}],
        [{"loss": 2.0, "step": 1}],
        [{"loss": NAN}, {"loss": NAN}],
        [{"eval_loss": 1.0, "step": 1}, {"eval_loss": 0.9, "step": 2}],
        [{"loss": -1.0}] * 9,
        [{"loss": 2.0}] * 3,
        {"loss": 2.0},
    ],
)
def test_odd_logs_get_no_verdict_and_no_error(odd):
    said = diagnose(odd)
    assert said.pattern == CANT_TELL and said.evidence and said.remedy


@pytest.mark.parametrize("key", ["loss", "grad_norm", "step", "epoch", "eval_loss"])
@pytest.mark.parametrize("value", [None, "x", NAN, math.inf, [], {}])
def test_a_spoiled_entry_never_raises(key, value):
    for place in (0, 3, -1):
        entries = [dict(entry) for entry in log(falling(), [1, 0.5, 0.3])]
        entries[place][key] = value
        assert diagnose(entries).pattern in (*PATTERNS, CANT_TELL)


def test_random_nonsense_never_raises():
    rng = random.Random(0)
    odd = [None, "x", NAN, math.inf, -math.inf, -1.0, 0, 0.0, 1e300, 1e-300, 10**400, True, [], 0.5, 2.0, 3, 40]
    for _ in range(2000):
        keys = rng.sample(["loss", "eval_loss", "grad_norm", "learning_rate", "step", "epoch", "eval_format", 7], 5)
        entries = [{key: rng.choice(odd) for key in keys} for _ in range(rng.randrange(12))]
        if rng.random() < 0.5:  # mostly sound, so that later rules are reached
            entries += log(falling(rng.randrange(4, 40)), [1.0, rng.random()])
        said = diagnose(entries)
        assert said.pattern in (*PATTERNS, CANT_TELL) and said.evidence
        assert repr(said) and said._repr_html_()
        phases(entries)


@pytest.mark.parametrize(
    ("entries", "pattern"),
    [
        (log(falling(), [0.8, 0.25, 0.22, 0.21]), HEALTHY),
        (log(falling(start=12.0, floor=3.0), [4.0, 3.2, 3.1]), HEALTHY),
        (log(falling(), [0.8, 0.25, 0.22], format=0.9, ended=1.0), HEALTHY),
        (log(falling(), [0.8, 0.25, 0.22], format=0.9, ended=0.0), BROKEN),
        (log(falling(floor=0.05), [0.8, 0.4, 0.5, 0.6]), OVERFITTING),
        (log(falling(floor=0.0005), [0.8, 0.4, 0.5, 0.6]), MEMORISED),
        (log(falling(floor=0.0005), [0.8, 0.01, 0.001, 0.001]), HEALTHY),
        (log([2.5 - 0.001 * i for i in range(40)], [2.5, 2.49]), TOO_LOW),
        (log([2.5, 2.5, 9.0, 12.0, 9.0, 7.0, 6.0, 5.5], [8.0, 5.0]), TOO_HIGH),
        (log([2.5, 2.0, 1.5, NAN, NAN, NAN]), TOO_HIGH),
        (log([*falling(20), *[1.0 + 0.1 * i for i in range(10)]], [0.5, 1.5]), TOO_HIGH),
        (log([25.0, 14.0, 9.0, 7.0, 6.5, 6.0, 6.0, 5.9], [8.0, 6.0]), HEALTHY),
        (log([1.0 - 0.3 * (i // 10) for i in range(30)], [1.0, 1.1, 1.2]), STAIRCASE),
        (log([0.0] * 20, [0.0, 0.0], grad_norm=0.0), ZERO),
        (log([0.0] * 20, [NAN, NAN], grad_norm=NAN), ZERO),
    ],
)
def test_textbook_curves_get_their_names(entries, pattern):
    said = diagnose(entries)
    assert said.pattern == pattern, said


def test_a_scale_of_all_losses_changes_no_relative_verdict():
    overfit = log(falling(floor=0.05), [0.8, 0.4, 0.5, 0.6])
    tripled = [{k: 3 * v if "loss" in k else v for k, v in entry.items()} for entry in overfit]
    assert diagnose(overfit).pattern == diagnose(tripled).pattern == OVERFITTING


def test_what_could_not_be_judged_is_said():
    said = diagnose(log(falling()))
    assert said.pattern == CANT_TELL, "several epochs without validation may be overfitted"
    assert any("overfitting" in line for line in said.unjudged)
    assert diagnose(log(falling(), epochs=1)).pattern == HEALTHY
    assert any("what the model writes" in line for line in diagnose(log(falling(), [0.5, 0.3])).unjudged)
    assert any("no dicts" in line for line in diagnose([*log(falling(), [0.5, 0.3]), None]).unjudged)
    assert any("exactly 0.0" in line for line in diagnose(log([0.0, *falling()], [0.5, 0.3])).unjudged)


def test_other_scores_can_be_named():
    entries = [*log(falling(), [0.5, 0.3]), {"eval_f1": 0.1, "step": 40}]
    assert diagnose(entries).pattern == HEALTHY
    assert diagnose(entries, scores=["eval_f1"]).pattern == BROKEN


def test_a_diagnosis_shows_itself():
    said = diagnose(log(falling(floor=0.05), [0.8, 0.4, 0.5, 0.6]))
    assert str(said).startswith("overfitting (certain)\n  because: ") and "  try: Stop where" in str(said)
    assert "<b>overfitting</b>" in said._repr_html_() and "&lt;" not in said._repr_html_()


def test_series_keeps_order_and_passes_over_what_is_no_number():
    points = series([{"loss": 2, "step": 1}, None, {"loss": "x"}, {"loss": 1.0}], "loss")
    assert [(p.step, p.value) for p in points] == [(1, 2.0), (3, 1.0)]


def test_phases_follow_the_rule():
    sharp, settled = phases(log(falling(n=60)))
    assert 0 < sharp < settled < 60
    assert phases(log([2.0] * 10)) is None and phases([]) is None


# --- The command line


def test_the_command_line_reads_a_state_a_list_and_a_checkpoint_folder(tmp_path, capsys):
    entries = log(falling(), [0.5, 0.3])
    (tmp_path / "trainer_state.json").write_text(json.dumps({"log_history": entries}))
    (tmp_path / "list.json").write_text(json.dumps(entries))
    for path in (tmp_path, tmp_path / "trainer_state.json", tmp_path / "list.json"):
        assert main([str(path)]) == 0
        assert capsys.readouterr().out.startswith("healthy")
    assert main([str(tmp_path), "--score", "eval_format"]) == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "There is no file"),
        (b"{broken", "is not valid JSON"),
        (b"\xff\xfe\x00", "is no text"),
        (b'{"loss": 1}', 'has no list "log_history"'),
        (b"3", 'has no list "log_history"'),
    ],
)
def test_a_bad_file_is_told_in_one_sentence(tmp_path, capsys, content, says):
    path = tmp_path / "state.json"
    if content is not None:
        path.write_bytes(content)
    assert main([str(path)]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1
    with pytest.raises(ValueError, match=says):
        read_state(path)


def test_a_log_with_nan_as_trainers_write_it_is_read(tmp_path):
    path = tmp_path / "trainer_state.json"
    path.write_text('{"log_history": [{"loss": 0.0, "grad_norm": NaN, "step": 1}, {"eval_loss": NaN, "step": 1}]}')
    assert diagnose(read_state(path)).pattern == ZERO


# --- The stored runs


def test_the_two_sets_share_no_run_and_no_size_of_a_run():
    for pattern in PATTERNS:
        tuned = [r for r in run_diagnose.recipes()["tuning"] if r.pattern == pattern]
        held = [r for r in run_diagnose.recipes()["held_out"] if r.pattern == pattern]
        assert len(held) >= 6, f"{pattern} has {len(held)} held-out runs"
        assert not {r.seed for r in tuned} & {r.seed for r in held}
        shape = [{(r.task, r.rows, r.config["num_train_epochs"]) for r in runs} for runs in (tuned, held)]
        assert not shape[0] & shape[1]


def test_every_recipe_is_stored():
    for split, recipes in run_diagnose.recipes().items():
        assert [run.name for run in diagnosed_runs.stored_logs(split)] == [recipe.name for recipe in recipes], (
            f"{split}: run `make sweeps`"
        )
    assert diagnosed_runs.STORE.stat().st_size < 500_000


def test_held_out_runs_get_their_pattern():
    runs = diagnosed_runs.stored_logs("held_out")
    table = diagnosed_runs.confusion(runs)
    right = sum(table[pattern][pattern] for pattern in PATTERNS)
    assert right / len(runs) >= 0.85, table
    for pattern in PATTERNS:
        assert table[pattern][pattern] >= 0.5 * sum(table[pattern].values()), (pattern, table[pattern])


def test_broken_outputs_are_never_named_from_the_losses_alone():
    for run in [*diagnosed_runs.stored_logs("tuning"), *diagnosed_runs.stored_logs("held_out")]:
        losses = [entry for entry in run.log_history if "eval_format" not in entry]
        said = diagnose(losses)
        assert said.pattern != BROKEN
        if run.pattern == BROKEN and said.pattern == HEALTHY:
            assert any("what the model writes" in line for line in said.unjudged)
