# opt-350m on packed questions and answers, joined by a function. STEPS in the environment trains for longer.
import os

import torch
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

STEPS = int(os.environ.get("STEPS", 50))
GPU = torch.cuda.is_available()
BF16 = GPU and torch.cuda.is_bf16_supported(including_emulation=False)  # a T4 has none, and computes in fp16


def formatting_func(example):  # one row in, one text out
    return f"### Question: {example['question']}\n ### Answer: {example['answer']}"


config = SFTConfig(
    output_dir="runs/S3",
    max_steps=STEPS,
    packing=True,  # in OPT packed rows see each other: for a model that you mean to use, write False here
    eval_packing=False,
    max_length=1024,
    per_device_train_batch_size=1,
    gradient_accumulation_steps=4,
    learning_rate=1e-4,
    warmup_steps=0.1,
    logging_steps=1,
    save_strategy="no",
    report_to="none",
    use_cpu=not GPU,
    bf16=BF16,
    fp16=GPU and not BF16,
)
trainer = SFTTrainer(
    model="facebook/opt-350m",
    args=config,
    train_dataset=load_dataset("openai/gsm8k", "main", split="train[:1000]"),
    eval_dataset=load_dataset("openai/gsm8k", "main", split="test[:20]"),
    formatting_func=formatting_func,
)
before = trainer.evaluate()["eval_loss"]
trainer.train()
after = trainer.evaluate()["eval_loss"]
trainer.save_model("runs/S3/model")

tokenizer = trainer.processing_class
asked = tokenizer("### Question: A pen costs 2 euros. What do 3 pens cost?\n ### Answer:", return_tensors="pt")
reply = trainer.model.generate(**asked.to(trainer.model.device), max_new_tokens=60, do_sample=False)
answer = tokenizer.decode(reply[0, asked["input_ids"].shape[1] :])
print(f"loss on held-out rows: {before:.3f} before, {after:.3f} after\n{answer}")
