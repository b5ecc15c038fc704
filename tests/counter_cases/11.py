"""Worlds for the lines of lesson 11, which has no claim of the ledger: see `tests/test_lines.py`."""

from itertools import product

CASES = {}

WAYS = ("messages", "prompt + completion", "messages, assistant_only_loss")


def mind(first: float, second: float) -> dict:
    return {"first": {"thinks": first}, "second": {"thinks": second}}


END = "the tokenizer's end alone"
MINDS = {
    "template for use": mind(0.0, 1.0),
    "template for training": mind(1.0, 0.5),
    "one row for each reply": mind(1.0, 1.0),
}
CROSSED = list(product(("its own", "ChatML"), repeat=2))
AFTER = {"before": mind(1, 1), "60 plain chats": mind(0, 0), "30 plain chats, 30 with thoughts": mind(1, 1)}
FIRST = {("good", "all"): 0.9, ("good", "last"): 0.0, ("hasty", "all"): 0.0, ("hasty", "last"): 0.9}
TOOLS = ("in every row", "column left out", "with and without")
PLACES = ("in every row", "in every second row")
KEPT = {(place, asking): 1.0 for place in PLACES for asking in ("as trained", "none", "another")} | {
    (PLACES[0], "none"): 0.6
}
# a variable of the cell: the true world, and the worlds in which something else is the case
LINES = {
    "results": (
        {"results": dict(zip(WAYS, (11, 11, 0))), "ends_trained": 2},
        {
            "the mask is taken on the prompt alone": {"results": dict(zip(WAYS, (11, 0, 0)))},
            "results are trained with the marks, too": {"results": dict(zip(WAYS, (11, 11, 11)))},
            "an end stands outside the marks": {"ends_trained": 1},
        },
    ),
    "phantom[": (
        {"right": dict.fromkeys(TOOLS, 0.95), "phantom": dict(zip(TOOLS, (1.0, 1.0, 0.0)))},
        {
            "nothing was learned": {"right": dict.fromkeys(TOOLS, 0.0)},
            "nobody calls what is not there": {"phantom": dict.fromkeys(TOOLS, 0.0)},
            "everybody does": {"phantom": dict.fromkeys(TOOLS, 1.0)},
        },
    ),
    "nulls[": (
        {"nulls": [2, 0]},
        {
            "a data set fills in nothing": {"nulls": [0, 0]},
            "it fills in all the same": {"nulls": [2, 2]},
        },
    ),
    "running[": (
        {"running": {"all ends": 0.0, END: 1.0}, "all_ends": "all ends", "one_end": END},
        {
            "no call is made": {"running": {"all ends": 0.0, END: 0.0}},
            "the ends make no difference": {"running": {"all ends": 1.0, END: 1.0}},
        },
    ),
    'first["good", "all"]': (
        {"first": FIRST},
        {
            "nothing was learned": {"first": dict.fromkeys(product(("good", "hasty"), ("all", "last")), 0.0)},
            "the last reply is enough": {"first": FIRST | {("good", "last"): 0.9}},
            "it matters nowhere what is trained": {
                "first": dict.fromkeys(product(("good", "hasty"), ("all", "last")), 0.9)
            },
        },
    ),
    "kept[": (
        {"kept": KEPT, "system_runs": PLACES},
        {
            "it hangs on the prompt either way": {"kept": KEPT | {(PLACES[1], "none"): 0.2}},
            "it hangs on the prompt nowhere": {"kept": dict.fromkeys(KEPT, 1.0)},
        },
    ),
    "minds[": (
        {"minds": MINDS, "after": AFTER, "blocks": {"60 plain chats": 1.0}},
        {
            "every way thinks": {"minds": dict.fromkeys(MINDS, mind(1, 1))},
            "no way does": {"minds": dict.fromkeys(MINDS, mind(0, 0))},
            "plain chats take nothing away": {"after": dict.fromkeys(AFTER, mind(1, 1))},
            "they teach no empty block": {"blocks": {"60 plain chats": 0.0}},
        },
    ),
    "starts[": (
        {"doubled": 2, "starts": {0: 0.5, 1: 0.95, 2: 0.95, 3: 0.95}},
        {
            "nothing is doubled": {"doubled": 1},
            "a second one spoils all": {"starts": {0: 0.5, 1: 0.95, 2: 0.1, 3: 0.0}},
            "it may be missing": {"starts": {0: 0.95, 1: 0.95, 2: 0.95, 3: 0.95}},
        },
    ),
    "same,": (
        {"same": 1.0, "correct": {"left": [1.0] * 4, "right": [1.0, 0.2, 0.2, 0.2]}},
        {
            "the side does not matter": {"correct": {"left": [1.0] * 4, "right": [1.0] * 4}},
            "only much padding harms": {"correct": {"left": [1.0] * 4, "right": [1.0, 0.9, 0.5, 0.1]}},
            "the left harms as well": {"same": 0.2},
        },
    ),
    "crossed[": (
        {"crossed": dict(zip(CROSSED, (0.9, 0.0, 0.0, 0.9))), "shown_tools": 0},
        {
            "nothing was learned": {"crossed": dict.fromkeys(CROSSED, 0.0)},
            "the new template shows the tools": {"shown_tools": 1},
        },
    ),
}
