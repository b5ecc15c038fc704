"""Answers that try the checks of the assignment of lesson 09."""

import quiz_answers

WRONG = {
    "task-1": {
        "looks for parts of words": """
def strangers(text, own, others):
    own = " | ".join(own).lower()
    return sorted({v.lower() for v in others if v.lower() in text.lower() and v.lower() not in own})
""",
        "counts the short value inside the long one": """
def strangers(text, own, others):
    def there(value, where):
        return re.search(r"(?<!\\w)" + re.escape(value.lower()) + r"(?!\\w)", where.lower())
    return sorted({v.lower() for v in others if there(v, text) and not any(there(v, o) for o in own)})
""",
        "the own values must be equal": """
def strangers(text, own, others):
    longest = sorted({v.lower() for v in others}, key=len, reverse=True)
    if not longest:
        return []
    found = re.findall(r"(?<!\\w)(?:" + "|".join(map(re.escape, longest)) + r")(?!\\w)", text.lower())
    return sorted(set(found) - {o.lower() for o in own})
""",
        "forgets capitals": """
def strangers(text, own, others):
    longest = sorted(set(others), key=len, reverse=True)
    if not longest:
        return []
    found = re.findall(r"(?<!\\w)(?:" + "|".join(map(re.escape, longest)) + r")(?!\\w)", text)
    found = {f.lower() for f in found}
    return sorted({f for f in found if not any(re.search(rf"(?<!\\w){re.escape(f)}(?!\\w)", o.lower()) for o in own)})
""",
        "word boundaries of re": """
def strangers(text, own, others):
    longest = sorted({v.lower() for v in others}, key=len, reverse=True)
    if not longest:
        return []
    found = set(re.findall(r"\\b(?:" + "|".join(map(re.escape, longest)) + r")\\b", text.lower()))
    return sorted(f for f in found if not any(re.search(rf"(?<!\\w){re.escape(f)}(?!\\w)", o.lower()) for o in own))
""",
        "signs as patterns": """
def strangers(text, own, others):
    longest = sorted({v.lower() for v in others}, key=len, reverse=True)
    if not longest:
        return []
    found = set(re.findall(r"(?<!\\w)(?:" + "|".join(longest) + r")(?!\\w)", text.lower()))
    return sorted(f for f in found if not any(re.search(rf"(?<!\\w){re.escape(f)}(?!\\w)", o.lower()) for o in own))
""",
        "values in the order of the rows": """
def strangers(text, own, others):
    values = [v.lower() for v in others]
    if not values:
        return []
    found = set(re.findall(r"(?<!\\w)(?:" + "|".join(map(re.escape, values)) + r")(?!\\w)", text.lower()))
    return sorted(f for f in found if not any(re.search(rf"(?<!\\w){re.escape(f)}(?!\\w)", o.lower()) for o in own))
""",
        "shortest first": """
def strangers(text, own, others):
    values = sorted({v.lower() for v in others}, key=len)
    if not values:
        return []
    found = set(re.findall(r"(?<!\\w)(?:" + "|".join(map(re.escape, values)) + r")(?!\\w)", text.lower()))
    return sorted(f for f in found if not any(re.search(rf"(?<!\\w){re.escape(f)}(?!\\w)", o.lower()) for o in own))
""",
        "own values as parts of words": """
def strangers(text, own, others):
    values = sorted({v.lower() for v in others}, key=len, reverse=True)
    if not values:
        return []
    found = set(re.findall(r"(?<!\\w)(?:" + "|".join(map(re.escape, values)) + r")(?!\\w)", text.lower()))
    return sorted(f for f in found if not any(f in o.lower() for o in own))
""",
    },
    "task-2": {
        "the same file": """
def write_job(job, processes, fits, path):
    Path(path).write_text(yaml.safe_dump(job), encoding="utf-8")
""",
        "forgets accumulation": """
def write_job(job, processes, fits, path):
    rows = job["per_device_train_batch_size"]
    if rows % processes:
        raise ValueError("Not even.")
    share = rows // processes
    at_once = max(n for n in range(1, min(fits, share) + 1) if share % n == 0)
    new = job | {"per_device_train_batch_size": at_once, "gradient_accumulation_steps": share // at_once}
    Path(path).write_text(yaml.safe_dump(new), encoding="utf-8")
""",
        "as much as fits": """
def write_job(job, processes, fits, path):
    rows = job["per_device_train_batch_size"] * job.get("gradient_accumulation_steps", 1)
    if rows % processes:
        raise ValueError("Not even.")
    share = rows // processes
    at_once = min(fits, share)
    new = job | {"per_device_train_batch_size": at_once, "gradient_accumulation_steps": share // at_once}
    Path(path).write_text(yaml.safe_dump(new), encoding="utf-8")
""",
        "one row at a time": """
def write_job(job, processes, fits, path):
    rows = job["per_device_train_batch_size"] * job.get("gradient_accumulation_steps", 1)
    if rows % processes:
        raise ValueError("Not even.")
    share = rows // processes
    at_once = min(n for n in range(1, min(fits, share) + 1) if share % n == 0)
    new = job | {"per_device_train_batch_size": at_once, "gradient_accumulation_steps": share // at_once}
    Path(path).write_text(yaml.safe_dump(new), encoding="utf-8")
""",
        "scales the rate": """
def write_job(job, processes, fits, path):
    rows = job["per_device_train_batch_size"] * job.get("gradient_accumulation_steps", 1)
    if rows % processes:
        raise ValueError("Not even.")
    share = rows // processes
    at_once = max(n for n in range(1, min(fits, share) + 1) if share % n == 0)
    new = job | {"per_device_train_batch_size": at_once, "gradient_accumulation_steps": share // at_once}
    new["learning_rate"] *= processes
    Path(path).write_text(yaml.safe_dump(new), encoding="utf-8")
""",
        "changes the job": """
def write_job(job, processes, fits, path):
    rows = job["per_device_train_batch_size"] * job.get("gradient_accumulation_steps", 1)
    if rows % processes:
        raise ValueError("Not even.")
    share = rows // processes
    at_once = max(n for n in range(1, min(fits, share) + 1) if share % n == 0)
    job |= {"per_device_train_batch_size": at_once, "gradient_accumulation_steps": share // at_once}
    Path(path).write_text(yaml.safe_dump(job), encoding="utf-8")
""",
        "YAML by hand": """
def write_job(job, processes, fits, path):
    rows = job["per_device_train_batch_size"] * job.get("gradient_accumulation_steps", 1)
    if rows % processes:
        raise ValueError("Not even.")
    share = rows // processes
    at_once = max(n for n in range(1, min(fits, share) + 1) if share % n == 0)
    new = job | {"per_device_train_batch_size": at_once, "gradient_accumulation_steps": share // at_once}
    Path(path).write_text("".join(f"{key}: {value}\\n" for key, value in new.items()), encoding="utf-8")
""",
        "writes first": """
def write_job(job, processes, fits, path):
    rows = job["per_device_train_batch_size"] * job.get("gradient_accumulation_steps", 1)
    if rows % processes:
        Path(path).write_text("")
        raise ValueError("Not even.")
    share = rows // processes
    at_once = max(n for n in range(1, min(fits, share) + 1) if share % n == 0)
    new = job | {"per_device_train_batch_size": at_once, "gradient_accumulation_steps": share // at_once}
    Path(path).write_text(yaml.safe_dump(new), encoding="utf-8")
""",
        "rounds": """
def write_job(job, processes, fits, path):
    rows = job["per_device_train_batch_size"] * job.get("gradient_accumulation_steps", 1)
    share = rows // processes
    at_once = max(n for n in range(1, min(fits, share) + 1) if share % n == 0)
    new = job | {"per_device_train_batch_size": at_once, "gradient_accumulation_steps": share // at_once}
    Path(path).write_text(yaml.safe_dump(new), encoding="utf-8")
""",
        "leaves accumulation out": """
def write_job(job, processes, fits, path):
    rows = job["per_device_train_batch_size"] * job.get("gradient_accumulation_steps", 1)
    if rows % processes:
        raise ValueError("Not even.")
    share = rows // processes
    at_once = max(n for n in range(1, min(fits, share) + 1) if share % n == 0)
    new = job | {"per_device_train_batch_size": at_once}
    Path(path).write_text(yaml.safe_dump(new), encoding="utf-8")
""",
    },
    "task-3": {
        "only the last loss": """
def verdict(one, two, tolerance=0.01):
    a, b = ([e for e in log if "loss" in e] for log in (one, two))
    if abs(a[0]["epoch"] - b[0]["epoch"]) > 1e-6:
        return "another batch"
    if len(a) != len(b):
        return "cut short"
    return "same training" if abs(a[-1]["loss"] - b[-1]["loss"]) <= tolerance else "another order"
""",
        "exactly equal": """
def verdict(one, two, tolerance=0.01):
    a, b = ([e["loss"] for e in log if "loss" in e] for log in (one, two))
    if abs(one[0]["epoch"] - two[0]["epoch"]) > 1e-6:
        return "another batch"
    if any(x != y for x, y in zip(a, b)):
        return "another order"
    return "same training" if len(a) == len(b) else "cut short"
""",
        "fewer steps are another batch": """
def verdict(one, two, tolerance=0.01):
    a, b = ([e["loss"] for e in log if "loss" in e] for log in (one, two))
    if len(a) != len(b):
        return "another batch"
    if any(abs(x - y) > tolerance for x, y in zip(a, b)):
        return "another order"
    return "same training"
""",
        "counts before it compares": """
def verdict(one, two, tolerance=0.01):
    a, b = ([e for e in log if "loss" in e] for log in (one, two))
    if abs(a[0]["epoch"] - b[0]["epoch"]) > 1e-6:
        return "another batch"
    if len(a) != len(b):
        return "cut short"
    return "another order" if any(abs(x["loss"] - y["loss"]) > tolerance for x, y in zip(a, b)) else "same training"
""",
        "expects a loss in each entry": """
def verdict(one, two, tolerance=0.01):
    if abs(one[0]["epoch"] - two[0]["epoch"]) > 1e-6:
        return "another batch"
    if any(abs(x["loss"] - y["loss"]) > tolerance for x, y in zip(one, two)):
        return "another order"
    return "same training" if len(one) == len(two) else "cut short"
""",
        "a tolerance of its own": """
def verdict(one, two, tolerance=0.01):
    a, b = ([e for e in log if "loss" in e] for log in (one, two))
    if abs(a[0]["epoch"] - b[0]["epoch"]) > 1e-6:
        return "another batch"
    if any(abs(x["loss"] - y["loss"]) > 0.01 for x, y in zip(a, b)):
        return "another order"
    return "same training" if len(a) == len(b) else "cut short"
""",
        "losses with their sign": """
def verdict(one, two, tolerance=0.01):
    a, b = ([e for e in log if "loss" in e] for log in (one, two))
    if abs(a[0]["epoch"] - b[0]["epoch"]) > 1e-6:
        return "another batch"
    if any(x["loss"] - y["loss"] > tolerance for x, y in zip(a, b)):
        return "another order"
    return "same training" if len(a) == len(b) else "cut short"
""",
        "losses with the other sign": """
def verdict(one, two, tolerance=0.01):
    a, b = ([e for e in log if "loss" in e] for log in (one, two))
    if abs(a[0]["epoch"] - b[0]["epoch"]) > 1e-6:
        return "another batch"
    if any(y["loss"] - x["loss"] > tolerance for x, y in zip(a, b)):
        return "another order"
    return "same training" if len(a) == len(b) else "cut short"
""",
        "epochs with their sign": """
def verdict(one, two, tolerance=0.01):
    a, b = ([e for e in log if "loss" in e] for log in (one, two))
    if a[0]["epoch"] - b[0]["epoch"] > 1e-6:
        return "another batch"
    if any(abs(x["loss"] - y["loss"]) > tolerance for x, y in zip(a, b)):
        return "another order"
    return "same training" if len(a) == len(b) else "cut short"
""",
        "epochs with the other sign": """
def verdict(one, two, tolerance=0.01):
    a, b = ([e for e in log if "loss" in e] for log in (one, two))
    if b[0]["epoch"] - a[0]["epoch"] > 1e-6:
        return "another batch"
    if any(abs(x["loss"] - y["loss"]) > tolerance for x, y in zip(a, b)):
        return "another order"
    return "same training" if len(a) == len(b) else "cut short"
""",
    },
    "task-4": {
        "the weights alone": """
def hand_over(trainer, folder):
    trainer.model.save_pretrained(folder)


def ask(folder, row, max_new_tokens=40):
    writer = pipeline("text-generation", model=folder, dtype="float32")
    greedy = GenerationConfig.from_pretrained(folder, max_new_tokens=max_new_tokens, do_sample=False)
    messages = [{"role": "user", "content": tasks.describe_prompt(row)}]
    return writer(messages, generation_config=greedy)[0]["generated_text"][-1]["content"].strip()
""",
        "the base's tokenizer": """
def hand_over(trainer, folder):
    trainer.model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(course.base).save_pretrained(folder)


def ask(folder, row, max_new_tokens=40):
    writer = pipeline("text-generation", model=folder, dtype="float32")
    greedy = GenerationConfig.from_pretrained(folder, max_new_tokens=max_new_tokens, do_sample=False)
    out = writer(tasks.describe_prompt(row), generation_config=greedy, return_full_text=False)
    return out[0]["generated_text"].strip()
""",
        "asks in plain text": """
def hand_over(trainer, folder):
    trainer.save_model(folder)


def ask(folder, row, max_new_tokens=40):
    writer = pipeline("text-generation", model=folder, dtype="float32")
    greedy = GenerationConfig.from_pretrained(folder, max_new_tokens=max_new_tokens, do_sample=False)
    out = writer(tasks.describe_prompt(row), generation_config=greedy, return_full_text=False)
    return out[0]["generated_text"].strip()
""",
        "returns the whole chat": """
def hand_over(trainer, folder):
    trainer.save_model(folder)


def ask(folder, row, max_new_tokens=40):
    writer = pipeline("text-generation", model=folder, dtype="float32")
    greedy = GenerationConfig.from_pretrained(folder, max_new_tokens=max_new_tokens, do_sample=False)
    messages = [{"role": "user", "content": tasks.describe_prompt(row)}]
    return writer(messages, generation_config=greedy)[0]["generated_text"]
""",
        "samples": """
def hand_over(trainer, folder):
    trainer.save_model(folder)


def ask(folder, row, max_new_tokens=40):
    writer = pipeline("text-generation", model=folder, dtype="float32")
    loose = GenerationConfig.from_pretrained(folder, max_new_tokens=max_new_tokens, do_sample=True, temperature=2.0)
    messages = [{"role": "user", "content": tasks.describe_prompt(row)}]
    return writer(messages, generation_config=loose)[0]["generated_text"][-1]["content"].strip()
""",
        "a length of its own": """
def hand_over(trainer, folder):
    trainer.save_model(folder)


def ask(folder, row, max_new_tokens=40):
    writer = pipeline("text-generation", model=folder, dtype="float32")
    greedy = GenerationConfig.from_pretrained(folder, max_new_tokens=40, do_sample=False)
    messages = [{"role": "user", "content": tasks.describe_prompt(row)}]
    return writer(messages, generation_config=greedy)[0]["generated_text"][-1]["content"].strip()
""",
        "asks the trainer's model": """
def hand_over(trainer, folder):
    trainer.save_model(folder)


def ask(folder, row, max_new_tokens=40):
    chats = [[{"role": "user", "content": tasks.describe_prompt(row)}]]
    replies = generate(trainer.model, trainer.processing_class, chats, max_new_tokens=max_new_tokens)
    return replies[0].text.strip()
""",
        "leaves the white space": """
def hand_over(trainer, folder):
    trainer.save_model(folder)


def ask(folder, row, max_new_tokens=40):
    writer = pipeline("text-generation", model=folder, dtype="float32")
    greedy = GenerationConfig.from_pretrained(folder, max_new_tokens=max_new_tokens, do_sample=False)
    messages = [{"role": "user", "content": tasks.describe_prompt(row)}]
    return writer(messages, generation_config=greedy)[0]["generated_text"][-1]["content"]
""",
    },
    "quiz": quiz_answers.wrong("09"),
}

RIGHT = {
    "task-1": {
        "takes the values out one by one": """
def strangers(text, own, others):
    def parts(value, where):
        return list(re.finditer(r"(?<!\\w)" + re.escape(value) + r"(?!\\w)", where))
    text, found = text.lower(), set()
    for value in sorted({v.lower() for v in others}, key=lambda v: -len(v)):
        for place in parts(value, text):
            found.add(value)
            text = text[: place.start()] + "#" * len(value) + text[place.end() :]
    return sorted(v for v in found if not any(parts(v, o.lower()) for o in own))
""",
    },
    "task-2": {
        "counting down, as JSON": """
def write_job(job, processes, fits, path):
    config = dict(job)
    total = config.pop("per_device_train_batch_size") * config.pop("gradient_accumulation_steps", 1)
    each, rest = divmod(total, processes)
    if rest:
        raise ValueError(f"{total} rows and {processes} processes")
    steps = next(steps for steps in range(1, each + 1) if each % steps == 0 and each // steps <= fits)
    config |= {"gradient_accumulation_steps": steps, "per_device_train_batch_size": each // steps}
    with open(path, "w", encoding="utf-8") as file:
        yaml.dump(config, file, default_flow_style=False, sort_keys=False)
""",
    },
    "task-3": {
        "with lists of pairs": """
def verdict(one, two, tolerance=0.01):
    first = [(e["epoch"], e["loss"]) for e in one if e.get("loss") is not None]
    second = [(e["epoch"], e["loss"]) for e in two if e.get("loss") is not None]
    if round(abs(first[0][0] - second[0][0]), 6) > 1e-6:
        return "another batch"
    for i in range(min(len(first), len(second))):
        if abs(first[i][1] - second[i][1]) > tolerance:
            return "another order"
    if len(first) != len(second):
        return "cut short"
    return "same training"
""",
    },
    "task-4": {
        "saves the parts and generates without a pipeline": """
def hand_over(trainer, folder):
    trainer.model.save_pretrained(folder)
    trainer.processing_class.save_pretrained(folder)


def ask(folder, row, max_new_tokens=40):
    reader = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="float32")
    messages = [{"role": "user", "content": tasks.describe_prompt(row)}]
    ids = reader.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    out = model.generate(**ids, max_new_tokens=max_new_tokens, do_sample=False)
    return reader.decode(out[0, ids["input_ids"].shape[1] :], skip_special_tokens=True).strip()
""",
    },
    "quiz": quiz_answers.right("09"),
}
