"""Answers that try the checks of the assignment of lesson 10."""

import quiz_answers

WRONG = {
    "task-1": {
        "returns a list": """
def dpo_loss(policy, reference, beta=0.1):
    chosen, rejected = (beta * (p - r) for p, r in zip(policy, reference))
    margin = chosen - rejected
    return [[chosen, rejected], margin, max(-margin, 0.0) + math.log1p(math.exp(-abs(margin)))]
""",
        "forgets the reference": """
def dpo_loss(policy, reference, beta=0.1):
    chosen, rejected = beta * policy[0], beta * policy[1]
    margin = chosen - rejected
    return (chosen, rejected), margin, max(-margin, 0.0) + math.log1p(math.exp(-abs(margin)))
""",
        "forgets beta": """
def dpo_loss(policy, reference, beta=0.1):
    chosen, rejected = policy[0] - reference[0], policy[1] - reference[1]
    margin = chosen - rejected
    return (chosen, rejected), margin, max(-margin, 0.0) + math.log1p(math.exp(-abs(margin)))
""",
        "takes beta 0.1 for granted": """
def dpo_loss(policy, reference, beta=0.1):
    chosen, rejected = 0.1 * (policy[0] - reference[0]), 0.1 * (policy[1] - reference[1])
    margin = chosen - rejected
    return (chosen, rejected), margin, max(-margin, 0.0) + math.log1p(math.exp(-abs(margin)))
""",
        "has the margin the wrong way round": """
def dpo_loss(policy, reference, beta=0.1):
    chosen, rejected = (beta * (p - r) for p, r in zip(policy, reference))
    margin = rejected - chosen
    return (chosen, rejected), margin, max(-margin, 0.0) + math.log1p(math.exp(-abs(margin)))
""",
        "overflows": """
def dpo_loss(policy, reference, beta=0.1):
    chosen, rejected = (beta * (p - r) for p, r in zip(policy, reference))
    margin = chosen - rejected
    return (chosen, rejected), margin, math.log1p(math.exp(-margin))
""",
        "leaves the minus out": """
def dpo_loss(policy, reference, beta=0.1):
    chosen, rejected = (beta * (p - r) for p, r in zip(policy, reference))
    margin = chosen - rejected
    return (chosen, rejected), margin, -max(-margin, 0.0) - math.log1p(math.exp(-abs(margin)))
""",
    },
    "task-2": {
        "appends to the scores": """
def to_pairs(prompts, replies, scores):
    rows = []
    for prompt, texts, marks in zip(prompts, replies, scores):
        ended = [(mark, reply.text) for mark, reply in zip(marks, texts) if reply.ended]
        marks.append(0.0)
        if len({mark for mark, _ in ended}) > 1:
            best, worst = max(ended, key=lambda one: one[0])[1], min(ended, key=lambda one: one[0])[1]
            rows.append({
                "prompt": [{"role": "user", "content": prompt}],
                "chosen": [{"role": "assistant", "content": best}],
                "rejected": [{"role": "assistant", "content": worst}],
            })
    return rows
""",
        "takes replies that did not end": """
def to_pairs(prompts, replies, scores):
    rows = []
    for prompt, texts, marks in zip(prompts, replies, scores):
        if len(set(marks)) > 1:
            best, worst = marks.index(max(marks)), marks.index(min(marks))
            rows.append({
                "prompt": [{"role": "user", "content": prompt}],
                "chosen": [{"role": "assistant", "content": texts[best].text}],
                "rejected": [{"role": "assistant", "content": texts[worst].text}],
            })
    return rows
""",
        "makes a pair of equals": """
def to_pairs(prompts, replies, scores):
    rows = []
    for prompt, texts, marks in zip(prompts, replies, scores):
        ended = [(mark, reply.text) for mark, reply in zip(marks, texts) if reply.ended]
        if len(ended) > 1:
            best, worst = max(ended, key=lambda one: one[0])[1], min(ended, key=lambda one: one[0])[1]
            rows.append({
                "prompt": [{"role": "user", "content": prompt}],
                "chosen": [{"role": "assistant", "content": best}],
                "rejected": [{"role": "assistant", "content": worst}],
            })
    return rows
""",
        "has chosen and rejected exchanged": """
def to_pairs(prompts, replies, scores):
    rows = []
    for prompt, texts, marks in zip(prompts, replies, scores):
        ended = [(mark, reply.text) for mark, reply in zip(marks, texts) if reply.ended]
        if len({mark for mark, _ in ended}) > 1:
            best, worst = max(ended, key=lambda one: one[0])[1], min(ended, key=lambda one: one[0])[1]
            rows.append({
                "prompt": [{"role": "user", "content": prompt}],
                "chosen": [{"role": "assistant", "content": worst}],
                "rejected": [{"role": "assistant", "content": best}],
            })
    return rows
""",
        "sorts, and so takes the last of equals": """
def to_pairs(prompts, replies, scores):
    rows = []
    for prompt, texts, marks in zip(prompts, replies, scores):
        ended = sorted([(mark, i, reply.text) for i, (mark, reply) in enumerate(zip(marks, texts)) if reply.ended])
        if ended and ended[0][0] != ended[-1][0]:
            rows.append({
                "prompt": [{"role": "user", "content": prompt}],
                "chosen": [{"role": "assistant", "content": ended[-1][2]}],
                "rejected": [{"role": "assistant", "content": ended[0][2]}],
            })
    return rows
""",
        "gives texts in place of messages": """
def to_pairs(prompts, replies, scores):
    rows = []
    for prompt, texts, marks in zip(prompts, replies, scores):
        ended = [(mark, reply.text) for mark, reply in zip(marks, texts) if reply.ended]
        if len({mark for mark, _ in ended}) > 1:
            best, worst = max(ended, key=lambda one: one[0])[1], min(ended, key=lambda one: one[0])[1]
            rows.append({"prompt": prompt, "chosen": best, "rejected": worst})
    return rows
""",
    },
    "task-3": {
        "only built": """
def prefer(start, pairs, seed):
    args = DPOConfig(output_dir="runs/10_exercise", report_to="none", **course.hardware)
    reader = AutoTokenizer.from_pretrained(start)
    return DPOTrainer(start, args=args, train_dataset=Dataset.from_list(pairs), processing_class=reader)
""",
        "one step": """
def prefer(start, pairs, seed):
    settings = {"num_train_epochs": 2, "learning_rate": 5e-5, "per_device_train_batch_size": 8, "max_steps": 1}
    settings |= {"output_dir": "runs/10_exercise", "save_strategy": "no", "report_to": "none", "logging_steps": 1}
    trainer = DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(start, dtype="float32"),
        args=DPOConfig(seed=seed, warmup_steps=1, **settings | course.hardware),
        train_dataset=Dataset.from_list(pairs),
        processing_class=AutoTokenizer.from_pretrained(start),
    )
    trainer.train()
    return trainer
""",
        "too many steps": """
def prefer(start, pairs, seed):
    settings = {"num_train_epochs": 2, "learning_rate": 5e-5, "per_device_train_batch_size": 1, "max_steps": 11}
    settings |= {"output_dir": "runs/10_exercise", "save_strategy": "no", "report_to": "none", "logging_steps": 1}
    trainer = DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(start, dtype="float32"),
        args=DPOConfig(seed=seed, warmup_steps=1, **settings | course.hardware),
        train_dataset=Dataset.from_list(pairs),
        processing_class=AutoTokenizer.from_pretrained(start),
    )
    trainer.train()
    return trainer
""",
        "from the base": """
def prefer(start, pairs, seed):
    settings = {"num_train_epochs": 2, "learning_rate": 5e-5, "per_device_train_batch_size": 8, "max_steps": 2}
    settings |= {"output_dir": "runs/10_exercise", "save_strategy": "no", "report_to": "none", "logging_steps": 1}
    trainer = DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(course.base, dtype="float32"),
        args=DPOConfig(seed=seed, warmup_steps=1, **settings | course.hardware),
        train_dataset=Dataset.from_list(pairs),
        processing_class=AutoTokenizer.from_pretrained(start),
    )
    trainer.train()
    return trainer
""",
        "test products": """
def prefer(start, pairs, seed):
    settings = {"num_train_epochs": 2, "learning_rate": 5e-5, "per_device_train_batch_size": 8, "max_steps": 1}
    settings |= {"output_dir": "runs/10_exercise", "save_strategy": "no", "report_to": "none", "logging_steps": 1}
    trainer = DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(start, dtype="float32"),
        args=DPOConfig(seed=seed, warmup_steps=1, **settings | course.hardware),
        train_dataset=Dataset.from_list(liked_pairs(test[:8])),
        processing_class=AutoTokenizer.from_pretrained(start),
    )
    trainer.train()
    return trainer
""",
        "the wrong way round": """
def prefer(start, pairs, seed):
    turned = [row | {"chosen": row["rejected"], "rejected": row["chosen"]} for row in pairs]
    settings = {"num_train_epochs": 2, "learning_rate": 5e-5, "per_device_train_batch_size": 8, "max_steps": 2}
    settings |= {"output_dir": "runs/10_exercise", "save_strategy": "no", "report_to": "none", "logging_steps": 1}
    trainer = DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(start, dtype="float32"),
        args=DPOConfig(seed=seed, warmup_steps=1, **settings | course.hardware),
        train_dataset=Dataset.from_list(turned),
        processing_class=AutoTokenizer.from_pretrained(start),
    )
    trainer.train()
    return trainer
""",
        "the trained model only": """
def prefer(start, pairs, seed):
    settings = {"num_train_epochs": 2, "learning_rate": 5e-5, "per_device_train_batch_size": 8, "max_steps": 1}
    settings |= {"output_dir": "runs/10_exercise", "save_strategy": "no", "report_to": "none", "logging_steps": 1}
    trainer = DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(start, dtype="float32"),
        args=DPOConfig(seed=seed, warmup_steps=1, **settings | course.hardware),
        train_dataset=Dataset.from_list(pairs),
        processing_class=AutoTokenizer.from_pretrained(start),
    )
    trainer.train()
    return trainer.model
""",
    },
    "task-4": {
        "believes the first order": """
def win_rate(straight, exchanged):
    if not straight or len(straight) != len(exchanged):
        raise ValueError("verdicts are missing")
    points = [{"first": 1.0, "tie": 0.5, "second": 0.0}[one] for one in straight]
    return sum(points) / len(points), *bootstrap_interval(points)
""",
        "leaves the ties out": """
def win_rate(straight, exchanged):
    if not straight or len(straight) != len(exchanged):
        raise ValueError("verdicts are missing")
    won = {("first", "second"): 1.0, ("second", "first"): 0.0}
    points = [won[both] for both in zip(straight, exchanged) if both in won]
    return (sum(points) / len(points), *bootstrap_interval(points)) if points else (0.5, 0.0, 1.0)
""",
        "takes equal words for agreement": """
def win_rate(straight, exchanged):
    if not straight or len(straight) != len(exchanged):
        raise ValueError("verdicts are missing")
    won = {("first", "first"): 1.0, ("second", "second"): 0.0}
    points = [won.get(both, 0.5) for both in zip(straight, exchanged)]
    return sum(points) / len(points), *bootstrap_interval(points)
""",
        "means the two orders": """
def win_rate(straight, exchanged):
    if not straight or len(straight) != len(exchanged):
        raise ValueError("verdicts are missing")
    value = {"first": 1.0, "tie": 0.5, "second": 0.0}
    points = [(value[one] + 1 - value[other]) / 2 for one, other in zip(straight, exchanged)]
    return sum(points) / len(points), *bootstrap_interval(points)
""",
        "counts a tie as lost": """
def win_rate(straight, exchanged):
    if not straight or len(straight) != len(exchanged):
        raise ValueError("verdicts are missing")
    points = [float(both == ("first", "second")) for both in zip(straight, exchanged)]
    return sum(points) / len(points), *bootstrap_interval(points)
""",
        "does not mind missing verdicts": """
def win_rate(straight, exchanged):
    won = {("first", "second"): 1.0, ("second", "first"): 0.0}
    points = [won.get(both, 0.5) for both in zip(straight, exchanged)] or [0.5]
    return sum(points) / len(points), *bootstrap_interval(points)
""",
    },
    "task-5": {
        "asks for the same margin at any beta": """
def read_log(log_history, beta=0.1):
    entries = [entry for entry in log_history if "rewards/margins" in entry]
    if not entries:
        return "no rewards"
    first, end = entries[0], entries[-5:]
    last = {key: sum(e[key] for e in end) / len(end) for key in first if key.startswith("rewards/")}
    if max(abs(first["rewards/chosen"]), abs(first["rewards/rejected"])) > 0.01:
        return "wrong reference"
    if last["rewards/margins"] < 0.1:
        return "learned nothing"
    return "chosen falls too" if last["rewards/chosen"] < 0 else "as it should be"
""",
        "looks at the last entry alone": """
def read_log(log_history, beta=0.1):
    entries = [entry for entry in log_history if "rewards/margins" in entry]
    if not entries:
        return "no rewards"
    first, end = entries[0], entries[-1:]
    last = {key: sum(e[key] for e in end) / len(end) for key in first if key.startswith("rewards/")}
    if max(abs(first["rewards/chosen"]), abs(first["rewards/rejected"])) > 0.01:
        return "wrong reference"
    if last["rewards/margins"] < beta:
        return "learned nothing"
    return "chosen falls too" if last["rewards/chosen"] < 0 else "as it should be"
""",
        "takes the mean of the last three": """
def read_log(log_history, beta=0.1):
    entries = [entry for entry in log_history if "rewards/margins" in entry]
    if not entries:
        return "no rewards"
    first, end = entries[0], entries[-3:]
    last = {key: sum(e[key] for e in end) / len(end) for key in first if key.startswith("rewards/")}
    if max(abs(first["rewards/chosen"]), abs(first["rewards/rejected"])) > 0.01:
        return "wrong reference"
    if last["rewards/margins"] < beta:
        return "learned nothing"
    return "chosen falls too" if last["rewards/chosen"] < 0 else "as it should be"
""",
        "takes the mean of the whole log": """
def read_log(log_history, beta=0.1):
    entries = [entry for entry in log_history if "rewards/margins" in entry]
    if not entries:
        return "no rewards"
    first, end = entries[0], entries
    last = {key: sum(e[key] for e in end) / len(end) for key in first if key.startswith("rewards/")}
    if max(abs(first["rewards/chosen"]), abs(first["rewards/rejected"])) > 0.01:
        return "wrong reference"
    if last["rewards/margins"] < beta:
        return "learned nothing"
    return "chosen falls too" if last["rewards/chosen"] < 0 else "as it should be"
""",
        "always divides by five": """
def read_log(log_history, beta=0.1):
    entries = [entry for entry in log_history if "rewards/margins" in entry]
    if not entries:
        return "no rewards"
    first, end = entries[0], entries[-5:]
    last = {key: sum(e[key] for e in end) / 5 for key in first if key.startswith("rewards/")}
    if max(abs(first["rewards/chosen"]), abs(first["rewards/rejected"])) > 0.01:
        return "wrong reference"
    if last["rewards/margins"] < beta:
        return "learned nothing"
    return "chosen falls too" if last["rewards/chosen"] < 0 else "as it should be"
""",
        "counts entries without rewards": """
def read_log(log_history, beta=0.1):
    if not any("rewards/margins" in entry for entry in log_history):
        return "no rewards"
    first, end = log_history[0], log_history[-5:]
    if max(abs(first["rewards/chosen"]), abs(first["rewards/rejected"])) > 0.01:
        return "wrong reference"
    if sum(entry["rewards/margins"] for entry in end) / len(end) < beta:
        return "learned nothing"
    return "chosen falls too" if sum(entry["rewards/chosen"] for entry in end) < 0 else "as it should be"
""",
        "trusts the margin": """
def read_log(log_history, beta=0.1):
    entries = [entry for entry in log_history if "rewards/margins" in entry]
    if not entries:
        return "no rewards"
    end = entries[-5:]
    return "as it should be" if sum(e["rewards/margins"] for e in end) / len(end) >= beta else "learned nothing"
""",
        "looks at the chosen reward of the first row only": """
def read_log(log_history, beta=0.1):
    entries = [entry for entry in log_history if "rewards/margins" in entry]
    if not entries:
        return "no rewards"
    first, end = entries[0], entries[-5:]
    last = {key: sum(e[key] for e in end) / len(end) for key in first if key.startswith("rewards/")}
    if abs(first["rewards/chosen"]) > 0.01:
        return "wrong reference"
    if last["rewards/margins"] < beta:
        return "learned nothing"
    return "chosen falls too" if last["rewards/chosen"] < 0 else "as it should be"
""",
        "asks for exact zeros": """
def read_log(log_history, beta=0.1):
    entries = [entry for entry in log_history if "rewards/margins" in entry]
    if not entries:
        return "no rewards"
    first, end = entries[0], entries[-5:]
    last = {key: sum(e[key] for e in end) / len(end) for key in first if key.startswith("rewards/")}
    if first["rewards/chosen"] or first["rewards/rejected"]:
        return "wrong reference"
    if last["rewards/margins"] < beta:
        return "learned nothing"
    return "chosen falls too" if last["rewards/chosen"] < 0 else "as it should be"
""",
        "asks in another order": """
def read_log(log_history, beta=0.1):
    entries = [entry for entry in log_history if "rewards/margins" in entry]
    if not entries:
        return "no rewards"
    first, end = entries[0], entries[-5:]
    last = {key: sum(e[key] for e in end) / len(end) for key in first if key.startswith("rewards/")}
    if max(abs(first["rewards/chosen"]), abs(first["rewards/rejected"])) > 0.01:
        return "wrong reference"
    if last["rewards/chosen"] < 0:
        return "chosen falls too"
    return "learned nothing" if last["rewards/margins"] < beta else "as it should be"
""",
        "is alarmed by any fall on the way": """
def read_log(log_history, beta=0.1):
    entries = [entry for entry in log_history if "rewards/margins" in entry]
    if not entries:
        return "no rewards"
    first, end = entries[0], entries[-5:]
    last = {key: sum(e[key] for e in end) / len(end) for key in first if key.startswith("rewards/")}
    if max(abs(first["rewards/chosen"]), abs(first["rewards/rejected"])) > 0.01:
        return "wrong reference"
    if last["rewards/margins"] < beta:
        return "learned nothing"
    return "chosen falls too" if min(e["rewards/chosen"] for e in entries) < 0 else "as it should be"
""",
        "reads the very last row": """
def read_log(log_history, beta=0.1):
    if not log_history:
        return "no rewards"
    first, last = log_history[0], log_history[-1]
    if max(abs(first.get("rewards/chosen", 0)), abs(first.get("rewards/rejected", 0))) > 0.01:
        return "wrong reference"
    if last.get("rewards/margins", 0) < beta:
        return "learned nothing"
    return "chosen falls too" if last["rewards/chosen"] < 0 else "as it should be"
""",
    },
    "task-6": {
        "gives an empty text its share": """
def shop_reward(completions, row, **others):
    marks = [grade_description(Reply(m[0]["content"].strip(), True, 0, 0), one) for m, one in zip(completions, row)]
    return [1.0 if one["strict"] else 0.5 * one["faithful"] for one in marks]
""",
        "looks only at the first product": """
def shop_reward(completions, row, **others):
    rewards = []
    for messages in completions:
        text = messages[0]["content"].strip()
        marks = grade_description(Reply(text, True, 0, 0), row[0])
        rewards.append(-1.0 if not text else 1.0 if marks["strict"] else 0.5 * marks["faithful"])
    return rewards
""",
        "pays for attributes alone": """
def shop_reward(completions, row, **others):
    rewards = []
    for messages, product in zip(completions, row):
        text = messages[0]["content"].strip()
        rewards.append(grade_description(Reply(text, True, 0, 0), product)["faithful"] if text else -1.0)
    return rewards
""",
        "takes no other columns": """
def shop_reward(completions, row):
    rewards = []
    for messages, product in zip(completions, row):
        text = messages[0]["content"].strip()
        marks = grade_description(Reply(text, True, 0, 0), product)
        rewards.append(-1.0 if not text else 1.0 if marks["strict"] else 0.5 * marks["faithful"])
    return rewards
""",
        "returns the mean": """
def shop_reward(completions, row, **others):
    rewards = []
    for messages, product in zip(completions, row):
        text = messages[0]["content"].strip()
        marks = grade_description(Reply(text, True, 0, 0), product)
        rewards.append(-1.0 if not text else 1.0 if marks["strict"] else 0.5 * marks["faithful"])
    return sum(rewards) / len(rewards)
""",
        "does not see that blanks are empty": """
def shop_reward(completions, row, **others):
    rewards = []
    for messages, product in zip(completions, row):
        text = messages[0]["content"]
        marks = grade_description(Reply(text, True, 0, 0), product)
        rewards.append(-1.0 if text == "" else 1.0 if marks["strict"] else 0.5 * marks["faithful"])
    return rewards
""",
    },
    "quiz": quiz_answers.wrong("10"),
}

RIGHT = {
    "task-1": {
        "with torch": """
def dpo_loss(policy, reference, beta=0.1):
    import torch

    rewards = beta * (torch.tensor(policy, dtype=torch.float64) - torch.tensor(reference, dtype=torch.float64))
    margin = rewards[0] - rewards[1]
    return tuple(rewards.tolist()), margin.item(), -torch.nn.functional.logsigmoid(margin).item()
""",
    },
    "task-2": {
        "with a loop and indices": """
def to_pairs(prompts, replies, scores):
    rows = []
    for i in range(len(prompts)):
        best = worst = None
        for reply, score in zip(replies[i], scores[i]):
            if not reply.ended:
                continue
            if best is None or score > best[0]:
                best = (score, reply.text)
            if worst is None or score < worst[0]:
                worst = (score, reply.text)
        if best and best[0] > worst[0]:
            rows.append(dict(
                prompt=[dict(role="user", content=prompts[i])],
                chosen=[dict(role="assistant", content=best[1])],
                rejected=[dict(role="assistant", content=worst[1])],
            ))
    return rows
""",
    },
    "task-3": {
        "with a reference of its own": """
def prefer(start, pairs, seed):
    settings = {"max_steps": 9, "learning_rate": 5e-5, "per_device_train_batch_size": 8, "seed": seed, "beta": 0.1}
    settings |= {"lr_scheduler_type": "constant", "logging_steps": 1, "report_to": "none", "save_strategy": "no"}
    model, reference = (AutoModelForCausalLM.from_pretrained(start, dtype="float32") for _ in range(2))
    trainer = DPOTrainer(
        model,
        reference,
        args=DPOConfig(output_dir="runs/10_exercise", **settings | course.hardware),
        train_dataset=Dataset.from_list(pairs),
        processing_class=AutoTokenizer.from_pretrained(start),
    )
    trainer.train()
    return trainer
""",
    },
    "task-4": {
        "by branches": """
def win_rate(straight, exchanged):
    if len(straight) == 0 or len(straight) != len(exchanged):
        raise ValueError("each pair needs both verdicts")
    points = []
    for one, other in zip(straight, exchanged):
        if one == "first" and other == "second":
            points.append(1)
        elif one == "second" and other == "first":
            points.append(0)
        else:
            points.append(0.5)
    low, high = bootstrap_interval(points)
    return sum(points) / len(points), low, high
""",
    },
    "task-5": {
        "by branches": """
def read_log(log_history, beta=0.1):
    rewards = [(e["rewards/chosen"], e["rewards/rejected"]) for e in log_history if "rewards/chosen" in e]
    if not rewards:
        return "no rewards"
    if any(abs(reward) > 0.01 for reward in rewards[0]):
        return "wrong reference"
    chosen, rejected = (sum(side) / len(side) for side in zip(*rewards[-5:]))
    if chosen - rejected < beta:
        return "learned nothing"
    if chosen < 0:
        return "chosen falls too"
    return "as it should be"
""",
    },
    "task-6": {
        "with a function inside": """
def shop_reward(completions, row, prompts=None, **others):
    def one(text, product):
        if not text.split():
            return -1.0
        marks = grade_description(Reply(text.strip(), ended=True, prompt_tokens=0, new_tokens=0), product)
        return max(marks["strict"], marks["faithful"] / 2)

    return [one(messages[-1]["content"], product) for messages, product in zip(completions, row)]
""",
    },
    "quiz": quiz_answers.right("10"),
}
