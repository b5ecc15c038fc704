import torch
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

device = "cuda" if torch.cuda.is_available() else "cpu"
dataset = load_dataset("HuggingFaceTB/smoltalk", "all")
name = "HuggingFaceTB/SmolLM2-135M"
model = AutoModelForCausalLM.from_pretrained(pretrained_model_name_or_path=name).to(device)
tokenizer = AutoTokenizer.from_pretrained(pretrained_model_name_or_path=name)
model, tokenizer = setup_chat_format(model=model, tokenizer=tokenizer)

settings = SFTConfig(
    output_dir="./sft_output",
    max_steps=1000,
    per_device_train_batch_size=4,
    learning_rate=5e-5,
    logging_steps=10,
    save_steps=100,
    eval_strategy="steps",
    eval_steps=50,
)
trainer = SFTTrainer(
    model=model,
    args=settings,
    train_dataset=dataset["train"],
    eval_dataset=dataset["test"],
    processing_class=tokenizer,
)
trainer.train()
