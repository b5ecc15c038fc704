"""Worlds for the claims of lesson 10."""

from course_utils.evaluate import bootstrap_interval, mean
from course_utils.preferences import points

CASES = {
    "C07": {
        "TRUE": {
            "bootstrap_interval": bootstrap_interval,
            "points": points,
            "mean": mean,
            "won": ["first"] * 60 + ["tie"] * 32 + ["second"] * 8,
            "good": [{"wins": 63, "losses": 5}, {"wins": 60, "losses": 6}],
            "preferred": {"faithful": 0.99},
            "apart": 0.9,
            "astray_grades": [{"strict": 0.0}] * 10,
            "from_bases": [{"strict": 0.0}] * 6,
            "base_pairs": [],
        },
        "DPO changes nothing": {"won": ["tie"] * 100},
        "with one seed it loses": {"good": [{"wins": 63, "losses": 5}, {"wins": 5, "losses": 60}]},
        "it wins by inventing": {"preferred": {"faithful": 0.3}},
        "DPO from the base works as well": {
            "astray_grades": [{"strict": 1.0}] * 10,
            "from_bases": [{"strict": 0.9}] * 6,
        },
    },
}
