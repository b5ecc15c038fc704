"""Worlds for the claims of lesson 02."""

from types import SimpleNamespace

from course_utils.evaluate import mean


def runs(*scores):
    """Stored runs, one a seed."""
    return [{"strict": score} for score in scores]


def report(*rows, n=100):
    """A report that accuses these rows."""
    return SimpleNamespace(rows=lambda: list(rows), n=n)


def graded(strict):
    return [{"strict": float(i < 10 * strict)} for i in range(10)]


RAW = [{column: "007" for column in "abcde"}] * 4
CARELESS = [{column: 7 for column in "abcde"}] * 4
DOSES = {kind: {0: runs(0.96, 0.97), 75: runs(0.1, 0.2)} for kind in ("slipped", "terse")}
BY_ROWS = {0: [0.0], 5: [0.3, 0.4], 300: [0.98, 1.0], 3000: [0.99, 1.0]}
LIVE = {5: ([], graded(0.3)), 300: ([], graded(1.0))}

CASES = {
    "C08": {
        "TRUE": {"form": report(3, 4, 5, 6), "outcome": [{"SFTTrainer": "trained"}] * 2},
        "a broken row goes unnamed": {"form": report(3, 4, 5)},
        "a whole row is named": {"form": report(0, 3, 4, 5, 6)},
        "the trainer refuses each of them": {"outcome": [{"SFTTrainer": "ValueError"}] * 4},
    },
    "C09": {
        "TRUE": {
            "mean": mean,
            "doses": DOSES,
            "quality": {"clean": graded(1.0), "half slipped": graded(0.3)},
            "mixed": [0.94, 0.95],
        },
        "slipped rows do no harm": {"doses": DOSES | {"slipped": {0: runs(0.96), 75: runs(0.95)}}},
        "terse rows do no harm": {"doses": DOSES | {"terse": {0: runs(0.96), 75: runs(0.95)}}},
        "the clean rows teach nothing either": {"doses": {kind: {0: runs(0.1), 75: runs(0.1)} for kind in DOSES}},
        "in the learner's own runs nothing happens": {"quality": {"clean": graded(0.9), "half slipped": graded(0.9)}},
    },
    "C10": {
        "TRUE": {
            "typed": RAW,
            "careless": [{c: 7 for c in "abcde"}] * 4,
            "again": RAW,
            "raw": RAW,
            "same": [True] * 20,
        },
        "a row is lost": {"again": RAW[:3]},
        "a cell is changed": {"same": [True] * 19 + [False]},
        "a reader that guesses loses nothing": {"careless": RAW},
    },
    "C11": {
        "TRUE": {
            "clean_report": report(),
            "kept_report": report(),
            "found": {"leak": 18, "empty": 18},
            "planted": range(36),
            "imbalance": SimpleNamespace(rows=[1]),
        },
        "half of the defects stay unseen": {"found": {"leak": 18, "empty": 0}},
        "clean rows are accused": {"clean_report": report(*range(20))},
        "what is kept is still spoiled": {"kept_report": report(7)},
        "a lopsided set passes": {"imbalance": SimpleNamespace(rows=[])},
    },
    "C12": {
        "TRUE": {"mean": mean, "by_rows": BY_ROWS, "live": LIVE},
        "five rows are as good as none": {"by_rows": BY_ROWS | {5: [0.0, 0.4]}},
        "300 rows are as good as five": {"by_rows": BY_ROWS | {300: [0.3, 0.4]}},
        "ten times as many rows help a lot": {"by_rows": BY_ROWS | {300: [0.9, 0.91], 3000: [1.0, 1.0]}},
        "in the learner's run 300 rows teach nothing": {"live": LIVE | {300: ([], graded(0.0))}},
    },
}
