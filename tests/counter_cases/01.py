"""Worlds for the claims of lesson 01."""

from course_utils.evaluate import mean


def graded(**shares):
    """Ten grades with these shares."""
    return [{key: float(i < 10 * share) for key, share in shares.items()} for i in range(10)]


GRADED = {("support", "base"): graded(term=0.1), ("familiar", "SFT"): graded(guideline=1.0)}
TERMS = {"new": [0.8, 0.9], "familiar": [0.9, 1.0]}

CASES = {
    "C04": {
        "TRUE": {"mean": mean, "graded": GRADED, "terms": TERMS, "live": {"new": 0.85, "familiar": 0.95}},
        "the terms are learned with the wordings alone": {
            "terms": TERMS | {"new": [0.1, 0.4]},
            "live": {"new": 0.3, "familiar": 0.95},
        },
        "one seed learned no terms": {"terms": TERMS | {"familiar": [0.9, 0.2]}},
        "the base has the terms already": {"graded": GRADED | {("support", "base"): graded(term=0.9)}},
        "no greeting": {"graded": GRADED | {("familiar", "SFT"): graded(guideline=0.1)}},
    },
}
