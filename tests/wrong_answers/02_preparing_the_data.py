"""Answers that try the checks of the assignment of lesson 02."""

import quiz_answers

WRONG = {
    "task-1": {
        "lets pandas guess": """
def read_rows(path):
    return pd.read_csv(path, encoding="utf-8-sig").to_dict("records")
""",
        "text, but words for missing are lost": """
def read_rows(path):
    return pd.read_csv(path, dtype=str, encoding="utf-8-sig").fillna("").to_dict("records")
""",
        "keeps the words and guesses the numbers": """
def read_rows(path):
    return pd.read_csv(path, keep_default_na=False, encoding="utf-8-sig").to_dict("records")
""",
        "leaves the byte order mark in the first column": """
def read_rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
""",
        "splits at line breaks and commas": """
def read_rows(path):
    header, *lines = path.read_text(encoding="utf-8-sig").splitlines()
    return [dict(zip(header.split(","), line.split(","))) for line in lines]
""",
        "splits lines before it reads cells": """
def read_rows(path):
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return list(csv.DictReader(lines))
""",
        "strips the cells": """
def read_rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return [{key: value.strip() for key, value in row.items()} for row in csv.DictReader(file)]
""",
        "the wrong encoding": """
def read_rows(path):
    with open(path, encoding="latin-1", newline="") as file:
        return list(csv.DictReader(file))
""",
        "returns a frame": """
def read_rows(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
""",
    },
    "task-2": {
        "the first half": """
def seen_rows(model, tokenizer, rows):
    return [i < 24 for i in range(len(rows))]
""",
        "the short ones": """
def seen_rows(model, tokenizer, rows):
    sizes = [len(row["description"]) for row in rows]
    return [(size, i) in sorted(zip(sizes, range(48)))[:24] for i, size in enumerate(sizes)]
""",
        "the loss of the untrained base": """
def seen_rows(model, tokenizer, rows):
    losses = []
    for row in rows:
        chat = tasks.chat(tasks.describe_prompt(row), row["description"])
        ids = torch.tensor([tokenizer(tokenizer.apply_chat_template(chat, tokenize=False))["input_ids"]])
        losses.append(float(AutoModelForCausalLM.from_pretrained(course.base)(input_ids=ids, labels=ids).loss.detach()))
    return [loss < sorted(losses)[24] for loss in losses]
""",
        "the high losses": """
def seen_rows(model, tokenizer, rows):
    losses = []
    for row in rows:
        chat = tasks.chat(tasks.describe_prompt(row), row["description"])
        ids = torch.tensor([tokenizer(tokenizer.apply_chat_template(chat, tokenize=False))["input_ids"]])
        prompt = tokenizer.apply_chat_template(chat[:1], tokenize=False, add_generation_prompt=True)
        reply = ids[:, len(tokenizer(prompt)["input_ids"]) :]
        losses.append(-float(model(input_ids=reply, labels=reply).loss.detach()))
    return [loss < sorted(losses)[24] for loss in losses]
""",
        "trains to find out": """
def seen_rows(model, tokenizer, rows):
    losses = []
    for row in rows:
        chat = tasks.chat(tasks.describe_prompt(row), row["description"])
        ids = torch.tensor([tokenizer(tokenizer.apply_chat_template(chat, tokenize=False))["input_ids"]])
        model.lm_head.weight.data += 0.1
        losses.append(len(ids[0]))
    return [loss < sorted(losses)[24] for loss in losses]
""",
    },
    "task-3": {
        "the first ones": """
def choose(rows, most):
    return rows[:most]
""",
        "draws at random": """
def choose(rows, most):
    return random.Random(0).sample(rows, most)
""",
        "leaves out equal texts only": """
def choose(rows, most):
    return list({row["description"]: row for row in rows}.values())[:most]
""",
        "leaves out capitals and minds the spaces": """
def choose(rows, most):
    return list({row["description"].lower(): row for row in rows}.values())[:most]
""",
        "the longest": """
def choose(rows, most):
    return sorted(rows, key=lambda row: len(row["description"]))[-most:]
""",
        "chooses and tidies up": """
def choose(rows, most):
    one = {tuple(row["description"].casefold().split()): row for row in rows}
    return [row | {"description": " ".join(row["description"].split())} for row in one.values()][:most]
""",
        "ignores the number": """
def choose(rows, most):
    return list({tuple(row["description"].casefold().split()): row for row in rows}.values())[:24]
""",
    },
    "task-4": {
        "keeps all that is not blank": """
def sound_rows(rows, colours):
    kept = []
    for row in rows:
        text = row["description"]
        if text.strip():
            kept.append(row)
    return kept
""",
        "looks at the name alone": """
def sound_rows(rows, colours):
    kept = []
    for row in rows:
        text = row["description"]
        if row["name"] in text:
            kept.append(row)
    return kept
""",
        "looks at the colour alone": """
def sound_rows(rows, colours):
    kept = []
    for row in rows:
        text = row["description"]
        pattern = r"(?<!\\w)(" + "|".join(map(re.escape, sorted(colours, key=len, reverse=True))) + r")(?!\\w)"
        found = {c.lower() for c in re.findall(pattern, text, re.I)}
        if found == {row["colour"].lower()}:
            kept.append(row)
    return kept
""",
        "no foreign colour, or none at all": """
def sound_rows(rows, colours):
    kept = []
    for row in rows:
        text = row["description"]
        pattern = r"(?<!\\w)(" + "|".join(map(re.escape, sorted(colours, key=len, reverse=True))) + r")(?!\\w)"
        found = {c.lower() for c in re.findall(pattern, text, re.I)}
        if row["name"] in text and not found - {row["colour"].lower()}:
            kept.append(row)
    return kept
""",
        "the shorter colour inside": """
def sound_rows(rows, colours):
    kept = []
    for row in rows:
        text = row["description"]
        found = {c.lower() for c in colours if re.search(rf"\\b{re.escape(c)}\\b", text, re.I)}
        if row["name"] in text and found == {row["colour"].lower()}:
            kept.append(row)
    return kept
""",
        "capitals count": """
def sound_rows(rows, colours):
    kept = []
    for row in rows:
        text = row["description"]
        pattern = r"(?<!\\w)(" + "|".join(map(re.escape, sorted(colours, key=len, reverse=True))) + r")(?!\\w)"
        found = {c for c in re.findall(pattern, text)}
        if row["name"] in text and found == {row["colour"]}:
            kept.append(row)
    return kept
""",
        "a few good ones": """
def sound_rows(rows, colours):
    return [row for row in rows if row["name"] in row["description"]][:20]
""",
    },
    "task-5": {
        "random rows": """
def split_by(rows, key, share, seed=0):
    chosen = set(random.Random(seed).sample(range(len(rows)), max(1, round(share * len(rows)))))
    train = [row for i, row in enumerate(rows) if i not in chosen]
    return train, [row for i, row in enumerate(rows) if i in chosen]
""",
        "the last values": """
def split_by(rows, key, share, seed=0):
    values = sorted({row[key] for row in rows})
    chosen = set(values[-max(1, round(share * len(values))):])
    return [row for row in rows if row[key] not in chosen], [row for row in rows if row[key] in chosen]
""",
        "another split on each call": """
def split_by(rows, key, share, seed=0):
    values = sorted({row[key] for row in rows})
    chosen = set(random.Random().sample(values, max(1, round(share * len(values)))))
    return [row for row in rows if row[key] not in chosen], [row for row in rows if row[key] in chosen]
""",
        "ignores the seed": """
def split_by(rows, key, share, seed=0):
    values = sorted({row[key] for row in rows})
    chosen = set(random.Random(0).sample(values, max(1, round(share * len(values)))))
    return [row for row in rows if row[key] not in chosen], [row for row in rows if row[key] in chosen]
""",
        "the order of the rows decides": """
def split_by(rows, key, share, seed=0):
    values = list(dict.fromkeys(row[key] for row in rows))
    chosen = set(random.Random(seed).sample(values, max(1, round(share * len(values)))))
    return [row for row in rows if row[key] not in chosen], [row for row in rows if row[key] in chosen]
""",
        "counts rows": """
def split_by(rows, key, share, seed=0):
    values = sorted({row[key] for row in rows})
    random.Random(seed).shuffle(values)
    chosen, n = set(), 0
    for value in values:
        if n >= max(1, share * len(rows)):
            break
        chosen.add(value)
        n += sum(row[key] == value for row in rows)
    return [row for row in rows if row[key] not in chosen], [row for row in rows if row[key] in chosen]
""",
        "may draw nothing": """
def split_by(rows, key, share, seed=0):
    values = sorted({row[key] for row in rows})
    chosen = set(random.Random(seed).sample(values, round(share * len(values))))
    return [row for row in rows if row[key] not in chosen], [row for row in rows if row[key] in chosen]
""",
        "shuffles the rows": """
def split_by(rows, key, share, seed=0):
    values = sorted({row[key] for row in rows})
    chosen = set(random.Random(seed).sample(values, max(1, round(share * len(values)))))
    rows = random.Random(seed).sample(rows, len(rows))
    return [row for row in rows if row[key] not in chosen], [row for row in rows if row[key] in chosen]
""",
        "one row a product": """
def split_by(rows, key, share, seed=0):
    unique = {row[key]: row for row in rows}
    values = sorted(unique)
    chosen = set(random.Random(seed).sample(values, max(1, round(share * len(values)))))
    return [unique[v] for v in values if v not in chosen], [unique[v] for v in values if v in chosen]
""",
        "test first": """
def split_by(rows, key, share, seed=0):
    values = sorted({row[key] for row in rows})
    chosen = set(random.Random(seed).sample(values, max(1, round(share * len(values)))))
    return [row for row in rows if row[key] in chosen], [row for row in rows if row[key] not in chosen]
""",
    },
    "task-6": {
        "compares the means": """
def advice(scores, bar):
    last = sorted(scores)[-2:]
    if len(last) < 2 or min(len(scores[n]) for n in last) < 3:
        return "measure first"
    before, most = (sum(scores[n]) / len(scores[n]) for n in last)
    return "enough" if most >= bar else "more rows" if most > before else "better rows"
""",
        "the best seed reaches the bar": """
def advice(scores, bar):
    last = sorted(scores)[-2:]
    if len(last) < 2 or min(len(scores[n]) for n in last) < 3:
        return "measure first"
    before, most = (scores[n] for n in last)
    if max(most) >= bar:
        return "enough"
    return "more rows" if min(most) > max(before) else "better rows"
""",
        "trusts few seeds": """
def advice(scores, bar):
    last = sorted(scores)[-2:]
    if len(last) < 2:
        return "measure first"
    before, most = (scores[n] for n in last)
    if min(most) >= bar:
        return "enough"
    return "more rows" if min(most) > max(before) else "better rows"
""",
        "the bar before the count": """
def advice(scores, bar):
    last = sorted(scores)[-2:]
    if last and min(scores[last[-1]]) >= bar:
        return "enough"
    if len(last) < 2 or min(len(scores[n]) for n in last) < 3:
        return "measure first"
    before, most = (scores[n] for n in last)
    return "more rows" if min(most) > max(before) else "better rows"
""",
        "three seeds everywhere": """
def advice(scores, bar):
    last = sorted(scores)[-2:]
    if len(last) < 2 or min(len(s) for s in scores.values()) < 3:
        return "measure first"
    before, most = (scores[n] for n in last)
    if min(most) >= bar:
        return "enough"
    return "more rows" if min(most) > max(before) else "better rows"
""",
        "the order of the dict": """
def advice(scores, bar):
    last = list(scores)[-2:]
    if len(last) < 2 or min(len(scores[n]) for n in last) < 3:
        return "measure first"
    before, most = (scores[n] for n in last)
    if min(most) >= bar:
        return "enough"
    return "more rows" if min(most) > max(before) else "better rows"
""",
        "first against last": """
def advice(scores, bar):
    order = sorted(scores)
    if len(order) < 2 or min(len(scores[n]) for n in order[-2:]) < 3:
        return "measure first"
    before, most = scores[order[0]], scores[order[-1]]
    if min(most) >= bar:
        return "enough"
    return "more rows" if min(most) > max(before) else "better rows"
""",
        "a tie counts as a win": """
def advice(scores, bar):
    last = sorted(scores)[-2:]
    if len(last) < 2 or min(len(scores[n]) for n in last) < 3:
        return "measure first"
    before, most = (scores[n] for n in last)
    if min(most) >= bar:
        return "enough"
    return "more rows" if min(most) >= max(before) else "better rows"
""",
        "the bar must be passed": """
def advice(scores, bar):
    last = sorted(scores)[-2:]
    if len(last) < 2 or min(len(scores[n]) for n in last) < 3:
        return "measure first"
    before, most = (scores[n] for n in last)
    if min(most) > bar:
        return "enough"
    return "more rows" if min(most) > max(before) else "better rows"
""",
        "the curve before the bar": """
def advice(scores, bar):
    last = sorted(scores)[-2:]
    if len(last) < 2 or min(len(scores[n]) for n in last) < 3:
        return "measure first"
    before, most = (scores[n] for n in last)
    if min(most) > max(before):
        return "more rows"
    return "enough" if min(most) >= bar else "better rows"
""",
    },
    "quiz": quiz_answers.wrong("02"),
}

RIGHT = {
    "task-1": {
        "with pandas": """
def read_rows(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig").to_dict("records")
""",
        "with open": """
def read_rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return [dict(row) for row in csv.DictReader(file, restval="")]
""",
    },
    "task-2": {
        "the tokens' losses by hand": """
def seen_rows(model, tokenizer, rows):
    losses = []
    for row in rows:
        chat = tasks.chat(tasks.describe_prompt(row), row["description"])
        ids = torch.tensor([tokenizer(tokenizer.apply_chat_template(chat, tokenize=False))["input_ids"]])
        prompt = tokenizer.apply_chat_template(chat[:1], tokenize=False, add_generation_prompt=True)
        n = len(tokenizer(prompt)["input_ids"])
        with torch.no_grad():
            logits = model(input_ids=ids).logits[0, n - 1 : -1]
        losses.append(float(torch.nn.functional.cross_entropy(logits, ids[0, n:])))
    order = sorted(range(len(rows)), key=losses.__getitem__)
    return [i in order[: len(rows) // 2] for i in range(len(rows))]
""",
    },
    "task-3": {
        "one row a product": """
def choose(rows, most):
    found = []
    for row in rows:
        if row["name"] not in [other["name"] for other in found]:
            found.append(row)
    return found[:most]
""",
    },
    "task-4": {
        "word by word": """
def sound_rows(rows, colours):
    kept = []
    for row in rows:
        text = row["description"]
        rest, found = text.lower(), set()
        for colour in sorted(map(str.lower, colours), key=len, reverse=True):
            pattern = r"(?<!\\w)" + re.escape(colour) + r"(?!\\w)"
            if re.search(pattern, rest):
                found.add(colour)
                rest = re.sub(pattern, "_", rest)
        if row["name"] in text and found == {row["colour"].lower()}:
            kept.append(row)
    return kept
""",
    },
    "task-5": {
        "with a shuffle": """
def split_by(rows, key, share, seed=0):
    values = sorted(set(row[key] for row in rows))
    random.Random(seed).shuffle(values)
    held_out = values[: max(1, round(share * len(values)))]
    train, test = [], []
    for row in rows:
        (test if row[key] in held_out else train).append(row)
    return train, test
""",
        "with numpy": """
import numpy as np

def split_by(rows, key, share, seed=0):
    values = np.unique([row[key] for row in rows])
    n = max(1, int(round(share * len(values))))
    chosen = set(np.random.default_rng(seed).permutation(values)[:n].tolist())
    return [r for r in rows if r[key] not in chosen], [r for r in rows if r[key] in chosen]
""",
    },
    "task-6": {
        "with all and any": """
def advice(scores, bar):
    sizes = sorted(scores, reverse=True)
    if len(sizes) < 2 or len(scores[sizes[0]]) < 3 or len(scores[sizes[1]]) < 3:
        return "measure first"
    most, before = scores[sizes[0]], scores[sizes[1]]
    if all(score >= bar for score in most):
        return "enough"
    if any(new <= old for new in most for old in before):
        return "better rows"
    return "more rows"
""",
    },
    "quiz": quiz_answers.right("02"),
}
