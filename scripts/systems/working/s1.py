# SmolLM2-135M learns to chat from smoltalk. STEPS in the environment trains for longer; a CPU alone will do.
import os

import torch
from datasets import Dataset, load_dataset
from transformers import AutoTokenizer
from trl import SFTConfig, SFTTrainer

STEPS = int(os.environ.get("STEPS", 50))
GPU = torch.cuda.is_available()
BF16 = GPU and torch.cuda.is_bf16_supported(including_emulation=False)  # a T4 has none, and computes in fp16
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


def some(split, count):
    # read from the hub as a stream: the whole of smoltalk is a million talks
    rows = load_dataset("HuggingFaceTB/smoltalk", "all", split=split, streaming=True)
    return Dataset.from_list(list(rows.shuffle(seed=0, buffer_size=1000).take(count)))


tokenizer = AutoTokenizer.from_pretrained("HuggingFaceTB/SmolLM2-135M")
tokenizer.chat_template = CHATML  # the tokenizer has the two marks already, but no template
config = SFTConfig(
    output_dir="runs/S1",
    max_steps=STEPS,
    eos_token="<|im_end|>",  # or generation doesn't stop where a turn ends
    assistant_only_loss=True,
    max_length=1024,
    packing=True,  # safe here: a Llama does not let packed rows see each other
    eval_packing=False,
    per_device_train_batch_size=2,
    gradient_accumulation_steps=2,
    learning_rate=3e-4,  # the model's published recipe says 1e-3; a short run has no time to recover
    warmup_steps=0.1,
    logging_steps=1,
    save_strategy="no",
    report_to="none",
    use_cpu=not GPU,
    bf16=BF16,
    fp16=GPU and not BF16,
)
trainer = SFTTrainer(
    model="HuggingFaceTB/SmolLM2-135M",  # given its id, the trainer loads float32
    args=config,
    train_dataset=some("train", 1000),
    eval_dataset=some("test", 40),  # all of the test split every 50 steps costs far more than the training
    processing_class=tokenizer,
)
before = trainer.evaluate()["eval_loss"]
trainer.train()
after = trainer.evaluate()["eval_loss"]
trainer.save_model("runs/S1/model")

chat = [{"role": "user", "content": "How do I make a good cup of tea?"}]
asked = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
reply = trainer.model.generate(**asked.to(trainer.model.device), max_new_tokens=60, do_sample=False)
answer = tokenizer.decode(reply[0, asked["input_ids"].shape[1] :])
print(f"loss on held-out rows: {before:.3f} before, {after:.3f} after\n{answer}")
