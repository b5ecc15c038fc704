# Adapters on DeepSeek-R1-Distill-Qwen-1.5B, for a GPU of 16 GB. STEPS in the environment trains for longer.
import os

import torch
from datasets import load_dataset
from peft import LoraConfig
from trl import SFTConfig, SFTTrainer

STEPS = int(os.environ.get("STEPS", 50))
GPU = torch.cuda.is_available()
BF16 = GPU and torch.cuda.is_bf16_supported(including_emulation=False)  # a T4 has none, and computes in fp16

config = SFTConfig(
    output_dir="runs/S2",
    max_steps=STEPS,
    model_init_kwargs={"dtype": "bfloat16" if BF16 else "float16" if GPU else "float32"},
    assistant_only_loss=True,  # TRL knows this model's own template, and where the replies lie in it
    max_length=512,
    per_device_train_batch_size=2,
    gradient_accumulation_steps=4,
    learning_rate=2e-4,
    warmup_steps=0.1,
    logging_steps=1,
    save_strategy="no",
    report_to="none",
    use_cpu=not GPU,
    bf16=BF16,
    fp16=GPU and not BF16,
)
trainer = SFTTrainer(
    model="deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B",
    args=config,
    train_dataset=load_dataset("HuggingFaceTB/smoltalk", "everyday-conversations", split="train[:500]"),
    eval_dataset=load_dataset("HuggingFaceTB/smoltalk", "everyday-conversations", split="test[:20]"),
    peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"),
)
before = trainer.evaluate()["eval_loss"]
trainer.train()
after = trainer.evaluate()["eval_loss"]
trainer.save_model("runs/S2/adapter")

tokenizer = trainer.processing_class
chat = [{"role": "user", "content": "How do I make a good cup of tea?"}]
text = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
text = text.removesuffix("<think>\n")  # these rows have no thoughts: ask as you trained
asked = tokenizer(text, add_special_tokens=False, return_tensors="pt").to(trainer.model.device)
reply = trainer.model.generate(**asked, max_new_tokens=60, do_sample=False)
answer = tokenizer.decode(reply[0, asked["input_ids"].shape[1] :])
print(f"loss on held-out rows: {before:.3f} before, {after:.3f} after\n{answer}")
