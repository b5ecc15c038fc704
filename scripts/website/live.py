"""What the pages that answer need: data of the course, as scripts that a page read from a folder can load.

A page in a folder may not fetch files, so each piece is a script that sets one variable. Nothing is trained here.
"""

import json
import shutil
from pathlib import Path

import trl

from course_utils import diagnose
from course_utils.session import ASSETS
from course_utils.stored_runs import EPOCHS, RATES, stored

from . import models
from .vendor import libraries

SIZES = (5, 20, 50, 100, 300, 1000)
VARIED = {
    "learning rate (100 rows, 3 epochs)": {rate: f"100 rows, rate {rate}" for rate in RATES},
    "epochs (50 rows)": {str(epochs): f"50 rows, {epochs} epochs" for epochs in EPOCHS},
    "rows (60 steps each)": {str(rows): f"{rows} rows, 60 steps" for rows in SIZES},
}


# The families of the X-ray: the training template that TRL ships, and the marks that begin a text and end a turn.
FAMILIES = {
    "Qwen 2.5": ("qwen2_5", "", "<|im_end|>"),
    "Qwen 3": ("qwen3", "", "<|im_end|>"),
    "Llama 3": ("llama3", "<|begin_of_text|>", "<|eot_id|>"),
    "Phi-3": ("phi3", "<s>", "<|endoftext|>"),
    "Gemma 2": ("gemma", "<bos>", "<eos>"),
    "Gemma 3": ("gemma3", "<bos>", "<eos>"),
    "Command R": ("cohere", "<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>"),
    "DeepSeek V3": ("deepseekv3", "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
    "GLM 4.5": ("glm4moe", "", "<|endoftext|>"),
    "LFM2": ("lfm2", "<|startoftext|>", "<|im_end|>"),
}

ENGINE = {"glue": "ort-wasm-simd-threaded.mjs", "wasm": "ort-wasm-simd-threaded.wasm"}


def _log(run: dict) -> list[dict]:
    """The curves of a stored run as the trainer logs them."""
    norms = dict(map(tuple, run["curves"]["grad_norm"]))
    trained = [{"step": step, "loss": loss, "grad_norm": norms[step]} for step, loss in run["curves"]["loss"]]
    return trained + [{"step": step, "eval_loss": loss} for step, loss in run["curves"].get("eval_loss", [])]


def curves() -> dict[str, dict[str, list[dict]]]:
    """For each thing varied and each value the runs: their curves, score, and the diagnosis of their log."""
    found: dict[str, dict[str, list[dict]]] = {}
    for what, values in VARIED.items():
        found[what] = {}
        for value, name in values.items():
            runs = found[what][value] = []
            for run in stored(name):
                said = diagnose.diagnose(_log(run))
                runs.append(
                    {
                        "seed": run["seed"],
                        "loss": run["curves"]["loss"],
                        "eval_loss": run["curves"].get("eval_loss", []),
                        "strict": run["strict"],
                        "pattern": said.pattern,
                        "evidence": list(said.findings[0].evidence),
                    }
                )
    return found


def families() -> dict[str, dict[str, str]]:
    """The chat templates that the X-ray knows, by family: this course's own, and ten that TRL ships for training."""
    own = (ASSETS / "chatml.jinja").read_text(encoding="utf-8")
    found = {"this course (ChatML)": {"template": own, "bos": "", "eos": "<|im_end|>"}}
    folder = Path(trl.__file__).parent / "chat_templates"
    for family, (name, bos, eos) in FAMILIES.items():
        template = (folder / f"{name}_training.jinja").read_text(encoding="utf-8")
        found[family] = {"template": template, "bos": bos, "eos": eos}
    return found


def _variable(file: Path, name: str, value: object) -> None:
    file.write_text(f"window.{name} = {json.dumps(value)};\n", encoding="utf-8")


def _library(file: Path, name: str, source: Path) -> None:
    """A CommonJS file as a plain script, which a page in a folder may load."""
    code = source.read_text(encoding="utf-8")
    head = f"window.{name} = (() => {{ const module = {{ exports: {{}} }}; let exports = module.exports;\n"
    file.write_text(f"{head}{code}\nreturn module.exports; }})();\n", encoding="utf-8")


def write(folder: Path) -> None:
    """Writes what the pages need beside their own scripts: first what needs no library.

    Raises:
        NoLibraries: they are missing, and npm could not fetch them; then the page of curves alone has all it needs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    patterns = [*diagnose.PATTERNS, diagnose.CANT_TELL]
    _variable(folder / "curves_data.js", "COURSE_CURVES", {"patterns": patterns, "runs": curves()})
    packages = libraries()
    _library(folder / "jinja.js", "Jinja", packages / "@huggingface" / "jinja" / "dist" / "index.cjs")
    cutter = packages / "@huggingface" / "tokenizers" / "dist" / "tokenizers.min.cjs"
    _library(folder / "tokenizers.js", "Tokenizers", cutter)
    vocabulary = models.tokenizer_files("base") | {"families": families()}
    _variable(folder / "xray_data.js", "COURSE_XRAY", vocabulary)
    runtime = packages / "onnxruntime-web" / "dist"
    shutil.copy(runtime / "ort.wasm.min.js", folder / "ort.js")
    engine = {kind: models.packed((runtime / file).read_bytes()) for kind, file in ENGINE.items()}
    _variable(folder / "ort_data.js", "COURSE_ORT", engine)
    for name, parts in models.shown():
        text = f"(window.COURSE_MODELS ??= {{}})[{json.dumps(name)}] = {json.dumps(parts)};\n"
        (folder / f"model_{name}.js").write_text(text, encoding="utf-8")
