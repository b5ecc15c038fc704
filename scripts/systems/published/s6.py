from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DataCollatorForCompletionOnlyLM, SFTTrainer

dataset = load_dataset("lucasmccabe-lmi/CodeAlpaca-20k", split="train")
model = AutoModelForCausalLM.from_pretrained("facebook/opt-350m")
tokenizer = AutoTokenizer.from_pretrained("facebook/opt-350m")


def formatting_prompts_func(batch):
    pairs = zip(batch["instruction"], batch["output"])
    return [f"### Question: {instruction}\n ### Answer: {output}" for instruction, output in pairs]


collator = DataCollatorForCompletionOnlyLM(" ### Answer:", tokenizer=tokenizer)
trainer = SFTTrainer(model, train_dataset=dataset, formatting_func=formatting_prompts_func, data_collator=collator)
trainer.train()
