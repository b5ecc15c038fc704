# DistilGPT2 writes product texts from 300 rows of products.csv. STEPS in the environment trains for longer.
import os

import torch
from datasets import load_dataset
from transformers import pipeline
from trl import SFTConfig, SFTTrainer

STEPS = int(os.environ.get("STEPS", 50))
GPU = torch.cuda.is_available()
BF16 = GPU and torch.cuda.is_bf16_supported(including_emulation=False)  # a T4 has none, and computes in fp16


def as_pair(row):
    sheet = f"Category: {row['category']}\nName: {row['name']}\nFeatures: {row['features']}\nColour: {row['colour']}"
    return {"prompt": f"{sheet}\nDescription:", "completion": f" {row['description']}"}


rows = load_dataset("csv", data_files="products.csv", split="train[:340]")
pairs = rows.map(as_pair, remove_columns=rows.column_names)
config = SFTConfig(
    output_dir="runs/S4",
    max_steps=STEPS,
    per_device_train_batch_size=16,
    learning_rate=5e-4,
    warmup_steps=0.1,
    logging_steps=1,
    save_steps=max(1, STEPS // 2),  # a checkpoint half-way, and one at the end
    report_to="none",
    use_cpu=not GPU,
    bf16=BF16,
    fp16=GPU and not BF16,
)
trainer = SFTTrainer(
    model="distilbert/distilgpt2",  # it has no pad token: the trainer takes the end token, and masks padding by place
    args=config,
    train_dataset=pairs.select(range(300)),
    eval_dataset=pairs.select(range(300, 340)),
)
before = trainer.evaluate()["eval_loss"]
trainer.train()
after = trainer.evaluate()["eval_loss"]
trainer.save_model("runs/S4/model")

write = pipeline("text-generation", model="runs/S4/model")  # a checkpoint's folder can be loaded in the same way
texts = write(
    pairs[300]["prompt"],
    max_new_tokens=80,
    do_sample=True,
    num_return_sequences=3,
    return_full_text=False,
)
answer = "\n".join(text["generated_text"] for text in texts)
print(f"loss on held-out rows: {before:.3f} before, {after:.3f} after\n{answer}")
