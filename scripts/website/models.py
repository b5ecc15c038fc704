"""Packs the four models of the site's page of models: graph, weights, tokenizer, prompt.

A weight is sent as the two bytes of its bfloat16, all high bytes before all low ones, since they compress better apart.
"""

import base64
import gzip
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

from course_utils.generate import as_text
from course_utils.session import ASSETS
from course_utils.shop import tasks

FOLDER = Path(__file__).parent / "models"
RULES = """Write three sentences. First: "Meet the NAME in COLOUR." Second: what it is for, with all features.
Third: "Find it in CATEGORY at Pebble & Pine." For plurals write "them"."""
SHEET = "{sheet}"  # where a prompt has the sheet
MOST = 80  # new tokens


def packed(data: bytes) -> str:
    """Bytes as text that a script can hold: compressed, in base64; the same bytes give the same text."""
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode("ascii")


def load(name: str):
    """One of the models, "base", "SFT", "DPO" or "assistant", in bfloat16, and its tokenizer."""
    import torch

    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # peft loads it, and it tells of what is not used here
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    folder = ASSETS / ("assistant" if name == "assistant" else "base")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if name in ("SFT", "DPO"):
        tokenizer.chat_template = (ASSETS / "chatml.jinja").read_text(encoding="utf-8")
        tokenizer.eos_token = "<|im_end|>"
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    for adapter in {"SFT": ("sft",), "DPO": ("sft", "dpo")}.get(name, ()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # peft uses an older name of transformers
            model = PeftModel.from_pretrained(model, FOLDER / adapter).merge_and_unload()
    return model.to(torch.bfloat16), tokenizer


def prompt(name: str, tokenizer) -> str:
    """What the model is given, with `SHEET` in the place of the sheet."""
    request = tasks.describe_prompt({key: "" for key in ("category", "name", "features", "colour")}).splitlines()[0]
    asked = f"{request}\n{SHEET}"
    if name == "base":
        return f"{asked}\ndescription:"
    system = [{"role": "system", "content": RULES}] if name == "assistant" else []
    return as_text(tokenizer, [*system, {"role": "user", "content": asked}])


def shown() -> Iterator[tuple[str, dict[str, object]]]:
    """For each model its name and what the page needs of it, as JSON."""
    import torch

    for name in ("base", "SFT", "DPO", "assistant"):
        kind = "assistant" if name == "assistant" else "base"
        model, tokenizer = load(name)
        weights = model.state_dict()
        order = json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
        halves = torch.cat([weights[key].reshape(-1) for key in order]).view(torch.uint8).reshape(-1, 2)
        ends = model.generation_config.eos_token_id if name == "assistant" else tokenizer.eos_token_id
        yield (
            name,
            {
                "graph": packed((FOLDER / f"{kind}.onnx").read_bytes()),
                "high": packed(halves[:, 1].numpy().tobytes()),
                "low": packed(halves[:, 0].numpy().tobytes()),
                **tokenizer_files(kind),
                "prompt": prompt(name, tokenizer),
                "ends": ends if isinstance(ends, list) else [ends],
                "most": MOST,
            },
        )


def tokenizer_files(kind: str) -> dict[str, object]:
    """The two files of a tokenizer, as its library for the browser takes them."""
    files = {"tokenizer": "tokenizer.json", "config": "tokenizer_config.json"}
    return {key: json.loads((ASSETS / kind / file).read_text(encoding="utf-8")) for key, file in files.items()}
