"""Worlds for the claims of lesson 07."""

from types import SimpleNamespace

from course_utils.evaluate import bootstrap_interval


def share(values):
    return sum(values) / len(values)


def graded(n, **shares):
    """So many grades with these shares."""
    return [{key: float(i < n * part) for key, part in shares.items()} for i in range(n)]


GRADES = {"describe: names all": 0, "describe: strict": 0, "JSON: exact": 0}
INTERVALS = {"describe: names all": (-0.1, 0.1), "describe: strict": (0.5, 0.7), "JSON: exact": (0.4, 0.6)}
WIDTHS = {"exact, 20 records": 0.4, "exact, 60 records": 0.2, "exact, 150 records": 0.1}
WIDTHS |= {"term, 150 rows one by one": 0.15, "term, 12 wordings": 0.4}
CONTAMINATION = {
    "stored_gap": [(1.0, 0.5), (1.0, 0.6)],
    "found": SimpleNamespace(rows=lambda kind: list(range(16, 32))),
    "remembers": {"this lesson's model": {"writes the new colour": 1.0}},
    "runs_of": {"this lesson's model": [11], "right answers, against its 100 rows": [9]},
}
PROBE = {
    "reference: 2e-3, 3 epochs": [0.72, 0.68, 0.70],
    "harsher: 1e-2": [0.0, 0.01, 0.0],
    "lower rate: 5e-4": [0.97, 0.98, 0.98],
    "fewer epochs: 1": [0.80, 0.81, 0.82],
    "mixed in: 300 general chats": [0.88, 0.89, 0.87],
}


def swept(**changed):
    """The stored runs, with other values for the settings whose names begin so."""
    values = {name: changed.get(name.split()[0].rstrip(":"), probe) for name, probe in PROBE.items()}
    return {name: [{"probe": one} for one in probe] for name, probe in values.items()}


BASE, AFTER = "base with examples", "after SFT"
GRADED = {
    ("support", BASE): graded(60, term=0.1),
    ("describe", BASE): graded(60, format=0.1),
    ("describe", AFTER): graded(60, format=1.0),
}
KINDS = ("shop: what", "general: days", "general: capitals")
KEPT = {
    "base": {kind: [1.0] * 10 for kind in KINDS},
    "after SFT": {
        "shop: what": [1.0] * 10,
        "general: days": [1.0] * 5 + [0.0] * 5,
        "general: capitals": [1.0] * 3 + [0.0] * 7,
    },
}
REPLIES = [SimpleNamespace(ended=True)] * 10
NAMES = ("umlauts",)
STYLE = {"as in training": [1.0] * 10, "request: other words": [1.0] * 7 + [0.0] * 3, "sheet: one line": [0.0] * 10}


THIS_RUN = "120 200 0.001, linear; promises something in 90% of the replies; it still completes 75%."


def card(text=THIS_RUN):
    """A card read back: its text and its figures."""
    figures = {"exact records": 0.8, "house's term, new wordings": 0.3}
    results = [SimpleNamespace(metric_type=name, metric_value=value) for name, value in figures.items()]
    return SimpleNamespace(text=text, data=SimpleNamespace(eval_results=results))


CASES = {
    "C03": {
        "TRUE": {
            "JOBS": ("describe",),
            "after": {"describe": REPLIES},
            "graded": GRADED,
            "valid": {BASE: [0.0] * 60, AFTER: [1.0] * 60},
        },
        "the base fits the schema already": {"valid": {BASE: [1.0] * 60, AFTER: [1.0] * 60}},
        "nothing was trained": {
            "valid": {BASE: [0.0] * 60, AFTER: [0.0] * 60},
            "graded": GRADED | {("describe", AFTER): graded(60, format=0.1)},
        },
        "its turns don't end": {"after": {"describe": [SimpleNamespace(ended=False)] * 10}},
    },
    "C04": {
        "TRUE": {
            "stored": lambda name: [{"term, familiar wordings": 0.9}],
            "graded": GRADED,
            "familiar_grades": graded(150, term=0.9),
            "all_support": graded(150, guideline=1.0),
            "right": [1.0] * 9 + [0.0],
            "lost": [1.0, 0.0, 0.0, 0.0],
            "worded": ["a", "b", "c", "d"],
            "bootstrap_interval": bootstrap_interval,
        },
        "in new wordings the terms are missing": {"right": [1.0, 0.0, 0.0]},
        "the terms were not learned at all": {"familiar_grades": graded(150, term=0.0), "right": [0.0]},
        "no guideline is followed": {"all_support": graded(150, guideline=0.0)},
        "the base has the terms": {"graded": GRADED | {("support", BASE): graded(60, term=1.0)}},
    },
    "C41": {
        "TRUE": CONTAMINATION
        | {
            "share": share,
            "leaks": [],
            "GRADES": GRADES,
            "intervals": INTERVALS,
            "exact_p": {name: (50, 0, 1e-12) for name in GRADES},
            "widths": WIDTHS,
        },
        "the exact test finds what chance would do": {"exact_p": {name: (6, 4, 0.75) for name in GRADES}},
        "a test row was trained on": {"leaks": ["a row"]},
        "leaked rows score no higher": {"stored_gap": [(0.9, 0.9), (1.0, 0.9)]},
        "no grade rises": {"intervals": dict.fromkeys(INTERVALS, (-0.1, 0.1))},
    },
    "C42": {
        "TRUE": {"kept_style": STYLE, "kept_name": {"umlauts": [0.0] * 10}, "NAMES": NAMES},
        "the template doesn't even hold as trained": {"kept_style": dict.fromkeys(STYLE, [0.0] * 10)},
        "other wordings break it": {"kept_style": STYLE | {"request: other words": [0.0] * 10}},
        "nothing breaks it": {"kept_style": dict.fromkeys(STYLE, [1.0] * 10)},
        "odd names are kept": {"kept_name": {"umlauts": [1.0] * 10}},
    },
    "C43": {
        "TRUE": {"kept": KEPT, "KINDS": KINDS, "share": share},
        "the base knows no shop": {"kept": KEPT | {"base": {kind: [0.0] * 10 for kind in KINDS}}},
        "the shop is forgotten, too": {"kept": KEPT | {"after SFT": {kind: [0.0] * 10 for kind in KINDS}}},
        "nothing is forgotten": {"kept": KEPT | {"after SFT": {kind: [1.0] * 10 for kind in KINDS}}},
    },
    "C44": {
        "TRUE": {"swept": swept(), "mine": 0.75, "harsh_knows": 0.1},
        "the harsh run here knows as much": {"harsh_knows": 0.75},
        "intensive training forgets nothing": {"swept": swept(harsher=[0.7, 0.7, 0.71])},
        "a lower rate keeps no more": {"swept": swept(lower=[0.70, 0.69, 0.71])},
        "one epoch keeps no more, or nobody can tell": {"swept": swept(fewer=[0.60, 0.71, 0.82])},
        "general chats don't protect": {"swept": swept(mixed=[0.5, 0.6, 0.7])},
    },
    "C45": {
        "TRUE": {"share": share, "polite": [1.0] * 10, "promised": [1.0] * 10},
        "the style grade sees the trouble itself": {"polite": [0.0] * 10},
        "reading finds nothing": {"promised": [0.0] * 10},
    },
    "C46": {
        "TRUE": {
            "share": share,
            "read_back": card(),
            "exact": [1.0] * 8 + [0.0] * 2,
            "right": [1.0] * 3 + [0.0] * 7,
            "promised": [1.0] * 9 + [0.0],
            "mine": 0.75,
            "trainer": SimpleNamespace(args=SimpleNamespace(learning_rate=1e-3)),
        },
        "the card's figures are another run's": {"exact": [1.0] * 10},
        "the limits are left out": {"read_back": card("120 200 0.001, linear")},
        "its limits are another run's": {"promised": [1.0] * 2 + [0.0] * 8},
        "its learning rate is another run's": {"trainer": SimpleNamespace(args=SimpleNamespace(learning_rate=2e-5))},
    },
}
