"""Worlds for the lines of lesson 12, which has no claim of the ledger: see `tests/test_lines.py`."""

CASES = {}

RUNGS = ("as it is", "batch 4, four times", "checkpointing", "LoRA", "all three")
PEAKS = dict(zip(RUNGS, (1000.0, 300.0, 700.0, 950.0, 200.0)))
TRIED = ("as it is", "LoRA", "checkpointing", "batch 4, eight times")
HELPED = dict(zip(TRIED, (False, False, True, True)))
ERRORS = {
    "none": "element 0 of tensors does not require grad and does not have a grad_fn",
    "inputs need a gradient": "28 of 28 matrices have a gradient",
    "the newer way": "28 of 28 matrices have a gradient",
}


class Job:
    """What a cell reads of a `Fit`."""

    def __init__(self, total, **moments):
        self.total, self.moments, self.parameters = total, moments, 2_000_000


def ladder(peaks, off=1.0):
    """The rows of the ladder's table; every second prediction is off by a factor."""
    told = [peak * (off if i % 2 else 1.0) for i, peak in enumerate(peaks.values())]
    return [{"step": step, "measured (MB)": mb, "predicted (MB)": t} for (step, mb), t in zip(peaks.items(), told)]


def jobs(whole, float32, bfloat16):
    """Three ways of training on one card."""
    return {
        "whole model": Job(whole),
        "LoRA, as TRL loads it": Job(float32),
        "LoRA, base in bfloat16": Job(bfloat16),
    }


NAPKIN = {"weights, gradients, averages": 40.0, "activations": 100.0}
STEP = {"loss": {"logits": 0.5, "activations": 0.4}, "optimizer step": {"weights": 0.03}}

# a piece of a cell's source: (the world in which all of its lines hold, others in which a line fails)
LINES = {
    "1000 * said.total / peak": (
        {"said": Job(0.9, **STEP), "peak": 900.0},
        {
            "the prediction is half of the peak": {"peak": 1800.0},
            "the prediction is twice the peak": {"peak": 450.0},
            "the optimizer's step is as high": {"said": Job(0.9, **STEP | {"optimizer step": {"weights": 0.9}})},
        },
    ),
    "six widths": (
        {"napkin": NAPKIN, "by_fit": NAPKIN | {"activations": 115.0}},
        {
            "Adam is left out": {"napkin": NAPKIN | {"weights, gradients, averages": 20.0}},
            "most activations are others": {"by_fit": NAPKIN | {"activations": 300.0}},
        },
    ),
    "both trainers' peaks": (
        {"said_all": Job(0.4), "all_logits": 400.0, "peak": 900.0}
        | {"grows": {"all logits (Trainer)": [1, 2, 4, 15], "tiles (SFTTrainer)": [0.5, 0.6, 0.8, 1.0]}},
        {
            "all logits take twice what was said": {"all_logits": 800.0, "peak": 2000.0},
            "tiles take less on the small model too": {"peak": 300.0},
            "tiles grow as all logits do": {"grows": {"all logits (Trainer)": [1] * 4, "tiles (SFTTrainer)": [1] * 4}},
        },
    ),
    "of the cases kept aside": (
        {"error": {"kept aside": [0.02] * 14}},
        {
            "one case is missed": {"error": {"kept aside": [0.02] * 13 + [0.3]}},
            "hardly any case was kept aside": {"error": {"kept aside": [0.02] * 3}},
        },
    ),
    "the whole model is far from fitting": (
        {"jobs": jobs(66.0, 21.0, 12.0)},
        {
            "everything fits": {"jobs": jobs(20.0, 18.0, 12.0)},
            "nothing fits": {"jobs": jobs(66.0, 60.0, 40.0)},
            "half the bytes save nothing": {"jobs": jobs(66.0, 12.0, 12.0)},
        },
    ),
    "goes out of memory": (
        {"helped": HELPED, "unseen": (0, 1)},
        {
            "the limit is too wide": {"helped": dict.fromkeys(TRIED, True)},
            "LoRA helps": {"helped": HELPED | {"LoRA": True}},
            "checkpointing does not help": {"helped": HELPED | {"checkpointing": False}},
            "a smaller batch does not help": {"helped": HELPED | {"batch 4, eight times": False}},
        },
    ),
    "each step of the ladder": (
        {"ladder": ladder(PEAKS, 1.05), "peak": 1000.0},
        {
            "every second rung is missed": {"ladder": ladder(PEAKS, 1.5)},
            "nothing helps": {"ladder": ladder(dict.fromkeys(RUNGS, 1000.0))},
            "LoRA halves it": {"ladder": ladder(PEAKS | {"LoRA": 500.0})},
        },
    ),
    "a base in four bits takes": (
        {"in_four": 2_400_000, "by_rule_in_four": 2.5, "whole_base": 8_600_000},
        {
            "nothing was packed": {"in_four": 8_600_000},
            "the rule forgets the embedding": {"by_rule_in_four": 1.0},
        },
    ),
    "no gradient to follow": (
        {"tries": ERRORS, "fates": {"as it is": "IndexError: index out of range in self", "resized": "answers"}},
        {
            "the older way works": {"tries": ERRORS | {"none": "28 of 28 matrices have a gradient"}},
            "a remedy gives zeros": {"tries": ERRORS | {"the newer way": "0 of 28 matrices have a gradient"}},
            "the new token is read without a row": {"fates": {"as it is": "answers", "resized": "answers"}},
        },
    ),
    "drawn at random compute": (
        {"padding": {"drawn at random": 0.4, "of like length together": 0.01}},
        {
            "all rows are of one length": {"padding": {"drawn at random": 0.0, "of like length together": 0.0}},
            "sorting does nothing": {"padding": {"drawn at random": 0.4, "of like length together": 0.4}},
        },
    ),
    "a checkpoint holds": (
        {"on_disk": 12.0},
        {"gradients are saved": {"on_disk": 16.0}, "averages are not": {"on_disk": 4.0}},
    ),
}
