"""`fit`: gigabytes by part, the largest batch for a card, what to switch on first; and `cost`: hours and money.

A card's size is what its maker names, in gigabytes of 10^9 bytes; one tenth of it is left free, for the CUDA context
and for what the allocator can't use. Speed is not predicted: throughput is measured by a short run and given to
`cost`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import rules
from .shape import KNOWN, config_of, shape_of

# Gigabytes as in the makers' data sheets; rented machines are mostly named by these.
CARDS = {
    "T4": 16, "L4": 24, "A10G": 24, "RTX 3090": 24, "RTX 4090": 24, "RTX 5090": 32, "L40S": 48, "A6000": 48,
    "A100-40GB": 40, "A100-80GB": 80, "H100": 80, "H200": 141,
}  # fmt: skip
ROOM = 0.9  # the share of a card that tensors may fill
METHODS = ("full", "lora", "qlora", "serve")
LARGEST = 4096  # no larger batch is tried


@dataclass(frozen=True)
class Fit:
    """What a run needs on each device, in gigabytes (10^9 bytes) by part, at the moment of its peak.

    ``moment`` names that moment and ``moments`` holds the parts at the others too. ``fits`` and ``largest_batch`` are
    None without a card; ``largest_batch`` is 0 where not even one row fits. ``advice`` are lines for the YAML of
    `trl sft --config`, the cheapest first, each with what is needed once it is set too; ``notes`` say what the rules
    could not judge.
    """

    method: str
    parameters: int
    trained: int
    batch: int
    length: int
    weights: float
    gradients: float
    optimizer: float
    activations: float
    logits: float
    cache: float
    moment: str
    moments: dict[str, dict[str, float]]
    card: str | None = None
    card_gb: float | None = None
    fits: bool | None = None
    largest_batch: int | None = None
    advice: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def total(self) -> float:
        """Gigabytes at the peak."""
        return sum(self.parts().values())

    def parts(self) -> dict[str, float]:
        """Gigabytes of each part at the peak."""
        return {part: getattr(self, part) for part in rules.PARTS}

    def __str__(self) -> str:
        lines = [f"{part:<12} {gb:8.2f} GB" for part, gb in self.parts().items() if gb]
        lines.append(f"{'together':<12} {self.total:8.2f} GB at its peak, the {self.moment}")
        if self.card:
            verdict = "fits" if self.fits else "does not fit"
            lines.append(f"{self.card}: {verdict} ({self.card_gb:g} GB), largest batch {self.largest_batch}")
        return "\n".join([*lines, *self.advice, *self.notes])


def fit(
    config: str | Path | Mapping,
    lengths: int | Sequence[int],
    *,
    method: str = "full",
    batch: int = 8,
    packing: bool = False,
    max_length: int | None = 1024,
    checkpointing: bool = True,
    accumulation: int = 1,
    precision: str = "bf16",
    dtype: str = "float32",
    optimizer: str = "adamw_torch_fused",
    rank: int = 16,
    targets: str | Sequence[str] = "all-linear",
    dropout: float = 0.05,
    attention: str = "sdpa",
    full_logits: bool = False,
    card: str | float | None = None,
    devices: int = 1,
) -> Fit:
    """Predict the memory of a fine-tune from its model's `config.json` and the lengths of its rows.

    The defaults are those of TRL's `SFTConfig` and of PEFT, so that what a YAML file leaves out can be left out here.
    The batch is judged by the longest row: sooner or later it is drawn.

    Args:
        config: see `config_of`.
        lengths: tokens of each row, template included; or one number for all.
        method: "full", "lora", "qlora" (four bits, NF4), or "serve" (answering: `lengths` are prompt and answer).
        batch: rows, or with packing packs, on one device at once.
        packing: rows are laid together up to `max_length`.
        max_length: longer rows are cut to so many tokens; None cuts none.
        checkpointing: activations are computed again on the way back.
        accumulation: batches to a step.
        precision: "bf16" or "fp16" compute in half precision by autocast, "fp32" does not.
        dtype: what weights are loaded in. TRL's default is float32, also for a frozen base.
        optimizer: a name of `optim`; an Adam, one in 8 bits, or "sgd".
        rank, targets, dropout: the adapter's; `targets` are names of matrices, or "all-linear".
        attention: "sdpa", or a name with "flash" in it, which needs no mask.
        full_logits: all logits at once, as transformers' own `Trainer` computes its loss.
        card: a name in `CARDS`, such as "L4" or "24GB", a number of gigabytes, or "cpu" for this machine's memory.
        devices: cards among which weights, gradients and optimizer are shared out (FSDP2, ZeRO-3).

    Raises:
        ValueError: something given is unknown or impossible, in one sentence.
    """
    run, known = _run_of(
        shape_of(config_of(config)), lengths, method, batch, packing, max_length, checkpointing, accumulation,
        precision, dtype, optimizer, rank, targets, dropout, attention, full_logits, card, devices,
    )  # fmt: skip
    name, size = _card(card)
    moments = _gigabytes(run)
    moment = max(moments, key=lambda at: sum(moments[at].values()))
    total = sum(moments[moment].values())
    fits = None if size is None else total <= ROOM * size
    return Fit(
        method, run.shape.parameters, run.shape.parameters if run.full else run.adapter, run.batch, run.length,
        **moments[moment], moment=moment, moments=moments, card=name, card_gb=size, fits=fits,
        largest_batch=None if size is None else _largest(run, ROOM * size),
        advice=[] if fits is not False else _advice(run, ROOM * size), notes=known,
    )  # fmt: skip


def _run_of(
    shape, lengths, method, batch, packing, max_length, checkpointing, accumulation, precision, dtype, optimizer, rank,
    targets, dropout, attention, full_logits, card, devices,
) -> tuple[rules.Run, list[str]]:  # fmt: skip
    """The settings as the rules want them, and what could not be judged."""
    lengths = [lengths] if isinstance(lengths, int) else list(lengths)
    wrong = [i for i, n in enumerate(lengths, 1) if isinstance(n, bool) or not isinstance(n, int) or n < 1]
    if not lengths or wrong:
        row = f"row {wrong[0]} has {str(lengths[wrong[0] - 1])[:20]!r}" if wrong else "there are none"
        raise ValueError(f"lengths should be the rows' numbers of tokens, 1 or more: {row}.")
    whole = {"batch": batch, "accumulation": accumulation, "rank": rank, "devices": devices, "max_length": max_length}
    for name, value in whole.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise ValueError(f"{name} is {str(value)[:30]!r}: give a whole number, 1 or more.")
    bytes_of = {"float32": 4, "bfloat16": 2, "float16": 2}
    choices = (("method", method, METHODS), ("precision", precision, ("bf16", "fp16", "fp32")))
    for name, value, known in (*choices, ("dtype", dtype, tuple(bytes_of))):
        if value not in known:
            raise ValueError(f"{name} {str(value)[:30]!r} is not known: choose one of {', '.join(known)}.")
    if packing and max_length is None:
        raise ValueError("packing needs max_length: it says how long a pack may be.")
    notes = [] if shape.kind in KNOWN else [f"{shape.kind} was never compared: read as Llama's kind"]
    if method != "serve" and not ("adam" in optimizer or optimizer == "sgd"):
        notes.append(f"optimizer {optimizer} is counted as Adam")
    if devices > 1:
        notes.append("several devices: these rules were never measured")
    longest = max(lengths) if max_length is None or method == "serve" else min(max(lengths), max_length)
    uneven = min(lengths) < longest
    run = rules.Run(
        shape, method, batch, max_length if packing else longest, packing, uneven, checkpointing, accumulation,
        precision != "fp32", bytes_of[dtype], optimizer, rank, targets, dropout, "flash" in attention, full_logits,
        devices, card == "cpu",
    )  # fmt: skip
    if method in ("lora", "qlora") and not run.adapter:
        names = ", ".join(dict.fromkeys(m.name for m in shape.matrices))
        raise ValueError(f"No matrix is called {str(targets)[:60]!r}: this model has {names}.")
    return run, notes


def _gigabytes(run: rules.Run) -> dict[str, dict[str, float]]:
    found = rules.serving(run) if run.method == "serve" else rules.moments(run)
    return {at: {part: parts[part] / 1e9 for part in rules.PARTS} for at, parts in found.items()}


def _peak(run: rules.Run) -> float:
    return max(sum(parts.values()) for parts in _gigabytes(run).values())


def _card(card: str | float | None) -> tuple[str | None, float | None]:
    """A card's name and gigabytes."""
    if card is None:
        return None, None
    if isinstance(card, int | float) and not isinstance(card, bool) and card > 0:
        return f"{card:g} GB", float(card)
    if card == "cpu":
        import psutil

        return "cpu", psutil.virtual_memory().total / 1e9
    for name, size in CARDS.items():
        if str(card).lower().replace(" ", "") == name.lower().replace(" ", ""):
            return name, float(size)
    number = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*GB\s*", str(card), re.IGNORECASE)
    if number and float(number[1]) > 0:
        return f"{float(number[1]):g} GB", float(number[1])
    raise ValueError(f"No card {str(card)[:30]!r}: give its memory, such as 24GB, or one of {', '.join(CARDS)}.")


def _largest(run: rules.Run, room: float) -> int:
    """The largest batch whose peak stays within so many gigabytes; 0 when one row does not."""
    fitting, too_large = 0, LARGEST + 1
    while too_large - fitting > 1:
        middle = (fitting + too_large) // 2
        if _peak(replace(run, batch=middle)) <= room:
            fitting = middle
        else:
            too_large = middle
    return fitting


def _advice(run: rules.Run, room: float) -> list[str]:
    """Lines of YAML, each on top of those before, the cheapest first, until the run fits."""
    if run.method == "serve":
        batch = _largest(run, room)
        return [f"# answer {batch} at once" if batch else "# load the weights in fewer bits, or take a larger card"]
    lines = []
    for line, change in _ladder(run):
        changed = replace(run, **change)
        if change and _peak(changed) >= 0.99 * _peak(run):
            continue  # what saves nothing here is no advice
        run = changed
        if change:
            lines.append(f"{line}  # then {_peak(run):.1f} GB")
        if _peak(run) <= room:
            return lines
        # a smaller batch, accumulated, takes the same steps; gradients then stay in memory between batches
        batch = 0 if line in FREE else min(_largest(replace(run, accumulation=2), room), run.batch - 1)
        if batch:
            times = -(-run.batch * run.accumulation // batch)
            smaller = _peak(replace(run, batch=batch, accumulation=times))
            lines.append(f"per_device_train_batch_size: {batch}  # then {smaller:.1f} GB")
            return [*lines, f"gradient_accumulation_steps: {times}"]
    return [*lines, "# even so it does not fit: shorter rows (max_length), more cards (FSDP2, ZeRO-3), a smaller model"]


HALF = "dtype: bfloat16"
TILES = "# train with TRL's SFTTrainer, which never holds all logits"
FLASH = "attn_implementation: flash_attention_2"
FREE = (HALF, TILES, FLASH)  # these cost neither time nor exactness


def _ladder(run: rules.Run) -> list[tuple[str, dict]]:
    """Remedies in the order of their price, as a line of YAML and what it changes: what is free, a smaller batch (no
    line), time, an optimizer that rounds, and at last another method."""
    ladder = []
    if not run.full and run.dtype == 4:
        ladder.append((HALF, {"dtype": 2}))
    if run.full_logits:
        ladder.append((TILES, {"full_logits": False}))
    if run.masked and not run.cpu:
        ladder.append((FLASH, {"flash": True}))
    ladder.append(("", {}))
    if not run.checkpointing:
        ladder.append(("activation_checkpointing: true", {"checkpointing": True}))
    if run.full:
        if "8bit" not in run.optimizer and run.optimizer != "sgd":
            ladder.append(("optim: adamw_bnb_8bit", {"optimizer": "adamw_bnb_8bit"}))
        ladder.append(("use_peft: true", {"method": "lora", "optimizer": "adamw_torch_fused"}))
        ladder.append((HALF, {"dtype": 2}))
    if run.method != "qlora":
        ladder.append(("load_in_4bit: true", {"method": "qlora", "dtype": 2}))
    return ladder


def cost(tokens: float, tokens_per_second: float, price_per_hour: float = 0.0) -> dict[str, float]:
    """Hours and money of a run: tokens ÷ throughput × price.

    Args:
        tokens: positions that are computed, over all epochs, padding included.
        tokens_per_second: measured by a short run on the card; no table has it for your model and lengths.
        price_per_hour: of the whole machine, in any currency.

    Raises:
        ValueError: a number is negative, or the throughput is zero.
    """
    for name, value in {
        "tokens": tokens,
        "tokens_per_second": tokens_per_second,
        "price_per_hour": price_per_hour,
    }.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise ValueError(f"{name} is {str(value)[:30]!r}: give a number, zero or more.")
    if not tokens_per_second:
        raise ValueError("tokens_per_second is 0: measure it by a short run on the card.")
    hours = tokens / tokens_per_second / 3600
    return {"hours": hours, "price": hours * price_per_hour}
