"""Every kind of finding: what to write into the job against it, and what one would see later without that.

A remedy is one or more lines of YAML; a line that begins with # is a deed outside the file. Where the right value
depends on the job, the check that finds it gives its own.
"""

FOLDER = "dataset_name: FOLDER  # holds train.jsonl and test.jsonl; takes the place of datasets"
TEMPLATE = "chat_template_path: TEMPLATE.jinja"

# kind: (remedy, id of the entry in the symptom index or "")
KINDS = {
    # the file and its settings
    "unknown-key": ("# delete the line", "unexpected-keyword"),
    "bad-value": ("# correct the value that the message names", ""),
    "best-model": ("save_strategy: epoch\neval_strategy: epoch", "eval-settings"),
    "no-checkpoint": ("# delete resume_from_checkpoint, or name the folder of a checkpoint", "no-checkpoint"),
    "bf16-unsupported": ("bf16: false\nfp16: true", "bf16-unsupported"),
    "fp16-weights": ("dtype: float32", "unscale-fp16"),
    "half-weights": ("dtype: float32\nbf16: true", "loss-flat"),
    "quantized-alone": ("use_peft: true", "four-bit"),
    "lora-ignored": ("use_peft: true", ""),
    "target-modules": ("lora_target_modules: all-linear", "target-modules"),
    "rate-too-high": ("learning_rate: 2.0e-5", "loss-diverges"),
    "rate-too-low": ("learning_rate: 2.0e-5", "loss-flat"),
    "packed-leak": ("packing: false", "packed-leak"),
    "evaluation-mixed": ("eval_packing: false", "packed-leak"),
    "no-evaluation": ("eval_strategy: epoch", "validation-rises"),
    "random-split": (FOLDER, "validation-rises"),
    "no-log": ("save_strategy: epoch\nsave_total_limit: 1", "no-log"),
    "no-saves": ("save_strategy: epoch\nsave_total_limit: 2", ""),
    "no-tracker": ("report_to: tensorboard", ""),
    "old-checkpoints": ("output_dir: ANOTHER_FOLDER", ""),
    # model and tokenizer
    "no-model": ("model_name_or_path: FOLDER_OR_NAME", "hub-unreachable"),
    "vocabulary": (
        "# take the tokenizer that belongs to the model, or resize its embeddings first",
        "index-out-of-range",
    ),
    "unknown-token": ("# delete the line, or name one of the tokenizer's special tokens", "never-stops"),
    # the rows
    "no-rows": ("datasets: [{path: json, data_files: train.jsonl, split: train}]", ""),
    "no-test-split": (FOLDER, "eval-settings"),
    "few-rows": ("# collect more rows: a few hundred teach a style", "one-wording"),
    "wrong-columns": ("# rename the columns in the file to prompt and completion", "missing-column"),
    "empty-rows": ("# sft-tools audit FILE --out clean.jsonl", "empty-answer"),
    "bad-rows": ("# sft-tools audit FILE --out clean.jsonl", "good-loss-bad-answers"),
    "duplicates": ("# sft-tools audit FILE --out clean.jsonl", "loss-near-zero"),
    "leak": ("# sft-tools audit TRAIN --eval TEST --out clean.jsonl", "invents-facts"),
    "personal": ("# sft-tools audit FILE --drop personal --out clean.jsonl", ""),
    # tokens and labels
    "refused": ("# mend what the sentence names", ""),
    "no-generation-marks": (f"{TEMPLATE}  # one with a generation block", "no-generation-marks"),
    "no-template": (f"{TEMPLATE}\neos_token: <|im_end|>  # or what ends its turns", "no-chat-template"),
    "other-template": ("# delete chat_template_path: the model has a template", "worse-when-served"),
    "template-twice": ("# store the bare texts: the trainer writes the marks", "good-loss-bad-answers"),
    "roles": ("# rename the roles in the file to system, user, assistant and tool", "worse-when-served"),
    "left-out": (f"{TEMPLATE}  # one that writes what these rows say", "good-loss-bad-answers"),
    "nothing-trained": ("assistant_only_loss: false", "loss-zero"),
    "user-trained": ("assistant_only_loss: true", "answers-twice"),
    "mask-ignored": ("completion_only_loss: false", "answers-twice"),
    "no-end": (f"{TEMPLATE}  # one that ends each turn, inside its generation block", "never-stops"),
    "double-bos": ("# delete the BOS token at the beginning of the texts", "double-bos"),
    "nothing-left": ("max_length: 2048", "nothing-left"),
    "cut-off": ("max_length: 2048", "cut-short"),
    "too-long": ("max_length: 1024", "sequence-too-long"),
    "packing-advice": ("packing: true", ""),
    # the whole run
    "few-steps": ("gradient_accumulation_steps: 1", "fewer-steps"),
    "by-heart": ("num_train_epochs: 3", "loss-near-zero"),
    "max-steps": ("max_steps: -1", "fewer-steps"),
    "warmup": ("warmup_steps: 0.03", "loss-flat"),
    "never-evaluated": ("eval_strategy: epoch", "no-log"),
    "hardly-logged": ("logging_steps: 5", "no-log"),
    "no-fit": ("per_device_train_batch_size: 1", "oom-training"),
}
