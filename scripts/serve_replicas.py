"""Random-weight replicas of the hub's models and data sets, and a small server that gives them out under their ids.

A replica has the architecture, the layout of special tokens and the files of the original, in miniature; a data set has
its columns, types, nesting, configurations and splits. With ``HF_ENDPOINT`` set to the server, the real loading code
asks for ``HuggingFaceTB/SmolLM2-135M`` and downloads it, without a network. What is pushed to it lies beside them.
The weights are random: what runs on them shows that the code works, never how well a model learns.
"""

import base64
import copy
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from urllib.parse import unquote, urlsplit

from course_utils import data
from course_utils.session import ASSETS
from course_utils.shop import tasks

from . import pretraining_corpus

# the old ids without an owner, which the hub redirects
ALIASES = {"imdb": "stanfordnlp/imdb", "distilgpt2": "distilbert/distilgpt2"}
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CODE = (
    "repo_name reponame file_sep filename gh_stars issue_start issue_comment issue_closed jupyter_start jupyter_text "
)
CODE += "jupyter_code jupyter_output jupyter_script empty_output"
SMOL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *(f"<{name}>" for name in CODE.split())]
R1 = ["<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>", "<｜begin▁of▁sentence｜>", "<think>", "</think>"]


# --- Models ---------------------------------------------------------------------------------------------------------


def _tokenizer(special: list[str], vocabulary: int, **names):
    """A byte-level BPE tokenizer of GPT-2's kind, trained on the course's own texts."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    texts = [row["description"] + tasks.sheet(row) for row in data.read_products().select(range(500))]
    tokenizer.train_from_iterator([*texts, *islice(pretraining_corpus.documents(0), 1500)], trainer)
    if "<pad>" in special:  # OPT's tokenizer opens each text with its </s>
        tokenizer.post_processor = processors.TemplateProcessing(single="</s> $A", special_tokens=[("</s>", 2)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)


def make_models(root: Path, hidden: int = 32) -> None:
    """Writes the models' replicas to ``root/models/ORG/NAME``."""
    import transformers
    from trl.chat_template_utils import deepseek_r1_distill_chat_template

    end = "<|endoftext|>"
    gpt2 = {"bos_token": end, "eos_token": end, "unk_token": end}
    small = {"hidden_size": hidden, "num_hidden_layers": 2, "num_attention_heads": 4}
    llama = small | {"num_key_value_heads": 2, "intermediate_size": 2 * hidden, "tie_word_embeddings": True}
    smol = _tokenizer(SMOL, 2048, **gpt2, additional_special_tokens=SMOL)
    instruct = copy.deepcopy(smol)
    instruct.eos_token, instruct.chat_template = SMOL[2], (ASSETS / "chatml.jinja").read_text(encoding="utf-8")
    gpt = _tokenizer([end], 1024, **gpt2)
    r1 = _tokenizer(R1, 1024, bos_token=R1[3], eos_token=R1[0], pad_token=R1[0])
    r1.chat_template = deepseek_r1_distill_chat_template
    opt = _tokenizer(["<s>", "<pad>", "</s>", "<unk>"], 1024, bos_token="</s>", eos_token="</s>", pad_token="<pad>")

    def ids(tokenizer) -> dict:
        return {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}

    smollm = transformers.LlamaConfig(vocab_size=len(smol), **llama, **ids(smol), max_position_embeddings=2048)
    smollm2 = transformers.LlamaConfig(
        vocab_size=len(smol), **llama, **ids(smol), max_position_embeddings=8192, rope_theta=1e5
    )
    untied = llama | {"tie_word_embeddings": False}
    qwen2 = transformers.Qwen2Config(vocab_size=len(r1) + 60, **untied, **ids(r1), max_position_embeddings=131072)
    # OPT-350m's embedding is narrower than the model and has some rows more than the tokenizer has tokens
    narrow = {"ffn_dim": 64, "word_embed_proj_dim": hidden // 2, "do_layer_norm_before": False}
    opt_350m = transformers.OPTConfig(
        vocab_size=len(opt) + 7, **small, **narrow, **ids(opt), pad_token_id=1, max_position_embeddings=2048
    )
    distilgpt2 = transformers.GPT2Config(vocab_size=len(gpt), n_embd=hidden, n_layer=2, n_head=4, **ids(gpt))
    neo = {"hidden_size": hidden, "num_layers": 2, "num_heads": 4, "attention_types": [[["global", "local"], 1]]}
    replicas = {
        "HuggingFaceTB/SmolLM2-135M": (smol, smollm2),
        "HuggingFaceTB/SmolLM2-135M-Instruct": (instruct, smollm2),
        "HuggingFaceTB/SmolLM-135M": (smol, smollm),
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B": (r1, qwen2),
        "facebook/opt-350m": (opt, opt_350m),
        "distilbert/distilgpt2": (gpt, distilgpt2),
        "EleutherAI/gpt-neo-125m": (gpt, transformers.GPTNeoConfig(vocab_size=len(gpt), **neo, **ids(gpt))),
    }
    for name, (tokenizer, config) in replicas.items():
        folder = root / "models" / name
        transformers.set_seed(0)
        model = transformers.AutoModelForCausalLM.from_config(config)
        if name.startswith("HuggingFaceTB"):
            model = model.bfloat16()  # as the originals are stored
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


# --- Data sets ------------------------------------------------------------------------------------------------------


def _talk(rng: random.Random, turns: int = 2) -> list[dict]:
    return [message for _ in range(turns) for message in tasks.general_chat(rng)]


def make_data_sets(root: Path, rows: int = 120) -> None:
    """Writes the data sets' replicas to ``root/datasets/ORG/NAME``, as parquet or JSON, as the originals are."""
    from datasets import ClassLabel, Dataset, Features, Value

    rng, products = random.Random(0), data.read_products().to_list()

    def smoltalk(config: str) -> dict:
        made = {"train": [_talk(rng) for _ in range(rows)], "test": [_talk(rng) for _ in range(rows // 2)]}
        return {
            split: Dataset.from_list([{"messages": talk, "source": config} for talk in t]) for split, t in made.items()
        }

    documents = pretraining_corpus.documents(1)

    def review(i: int) -> dict:
        return {"text": " ".join(islice(documents, 2)) + "<br /><br />The end.", "label": i % 2}

    kinds = Features({"text": Value("string"), "label": ClassLabel(names=["neg", "pos"])})
    imdb = {s: Dataset.from_list([review(i) for i in range(400)], kinds) for s in ("train", "test", "unsupervised")}
    asked = [tasks.general_chat(rng) for _ in range(rows)]
    sums = [{"question": q["content"], "answer": f"{a['content']}\n#### {i}"} for i, (q, a) in enumerate(asked)]
    pairs = []
    for row in products[:rows]:
        prompt = {"role": "user", "content": tasks.describe_prompt(row)}
        replies = [row["description"], rng.choice(products)["description"]]
        talks = [[prompt, {"role": "assistant", "content": reply}] for reply in replies]
        pairs.append({"chosen": talks[0], "rejected": talks[1], "score_chosen": 8.5, "score_rejected": 4.0})
    preferences = {"train": Dataset.from_list(pairs), "test": Dataset.from_list(pairs[:40])}
    alpaca = [{"instruction": q["content"], "input": "", "output": a["content"]} for q, a in asked]

    parquet = {
        "HuggingFaceTB/smoltalk": {name: smoltalk(name) for name in ("all", "everyday-conversations")},
        "stanfordnlp/imdb": {"plain_text": imdb},
        "openai/gsm8k": {"main": {"train": Dataset.from_list(sums), "test": Dataset.from_list(sums[:40])}},
        "trl-lib/ultrafeedback_binarized": {"default": preferences},
        "lucasmccabe-lmi/CodeAlpaca-20k": {"default": {"train": Dataset.from_list(alpaca)}},
    }
    for name, configs in parquet.items():
        folder, card = root / "datasets" / name, ["---", "configs:"]
        for config, splits in configs.items():
            card += [f"- config_name: {config}", "  data_files:"]
            for split, dataset in splits.items():
                place = f"data/{config}/{split}-00000-of-00001.parquet"
                (folder / place).parent.mkdir(parents=True, exist_ok=True)
                dataset.to_parquet(folder / place)
                card += [f"  - split: {split}", f"    path: data/{config}/{split}-*"]
        (folder / "README.md").write_text("\n".join([*card, "---", ""]))


# --- The server -----------------------------------------------------------------------------------------------------


class _Hub(BaseHTTPRequestHandler):
    """The few requests of the hub's API that downloads and `load_dataset` make."""

    root: Path

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "X-Repo-Commit": COMMIT, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _json(self, value: object) -> None:
        self._answer(200, json.dumps(value).encode(), Content_Type="application/json")

    def _missing(self, what: str) -> None:
        self._answer(404, X_Error_Code=what)

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        api = parts[0] == "api"
        parts = parts[1:] if api else parts
        kind = parts.pop(0) if parts[0] in ("models", "datasets") else "models"
        parts[:1] = ALIASES.get(parts[0], parts[0]).split("/") if parts else []
        folder, rest = self.root / kind / "/".join(parts[:2]), parts[2:]
        what = parts[0] if parts[:1] in (["repos"], ["validate-yaml"]) else "".join(rest[:1])
        if self.command == "POST" and what in ("repos", "validate-yaml", "preupload", "commit"):
            return self._take(what, "/".join(parts[:2]), body)
        if len(parts) < 2 or not folder.is_dir():
            return self._missing("RepoNotFound")
        if not api:
            path = folder / "/".join(rest[2:])
            if not path.is_file():
                return self._missing("EntryNotFound")
            body = path.read_bytes()
            return self._answer(200, body, ETag=f'"{hashlib.sha1(body).hexdigest()}"')
        if not rest or rest[0] == "revision":
            files = [{"rfilename": path.relative_to(folder).as_posix()} for path in folder.rglob("*") if path.is_file()]
            return self._json({"id": "/".join(parts[:2]), "sha": COMMIT, "siblings": files})
        if rest[0] == "tree":
            start = folder.joinpath(*rest[2:])
            found = start.rglob("*") if "recursive=true" in self.path.lower() else start.glob("*")
            return self._json([self._entry(folder, path) for path in sorted(found)])
        if rest[0] == "paths-info":
            found = [folder / path for path in json.loads(body or b"{}").get("paths", [])]
            return self._json([self._entry(folder, path) for path in found if path.exists()])
        self._missing("EntryNotFound")

    do_HEAD = do_POST = do_GET

    def _take(self, what: str, name: str, body: bytes) -> None:
        """What `push_to_hub` asks: make a repository, check a card, say how files are to be sent, store them."""
        host = f"http://{self.headers['Host']}"
        if what == "repos":
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}"
            (self.root / "models" / name).mkdir(parents=True, exist_ok=True)
            return self._json({"url": f"{host}/{name}", "name": name})
        if what == "validate-yaml":
            return self._json({"errors": [], "warnings": []})
        if what == "preupload":
            files = [{"path": file["path"], "uploadMode": "regular"} for file in json.loads(body)["files"]]
            return self._json({"files": [file | {"shouldIgnore": False} for file in files]})
        sent = [line["value"] for line in map(json.loads, body.splitlines()) if line["key"] == "file"]
        for file in sent:
            path = self.root / "models" / name / file["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(file["content"]))
        self._json({"commitUrl": f"{host}/{name}/commit/{COMMIT}", "commitOid": COMMIT})

    def _entry(self, folder: Path, path: Path) -> dict:
        entry = {"type": "directory", "path": path.relative_to(folder).as_posix(), "oid": COMMIT, "size": 0}
        return entry if path.is_dir() else entry | {"type": "file", "size": path.stat().st_size}

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def hub(root: Path):
    """The replicas under `root`, served; gives the environment in which a process finds them under their real ids."""
    if not (root / "models").is_dir():
        make_models(root)
        make_data_sets(root)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Hub", (_Hub,), {"root": root}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    online = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_OFFLINE"))}
    settings = {
        "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "HF_HOME": str(root / "cache"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "COURSE_PROFILE": "hub",
    }
    try:
        yield online | settings
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, hub(Path(folder)) as environment:
        lessons = [sys.executable, "-m", "scripts.run_lessons", "--build", "build/hub", *sys.argv[1:]]
        sys.exit(subprocess.run(lessons, env=environment).returncode)
