"""Preferences for lesson 10: samples of a model, what the shop's editor likes about them, pairs, and who wins.

``python -m course_utils.preferences``, part of ``make sweeps``, runs SFT and DPO over several seeds and stores
what they scored: the lesson draws its own live run over them. TRL trains; the graders of ``evaluate`` say what is true.
"""

import json
import time
from collections.abc import Sequence
from pathlib import Path

from . import data, tasks
from .evaluate import Row, grade_description, mean, probe_accuracy, score_descriptions
from .generate import Reply, as_text, place
from .start import Course, start
from .sweeps import training_rows

STORE = Path(__file__).parent / "assets" / "preferences.json"
SEEDS = 3
VERDICTS = ("first", "tie", "second")


def opens_with_features(text: str) -> bool:
    """Whether the second sentence begins with what the product has, as the editor likes it: "With a lid, it …"."""
    return text.partition(". ")[2].startswith("With ")


def rating(reply: Reply, row: Row) -> int:
    """The editor's stars: 0 for a text that is not strictly right, 1 for a right one, 2 for one that she likes too."""
    right = grade_description(reply, row)["strict"] == 1
    return right + (right and opens_with_features(reply.text))


def verdict(row: Row, first: Reply, second: Reply) -> str:
    """The editor's choice between two replies about one product: "first", "second" or "tie"."""
    one, two = rating(first, row), rating(second, row)
    return "tie" if one == two else "first" if one > two else "second"


def sample(model, tokenizer, rows: Sequence[Row], k: int, seed: int, max_new_tokens: int = 70) -> list[list[Reply]]:
    """`k` replies for each row's request, drawn at temperature 1 from all tokens, as the model itself thinks likely."""
    import torch
    from transformers import set_seed

    set_seed(seed)
    asked = [as_text(tokenizer, tasks.chat(tasks.describe_prompt(row), "")[:1]) for row in rows for _ in range(k)]
    was_training, replies = place(model).training, []
    model.eval()
    for start_at in range(0, len(asked), 256):
        batch = tokenizer(
            asked[start_at : start_at + 256],
            return_tensors="pt",
            padding=True,
            padding_side="left",
            add_special_tokens=False,
        ).to(model.device)
        with torch.no_grad():
            out = model.generate(
                **batch,
                max_new_tokens=max_new_tokens,
                do_sample=True,
                temperature=1.0,
                top_k=0,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        width = batch["input_ids"].shape[1]
        for ids in out[:, width:].tolist():
            ended = tokenizer.eos_token_id in ids
            ids = ids[: ids.index(tokenizer.eos_token_id)] if ended else ids
            replies.append(Reply(tokenizer.decode(ids).strip(), ended, width, len(ids) + ended))
    model.train(was_training)
    return [replies[i : i + k] for i in range(0, len(replies), k)]


def preference_rows(rows: Sequence[Row], samples: Sequence[Sequence[Reply]]) -> list[dict]:
    """One row for `DPOTrainer` from each product whose replies are not all alike to the editor: the best, the worst.

    Keys: ``prompt``, ``chosen`` and ``rejected``, each a list of messages. Only replies that ended by themselves take
    part, as the chat template closes every reply with an end of turn.
    """
    found = []
    for row, replies in zip(rows, samples):
        ranked = sorted((reply for reply in replies if reply.ended), key=lambda reply: rating(reply, row))
        if ranked and verdict(row, ranked[-1], ranked[0]) == "first":
            chosen, rejected = (tasks.chat(tasks.describe_prompt(row), ranked[i].text) for i in (-1, 0))
            found.append({"prompt": chosen[:1], "chosen": chosen[1:], "rejected": rejected[1:]})
    return found


def written_rows(rows: Sequence[Row], samples: Sequence[Sequence[Reply]]) -> list[dict]:
    """Rows like those of `preference_rows` with the shop's own text as chosen and the first reply as rejected.

    For a model whose replies are all alike to the editor, as one that can't do the task yet: it gives no other pairs.
    """
    found = []
    for row, replies in zip(rows, samples):
        chosen, rejected = (
            tasks.chat(tasks.describe_prompt(row), text) for text in (row["description"], replies[0].text)
        )
        found.append({"prompt": chosen[:1], "chosen": chosen[1:], "rejected": rejected[1:]})
    return found


def points(verdicts: Sequence[str]) -> list[float]:
    """1 for a win of the first, 0 for one of the second, and half a point for a tie; their mean is the win rate."""
    return [1.0 if one == "first" else 0.5 if one == "tie" else 0.0 for one in verdicts]


# --- The stored runs ------------------------------------------------------------------------------------------------


def stored() -> list[dict]:
    """The stored runs, one dict a seed. Raises ValueError when there are none."""
    if not STORE.exists():
        raise ValueError("There are no stored preference runs: run `python -m course_utils.preferences`.")
    return json.loads(STORE.read_text(encoding="utf-8"))


# the settings of the lesson
SFT = {"num_train_epochs": 5, "learning_rate": 1e-3, "per_device_train_batch_size": 16, "warmup_steps": 0.1}
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


def run(course: Course, seed: int, test: list[Row]) -> dict:
    """One seed: SFT, pairs of its samples, DPO from it and from the base, and more SFT on the chosen texts."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

    common = {"output_dir": "build/preferences", "save_strategy": "no", "logging_steps": 1, "report_to": "none"}
    common |= course.hardware | {"disable_tqdm": True, "seed": seed}
    chat = {"chat_template_path": course.chat_template, "eos_token": "<|im_end|>"}

    def load(path):
        return AutoModelForCausalLM.from_pretrained(path, dtype="float32")

    def scored(model, tokenizer, against=None):
        replies, grades = score_descriptions(model, tokenizer, test)
        result = {key: mean(grades, key) for key in grades[0]} | {"probe": probe_accuracy(model, tokenizer)}
        result["liked"] = sum(opens_with_features(reply.text) for reply in replies) / len(test)
        result["words"] = sum(len(reply.text.split()) for reply in replies) / len(test)
        if against:
            verdicts = [verdict(row, a, b) for row, a, b in zip(test, replies, against)]
            result |= {name: verdicts.count(one) for name, one in zip(("wins", "ties", "losses"), VERDICTS)}
        return replies, result

    def sft(path, tokenizer, rows, **changes):
        args = SFTConfig(**SFT | common | chat | changes)
        trainer = SFTTrainer(model=load(path), args=args, train_dataset=rows, processing_class=tokenizer)
        trainer.train()
        return trainer

    trainer = sft(course.base, AutoTokenizer.from_pretrained(course.base), training_rows({"describe": ROWS}))
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
            model=load(starts[start_name]),
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
    more = sft("build/preferences/sft", tokenizer, chosen, num_train_epochs=2)
    found["SFT on the chosen"] = scored(more.model, tokenizer, before)[1]
    return found


def main() -> None:
    course, runs = start("preferences"), stored() if STORE.exists() else []
    test = data.read_products(data.DATA / "products_test.csv").to_list()[:100]
    for seed in range(len(runs), SEEDS):
        began = time.perf_counter()
        runs.append(run(course, seed, test))
        data.write_text(STORE, "[\n" + ",\n".join(json.dumps(one) for one in runs) + "\n]\n")
        print(f"seed {seed}: {time.perf_counter() - began:.0f} s", runs[-1]["SFT"], flush=True)


if __name__ == "__main__":
    main()
