# opt-350m on CodeAlpaca, with loss on the answers alone. STEPS in the environment trains for longer.
import os

import torch
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

STEPS = int(os.environ.get("STEPS", 50))
GPU = torch.cuda.is_available()
BF16 = GPU and torch.cuda.is_bf16_supported(including_emulation=False)  # a T4 has none, and computes in fp16


def as_pair(row):  # like the source it leaves out the column "input", which belongs to the prompt where it isn't empty
    return {"prompt": f"### Question: {row['instruction']}\n ### Answer:", "completion": f" {row['output']}"}


rows = load_dataset("lucasmccabe-lmi/CodeAlpaca-20k", split="train[:1020]")
pairs = rows.map(as_pair, remove_columns=rows.column_names).train_test_split(test_size=20, seed=0)
config = SFTConfig(
    output_dir="runs/S6",
    max_steps=STEPS,
    completion_only_loss=True,  # the default for rows of prompt and completion; on plain text it masks nothing
    max_length=512,
    per_device_train_batch_size=4,
    learning_rate=5e-5,
    warmup_steps=0.1,
    logging_steps=1,
    save_strategy="no",
    report_to="none",
    use_cpu=not GPU,
    bf16=BF16,
    fp16=GPU and not BF16,
)
trainer = SFTTrainer(model="facebook/opt-350m", args=config, train_dataset=pairs["train"], eval_dataset=pairs["test"])
before = trainer.evaluate()["eval_loss"]
trainer.train()
after = trainer.evaluate()["eval_loss"]
trainer.save_model("runs/S6/model")

tokenizer = trainer.processing_class
asked = tokenizer("### Question: Write a Python function that adds two numbers.\n ### Answer:", return_tensors="pt")
reply = trainer.model.generate(**asked.to(trainer.model.device), max_new_tokens=60, do_sample=False)
answer = tokenizer.decode(reply[0, asked["input_ids"].shape[1] :])
print(f"loss on held-out rows: {before:.3f} before, {after:.3f} after\n{answer}")
