"""The systems of the sources, S1 to S11: the code as published, what fails today, and the form that works.

``python -m course_utils.systems`` lists them, ``python -m course_utils.systems S1 --steps 50`` runs one on the real
model and data set (it sets ``COURSE_PROFILE=hub``, needs a network and wants a GPU such as Colab's T4), and
``--benchmark`` compares S1 as published with S1 as recommended. ``--write`` makes ``docs/systems.md`` from this file.

Each function below is one system, written out as a learner would write it. The tests run all of them on random-weight
replicas of the same architectures; **nothing here has been measured on the real weights**.
"""

import argparse
import inspect
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import data
from .generate import generate
from .memory import peak_memory_mb
from .session import ASSETS, checkpointing, start
from .shop import tasks

PAGE = Path("docs/systems.md")
CHATML = str(ASSETS / "chatml.jinja")
# what all configurations share and no lesson is about
QUIET = {"report_to": "none", "save_strategy": "no", "logging_steps": 1, "warmup_steps": 0.1}
Hardware = dict[str, Any]


@dataclass(frozen=True)
class System:
    """One row: what was published and the error it gives today, why, and `build`, which makes a trainer that works.

    `build` gets the machine's settings and the number of steps. `ask` is a prompt for a sample answer.
    """

    name: str
    title: str
    source: str
    build: Callable[[Hardware, int], Any]
    published: str
    fails: str
    why: str
    ask: str | list[dict[str, str]]


SYSTEMS: dict[str, System] = {}


def system(title: str, source: str, published: str, fails: str, why: str, ask: str, chat: bool = False):
    """Adds a function to `SYSTEMS`, under its name in capitals."""

    def add(build):
        name = build.__name__.upper()
        prompt = [{"role": "user", "content": ask}] if chat else ask
        SYSTEMS[name] = System(name, title, source, build, published.strip(), fails, " ".join(why.split()), prompt)
        return build

    return add


def half(hardware: Hardware) -> str:
    """The dtype of frozen weights on this machine: half precision where there is a GPU."""
    return "bfloat16" if hardware["bf16"] else "float16" if hardware["fp16"] else "float32"


@system(
    title="SmolLM2-135M on smoltalk, with a chat template",
    source="Hugging Face LLM course, supervised fine-tuning",
    published="""
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer, setup_chat_format

model = AutoModelForCausalLM.from_pretrained("HuggingFaceTB/SmolLM2-135M")
tokenizer = AutoTokenizer.from_pretrained("HuggingFaceTB/SmolLM2-135M")
model, tokenizer = setup_chat_format(model=model, tokenizer=tokenizer)
dataset = load_dataset("HuggingFaceTB/smoltalk", "all")
args = SFTConfig(
    output_dir="out",
    max_steps=1000,
    per_device_train_batch_size=4,
    learning_rate=5e-5,
    eval_strategy="steps",
    eval_steps=50,
)
trainer = SFTTrainer(
    model=model, args=args, train_dataset=dataset["train"], eval_dataset=dataset["test"], tokenizer=tokenizer
)
trainer.train()
""",
    fails="ImportError: cannot import name 'setup_chat_format' from 'trl'",
    why="""`setup_chat_format` is gone: name a template and the token that ends a turn in `SFTConfig`. `tokenizer=` is
    now `processing_class=`. The weights load in bfloat16, where small steps are lost: give the id, and the
    trainer loads float32. Evaluating on all of the test split every 50 steps costs far more than the training:
    take a few rows.""",
    ask="How do I make a good cup of tea?",
    chat=True,
)
def s1(hardware, steps):
    from datasets import load_dataset
    from trl import SFTConfig, SFTTrainer

    config = SFTConfig(
        output_dir="runs/S1",
        max_steps=steps,
        chat_template_path=CHATML,
        eos_token="<|im_end|>",
        assistant_only_loss=True,
        max_length=1024,
        packing=True,  # safe here: a Llama does not let packed rows see each other
        eval_packing=False,
        per_device_train_batch_size=2,  # packs: the two become one row, over all of which attention is computed
        gradient_accumulation_steps=2,
        learning_rate=3e-4,  # the model's published recipe says 1e-3; gentler, as a short run has no time to recover
        **QUIET,
        **hardware,
    )
    return SFTTrainer(
        model="HuggingFaceTB/SmolLM2-135M",
        args=config,
        train_dataset=load_dataset("HuggingFaceTB/smoltalk", "everyday-conversations", split="train[:1000]"),
        eval_dataset=load_dataset("HuggingFaceTB/smoltalk", "everyday-conversations", split="test[:40]"),
    )


@system(
    title="DeepSeek-R1-Distill-Qwen-1.5B on a T4",
    source="Hugging Face LLM course, supervised fine-tuning",
    published="""
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

name = "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"
model, tokenizer = AutoModelForCausalLM.from_pretrained(name), AutoTokenizer.from_pretrained(name)
dataset = load_dataset("HuggingFaceTB/smoltalk", "all")
args = SFTConfig(
    output_dir="out",
    max_steps=1000,
    per_device_train_batch_size=4,
    learning_rate=5e-5,
    evaluation_strategy="steps",
    eval_steps=50,
)
trainer = SFTTrainer(
    model=model, args=args, train_dataset=dataset["train"], eval_dataset=dataset["test"], processing_class=tokenizer
)
trainer.train()
""",
    fails="TypeError: SFTConfig.__init__() got an unexpected keyword argument 'evaluation_strategy'",
    why="""`evaluation_strategy` is now `eval_strategy`. Full fine-tuning in float32 needs about 16 bytes a parameter,
    here some 28 GB with Adam's averages, and a T4 has 16: freeze the weights in half precision and train
    adapters. The model's own template stays; the trainer knows it and masks all but the replies.""",
    ask="How do I make a good cup of tea?",
    chat=True,
)
def s2(hardware, steps):
    from datasets import load_dataset
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    config = SFTConfig(
        output_dir="runs/S2",
        max_steps=steps,
        model_init_kwargs={"dtype": half(hardware)},
        assistant_only_loss=True,
        max_length=512,
        per_device_train_batch_size=2,
        gradient_accumulation_steps=4,
        learning_rate=2e-4,
        **QUIET,
        **hardware | {checkpointing(): True},
    )
    return SFTTrainer(
        model="deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B",
        args=config,
        train_dataset=load_dataset("HuggingFaceTB/smoltalk", "everyday-conversations", split="train[:500]"),
        eval_dataset=load_dataset("HuggingFaceTB/smoltalk", "everyday-conversations", split="test[:20]"),
        peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"),
    )


@system(
    title="packing with a formatting function on opt-350m",
    source="Hugging Face LLM course; TRL's introduction to SFTTrainer",
    published="""
from datasets import load_dataset
from trl import SFTTrainer

dataset = load_dataset("openai/gsm8k", "main", split="train")


def formatting_func(example):
    return f"### Question: {example['question']}\\n### Answer: {example['answer']}"


trainer = SFTTrainer("facebook/opt-350m", train_dataset=dataset, packing=True, formatting_func=formatting_func)
trainer.train()
""",
    fails="TypeError: SFTTrainer.__init__() got an unexpected keyword argument 'packing'",
    why="""Packing is a setting of `SFTConfig`. **OPT lets packed rows see each other** (lesson 05; the tests measure
    it on the replica), without a warning: it counts positions from the attention mask, which packing has not.
    It runs, but for a model that you mean to use, pack a Llama, Qwen or GPT-2, or leave OPT unpacked. The
    source names no data set; this one has the two fields that its function reads.""",
    ask="### Question: A pen costs 2 euros. What do 3 pens cost?\n### Answer:",
)
def s3(hardware, steps):
    from datasets import load_dataset
    from trl import SFTConfig, SFTTrainer

    def formatting_func(row):
        return f"### Question: {row['question']}\n### Answer: {row['answer']}"

    config = SFTConfig(
        output_dir="runs/S3",
        max_steps=steps,
        packing=True,
        eval_packing=False,
        max_length=1024,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=4,
        learning_rate=1e-4,
        **QUIET,
        **hardware,
    )
    return SFTTrainer(
        model="facebook/opt-350m",
        args=config,
        train_dataset=load_dataset("openai/gsm8k", "main", split="train[:500]"),
        eval_dataset=load_dataset("openai/gsm8k", "main", split="test[:20]"),
        formatting_func=formatting_func,
    )


@system(
    title="DistilGPT2 writes product descriptions, 300 rows of a CSV",
    source="the DistilGPT2 tutorial",
    published="""
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

tokenizer = AutoTokenizer.from_pretrained("distilgpt2")
tokenizer.pad_token = tokenizer.eos_token


def tokenize(row):
    text = f"Product: {row['name']}\\nDescription: {row['description']}"
    tokens = tokenizer(text, truncation=True, padding="max_length", max_length=256)
    return {**tokens, "labels": tokens["input_ids"]}


rows = load_dataset("csv", data_files="products.csv", split="train[:300]").map(tokenize).train_test_split(0.1)
args = TrainingArguments(output_dir="out", evaluation_strategy="epoch", num_train_epochs=3)
trainer = Trainer(
    AutoModelForCausalLM.from_pretrained("distilgpt2"), args, train_dataset=rows["train"], eval_dataset=rows["test"]
)
trainer.train()
""",
    fails="TypeError: TrainingArguments.__init__() got an unexpected keyword argument 'evaluation_strategy'",
    why="""`evaluation_strategy` is now `eval_strategy`. With it mended the code runs and trains mostly on padding,
    which is the end token here (lesson 03). Rows of prompt and completion are padded, masked and ended by the
    trainer. GPT-2 has no pad token; the trainer takes the end token and keeps it out of the loss.""",
    ask=tasks.describe_prompt(
        {"category": "Kitchen", "name": "Sodevu teapot", "features": "a handmade lid, a quiet pour", "colour": "teal"}
    )
    + "\ndescription:",
)
def s4(hardware, steps):
    from trl import SFTConfig, SFTTrainer

    def as_pair(row):
        return {"prompt": f"{tasks.describe_prompt(row)}\ndescription:", "completion": f" {row['description']}"}

    products = data.read_products()  # your own CSV's path goes in the brackets
    pairs = products.map(as_pair, remove_columns=products.column_names)
    config = SFTConfig(
        output_dir="runs/S4", max_steps=steps, per_device_train_batch_size=16, learning_rate=5e-4, **QUIET, **hardware
    )
    return SFTTrainer(
        model="distilbert/distilgpt2",
        args=config,
        train_dataset=pairs.select(range(300)),
        eval_dataset=pairs.select(range(300, 340)),
    )


@system(
    title="opt-350m on the text of imdb",
    source="TRL's introduction to SFTTrainer",
    published="""
from datasets import load_dataset
from trl import SFTTrainer

dataset = load_dataset("stanfordnlp/imdb", split="train")
trainer = SFTTrainer("facebook/opt-350m", train_dataset=dataset, dataset_text_field="text", max_seq_length=512)
trainer.train()
""",
    fails="TypeError: SFTTrainer.__init__() got an unexpected keyword argument 'dataset_text_field'",
    why="""`dataset_text_field` is a setting of `SFTConfig` ("text" is the default), and `max_seq_length` is now
    `max_length`. The source writes `imdb` without its owner, which the hub's client refuses today. The first
    half of the training rows are all negative: shuffle before you slice.""",
    ask="I saw this film last night and",
)
def s5(hardware, steps):
    from datasets import load_dataset
    from trl import SFTConfig, SFTTrainer

    reviews = load_dataset("stanfordnlp/imdb", split="train").shuffle(seed=0)
    config = SFTConfig(
        output_dir="runs/S5",
        max_steps=steps,
        dataset_text_field="text",
        max_length=512,
        per_device_train_batch_size=4,
        learning_rate=5e-5,
        **QUIET,
        **hardware,
    )
    return SFTTrainer(
        model="facebook/opt-350m",
        args=config,
        train_dataset=reviews.select(range(400)),
        eval_dataset=load_dataset("stanfordnlp/imdb", split="test").shuffle(seed=0).select(range(20)),
    )


@system(
    title="loss on the completion only, CodeAlpaca-20k",
    source="TRL's introduction to SFTTrainer",
    published="""
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DataCollatorForCompletionOnlyLM, SFTTrainer

dataset = load_dataset("lucasmccabe-lmi/CodeAlpaca-20k", split="train")
model = AutoModelForCausalLM.from_pretrained("facebook/opt-350m")
tokenizer = AutoTokenizer.from_pretrained("facebook/opt-350m")


def formatting_prompts_func(example):
    return [f"### Question: {q}\\n ### Answer: {a}" for q, a in zip(example["instruction"], example["output"])]


collator = DataCollatorForCompletionOnlyLM(" ### Answer:", tokenizer=tokenizer)
trainer = SFTTrainer(model, train_dataset=dataset, formatting_func=formatting_prompts_func, data_collator=collator)
trainer.train()
""",
    fails="ImportError: cannot import name 'DataCollatorForCompletionOnlyLM' from 'trl'",
    why="""The collator searched each row for the tokens of " ### Answer:" and masked the whole row where they were
    split otherwise. Give the two parts as columns named prompt and completion: then no search is needed.
    `completion_only_loss=True` on one plain text would train on everything, silently. The rows come from the
    data set's first publisher.""",
    ask="### Question: Write a Python function that adds two numbers.\n### Answer:",
)
def s6(hardware, steps):
    from datasets import load_dataset
    from trl import SFTConfig, SFTTrainer

    def as_pair(row):
        return {
            "prompt": f"### Question: {row['instruction']}\n{row['input']}\n### Answer:",
            "completion": f" {row['output']}",
        }

    rows = load_dataset("sahil2801/CodeAlpaca-20k", split="train[:1020]")
    pairs = rows.map(as_pair, remove_columns=rows.column_names).train_test_split(test_size=20, seed=0)
    config = SFTConfig(
        output_dir="runs/S6",
        max_steps=steps,
        completion_only_loss=True,
        max_length=512,
        per_device_train_batch_size=4,
        learning_rate=5e-5,
        **QUIET,
        **hardware,
    )
    return SFTTrainer(model="facebook/opt-350m", args=config, train_dataset=pairs["train"], eval_dataset=pairs["test"])


@system(
    title="special tokens for a chat, added to opt-350m",
    source="TRL's introduction to SFTTrainer",
    published="""
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import setup_chat_format

model = AutoModelForCausalLM.from_pretrained("facebook/opt-350m")
tokenizer = AutoTokenizer.from_pretrained("facebook/opt-350m")
model, tokenizer = setup_chat_format(model, tokenizer)
""",
    fails="ImportError: cannot import name 'setup_chat_format' from 'trl'",
    why="""Add the tokens, give the embedding rows for them, and set the template. OPT's embedding has a few rows more
    than its tokenizer has tokens, so two new ones fit without growing it: resizing to `len(tokenizer)` would
    shrink it. `eos_token` makes the model stop where a turn ends.""",
    ask="How do I make a good cup of tea?",
    chat=True,
)
def s7(hardware, steps):
    from datasets import load_dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    tokenizer = AutoTokenizer.from_pretrained("facebook/opt-350m")
    model = AutoModelForCausalLM.from_pretrained("facebook/opt-350m", dtype="float32")
    tokenizer.add_tokens(["<|im_start|>", "<|im_end|>"], special_tokens=True)
    if len(tokenizer) > model.get_input_embeddings().num_embeddings:
        model.resize_token_embeddings(len(tokenizer))
    config = SFTConfig(
        output_dir="runs/S7",
        max_steps=steps,
        chat_template_path=CHATML,
        eos_token="<|im_end|>",
        assistant_only_loss=True,
        max_length=512,
        per_device_train_batch_size=4,
        learning_rate=1e-4,
        **QUIET,
        **hardware,
    )
    return SFTTrainer(
        model=model,
        args=config,
        train_dataset=load_dataset("HuggingFaceTB/smoltalk", "everyday-conversations", split="train[:1000]"),
        eval_dataset=load_dataset("HuggingFaceTB/smoltalk", "everyday-conversations", split="test[:20]"),
        processing_class=tokenizer,
    )


@system(
    title="control of loading: bfloat16",
    source="TRL's introduction to SFTTrainer",
    published="""
import torch
from datasets import load_dataset
from trl import SFTTrainer

dataset = load_dataset("stanfordnlp/imdb", split="train")
trainer = SFTTrainer("facebook/opt-350m", train_dataset=dataset, model_init_kwargs={"torch_dtype": torch.bfloat16})
trainer.train()
""",
    fails="TypeError: SFTTrainer.__init__() got an unexpected keyword argument 'model_init_kwargs'",
    why="""`model_init_kwargs` is a setting of `SFTConfig`, and the dtype goes under `dtype`: the old name
    `torch_dtype` is ignored there without a word, and the weights are float32. Training bfloat16 weights loses
    small steps (lesson 04), so they are frozen here and adapters are trained, which PEFT keeps in float32. A
    T4 emulates bfloat16: take "float16" there.""",
    ask="I saw this film last night and",
)
def s8(hardware, steps):
    from datasets import load_dataset
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    config = SFTConfig(
        output_dir="runs/S8",
        max_steps=steps,
        model_init_kwargs={"dtype": "float16" if hardware["fp16"] else "bfloat16"},
        max_length=512,
        per_device_train_batch_size=4,
        learning_rate=2e-4,
        **QUIET,
        **hardware,
    )
    return SFTTrainer(
        model="facebook/opt-350m",
        args=config,
        train_dataset=load_dataset("stanfordnlp/imdb", split="train").shuffle(seed=0).select(range(100)),
        eval_dataset=load_dataset("stanfordnlp/imdb", split="test").shuffle(seed=0).select(range(20)),
        peft_config=LoraConfig(r=16, lora_alpha=32, task_type="CAUSAL_LM"),
    )


@system(
    title="LoRA of rank 16 on gpt-neo-125m",
    source="TRL's introduction to SFTTrainer",
    published="""
from datasets import load_dataset
from peft import LoraConfig
from trl import SFTTrainer

dataset = load_dataset("stanfordnlp/imdb", split="train")
peft_config = LoraConfig(r=16, lora_alpha=32, lora_dropout=0.05, bias="none", task_type="CAUSAL_LM")
trainer = SFTTrainer(
    "EleutherAI/gpt-neo-125m", train_dataset=dataset, dataset_text_field="text", peft_config=peft_config
)
trainer.train()
""",
    fails="TypeError: SFTTrainer.__init__() got an unexpected keyword argument 'dataset_text_field'",
    why="""`dataset_text_field` is a setting of `SFTConfig`; the adapter's settings still hold. An adapter wants a
    learning rate about ten times that of the whole model. By default only the query and value projections get
    one here; `target_modules="all-linear"` reaches all layers (lesson 08).""",
    ask="I saw this film last night and",
)
def s9(hardware, steps):
    from datasets import load_dataset
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    config = SFTConfig(
        output_dir="runs/S9",
        max_steps=steps,
        max_length=512,
        per_device_train_batch_size=4,
        learning_rate=1e-3,
        **QUIET,
        **hardware,
    )
    return SFTTrainer(
        model="EleutherAI/gpt-neo-125m",
        args=config,
        train_dataset=load_dataset("stanfordnlp/imdb", split="train").shuffle(seed=0).select(range(100)),
        eval_dataset=load_dataset("stanfordnlp/imdb", split="test").shuffle(seed=0).select(range(20)),
        peft_config=LoraConfig(r=16, lora_alpha=32, lora_dropout=0.05, bias="none", task_type="CAUSAL_LM"),
    )


@system(
    title="NEFTune with alpha 5",
    source="TRL's introduction to SFTTrainer",
    published="""
from datasets import load_dataset
from trl import SFTTrainer

dataset = load_dataset("stanfordnlp/imdb", split="train")
trainer = SFTTrainer(
    "facebook/opt-350m", train_dataset=dataset, dataset_text_field="text", max_seq_length=512, neftune_noise_alpha=5
)
trainer.train()
""",
    fails="TypeError: SFTTrainer.__init__() got an unexpected keyword argument 'dataset_text_field'",
    why="""All three are settings of `SFTConfig` now. The noise was published for chats, so the rows here are chats,
    in a plain form that needs no new tokens. In lesson 08 it brings nothing that can be measured.""",
    ask="### user: How do I make a good cup of tea?\n### assistant:",
)
def s10(hardware, steps):
    from datasets import load_dataset
    from trl import SFTConfig, SFTTrainer

    def as_text(row):
        return {"text": "\n".join(f"### {turn['role']}: {turn['content']}" for turn in row["messages"])}

    chats = load_dataset("HuggingFaceTB/smoltalk", "everyday-conversations", split="train[:1000]")
    texts = chats.map(as_text, remove_columns=chats.column_names)  # with messages left, they would be what is trained
    config = SFTConfig(
        output_dir="runs/S10",
        max_steps=steps,
        neftune_noise_alpha=5,
        max_length=512,
        per_device_train_batch_size=4,
        learning_rate=5e-5,
        **QUIET,
        **hardware,
    )
    return SFTTrainer(
        model="facebook/opt-350m",
        args=config,
        train_dataset=texts.select(range(20, len(texts))),
        eval_dataset=texts.select(range(20)),
    )


@system(
    title="from SFT to DPO",
    source="the smol course on SFT",
    published="""
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOTrainer

name = "HuggingFaceTB/SmolLM2-135M"
model, ref_model = AutoModelForCausalLM.from_pretrained(name), AutoModelForCausalLM.from_pretrained(name)
tokenizer = AutoTokenizer.from_pretrained(name)
pairs = load_dataset("trl-lib/ultrafeedback_binarized", split="train")
trainer = DPOTrainer(model, ref_model, beta=0.1, train_dataset=pairs, tokenizer=tokenizer)
trainer.train()
""",
    fails="TypeError: DPOTrainer.__init__() got an unexpected keyword argument 'beta'",
    why="""`beta` is a setting of `DPOConfig`, and `tokenizer=` is now `processing_class=`. Save the SFT model and
    give its folder: from a model object, the trainer loads the reference from the id in its configuration,
    which is the *base* on the hub and not what SFT made of it (read from TRL 1.16's source).""",
    ask="How do I make a good cup of tea?",
    chat=True,
)
def s11(hardware, steps):
    from datasets import load_dataset
    from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

    pairs = load_dataset("trl-lib/ultrafeedback_binarized", split="train[:500]")
    chosen = pairs.map(lambda row: {"messages": row["chosen"]}, remove_columns=pairs.column_names)
    first = SFTConfig(
        output_dir="runs/S11",
        max_steps=steps,
        chat_template_path=CHATML,
        eos_token="<|im_end|>",
        assistant_only_loss=True,
        max_length=512,
        per_device_train_batch_size=8,
        learning_rate=3e-4,
        **QUIET,
        **hardware,
    )
    sft = SFTTrainer(model="HuggingFaceTB/SmolLM2-135M", args=first, train_dataset=chosen)
    sft.train()
    sft.save_model("runs/S11/sft")
    second = DPOConfig(
        output_dir="runs/S11",
        max_steps=steps,
        beta=0.1,
        max_length=512,
        per_device_train_batch_size=4,
        gradient_accumulation_steps=2,
        learning_rate=5e-6,
        **QUIET,
        **hardware,
    )
    return DPOTrainer(
        model="runs/S11/sft",
        args=second,
        train_dataset=pairs,
        eval_dataset=load_dataset("trl-lib/ultrafeedback_binarized", split="test[:20]"),
    )


# --- Running --------------------------------------------------------------------------------------------------------


def peak_mb() -> float:
    """The most memory held so far, in megabytes (10^6 bytes): the GPU's where there is one, else the process's."""
    import torch

    return torch.cuda.max_memory_allocated() / 1e6 if torch.cuda.is_available() else peak_memory_mb()


def tokens_per_second(trainer, skip: int = 0) -> float:
    """Real tokens, padding left out, that a trainer has taken a second; `skip` leaves out its first steps."""
    from transformers import TrainerCallback

    marks: list[tuple[float, int]] = []

    class Watch(TrainerCallback):
        def on_train_begin(self, *args, **kwargs):
            marks.append((time.perf_counter(), 0))

        def on_log(self, args, state, control, logs=None, **kwargs):
            if logs and "num_tokens" in logs:
                marks.append((time.perf_counter(), logs["num_tokens"]))

    trainer.add_callback(Watch())
    trainer.train()
    (began, first), (ended, last) = marks[min(skip, len(marks) - 2)], marks[-1]
    return (last - first) / (ended - began)


def run(name: str, steps: int) -> dict[str, Any]:
    """Runs one system: loss on a few held-out rows before and after, tokens a second, peak memory, a sample answer.

    Raises ValueError for a system that is not there, and RuntimeError without a network, each as a sentence.
    """
    if name not in SYSTEMS:
        raise ValueError(f"There is no system {name!r}: choose one of {', '.join(SYSTEMS)}.")
    if steps < 1:
        raise ValueError(f"--steps {steps} trains nothing: give a number of 1 or more.")
    os.environ["COURSE_PROFILE"] = "hub"
    hardware = start(name).hardware
    trainer = SYSTEMS[name].build(hardware, steps)
    before = trainer.evaluate()["eval_loss"]
    speed = tokens_per_second(trainer)
    after = trainer.evaluate()["eval_loss"]
    answer = generate(trainer.model, trainer.processing_class, [SYSTEMS[name].ask], max_new_tokens=60)[0].text
    return {"before": before, "after": after, "tokens_per_second": speed, "peak_mb": peak_mb(), "answer": answer}


def benchmark(steps: int) -> list[dict[str, Any]]:
    """S1 as published and as recommended, on the same machine and rows: real tokens a second of each."""
    from datasets import load_dataset
    from trl import SFTConfig, SFTTrainer

    os.environ["COURSE_PROFILE"] = "hub"
    hardware = start("benchmark").hardware
    ways = {
        "as published": {"bf16": False, "fp16": False, "packing": False, "per_device_train_batch_size": 4},
        "recommended": {"packing": True, "per_device_train_batch_size": 2},
    }
    rows = load_dataset("HuggingFaceTB/smoltalk", "everyday-conversations", split="train")
    found = []
    for way, settings in ways.items():
        chat = {"chat_template_path": CHATML, "eos_token": "<|im_end|>", "max_length": 1024}
        config = SFTConfig(output_dir="runs/benchmark", max_steps=steps, **QUIET | chat | hardware | settings)
        trainer = SFTTrainer(model="HuggingFaceTB/SmolLM2-135M", args=config, train_dataset=rows)
        speed = tokens_per_second(trainer, skip=min(3, steps // 2))  # the first steps warm the machine up
        precision = "bf16" if config.bf16 else "fp16" if config.fp16 else "float32"
        shown = {
            "precision": precision,
            "rows or packs a step": settings["per_device_train_batch_size"],
            "packing": config.packing,
            "longest": config.max_length,
        }
        found.append({"way": way, **shown, "tokens a second": round(speed)})
        del trainer
    return found


# --- Showing --------------------------------------------------------------------------------------------------------

INTRODUCTION = """# The systems of the sources

<!-- Made from course_utils/systems.py by `python -m course_utils.systems --write`. -->

The five documents that this course started from publish eleven pieces of training code. None of them runs with
today's libraries. Each row below has the code as published, in its essential calls; the error that it gives; and a
form that works, on the same model and data, with slices and batches that should fit Colab's T4.

`python -m course_utils.systems S1 --steps 50` runs one: loss on a few held-out rows before and after, tokens a
second, peak memory, a sample answer. `python -m course_utils.systems --benchmark` compares S1 as published with S1 as
recommended on your machine.

**What has been verified, and what has not.** On every change the tests run each published form and see it fail with
the error given here, and run each working form for a few steps, on random-weight replicas of the same architectures
and on data sets of the same shape, which the real loading code finds under their real ids. **Nothing has been
measured on the real weights**, and nothing has run on a GPU: no loss, speed or memory of these systems is known to
us, the learning rates come from the models' published recipes or from habit, and the benchmark's ratio is for you to
find.
"""


def page() -> str:
    """The text of ``docs/systems.md``."""
    lines = [INTRODUCTION, "| | system | published in | fails today with | verified |", "|---|---|---|---|---|"]
    for row in SYSTEMS.values():
        anchor = f"[{row.name}](#{row.name.lower()})"
        lines.append(f"| {anchor} | {row.title} | {row.source} | `{row.fails}` | both forms run on a replica |")
    for row in SYSTEMS.values():
        works = inspect.getsource(row.build)
        works = works[works.index("def ") :].strip()
        lines += ["", f'<a id="{row.name.lower()}"></a>', "", f"## {row.name} · {row.title}", "", row.why]
        lines += ["", f"*As published* fails with `{row.fails}`:", "", "```python", row.published, "```"]
        lines += ["", "*What works:*", "", "```python", works, "```"]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.systems", description=__doc__.split("\n")[0])
    parser.add_argument("system", nargs="?", help="S1 to S11; all are listed when none is given")
    parser.add_argument("--steps", type=int, default=50, help="optimizer steps (50)")
    parser.add_argument("--benchmark", action="store_true", help="S1 as published against S1 as recommended")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE}")
    options = parser.parse_args(arguments)
    if options.write:
        data.write_text(PAGE, page())
        return 0
    try:
        if options.benchmark:
            ways = benchmark(options.steps)
            for way in ways:
                print(", ".join(f"{key} {value}" for key, value in way.items()))
            ratio = ways[1]["tokens a second"] / ways[0]["tokens a second"]
            print(f"recommended over published, real tokens a second on this machine: {ratio:.2f}")
        elif options.system:
            name = options.system.upper()
            got = run(name, options.steps)
            print(f"{name}: loss on held-out rows {got['before']:.3f} before, {got['after']:.3f} after", end="; ")
            print(f"{got['tokens_per_second']:,.0f} tokens a second; {got['peak_mb']:,.0f} MB at the peak")
            print(f"asked: {SYSTEMS[name].ask!r}\nit says: {got['answer']!r}")
        else:
            for row in SYSTEMS.values():
                print(f"{row.name:<4} {row.title} ({row.source})")
    except (ValueError, RuntimeError) as error:
        print(error)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
