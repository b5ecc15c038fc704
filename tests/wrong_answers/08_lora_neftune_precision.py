"""Answers that try the checks of the assignment of lesson 08."""

import quiz_answers

WRONG = {
    "task-1": {
        "the base as it is": """
def tuned(rows, seed):
    return load_base()
""",
        "no merge": """
def tuned(rows, seed):
    settings = {"num_train_epochs": 4, "learning_rate": 7e-3, "seed": seed, "max_steps": 1}
    settings |= {"chat_template_path": course.chat_template, "eos_token": "<|im_end|>"}
    settings |= {"per_device_train_batch_size": 8}
    trainer = SFTTrainer(
        model=load_base(),
        args=SFTConfig(output_dir="runs/08", save_strategy="no", report_to="none", **settings | course.hardware),
        train_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(course.base),
        peft_config=LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.train()
    return trainer.model
""",
        "without the adapter": """
def tuned(rows, seed):
    settings = {"num_train_epochs": 4, "learning_rate": 7e-3, "seed": seed, "max_steps": 1}
    settings |= {"chat_template_path": course.chat_template, "eos_token": "<|im_end|>"}
    settings |= {"per_device_train_batch_size": 8}
    trainer = SFTTrainer(
        model=load_base(),
        args=SFTConfig(output_dir="runs/08", save_strategy="no", report_to="none", **settings | course.hardware),
        train_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(course.base),
        peft_config=LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.train()
    return trainer.model.unload()
""",
        "the whole model": """
def tuned(rows, seed):
    settings = {"num_train_epochs": 4, "learning_rate": 7e-3, "seed": seed, "max_steps": 1}
    settings |= {"chat_template_path": course.chat_template, "eos_token": "<|im_end|>"}
    settings |= {"per_device_train_batch_size": 8}
    trainer = SFTTrainer(
        model=load_base(),
        args=SFTConfig(output_dir="runs/08", save_strategy="no", report_to="none", **settings | course.hardware),
        train_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(course.base),
    )
    trainer.train()
    return trainer.model
""",
        "a rank for larger models": """
def tuned(rows, seed):
    settings = {"num_train_epochs": 4, "learning_rate": 7e-3, "seed": seed, "max_steps": 1}
    settings |= {"chat_template_path": course.chat_template, "eos_token": "<|im_end|>"}
    settings |= {"per_device_train_batch_size": 8}
    trainer = SFTTrainer(
        model=load_base(),
        args=SFTConfig(output_dir="runs/08", save_strategy="no", report_to="none", **settings | course.hardware),
        train_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(course.base),
        peft_config=LoraConfig(r=64, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.train()
    return trainer.model.merge_and_unload()
""",
        "the test rows": """
def tuned(rows, seed):
    settings = {"num_train_epochs": 4, "learning_rate": 7e-3, "seed": seed, "max_steps": 1}
    settings |= {"chat_template_path": course.chat_template, "eos_token": "<|im_end|>"}
    settings |= {"per_device_train_batch_size": 8}
    trainer = SFTTrainer(
        model=load_base(),
        args=SFTConfig(output_dir="runs/08", save_strategy="no", report_to="none", **settings | course.hardware),
        train_dataset=descriptions(data.read_products(data.DATA / "products_test.csv").to_list()[:8]),
        processing_class=AutoTokenizer.from_pretrained(course.base),
        peft_config=LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.train()
    return trainer.model.merge_and_unload()
""",
        "the rate of full fine-tuning": """
def tuned(rows, seed):
    settings = {"num_train_epochs": 4, "learning_rate": 1e-4, "seed": seed, "max_steps": 12}
    settings |= {"chat_template_path": course.chat_template, "eos_token": "<|im_end|>"}
    settings |= {"per_device_train_batch_size": 2}
    trainer = SFTTrainer(
        model=load_base(),
        args=SFTConfig(output_dir="runs/08", save_strategy="no", report_to="none", **settings | course.hardware),
        train_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(course.base),
        peft_config=LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.train()
    return trainer.model.merge_and_unload()
""",
        "one more epoch": """
def tuned(rows, seed):
    settings = {"num_train_epochs": 4, "learning_rate": 7e-3, "seed": seed, "max_steps": 25}
    settings |= {"chat_template_path": course.chat_template, "eos_token": "<|im_end|>"}
    settings |= {"per_device_train_batch_size": 2}
    trainer = SFTTrainer(
        model=load_base(),
        args=SFTConfig(output_dir="runs/08", save_strategy="no", report_to="none", **settings | course.hardware),
        train_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(course.base),
        peft_config=LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.train()
    return trainer.model.merge_and_unload()
""",
        "attention only": """
def tuned(rows, seed):
    settings = {"num_train_epochs": 4, "learning_rate": 7e-3, "seed": seed, "max_steps": 3}
    settings |= {"chat_template_path": course.chat_template, "eos_token": "<|im_end|>"}
    settings |= {"per_device_train_batch_size": 2}
    trainer = SFTTrainer(
        model=load_base(),
        args=SFTConfig(output_dir="runs/08", save_strategy="no", report_to="none", **settings | course.hardware),
        train_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(course.base),
        peft_config=LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"),
    )
    trainer.train()
    return trainer.model.merge_and_unload()
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
        "one rate for both": """
def judge_noise(train, rates, seeds):
    chosen = {}
    for noise in (False, True):
        losses = {rate: [train(noise, rate, seed).validation for seed in seeds] for rate in rates}
        sound = [rate for rate in sorted(rates) if all(map(math.isfinite, losses[rate]))]
        if not sound:
            raise ValueError("All broke.")
        chosen[noise] = min(sound, key=lambda rate: sum(losses[rate]))
    chosen[True] = chosen[False]
    gains = [train(True, chosen[True], seed).test() - train(False, chosen[False], seed).test() for seed in seeds]
    said = "undecided"
    if len(seeds) >= 5 and (min(gains) > 0 or max(gains) < 0):
        said = "helps" if gains[0] > 0 else "harms"
    return chosen[False], chosen[True], said
""",
        "the best test score": """
def judge_noise(train, rates, seeds):
    chosen = {}
    for noise in (False, True):
        losses = {rate: [train(noise, rate, seed).test() for seed in seeds] for rate in rates}
        sound = [rate for rate in sorted(rates) if all(map(math.isfinite, losses[rate]))]
        if not sound:
            raise ValueError("All broke.")
        chosen[noise] = max(sound, key=lambda rate: sum(losses[rate]))
    gains = [train(True, chosen[True], seed).test() - train(False, chosen[False], seed).test() for seed in seeds]
    said = "undecided"
    if len(seeds) >= 5 and (min(gains) > 0 or max(gains) < 0):
        said = "helps" if gains[0] > 0 else "harms"
    return chosen[False], chosen[True], said
""",
        "the mean decides": """
def judge_noise(train, rates, seeds):
    chosen = {}
    for noise in (False, True):
        losses = {rate: [train(noise, rate, seed).validation for seed in seeds] for rate in rates}
        sound = [rate for rate in sorted(rates) if all(map(math.isfinite, losses[rate]))]
        if not sound:
            raise ValueError("All broke.")
        chosen[noise] = min(sound, key=lambda rate: sum(losses[rate]))
    gains = [train(True, chosen[True], seed).test() - train(False, chosen[False], seed).test() for seed in seeds]
    said = "undecided"
    if len(seeds) >= 5 and sum(gains) != 0:
        said = "helps" if sum(gains) > 0 else "harms"
    return chosen[False], chosen[True], said
""",
        "three seeds are enough": """
def judge_noise(train, rates, seeds):
    chosen = {}
    for noise in (False, True):
        losses = {rate: [train(noise, rate, seed).validation for seed in seeds] for rate in rates}
        sound = [rate for rate in sorted(rates) if all(map(math.isfinite, losses[rate]))]
        if not sound:
            raise ValueError("All broke.")
        chosen[noise] = min(sound, key=lambda rate: sum(losses[rate]))
    gains = [train(True, chosen[True], seed).test() - train(False, chosen[False], seed).test() for seed in seeds]
    said = "undecided"
    if len(seeds) >= 3 and (min(gains) > 0 or max(gains) < 0):
        said = "helps" if gains[0] > 0 else "harms"
    return chosen[False], chosen[True], said
""",
        "only NaN is broken": """
def judge_noise(train, rates, seeds):
    chosen = {}
    for noise in (False, True):
        losses = {rate: [train(noise, rate, seed).validation for seed in seeds] for rate in rates}
        sound = [rate for rate in sorted(rates) if not any(map(math.isnan, losses[rate]))]
        if not sound:
            raise ValueError("All broke.")
        chosen[noise] = min(sound, key=lambda rate: sum(losses[rate]))
    gains = [train(True, chosen[True], seed).test() - train(False, chosen[False], seed).test() for seed in seeds]
    said = "undecided"
    if len(seeds) >= 5 and (min(gains) > 0 or max(gains) < 0):
        said = "helps" if gains[0] > 0 else "harms"
    return chosen[False], chosen[True], said
""",
        "looks at every test score": """
def judge_noise(train, rates, seeds):
    chosen = {}
    for noise in (False, True):
        losses = {rate: [train(noise, rate, seed).validation for seed in seeds] for rate in rates}
        sound = [rate for rate in sorted(rates) if all(map(math.isfinite, losses[rate]))]
        if not sound:
            raise ValueError("All broke.")
        chosen[noise] = min(sound, key=lambda rate: sum(losses[rate]))
    scores = {n: {rate: [train(n, rate, seed).test() for seed in seeds] for rate in rates} for n in (False, True)}
    gains = [a - b for a, b in zip(scores[True][chosen[True]], scores[False][chosen[False]])]
    verdict = "helps" if min(gains) > 0 else "harms" if max(gains) < 0 else "undecided"
    return chosen[False], chosen[True], verdict if len(seeds) > 4 else "undecided"
""",
        "the best single seed": """
def judge_noise(train, rates, seeds):
    chosen = {}
    for noise in (False, True):
        losses = {rate: [train(noise, rate, seed).validation for seed in seeds] for rate in rates}
        sound = [rate for rate in sorted(rates) if all(map(math.isfinite, losses[rate]))]
        if not sound:
            raise ValueError("All broke.")
        chosen[noise] = min(sound, key=lambda rate: min(losses[rate]))
    gains = [train(True, chosen[True], seed).test() - train(False, chosen[False], seed).test() for seed in seeds]
    said = "undecided"
    if len(seeds) >= 5 and (min(gains) > 0 or max(gains) < 0):
        said = "helps" if gains[0] > 0 else "harms"
    return chosen[False], chosen[True], said
""",
        "a tie is harm": """
def judge_noise(train, rates, seeds):
    chosen = {}
    for noise in (False, True):
        losses = {rate: [train(noise, rate, seed).validation for seed in seeds] for rate in rates}
        sound = [rate for rate in sorted(rates) if all(map(math.isfinite, losses[rate]))]
        if not sound:
            raise ValueError("All broke.")
        chosen[noise] = min(sound, key=lambda rate: sum(losses[rate]))
    gains = [train(True, chosen[True], seed).test() - train(False, chosen[False], seed).test() for seed in seeds]
    said = "undecided"
    if len(seeds) >= 5 and (min(gains) > 0 or max(gains) <= 0):
        said = "helps" if gains[0] > 0 else "harms"
    return chosen[False], chosen[True], said
""",
        "no word when all broke": """
def judge_noise(train, rates, seeds):
    chosen = {}
    for noise in (False, True):
        losses = {rate: [train(noise, rate, seed).validation for seed in seeds] for rate in rates}
        sound = [rate for rate in sorted(rates) if all(map(math.isfinite, losses[rate]))]
        if not sound:
            sound = sorted(rates)
        chosen[noise] = min(sound, key=lambda rate: sum(losses[rate]))
    gains = [train(True, chosen[True], seed).test() - train(False, chosen[False], seed).test() for seed in seeds]
    said = "undecided"
    if len(seeds) >= 5 and (min(gains) > 0 or max(gains) < 0):
        said = "helps" if gains[0] > 0 else "harms"
    return chosen[False], chosen[True], said
""",
        "the higher of equals": """
def judge_noise(train, rates, seeds):
    chosen = {}
    for noise in (False, True):
        losses = {rate: [train(noise, rate, seed).validation for seed in seeds] for rate in rates}
        sound = [rate for rate in sorted(rates, reverse=True) if all(map(math.isfinite, losses[rate]))]
        if not sound:
            raise ValueError("All broke.")
        chosen[noise] = min(sound, key=lambda rate: sum(losses[rate]))
    gains = [train(True, chosen[True], seed).test() - train(False, chosen[False], seed).test() for seed in seeds]
    said = "undecided"
    if len(seeds) >= 5 and (min(gains) > 0 or max(gains) < 0):
        said = "helps" if gains[0] > 0 else "harms"
    return chosen[False], chosen[True], said
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
    "quiz": quiz_answers.wrong("08"),
}
RIGHT = {
    "task-1": {
        "rank 4 by hand": """
def tuned(rows, seed):
    config = LoraConfig(r=4, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
    args = SFTConfig(
        output_dir="runs/08_exercise", num_train_epochs=4, per_device_train_batch_size=8, learning_rate=7e-3, seed=seed,
        chat_template_path=course.chat_template, eos_token="<|im_end|>", save_strategy="no", report_to="none",
        lr_scheduler_type="cosine", warmup_steps=2, **course.hardware,
    )
    reader = AutoTokenizer.from_pretrained(course.base)
    trainer = SFTTrainer(get_peft_model(load_base(), config), args, train_dataset=rows, processing_class=reader)
    trainer.train()
    return trainer.model.merge_and_unload()
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
        "with means": """
def judge_noise(train, rates, seeds):
    from statistics import fmean

    def choose(noise):
        means = {rate: fmean(train(noise, rate, seed).validation for seed in seeds) for rate in rates}
        means = {rate: loss for rate, loss in means.items() if math.isfinite(loss)}
        if not means:
            raise ValueError("Try lower rates.")
        return min(means, key=lambda rate: (means[rate], rate))

    without, with_noise = choose(False), choose(True)
    up = down = 0
    for seed in seeds:
        a, b = train(False, without, seed).test(), train(True, with_noise, seed).test()
        up, down = up + (b > a), down + (b < a)
    if len(seeds) < 5 or len(seeds) not in (up, down):
        return without, with_noise, "undecided"
    return without, with_noise, "helps" if up else "harms"
""",
    },
    "task-4": {
        "an empty list of modules": """
def adapter_for(reader, known, r):
    more = len(reader) > known
    return LoraConfig(
        r=r, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM",
        modules_to_save=["embed_tokens"] if more else [], ensure_weight_tying=more,
    )
""",
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
        "in the precision itself": """
def share_lost(weights, step, dtype):
    stored = weights.to(dtype)
    return ((stored + step) == stored).float().mean().item()
""",
        "as torch adds by itself": """
def share_lost(weights, step, dtype):
    before = weights.to(dtype).flatten()
    after = before + step
    return sum(a == b for a, b in zip(after.tolist(), before.tolist())) / len(before)
""",
    },
    "quiz": quiz_answers.right("08"),
}
