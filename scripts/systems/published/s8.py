import torch
from datasets import load_dataset
from trl import SFTTrainer

dataset = load_dataset("imdb", split="train")
trainer = SFTTrainer(
    "facebook/opt-350m",
    train_dataset=dataset,
    dataset_text_field="text",
    model_init_kwargs={"torch_dtype": torch.bfloat16},
)
trainer.train()
