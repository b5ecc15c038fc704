"""Worlds for the claims of lesson 03."""

from types import SimpleNamespace


def embedding(rows):
    """A model with so many rows in its embedding matrix."""
    matrix = SimpleNamespace(weight=SimpleNamespace(shape=(rows, 192)))
    return SimpleNamespace(get_input_embeddings=lambda: matrix)


def picture(trained):
    counts = [{"role": "user", "trained": trained}, {"role": "assistant", "trained": 30}]
    return {"messages, assistant_only_loss": SimpleNamespace(counts=lambda: counts)}


END = ("assistant", "its <|im_end|>")
SCORES = {
    (50, "full sequence"): [0.4, 0.5],
    (50, "completion"): [0.9, 0.9],
    (50, "assistant"): [0.9, 0.8],
    (100, "full sequence"): [0.95, 0.95],
    (100, "completion"): [0.96, 0.97],
    (100, "assistant"): [0.96, 0.97],
}
ENDED = {"padding trained": 0.95, "every pad token masked": 0.0}

CASES = {
    "C14": {
        "TRUE": {"share_templated": 1.0},
        "one row is written otherwise": {"share_templated": 0.99},
        "no template was applied": {"share_templated": 0.0},
    },
    "C15": {
        "TRUE": {"grown": embedding(2049), "base": embedding(2048), "before": {END: 9.0}, "after": {END: 0.1}},
        "no row was added": {"grown": embedding(2048)},
        "the base knew the mark": {"before": {END: 0.5}},
        "the mark was not learned": {"after": {END: 6.0}},
    },
    "C16": {
        "TRUE": {"same_tokens": 1.0, "prompt_trained": {"joined": 40, "paired": 0}},
        "the two give other tokens": {"same_tokens": 0.5},
        "the prompt is not trained": {"prompt_trained": {"joined": 0, "paired": 0}},
        "pairs train the prompt, too": {"prompt_trained": {"joined": 40, "paired": 40}},
    },
    "C17": {
        "TRUE": {"pictures": picture(0), "scores": SCORES},
        "the mask was left out": {"pictures": picture(25)},
        "no mask is better with few steps": {"scores": SCORES | {(50, "full sequence"): [0.9, 0.9]}},
        "nothing was trained": {"scores": dict.fromkeys(SCORES, [0.0, 0.0])},
        "with twice the rows they still differ": {"scores": SCORES | {(100, "full sequence"): [0.5, 0.5]}},
    },
    "C18": {
        "TRUE": {
            "texts": range(10),
            "real": 900,
            "ended": ENDED,
            "padding_share": {256: 0.6},
            "same_labels": 1.0,
        },
        "it never stops": {"ended": ENDED | {"padding trained": 0.1}},
        "hardly any padding": {"padding_share": {256: 0.1}, "real": 2400},
        "masking the pad token changes nothing": {"ended": ENDED | {"every pad token masked": 0.9}},
        "TRL's collator masks by the token": {"same_labels": 0.0},
    },
}
