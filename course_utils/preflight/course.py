"""What the whole run comes to: steps, epochs, tokens, hours, price, memory, and what a server will need.

Everything is counted from the job and the rows; nothing is measured, and what is estimated says from what.
"""

import math
from typing import TYPE_CHECKING

from ..fit import cost, fit
from .data import HALF
from .job import Job
from .model import ModelFacts
from .report import Preflight
from .tokens import way_of

if TYPE_CHECKING:
    from ..packing.report import PackingReport

FEW_STEPS = 20  # below, weights hardly move and warm-up and decay have no room
BY_HEART = 15  # passes over the rows; published recipes take 1 to 5, LIMA (2305.11206) 15 over 1,000 rows


def check_steps(job: Job, report: "PackingReport", rows: int, found: Preflight) -> int:
    """Steps and epochs, and the settings that are counted in steps. Returns the number of optimizer steps."""
    fed = report[way_of(job)]["rows"] * rows / len(report.lengths)
    at_once = job.per_device_train_batch_size * job.rented.devices
    accumulated = job.gradient_accumulation_steps
    per_epoch = max(1, math.ceil(math.ceil(fed / at_once) / accumulated))
    steps = job.max_steps if job.max_steps > 0 else math.ceil(job.num_train_epochs * per_epoch)
    epochs = steps / per_epoch
    each = f"{job.per_device_train_batch_size} a process × {job.rented.devices} × {accumulated} accumulated"
    found.facts["effective batch"] = f"{at_once * accumulated} {'packs' if job.packing else 'rows'}: {each}"
    found.facts["steps"] = f"{steps:,} in all, {per_epoch:,} an epoch, {epochs:.3g} epochs"
    if steps < FEW_STEPS:
        size = max(1, int(at_once * accumulated * steps / (2 * FEW_STEPS) / job.rented.devices))
        smaller = f"per_device_train_batch_size: {min(size, job.per_device_train_batch_size)}"
        says = f"The run makes only {steps} optimizer steps, with {at_once * accumulated} at once."
        fewer = f"{smaller}\ngradient_accumulation_steps: 1"
        found.add("warn", "few-steps", says, "max_steps: -1" if job.max_steps > 0 else fewer)
    if epochs > BY_HEART:
        says = f"The rows are read {epochs:.0f} times over: the model will know them by heart."
        found.add("warn", "by-heart", says, "num_train_epochs: 3" + ("\nmax_steps: -1" if job.max_steps > 0 else ""))
    if job.max_steps > 0 and "num_train_epochs" in job.given and abs(epochs - job.num_train_epochs) > 0.1:
        says = f"max_steps wins over num_train_epochs: {epochs:.2g} epochs, and not {job.num_train_epochs:g}."
        found.add("note", "max-steps", says)
    _check_periods(job, steps, found)
    return steps


def _check_periods(job: Job, steps: int, found: Preflight) -> None:
    def in_steps(value: float) -> float:
        return value * steps if 0 < value < 1 else value

    warmup, logged = in_steps(job.warmup_steps), in_steps(job.logging_steps)
    if warmup > HALF * steps:
        says = f"The warm-up takes {warmup:g} of {steps:,} steps: the learning rate has no time at its height."
        found.add("stop" if warmup >= steps else "warn", "warmup", says)
    if job.eval_strategy == "steps" and in_steps(job.eval_steps or logged) > steps:
        says = f"The job evaluates every {job.eval_steps or logged:g} steps, and makes {steps:,}."
        found.add("stop", "never-evaluated", says)
    if job.logging_strategy == "steps" and logged > steps / 5:
        says = f"The loss is logged every {logged:g} steps, and there are {steps:,}: that is no curve."
        found.add("warn", "hardly-logged", says, f"logging_steps: {max(1, steps // 20)}")


def tell_cost(job: Job, report: "PackingReport", steps: int, found: Preflight) -> None:
    """Tokens of the run, padding included, and hours and price where a throughput is given."""
    way = report[way_of(job)]
    batch = job.per_device_train_batch_size * job.rented.devices * job.gradient_accumulation_steps
    tokens = steps * batch * way["computed"] / max(1, way["rows"])
    found.facts["tokens"] = f"{tokens:,.0f} computed, {way['padding']:.0%} of them padding"
    speed, price = job.rented.tokens_per_second, job.rented.price_per_hour
    if speed:
        spent = cost(tokens, speed, (price or 0.0) * job.rented.devices)
        paid = f", {spent['price']:.2f} at {price:g} an hour for each card" if price else ""
        found.facts["time"] = f"{spent['hours']:.2g} hours at {speed:g} tokens a second{paid}"
    else:
        found.unjudged.append(
            "hours and price: give --tokens-per-second (the first steps show it) and --price-per-hour"
        )


def tell_memory(job: Job, model: ModelFacts | None, lengths: list[int], found: Preflight) -> None:
    """What the run needs by part, and whether that fits the card; the rules are `fit`'s."""
    if not model:
        return
    longest = min(max(lengths), job.max_length or max(lengths))
    off = job.activation_checkpointing is False or job.gradient_checkpointing is False
    try:
        need = fit(
            model.config.to_dict(), lengths, method=job.method, batch=job.per_device_train_batch_size,
            packing=bool(job.packing and job.max_length), max_length=job.max_length, checkpointing=not off,
            accumulation=job.gradient_accumulation_steps, precision=_precision(job),
            dtype=job.dtype if job.dtype in ("float32", "float16") else "bfloat16", optimizer=str(job.optim),
            rank=job.lora_r, targets=job.lora_target_modules or DEFAULT_TARGETS, dropout=job.lora_dropout,
            attention=job.attn_implementation or "sdpa", card=_card(job), devices=_shards(job),
        )  # fmt: skip
    except ValueError as error:
        found.unjudged.append(f"memory: {str(error)[:1].lower()}{str(error)[1:].rstrip('.')}")
        return
    found.parts["fit"] = need
    parts = ", ".join(f"{part} {gb:.2g}" for part, gb in need.parts().items() if gb >= 0.005 * need.total)
    found.facts["memory"] = (
        f"{need.total:.3g} GB at its peak, the {need.moment} ({parts}), by rows of {longest:,} tokens"
    )
    found.unjudged.extend(f"memory: {note}" for note in need.notes)
    if need.card is None:
        found.unjudged.append("whether it fits: name the card, as in --card L4 or --card 24GB")
    elif need.fits:
        found.facts["card"] = f"{need.card}: it fits; the largest batch is {need.largest_batch}"
    else:
        says = (
            f"The run needs {need.total:.3g} GB; the {need.card} has {need.card_gb:g}, and a tenth of them is not free."
        )
        found.add("stop", "no-fit", says, "\n".join(need.advice))


# what PEFT adapts where a job names nothing, in most architectures
DEFAULT_TARGETS = ("q_proj", "v_proj")


def _precision(job: Job) -> str:
    return "fp16" if job.fp16 else "fp32" if job.bf16 is False else "bf16"


def _card(job: Job) -> str | float | None:
    card = job.rented.card
    return float(card) if card and card.replace(".", "", 1).isdigit() else card


def _shards(job: Job) -> int:
    """Among how many cards the model is shared out: all with FSDP or ZeRO-3, else each holds all of it."""
    config = str(job.given.get("accelerate_config") or "")
    return job.rented.devices if job.fsdp or "fsdp" in config or "zero3" in config else 1


def tell_server(job: Job, model: ModelFacts | None, found: Preflight) -> None:
    """What serving the result will need: weights in bfloat16, and the cache of one conversation."""
    length = job.max_length or (model.positions if model else None) or 1024
    try:
        need = model and fit(model.config.to_dict(), length, method="serve", batch=1, dtype="bfloat16", max_length=None)
    except ValueError:
        return
    if need:
        adapter = ", the adapter merged or beside them" if job.use_peft else ""
        held = f"{need.weights:.3g} GB of weights in bfloat16{adapter}"
        found.facts["to serve"] = f"{held}, {need.cache:.2g} GB of cache for each talk of {length:,} tokens"
