"""Reads what the long runs have scored: the stored runs that a lesson draws under its own live one.

``scripts/run_sweeps.py``, behind ``make sweeps``, makes them: one file a sweep in ``assets/sweeps``, one entry a
seed. The tuples below are what the lessons compare, in the words of the sweeps' names.
"""

import json
import re
from pathlib import Path

STORE = Path(__file__).parent / "assets" / "sweeps"

# lesson 03: the tokens that the loss is taken on
MASKS = ("full sequence", "completion", "assistant")
# and how a model trained in ChatML is asked
ASKS = {
    "as trained": "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n",
    "a system turn before it": "<|im_start|>system\nYou are a shop clerk.<|im_end|>\n"
    "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n",
    "### Response": "### Instruction:\n{}\n\n### Response:\n",
    "no generation prompt": "<|im_start|>user\n{}<|im_end|>\n",
    "the request alone": "{}",
    "[INST]": "[INST] {} [/INST]",
    "last line break missing": "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant",
}
# lesson 04
RATES = ("2e-5", "1e-4", "5e-4", "1e-3", "2e-3", "5e-3", "1e-2", "3e-2")
EPOCHS = (1, 3, 5, 10, 20)
# lesson 08: adapters, as the arguments of `peft.LoraConfig`
LORA_RATES = ("1e-3", "2e-3", "5e-3", "1e-2")
_ALL = {"lora_alpha": 32, "target_modules": "all-linear"}
ADAPTERS = {
    **{f"LoRA rank {rank}": {"r": rank, **_ALL} for rank in (1, 4, 16, 64)},
    "LoRA on attention": {"r": 16, **_ALL, "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"]},
    # peft's own choice of layers for this architecture, a tutorial's dropout
    "LoRA as published": {"r": 16, **_ALL, "target_modules": ["q_proj", "v_proj"], "lora_dropout": 0.05},
    "LoRA and embeddings": {"r": 16, **_ALL, "modules_to_save": ["embed_tokens"], "ensure_weight_tying": True},
}


def file_of(name: str) -> Path:
    """Where a sweep is stored: "300 rows, gentle" in ``300-rows-gentle.json``."""
    return STORE / (re.sub(r"[^a-z0-9.]+", "-", name.lower().replace(",", "")).strip("-") + ".json")


def stored(name: str) -> list[dict]:
    """The stored runs of a sweep, one dict a seed.

    Each has its scores, the ``seconds`` of training, and "curves": lists of (optimizer step, value) for ``loss``,
    ``grad_norm`` and, where it was measured, ``eval_loss``. Raises ValueError when the sweep has not been run.
    """
    if not file_of(name).exists():
        raise ValueError(
            f"There is no stored sweep {name!r}: run `make sweeps`, or look in {STORE.name}/ for its name."
        )
    return json.loads(file_of(name).read_text(encoding="utf-8"))
