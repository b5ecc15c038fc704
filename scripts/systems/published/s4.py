from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainingArguments
from trl import SFTTrainer

rows = load_dataset("csv", data_files="products.csv", split="train[:300]")
tokenizer = AutoTokenizer.from_pretrained("distilgpt2")
tokenizer.pad_token = tokenizer.eos_token


def add_text(row):
    sheet = f"Category: {row['category']}\nName: {row['name']}\nFeatures: {row['features']}\nColour: {row['colour']}"
    return {"text": f"{sheet}\nDescription: {row['description']}"}


def tokenize(batch):
    tokens = tokenizer(batch["text"], padding="max_length", truncation=True, max_length=512)
    tokens["labels"] = tokens["input_ids"].copy()
    return tokens


tokenized = rows.map(add_text).map(tokenize, batched=True)
settings = TrainingArguments(output_dir="results", num_train_epochs=3, per_device_train_batch_size=4)
model = AutoModelForCausalLM.from_pretrained("distilgpt2")
trainer = SFTTrainer(model=model, args=settings, train_dataset=tokenized)
trainer.train()
trainer.save_model("fine_tuned_model")
