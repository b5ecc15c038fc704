"""Worlds for the claims of lesson 08."""

CASES = {
    "C50": {
        "TRUE": {"largest": 0.0354, "m": 0.0354, "still": 0.0, "low": 0.01, "high": 0.05},
        "the noise does harm": {"low": -0.03, "high": -0.003},
        "the seeds don't agree": {"low": -0.01, "high": 0.02},
        "no noise was added": {"largest": 0.0},
        "the noise stays on when the model answers": {"still": 0.03},
    },
}
