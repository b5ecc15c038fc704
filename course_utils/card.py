"""A model card whose figures come from the run: data, parameters, scores with intervals, limits.

huggingface_hub writes the card and its metadata; this file collects the figures from the trainer and from the grades.
It grades nothing itself, and what the model is for and where it fails is for the author to say.
"""

import importlib.metadata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .evaluate import bootstrap_interval

if TYPE_CHECKING:
    from huggingface_hub import ModelCard

# the headings follow Mitchell et al., Model Cards for Model Reporting (2019), shortened
TEMPLATE = """---
{{ card_data }}
---

# {{ title }}

{{ purpose }}

## Data

| rows | trained on |
|--:|:--|
{% for name, rows in data.items() -%}
| {{ "{:,}".format(rows) }} | {{ name }} |
{% endfor %}
Scores were measured on {{ test }}.

## Parameters

| setting | value |
|:--|:--|
{% for name, value in parameters.items() -%}
| {{ name }} | {{ value }} |
{% endfor %}
## Metrics

| score | mean | 95% interval | rows |
|:--|--:|:--|--:|
{% for score in scores -%}
| {{ score.name }} | {{ "%.2f" | format(score.mean) }} | {{ "%.2f to %.2f" | format(score.low, score.high) }} | \
{{ score.rows }} |
{% endfor %}
The intervals are percentile bootstraps over the test rows. They do not say how much another seed would change.

## Limits
{% for limit in limits %}
- {{ limit }}
{%- endfor %}
"""
LIBRARIES = ("torch", "transformers", "trl", "datasets")


def model_card(
    trainer,
    *,
    title: str,
    purpose: str,
    base_model: str,
    data: Mapping[str, int],
    test: str,
    grades: Mapping[str, Sequence[float]],
    limits: Sequence[str],
    license: str = "mit",
) -> "ModelCard":
    """The card of a model that a `Trainer` has trained; ``card.save(path)`` writes it, ``card.text`` is the text.

    Args:
        trainer: after ``train()``; its settings, steps, tokens and seconds become the parameters.
        title, purpose: what the model is called and what it is for, the latter in a sentence or two.
        base_model: the name of what was fine-tuned, as others can find it: no path of one machine.
        data: what it was trained on, with the number of rows.
        test: what the scores were measured on, as the end of a sentence.
        grades: for each score one grade a test row; the mean also goes into the metadata as an evaluation result.
        limits: what it does badly, each as a sentence with a figure you measured.

    Raises:
        ValueError: the trainer has not trained, a score has no grades, or there is no limit.
    """
    if not trainer.state.global_step:
        raise ValueError("This trainer has not trained yet: call trainer.train() first, then write the card.")
    return fill_card(
        parameters(trainer),
        title=title,
        purpose=purpose,
        base_model=base_model,
        data=data,
        test=test,
        grades=grades,
        limits=limits,
        license=license,
    )


def fill_card(
    settings: Mapping[str, str],
    *,
    title: str,
    purpose: str,
    base_model: str,
    data: Mapping[str, int],
    test: str,
    grades: Mapping[str, Sequence[float]],
    limits: Sequence[str],
    license: str = "mit",
) -> "ModelCard":
    """The card of a run whose `settings` are known, as `parameters` or `parameters_of_state` give them.

    The other arguments are `model_card`'s. Raises ValueError when a score has no grades, or when there is no limit.
    """
    from huggingface_hub import EvalResult, ModelCard, ModelCardData

    if not grades:
        raise ValueError("A card without a score tells nobody whether to use the model: grade held-out rows first.")
    if not limits:
        raise ValueError("Every model does something badly: measure it and name it as a limit.")
    scores = []
    for name, values in grades.items():
        low, high = bootstrap_interval(values)
        scores.append({"name": name, "mean": sum(values) / len(values), "low": low, "high": high, "rows": len(values)})
    results = [
        EvalResult(
            task_type="text-generation",
            dataset_type="held-out",
            dataset_name=test,
            metric_type=score["name"],
            metric_value=round(score["mean"], 4),
        )
        for score in scores
    ]
    metadata = ModelCardData(
        language="en",
        license=license,
        base_model=base_model,
        library_name="transformers",
        pipeline_tag="text-generation",
        tags=["sft", "trl"],
        model_name=title,
        eval_results=results,
    )
    return ModelCard.from_template(
        metadata,
        template_str=TEMPLATE,
        title=title,
        purpose=purpose,
        data=data,
        test=test,
        parameters=dict(settings) | {"base model": base_model},
        scores=scores,
        limits=limits,
    )


def parameters(trainer) -> dict[str, str]:
    """What another person needs to repeat a run: the settings that were used, what they came to, the libraries."""
    args, state = trainer.args, trainer.state
    logged = {key: value for entry in state.log_history for key, value in entry.items()}
    batch = args.per_device_train_batch_size * args.gradient_accumulation_steps * args.world_size
    trained = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    every = sum(p.numel() for p in trainer.model.parameters())
    precision = "bf16" if args.bf16 else "fp16" if args.fp16 else str(trainer.model.dtype).removeprefix("torch.")
    found = {
        "trained parameters": f"{trained:,} of {every:,}",
        "learning rate": f"{args.learning_rate:g}, {getattr(args.lr_scheduler_type, 'value', args.lr_scheduler_type)}",
        "warm-up": f"{args.warmup_steps:g} {'of all steps' if 0 < args.warmup_steps < 1 else 'steps'}",
        "epochs": f"{state.epoch:g}",
        "steps": f"{state.global_step:,}",
        "rows a step": f"{batch:,}",
        "longest row": f"{args.max_length} tokens" if getattr(args, "max_length", None) else "no limit",
        "packing": "yes" if getattr(args, "packing", False) else "no",
        "loss on": "replies only" if getattr(trainer, "completion_only_loss", False) else "whole rows",
        "precision": precision,
        "seed": str(args.seed),
    }
    return (
        found
        | _measured(logged)
        | {"libraries": ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)}
    )


def parameters_of_state(state: Mapping[str, object], adapter: Mapping[str, object] | None = None) -> dict[str, str]:
    """What a saved ``trainer_state.json`` still knows of a run, and what ``adapter_config.json`` knows of an adapter.

    That is less than a `trainer` knows: the settings of `SFTConfig` are in no file that is safe to open. Libraries are
    left out, as the run may have had others. Raises ValueError when the state holds no trained step.
    """
    log = state.get("log_history") if isinstance(state, Mapping) else None
    if not isinstance(log, list) or not state.get("global_step"):
        raise ValueError("This state holds no trained step: give the trainer_state.json that the end of a run saved.")
    entries = [entry for entry in log if isinstance(entry, Mapping)]
    logged = {key: value for entry in entries for key, value in entry.items()}
    rates = [e["learning_rate"] for e in entries if isinstance(e.get("learning_rate"), int | float)]
    found = {"steps": f"{state['global_step']:,}"}
    if isinstance(state.get("epoch"), int | float):
        found["epochs"] = f"{state['epoch']:g}"
    if rates:
        found["learning rate, highest logged"] = f"{max(rates):g}"
    if state.get("train_batch_size"):
        found["rows a step on each device, before accumulation"] = f"{state['train_batch_size']:,}"
    if adapter:
        rank, alpha = adapter.get("r", "?"), adapter.get("lora_alpha", "?")
        found["adapter"] = f"{adapter.get('peft_type', 'LORA')}, rank {rank}, alpha {alpha}"
    return found | _measured(logged)


def _measured(logged: Mapping[str, object]) -> dict[str, str]:
    """The sums of a run that its log holds."""
    found = {}
    if "num_tokens" in logged:
        found["tokens seen"] = f"{logged['num_tokens']:,.0f}"
    if "train_loss" in logged:
        found["training loss, mean"] = f"{logged['train_loss']:.3f} nats a token"
    if "train_runtime" in logged:
        found["training time"] = f"{logged['train_runtime']:.0f} s"
    return found
