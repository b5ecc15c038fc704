"""The stored sweeps and the model card that reports them."""

import pytest

from course_utils import stored_runs
from course_utils.training_rows import training_rows
from scripts import run_sweeps


def test_every_sweep_is_stored_with_all_its_seeds():
    for name, sweep in run_sweeps.RUNS.items():
        assert [run["seed"] for run in stored_runs.stored(name)] == list(range(sweep.seeds)), (
            f"{name}: run `make sweeps`"
        )
    files = {stored_runs.file_of(name).name for name in (*run_sweeps.RUNS, "base")}
    assert {path.name for path in stored_runs.STORE.iterdir()} == files, (
        "a stored sweep that nothing makes: delete its file"
    )


def test_card_reports_what_is_stored():
    card = run_sweeps.CARD.read_text(encoding="utf-8")
    assert (
        run_sweeps.card_with(run_sweeps.bars({name: stored_runs.stored(name) for name, *_ in run_sweeps.BARS}), card)
        == card
    ), "run `make sweeps`"


def test_bars_say_what_is_kept():
    merged: dict = {}
    for name, key, _, bar, sign in run_sweeps.BARS:
        merged.setdefault(name, [{}])[0][key] = bar + sign * 0.001
    assert " no |" not in run_sweeps.bars(merged)
    merged["base"][0]["probe"] = 0.5
    assert "| base: general-knowledge probe | 0.5 | 0.5 | at least 0.93 | no |" in run_sweeps.bars(merged)


def test_a_sweep_that_was_never_run_says_so():
    with pytest.raises(ValueError, match="no stored sweep 'poetry': run `make sweeps`"):
        stored_runs.stored("poetry")


def test_training_rows_are_prompt_and_completion():
    rows = training_rows({"describe": 2, "extraction": 1})
    assert len(rows) == 3 and rows.column_names == ["prompt", "completion"]
    assert [turn["role"] for turn in rows[2]["prompt"] + rows[2]["completion"]] == ["user", "assistant"]
