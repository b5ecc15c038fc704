"""Diagnosing logs as they are found in the wild: what misled the rules once, each in a log made for it."""

import json
import math
import random

import pytest

from course_utils.diagnose import (
    CANT_TELL,
    HEALTHY,
    MEMORISED,
    OVERFITTING,
    STAIRCASE,
    TOO_HIGH,
    TOO_LOW,
    ZERO,
    diagnose,
)

NAN = math.nan


def log(losses, evals=(), epochs=1.0, rate=2e-4, grad_norm=1.0, **more):
    """A log with these losses; `evals` at equal distances; `more` are keys whose values all entries share."""
    n = len(losses)
    entries = []
    at = {n * place // len(evals): value for place, value in enumerate(evals, 1)} if evals else {}
    for step, loss in enumerate(losses, 1):
        place = {"step": step, "epoch": epochs * step / n}
        entries.append(place | {"loss": loss, "learning_rate": rate, "grad_norm": grad_norm} | more)
        if step in at:
            entries.append(place | {"eval_loss": at[step]})
    return entries


def falling(n=60, start=2.5, floor=1.2, noise=0.0, seed=0):
    rng = random.Random(seed)
    return [floor + (start - floor) * math.exp(-10 * i / n) + rng.gauss(0, noise) for i in range(n)]


def flat(n=60, level=1.4, noise=0.02, seed=0):
    rng = random.Random(seed)
    return [level + rng.gauss(0, noise) for _ in range(n)]


def notes(entries):
    return " ".join(diagnose(entries).notes)


# --- Several things at once


def test_a_staircase_that_also_overfits_is_told_with_both_findings_the_cause_first():
    stairs = [1.5 - 0.35 * (i // 20) + 0.01 * (i % 3) for i in range(80)]
    said = diagnose(log(stairs, [1.5, 1.4, 1.6, 1.9], epochs=4))
    assert [told.pattern for told in said.findings] == [STAIRCASE, OVERFITTING]
    assert all(told.evidence and told.remedy and told.settle for told in said.findings)


def test_stairs_with_little_left_are_told_after_a_validation_loss_that_turns():
    stairs = [2.0 * 0.66 ** (i // 8) * (1 + 0.02 * (i % 2)) for i in range(72)]
    said = diagnose(log(stairs, [1.2, 1.1, 1.2, 1.4], epochs=9))
    assert [told.pattern for told in said.findings] == [OVERFITTING, STAIRCASE]


def test_rows_known_by_heart_are_told_before_the_stairs_that_led_there():
    stairs = [2.0 * 0.6 ** (i // 8) * (1 + 0.02 * (i % 2)) for i in range(96)]
    said = diagnose(log(stairs, epochs=12))
    assert [told.pattern for told in said.findings] == [MEMORISED, STAIRCASE]


def test_what_is_only_possible_comes_last():
    said = diagnose(log(falling(120, 2.0, 0.03), [0.3, 0.3, 0.35, 0.5], epochs=12))
    assert [(told.pattern, told.confidence) for told in said.findings] == [
        (OVERFITTING, "certain"),
        (MEMORISED, "possible"),
    ]


# --- Too low, too high


@pytest.mark.parametrize("rate", [2e-5, 9e-5, 2e-4])
def test_a_run_that_learns_at_an_ordinary_rate_is_never_called_too_low(rate):
    assert diagnose(log(falling(60, 1.6, 1.3, 0.02), rate=rate)).pattern == HEALTHY
    assert diagnose(log(flat(), [1.45, 1.40, 1.36], rate=rate)).pattern == HEALTHY, "its validation loss fell"


def test_few_points_or_a_warm_up_are_no_reason_to_say_too_low():
    assert diagnose(log([2.05, 2.04, 2.02, 2.01])).pattern == CANT_TELL
    rising = [entry | {"learning_rate": 1e-6 * entry["step"]} for entry in log(flat())]
    assert diagnose(rising).pattern != TOO_LOW


def test_a_flat_run_is_possibly_too_low_and_at_a_high_rate_possibly_too_high():
    low, high = diagnose(log(flat())), diagnose(log(flat(level=math.log(3)), rate=1e-3))
    assert (low.pattern, low.confidence) == (TOO_LOW, "possible") and "0.0002" in " ".join(low.evidence)
    assert (high.pattern, high.confidence) == (TOO_HIGH, "possible")
    assert diagnose(log([10.8 - 0.001 * i for i in range(10)])).pattern == TOO_LOW, "ten losses do where they are alike"


def test_a_slow_even_fall_is_too_low_only_at_a_low_rate_with_gradients_that_stay():
    even = [2.5 - 0.005 * i for i in range(80)]
    assert diagnose(log(even, rate=5e-6)).pattern == TOO_LOW
    assert diagnose(log(even, rate=2e-4)).pattern == HEALTHY
    calming = [entry | {"grad_norm": 1 / entry["step"]} for entry in log(even, rate=5e-6)]
    assert diagnose(calming).pattern == HEALTHY


def test_tokens_predicted_rightly_more_often_show_that_something_was_learned():
    learned = [entry | {"mean_token_accuracy": 0.5 + entry["step"] / 600} for entry in log(flat())]
    assert diagnose(learned).pattern == HEALTHY


@pytest.mark.parametrize("start", [12.5, 19.0, 25.0])
def test_a_high_first_loss_says_nothing_as_the_vocabulary_is_not_known(start):
    assert diagnose(log(falling(60, start, 2.0))).pattern == HEALTHY


def test_one_noisy_batch_decides_nothing():
    losses = falling(60, noise=0.05)
    losses[30] *= 2.5
    assert diagnose(log(losses)).pattern == HEALTHY
    assert diagnose(log([0.938, *falling(59, 0.6, 0.45, 0.03)])).pattern == HEALTHY
    assert diagnose(log([0.94, *falling(19, 1.79, 1.0, 0.02)])).pattern == HEALTHY, "the first batch was an easy one"


def test_few_training_losses_do_where_many_evaluations_show_the_shape():
    assert diagnose(log([3.1, 2.9, 2.7], [3.2, 3.0, 2.9])).pattern == CANT_TELL
    more = [{"step": 10 * i, "eval_loss": 3.2 - 0.1 * i} for i in range(1, 8)]
    assert diagnose([*log([3.1, 2.9, 2.7]), *more]).pattern == HEALTHY
    assert diagnose([*log([3.1]), *more]).pattern in (HEALTHY, CANT_TELL)


def test_rows_in_the_same_order_each_epoch_make_a_sawtooth_and_no_verdict_on_the_rate():
    saw = [1.4 + 0.06 * (i % 10) for i in range(50)]
    assert diagnose(log(saw, epochs=5)).pattern == CANT_TELL


# --- Half precision, sums, resumed runs


def test_a_skipped_step_of_the_fp16_scaler_is_no_divergence():
    entries = log(falling())
    entries[0]["grad_norm"], entries[31]["grad_norm"] = NAN, math.inf
    assert diagnose(entries).pattern == HEALTHY
    assert "2 of 60 gradient norms" in notes(entries)


def test_a_nan_forward_pass_is_told_from_a_mask_that_leaves_nothing():
    forward, masked = diagnose(log([0.0] * 20, grad_norm=NAN)), diagnose(log([0.0] * 20, [0, 0], grad_norm=0.0))
    assert forward.pattern == masked.pattern == ZERO
    assert "logging_nan_inf_filter" in str(forward) and "labels" not in str(forward)
    assert "mask" in masked.remedy and "NaN" not in str(masked)


def test_a_run_that_turns_to_nan_half_way_is_told_with_its_step():
    entries = log(falling(30)) + [
        entry | {"step": entry["step"] + 30, "loss": 0.0, "grad_norm": NAN} for entry in log([0.0] * 10)
    ]
    said = diagnose(entries)
    assert said.pattern == ZERO and "from step 31 on" in said.evidence[0]
    broken = [entry | ({"loss": NAN} if entry["step"] > 50 else {}) for entry in log(falling())]
    assert diagnose(broken).pattern == TOO_HIGH and "step 51" in diagnose(broken).evidence[0]


def test_losses_rounded_to_0_are_no_mask():
    fading = [max(0.0, round(2.5 * math.exp(-0.3 * i), 4)) for i in range(60)]
    assert fading[-1] == 0 and diagnose(log(fading, epochs=20)).pattern == MEMORISED


def test_a_sum_over_accumulated_batches_is_recognised_and_compared_by_its_shape():
    evals = [0.35, 0.31, 0.30, 0.30]
    summed = log([16 * loss for loss in falling(80, 1.0, 0.3)], evals, epochs=2)
    assert diagnose(summed).pattern == HEALTHY and "16.0 times the validation loss" in notes(summed)
    alike = log(falling(80, 1.0, 0.3), evals, epochs=2)
    assert "times the validation loss" not in notes(alike)


def test_a_resumed_run_is_judged_by_its_last_attempt():
    first = log([*falling(40), *[9.0] * 20])
    again = [entry for entry in log(falling(60)) if entry["step"] > 30]
    assert diagnose(first).pattern == TOO_HIGH
    assert diagnose(first + again).pattern == HEALTHY and "start again at 31" in notes(first + again)


def test_a_learning_rate_or_epochs_that_start_anew_are_told():
    losses = falling(60)
    rates = [1e-4 * (1 - i / 30) for i in range(30)] * 2
    assert "starts anew at step 31" in notes([e | {"learning_rate": r} for e, r in zip(log(losses), rates)])
    warm = [1e-4 * min(i / 10, 1) * (1 - i / 60) for i in range(60)]
    assert "anew" not in notes([e | {"learning_rate": r} for e, r in zip(log(losses), warm)])
    back = [entry | {"epoch": (entry["step"] - 1) % 30 / 30} for entry in log(losses)]
    assert "epochs start again at step 31" in notes(back)


# --- Validation, or none


def test_named_evaluation_sets_are_read_and_a_single_one_that_turns_is_told():
    entries = log(falling(80, 2.0, 0.5), epochs=4)
    for step, chat, code in ((20, 0.9, 0.9), (40, 0.8, 0.8), (60, 0.9, 0.7), (80, 1.1, 0.6)):
        entries += [{"step": step, "eval_chat_loss": chat}, {"step": step, "eval_code_loss": code}]
    both = diagnose(entries)
    assert both.pattern == OVERFITTING and both.evidence[0].startswith("chat: ")
    entries += [{"step": step, "eval_sums_loss": 1 - step / 100} for step in (20, 40, 60, 80)]
    assert diagnose(entries).pattern == HEALTHY and "only chat turns" in notes(entries)


def test_a_validation_loss_that_lags_is_overfitting_and_one_that_follows_is_not():
    train = falling(100, 2.0, 0.05)
    assert diagnose(log(train, [0.42, 0.41, 0.41, 0.40, 0.40], epochs=10)).pattern == OVERFITTING
    assert diagnose(log(train, [0.42, 0.2, 0.12, 0.1, 0.09], epochs=10)).pattern == HEALTHY


def test_a_model_surer_than_right_is_told_beside_the_overfitting():
    entries = log(falling(80, 2.0, 0.1), [0.5, 0.4, 0.6, 0.9], epochs=4)
    entries.append({"step": 80, "eval_entropy": 0.2})
    assert any("surer than it is right" in line for line in diagnose(entries).evidence)


@pytest.mark.parametrize(("epochs", "pattern"), [(0.5, HEALTHY), (1, HEALTHY), (2, HEALTHY), (5, CANT_TELL)])
def test_without_validation_new_rows_decide(epochs, pattern):
    said = diagnose(log(falling(), epochs=epochs))
    assert said.pattern == pattern and any("overfitting" in line for line in said.unjudged)


@pytest.mark.parametrize(
    ("floor", "epochs", "pattern"),
    [(0.003, 130, MEMORISED), (0.08, 24, MEMORISED), (0.006, 5, MEMORISED), (0.08, 5, CANT_TELL), (0.7, 50, CANT_TELL)],
)
def test_rows_learned_by_heart_show_without_validation_after_many_passes(floor, epochs, pattern):
    assert diagnose(log(falling(100, 2.2, floor), epochs=epochs)).pattern == pattern


def test_a_single_validation_loss_decides_only_where_it_lies_close():
    assert diagnose(log(falling(), [1.22], epochs=4)).pattern == HEALTHY
    for epochs in (2, 4):
        assert diagnose(log(falling(), [2.2], epochs=epochs)).pattern == CANT_TELL


def test_a_staircase_with_little_left_at_its_end_is_one():
    treads = [1.2, 0.6, 0.3, 0.15, 0.08, 0.05, 0.035, 0.027, 0.022]
    stairs = [level * (1 + 0.05 * (i % 2)) for level in treads for i in range(8)]
    assert diagnose(log(stairs, epochs=9)).pattern == STAIRCASE
    even = [1.2 * math.exp(-i / 14) for i in range(72)]
    assert diagnose(log(even, epochs=9)).pattern != STAIRCASE


# --- Other kinds of runs


@pytest.mark.parametrize(
    "entries",
    [
        log(falling(), reward=0.4, kl=0.01),
        log([0.01 * (-1) ** i for i in range(40)]),
        log([0.0] * 40, grad_norm=0.7),
    ],
)
def test_reinforcement_learning_is_sent_to_its_rewards(entries):
    said = diagnose(entries)
    assert said.pattern == CANT_TELL and "reward" in said.remedy and not said.unjudged


def test_preference_training_is_judged_by_its_curve_and_told_what_to_look_at():
    said = diagnose(log(falling(60, 0.69, 0.002), epochs=3, **{"rewards/margins": 1.0}))
    assert said.pattern != MEMORISED and any("rewards/margins" in line for line in said.unjudged)


def test_a_classifier_is_sent_to_its_score():
    entries = log(falling(60, 0.7, 0.3), [0.5, 0.4], epochs=2)
    entries += [{"step": 30, "eval_accuracy": 0.8}, {"step": 60, "eval_accuracy": 0.9}]
    entries += [{"step": step, "eval_mean_token_accuracy": 0.5} for step in (30, 60)]
    assert diagnose(entries).pattern == HEALTHY and "eval_accuracy went from 0.8 to 0.9" in notes(entries)
    assert "mean_token" not in notes(entries)


# --- The form


def test_a_diagnosis_turns_into_json_html_and_text_with_all_its_findings():
    stairs = [1.5 - 0.35 * (i // 20) + 0.01 * (i % 3) for i in range(80)]
    said = diagnose(log(stairs, [1.5, 1.4, 1.6, 1.9], epochs=4))
    told = json.loads(json.dumps(said.to_dict()))
    assert told["pattern"] == STAIRCASE and [each["pattern"] for each in told["findings"]] == [STAIRCASE, OVERFITTING]
    assert set(told["findings"][0]) == {"pattern", "confidence", "evidence", "remedy", "settle"}
    for shown in (str(said), said._repr_html_()):
        assert all(word in shown for word in (STAIRCASE, OVERFITTING, "to be sure", "not judged"))


def test_ten_thousand_entries_are_read_in_order():
    long = [loss for loss in falling(10_000, noise=0.05)]
    assert diagnose(log(long, [1.5, 1.3, 1.25])).pattern == HEALTHY
