"""Worlds for the claims of lesson 00."""

from course_utils.evaluate import mean


def graded(strict):
    return [{"strict": float(i < 10 * strict)} for i in range(10)]


CASES = {
    "C06": {
        "TRUE": {
            "mean": mean,
            "training_seconds": 30.0,
            "memory": 900.0,
            "base_grades": graded(0.0),
            "grades": graded(0.9),
        },
        "nothing was learned": {"grades": graded(0.0)},
        "the base could do it already": {"base_grades": graded(0.9)},
        "it took an hour": {"training_seconds": 3600.0},
        "it took a server's memory": {"memory": 40_000.0},
    },
}
