"""The stored sweeps and the model card that reports them."""

import pytest

from course_utils import sweeps


def test_every_sweep_is_stored_with_all_its_seeds():
    for name, sweep in sweeps.RUNS.items():
        assert [run["seed"] for run in sweeps.stored(name)] == list(range(sweep.seeds)), f"{name}: run `make sweeps`"
    files = {sweeps.file_of(name).name for name in (*sweeps.RUNS, "base")}
    assert {path.name for path in sweeps.STORE.iterdir()} == files, "a stored sweep that nothing makes: delete its file"


def test_card_reports_what_is_stored():
    card = sweeps.CARD.read_text(encoding="utf-8")
    assert sweeps.card_with(sweeps.bars({name: sweeps.stored(name) for name, *_ in sweeps.BARS}), card) == card, (
        "run `make sweeps`"
    )


def test_bars_say_what_is_kept():
    merged: dict = {}
    for name, key, _, bar, sign in sweeps.BARS:
        merged.setdefault(name, [{}])[0][key] = bar + sign * 0.001
    assert " no |" not in sweeps.bars(merged)
    merged["base"][0]["probe"] = 0.5
    assert "| base: general-knowledge probe | 0.5 | 0.5 | at least 0.93 | no |" in sweeps.bars(merged)


def test_a_sweep_that_was_never_run_says_so():
    with pytest.raises(ValueError, match="no stored sweep 'poetry': run `make sweeps`"):
        sweeps.stored("poetry")


def test_training_rows_are_prompt_and_completion():
    rows = sweeps.training_rows({"describe": 2, "extraction": 1})
    assert len(rows) == 3 and rows.column_names == ["prompt", "completion"]
    assert [turn["role"] for turn in rows[2]["prompt"] + rows[2]["completion"]] == ["user", "assistant"]
