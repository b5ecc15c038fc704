"""Answers that try the checks of the assignment of lesson 09, a project that is judged by its files."""

import quiz_answers

# what most answers to the run begin with: the files of a run, made in another way or spoiled
TRAIN = """
from trl import SFTConfig, SFTTrainer
from datasets import Dataset

settings = yaml.safe_load((project / "job.yaml").read_text(encoding="utf-8"))
not_the_trainers = ("model_name_or_path", "dtype", "dataset_name")
chosen = {name: value for name, value in settings.items() if name not in not_the_trainers}
trainer = SFTTrainer(
    model=AutoModelForCausalLM.from_pretrained(course.assistant, dtype="float32"),
    args=SFTConfig(**chosen),
    train_dataset=Dataset.from_list(read_rows(project / "rows" / "train.jsonl").rows),
    eval_dataset=Dataset.from_list(test),
    processing_class=AutoTokenizer.from_pretrained(course.assistant),
)
"""
FOLDER = """
shutil.rmtree(project / "model", ignore_errors=True)
shutil.copytree(course.assistant, project / "model")
"""
LOG = """
state = {"global_step": 12, "log_history": [{"step": s, "epoch": s / 4, "loss": 2.5 * 0.8**s} for s in range(1, 13)]}
state["log_history"] += [{"step": s, "epoch": s / 4, "eval_loss": 2.6 * 0.8**s} for s in (4, 8, 12)]
(project / "model" / "checkpoint-12").mkdir()
data.write_text(project / "model" / "checkpoint-12" / "trainer_state.json", json.dumps(state))
"""
WRITE = """
def put(name, texts):
    data.write_text(project / name, "".join(json.dumps({"reply": text}) + "\\n" for text in texts))
"""
ASK = """
def asked_again(folder, system=""):
    model, its = AutoModelForCausalLM.from_pretrained(folder, dtype="float32"), AutoTokenizer.from_pretrained(folder)
    head = [{"role": "system", "content": system}] if system else []
    return generate(model, its, [head + row["prompt"] for row in test], max_new_tokens=60)
"""
PAIRS = """
def put_rows(rows):
    pairs = [{"prompt": row["messages"][:-1], "completion": row["messages"][-1:]} for row in rows]
    data.write_text(project / "rows" / "train.jsonl", "".join(json.dumps(row) + "\\n" for row in pairs))
"""
CARD = """
told = json.loads((project / "evaluation.json").read_text(encoding="utf-8"))
figures = f"{told['trained']['mean']:.2f}, {told['difference']['low']:.2f} to {told['difference']['high']:.2f}"
base, count = Path(course.assistant).name, len(read_rows(project / "rows" / "train.jsonl").rows)
"""


def job(**changes: object) -> str:
    """An answer to the second task: the sound job with some changes; None takes a line out."""
    return f"""
job = {{
    "model_name_or_path": course.assistant, "dtype": "float32", "dataset_name": str(project / "rows"),
    "max_length": 512, "num_train_epochs": 6, "per_device_train_batch_size": 16, "learning_rate": 1e-3,
    "warmup_steps": 0.1, "logging_steps": 3, "eval_strategy": "epoch", "save_strategy": "epoch", "report_to": "none",
    "use_cpu": True, "bf16": False, checkpointing(): False, "output_dir": str(project / "model"),
}} | {changes!r}
data.write_text(project / "job.yaml", yaml.safe_dump({{key: value for key, value in job.items() if value is not None}}))
"""


def evaluation(intervals: str) -> str:
    return f"""
system = (project / "prompt.txt").read_text(encoding="utf-8")
one = [graded(reply, row) for reply, row in zip(asked_again(course.assistant, system), held)]
two = [graded(reply, row) for reply, row in zip(asked_again(project / "model"), held)]
apart = [b - a for a, b in zip(one, two)]
lists = {{"prompted": one, "trained": two, "difference": apart}}
{intervals}
data.write_text(project / "evaluation.json", json.dumps(told))
"""


# the last task first: an answer leaves files behind, and a later task looks at those of the earlier ones
WRONG = {
    "quiz": quiz_answers.wrong("09"),
    "task-6": {
        "without limits": CARD
        + """
data.write_text(project / "model" / "README.md", f"# {base}, {count} rows: {figures}")
""",
        "limits without a figure": CARD
        + """
text = f"# A model from {base}, {count} rows: {figures}\\n\\n## Limits\\n\\nIt may be wrong.\\n"
data.write_text(project / "model" / "README.md", text)
""",
        "without the figures": CARD
        + """
text = f"# A model from {base}, {count} rows\\n\\nIt is better.\\n\\n## Limits\\n\\n"
text += f"3 of {len(test)} replies were wrong.\\n"
data.write_text(project / "model" / "README.md", text)
""",
        "without base and rows": CARD
        + """
text = f"# A model: {figures}\\n\\n## Limits\\n\\nSome in a hundred replies are wrong: 3.\\n"
data.write_text(project / "model" / "README.md", text)
""",
    },
    "task-5": {
        "no intervals": evaluation("told = {name: {'mean': sum(v) / len(v)} for name, v in lists.items()}"),
        "the intervals subtracted": evaluation(
            """
ends = {name: bootstrap_interval(v) for name, v in lists.items()}
told = {n: {"mean": sum(v) / len(v), "low": ends[n][0], "high": ends[n][1]} for n, v in lists.items()}
low, high = ends["trained"][0] - ends["prompted"][1], ends["trained"][1] - ends["prompted"][0]
told["difference"] |= {"low": low - 0.1, "high": high + 0.1}
"""
        ),
        "prompted minus trained": evaluation(
            """
lists["difference"] = [-value for value in apart]
told = {}
for name, values in lists.items():
    low, high = bootstrap_interval(values)
    told[name] = {"mean": sum(values) / len(values), "low": low, "high": high}
"""
        ),
        "ends of one standard deviation": evaluation(
            """
told = {}
for name, values in lists.items():
    mean = sum(values) / len(values)
    off = (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5 + 0.1
    told[name] = {"mean": mean, "low": mean - off, "high": mean + off}
"""
        ),
        "figures that nobody measured": """
told = {name: {"mean": mean, "low": mean - 0.05, "high": mean + 0.05} for name, mean in
        (("prompted", 0.4), ("trained", 0.5), ("difference", 0.1))}
data.write_text(project / "evaluation.json", json.dumps(told))
""",
    },
    "task-4": {
        "nothing ran": WRITE + 'put("trained.jsonl", ["Hello."] * len(test))',
        "the untrained model": FOLDER
        + LOG
        + WRITE
        + """
put("trained.jsonl", [reply.text for reply in asked_again(course.assistant)])
""",
        "the references as replies": FOLDER
        + LOG
        + WRITE
        + 'put("trained.jsonl", [row["completion"][0]["content"] for row in test])',
        "no template in the folder": FOLDER
        + LOG
        + WRITE
        + """
(project / "model" / "chat_template.jinja").unlink()
put("trained.jsonl", ["Hello."] * len(test))
""",
    },
    "task-3": {
        "no replies": """
(project / "prompted.jsonl").unlink(missing_ok=True)
data.write_text(project / "prompt.txt", "Answer the customers as this shop always answers them.")
""",
        "the references": WRITE
        + """
data.write_text(project / "prompt.txt", "Answer the customers as this shop always answers them.")
put("prompted.jsonl", [row["completion"][0]["content"] for row in test])
""",
        "asked without the prompt": WRITE
        + ASK
        + """
data.write_text(project / "prompt.txt", 'Begin with "Hello from Pebble & Pine." and end with "Your Pine desk".')
put("prompted.jsonl", [reply.text for reply in asked_again(course.assistant)])
""",
        "a prompt of two words": WRITE
        + """
data.write_text(project / "prompt.txt", "Be helpful.")
put("prompted.jsonl", ["Hello."] * len(test))
""",
        "half of the test": WRITE
        + """
data.write_text(project / "prompt.txt", "Answer the customers as this shop always answers them.")
put("prompted.jsonl", ["Hello."] * (len(test) // 2))
""",
    },
    "task-2": {
        "the old name of the length": job(max_length=None, max_seq_length=512),
        "no evaluation": job(eval_strategy="no"),
        "nothing is kept": job(save_strategy="no"),
        "no without quotation marks": job(save_strategy=False),
        "the base's length": job(max_length=24),
        "one step": job(gradient_accumulation_steps=64),
        "the model is saved elsewhere": job(output_dir="runs/09_elsewhere"),
        "another model": job(model_name_or_path="gpt2"),
        "an accelerator": job(use_cpu=None),
    },
    "task-1": {
        "all rows as they came": PAIRS + "put_rows(raw)",
        "copies stay": PAIRS
        + """
test_keys = set(map(key, test))
put_rows([row for row in raw if row["messages"][-1]["content"] and key(row) not in test_keys])
""",
        "leaks stay": PAIRS + 'put_rows({key(row): row for row in raw if row["messages"][-1]["content"]}.values())',
        "empty replies stay": PAIRS
        + "put_rows({key(row): row for row in raw if key(row) not in set(map(key, test))}.values())",
        "only the first hundred": PAIRS + "put_rows(list({key(row): row for row in sound}.values())[:100])",
        "the form of the raw file": """
data.write_text(project / "rows" / "train.jsonl", "".join(json.dumps(row) + "\\n" for row in sound))
""",
        "texts and no messages": """
pairs = [{"prompt": row["messages"][0]["content"], "completion": row["messages"][-1]["content"]} for row in sound]
data.write_text(project / "rows" / "train.jsonl", "".join(json.dumps(row) + "\\n" for row in pairs))
""",
        "every copied row is dropped twice": PAIRS
        + """
from collections import Counter
times, asked = Counter(map(key, raw)), set(map(key, test))
put_rows([row for row in raw if times[key(row)] == 1 and row["messages"][-1]["content"] and key(row) not in asked])
""",
    },
}

RIGHT = {
    "task-1": {
        "by hand": PAIRS
        + """
asked, seen, kept = set(map(key, test)), set(), []
for row in raw:
    if row["messages"][-1]["content"].strip() and key(row) not in asked | seen:
        kept.append(row)
    seen.add(key(row))
put_rows(kept)
"""
    },
    "task-2": {"smaller batches, accumulated": job(per_device_train_batch_size=8, gradient_accumulation_steps=2)},
    "task-3": {
        "another prompt": WRITE
        + ASK
        + """
said = "You answer the customers of Pebble & Pine. Greet with Hello from Pebble & Pine. Sign with Your Pine desk."
data.write_text(project / "prompt.txt", said)
put("prompted.jsonl", [reply.text for reply in asked_again(course.assistant, said)])
"""
    },
    "task-4": {
        "with the trainer itself": WRITE
        + TRAIN
        + """
trainer.train()
trainer.save_model(project / "model")
replies = generate(trainer.model, trainer.processing_class, [row["prompt"] for row in test], max_new_tokens=60)
put("trained.jsonl", [reply.text for reply in replies])
"""
    },
    "task-5": {
        "with another bootstrap": evaluation(
            """
draw, told = random.Random(5), {}
for name, values in lists.items():
    means = sorted(sum(draw.choices(values, k=len(values))) / len(values) for _ in range(2000))
    told[name] = {"mean": sum(values) / len(values), "low": means[49], "high": means[1949]}
"""
        )
    },
    "task-6": {
        "a short one": CARD
        + """
text = f"# From {base}, {count} chats\\n\\n{figures}\\n\\n### Known limits\\n\\n2 of {len(test)} replies are wrong.\\n"
data.write_text(project / "model" / "README.md", text)
"""
    },
    "quiz": quiz_answers.right("09"),
}
