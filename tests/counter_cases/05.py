"""Worlds for the claims of lesson 05."""

from types import SimpleNamespace

from course_utils import data


def runs(*scores):
    """Stored runs, one a seed."""
    return [{"strict": score} for score in scores]


MEASURED = {
    "nothing packed": {"loss": 0.1, "rows": 24},
    "bfd, eval_packing=False": {"loss": 0.1, "rows": 24},
    "wrapped, evaluation too": {"loss": 1.0, "rows": 3},
    "only evaluation packed": {"loss": 1.0, "rows": 3},
}
ERRORS = dict.fromkeys(("this course's base", "Llama", "Qwen3", "Mistral", "GPT-2"), 1e-6) | {"OPT": 0.5, "BLOOM": 0.5}
BORDERED = runs(0.9, 0.95, 0.93, 0.92, 0.94)
LEAKS = {"wrapped: no position ids": 30, "bfd, called with a cache": 30}
PRODUCTS = [dict.fromkeys(data.COLUMNS, f"product {i}") for i in range(24)]


def fields(packs, segments=6):
    """A trainer whose rows are these packs, as texts, with so many rows in each."""
    columns = {"input_ids": packs, "seq_lengths": [[100] * segments] * len(packs)}
    return SimpleNamespace(processing_class=SimpleNamespace(decode=lambda ids: ids), train_dataset=columns)


WHOLE = ["\n".join(" ".join(row.values()) for row in PRODUCTS[i : i + 6]) for i in range(0, 24, 6)]

CASES = {
    "C27": {
        "TRUE": {
            "losses": {"packed": [0.104] * 5, "padded": [0.1] * 5},
            "seeds": {"packed": [0.9] * 5, "padded": [0.9] * 5},
            "report": {"bfd": {"speedup": 2.8}},
            "speed": {"packed": 2.0, "padded": 1.0},
            "uniform": {"bfd": {"speedup": 1.05}},
        },
        "packing saves nothing": {"report": {"bfd": {"speedup": 1.0}}, "speed": {"packed": 1.0, "padded": 1.0}},
        "the loss suffers": {"losses": {"packed": [0.3] * 5, "padded": [0.1] * 5}},
        "the loss suffers as much as from wrapping": {"losses": {"packed": [0.096] * 5, "padded": [0.07] * 5}},
        "rows of equal length gain as much": {"uniform": {"bfd": {"speedup": 2.8}}},
        "the score suffers": {"seeds": {"packed": [0.5] * 5, "padded": [0.9] * 5}},
    },
    "C28": {
        "TRUE": {"reached": {"8 packs": 40, "8 rows": 5}, "runs": {"8 packs a step": runs(0.0, 0.1)}},
        "as many epochs either way": {"reached": {"8 packs": 5, "8 rows": 5}},
        "few steps are enough": {"runs": {"8 packs a step": runs(0.9, 0.9)}},
    },
    "C29": {
        "TRUE": {"measured": MEASURED},
        "the setting is ignored": {"measured": MEASURED | {"bfd, eval_packing=False": {"loss": 0.4, "rows": 3}}},
        "a packed evaluation measures the same": {
            "measured": MEASURED | {"wrapped, evaluation too": {"loss": 0.1, "rows": 3}}
        },
    },
    "C30": {
        "TRUE": {
            "data": data,
            "fields": fields(WHOLE),
            "products": PRODUCTS,
            "two_columns": PRODUCTS,
        },
        "two columns are packed without a function": {"two_columns": PRODUCTS[:9]},
        "nothing is packed": {"fields": fields([" ".join(row.values()) for row in PRODUCTS], segments=1)},
        "the rows of a pack run into one": {"fields": fields(WHOLE, segments=1)},
        "a field is lost": {"fields": fields([pack.replace("product 7", "") for pack in WHOLE])},
    },
    "C31": {
        "TRUE": {
            "errors": ERRORS,
            "leaks": LEAKS,
            "compared": {"packed": BORDERED, "packed without borders": runs(0.8, 0.85, 0.7, 0.6, 0.75)},
        },
        "packed rows see each other": {"errors": ERRORS | {"Llama": 0.5}},
        "no architecture leaks": {"errors": ERRORS | {"OPT": 1e-6, "BLOOM": 1e-6}},
        "no strategy leaks": {"leaks": dict.fromkeys(LEAKS, 0)},
        "the score doesn't care": {"compared": {"packed": BORDERED, "packed without borders": BORDERED}},
        "only one seed loses by it": {
            "compared": {"packed": BORDERED, "packed without borders": runs(0.9, 0.95, 0.3, 0.92, 0.95)}
        },
        "some seeds gain by it": {
            "compared": {"packed": BORDERED, "packed without borders": runs(0.95, 0.99, 0.3, 0.2, 0.2)}
        },
    },
}
