# opt-350m goes on with film reviews of imdb. STEPS in the environment trains for longer.
import os

import torch
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

STEPS = int(os.environ.get("STEPS", 50))
GPU = torch.cuda.is_available()
BF16 = GPU and torch.cuda.is_bf16_supported(including_emulation=False)  # a T4 has none, and computes in fp16

config = SFTConfig(
    output_dir="runs/S5",
    max_steps=STEPS,
    dataset_text_field="text",  # the default, too
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
trainer = SFTTrainer(
    model="facebook/opt-350m",
    args=config,
    # shuffled before they are cut, as the first half of the reviews is all negative
    train_dataset=load_dataset("stanfordnlp/imdb", split="train").shuffle(seed=0).select(range(400)),
    eval_dataset=load_dataset("stanfordnlp/imdb", split="test").shuffle(seed=0).select(range(20)),
)
before = trainer.evaluate()["eval_loss"]
trainer.train()
after = trainer.evaluate()["eval_loss"]
trainer.save_model("runs/S5/model")

tokenizer = trainer.processing_class
asked = tokenizer("I saw this film last night and", return_tensors="pt").to(trainer.model.device)
reply = trainer.model.generate(**asked, max_new_tokens=60, do_sample=False)
answer = tokenizer.decode(reply[0, asked["input_ids"].shape[1] :])
print(f"loss on held-out rows: {before:.3f} before, {after:.3f} after\n{answer}")
