"""Answers that try the checks of the assignment of lesson 04."""

LOOP = """
def train_by_hand(model, batches, learning_rate, warmup_steps, total_steps):
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.0)
    schedule = get_scheduler("linear", optimizer, num_warmup_steps=warmup_steps, num_training_steps=total_steps)
    losses = []
    for batch in batches:
        logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
        loss = cross_entropy(logits[:, :-1].flatten(0, 1), batch["labels"][:, 1:].flatten(), ignore_index=-100)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses
"""
ACCUMULATE = """
def accumulate(model, batches):
    total = sum(int((batch["labels"][:, 1:] != -100).sum()) for batch in batches)
    model.zero_grad()
    for batch in batches:
        logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
        told, wanted = logits[:, :-1].flatten(0, 1), batch["labels"][:, 1:].flatten()
        (cross_entropy(told, wanted, ignore_index=-100, reduction="sum") / total).backward()
    return total
"""


def without(source: str, old: str, new: str = "") -> str:
    """A wrong answer made from a right one by changing one piece of it."""
    assert old in source, f"{old!r} is not there to change"
    return source.replace(old, new)


WRONG = {
    "task-1": {
        "drops batches that are not full": """
def plan(rows, epochs, batch, accumulation=1, devices=1, max_steps=-1, warmup=0.0):
    per_epoch = rows // (batch * devices) // accumulation
    steps = max_steps if max_steps > 0 else math.ceil(epochs * per_epoch)
    warmup = int(warmup) if warmup >= 1 else math.ceil(warmup * steps)
    return {"steps": steps, "warmup": warmup, "seen": steps / per_epoch}
""",
        "rounds once for the whole run": """
def plan(rows, epochs, batch, accumulation=1, devices=1, max_steps=-1, warmup=0.0):
    steps = max_steps if max_steps > 0 else math.ceil(rows * epochs / (batch * accumulation * devices))
    seen = steps * batch * accumulation * devices / rows
    return {"steps": steps, "warmup": int(warmup) if warmup >= 1 else math.ceil(warmup * steps), "seen": seen}
""",
        "takes the smaller of steps and max_steps": """
def plan(rows, epochs, batch, accumulation=1, devices=1, max_steps=-1, warmup=0.0):
    per_epoch = math.ceil(math.ceil(rows / (batch * devices)) / accumulation)
    steps = math.ceil(epochs * per_epoch)
    steps = min(steps, max_steps) if max_steps > 0 else steps
    warmup = int(warmup) if warmup >= 1 else math.ceil(warmup * steps)
    return {"steps": steps, "warmup": warmup, "seen": steps / per_epoch}
""",
        "rounds the warm-up down": """
def plan(rows, epochs, batch, accumulation=1, devices=1, max_steps=-1, warmup=0.0):
    per_epoch = math.ceil(math.ceil(rows / (batch * devices)) / accumulation)
    steps = max_steps if max_steps > 0 else math.ceil(epochs * per_epoch)
    return {"steps": steps, "warmup": int(warmup if warmup >= 1 else warmup * steps), "seen": steps / per_epoch}
""",
        "the warm-up is always a share": """
def plan(rows, epochs, batch, accumulation=1, devices=1, max_steps=-1, warmup=0.0):
    per_epoch = math.ceil(math.ceil(rows / (batch * devices)) / accumulation)
    steps = max_steps if max_steps > 0 else math.ceil(epochs * per_epoch)
    return {"steps": steps, "warmup": math.ceil(warmup * steps), "seen": steps / per_epoch}
""",
        "forgets the devices": """
def plan(rows, epochs, batch, accumulation=1, devices=1, max_steps=-1, warmup=0.0):
    per_epoch = math.ceil(math.ceil(rows / batch) / accumulation)
    steps = max_steps if max_steps > 0 else math.ceil(epochs * per_epoch)
    warmup = int(warmup) if warmup >= 1 else math.ceil(warmup * steps)
    return {"steps": steps, "warmup": warmup, "seen": steps / per_epoch}
""",
        "says how often it should be seen": """
def plan(rows, epochs, batch, accumulation=1, devices=1, max_steps=-1, warmup=0.0):
    per_epoch = math.ceil(math.ceil(rows / (batch * devices)) / accumulation)
    steps = max_steps if max_steps > 0 else math.ceil(epochs * per_epoch)
    return {"steps": steps, "warmup": int(warmup) if warmup >= 1 else math.ceil(warmup * steps), "seen": epochs}
""",
    },
    "task-2": {
        "does not shift": without(
            without(LOOP, "logits[:, :-1].flatten(0, 1)", "logits.flatten(0, 1)"), '["labels"][:, 1:]', '["labels"]'
        ),
        "trains on everything": without(LOOP, 'batch["labels"][:, 1:]', 'batch["input_ids"][:, 1:]'),
        "a sum, not a mean": without(LOOP, "ignore_index=-100", 'ignore_index=-100, reduction="sum"'),
        "does not clip": without(LOOP, "        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"),
        "clips before the backward pass": without(
            without(LOOP, "        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"),
            "        loss.backward()",
            "        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n        loss.backward()",
        ),
        "keeps the old gradients": without(LOOP, "        optimizer.zero_grad()\n"),
        "clears the gradients too late": without(
            without(LOOP, "        optimizer.zero_grad()\n"),
            "        optimizer.step()",
            "        optimizer.zero_grad()\n        optimizer.step()",
        ),
        "never moves the schedule": without(LOOP, "        schedule.step()\n"),
        "moves the schedule first": without(
            without(LOOP, "        schedule.step()\n"),
            "        optimizer.step()",
            "        schedule.step()\n        optimizer.step()",
        ),
        "no warm-up": without(LOOP, "num_warmup_steps=warmup_steps", "num_warmup_steps=0"),
        "a warm-up of one step": without(LOOP, "num_warmup_steps=warmup_steps", "num_warmup_steps=1"),
        "a schedule as long as the batches": without(LOOP, "=total_steps", "=len(batches)"),
        "returns tensors": without(LOOP, "loss.item()", "loss.detach()"),
        "plain gradient descent": without(
            LOOP,
            "torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.0)",
            "torch.optim.SGD(model.parameters(), lr=learning_rate)",
        ),
    },
    "task-3": {
        "a mean of means": """
def accumulate(model, batches):
    model.zero_grad()
    for batch in batches:
        (model(**batch).loss / len(batches)).backward()
    return sum(int((batch["labels"] != -100).sum()) for batch in batches)
""",
        "adds up the means": """
def accumulate(model, batches):
    model.zero_grad()
    for batch in batches:
        model(**batch).loss.backward()
    return sum(int((batch["labels"] != -100).sum()) for batch in batches)
""",
        "keeps the old gradient": without(ACCUMULATE, "    model.zero_grad()\n"),
        "clears it in each small batch": without(
            without(ACCUMULATE, "    model.zero_grad()\n"),
            "        logits =",
            "        model.zero_grad()\n        logits =",
        ),
        "counts prompt and padding": without(
            ACCUMULATE, '(batch["labels"][:, 1:] != -100)', '(batch["labels"][:, 1:] != 0)'
        ),
        "counts the prompt": without(
            ACCUMULATE, '(batch["labels"][:, 1:] != -100).sum()', 'batch["attention_mask"].sum()'
        ),
        "weighs by rows": """
def accumulate(model, batches):
    rows = sum(len(batch["labels"]) for batch in batches)
    model.zero_grad()
    for batch in batches:
        (model(**batch).loss * len(batch["labels"]) / rows).backward()
    return sum(int((batch["labels"] != -100).sum()) for batch in batches)
""",
        "takes a step": without(
            ACCUMULATE,
            "    return total",
            "    torch.optim.AdamW(model.parameters(), lr=1e-3).step()\n    return total",
        ),
    },
    "task-4": {
        "asks the test score": """
def choose_rate(runs, slack=0.1):
    alive = {r: s for r, s in runs.items() if all(math.isfinite(x["eval_loss"]) for x in s)}
    if not alive:
        raise ValueError("all have diverged")
    return max(alive, key=lambda rate: sum(run["strict"] for run in alive[rate]))
""",
        "only the best": """
def choose_rate(runs, slack=0.1):
    means = {rate: sum(run["eval_loss"] for run in seeds) / len(seeds) for rate, seeds in runs.items()}
    means = {rate: loss for rate, loss in means.items() if math.isfinite(loss)}
    if not means:
        raise ValueError("all have diverged")
    return min(means, key=means.get)
""",
        "the highest that is close enough": """
def choose_rate(runs, slack=0.1):
    means = {rate: sum(run["eval_loss"] for run in seeds) / len(seeds) for rate, seeds in runs.items()}
    means = {rate: loss for rate, loss in means.items() if math.isfinite(loss)}
    if not means:
        raise ValueError("all have diverged")
    return max(rate for rate, loss in means.items() if loss <= (1 + slack) * min(means.values()))
""",
        "the luckiest seed": """
def choose_rate(runs, slack=0.1):
    best = {r: min(x["eval_loss"] for x in s) for r, s in runs.items() if all(math.isfinite(x["eval_loss"]) for x in s)}
    if not best:
        raise ValueError("all have diverged")
    return min(rate for rate, loss in best.items() if loss <= (1 + slack) * min(best.values()))
""",
        "leaves out the diverged seeds only": """
def choose_rate(runs, slack=0.1):
    means = {}
    for rate, seeds in runs.items():
        losses = [run["eval_loss"] for run in seeds if math.isfinite(run["eval_loss"])]
        if losses:
            means[rate] = sum(losses) / len(losses)
    if not means:
        raise ValueError("all have diverged")
    return min(rate for rate, loss in means.items() if loss <= (1 + slack) * min(means.values()))
""",
        "says None when all have diverged": """
def choose_rate(runs, slack=0.1):
    means = {rate: sum(run["eval_loss"] for run in seeds) / len(seeds) for rate, seeds in runs.items()}
    means = {rate: loss for rate, loss in means.items() if math.isfinite(loss)}
    close = [rate for rate, loss in means.items() if loss <= (1 + slack) * min(means.values())]
    return min(close, default=None)
""",
        "forgets what is not a number": """
def choose_rate(runs, slack=0.1):
    means = {rate: sum(run["eval_loss"] for run in seeds) / len(seeds) for rate, seeds in runs.items()}
    return min(rate for rate, loss in means.items() if loss <= (1 + slack) * min(means.values()))
""",
    },
    "task-5": {
        "drops the warm-up": """
def modernise(old, gpu):
    names = {"evaluation_strategy": "eval_strategy", "max_seq_length": "max_length"}
    drop = ("overwrite_output_dir", "warmup_ratio", "group_by_length")
    new = {names.get(k, k): v for k, v in old.items() if k not in drop}
    if old.get("group_by_length"):
        new["train_sampling_strategy"] = "group_by_length"
    return new if gpu else new | {"use_cpu": True, "bf16": False, "fp16": False}
""",
        "changes the old recipe": """
def modernise(old, gpu):
    names = {"evaluation_strategy": "eval_strategy", "warmup_ratio": "warmup_steps", "max_seq_length": "max_length"}
    for before, after in names.items():
        if before in old:
            old[after] = old.pop(before)
    old.pop("overwrite_output_dir", None)
    if old.pop("group_by_length", False):
        old["train_sampling_strategy"] = "group_by_length"
    return old if gpu else old | {"use_cpu": True, "bf16": False, "fp16": False}
""",
        "leaves bf16 as the recipe had it": """
def modernise(old, gpu):
    names = {"evaluation_strategy": "eval_strategy", "warmup_ratio": "warmup_steps", "max_seq_length": "max_length"}
    new = {names.get(k, k): v for k, v in old.items() if k != "overwrite_output_dir"}
    if new.pop("group_by_length", False):
        new["train_sampling_strategy"] = "group_by_length"
    return new if gpu else {"use_cpu": True, "bf16": False, "fp16": False} | new
""",
        "groups whatever the recipe says": """
def modernise(old, gpu):
    names = {"evaluation_strategy": "eval_strategy", "warmup_ratio": "warmup_steps", "max_seq_length": "max_length"}
    new = {names.get(k, k): v for k, v in old.items() if k != "overwrite_output_dir"}
    if "group_by_length" in new:
        del new["group_by_length"]
        new["train_sampling_strategy"] = "group_by_length"
    return new if gpu else new | {"use_cpu": True, "bf16": False, "fp16": False}
""",
        "keeps overwrite_output_dir": """
def modernise(old, gpu):
    names = {"evaluation_strategy": "eval_strategy", "warmup_ratio": "warmup_steps", "max_seq_length": "max_length"}
    new = {names.get(k, k): v for k, v in old.items()}
    if new.pop("group_by_length", False):
        new["train_sampling_strategy"] = "group_by_length"
    return new if gpu else new | {"use_cpu": True, "bf16": False, "fp16": False}
""",
        "turns the CPU on for everybody": """
def modernise(old, gpu):
    names = {"evaluation_strategy": "eval_strategy", "warmup_ratio": "warmup_steps", "max_seq_length": "max_length"}
    new = {names.get(k, k): v for k, v in old.items() if k != "overwrite_output_dir"}
    if new.pop("group_by_length", False):
        new["train_sampling_strategy"] = "group_by_length"
    return new | {"use_cpu": not gpu, "bf16": gpu, "fp16": False}
""",
    },
    "quiz": {
        "all b": 'answers = {f"04-q{n}": "b" for n in range(1, 11)}',
        "all c": 'answers = {f"04-q{n}": "c" for n in range(1, 11)}',
        "not answered": 'answers = {f"04-q{n}": "?" for n in range(1, 11)}',
    },
}

RIGHT = {
    "task-1": {
        "with whole-number division": """
def plan(rows, epochs, batch, accumulation=1, devices=1, max_steps=-1, warmup=0.0):
    batches = -(-rows // (batch * devices))
    per_epoch = -(-batches // accumulation)
    steps = max_steps
    if steps <= 0:
        steps = math.ceil(per_epoch * epochs)
    share = math.ceil(steps * warmup)
    return {"seen": steps / per_epoch, "warmup": share if warmup < 1 else round(warmup), "steps": steps}
""",
    },
    "task-2": {
        "the model computes the loss": """
def train_by_hand(model, batches, learning_rate, warmup_steps, total_steps):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.0, weight_decay=0.0)
    losses = []
    for step, batch in enumerate(batches):
        up = step / max(1, warmup_steps)
        down = (total_steps - step) / max(1, total_steps - warmup_steps)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * (up if step < warmup_steps else max(0.0, down))
        model.zero_grad()
        loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses
""",
    },
    "task-3": {
        "weighs the means by their tokens": """
def accumulate(model, batches):
    counts = [int((batch["labels"] != -100).sum()) for batch in batches]
    for weight in model.parameters():
        weight.grad = None
    for batch, count in zip(batches, counts):
        (model(**batch).loss * count / sum(counts)).backward()
    return sum(counts)
""",
        "divides at the end": """
def accumulate(model, batches):
    total = 0
    model.zero_grad()
    for batch in batches:
        count = (batch["labels"] != -100).sum()
        (model(**batch).loss * count).backward()
        total += int(count)
    for weight in model.parameters():
        weight.grad /= total
    return total
""",
    },
    "task-4": {
        "with numpy": """
def choose_rate(runs, slack=0.1):
    import numpy as np
    means = {rate: float(np.mean([run["eval_loss"] for run in seeds])) for rate, seeds in sorted(runs.items())}
    finite = {rate: mean for rate, mean in means.items() if np.isfinite(mean)}
    if not finite:
        raise ValueError("nothing has converged")
    bar = min(finite.values()) * (1 + slack)
    return next(rate for rate, mean in finite.items() if mean <= bar)
""",
    },
    "task-5": {
        "one if a field": """
def modernise(old, gpu):
    new = {}
    for name, value in old.items():
        if name == "evaluation_strategy":
            new["eval_strategy"] = value
        elif name == "warmup_ratio":
            new["warmup_steps"] = value
        elif name == "max_seq_length":
            new["max_length"] = value
        elif name == "group_by_length":
            if value:
                new["train_sampling_strategy"] = "group_by_length"
        elif name != "overwrite_output_dir":
            new[name] = value
    if not gpu:
        new.update(use_cpu=True, bf16=False, fp16=False)
    return new
""",
    },
    "quiz": {
        "capital letters": """
answers = {f"04-q{number}": letter for number, letter in enumerate("BCABACBCAC", 1)}
""",
    },
}
