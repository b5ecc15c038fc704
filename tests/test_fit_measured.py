"""The rules of `course_utils.fit` against measured peaks: the stored ones, and one that is measured again."""

import pytest

from course_utils.fit import measured, predicted, rules
from scripts.measure_memory import CASES, measured_in_a_fresh_process

STORED = measured("cpu")
ASIDE = [case for case in STORED if case["group"] == "kept aside"]


def off(case) -> float:
    """How far the prediction lies from the measured peak, as a share of it."""
    return abs(predicted(case).total * 1e9 / case["peak_bytes"] - 1)


def test_every_case_is_stored():
    assert [case["name"] for case in STORED] == [case["name"] for group in CASES.values() for case in group]
    assert len(ASIDE) >= 10


@pytest.mark.parametrize("case", STORED, ids=lambda case: case["name"])
def test_predictions_are_within_15_percent_of_the_measured_peak(case):
    assert off(case) <= 0.15


@pytest.mark.parametrize("rule", ["optimizer", "gradients", "logits", "layer_activations", "weights"])
def test_without_one_of_the_rules_some_case_kept_aside_is_missed(rule, monkeypatch):
    monkeypatch.setattr(rules, rule, lambda run: 0)
    assert max(map(off, ASIDE)) > 0.15


def test_a_case_measured_again_gives_the_stored_peak():
    case = next(case for case in STORED if case["name"] == "small llama, batch 16")
    settings = {key: value for key, value in case.items() if key not in ("group", "peak_bytes", "resident_bytes")}
    assert measured_in_a_fresh_process(settings, "cpu")["peak_bytes"] == pytest.approx(case["peak_bytes"], rel=0.02)
