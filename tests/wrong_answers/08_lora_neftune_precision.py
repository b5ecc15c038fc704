"""Answers that try the checks of the assignment of lesson 08."""

WRONG = {
    "task-1": {
        "counts the layers themselves": """
def adapter_bytes(shapes, r, bytes_per_number=4):
    return sum(outputs * inputs for outputs, inputs in shapes) * bytes_per_number
""",
        "counts A alone": """
def adapter_bytes(shapes, r, bytes_per_number=4):
    return sum(r * inputs for outputs, inputs in shapes) * bytes_per_number
""",
        "takes the layers for square": """
def adapter_bytes(shapes, r, bytes_per_number=4):
    return sum(2 * r * inputs for outputs, inputs in shapes) * bytes_per_number
""",
        "counts numbers, not bytes": """
def adapter_bytes(shapes, r, bytes_per_number=4):
    return sum(r * (outputs + inputs) for outputs, inputs in shapes)
""",
        "four bytes whatever the dtype": """
def adapter_bytes(shapes, r, bytes_per_number=4):
    return 4 * sum(r * (outputs + inputs) for outputs, inputs in shapes)
""",
        "forgets the rank": """
def adapter_bytes(shapes, r, bytes_per_number=4):
    return sum(outputs + inputs for outputs, inputs in shapes) * bytes_per_number
""",
    },
    "task-2": {
        "multiplies the other way round": """
def merge(weight, A, B, alpha):
    return (weight.float() + alpha / A.shape[0] * (A.T @ B.T)).to(weight.dtype)
""",
        "forgets to scale": """
def merge(weight, A, B, alpha):
    return (weight.float() + B @ A).to(weight.dtype)
""",
        "scales by alpha alone": """
def merge(weight, A, B, alpha):
    return (weight.float() + alpha * (B @ A)).to(weight.dtype)
""",
        "takes the rank from the wrong side": """
def merge(weight, A, B, alpha):
    return (weight.float() + alpha / A.shape[1] * (B @ A)).to(weight.dtype)
""",
        "takes rank 2 for granted": """
def merge(weight, A, B, alpha):
    return (weight.float() + alpha / 2 * (B @ A)).to(weight.dtype)
""",
        "changes the weight that it was given": """
def merge(weight, A, B, alpha):
    weight += (alpha / A.shape[0] * (B @ A)).to(weight.dtype)
    return weight
""",
        "returns float32": """
def merge(weight, A, B, alpha):
    return weight.float() + alpha / A.shape[0] * (B @ A)
""",
        "rounds the change before it adds it": """
def merge(weight, A, B, alpha):
    return weight + (alpha / A.shape[0] * (B @ A)).to(weight.dtype)
""",
        "computes in half precision": """
def merge(weight, A, B, alpha):
    return weight + alpha / A.shape[0] * (B.to(weight.dtype) @ A.to(weight.dtype))
""",
    },
    "task-3": {
        "chooses by the test score": """
def best_rate(runs):
    means = {rate: sum(run["strict"] for run in seeds) / len(seeds) for rate, seeds in runs.items()}
    best = max(means, key=means.get)
    return best, means[best]
""",
        "takes the best single seed": """
def best_rate(runs):
    sound = {r: s for r, s in sorted(runs.items()) if all(math.isfinite(run["validation"]) for run in s)}
    if not sound:
        raise ValueError("none is left")
    best = min(sound, key=lambda rate: min(run["validation"] for run in sound[rate]))
    return best, sum(run["strict"] for run in sound[best]) / len(sound[best])
""",
        "leaves out the broken seeds only": """
def best_rate(runs):
    sound = {rate: [run for run in seeds if math.isfinite(run["validation"])] for rate, seeds in sorted(runs.items())}
    sound = {rate: seeds for rate, seeds in sound.items() if seeds}
    if not sound:
        raise ValueError("none is left")
    best = min(sound, key=lambda rate: sum(run["validation"] for run in sound[rate]) / len(sound[rate]))
    return best, sum(run["strict"] for run in sound[best]) / len(sound[best])
""",
        "trusts min with a NaN": """
def best_rate(runs):
    best = min(sorted(runs), key=lambda rate: sum(run["validation"] for run in runs[rate]) / len(runs[rate]))
    return best, sum(run["strict"] for run in runs[best]) / len(runs[best])
""",
        "leaves out NaN and keeps infinity as a number": """
def best_rate(runs):
    sound = {r: s for r, s in sorted(runs.items()) if not any(math.isnan(run["validation"]) for run in s)}
    if not sound:
        raise ValueError("none is left")
    best = min(sound, key=lambda rate: min(run["validation"] for run in sound[rate]))
    return best, sum(run["strict"] for run in sound[best]) / len(sound[best])
""",
        "compares sums": """
def best_rate(runs):
    sound = {r: s for r, s in sorted(runs.items()) if all(math.isfinite(run["validation"]) for run in s)}
    if not sound:
        raise ValueError("none is left")
    best = min(sound, key=lambda rate: sum(run["validation"] for run in sound[rate]))
    return best, sum(run["strict"] for run in sound[best]) / len(sound[best])
""",
        "reports the best seed's test score": """
def best_rate(runs):
    sound = {r: s for r, s in sorted(runs.items()) if all(math.isfinite(run["validation"]) for run in s)}
    if not sound:
        raise ValueError("none is left")
    best = min(sound, key=lambda rate: sum(run["validation"] for run in sound[rate]) / len(sound[rate]))
    return best, max(run["strict"] for run in sound[best])
""",
        "of equals the first in the dict": """
def best_rate(runs):
    sound = {r: s for r, s in runs.items() if all(math.isfinite(run["validation"]) for run in s)}
    if not sound:
        raise ValueError("none is left")
    best = min(sound, key=lambda rate: sum(run["validation"] for run in sound[rate]) / len(sound[rate]))
    return best, sum(run["strict"] for run in sound[best]) / len(sound[best])
""",
        "says nothing when all broke": """
def best_rate(runs):
    sound = {r: s for r, s in sorted(runs.items()) if all(math.isfinite(run["validation"]) for run in s)}
    if not sound:
        return math.nan, 0.0
    best = min(sound, key=lambda rate: sum(run["validation"] for run in sound[rate]) / len(sound[rate]))
    return best, sum(run["strict"] for run in sound[best]) / len(sound[best])
""",
    },
    "task-4": {
        "never trains the embeddings": """
def adapter_for(reader, known, r):
    return LoraConfig(r=r, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
""",
        "always trains the embeddings": """
def adapter_for(reader, known, r):
    return LoraConfig(
        r=r, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM",
        modules_to_save=["embed_tokens"], ensure_weight_tying=True,
    )
""",
        "trains only the rows that read": """
def adapter_for(reader, known, r):
    new = len(reader) > known
    return LoraConfig(
        r=r, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM",
        modules_to_save=["embed_tokens"] if new else None,
    )
""",
        "trains only the rows that score": """
def adapter_for(reader, known, r):
    new = len(reader) > known
    return LoraConfig(
        r=r, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM",
        modules_to_save=["lm_head"] if new else None,
    )
""",
        "peft's own layers": """
def adapter_for(reader, known, r):
    new = len(reader) > known
    return LoraConfig(
        r=r, lora_alpha=32, task_type="CAUSAL_LM",
        modules_to_save=["embed_tokens"] if new else None, ensure_weight_tying=new,
    )
""",
        "peft's own alpha": """
def adapter_for(reader, known, r):
    new = len(reader) > known
    return LoraConfig(
        r=r, target_modules="all-linear", task_type="CAUSAL_LM",
        modules_to_save=["embed_tokens"] if new else None, ensure_weight_tying=new,
    )
""",
        "rank 4 for everybody": """
def adapter_for(reader, known, r):
    new = len(reader) > known
    return LoraConfig(
        r=4, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM",
        modules_to_save=["embed_tokens"] if new else None, ensure_weight_tying=new,
    )
""",
        "takes the course's vocabulary for granted": """
def adapter_for(reader, known, r):
    new = len(reader) > 2048
    return LoraConfig(
        r=r, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM",
        modules_to_save=["embed_tokens"] if new else None, ensure_weight_tying=new,
    )
""",
    },
    "task-5": {
        "compares with the weights before they were stored": """
def share_lost(weights, step, dtype):
    after = (weights.to(dtype).float() + step).to(dtype)
    return (after.float() == weights).float().mean().item()
""",
        "adds before it stores": """
def share_lost(weights, step, dtype):
    return ((weights + step).to(dtype) == weights).float().mean().item()
""",
        "never rounds the sum": """
def share_lost(weights, step, dtype):
    before = weights.to(dtype).float()
    return (before + step == before).float().mean().item()
""",
        "the share that moves": """
def share_lost(weights, step, dtype):
    before = weights.to(dtype)
    return ((before.float() + step).to(dtype) != before).float().mean().item()
""",
        "the number, not the share": """
def share_lost(weights, step, dtype):
    before = weights.to(dtype)
    return float(((before.float() + step).to(dtype) == before).sum())
""",
        "compares the step with one rounding error for all": """
def share_lost(weights, step, dtype):
    return float(abs(step) < torch.finfo(dtype).eps / 2)
""",
        "the same way up and down": """
def share_lost(weights, step, dtype):
    before = weights.to(dtype)
    return ((before.float() + abs(step)).to(dtype) == before).float().mean().item()
""",
        "returns a tensor": """
def share_lost(weights, step, dtype):
    before = weights.to(dtype)
    return ((before.float() + step).to(dtype) == before).float().mean()
""",
    },
    "quiz": {
        "always a": """
answers = {f"08-q{i}": "a" for i in range(1, 8)}
""",
        "one wrong": """
answers = {"08-q1": "c", "08-q2": "a", "08-q3": "d", "08-q4": "b", "08-q5": "b", "08-q6": "a", "08-q7": "c"}
""",
        "one left out": """
answers = {"08-q1": "c", "08-q2": "a", "08-q3": "d", "08-q4": "b", "08-q5": "b", "08-q6": "a"}
""",
    },
}
RIGHT = {
    "task-1": {
        "with a loop over the two matrices": """
def adapter_bytes(shapes, r, bytes_per_number=4):
    numbers = 0
    for outputs, inputs in shapes:
        numbers += torch.zeros(r, inputs).numel()
        numbers += torch.zeros(outputs, r).numel()
    return numbers * bytes_per_number
""",
    },
    "task-2": {
        "rank from B, in double precision": """
def merge(weight, A, B, alpha):
    change = torch.einsum("or,ri->oi", B.double(), A.double()) * (alpha / B.shape[1])
    return (weight.double() + change).to(dtype=weight.dtype)
""",
        "with addmm": """
def merge(weight, A, B, alpha):
    return torch.addmm(weight.float(), B, A, alpha=alpha / len(A)).to(weight.dtype)
""",
    },
    "task-3": {
        "with a loop": """
def best_rate(runs):
    best = None
    for rate in sorted(runs):
        losses = [run["validation"] for run in runs[rate]]
        if any(math.isnan(loss) or math.isinf(loss) for loss in losses):
            continue
        mean = sum(losses) / len(losses)
        if best is None or mean < best[0]:
            best = (mean, rate)
    if best is None:
        raise ValueError("no rate is left")
    scores = [run["strict"] for run in runs[best[1]]]
    return best[1], sum(scores) / len(scores)
""",
        "with pairs": """
def best_rate(runs):
    table = [(sum(run["validation"] for run in seeds) / len(seeds), rate) for rate, seeds in runs.items()]
    table = [pair for pair in table if math.isfinite(pair[0])]
    if not table:
        raise ValueError("no rate is left")
    rate = min(table)[1]
    return rate, sum(run["strict"] for run in runs[rate]) / len(runs[rate])
""",
    },
    "task-4": {
        "arguments collected in a dict": """
def adapter_for(reader, known, r):
    arguments = {"r": r, "lora_alpha": 32, "target_modules": "all-linear"}
    if max(reader.get_vocab().values()) >= known:
        arguments |= {"modules_to_save": ["embed_tokens"], "ensure_weight_tying": True}
    return LoraConfig(**arguments)
""",
        "the layers by name": """
def adapter_for(reader, known, r):
    layers = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    config = LoraConfig(r=r, lora_alpha=32, target_modules=layers, bias="none", task_type="CAUSAL_LM")
    if len(reader) > known:
        config.modules_to_save = ["embed_tokens"]
        config.ensure_weight_tying = True
    return config
""",
    },
    "task-5": {
        "as torch adds by itself": """
def share_lost(weights, step, dtype):
    before = weights.to(dtype).flatten()
    after = before + step
    return sum(a == b for a, b in zip(after.tolist(), before.tolist())) / len(before)
""",
    },
    "quiz": {
        "in capitals": """
answers = {"08-q1": "C", "08-q2": "A", "08-q3": "D", "08-q4": "B", "08-q5": "B", "08-q6": "A", "08-q7": "D"}
""",
    },
}
