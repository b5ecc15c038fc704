"""What the whole run comes to: steps, epochs, tokens, hours, price, memory, and what a server will need.

Everything is counted from the job and the rows; nothing is measured, and what is estimated says from what.
"""

import math
from typing import TYPE_CHECKING

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
        found.add("warn", "few-steps", says, f"{smaller}\ngradient_accumulation_steps: 1")
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
    """Tokens of the run, and hours and price where a throughput is given."""
    way = report[way_of(job)]
    fed = sum(min(n, job.max_length or n) for n in report.lengths) / max(1, way["rows"])
    at_once = job.per_device_train_batch_size * job.rented.devices * job.gradient_accumulation_steps
    tokens = steps * at_once * fed
    found.facts["tokens"] = f"{tokens:,.0f} in all, padding not counted"
    speed, price = job.rented.tokens_per_second, job.rented.price_per_hour
    if speed:
        hours = tokens / speed / 3600
        paid = f", {hours * price * job.rented.devices:.2f} at {price:g} an hour for each card" if price else ""
        found.facts["time"] = f"{hours:.2g} hours at {speed:g} tokens a second{paid}"
    else:
        found.unjudged.append(
            "hours and price: give --tokens-per-second, as the first steps show it, and --price-per-hour"
        )


def tell_server(job: Job, model: ModelFacts | None, found: Preflight) -> None:
    """What serving the result will need: weights in bfloat16, and the cache of one conversation."""
    if not model or not model.parameters:
        return
    config = model.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or getattr(config, "num_attention_heads", 0)
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    length = job.max_length or model.positions or 1024
    cache = 2 * 2 * config.num_hidden_layers * heads * width * length / 1e9
    adapter = ", the adapter merged or beside them" if job.use_peft else ""
    weights = f"{2 * model.parameters / 1e9:.3g} GB of weights in bfloat16{adapter}"
    found.facts["to serve"] = f"{weights}, {cache:.2g} GB of cache for each talk of {length:,} tokens"
