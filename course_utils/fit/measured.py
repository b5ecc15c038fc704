"""The measured peaks that the rules are judged by, and what the rules say of the same cases.

`scripts/measure_memory.py` makes them again. The file knows nothing of how they are measured.
"""

import json

from ..session import ASSETS
from .report import Fit, fit

STORED = {"cpu": ASSETS / "memory_cpu.jsonl", "gpu": ASSETS / "memory_gpu.jsonl"}


def measured(device: str = "cpu") -> list[dict]:
    """The stored cases of a kind of device, none when nothing was measured there.

    Each holds its settings, ``group`` ("settled on" or "kept aside"), ``peak_bytes`` and, on a GPU, the ``card``.
    """
    path = STORED[device]
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def predicted(case: dict) -> Fit:
    """What `fit` says of a stored case."""
    settings = {key: case[key] for key in ("batch", "method", "packing", "accumulation", "dtype") if key in case}
    settings |= {key: case[key] for key in ("full_logits", "optimizer") if key in case}
    return fit(
        case["config"],
        [case["length"], case.get("shortest") or case["length"]],
        max_length=case["length"],
        checkpointing=case.get("checkpointing", False),
        precision=case.get("precision", "fp32"),
        card=case.get("card_gb", "cpu"),
        **settings,
    )
