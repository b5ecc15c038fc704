"""Worlds for the claims of lesson 09."""

from course_utils.evaluate import mean


def graded(contradictions):
    return [{"contradictions": contradictions}] * 4


GRADES = {"as in training": graded(0.2), "new colours": graded(0.8), "new colours, 5 rows": graded(0.9)}

CASES = {
    "C48": {
        "TRUE": {
            "mean": mean,
            "grades": GRADES,
            "early": [0.9],
            "fair": [0.1],
            "shares": {300: [0.01]},
        },
        "300 rows cure it on familiar sheets": {"grades": GRADES | {"as in training": graded(0.0)}},
        "it copies new values as well": {"grades": dict.fromkeys(GRADES, graded(0.0))},
    },
    "C47": {
        "TRUE": {"differences": (0.0, 0.0), "same": 1.0},
        "other weights were saved": {"differences": (0.1, 0.0)},
        "the checkpoint is another model": {"differences": (0.0, 0.1)},
        "the reloaded model writes otherwise": {"same": 0.2},
    },
}
