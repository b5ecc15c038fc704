"""Answers that try the checks of the assignment of lesson 04."""

import quiz_answers

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
        "the rate of the recipe": """
def search_rate(trial, budget=8):
    return 1e-3
""",
        "tries the rate of the recipe": """
def search_rate(trial, budget=8):
    trial(1e-3)
    return 1e-3
""",
        "powers of ten alone": """
def search_rate(trial, budget=8):
    losses = {10.0**p: trial(10.0**p) for p in (-5, -4, -3, -2, -1)}
    return min((r for r in losses if math.isfinite(losses[r])), key=losses.get)
""",
        "even steps": """
def search_rate(trial, budget=8):
    rates = [1e-5 + i * (1e-1 - 1e-5) / (budget - 1) for i in range(budget)]
    losses = {rate: trial(rate) for rate in rates}
    return min(losses, key=lambda rate: losses[rate] if math.isfinite(losses[rate]) else 1e12)
""",
        "random rates": """
def search_rate(trial, budget=8):
    rng = random.Random(0)
    losses = {rate: trial(rate) for rate in (10 ** rng.uniform(-5, -1) for _ in range(budget))}
    return min(losses, key=lambda rate: losses[rate] if math.isfinite(losses[rate]) else 1e12)
""",
        "takes nan for the least": """
def search_rate(trial, budget=8):
    losses = [(trial(10 ** (-1 - i / 2)), 10 ** (-1 - i / 2)) for i in range(budget)]
    return min(losses, key=lambda pair: (not math.isnan(pair[0]), pair[0]))[1]
""",
        "as many trials as it likes": """
def search_rate(trial, budget=8):
    losses = {10 ** (-5 + i / 5): trial(10 ** (-5 + i / 5)) for i in range(21)}
    return min((r for r in losses if math.isfinite(losses[r])), key=losses.get)
""",
        "the middle of the two best, untried": """
def search_rate(trial, budget=8):
    losses = {p: trial(10.0**p) for p in (-5, -4, -3, -2, -1)}
    best = sorted(losses, key=lambda p: losses[p] if math.isfinite(losses[p]) else 1e12)[:2]
    return 10 ** (sum(best) / 2)
""",
    },
    "quiz": quiz_answers.wrong("04"),
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
        "climbs until it gets worse, then halves the step": """
def search_rate(trial, budget=8):
    seen, left = {}, budget

    def loss(power):
        nonlocal left
        if power not in seen and left:
            left -= 1
            told = trial(10.0**power)
            seen[power] = told if math.isfinite(told) else math.inf
        return seen.get(power, math.inf)

    for power in (-4.5, -3.5, -2.5, -1.5):
        loss(power)
    step = 0.5
    while left and step > 0.1:
        best = min(seen, key=seen.get)
        loss(best + step)
        loss(best - step)
        step /= 2
    return 10.0 ** min(seen, key=seen.get)
""",
    },
    "quiz": quiz_answers.right("04"),
}
