"""`preflight(job)` says what would spoil a fine-tune before any money is spent: it reads the job's YAML, its model's
configuration, its tokenizer and its rows, and trains nothing.

It asks the other tools (audit, X-ray, packing report, fit) and adds what the settings tell; ``docs/tools.md`` shows it.
"""

import logging
from pathlib import Path

from .report import LEVELS, Finding, Preflight

__all__ = ["LEVELS", "Finding", "Preflight", "preflight"]


def preflight(path: str | Path, **rented: object) -> Preflight:
    """Look through a job before it runs.

    Args:
        path: the YAML file that ``trl sft --config`` will get. Paths in it count from the working folder, as for TRL.
        rented: ``card``, ``devices``, ``tokens_per_second``, ``price_per_hour``; they overrule the file's own lines
            ``PREFLIGHT_CARD`` and so on in its block ``env``, and its ``num_processes``.

    Raises:
        FileNotFoundError, ValueError: in one sentence, when the file is no job at all. What is wrong inside a job is a
            finding and no error.
    """
    from . import course, settings
    from .job import read_job
    from .rows import NoRows, load

    logging.getLogger("trl").setLevel(logging.ERROR)  # what it warns of here is a finding below
    job = read_job(path, **rented)
    found = Preflight(job.path.name)
    settings.check_keys(job, found)
    settings.check_values(job, found)
    model, tokenizer = _model_of(job, found)
    settings.check_precision(job, found)
    settings.check_lora(job, model, found)
    settings.check_rate(job, model, found)
    settings.check_packing(job, model, found)
    settings.check_evaluation(job, found)
    try:
        _look_at(job, load(job), tokenizer, model, found)
    except NoRows as error:
        found.add("stop", "no-rows", str(error), error.remedy)
    course.tell_server(job, model, found)
    return found


def _model_of(job, found: Preflight):
    """The model's configuration and its tokenizer, each None where it can't be read."""
    from ..tool_commands import load_tokenizer
    from .model import read_model

    model = tokenizer = None
    try:
        if not job.model_name_or_path:
            raise ValueError("The job names no model.")
        model = read_model(job.model_name_or_path, job.model_revision, job.trust_remote_code)
        tokenizer = load_tokenizer(job.model_name_or_path)
    except ValueError as error:
        found.add("stop", "no-model", str(error))
    if model:
        size = f", {model.parameters / 1e9:.3g} billion parameters" if model.parameters else ""
        name = Path(job.model_name_or_path).name
        found.facts["model"] = f"{name} ({model.config.model_type}){size}, method {job.method}"
        known = model.config.get_text_config().vocab_size
        if tokenizer and len(tokenizer) > known:
            says = f"The tokenizer has {len(tokenizer):,} tokens, and the model embeds {known:,}."
            found.add("stop", "vocabulary", says)
    return model, tokenizer


def _look_at(job, rows, tokenizer, model, found: Preflight) -> None:
    """What the rows tell, with the tokenizer and without it."""
    from . import course, data, tokens

    data.check_split(job, rows, found)
    data.check_audit(job, rows, found)
    if not tokenizer or not data.check_form(job, rows, tokenizer, found):
        why = "the rows can't be tokenized as they are" if tokenizer else "there is no tokenizer"
        found.unjudged.append(f"what is trained, what is cut, and how much memory and time it takes: {why}")
        return
    try:
        tokens.check_template(job, rows, tokenizer, model, found)
        report = tokens.check_lengths(job, rows, tokenizer, model, found)
    except ValueError as error:  # TRL refuses the rows or a setting
        masks = any(word in str(error) for word in ("training-compatible", "generation", "assistant_only_loss"))
        found.add("stop", "no-generation-marks" if masks else "refused", str(error))
        return
    steps = course.check_steps(job, report, len(rows.train), found)
    course.tell_cost(job, report, steps, found)
    course.tell_memory(job, model, report.lengths, found)
