# SmolLM2-135M: first SFT on the better replies, then DPO on the pairs. STEPS in the environment trains for longer.
import os

import torch
from datasets import load_dataset
from transformers import AutoTokenizer
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

STEPS = int(os.environ.get("STEPS", 50))
GPU = torch.cuda.is_available()
BF16 = GPU and torch.cuda.is_bf16_supported(including_emulation=False)  # a T4 has none, and computes in fp16
BOTH = dict(
    max_steps=STEPS,
    max_length=512,
    per_device_train_batch_size=4,
    gradient_accumulation_steps=2,
    warmup_steps=0.1,
    logging_steps=1,
    save_strategy="no",
    report_to="none",
    use_cpu=not GPU,
    bf16=BF16,
    fp16=GPU and not BF16,
)
CHATML = """\
{%- for message in messages -%}
{{ '<|im_start|>' + message['role'] + '\n' }}
{%- if message['role'] == 'assistant' -%}
{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}
{%- else -%}
{{ message['content'] + '<|im_end|>' }}
{%- endif -%}
{{ '\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' }}{%- endif -%}
"""

tokenizer = AutoTokenizer.from_pretrained("HuggingFaceTB/SmolLM2-135M")
tokenizer.chat_template = CHATML
pairs = load_dataset("trl-lib/ultrafeedback_binarized", split="train[:500]")
chosen = pairs.map(lambda row: {"messages": row["chosen"]}, remove_columns=pairs.column_names)
sft = SFTTrainer(
    model="HuggingFaceTB/SmolLM2-135M",
    args=SFTConfig("runs/S11/sft", eos_token="<|im_end|>", assistant_only_loss=True, learning_rate=3e-4, **BOTH),
    train_dataset=chosen,
    processing_class=tokenizer,
)
sft.train()
sft.save_model("runs/S11/sft")

trainer = DPOTrainer(
    model="runs/S11/sft",  # the folder: the reference is loaded from it, too, and is what SFT made
    args=DPOConfig("runs/S11/dpo", beta=0.1, learning_rate=5e-6, **BOTH),
    train_dataset=pairs,
    eval_dataset=load_dataset("trl-lib/ultrafeedback_binarized", split="test[:20]"),
)
before = trainer.evaluate()["eval_loss"]
trainer.train()
after = trainer.evaluate()["eval_loss"]
trainer.save_model("runs/S11/model")

chat = [{"role": "user", "content": "How do I make a good cup of tea?"}]
asked = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
reply = trainer.model.generate(**asked.to(trainer.model.device), max_new_tokens=60, do_sample=False)
answer = tokenizer.decode(reply[0, asked["input_ids"].shape[1] :])
print(f"loss on held-out pairs: {before:.3f} before, {after:.3f} after\n{answer}")
