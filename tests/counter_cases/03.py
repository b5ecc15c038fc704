"""Worlds for the claims of lesson 03."""

from types import SimpleNamespace

MASKS = ("full sequence", "completion", "assistant")
GROUPS = {"50 rows, 16 steps": "50 rows", "50 rows, 28 steps": "50 rows, 7 epochs", "100 rows, 28 steps": "100 rows"}
FEW, LONG, MORE = GROUPS


def picture(trained, replies=30):
    counts = [{"role": "user", "trained": trained}, {"role": "assistant", "trained": replies}]
    return {"messages, assistant_only_loss": SimpleNamespace(counts=lambda: counts)}


END = ("assistant", "its <|im_end|>")
SCORES = {(group, mask): [0.95, 0.96] for group in GROUPS for mask in MASKS} | {(FEW, "full sequence"): [0.4, 0.5]}
ENDED = {"padding trained": 0.95, "every pad token masked": 0.0}

CASES = {
    "C14": {
        "TRUE": {"share_templated": 1.0, "without": "refused: no template"},
        "one row is written otherwise": {"share_templated": 0.99},
        "no template was applied": {"share_templated": 0.0},
        "contents are joined without a template": {"without": "rows were made"},
    },
    "C15": {
        "TRUE": {"before": {END: 9.0}, "after": {END: 0.1}, "new_before": 9.0, "new_after": 1.0},
        "the base knew the mark": {"before": {END: 0.5}},
        "the mark was not learned": {"after": {END: 6.0}},
        "the new row knew the mark already": {"new_before": 0.5},
        "training leaves the new row empty": {"new_after": 9.0},
    },
    "C16": {
        "TRUE": {"same_tokens": 1.0, "prompt_trained": {"joined": 40, "paired": 0}},
        "the two give other tokens": {"same_tokens": 0.5},
        "the prompt is not trained": {"prompt_trained": {"joined": 0, "paired": 0}},
        "pairs train the prompt, too": {"prompt_trained": {"joined": 40, "paired": 40}},
    },
    "C17": {
        "TRUE": {"pictures": picture(0), "scores": SCORES, "MASKS": MASKS, "groups": GROUPS},
        "the mask was left out": {"pictures": picture(25)},
        "nothing is trained at all": {"pictures": picture(0, replies=0)},
        "no mask is better with few steps": {"scores": SCORES | {(FEW, "full sequence"): [0.95, 0.95]}},
        "no run has learned anything": {"scores": dict.fromkeys(SCORES, [0.0, 0.0])},
        "one of the two masks is no better": {"scores": SCORES | {(FEW, "assistant"): [0.4, 0.5]}},
        "with more steps the same rows still differ": {"scores": SCORES | {(LONG, "full sequence"): [0.5, 0.5]}},
        "with more rows they still differ": {"scores": SCORES | {(MORE, "full sequence"): [0.5, 0.5]}},
    },
    "C18": {
        "TRUE": {
            "on_padding": 0.6,
            "ended": ENDED,
            "padding_share": {256: 0.6},
            "same_labels": 1.0,
        },
        "it never stops": {"ended": ENDED | {"padding trained": 0.1}},
        "hardly any padding": {"padding_share": {256: 0.1}},
        "padding costs no loss": {"on_padding": 0.05},
        "masking the pad token changes nothing": {"ended": ENDED | {"every pad token masked": 0.9}},
        "TRL's collator masks by the token": {"same_labels": 0.0},
    },
}
