"""Runs the programs of ``docs/systems.md`` on the hub that the environment names; test_systems.py starts it and judges.

All in one process, as the libraries take longest to load. Each program is taken from the page as a reader would, and
run by `exec`. What a run can show is read off the trainers that it used: the labels of their batches, their weights
before and after, the files that they saved. Writes one JSON object to the file named on the command line.
"""

import contextlib
import io
import json
import os
import re
import sys
import traceback
from pathlib import Path

import torch
import transformers
from datasets import disable_progress_bars, load_dataset
from safetensors.torch import load_file

from course_utils.packing import isolation_error
from scripts.systems import running
from scripts.systems.outcomes import ROWS

FENCE = re.compile(r"^\[`scripts/systems/(\w+)/(\w+)\.py`\]\(\S+\):\n\n```python\n(.*?)^```$", re.M | re.S)
ROOT = Path(__file__).parent.parent


def programs() -> dict[tuple[str, str], str]:
    """The programs that the page shows, by kind ("published" or "working") and name."""
    text = (ROOT / "docs" / "systems.md").read_text(encoding="utf-8")
    return {(kind, name): code for kind, name, code in FENCE.findall(text)}


# --- Watching trainers ----------------------------------------------------------------------------------------------


class Seen:
    """The trainers that ran since `clear`, each with a copy of its weights from before, and the names a program left.

    `limit` ends each training after so many steps, for programs that would train long.
    """

    def __init__(self) -> None:
        self.trainers: list[tuple[transformers.Trainer, dict[str, torch.Tensor]]] = []
        self.left: dict = {}
        self.limit: int | None = None
        self.noise: list[float] = []

    def clear(self, limit: int | None = None) -> None:
        self.trainers, self.left, self.limit, self.noise = [], {}, limit, []


SEEN = Seen()


class Watch(transformers.TrainerCallback):
    def on_step_end(self, args, state, control, model=None, **kwargs):
        SEEN.noise.append(noise(model))
        if SEEN.limit and state.global_step >= SEEN.limit:
            control.should_training_stop = True


def noise(model) -> float:
    """The largest difference between what the embedding gives for a few tokens and its rows for them."""
    embedding = model.get_input_embeddings()
    tokens = torch.arange(16)[None]
    with torch.no_grad():
        return float((embedding(tokens) - embedding.weight[tokens]).abs().max())


def watch() -> None:
    """From now on `SEEN` notes each trainer that trains."""
    train = transformers.Trainer.train

    def watched(self, *args, **kwargs):
        SEEN.trainers.append((self, {name: weight.detach().clone() for name, weight in self.model.named_parameters()}))
        self.add_callback(Watch())
        return train(self, *args, **kwargs)

    transformers.Trainer.train = watched


def execute(code: str) -> str | None:
    """Runs a program; the error that it gives as Python prints it, or None."""
    SEEN.left = {"__name__": "__main__"}
    try:
        exec(compile(code, "program", "exec"), SEEN.left)
    except Exception as error:
        sys.stderr.write(traceback.format_exc()[-1500:])
        return f"{type(error).__name__}: {error}"


def shares(trainer) -> dict[str, float]:
    """Of all tokens of an epoch: trained, of these the end or the pad token, and attended to (0 without a mask).

    "real" is trained over attended to, which leaves padding out where it is masked.
    """
    ends = {trainer.processing_class.eos_token_id, trainer.processing_class.pad_token_id}
    tokens = trained = end = attended = 0
    for batch in trainer.get_train_dataloader():
        labels = batch["labels"][batch["labels"] != -100]
        tokens, trained = tokens + batch["labels"].numel(), trained + labels.numel()
        end += sum(int((labels == token).sum()) for token in ends)
        attended += int(batch["attention_mask"].sum()) if "attention_mask" in batch else 0
    found = {"trained": trained / tokens, "ends": end / trained, "attended": attended / tokens}
    return found | {"real": trained / attended if attended else 0.0}


def first_row(trainer) -> dict[str, str]:
    """The first row of the first batch, decoded: all of it, and what of it is trained."""
    batch = next(iter(trainer.get_train_dataloader()))
    ids, labels = batch["input_ids"][0], batch["labels"][0]
    if "position_ids" in batch:  # packed: the row ends where the next one begins
        ids = ids[: int((batch["position_ids"][0] == 0).nonzero()[1])]
    elif "attention_mask" in batch:
        ids = ids[: int(batch["attention_mask"][0].sum())]
    labels = labels[: len(ids)]
    decode = trainer.processing_class.decode
    return {"row": decode(ids), "row_trained": decode(labels[labels != -100]), "batch": list(batch["input_ids"].shape)}


def unchanged(trainer, before: dict[str, torch.Tensor]) -> float:
    """The share of the layers' weights that a training has left exactly as they were."""
    now = {name: w.detach() for name, w in trainer.model.named_parameters() if ".layers." in name or ".h." in name}
    return sum(int((w == before[name]).sum()) for name, w in now.items()) / sum(w.numel() for w in now.values())


def weights(trainer, before: dict[str, torch.Tensor]) -> dict:
    """By "adapter" and "base": the types of the weights, and how many tensors a training changed, of how many."""
    found = {}
    for name, weight in trainer.model.named_parameters():
        kind = found.setdefault("adapter" if "lora_" in name else "base", {"dtypes": [], "changed": 0, "of": 0})
        kind["dtypes"] = sorted({*kind["dtypes"], str(weight.dtype)})
        kind["changed"] += int(not torch.equal(weight.detach(), before[name]))
        kind["of"] += 1
    return found


# --- The sources' calls ---------------------------------------------------------------------------------------------


def outcomes(code: dict) -> dict[str, list[dict]]:
    """What each published program does, as it stands and with each outcome's changes."""
    found = {}
    for row in ROWS:
        found[row.name] = []
        for outcome in row.outcomes:
            text = code["published", outcome.program]
            for old, new in outcome.changes:
                assert old in text, f"{row.name}: {old!r} is not in {outcome.program}"
                text = text.replace(old, new)
            SEEN.clear(limit=2)
            result = {"error": execute(text)}
            if result["error"] is None:
                trainer, before = SEEN.trainers[-1]
                result |= shares(trainer) | {"unchanged": unchanged(trainer, before)}
                result["dtype"] = str(trainer.model.dtype).removeprefix("torch.")
                result |= {"ends_trained": ends_trained(trainer), "end": trainer.processing_class.eos_token}
                if "packing" in text:
                    result["leak"] = isolation_error(trainer.model.float(), [list(range(10, 40)), list(range(50, 90))])
            found[row.name].append(result)
    return found


def ends_trained(trainer) -> float:
    """The share of rows in which the first end token, behind the text, is trained."""
    end = trainer.processing_class.eos_token_id
    rows = [row for batch in trainer.get_train_dataloader() for row in zip(batch["input_ids"], batch["labels"])]
    firsts = [(ids[1:] == end).nonzero()[:1] + 1 for ids, _ in rows]
    return sum(bool((labels[at] == end).all()) and len(at) > 0 for (_, labels), at in zip(rows, firsts)) / len(rows)


# --- The working programs -------------------------------------------------------------------------------------------


def saved(folder: str) -> dict:
    """What a training saved: its files, the configuration of an adapter and its tensors (name, type, all zero?)."""
    place = Path("runs") / folder
    found = {"files": sorted(path.name for path in place.iterdir())}
    if (place / "adapter_config.json").exists():
        found["config"] = json.loads((place / "adapter_config.json").read_text())
        tensors = load_file(place / "adapter_model.safetensors")
        found["tensors"] = {name: [str(t.dtype), not bool(t.any())] for name, t in tensors.items()}
    return found


def s7(code: str) -> dict:
    """How many embedding rows there are, and which the program changes: on OPT, and where rows have to be added."""
    found = {}
    for name in ("facebook/opt-350m", "distilbert/distilgpt2"):
        SEEN.clear()
        error = execute(code.replace("facebook/opt-350m", name))
        trainer, before = SEEN.trainers[-1]
        ends = trainer.processing_class.convert_tokens_to_ids(["<|im_start|>", "<|im_end|>"])
        embedding = trainer.model.get_input_embeddings().weight
        key = next(key for key, weight in trainer.model.named_parameters() if weight is embedding)
        original = transformers.AutoConfig.from_pretrained(name).vocab_size
        found[name] = {"error": error, "tokens": len(trainer.processing_class), "rows": len(embedding)}
        found[name] |= {"rows_before": original, "marks": ends, "loss_after": trainer.evaluate()["eval_loss"]}
        found[name]["moved"] = [bool((embedding[token] != before[key][token]).any()) for token in ends]
    return found


def s11() -> dict:
    """Which weights DPO's reference has: those that SFT saved, or the base's; and from a model object."""
    from trl import DPOConfig, DPOTrainer

    (sft, _), (dpo, _) = SEEN.trainers

    def distance(model, other) -> float:
        pairs = zip(model.state_dict().values(), other.state_dict().values(), strict=True)
        return max(float((a.float() - b.float()).abs().max()) for a, b in pairs)

    base = transformers.AutoModelForCausalLM.from_pretrained("HuggingFaceTB/SmolLM2-135M", dtype="float32")
    tuned = transformers.AutoModelForCausalLM.from_pretrained("runs/S11/sft", dtype="float32")
    from_object = DPOTrainer(
        model=sft.model,
        args=DPOConfig("runs/S11/object", use_cpu=True, report_to="none"),
        train_dataset=load_dataset("trl-lib/ultrafeedback_binarized", split="train[:8]"),
        processing_class=sft.processing_class,
    )
    return {
        "beta": dpo.args.beta,
        "reference_to_sft": distance(dpo.ref_model, tuned),
        "reference_to_base": distance(dpo.ref_model, base),
        "object_reference_to_base": distance(from_object.ref_model, base),
        "object_reference_to_sft": distance(from_object.ref_model, tuned),
        "first_loss": next(entry["loss"] for entry in dpo.state.log_history if "loss" in entry),
        "first_row": first_row(sft),
        "pairs": pair_texts(dpo),
    }


def pair_texts(trainer) -> list[str]:
    """The texts of DPO's first batch, decoded without padding: the chosen ones, then the rejected ones."""
    batch = next(iter(trainer.get_train_dataloader()))
    rows = zip(batch["input_ids"], batch["attention_mask"])
    return [trainer.processing_class.decode(ids[mask.bool()]) for ids, mask in rows]


def shared_adapter(name: str) -> dict:
    """The adapter that S9 pushed, loaded from the hub again: its distance to the trained model, in logits."""
    from peft import AutoPeftModelForCausalLM

    trainer, _ = SEEN.trainers[-1]
    again = AutoPeftModelForCausalLM.from_pretrained(name).eval()
    tokens = torch.arange(5, 25)[None]
    with torch.no_grad():
        return {"distance": float((again(tokens).logits - trainer.model.eval()(tokens).logits).abs().max())}


def works(code: dict) -> dict[str, dict]:
    """What each working program trains, on two steps; `error` where it stops."""
    os.environ["STEPS"], found = "2", {}
    for row in ROWS:
        SEEN.clear()
        os.environ["SHARE_AS"] = "someone/gpt-neo-imdb" if row.name == "S9" else ""
        result = {"error": execute(code["working", row.name.lower()])}
        if result["error"] is None:
            trainer, before = SEEN.trainers[-1]
            result |= {name: SEEN.left[name] for name in ("before", "after", "answer")}
            result |= {"model": trainer.model.config._name_or_path, "steps": trainer.state.global_step}
            result |= {"weights": weights(trainer, before), "noise": SEEN.noise, "noise_after": noise(trainer.model)}
            result["stops_at"] = trainer.model.generation_config.eos_token_id
            result["end"] = trainer.processing_class.eos_token_id
            result["packing"] = getattr(trainer.args, "packing", False)
            if result["packing"]:
                result["leak"] = isolation_error(trainer.model, [list(range(10, 40)), list(range(50, 90))])
            result["saved"] = saved(f"{row.name}/{'adapter' if 'adapter' in result['weights'] else 'model'}")
            if row.name == "S11":
                result["dpo"] = s11()
            else:
                result |= shares(trainer) | first_row(trainer)
            if row.name == "S4":
                result |= {"checkpoints": sorted(path.name for path in Path("runs/S4").glob("checkpoint-*"))}
                result["texts"] = len(SEEN.left["texts"])
            if row.name == "S9":
                result["shared"] = shared_adapter("someone/gpt-neo-imdb")
        found[row.name] = result
    found["S7"]["rows"] = s7(code["working", "s7"])
    return found


def rows_of_the_data() -> dict:
    """The rows from which a test makes by hand what the programs should train."""
    chats = load_dataset("HuggingFaceTB/smoltalk", "everyday-conversations", split="train")
    alpaca = load_dataset("lucasmccabe-lmi/CodeAlpaca-20k", split="train")
    sums = load_dataset("openai/gsm8k", "main", split="train")
    reviews = load_dataset("stanfordnlp/imdb", split="train")
    products = load_dataset("csv", data_files="products.csv", split="train[:300]")
    mixed = load_dataset("HuggingFaceTB/smoltalk", "all", split="train")
    named = {"chats": chats, "alpaca": alpaca, "sums": sums, "products": products, "mixed": mixed}
    return {name: data.to_list() for name, data in named.items()} | {"reviews": list(reviews["text"])}


if __name__ == "__main__":
    disable_progress_bars()
    watch()
    code = programs()
    with contextlib.redirect_stdout(io.StringIO()):
        found = {"published": outcomes(code), "works": works(code), "data": rows_of_the_data()}
        SEEN.clear()
        found["run"] = running.run("S6", 2)
        found["benchmark"] = running.benchmark(4)
    Path(sys.argv[1]).write_text(json.dumps(found, indent=1))
