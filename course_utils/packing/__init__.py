"""`packing_report(dataset, tokenizer)` says beforehand what packing would buy; `isolation_error` tries a model."""

from .drawing import draw_batches
from .packs import isolation_error, packs_of, padding_share
from .report import ASSUMPTION, STRATEGIES, PackingReport, packing_report

__all__ = [
    "ASSUMPTION",
    "STRATEGIES",
    "PackingReport",
    "draw_batches",
    "isolation_error",
    "packing_report",
    "packs_of",
    "padding_share",
]
