"""Reproductions of the entries of the symptom index that are error messages or warnings: the texts as printed today."""

import importlib.util
import json
import os
import subprocess
import sys

import torch
from datasets import Dataset, DatasetDict, load_dataset
from symptom_lab import CHATS, OLD_CHATML, Lab, error, heard, shows
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

BY_HAND = "Conversation roles must alternate user/assistant/user/assistant/..."  # what Mistral's template raises


@shows("no-grad")
def no_grad(lab: Lab) -> list[str]:
    from peft import PeftModel

    lab.lora().save_pretrained(lab.folder / "adapter")
    reloaded = PeftModel.from_pretrained(lab.model(), lab.folder / "adapter")
    frozen = lab.model().requires_grad_(False)
    by_hand = lab.lora()
    by_hand.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": True})
    by_hand.disable_input_require_grads()  # what an own loop forgets to turn on
    ids = torch.ones(1, 4, dtype=torch.long)
    texts = [error(lab.trainer(model=model).train) for model in (reloaded, frozen)]
    texts.append(error(lambda: by_hand.train()(input_ids=ids, labels=ids).loss.backward()))
    by_hand.enable_input_require_grads()
    by_hand(input_ids=ids, labels=ids).loss.backward()
    again = PeftModel.from_pretrained(lab.model(), lab.folder / "adapter", is_trainable=True)
    lab.trainer(model=again).train()
    return texts


@shows("index-out-of-range")
def index_out_of_range(lab: Lab) -> list[str]:
    tokenizer, model = lab.tokenizer(), lab.model()
    tokenizer.add_tokens(["<new>"])
    ids = torch.tensor([tokenizer("<new>")["input_ids"]])
    text = error(model, ids)
    model.resize_token_embeddings(len(tokenizer))
    assert model(ids).logits.shape[-1] == len(tokenizer)
    return [text]


@shows("bf16-unsupported")
def bf16_unsupported(lab: Lab) -> list[str]:
    text = error(SFTConfig, output_dir=str(lab.folder))
    SFTConfig(output_dir=str(lab.folder), use_cpu=True, bf16=False)
    return [text]


@shows("unexpected-keyword")
def unexpected_keyword(lab: Lab) -> list[str]:
    old = "max_seq_length", "evaluation_strategy", "warmup_ratio", "group_by_length", "no_cuda", "overwrite_output_dir"
    texts = [error(SFTConfig, **{name: 1}) for name in old]
    moved = "tokenizer", "packing", "dataset_text_field", "max_length", "neftune_noise_alpha", "model_init_kwargs"
    return texts + [error(SFTTrainer, model=None, **{name: 1}) for name in (*moved, "dataset_num_proc")]


@shows("import-name")
def import_name(lab: Lab) -> list[str]:
    gone = "DataCollatorForCompletionOnlyLM", "setup_chat_format"
    texts = [error(exec, f"from trl import {name}") for name in gone]
    return [*texts, error(exec, "from transformers import AdamW")]


@shows("missing-column")
def missing_column(lab: Lab) -> list[str]:
    rows = (
        [{"instruction": "a", "output": "b"}] * 8,
        [{"prompt": "a"}] * 8,
        [{"messages": [{"from": "human", "value": "a"}]}] * 8,
    )
    lab.trainer([{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}] * 8).train()
    return [error(lambda one=one: lab.trainer(one).train()) for one in rows]


@shows("dataset-dict")
def dataset_dict(lab: Lab) -> list[str]:
    return [error(lab.trainer, DatasetDict(train=Dataset.from_list(CHATS)))]


@shows("formatting-list")
def formatting_list(lab: Lab) -> list[str]:
    rows = [{"a": "x y"}] * 8
    lab.trainer(rows, formatting_func=lambda row: row["a"])
    return [error(lab.trainer, rows, formatting_func=lambda row: [row["a"]])]


@shows("no-chat-template")
def no_chat_template(lab: Lab) -> list[str]:
    trainer = lab.trainer()
    trainer.model.save_pretrained(lab.folder / "weights")
    trainer.save_model(lab.folder / "whole")
    assert not (lab.folder / "weights" / "chat_template.jinja").exists()
    assert AutoTokenizer.from_pretrained(lab.folder / "whole").chat_template
    return [error(lab.tokenizer().apply_chat_template, CHATS[0]["prompt"])]


@shows("roles-alternate")
def roles_alternate(lab: Lab) -> list[str]:
    tokenizer = lab.tokenizer()
    tokenizer.chat_template = (
        "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
        f"{{{{ raise_exception('{BY_HAND}') }}}}{{% endif %}}{{{{ m['content'] }}}}{{% endfor %}}"
    )
    turn = CHATS[0]["prompt"][0]
    system = {"role": "system", "content": "Be brief."}
    return [error(tokenizer.apply_chat_template, chat) for chat in ([turn, turn], [system, turn])]


@shows("no-generation-marks")
def no_generation_marks(lab: Lab) -> list[str]:
    tokenizer = lab.tokenizer()
    tokenizer.chat_template = OLD_CHATML
    rows = [{"messages": row["prompt"] + row["completion"]} for row in CHATS]
    options = {"processing_class": tokenizer, "chat_template_path": None, "assistant_only_loss": True}
    with heard() as messages:
        asked = {"return_assistant_tokens_mask": True, "return_dict": True}
        assert not any(tokenizer.apply_chat_template(rows[0]["messages"], **asked)["assistant_masks"])
    return [error(lab.trainer, rows, **options), *messages]


@shows("no-pad-token")
def no_pad_token(lab: Lab) -> list[str]:
    tokenizer = lab.tokenizer()
    tokenizer.pad_token = None
    return [error(tokenizer, ["a lamp", "a"], padding=True)]


@shows("ragged-tensor")
def ragged_tensor(lab: Lab) -> list[str]:
    return [error(lab.tokenizer(), ["a green lamp", "a"], return_tensors="pt")]


@shows("nothing-left")
def nothing_left(lab: Lab) -> list[str]:
    rows = [{"prompt": "The lamp " * 50, "completion": " green."}] * 8
    trainer = lab.trainer(rows, max_length=16, chat_template_path=None, eos_token=None)
    assert len(trainer.train_dataset) == 0
    return [error(trainer.train)]


@shows("vocabulary-mismatch")
def vocabulary_mismatch(lab: Lab) -> list[str]:
    from peft import PeftModel

    larger = lab.model()
    larger.resize_token_embeddings(2050)
    larger.save_pretrained(lab.folder / "larger")
    config = lab.folder / "larger" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"vocab_size": 2048}))
    lab.lora(larger, modules_to_save=["embed_tokens"]).save_pretrained(lab.folder / "larger-adapter")
    base = lab.model()
    base.resize_token_embeddings(2050)
    PeftModel.from_pretrained(base, lab.folder / "larger-adapter")  # the remedy
    return [
        error(PeftModel.from_pretrained, lab.model(), lab.folder / "larger-adapter"),
        error(AutoModelForCausalLM.from_pretrained, lab.folder / "larger"),
    ]


@shows("tokenizer-not-saved")
def tokenizer_not_saved(lab: Lab) -> list[str]:
    lab.model().save_pretrained(lab.folder / "bare")
    assert len(AutoTokenizer.from_pretrained(lab.folder / "bare")) == 1, "loaded without a word, and useless"
    lab.lora().save_pretrained(lab.folder / "bare-adapter")
    return [error(AutoTokenizer.from_pretrained, lab.folder / "bare-adapter")]


@shows("hub-unreachable")
def hub_unreachable(lab: Lab) -> list[str]:
    return [error(AutoModelForCausalLM.from_pretrained, "HuggingFaceTB/SmolLM2-360M")]


@shows("target-modules")
def target_modules(lab: Lab) -> list[str]:
    return [error(lab.lora, target_modules=[name]) for name in ("query_key_value", "input_layernorm")]


@shows("dtype-mismatch")
def dtype_mismatch(lab: Lab) -> list[str]:
    mixed = lab.model()
    mixed.model.layers[0].mlp.to(torch.bfloat16)
    half = torch.ones(1, 4, dtype=torch.bfloat16)
    return [
        error(torch.nn.Linear(4, 4), half),
        error(lambda: half @ torch.ones(4, 4)),
        error(mixed, torch.ones(1, 4, dtype=torch.long)),
    ]


@shows("unscale-fp16")
def unscale_fp16(lab: Lab) -> list[str]:
    weight = torch.nn.Parameter(torch.ones(2, dtype=torch.float16))
    optimizer, scaler = torch.optim.SGD([weight], lr=0.1), torch.amp.GradScaler("cpu")
    scaler.scale((weight * 2).sum()).backward()
    return [error(scaler.unscale_, optimizer)]


@shows("flash-attention-missing")
def flash_attention_missing(lab: Lab) -> list[str]:
    return [error(AutoModelForCausalLM.from_pretrained, lab.course.base, attn_implementation="flash_attention_2")]


@shows("four-bit")
def four_bit(lab: Lab) -> list[str]:
    texts = [error(AutoModelForCausalLM.from_pretrained, lab.course.base, load_in_4bit=True)]
    if importlib.util.find_spec("bitsandbytes") is None:
        from transformers import BitsAndBytesConfig

        wanted = BitsAndBytesConfig(load_in_4bit=True)
        texts.append(error(AutoModelForCausalLM.from_pretrained, lab.course.base, quantization_config=wanted))
    return texts


@shows("eval-settings")
def eval_settings(lab: Lab) -> list[str]:
    held_out = {"eval_dataset": Dataset.from_list(CHATS), "load_best_model_at_end": True}
    best = {"eval_strategy": "steps", "eval_steps": 1, "save_strategy": "steps", "save_steps": 1}
    return [
        error(lab.trainer, eval_strategy="epoch"),
        error(lab.trainer, eval_strategy="epoch", save_strategy="steps", **held_out),
        error(lab.trainer(metric_for_best_model="eval_accuracy", **best, **held_out).train),
    ]


@shows("no-checkpoint")
def no_checkpoint(lab: Lab) -> list[str]:
    empty = lab.folder / "checkpoint-500"
    empty.mkdir()
    trainer = lab.trainer(output_dir=str(lab.folder / "nothing"))
    return [error(trainer.train, resume_from_checkpoint=where) for where in (True, str(empty))]


@shows("sequence-too-long")
def sequence_too_long(lab: Lab) -> list[str]:
    with heard() as messages:
        assert len(lab.tokenizer()("word " * 2000)["input_ids"]) == 4002
    return messages


@shows("arrow-mixed")
def arrow_mixed(lab: Lab) -> list[str]:
    broken = lab.folder / "broken.jsonl"
    broken.write_text('{"a": 1}\n{"a": 2,}\n')
    other = [lab.folder / f"{key}.jsonl" for key in "ab"]
    for path in other:
        path.write_text(json.dumps({path.stem: "x"}) + "\n")
    options = {"cache_dir": str(lab.folder / "cache")}
    return [
        error(Dataset.from_list, [{"a": [1]}, {"a": "x"}]),
        error(load_dataset, "json", data_files=str(broken), **options),
        error(load_dataset, "json", data_files=[str(path) for path in other], **options),
    ]


@shows("prompt-not-prefix")
def prompt_not_prefix(lab: Lab) -> list[str]:
    with heard() as messages:
        lab.trainer([{"prompt": "The la", "completion": "mp is green."}] * 8, chat_template_path=None, eos_token=None)
    return messages


@shows("child-failed")
def child_failed(lab: Lab) -> list[str]:
    program = lab.folder / "fails.py"
    program.write_text("raise ValueError('the first error')\n")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "1", str(program)]
    environment = os.environ | {"USE_LIBUV": "0"}  # PyTorch's builds for Windows lack that library
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert done.stderr.index("ValueError: the first error") < done.stderr.index("ChildFailedError")
    return [done.stderr]


@shows("nan-probabilities")
def nan_probabilities(lab: Lab) -> list[str]:
    model, batch = lab.model("float16"), lab.tokenizer()("The lamp", return_tensors="pt")
    model.model.norm.weight.data.fill_(6e4)  # activations beyond fp16's 65,504
    text = error(model.generate, **batch, do_sample=True, max_new_tokens=3)
    model.float().generate(**batch, do_sample=True, max_new_tokens=3)
    return [text]


@shows("weights-file-broken")
def weights_file_broken(lab: Lab) -> list[str]:
    lab.model().save_pretrained(lab.folder / "broken")
    weights = lab.folder / "broken" / "model.safetensors"
    whole, texts = weights.read_bytes(), []
    for content in (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 8\n", whole[: len(whole) // 2]):
        weights.write_bytes(content)
        texts.append(error(AutoModelForCausalLM.from_pretrained, lab.folder / "broken"))
    return texts


@shows("unknown-architecture")
def unknown_architecture(lab: Lab) -> list[str]:
    folder = lab.folder / "unknown"
    folder.mkdir()
    texts = []
    for config in ({"model_type": "tinyllava"}, {}):
        (folder / "config.json").write_text(json.dumps(config))
        texts.append(error(AutoModelForCausalLM.from_pretrained, folder))
    return texts
