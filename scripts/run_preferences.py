"""Runs SFT and DPO over several seeds and stores what they scored: ``python -m scripts.run_preferences``.

It is part of ``make sweeps``. Lesson 10 draws its own live run over the stored ones.
"""

import json
import time

from course_utils import data
from course_utils.data import Row
from course_utils.evaluate import mean, probe_accuracy, score_descriptions
from course_utils.finetune import fine_tune
from course_utils.preferences import (
    STORE,
    VERDICTS,
    opens_with_features,
    preference_rows,
    rating,
    sample,
    stored_preferences,
    verdict,
)
from course_utils.session import Course, start
from course_utils.training_rows import training_rows

SEEDS = 3
# the settings of the lesson
SFT = {"num_train_epochs": 5}  # beside the course's usual settings
DPO = {"num_train_epochs": 2, "learning_rate": 5e-5, "per_device_train_batch_size": 8, "warmup_steps": 0.1, "beta": 0.1}
ROWS, SAMPLED, DRAWS = 60, slice(300, 364), 4
WITH_SFT_LOSS = {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, 1.0]}
# name: where it starts, and what differs from `DPO`
RUNS = {
    "DPO from SFT, rate 5e-5": ("SFT", {}),
    "DPO from SFT, rate 2e-4": ("SFT", {"learning_rate": 2e-4}),
    "DPO from SFT, rate 2e-4, with SFT loss": ("SFT", {"learning_rate": 2e-4} | WITH_SFT_LOSS),
    "DPO from base, rate 2e-4": ("base", {"learning_rate": 2e-4}),
    "DPO from base, rate 1e-3": ("base", {"learning_rate": 1e-3}),
}


def run_seed(course: Course, seed: int, test: list[Row]) -> dict:
    """One seed: SFT, pairs of its samples, DPO from it and from the base, and more SFT on the chosen texts."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM
    from trl import DPOConfig, DPOTrainer

    common = {"output_dir": "build/preferences", "save_strategy": "no", "logging_steps": 1, "report_to": "none"}
    common |= course.hardware | {"disable_tqdm": True, "seed": seed}

    def scored(model, tokenizer, against=None):
        replies, grades = score_descriptions(model, tokenizer, test)
        result = {key: mean(grades, key) for key in grades[0]} | {"probe": probe_accuracy(model, tokenizer)}
        result["liked"] = sum(opens_with_features(reply.text) for reply in replies) / len(test)
        result["words"] = sum(len(reply.text.split()) for reply in replies) / len(test)
        if against:
            verdicts = [verdict(row, a, b) for row, a, b in zip(test, replies, against)]
            result |= {name: verdicts.count(one) for name, one in zip(("wins", "ties", "losses"), VERDICTS)}
        return replies, result

    trainer = fine_tune(course, training_rows({"describe": ROWS}), **common | SFT)
    trainer.save_model("build/preferences/sft")
    tokenizer = trainer.processing_class
    before, result = scored(trainer.model, tokenizer)
    products = data.read_products().to_list()[SAMPLED]
    samples = sample(trainer.model, tokenizer, products, DRAWS, seed)
    stars = [rating(reply, row) for row, replies in zip(products, samples) for reply in replies]
    result |= {f"drawn, {name}": stars.count(n) / len(stars) for n, name in enumerate(("wrong", "right", "liked"))}
    found = {"seed": seed, "SFT": result}
    pairs = preference_rows(products, samples)
    found["pairs"] = len(pairs)
    starts = {"SFT": "build/preferences/sft", "base": course.base}
    for name, (start_name, changes) in RUNS.items():
        trainer = DPOTrainer(
            model=AutoModelForCausalLM.from_pretrained(starts[start_name], dtype="float32"),
            args=DPOConfig(**DPO | common | changes),
            train_dataset=Dataset.from_list(pairs),
            processing_class=tokenizer,
        )
        trainer.train()
        keys = ("rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies")
        result = scored(trainer.model, tokenizer, before)[1]
        logs = [entry for entry in trainer.state.log_history if keys[0] in entry]
        result["curves"] = {key: [(entry["step"], round(entry[key], 3)) for entry in logs] for key in ("loss", *keys)}
        found[name] = result
    chosen = Dataset.from_list([{"prompt": row["prompt"], "completion": row["chosen"]} for row in pairs])
    more = fine_tune(
        course, chosen, base="build/preferences/sft", tokenizer=tokenizer, **common | {"num_train_epochs": 2}
    )
    found["SFT on the chosen"] = scored(more.model, tokenizer, before)[1]
    return found


def main() -> None:
    course, runs = start("preferences"), stored_preferences() if STORE.exists() else []
    test = data.read_products(data.DATA / "products_test.csv").to_list()[:100]
    for seed in range(len(runs), SEEDS):
        began = time.perf_counter()
        runs.append(run_seed(course, seed, test))
        data.write_text(STORE, "[\n" + ",\n".join(json.dumps(one) for one in runs) + "\n]\n")
        print(f"seed {seed}: {time.perf_counter() - began:.0f} s", runs[-1]["SFT"], flush=True)


if __name__ == "__main__":
    main()
