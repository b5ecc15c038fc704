# opt-350m gets the marks of a chat, and learns them. STEPS in the environment trains for longer.
import os

import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

STEPS = int(os.environ.get("STEPS", 50))
GPU = torch.cuda.is_available()
BF16 = GPU and torch.cuda.is_bf16_supported(including_emulation=False)  # a T4 has none, and computes in fp16
NAME = "facebook/opt-350m"
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

tokenizer = AutoTokenizer.from_pretrained(NAME)
model = AutoModelForCausalLM.from_pretrained(NAME, dtype="float32")
tokenizer.add_tokens(["<|im_start|>", "<|im_end|>"], special_tokens=True)
if len(tokenizer) > model.get_input_embeddings().num_embeddings:  # OPT has rows to spare: never cut them off
    model.resize_token_embeddings(len(tokenizer))
tokenizer.chat_template = CHATML
config = SFTConfig(
    output_dir="runs/S7",
    max_steps=STEPS,
    eos_token="<|im_end|>",  # or generation doesn't stop where a turn ends
    assistant_only_loss=True,
    max_length=512,
    per_device_train_batch_size=4,
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
    model=model,
    args=config,
    train_dataset=load_dataset("HuggingFaceTB/smoltalk", "everyday-conversations", split="train[:1000]"),
    eval_dataset=load_dataset("HuggingFaceTB/smoltalk", "everyday-conversations", split="test[:20]"),
    processing_class=tokenizer,
)
before = trainer.evaluate()["eval_loss"]
trainer.train()
after = trainer.evaluate()["eval_loss"]
trainer.save_model("runs/S7/model")

chat = [{"role": "user", "content": "How do I make a good cup of tea?"}]
asked = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
reply = trainer.model.generate(**asked.to(trainer.model.device), max_new_tokens=60, do_sample=False)
answer = tokenizer.decode(reply[0, asked["input_ids"].shape[1] :])
print(f"loss on held-out rows: {before:.3f} before, {after:.3f} after\n{answer}")
