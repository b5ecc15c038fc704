"""`loss_shape`: three phases against something simpler."""

import numpy as np
import pytest

from course_utils.loss_shape import gain_of_three_parts

STEPS = np.arange(40)
NOISE = np.random.default_rng(0).normal(0, 0.02, 40)


def test_three_straight_parts_are_told_from_what_is_simpler():
    parts = np.interp(STEPS, [0, 8, 15, 39], [2.7, 0.6, 0.1, 0.05])
    assert gain_of_three_parts(parts + NOISE) > 10
    for simpler in (
        0.05 + 2.6 * np.exp(-STEPS / 5),  # an exponential
        0.05 + 2.6 / (1 + STEPS),  # a power law
        3 - 0.05 * STEPS,  # a straight line
        np.interp(STEPS, [0, 10, 39], [2.7, 0.2, 0.1]),  # two parts
    ):
        assert gain_of_three_parts(simpler + NOISE) < 10


def test_a_short_curve_is_refused():
    with pytest.raises(ValueError, match="11 losses are too few"):
        gain_of_three_parts([1.0] * 11)


@pytest.mark.parametrize("losses", [[2.0] * 20, [0.0] * 20, [float(n) for n in range(20)]])
def test_odd_curves_give_a_figure(losses):
    assert np.isfinite(gain_of_three_parts(losses))
