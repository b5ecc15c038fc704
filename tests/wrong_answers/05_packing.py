"""Answers that try the checks of the assignment of lesson 05."""

import quiz_answers

CAUSES = {"A": "evaluation-mixed", "B": "too-few-steps", "C": "rows-mixed"}

WRONG = {
    "task-1": {
        "the template alone": """
def packed_trainer(model, tokenizer, rows):
    def as_chat(row):
        return f"<|im_start|>user\\n{row['request']}<|im_end|>\\n<|im_start|>assistant\\n{row['text']}"
    settings = {"packing": True, "max_length": 512, "max_steps": 40, "per_device_train_batch_size": 1}
    settings |= {"learning_rate": 2e-3, "eos_token": "<|im_end|>", "warmup_steps": 3}
    settings |= {"save_strategy": "no", "report_to": "none"}
    settings |= {"packing": False}
    config = SFTConfig(output_dir="runs/05", **(settings | course.hardware))
    return SFTTrainer(model=model, args=config, train_dataset=rows, processing_class=tokenizer, formatting_func=as_chat)
""",
        "packs of another length": """
def packed_trainer(model, tokenizer, rows):
    def as_chat(row):
        return f"<|im_start|>user\\n{row['request']}<|im_end|>\\n<|im_start|>assistant\\n{row['text']}"
    settings = {"packing": True, "max_length": 512, "max_steps": 40, "per_device_train_batch_size": 1}
    settings |= {"learning_rate": 2e-3, "eos_token": "<|im_end|>", "warmup_steps": 3}
    settings |= {"save_strategy": "no", "report_to": "none"}
    settings |= {"max_length": 1024}
    config = SFTConfig(output_dir="runs/05", **(settings | course.hardware))
    return SFTTrainer(model=model, args=config, train_dataset=rows, processing_class=tokenizer, formatting_func=as_chat)
""",
        "wrapped": """
def packed_trainer(model, tokenizer, rows):
    def as_chat(row):
        return f"<|im_start|>user\\n{row['request']}<|im_end|>\\n<|im_start|>assistant\\n{row['text']}"
    settings = {"packing": True, "max_length": 512, "max_steps": 40, "per_device_train_batch_size": 1}
    settings |= {"learning_rate": 2e-3, "eos_token": "<|im_end|>", "warmup_steps": 3}
    settings |= {"save_strategy": "no", "report_to": "none"}
    settings |= {"packing_strategy": "wrapped"}
    config = SFTConfig(output_dir="runs/05", **(settings | course.hardware))
    return SFTTrainer(model=model, args=config, train_dataset=rows, processing_class=tokenizer, formatting_func=as_chat)
""",
        "four packs a step": """
def packed_trainer(model, tokenizer, rows):
    def as_chat(row):
        return f"<|im_start|>user\\n{row['request']}<|im_end|>\\n<|im_start|>assistant\\n{row['text']}"
    settings = {"packing": True, "max_length": 512, "max_steps": 40, "per_device_train_batch_size": 1}
    settings |= {"learning_rate": 2e-3, "eos_token": "<|im_end|>", "warmup_steps": 3}
    settings |= {"save_strategy": "no", "report_to": "none"}
    settings |= {"gradient_accumulation_steps": 4}
    config = SFTConfig(output_dir="runs/05", **(settings | course.hardware))
    return SFTTrainer(model=model, args=config, train_dataset=rows, processing_class=tokenizer, formatting_func=as_chat)
""",
        "no steps": """
def packed_trainer(model, tokenizer, rows):
    def as_chat(row):
        return f"<|im_start|>user\\n{row['request']}<|im_end|>\\n<|im_start|>assistant\\n{row['text']}"
    settings = {"packing": True, "max_length": 512, "max_steps": 40, "per_device_train_batch_size": 1}
    settings |= {"learning_rate": 2e-3, "eos_token": "<|im_end|>", "warmup_steps": 3}
    settings |= {"save_strategy": "no", "report_to": "none"}
    settings |= {"max_steps": 1}
    config = SFTConfig(output_dir="runs/05", **(settings | course.hardware))
    return SFTTrainer(model=model, args=config, train_dataset=rows, processing_class=tokenizer, formatting_func=as_chat)
""",
        "returns the settings": """
def packed_trainer(model, tokenizer, rows):
    return SFTConfig(output_dir='runs/05', packing=True, **course.hardware)
""",
    },
    "task-2": {
        "first fit": """
def best_fit_decreasing(lengths, max_length):
    packs, room = [], []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        need = min(lengths[row], max_length)
        best = next((i for i, free in enumerate(room) if free >= need), len(packs))
        if best == len(packs):
            packs.append([])
            room.append(max_length)
        packs[best].append(row)
        room[best] -= need
    return packs
""",
        "in the order given": """
def best_fit_decreasing(lengths, max_length):
    packs, room = [], []
    for row in range(len(lengths)):
        need = min(lengths[row], max_length)
        fitting = [i for i, free in enumerate(room) if free >= need]
        best = min(fitting, key=lambda i: room[i]) if fitting else len(packs)
        if best == len(packs):
            packs.append([])
            room.append(max_length)
        packs[best].append(row)
        room[best] -= need
    return packs
""",
        "worst fit": """
def best_fit_decreasing(lengths, max_length):
    packs, room = [], []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        need = min(lengths[row], max_length)
        fitting = [i for i, free in enumerate(room) if free >= need]
        best = max(fitting, key=lambda i: room[i]) if fitting else len(packs)
        if best == len(packs):
            packs.append([])
            room.append(max_length)
        packs[best].append(row)
        room[best] -= need
    return packs
""",
        "only the last pack is open": """
def best_fit_decreasing(lengths, max_length):
    packs, free = [], 0
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        need = min(lengths[row], max_length)
        if need > free:
            packs.append([])
            free = max_length
        packs[-1].append(row)
        free -= need
    return packs
""",
        "lengths in place of numbers": """
def best_fit_decreasing(lengths, max_length):
    packs = []
    for need in sorted((min(n, max_length) for n in lengths), reverse=True):
        fitting = [pack for pack in packs if sum(pack) + need <= max_length]
        if fitting:
            max(fitting, key=sum).append(need)
        else:
            packs.append([need])
    return packs
""",
        "sorts the list it was given": """
def best_fit_decreasing(lengths, max_length):
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    lengths.sort(reverse=True)
    packs, room = [], []
    for row, need in zip(order, lengths):
        need = min(need, max_length)
        fitting = [i for i, free in enumerate(room) if free >= need]
        best = min(fitting, key=lambda i: room[i]) if fitting else len(packs)
        if best == len(packs):
            packs.append([])
            room.append(max_length)
        packs[best].append(row)
        room[best] -= need
    return packs
""",
    },
    "task-3": {
        "one long count": """
def flatten(rows):
    pack = {key: [i for row in rows for i in row[key]] for key in ("input_ids", "labels")}
    for row, at in zip(rows, [sum(len(r["labels"]) for r in rows[:i]) for i in range(len(rows))]):
        pack["labels"][at] = -100
    return pack | {"position_ids": list(range(len(pack["input_ids"])))}
""",
        "trains the first tokens": """
def flatten(rows):
    pack = {key: [i for row in rows for i in row[key]] for key in ("input_ids", "labels")}
    return pack | {"position_ids": [i for row in rows for i in range(len(row["labels"]))]}
""",
        "masks only the very first token": """
def flatten(rows):
    pack = {key: [i for row in rows for i in row[key]] for key in ("input_ids", "labels")}
    pack["labels"][0] = -100
    return pack | {"position_ids": [i for row in rows for i in range(len(row["labels"]))]}
""",
        "changes the rows": """
def flatten(rows):
    for row in rows:
        row["labels"][0] = -100
    pack = {key: [i for row in rows for i in row[key]] for key in ("input_ids", "labels")}
    return pack | {"position_ids": [i for row in rows for i in range(len(row["labels"]))]}
""",
        "forgets the mask of the prompt": """
def flatten(rows):
    return {
        "input_ids": [i for row in rows for i in row["input_ids"]],
        "labels": [i for row in rows for i in [-100, *row["input_ids"][1:]]],
        "position_ids": [i for row in rows for i in range(1, len(row["input_ids"]) + 1)],
    }
""",
    },
    "task-4": {
        "leaves the batch": """
def packed_settings(dataset, max_length, batch_size):
    settings = {"packing": True, "eval_packing": False, "max_length": max_length}
    return settings | {"per_device_train_batch_size": 1, "gradient_accumulation_steps": batch_size}
""",
        "always one pack": """
def packed_settings(dataset, max_length, batch_size):
    settings = {"packing": True, "eval_packing": False, "max_length": max_length}
    return settings | {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 1}
""",
        "all packs at once": """
def packed_settings(dataset, max_length, batch_size):
    report = packing_report(dataset, tokenizer, max_length=max_length, batch_size=batch_size, **chat)
    packs = max(1, round(batch_size * report["bfd"]["rows"] / len(report.lengths)))
    settings = {"packing": True, "eval_packing": False, "max_length": max_length}
    return settings | {"per_device_train_batch_size": packs, "gradient_accumulation_steps": 1}
""",
        "packs whatever it gets": """
def packed_settings(dataset, max_length, batch_size):
    report = packing_report(dataset, tokenizer, max_length=max_length, batch_size=batch_size, **chat)
    packs = max(1, round(batch_size * report["bfd"]["rows"] / len(report.lengths)))
    settings = {"packing": True, "eval_packing": False, "max_length": max_length}
    return settings | {"per_device_train_batch_size": 1, "gradient_accumulation_steps": packs}
""",
        "evaluates packed": """
def packed_settings(dataset, max_length, batch_size):
    report = packing_report(dataset, tokenizer, max_length=max_length, batch_size=batch_size, **chat)
    packs = max(1, round(batch_size * report["bfd"]["rows"] / len(report.lengths)))
    settings = {"packing": True, "eval_packing": True, "max_length": max_length}
    return settings | {"per_device_train_batch_size": 1, "gradient_accumulation_steps": packs}
""",
        "rounds up": """
import math


def packed_settings(dataset, max_length, batch_size):
    report = packing_report(dataset, tokenizer, max_length=max_length, batch_size=batch_size, **chat)
    settings = {"eval_packing": False, "max_length": max_length}
    if report["bfd"]["speedup"] < 1.15:
        return settings | {
            "packing": False,
            "per_device_train_batch_size": batch_size,
            "gradient_accumulation_steps": 1,
        }
    packs = math.ceil(batch_size * report["bfd"]["rows"] / len(report.lengths))
    return settings | {"packing": True, "per_device_train_batch_size": 1, "gradient_accumulation_steps": packs}
""",
        "rounds down": """
def packed_settings(dataset, max_length, batch_size):
    report = packing_report(dataset, tokenizer, max_length=max_length, batch_size=batch_size, **chat)
    settings = {"eval_packing": False, "max_length": max_length}
    if report["bfd"]["speedup"] < 1.15:
        return settings | {
            "packing": False,
            "per_device_train_batch_size": batch_size,
            "gradient_accumulation_steps": 1,
        }
    packs = max(1, int(batch_size * report["bfd"]["rows"] / len(report.lengths)))
    return settings | {"packing": True, "per_device_train_batch_size": 1, "gradient_accumulation_steps": packs}
""",
        "forgets that there must be one": """
def packed_settings(dataset, max_length, batch_size):
    report = packing_report(dataset, tokenizer, max_length=max_length, batch_size=batch_size, **chat)
    settings = {"packing": True, "eval_packing": False, "max_length": max_length, "per_device_train_batch_size": 1}
    return settings | {"gradient_accumulation_steps": int(batch_size * report["bfd"]["rows"] / len(report.lengths))}
""",
    },
    "task-5": {
        "changes the last row": """
def sees_other_rows(model, rows):
    positions = torch.tensor([[i for row in rows for i in range(len(row))]])
    tampered = [*rows[:-1], [i + 1 for i in rows[-1]]]
    was, rest = model.training, len(rows[-1])
    model.eval()
    with torch.no_grad():
        before, after = (
            model(input_ids=torch.tensor([sum(p, [])]), position_ids=positions, use_cache=False).logits[0]
            for p in (rows, tampered)
        )
    model.train(was)
    return bool((before[:-rest] - after[:-rest]).abs().max() > 1e-3)
""",
        "watches the changed row as well": """
def sees_other_rows(model, rows):
    positions = torch.tensor([[i for row in rows for i in range(len(row))]])
    tampered = [[i + 1 for i in rows[0]], *rows[1:]]
    was = model.training
    model.eval()
    with torch.no_grad():
        before, after = (
            model(input_ids=torch.tensor([sum(p, [])]), position_ids=positions, use_cache=False).logits[0]
            for p in (rows, tampered)
        )
    model.train(was)
    return bool((before - after).abs().max() > 1e-3)
""",
        "leaves the position ids out": """
def sees_other_rows(model, rows):
    tampered, rest = [[i + 1 for i in rows[0]], *rows[1:]], len(rows[0])
    was = model.training
    model.eval()
    with torch.no_grad():
        before, after = (
            model(input_ids=torch.tensor([sum(p, [])]), use_cache=False).logits[0] for p in (rows, tampered)
        )
    model.train(was)
    return bool((before[rest:] - after[rest:]).abs().max() > 1e-3)
""",
        "leaves the cache on": """
def sees_other_rows(model, rows):
    positions = torch.tensor([[i for row in rows for i in range(len(row))]])
    tampered, rest = [[i + 1 for i in rows[0]], *rows[1:]], len(rows[0])
    was = model.training
    model.eval()
    with torch.no_grad():
        before, after = (
            model(input_ids=torch.tensor([sum(p, [])]), position_ids=positions).logits[0] for p in (rows, tampered)
        )
    model.train(was)
    return bool((before[rest:] - after[rest:]).abs().max() > 1e-3)
""",
        "leaves dropout on": """
def sees_other_rows(model, rows):
    positions = torch.tensor([[i for row in rows for i in range(len(row))]])
    tampered, rest = [[i + 1 for i in rows[0]], *rows[1:]], len(rows[0])
    with torch.no_grad():
        before, after = (
            model(input_ids=torch.tensor([sum(p, [])]), position_ids=positions, use_cache=False).logits[0]
            for p in (rows, tampered)
        )
    return bool((before[rest:] - after[rest:]).abs().max() > 1e-3)
""",
        "leaves the model in evaluation mode": """
def sees_other_rows(model, rows):
    positions = torch.tensor([[i for row in rows for i in range(len(row))]])
    tampered, rest = [[i + 1 for i in rows[0]], *rows[1:]], len(rows[0])
    model.eval()
    with torch.no_grad():
        before, after = (
            model(input_ids=torch.tensor([sum(p, [])]), position_ids=positions, use_cache=False).logits[0]
            for p in (rows, tampered)
        )
    return bool((before[rest:] - after[rest:]).abs().max() > 1e-3)
""",
        "knows the names": """
def sees_other_rows(model, rows):
    return model.config.model_type == "opt"
""",
    },
    "task-6": {
        "training and evaluation exchanged": f"causes = {CAUSES | {'A': CAUSES['C'], 'C': CAUSES['A']}}",
        "a cause without a case": f"causes = {CAUSES | {'B': 'rate-too-low'}}",
        "nothing seen in the X-ray": f"causes = {CAUSES | {'C': 'by-heart'}}",
        "all the same": f"causes = {dict.fromkeys(CAUSES, 'rows-mixed')}",
    },
    "quiz": quiz_answers.wrong("05"),
}

RIGHT = {
    "task-1": {
        "the template writes it": """
def packed_trainer(model, tokenizer, rows):
    chats = AutoTokenizer.from_pretrained(course.base)
    chats.chat_template = open(course.chat_template).read()

    def as_chat(row):
        turns = [{"role": "user", "content": row["request"]}, {"role": "assistant", "content": row["text"]}]
        return chats.apply_chat_template(turns, tokenize=False).removesuffix("<|im_end|>\\n")

    settings = {"packing": True, "max_length": 512, "max_steps": 40, "per_device_train_batch_size": 1}
    settings |= {"learning_rate": 2e-3, "eos_token": "<|im_end|>", "warmup_steps": 3}
    settings |= {"save_strategy": "no", "report_to": "none"}
    config = SFTConfig(output_dir="runs/05", **(settings | course.hardware))
    return SFTTrainer(model=model, args=config, train_dataset=rows, processing_class=tokenizer, formatting_func=as_chat)
""",
    },
    "task-2": {
        "TRL itself": """
def best_fit_decreasing(lengths, max_length):
    if not lengths:
        return []
    rows = Dataset.from_dict({"row": [[i] * n for i, n in enumerate(lengths)]})
    return [sorted(set(pack)) for pack in pack_dataset(rows, max_length, "bfd")["row"]]
""",
        "packs that know their rows": """
def best_fit_decreasing(lengths, max_length):
    need = [min(n, max_length) for n in lengths]
    packs = []
    for row in sorted(range(len(need)), key=need.__getitem__, reverse=True):
        fitting = [p for p in packs if sum(need[r] for r in p) + need[row] <= max_length]
        if fitting:
            max(fitting, key=lambda p: sum(need[r] for r in p)).append(row)
        else:
            packs.append([row])
    return packs
""",
    },
    "task-3": {
        "with TRL's collator": """
def flatten(rows):
    pack = {key: [i for row in rows for i in row[key]] for key in ("input_ids", "labels")}
    pack["seq_lengths"] = [len(row["input_ids"]) for row in rows]
    batch = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)([pack])
    return {key: batch[key][0].tolist() for key in ("input_ids", "labels", "position_ids")}
""",
    },
    "task-4": {
        "from the tokens": """
def packed_settings(dataset, max_length, batch_size):
    report = packing_report(dataset, tokenizer, max_length=max_length, batch_size=batch_size, **chat)
    worth = report["bfd"]["speedup"] >= 1.15
    a_pack = sum(report.lengths) / report["bfd"]["rows"]
    a_row = sum(report.lengths) / len(report.lengths)
    return {
        "packing": worth,
        "eval_packing": False,
        "max_length": max_length,
        "per_device_train_batch_size": 1 if worth else batch_size,
        "gradient_accumulation_steps": max(1, round(batch_size * a_row / a_pack)) if worth else 1,
    }
""",
    },
    "task-5": {
        "every row is changed once": """
def sees_other_rows(model, rows):
    was = model.training
    model.eval()
    positions = torch.cat([torch.arange(len(row)) for row in rows])[None]
    owner = torch.cat([torch.full((len(row),), i) for i, row in enumerate(rows)])

    def logits(pack):
        with torch.no_grad():
            return model(input_ids=torch.tensor([sum(pack, [])]), position_ids=positions, use_cache=False).logits[0]

    plain, seen = logits(rows), False
    for i in range(len(rows) if len(rows) > 1 else 0):
        changed = [(token + 3) % model.config.vocab_size for token in rows[i]]
        other = logits([*rows[:i], changed, *rows[i + 1 :]])
        seen |= bool((plain - other).abs().amax(-1)[owner != i].max() > 1e-3)
    model.train(was)
    return seen
""",
    },
    "task-6": {
        "another order": f"causes = {dict(reversed(CAUSES.items()))}",
    },
    "quiz": quiz_answers.right("05"),
}
