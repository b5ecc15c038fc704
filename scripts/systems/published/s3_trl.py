from datasets import load_dataset
from trl import SFTTrainer

dataset = load_dataset("openai/gsm8k", "main", split="train")  # our choice: the source names none


def formatting_func(example):
    return f"### Question: {example['question']}\n ### Answer: {example['answer']}"


trainer = SFTTrainer("facebook/opt-350m", train_dataset=dataset, packing=True, formatting_func=formatting_func)
trainer.train()
