"""What a job's settings alone can tell, with the model's configuration at most: no row is looked at.

Each check adds to the report. What TRL's own classes refuse is asked of them; here stand the settings that they take
without a word.
"""

from pathlib import Path

from ..parse_rows import short
from ..session import checkpointing
from .job import RENAMED, Job
from .model import ModelFacts
from .rates import OUTSIDE, TOY, published
from .report import Preflight

STRATEGIES = ("eval_strategy", "save_strategy", "logging_strategy")
# what SFTConfig looks for on this machine, which need not be the one that trains
OF_THE_MACHINE = ("deepspeed", "fsdp", "fsdp_config", "parallelism_config", "gradient_checkpointing", "tf32", "use_cpu")
# cards without bfloat16 arithmetic: those before Ampere (compute capability 8.0, NVIDIA's CUDA C++ programming guide)
NO_BF16 = ("t4", "v100", "p100", "p4", "k80", "m60", "gtx", "titan", "rtx 20", "rtx20")
BF16_STEP = 6e-5  # half the distance of two bfloat16 numbers near 0.02, a usual size of a weight: less is lost
SILENT = (None, "none", [], ["none"])


def check_keys(job: Job, found: Preflight) -> None:
    for key in job.unknown:
        meant, value = job.known_name(key), job.given.get(key)
        remedy = f"{meant}: {value if isinstance(value, str | int | float) else '…'}" if meant else None
        remedy = {
            "group_by_length": "train_sampling_strategy: group_by_length",
            "train_on_inputs": "assistant_only_loss: true",
            "chat_template": "chat_template_path: TEMPLATE.jinja",
        }.get(key, remedy)
        what = f"{short(key, 40)} {'has another name today' if key in RENAMED else 'is no setting'}"
        later = "trl sft stops at it, and python -m trl.scripts.sft passes over it without a word"
        found.add("stop", "unknown-key", f"{what}: {later}.", remedy)
    if "torch_dtype" in (job.model_init_kwargs or {}):
        says = "torch_dtype inside model_init_kwargs is passed over without a word."
        found.add("stop", "unknown-key", says, f"dtype: {job.model_init_kwargs['torch_dtype']}")


def check_values(job: Job, found: Preflight) -> None:
    """What SFTConfig itself refuses, and the values that it takes and should not."""
    from trl import SFTConfig

    given = {name: value for name, value in job.of(SFTConfig).items() if name not in OF_THE_MACHINE}
    given |= {"use_cpu": True, "bf16": False, "fp16": False, checkpointing(): False, "output_dir": "unused"}
    given |= {"push_to_hub": False, "report_to": "none", "torch_compile": False}
    for key in STRATEGIES:
        if getattr(job, key) is False:
            says = f"YAML reads {key}: no as the truth value false, which the trainer refuses."
            found.add("stop", "bad-value", says, f'{key}: "no"')
            given.pop(key)
    try:
        SFTConfig(**given)
    except Exception as error:  # each setting has its own
        said = f"TRL refuses a value: {short(' '.join(str(error).split()), 150)}"
        found.add("stop", "best-model" if "load_best_model_at_end" in said else "bad-value", said)
    if job.bf16 and job.fp16:
        found.add("stop", "bad-value", "bf16 and fp16 are both on, and only one can be.", "fp16: false")
    if job.learning_rate <= 0:
        found.add(
            "stop", "bad-value", f"A learning rate of {job.learning_rate} teaches nothing.", "learning_rate: 2.0e-5"
        )
    where = job.resume_from_checkpoint
    if isinstance(where, str) and where.lower() not in ("true", "false") and not Path(where).is_dir():
        found.add("stop", "no-checkpoint", f"There is no folder {short(where, 60)} to resume from.")


def check_precision(job: Job, found: Preflight) -> None:
    card = (job.rented.card or "").lower()
    old = any(name in card.replace("-", " ").split() or (" " in name and name in card) for name in NO_BF16)
    if (old or "gtx" in card) and job.bf16 is not False and not job.fp16:
        found.add("stop", "bf16-unsupported", f"bf16 is on, and a {job.rented.card} has no arithmetic for it.")
    if job.use_peft:
        return
    if job.fp16 and job.dtype == "float16":
        found.add(
            "stop", "fp16-weights", "fp16 wants weights in float32: the scaler refuses gradients in half precision."
        )
    elif job.dtype in ("bfloat16", "float16") and job.learning_rate < BF16_STEP:
        says = f"The weights are held in {job.dtype}, in which most updates at {job.learning_rate:g} round to nothing."
        found.add("warn", "half-weights", says)


def check_lora(job: Job, model: ModelFacts | None, found: Preflight) -> None:
    named = [key for key in job.given if key.startswith("lora_") or key in ("use_rslora", "use_dora")]
    if job.load_in_4bit and job.load_in_8bit:
        found.add("stop", "bad-value", "load_in_4bit and load_in_8bit are both on.", "load_in_8bit: false")
    if (job.load_in_4bit or job.load_in_8bit) and not job.use_peft:
        found.add("stop", "quantized-alone", "A quantized model can't be trained without an adapter.")
    elif named and not job.use_peft:
        found.add("warn", "lora-ignored", f"{named[0]} is set and use_peft is not, so all weights are trained.")
    targets = job.lora_target_modules
    targets = [targets] if isinstance(targets, str) else targets or []
    if job.use_peft and model and model.shapes and targets != ["all-linear"]:
        there = model.layer_names()
        missing = [
            one for one in targets if one.rpartition(".")[2].isidentifier() and one.rpartition(".")[2] not in there
        ]
        if missing:
            has = short(", ".join(sorted(there)), 80)
            found.add("stop", "target-modules", f"This model has no layer {short(missing[0], 40)}: it has {has}.")


def check_rate(job: Job, model: ModelFacts | None, found: Preflight) -> None:
    """The learning rate against those that were published for this size and method."""
    recipes = published(model.parameters, job.method) if model and model.parameters else []
    if not recipes:
        size = f"{model.parameters / 1e9:.2g} billion parameters" if model and model.parameters else "a size not known"
        found.unjudged.append(f"the learning rate: there is no published recipe for {job.method} training at {size}")
        return
    low, high, middle = recipes[0], recipes[-1], recipes[len(recipes) // 2]["rate"]
    known = f"{low['rate']:g} ({low['model']}) to {high['rate']:g} ({high['model']})"
    found.facts["published rates"] = f"{known}, {len(recipes)} recipes for {job.method} training at about this size"
    above, below = job.learning_rate / high["rate"], low["rate"] / job.learning_rate if job.learning_rate > 0 else 0
    said = f"A learning rate of {job.learning_rate:g} is {max(above, below):.0f} times"
    if above > OUTSIDE:
        level = "stop" if above >= TOY else "warn"
        says = f"{said} above all that were published for {job.method} training at this size, {known}."
        found.add(level, "rate-too-high", says, f"learning_rate: {middle:g}")
    elif below > OUTSIDE:
        says = f"{said} below all that were published for {job.method} training at this size, {known}."
        found.add("warn", "rate-too-low", says, f"learning_rate: {middle:g}")


def check_packing(job: Job, model: ModelFacts | None, found: Preflight) -> None:
    if job.packing and job.packing_strategy == "wrapped":
        says = "Packs of the strategy wrapped let rows see each other."
        found.add("stop", "packed-leak", says, "packing_strategy: bfd")
    elif (job.packing or job.padding_free) and model:
        mixes = model.packed_rows_mix()
        if mixes is None:
            found.unjudged.append(
                "whether packed rows see each other: this architecture could not be tried in miniature"
            )
        elif mixes:
            kind = model.config.model_type
            found.add("stop", "packed-leak", f"Packed rows see each other in this architecture ({kind}).")
    if job.eval_packing and not job.packing:
        says = (
            "The evaluation is packed and the training is not: the collator gives no positions, so rows see each other."
        )
        found.add("stop", "evaluation-mixed", says)


def check_evaluation(job: Job, found: Preflight) -> None:
    """What is missing to judge the run when it has ended."""
    if job.eval_strategy == "no":
        found.add("warn", "no-evaluation", "Nothing is evaluated, so overfitting can't be seen.")
    if job.test_split_size is not None:
        many = job.rented.devices > 1
        what = "a run that is resumed trains on rows that it was tested on"
        what = "each process draws its own, and trains on the test rows of the others" if many else what
        says = f"test_split_size draws other test rows at each start, without a seed: {what}."
        found.add("stop" if many else "note", "random-split", says)
    silent, unsaved = job.report_to in SILENT, job.save_strategy in ("no", False)
    if silent and unsaved:
        says = "Neither a tracker nor a checkpoint keeps the log: trl sft saves the model and nothing else."
        found.add("warn", "no-log", says)
    elif unsaved:
        found.add("note", "no-saves", "There are no checkpoints: a run that stops half-way is lost.")
    elif silent:
        found.add("note", "no-tracker", "No tracker: the curves stand only in the checkpoints' trainer_state.json.")
    folder = Path(job.output_dir or "trainer_output")
    if folder.is_dir() and any(folder.glob("checkpoint-*")) and not job.resume_from_checkpoint:
        says = f"{short(folder.name, 60)} holds checkpoints of an earlier run, which new ones will join."
        found.add("note", "old-checkpoints", says)
