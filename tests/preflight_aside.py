"""Jobs that were written after the rules of preflight, and settings of recipes that others published.

They show what preflight does on jobs that it was not made with. Nothing here should be changed to please a rule.
"""

import csv
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from preflight_jobs import ASSISTANT, PRODUCTS, Parts, lora, make_model, pair, whole

from course_utils import data
from course_utils.shop import tasks

SAMPLES = Path(__file__).parents[1] / "docs" / "samples"
QUIET = (
    "{% for m in messages %}{% if m.role != 'system' %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
    "{% endif %}{% endfor %}"
)
UNENDED = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}{% generation %}{{ m.content }}"
    "{% endgeneration %}{% else %}{{ m.content }}{% endif %}<|im_end|>\n{% endfor %}"
)


class Files(Parts):
    """A job with more files than its rows: ``extra`` maps a path to a text, ``after`` changes the folder at last."""

    def __init__(
        self, extra: dict[str, str] | None = None, after: Callable[[Path], None] | None = None, **parts: object
    ):
        super().__init__(**parts)
        self.extra, self.after = extra or {}, after

    def write(self, folder: Path) -> Path:
        job = super().write(folder)
        for name, text in self.extra.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        if self.after:
            self.after(folder)
        return job


def with_files(extra=None, after=None) -> Callable[[Parts], Parts]:
    return lambda parts: Files(extra, after, settings=parts.settings, train=parts.train, test=parts.test)


def with_system(row: dict) -> dict:
    head = {"role": "system", "content": "Answer in one sentence."}
    return {"prompt": [head, *pair(row)["prompt"]], "completion": pair(row)["completion"]}


def _other_tokenizer(folder: Path) -> None:
    make_model(folder / "model", "135M")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / "model" / name).write_bytes(Path(ASSISTANT, name).read_bytes())


def _validation(folder: Path) -> None:
    (folder / "rows" / "test.jsonl").rename(folder / "rows" / "validation.jsonl")


def _reworded_test(parts: Parts) -> Parts:
    """Evaluation rows that are training rows but for a word."""
    copies = json.loads(json.dumps(parts.train[:20]))
    for row in copies:
        row["completion"][0]["content"] = row["completion"][0]["content"].replace("Meet the", "Here is the", 1)
    parts.test = copies
    return parts


def _unanswered(parts: Parts) -> Parts:
    for row in parts.train[::6]:
        row["completion"][0]["content"] = "N/A"
    return parts


def _long_questions(parts: Parts) -> Parts:
    """Whole chats with a long request and a reply of a word, every turn trained."""

    def classified(row):
        asked = f"Name the category of this product.\n{tasks.sheet(row)}\n{row['description']}"
        return {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": row["category"]}]}

    return parts.rows(classified)


def _broken(folder: Path) -> None:
    with open(folder / "rows" / "train.jsonl", "a", encoding="utf-8") as file:
        file.write('{"prompt": [{"role": "user", "content": "Half a row\n')


def _sized(shape: str, **settings: object) -> Callable[[Parts], Parts]:
    def change(parts: Parts) -> Parts:
        parts.model = shape
        return parts.set(**settings)

    return change


PLANTED: dict[str, tuple[str, Callable[[Parts], Parts]]] = {
    "a split of its own in each process": ("random-split", lambda p: p.set(test_split_size=0.1, num_processes=2)),
    "an end token of another family": ("unknown-token", lambda p: p.set(eos_token="<|eot_id|>")),
    "packing on OPT": ("packed-leak", lambda p: _sized("opt", packing=True, max_length=256, learning_rate=2e-4)(p)),
    "the tokenizer of a sibling": (
        "vocabulary",
        lambda p: with_files(after=_other_tokenizer)(p.set(model_name_or_path="model")),
    ),
    "a file that isn't there": (
        "no-rows",
        lambda p: p.set(datasets=[{"path": "json", "data_files": "trainn.jsonl"}], eval_strategy="no"),
    ),
    "half a row": ("no-rows", with_files(after=_broken)),
    "a mask without marks": (
        "no-generation-marks",
        lambda p: with_files({"t.jinja": QUIET})(
            p.rows(whole).set(assistant_only_loss=True, chat_template_path="t.jinja")
        ),
    ),
    "a template without system": (
        "left-out",
        lambda p: with_files({"t.jinja": QUIET})(p.set(chat_template_path="t.jinja").rows(with_system)),
    ),
    "an end outside the mask": (
        "no-end",
        lambda p: with_files({"t.jinja": UNENDED})(
            p.rows(whole).set(assistant_only_loss=True, chat_template_path="t.jinja")
        ),
    ),
    "an assistant's template replaced": (
        "other-template",
        lambda p: p.set(model_name_or_path=ASSISTANT).without("eos_token"),
    ),
    "eight billion on a 4090": (
        "no-fit",
        lambda p: _sized("8B", learning_rate=1e-5, env={"PREFLIGHT_CARD": "RTX 4090"})(p),
    ),
    "long questions, short answers": ("user-trained", _long_questions),
    "weights and scaler in half precision": ("fp16-weights", lambda p: p.set(dtype="float16", fp16=True, bf16=False)),
    "logged once": ("hardly-logged", lambda p: p.set(logging_steps=40)),
    "a checkpoint that is gone": ("no-checkpoint", lambda p: p.set(resume_from_checkpoint="out/checkpoint-90")),
    "a model that is nowhere": ("no-model", lambda p: p.set(model_name_or_path="runs/mine/second")),
    "five steps": ("few-steps", lambda p: p.set(max_steps=5)),
    "the evaluation reworded": ("leak", _reworded_test),
    "a twenty times too high rate for LoRA": ("rate-too-high", lambda p: lora(p, 6e-3)),
    "the old name inside model_init_kwargs": (
        "unknown-key",
        lambda p: p.set(model_init_kwargs={"torch_dtype": "bfloat16"}),
    ),
    "another name for the evaluation": ("no-test-split", with_files(after=_validation)),
    "answers that say nothing": ("bad-rows", _unanswered),
    "bf16 and fp16": ("bad-value", lambda p: p.set(bf16=True, fp16=True)),
    "a rate below nothing": ("bad-value", lambda p: p.set(learning_rate=0)),
}


# --- Sound jobs -------------------------------------------------------------------------------------------------------


def _sums(parts: Parts) -> Parts:
    """Sixty problems of GSM8K, texts for completion (docs/samples/README.md has the source)."""
    lines = (SAMPLES / "sums.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [{"prompt": row["question"] + "\n", "completion": row["answer"]} for row in map(json.loads, lines)]
    parts.train, parts.test = rows[:52], rows[52:]
    return parts.without("chat_template_path", "eos_token").set(per_device_train_batch_size=4)


def _talks(parts: Parts) -> Parts:
    chats = data.read_chats(task="general").select(range(200))["messages"]
    parts.train = [{"messages": json.loads(chat)} for chat in dict.fromkeys(map(json.dumps, chats))]
    parts.test = [{"messages": chat} for chat in data.read_chats(task="support").select(range(16))["messages"]]
    return parts.set(assistant_only_loss=True)


def _documents(parts: Parts) -> Parts:
    from scripts import pretraining_corpus

    texts = [{"text": text} for text in islice(pretraining_corpus.documents(3), 140)]
    parts.train, parts.test = texts[:120], texts[120:]
    parts.without("chat_template_path", "eos_token")
    return parts.set(packing=True, packing_strategy="bfd_split", max_length=256, per_device_train_batch_size=2)


def _table(folder: Path) -> None:
    with open(folder / "shop.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["prompt", "completion"])
        writer.writerows([tasks.describe_prompt(row) + "\n", row["description"]] for row in PRODUCTS[:150])


def _csv(parts: Parts) -> Parts:
    parts.set(datasets=[{"path": "csv", "data_files": "shop.csv"}], test_split_size=0.1)
    return with_files(after=_table)(parts.without("chat_template_path", "eos_token", "dataset_name"))


def _tools(parts: Parts) -> Parts:
    """Calls of a tool, as the assistant knows them, trained on its turns alone."""
    described = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    tool = {
        "type": "function",
        "function": {"name": "find_product", "description": "Find a product.", "parameters": described},
    }

    def call(row):
        asked = {"type": "function", "function": {"name": "find_product", "arguments": {"name": row["name"]}}}
        return {
            "prompt": [{"role": "user", "content": f"What is the {row['name']} made with, and in which colour?"}],
            "completion": [{"role": "assistant", "content": "", "tool_calls": [asked]}],
            "tools": [tool],
        }

    parts.set(model_name_or_path=ASSISTANT)
    return parts.rows(call).without("chat_template_path", "eos_token")


SOUND: dict[str, Callable[[Parts], Parts]] = {
    "problems of others": _sums,
    "talks": _talks,
    "documents, split over packs": _documents,
    "a table": _csv,
    "calls of a tool": _tools,
    # alignment-handbook, recipes/smollm2/sft/config_smol.yaml: rate, epochs
    "the recipe of a small model": _sized(
        "135M", learning_rate=1e-3, num_train_epochs=2, per_device_train_batch_size=4
    ),
    # axolotl, examples/llama-3/lora-1b.yml: rate, rank, alpha, epochs, batch
    "an adapter on one billion": _sized(
        "1B",
        use_peft=True,
        lora_r=16,
        lora_alpha=32,
        learning_rate=2e-4,
        num_train_epochs=1,
        per_device_train_batch_size=2,
    ),
    # alignment-handbook, recipes/zephyr-7b-beta/sft/config_qlora.yaml: rate, rank, batch, accumulation
    "four bits on an L4": _sized(
        "8B",
        use_peft=True,
        load_in_4bit=True,
        lora_r=16,
        learning_rate=2e-4,
        per_device_train_batch_size=4,
        gradient_accumulation_steps=2,
        lora_target_modules=["q_proj", "v_proj"],
        env={"PREFLIGHT_CARD": "L4"},
    ),
    # alignment-handbook, recipes/zephyr-7b-beta/sft/config_full.yaml: rate; LLaMA-Factory takes the same model size
    "eight billion in shards": _sized(
        "8B",
        learning_rate=2e-5,
        per_device_train_batch_size=1,
        accelerate_config="fsdp2",
        num_processes=2,
        num_train_epochs=2,
        env={"PREFLIGHT_CARD": "H200"},
    ),
}
