"""The editor's taste, the pairs, and the stored runs of lesson 10."""

import random
from pathlib import Path

import pytest

from course_utils import data, preferences
from course_utils.evaluate import product_of
from course_utils.finetune import USUAL
from course_utils.generate import Reply
from course_utils.preferences import opens_with_features, points, preference_rows, rating, verdict
from course_utils.shop import tasks
from scripts import run_preferences

ROW = {"category": "Kitchen", "name": "Nimo kettle", "features": "swan-neck spout, wide rim", "colour": "slate blue"}
OPENING, CLOSING = tasks.house_opening(product_of(ROW)), tasks.house_closing(product_of(ROW))


def reply(middle, ended=True):
    return Reply(f"{OPENING} {middle} {CLOSING}", ended, 10, 10)


LIKED = reply("With a swan-neck spout and a wide rim, it gets the morning going.")
RIGHT = reply("It gets the morning going, with a swan-neck spout and a wide rim.")
WRONG = reply("With a swan-neck spout and a hinged lid, it gets the morning going.")


def test_her_taste_is_about_the_second_sentence():
    assert opens_with_features(LIKED.text) and not opens_with_features(RIGHT.text)
    assert not opens_with_features("With a lid. It boils.") and not opens_with_features("Meet it. Without a lid.")
    assert not opens_with_features("")


def test_stars_put_truth_before_taste():
    assert [rating(one, ROW) for one in (LIKED, RIGHT, WRONG)] == [2, 1, 0]
    assert opens_with_features(WRONG.text), "a wrong text to her taste is still wrong"
    assert verdict(ROW, LIKED, RIGHT) == "first" and verdict(ROW, WRONG, RIGHT) == "second"
    assert verdict(ROW, RIGHT, RIGHT) == "tie"


def test_pairs_are_the_best_and_the_worst_that_ended():
    endless = Reply(LIKED.text, False, 10, 10)
    (row,) = preference_rows([ROW], [[RIGHT, WRONG, LIKED, endless]])
    assert row["prompt"] == [{"role": "user", "content": tasks.describe_prompt(ROW)}]
    assert row["chosen"] == [{"role": "assistant", "content": LIKED.text}]
    assert row["rejected"] == [{"role": "assistant", "content": WRONG.text}]
    assert preference_rows([ROW], [[RIGHT, RIGHT, endless]]) == [], "all alike: nothing to choose"
    assert preference_rows([ROW], [[endless]]) == [], "nothing ended"


def test_ties_are_half_a_point():
    assert points(["first", "tie", "second"]) == [1.0, 0.5, 0.0]


def test_samples_come_in_groups_and_from_the_seed(tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from course_utils.session import start

    course = start("preferences")
    model = AutoModelForCausalLM.from_pretrained(course.base, dtype="float32")
    tokenizer = AutoTokenizer.from_pretrained(course.base)
    tokenizer.chat_template = Path(course.chat_template).read_text(encoding="utf-8")
    rows = data.read_products().to_list()[:2]
    first, again, other = (preferences.sample(model, tokenizer, rows, 3, seed, max_new_tokens=8) for seed in (0, 0, 1))
    assert [len(group) for group in first] == [3, 3]
    assert first == again and first != other
    assert len({one.text for one in first[0]}) > 1, "drawn, not the likeliest"


def test_stored_runs_are_complete():
    runs = preferences.stored_preferences()
    assert [run["seed"] for run in runs] == list(range(run_preferences.SEEDS)), "run `make sweeps`"
    for run in runs:
        assert {"seed", "pairs", "SFT", "SFT on the chosen", *run_preferences.RUNS} == set(run), (
            "delete the file, run `make sweeps`"
        )
        for name in run_preferences.RUNS:
            first = {key: curve[0][1] for key, curve in run[name]["curves"].items()}
            assert first["rewards/chosen"] == pytest.approx(0, abs=0.01), f"{name} began with a wrong reference"


def test_missing_runs_are_told(monkeypatch, tmp_path):
    monkeypatch.setattr(preferences, "STORE", tmp_path / "none.json")
    with pytest.raises(ValueError, match="run `make sweeps`"):
        preferences.stored_preferences()


def test_the_lesson_has_the_settings_of_the_stored_runs():
    text = (Path(__file__).parents[1] / "notebooks" / "10_beyond_sft.ipynb").read_text(encoding="utf-8")
    for key, value in run_preferences.DPO.items():
        shown = {5e-5: "5e-5"}.get(value, value)
        assert f'\\"{key}\\": {shown},' in text, f"the lesson trains with another {key} than the stored runs"
    for key, value in (USUAL | run_preferences.SFT).items():
        if key not in ("num_train_epochs", "learning_rate", "per_device_train_batch_size", "warmup_steps"):
            continue
        shown = {1e-3: "1e-3"}.get(value, value)
        assert f"{key}={shown}," in text, f"the lesson fine-tunes with another {key} than the stored runs"


def test_the_taste_is_in_a_part_of_the_gold_texts():
    rng = random.Random(0)
    texts = [tasks.house_description(product_of(ROW), rng) for _ in range(200)]
    assert 0.15 < sum(map(opens_with_features, texts)) / 200 < 0.35
