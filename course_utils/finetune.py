"""The course's usual fine-tune, in one place, for everything that trains outside a lesson's own cells.

A lesson shows TRL's calls in full. The stored runs, the fault gallery and the runs behind ``diagnose`` build the same
trainer here and say only what they change.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .session import Course

if TYPE_CHECKING:
    from datasets import Dataset
    from trl import SFTTrainer

USUAL = {
    "eos_token": "<|im_end|>",
    "num_train_epochs": 3,
    "learning_rate": 1e-3,
    "per_device_train_batch_size": 16,
    "warmup_steps": 0.1,
    "logging_steps": 5,
    "save_strategy": "no",
    "report_to": "none",
}


def fine_tune(
    course: Course,
    train_rows: "Dataset",
    eval_rows: "Dataset | None" = None,
    *,
    base: str | None = None,
    dtype: str = "float32",
    tokenizer=None,
    data_collator=None,
    lora: Mapping[str, object] | None = None,
    callbacks: tuple = (),
    **config: object,
) -> "SFTTrainer":
    """A trainer with the course's usual settings but for `config`, trained, which prints nothing of its own.

    Args:
        course: its base, chat template and hardware are used.
        train_rows, eval_rows: in any form that `SFTTrainer` takes; without `eval_rows` nothing is evaluated.
        base: another folder or model id to start from.
        dtype: what the weights are held in.
        tokenizer, data_collator: in place of the base's tokenizer and TRL's collator.
        lora: arguments of `peft.LoraConfig`; with them an adapter is trained in place of the whole model.
        callbacks: added to the trainer's own.
        config: changes `SFTConfig`.
    """
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback
    from trl import SFTConfig, SFTTrainer

    base = base or course.base
    settings = USUAL | {"output_dir": "runs/fine-tune", "chat_template_path": course.chat_template} | course.hardware
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(base, dtype=dtype),
        args=SFTConfig(**settings | {"disable_tqdm": True} | config),
        train_dataset=train_rows,
        eval_dataset=eval_rows,
        processing_class=tokenizer or AutoTokenizer.from_pretrained(base),
        data_collator=data_collator,
        peft_config=LoraConfig(**lora) if lora else None,
        callbacks=list(callbacks),
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return trainer
