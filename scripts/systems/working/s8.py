# opt-350m loaded in bfloat16, which stays frozen, with adapters in float32. STEPS trains for longer.
import os

import torch
from datasets import load_dataset
from peft import LoraConfig
from trl import SFTConfig, SFTTrainer

STEPS = int(os.environ.get("STEPS", 50))
GPU = torch.cuda.is_available()
BF16 = GPU and torch.cuda.is_bf16_supported(including_emulation=False)  # a T4 emulates it, slowly

config = SFTConfig(
    output_dir="runs/S8",
    max_steps=STEPS,
    model_init_kwargs={"dtype": torch.bfloat16},  # under torch_dtype, its old name, it is ignored
    dataset_text_field="text",
    max_length=512,
    per_device_train_batch_size=4,
    learning_rate=2e-4,
    warmup_steps=0.1,
    logging_steps=1,
    save_strategy="no",
    report_to="none",
    use_cpu=not GPU,
    bf16=BF16,
    fp16=False,
)
trainer = SFTTrainer(
    model="facebook/opt-350m",
    args=config,
    # shuffled before they are cut, as the first half of the reviews is all negative
    train_dataset=load_dataset("stanfordnlp/imdb", split="train").shuffle(seed=0).select(range(400)),
    eval_dataset=load_dataset("stanfordnlp/imdb", split="test").shuffle(seed=0).select(range(20)),
    peft_config=LoraConfig(r=16, lora_alpha=32, task_type="CAUSAL_LM"),  # without it small steps are lost
)
before = trainer.evaluate()["eval_loss"]
trainer.train()
after = trainer.evaluate()["eval_loss"]
trainer.save_model("runs/S8/adapter")

tokenizer = trainer.processing_class
asked = tokenizer("I saw this film last night and", return_tensors="pt").to(trainer.model.device)
reply = trainer.model.generate(**asked, max_new_tokens=60, do_sample=False)
answer = tokenizer.decode(reply[0, asked["input_ids"].shape[1] :])
print(f"loss on held-out rows: {before:.3f} before, {after:.3f} after\n{answer}")
