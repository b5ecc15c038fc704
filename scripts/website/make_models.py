"""Trains the two models that the site's page of models shows beside the base and the assistant.

``python -m scripts.website.make_models``: SFT on 300 rows by an adapter, then DPO from it by a second one, with the
settings of lessons 08 and 10. Both adapters are kept in bfloat16 in ``models/``; the site merges them into the base.
"""

import json
from pathlib import Path

from course_utils import data
from course_utils.finetune import fine_tune
from course_utils.preferences import preference_rows, sample
from course_utils.session import start
from course_utils.training_rows import training_rows
from scripts.run_preferences import DPO, DRAWS, SAMPLED

MODELS = Path(__file__).parent / "models"
ADAPTER = {"r": 16, "lora_alpha": 32, "target_modules": "all-linear"}


def _keep(model, name: str) -> None:
    """Writes an adapter in half precision, without the machine's paths in its settings and always in the same order."""
    import torch

    model.to(torch.bfloat16)
    model.save_pretrained(MODELS / name)
    file = MODELS / name / "adapter_config.json"
    settings = json.loads(file.read_text(encoding="utf-8"))
    settings |= {"base_model_name_or_path": None, "target_modules": sorted(settings["target_modules"])}
    file.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    (MODELS / name / "README.md").unlink(missing_ok=True)  # peft's empty card


def main() -> None:
    """Trains both; about two minutes of one core."""
    from datasets import Dataset
    from peft import LoraConfig
    from trl import DPOConfig, DPOTrainer

    course = start("10")
    common = {"output_dir": "build/site-models", "save_strategy": "no", "report_to": "none", "seed": 0}
    trainer = fine_tune(course, training_rows({"describe": 300}), lora=ADAPTER, learning_rate=5e-3, **common)
    _keep(trainer.model, "sft")
    tokenizer, merged = trainer.processing_class, trainer.model.float().merge_and_unload()
    products = data.read_products().to_list()[SAMPLED]
    pairs = preference_rows(products, sample(merged, tokenizer, products, DRAWS, 0))
    trainer = DPOTrainer(
        model=merged,
        args=DPOConfig(**DPO | common | course.hardware | {"learning_rate": 5e-4}),
        train_dataset=Dataset.from_list(pairs),
        processing_class=tokenizer,
        peft_config=LoraConfig(**ADAPTER),
    )
    trainer.train()
    _keep(trainer.model, "dpo")


if __name__ == "__main__":
    main()
