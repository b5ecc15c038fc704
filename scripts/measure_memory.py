"""Measures what `course_utils.fit` predicts: the peak memory of two training steps, each case in a fresh process.

    python -m scripts.measure_memory            # the cases of the CPU that are not stored yet
    python -m scripts.measure_memory --again    # all of them anew
    python -m scripts.measure_memory --gpu      # the shapes of real models, on the first GPU

Random weights do: memory depends on shapes alone. On a GPU the figure is what PyTorch's allocator says,
`torch.cuda.max_memory_allocated()`. On a CPU it is the same figure, counted from the events of PyTorch's profiler:
every allocation and every release of a tensor's memory, from before the model exists. The process's resident memory
(RSS) is stored beside it and judges nothing: it holds Python and the libraries, what the C library keeps back, and
what mkldnn packs.

The script knows nothing of the rules. Results go to `assets/memory_cpu.jsonl` and `memory_gpu.jsonl` of the package,
a line a case, written when the case is done, so that a run that was stopped goes on where it was.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from course_utils.fit import config_of, measured
from course_utils.fit.measured import STORED
from course_utils.memory import memory_curve, peak_memory_mb
from course_utils.session import ASSETS

ROOT = Path(__file__).parents[1]
STEPS = 2  # the second step holds all at once: the optimizer's averages exist since the first


def llama(hidden, layers, heads, kv, ffn, vocab, kind="llama", **more) -> dict:
    """A config.json of a decoder with gated MLPs."""
    return {
        "model_type": kind,
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv,
        "head_dim": hidden // heads,
        "intermediate_size": ffn,
        "vocab_size": vocab,
        "max_position_embeddings": 4096,
        "tie_word_embeddings": True,
    } | more


def gpt2(hidden, layers, heads, vocab) -> dict:
    """A config.json of GPT-2's kind."""
    names = {"n_embd": hidden, "n_layer": layers, "n_head": heads, "vocab_size": vocab, "n_positions": 2048}
    return {"model_type": "gpt2"} | names


SMALL = llama(192, 6, 6, 3, 512, 1024)
MIDDLE = llama(384, 8, 6, 2, 1024, 16_384)
QWEN = llama(320, 6, 8, 2, 960, 40_000, "qwen3", head_dim=64)
GEMMA = llama(256, 6, 4, 1, 1536, 32_000, "gemma3_text", head_dim=64)

# Rules were derived by reading which tensors each layer saves, and settled on the cases of the first group. The second
# group was predicted by the finished rules and never used to change them.
CASES = {
    "settled on": [
        {"name": "llama, full", "config": MIDDLE, "length": 256, "batch": 4},
        {"name": "llama, full, checkpointing", "config": MIDDLE, "length": 256, "batch": 4, "checkpointing": True},
        {"name": "llama, full, bf16", "config": MIDDLE, "length": 256, "batch": 4, "precision": "bf16"},
        {"name": "llama, LoRA", "config": MIDDLE, "length": 256, "batch": 4, "method": "lora"},
        {"name": "gpt2, full", "config": gpt2(256, 6, 8, 8_000), "length": 256, "batch": 4},
        {"name": "llama, full, all logits", "config": MIDDLE, "length": 256, "batch": 4, "full_logits": True},
        {"name": "few tokens, one table", "config": MIDDLE, "length": 16, "batch": 1, "full_logits": True},
        {"name": "few tokens, Adam in 8 bits", "config": MIDDLE, "length": 16, "batch": 1}
        | {"full_logits": True, "optimizer": "adamw_bnb_8bit"},
    ],
    "kept aside": [
        {"name": "small llama, long rows", "config": SMALL, "length": 1024, "batch": 4},
        {"name": "small llama, batch 16", "config": SMALL, "length": 128, "batch": 16, "checkpointing": True},
        {"name": "qwen3, full", "config": QWEN, "length": 384, "batch": 2},
        {"name": "qwen3, full, checkpointing, bf16", "config": QWEN, "length": 512, "batch": 4}
        | {"checkpointing": True, "precision": "bf16"},
        {"name": "qwen3, LoRA, checkpointing", "config": QWEN, "length": 512, "batch": 2}
        | {"method": "lora", "checkpointing": True},
        {"name": "qwen3, LoRA on bf16 weights", "config": QWEN, "length": 256, "batch": 4}
        | {"method": "lora", "precision": "bf16", "dtype": "bfloat16"},
        {"name": "qwen3, QLoRA, checkpointing", "config": QWEN, "length": 512, "batch": 2}
        | {"method": "qlora", "checkpointing": True, "precision": "bf16", "dtype": "bfloat16"},
        {"name": "gpt2, LoRA", "config": gpt2(320, 8, 5, 12_000), "length": 200, "batch": 6, "method": "lora"},
        {"name": "gpt2, full, checkpointing", "config": gpt2(320, 8, 5, 12_000), "length": 512, "batch": 2}
        | {"checkpointing": True},
        {"name": "gemma3, full", "config": GEMMA, "length": 256, "batch": 4},
        {"name": "llama, uneven rows", "config": MIDDLE, "length": 512, "batch": 4, "shortest": 100},
        {"name": "llama, packed", "config": SMALL, "length": 512, "batch": 2, "packing": True},
        {"name": "llama, accumulation", "config": MIDDLE, "length": 128, "batch": 2, "accumulation": 4},
        {"name": "qwen3, all logits", "config": QWEN, "length": 128, "batch": 4, "full_logits": True},
        # peaks at other moments than the loss: few words and long rows, many weights and few tokens
        {"name": "few words, checkpointing", "config": SMALL | {"vocab_size": 256}, "length": 512, "batch": 8}
        | {"checkpointing": True, "full_logits": True},
        {
            "name": "few words, kept",
            "config": SMALL | {"vocab_size": 256},
            "length": 512,
            "batch": 8,
            "full_logits": True,
        },
        {"name": "few tokens, two tables", "config": MIDDLE | {"tie_word_embeddings": False}, "length": 16, "batch": 1}
        | {"full_logits": True},
        {"name": "few tokens, qwen3", "config": QWEN, "length": 24, "batch": 2, "full_logits": True},
        {"name": "few tokens, gpt2", "config": gpt2(320, 8, 5, 12_000), "length": 24, "batch": 1, "full_logits": True},
    ],
}

SHAPES = ("SmolLM2-135M", "SmolLM2-360M", "SmolLM2-1.7B", "Qwen3-0.6B", "Qwen3-4B")


def gpu_cases() -> list[dict]:
    """Shapes of real models by name in the shipped table; LoRA and QLoRA on bfloat16 weights, as one would on a GPU."""
    half = {"dtype": "bfloat16"}
    ways = {"full": {}, "LoRA": {"method": "lora"} | half, "QLoRA": {"method": "qlora"} | half}
    return [
        {"name": f"{shape}, {way}, {'checkpointing' if again else 'kept'}, {'packed' if packed else 'padded'}"}
        | {"config": shape, "length": 1024, "batch": 4, "precision": "bf16", "checkpointing": again}
        | {"packing": packed, "shortest": 200}
        | settings
        for shape in SHAPES
        for way, settings in ways.items()
        for again in (True, False)
        for packed in (False, True)
    ]


def trainer_for(case: dict, folder: str, device: str):
    """A TRL trainer of the case, on random weights and random tokens."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoConfig, AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments
    from trl import SFTConfig, SFTTrainer

    from course_utils.session import checkpointing as setting

    config = dict(config_of(case["config"]))
    config = AutoConfig.for_model(config.pop("model_type"), **config)
    dtype = getattr(torch, case.get("dtype", "float32"))
    model = AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation="sdpa")
    if case.get("method") == "qlora":
        model.save_pretrained(folder)
        four = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)
        del model
        model = AutoModelForCausalLM.from_pretrained(folder, quantization_config=four, dtype=dtype)
    rows = token_rows(case, config.vocab_size)
    settings = {
        "output_dir": folder,
        "max_steps": STEPS,
        "per_device_train_batch_size": case["batch"],
        "gradient_accumulation_steps": case.get("accumulation", 1),
        setting(): case.get("checkpointing", False),
        "use_cpu": device == "cpu",
        "bf16": case.get("precision") == "bf16",
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "logging_strategy": "no",
        "optim": case.get("optimizer", "adamw_torch_fused"),
    }
    if case.get("full_logits"):  # transformers' own trainer, which builds them all
        return Trainer(model, TrainingArguments(**settings), train_dataset=Dataset.from_list(rows))
    packs = {"packing": case.get("packing", False), "max_length": case["length"], "eos_token": None}
    lora = LoraConfig(r=16, lora_dropout=0.05, target_modules="all-linear") if case.get("method") else None
    return SFTTrainer(
        model,
        SFTConfig(**settings | packs, dataset_kwargs={"skip_prepare_dataset": not case.get("packing", False)}),
        train_dataset=Dataset.from_list(rows),
        processing_class=any_tokenizer(),
        peft_config=lora,
    )


def any_tokenizer():
    """A tokenizer for the collator's pad token; the rows are token ids already."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(ASSETS / "base")


def token_rows(case: dict, vocabulary: int) -> list[dict]:
    """Rows of random token ids: all of one length, or every second one as short as the case says."""
    import random

    draw, short = random.Random(0), case.get("shortest") or case["length"]
    count = STEPS * case["batch"] * case.get("accumulation", 1) * (4 if case.get("packing") else 1)
    lengths = [case["length"] if i % 2 == 0 or not case.get("shortest") else short for i in range(count)]
    rows = [[draw.randrange(5, min(vocabulary, 1000)) for _ in range(n)] for n in lengths]
    return [{"input_ids": row, "labels": row} for row in rows]


def measure(case: dict, device: str) -> dict:
    """Peak bytes of PyTorch's allocator over two steps, and on a CPU of the process. Run it in a fresh process."""
    import torch

    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        if device == "gpu":
            trainer_for(case, folder, device).train()
            size = torch.cuda.get_device_properties(0).total_memory / 1e9
            card = {"card": torch.cuda.get_device_name(), "card_gb": round(size, 1)}
            peak = {"peak_bytes": torch.cuda.max_memory_allocated()}
            return card | peak | {"reserved_bytes": torch.cuda.max_memory_reserved()}
        before = peak_memory_mb()
        curve = memory_curve(lambda: trainer_for(case, folder, device).train())
        peak = {"peak_bytes": round(1e6 * max(megabytes for _, megabytes in curve))}
        return peak | {"resident_bytes": round(1e6 * (peak_memory_mb() - before))}


def measured_in_a_fresh_process(case: dict, device: str) -> dict:
    """`measure` in a process of its own; raises RuntimeError with the end of what it printed when it fails."""
    line = [sys.executable, "-m", "scripts.measure_memory", "--one", json.dumps(case), "--device", device]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{case['name']} failed: {done.stderr[-1500:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gpu", action="store_true", help="shapes of real models, on the first GPU")
    parser.add_argument("--again", action="store_true", help="forget what is stored")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--device", default="cpu", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(json.loads(args.one), args.device)))
        return
    device = "gpu" if args.gpu else "cpu"
    groups = {"shapes of real models": gpu_cases()} if args.gpu else CASES
    if args.again:
        STORED[device].unlink(missing_ok=True)
    done = {case["name"] for case in measured(device)}
    for group, cases in groups.items():
        for case in cases:
            if case["name"] in done:
                continue
            try:
                found = measured_in_a_fresh_process(case, device)
            except RuntimeError as error:
                print(error, file=sys.stderr)
                continue
            with STORED[device].open("a", encoding="utf-8") as file:
                file.write(json.dumps(case | {"group": group} | found) + "\n")
            print(f"{case['name']}: {found['peak_bytes'] / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
