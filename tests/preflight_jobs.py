"""Jobs for the tests of preflight: a sound one, copies of it with one fault each, and sound ones of other kinds.

A job is a folder with a YAML file, its rows and its model. A model is a configuration and a tokenizer; where a large
one is meant, it has the shapes and no weights. The rules were written with `PLANTED` and `SOUND` at hand. What
`preflight_aside` holds was written afterwards, or by others.
"""

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from course_utils import data
from course_utils.session import ASSETS
from course_utils.shop import tasks

BASE, ASSISTANT, CHATML = str(ASSETS / "base"), str(ASSETS / "assistant"), str(ASSETS / "chatml.jinja")
PRODUCTS = data.read_products().to_list()
# the shapes of well-known sizes, with the course's small vocabulary
SHAPES = {
    "135M": {"hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 38, "num_attention_heads": 9},
    "1B": {"hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 18, "num_attention_heads": 32},
    "8B": {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32},
}


def pair(row: dict) -> dict:
    """A product as a row of prompt and completion, both chats."""
    chat = tasks.chat(tasks.describe_prompt(row), row["description"])
    return {"prompt": chat[:1], "completion": chat[1:]}


def whole(row: dict) -> dict:
    return {"messages": tasks.chat(tasks.describe_prompt(row), row["description"])}


def plain(row: dict) -> dict:
    return {"prompt": tasks.describe_prompt(row) + "\n", "completion": row["description"]}


@dataclass
class Parts:
    """What a job is made of; a fault changes one of them. ``files`` are rows by the name of their file."""

    settings: dict = field(
        default_factory=lambda: {
            "model_name_or_path": BASE,
            "dtype": "float32",
            "dataset_name": "rows",
            "chat_template_path": CHATML,
            "eos_token": "<|im_end|>",
            "max_length": 1024,
            "num_train_epochs": 3,
            "per_device_train_batch_size": 8,
            "learning_rate": 1e-3,
            "warmup_steps": 0.1,
            "logging_steps": 5,
            "eval_strategy": "epoch",
            "save_strategy": "epoch",
            "output_dir": "out",
        }
    )
    train: list = field(default_factory=lambda: [pair(row) for row in PRODUCTS[:120]])
    test: list | None = field(default_factory=lambda: [pair(row) for row in PRODUCTS[2000:2024]])
    model: str | None = None  # a key of SHAPES or "gpt2" or "opt": the job's model is made, not given
    rented: dict = field(default_factory=dict)

    def set(self, **settings: object) -> "Parts":
        self.settings |= settings
        return self

    def without(self, *names: str) -> "Parts":
        self.settings = {name: value for name, value in self.settings.items() if name not in names}
        return self

    def rows(self, form: Callable[[dict], dict]) -> "Parts":
        self.train = [form(row) for row in PRODUCTS[: len(self.train)]]
        self.test = [form(row) for row in PRODUCTS[2000 : 2000 + len(self.test or [])]]
        return self

    def write(self, folder: Path) -> Path:
        """Write the job into a folder, which should be the working folder when it is looked at."""
        Path(folder, "rows").mkdir(parents=True)
        for name, rows in (("train", self.train), ("test", self.test)):
            if rows is not None:
                lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
                Path(folder, "rows", f"{name}.jsonl").write_text(lines, encoding="utf-8")
        if self.model:
            self.settings["model_name_or_path"] = "model"
            make_model(Path(folder, "model"), self.model)
        Path(folder, "job.yaml").write_text(yaml.safe_dump(self.settings), encoding="utf-8")
        return Path(folder, "job.yaml")


def make_model(folder: Path, kind: str, tokenizer: str = BASE) -> None:
    """A configuration and a tokenizer without weights."""
    from transformers import AutoTokenizer, GPT2Config, LlamaConfig, OPTConfig

    shutil.copytree(tokenizer, folder, ignore=shutil.ignore_patterns("*.safetensors", "config.json"))
    size = len(AutoTokenizer.from_pretrained(tokenizer))
    if kind == "gpt2":
        config = GPT2Config(vocab_size=size, n_positions=1024)
    elif kind == "opt":
        config = OPTConfig(
            vocab_size=size, hidden_size=1024, ffn_dim=4096, num_hidden_layers=24, num_attention_heads=16
        )
    else:
        config = LlamaConfig(vocab_size=size, max_position_embeddings=8192, **SHAPES[kind])
    config.architectures = [f"{type(config).__name__.removesuffix('Config')}LMHeadModel"]
    config.save_pretrained(folder)


def lora(parts: Parts, rate: float = 2e-4) -> Parts:
    """An adapter on a model of eight billion parameters, as it is usual."""
    parts.model = "8B"
    return parts.set(
        use_peft=True, lora_r=16, lora_target_modules="all-linear", learning_rate=rate, dtype="bfloat16",
        per_device_train_batch_size=4,
    )  # fmt: skip


OF_LORA = ("use_peft", "lora_r", "lora_target_modules")


# --- Faults of rows ---------------------------------------------------------------------------------------------------


def _columns(parts: Parts) -> Parts:
    return parts.rows(lambda row: {"question": tasks.describe_prompt(row), "answer": row["description"]})


def _marked(parts: Parts) -> Parts:
    def mark(row):
        chat = tasks.chat(tasks.describe_prompt(row), row["description"])
        chat = [m | {"content": f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>"} for m in chat]
        return {"prompt": chat[:1], "completion": chat[1:]}

    return parts.rows(mark)


def _sharegpt(parts: Parts) -> Parts:
    def talk(row):
        names = {"user": "human", "assistant": "gpt"}
        return {"messages": [{"role": names[m["role"]], "content": m["content"]} for m in whole(row)["messages"]]}

    return parts.rows(talk)


def _copies(parts: Parts) -> Parts:
    parts.train = parts.train[:20] * 6
    return parts


def _leak(parts: Parts) -> Parts:
    parts.test = parts.train[:12] + parts.test[:12]
    return parts


def _personal(parts: Parts) -> Parts:
    rng = random.Random(0)
    for row in parts.train[:8]:
        digits = "".join(rng.choice("123456789") for _ in range(7))
        row["prompt"] = [{"role": "user", "content": f"I am Ann, ann.lee{digits}@gmx.net, +44 20 8133 {digits[:4]}."}]
    return parts


def _empty(parts: Parts) -> Parts:
    for row in parts.train[:20]:
        row["completion"] = [{"role": "assistant", "content": ""}]
    return parts


def _swallowed(parts: Parts) -> Parts:
    """A template that writes no system message, and rows that have one."""
    parts.settings["chat_template_path"] = "quiet.jinja"
    head = {"role": "system", "content": "Answer in the words of the house, and in one sentence."}
    return parts.rows(lambda row: {"prompt": [head, *pair(row)["prompt"]], "completion": pair(row)["completion"]})


def _long(parts: Parts) -> Parts:
    for row in parts.train[:4]:
        row["completion"] = [{"role": "assistant", "content": row["completion"][0]["content"] * 30}]
    return parts.set(max_length=4096)


# name: (the kind that must be found, what makes the fault)
PLANTED: dict[str, tuple[str, Callable[[Parts], Parts]]] = {
    "a setting that was renamed": ("unknown-key", lambda p: p.without("max_length").set(max_seq_length=1024)),
    "a setting that is misspelt": ("unknown-key", lambda p: p.without("learning_rate").set(learning_rte=1e-3)),
    "no without quotation marks": ("bad-value", lambda p: p.set(save_strategy=False)),
    "a scheduler that isn't there": ("bad-value", lambda p: p.set(lr_scheduler_type="cosin")),
    "best model, other strategy": ("best-model", lambda p: p.set(load_best_model_at_end=True, save_strategy="steps")),
    "bf16 on a T4": ("bf16-unsupported", lambda p: p.set(env={"PREFLIGHT_CARD": "T4"})),
    "weights in bfloat16": ("half-weights", lambda p: p.set(dtype="bfloat16", learning_rate=2e-5)),
    "four bits and no adapter": ("quantized-alone", lambda p: p.set(load_in_4bit=True)),
    "LoRA that is not switched on": ("lora-ignored", lambda p: p.set(lora_r=16, lora_alpha=32)),
    "layers of another model": ("target-modules", lambda p: lora(p).set(lora_target_modules=["c_attn"])),
    "the rate of a toy": ("rate-too-high", lambda p: lora(p).without(*OF_LORA).set(learning_rate=1e-3)),
    "LoRA at the rate of full training": ("rate-too-low", lambda p: lora(p, 2e-6)),
    "packs that see each other": (
        "packed-leak",
        lambda p: p.set(packing=True, packing_strategy="wrapped", max_length=256),
    ),
    "only the evaluation is packed": ("evaluation-mixed", lambda p: p.set(eval_packing=True)),
    "no evaluation": ("no-evaluation", lambda p: p.set(eval_strategy="no")),
    "nothing keeps the log": ("no-log", lambda p: p.set(save_strategy="no", report_to="none")),
    "no test split": ("no-test-split", lambda p: setattr(p, "test", None) or p),
    "columns that TRL doesn't know": ("wrong-columns", _columns),
    "a base without a template": ("no-template", lambda p: p.without("chat_template_path")),
    "the end is another token": ("no-end", lambda p: p.without("eos_token")),
    "a template applied twice": ("template-twice", _marked),
    "roles of ShareGPT": ("roles", _sharegpt),
    "a column that only completion-only knows": (
        "mask-ignored",
        lambda p: p.rows(whole).set(completion_only_loss=True),
    ),
    "max_length cuts the replies": ("nothing-left", lambda p: p.set(max_length=48)),
    "max_length cuts the ends": ("cut-off", lambda p: p.set(max_length=80)),
    "more tokens than positions": ("too-long", _long),
    "copies": ("duplicates", _copies),
    "training rows in the evaluation": ("leak", _leak),
    "personal data": ("personal", _personal),
    "empty replies": ("bad-rows", _empty),
    "hardly a step": ("few-steps", lambda p: p.set(gradient_accumulation_steps=16, num_train_epochs=1)),
    "a hundred epochs": ("by-heart", lambda p: p.set(num_train_epochs=100)),
    "warm-up longer than the run": ("warmup", lambda p: p.set(warmup_steps=500)),
    "never evaluated": ("never-evaluated", lambda p: p.set(eval_strategy="steps", eval_steps=500)),
}

SOUND: dict[str, Callable[[Parts], Parts]] = {
    "prompt and completion, chats": lambda p: p,
    "whole chats, the assistant's turns alone": lambda p: p.rows(whole).set(assistant_only_loss=True),
    "texts for completion": lambda p: p.rows(plain).without("chat_template_path", "eos_token"),
    "an adapter on eight billion": lora,
    "the assistant's own template": lambda p: p.set(model_name_or_path=ASSISTANT).without(
        "chat_template_path", "eos_token"
    ),
    "packed": lambda p: p.set(packing=True, max_length=256, per_device_train_batch_size=2),
}
