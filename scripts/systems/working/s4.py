# DistilGPT2 writes product texts from 300 rows of products.csv. STEPS in the environment trains for longer.
import os

import torch
from datasets import load_dataset
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
    save_strategy="no",
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

tokenizer = trainer.processing_class
asked = tokenizer(pairs[300]["prompt"], return_tensors="pt").to(trainer.model.device)
reply = trainer.model.generate(**asked, max_new_tokens=80, do_sample=False)
answer = tokenizer.decode(reply[0, asked["input_ids"].shape[1] :])
print(f"loss on held-out rows: {before:.3f} before, {after:.3f} after\n{answer}")
