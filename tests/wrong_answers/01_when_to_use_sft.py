"""Answers that try the checks of the assignment of lesson 01."""

import quiz_answers

WRONG = {
    "task-1": {
        "leaves the answer in the prompt": """
def few_shot_prompt(examples, row):
    blocks = [f"{tasks.sheet(r)}\\ndescription: {r['description']}" for r in [*examples, row]]
    return "\\n\\n".join(blocks)
""",
        "ends with a space": """
def few_shot_prompt(examples, row):
    shown = "".join(f"{tasks.sheet(e)}\\ndescription: {e['description']}\\n\\n" for e in examples)
    return shown + f"{tasks.sheet(row)}\\ndescription: "
""",
        "shows sheets without descriptions": """
def few_shot_prompt(examples, row):
    return "\\n\\n".join(f"{tasks.sheet(r)}\\ndescription:" for r in [*examples, row])
""",
        "no empty line between examples": """
def few_shot_prompt(examples, row):
    shown = "".join(f"{tasks.sheet(e)}\\ndescription: {e['description']}\\n" for e in examples)
    return shown + f"{tasks.sheet(row)}\\ndescription:"
""",
        "the last example first": """
def few_shot_prompt(examples, row):
    prompt = f"{tasks.sheet(row)}\\ndescription:"
    for example in examples:
        prompt = f"{tasks.sheet(example)}\\ndescription: {example['description']}\\n\\n" + prompt
    return prompt
""",
        "an empty line before the description": """
def few_shot_prompt(examples, row):
    shown = "".join(f"{tasks.sheet(e)}\\n\\ndescription: {e['description']}\\n\\n" for e in examples)
    return shown + f"{tasks.sheet(row)}\\n\\ndescription:"
""",
        "needs a description in the new row": """
def few_shot_prompt(examples, row):
    whole = "\\n\\n".join(f"{tasks.sheet(r)}\\ndescription: {r['description']}" for r in [*examples, row])
    return whole.removesuffix(f" {row['description']}")
""",
    },
    "task-2": {
        "counts shared words": """
def retrieve(question, entries, k=1):
    asked = set(re.findall(r"[a-z]+", question.lower()))
    fit = lambda entry: len(asked & set(entry["product"].lower().split()))
    return sorted(entries, key=fit, reverse=True)[:k]
""",
        "weighs words by how rare they are": """
def retrieve(question, entries, k=1):
    asked = set(re.findall(r"[a-z]+", question.lower()))
    words = [set(entry["product"].lower().split()) for entry in entries]
    def fit(i):
        return sum(math.log(len(entries) / sum(w in other for other in words)) for w in asked & words[i])
    return [entries[i] for i in sorted(range(len(entries)), key=fit, reverse=True)[:k]]
""",
        "keeps the capitals": """
def retrieve(question, entries, k=1):
    asked = set(re.findall(r"[A-Za-z]+", question))
    def fit(entry):
        name, *others = entry["product"].split()
        return name in asked, len(asked & set(others))
    return sorted(entries, key=fit, reverse=True)[:k]
""",
        "splits at spaces only": """
def retrieve(question, entries, k=1):
    asked = set(question.lower().split())
    def fit(entry):
        name, *others = entry["product"].lower().split()
        return name in asked, len(asked & set(others))
    return sorted(entries, key=fit, reverse=True)[:k]
""",
        "finds parts of words": """
def retrieve(question, entries, k=1):
    def fit(entry):
        name, *others = entry["product"].lower().split()
        return name in question.lower(), sum(word in question.lower() for word in others)
    return sorted(entries, key=fit, reverse=True)[:k]
""",
        "looks at the name only": """
def retrieve(question, entries, k=1):
    asked = set(re.findall(r"[a-z]+", question.lower()))
    return sorted(entries, key=lambda entry: entry["product"].lower().split()[0] not in asked)[:k]
""",
        "returns one entry, not a list": """
def retrieve(question, entries, k=1):
    asked = set(re.findall(r"[a-z]+", question.lower()))
    def fit(entry):
        name, *others = entry["product"].lower().split()
        return name in asked, len(asked & set(others))
    return max(entries, key=fit)
""",
        "sorts the list that it was given": """
def retrieve(question, entries, k=1):
    asked = set(re.findall(r"[a-z]+", question.lower()))
    def fit(entry):
        name, *others = entry["product"].lower().split()
        return name in asked, len(asked & set(others))
    entries.sort(key=fit, reverse=True)
    return entries[:k]
""",
    },
    "task-3": {
        "forgets the epochs": """
def break_even(row_tokens, epochs, prompted, tuned, price_ratio=1.0, training_factor=3.0):
    saved = price_ratio * prompted - tuned
    return math.ceil(training_factor * row_tokens / saved) if saved > 0 else math.inf
""",
        "a trained token costs what a read one costs": """
def break_even(row_tokens, epochs, prompted, tuned, price_ratio=1.0, training_factor=3.0):
    saved = price_ratio * prompted - tuned
    return math.ceil(epochs * row_tokens / saved) if saved > 0 else math.inf
""",
        "three whatever the factor": """
def break_even(row_tokens, epochs, prompted, tuned, price_ratio=1.0, training_factor=3.0):
    saved = price_ratio * prompted - tuned
    return math.ceil(3 * epochs * row_tokens / saved) if saved > 0 else math.inf
""",
        "rounds down": """
def break_even(row_tokens, epochs, prompted, tuned, price_ratio=1.0, training_factor=3.0):
    saved = price_ratio * prompted - tuned
    return int(training_factor * epochs * row_tokens // saved) if saved > 0 else math.inf
""",
        "always one more": """
def break_even(row_tokens, epochs, prompted, tuned, price_ratio=1.0, training_factor=3.0):
    saved = price_ratio * prompted - tuned
    return int(training_factor * epochs * row_tokens // saved) + 1 if saved > 0 else math.inf
""",
        "a negative number of requests": """
def break_even(row_tokens, epochs, prompted, tuned, price_ratio=1.0, training_factor=3.0):
    saved = price_ratio * prompted - tuned
    return math.ceil(training_factor * epochs * row_tokens / saved) if saved else math.inf
""",
        "divides by zero at equal costs": """
def break_even(row_tokens, epochs, prompted, tuned, price_ratio=1.0, training_factor=3.0):
    saved = price_ratio * prompted - tuned
    return math.ceil(training_factor * epochs * row_tokens / saved) if saved >= 0 else math.inf
""",
        "the price ratio on the difference": """
def break_even(row_tokens, epochs, prompted, tuned, price_ratio=1.0, training_factor=3.0):
    saved = price_ratio * (prompted - tuned)
    return math.ceil(training_factor * epochs * row_tokens / saved) if saved > 0 else math.inf
""",
    },
    "task-4": {
        "draws the two ways apart": """
def compare(first, second, level=0.95, draws=2000):
    if len(first) != len(second):
        raise ValueError("not the same rows")
    rng, n = np.random.default_rng(0), len(first)
    means = rng.choice(second, (draws, n)).mean(axis=1) - rng.choice(first, (draws, n)).mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high), "better" if low > 0 else "worse" if high < 0 else "can't tell"
""",
        "the spread of the rows": """
def compare(first, second, level=0.95, draws=2000):
    if len(first) != len(second):
        raise ValueError("not the same rows")
    change = np.array(second) - np.array(first)
    low, high = np.quantile(change, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high), "better" if low > 0 else "worse" if high < 0 else "can't tell"
""",
        "the sign of the mean": """
def compare(first, second, level=0.95, draws=2000):
    low, high = bootstrap_interval([b - a for a, b in zip(first, second, strict=True)], level, draws)
    change = sum(second) - sum(first)
    return low, high, "better" if change > 0 else "worse" if change < 0 else "can't tell"
""",
        "first minus second": """
def compare(first, second, level=0.95, draws=2000):
    low, high = bootstrap_interval([a - b for a, b in zip(first, second, strict=True)], level, draws)
    return low, high, "better" if low > 0 else "worse" if high < 0 else "can't tell"
""",
        "another seed each time": """
def compare(first, second, level=0.95, draws=2000):
    if len(first) != len(second):
        raise ValueError("not the same rows")
    change = np.array(second) - np.array(first)
    means = np.random.default_rng().choice(change, (draws, len(change))).mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high), "better" if low > 0 else "worse" if high < 0 else "can't tell"
""",
        "cuts the longer list": """
def compare(first, second, level=0.95, draws=2000):
    low, high = bootstrap_interval([b - a for a, b in zip(first, second)], level, draws)
    return low, high, "better" if low > 0 else "worse" if high < 0 else "can't tell"
""",
        "always 95 percent": """
def compare(first, second, level=0.95, draws=2000):
    low, high = bootstrap_interval([b - a for a, b in zip(first, second, strict=True)])
    return low, high, "better" if low > 0 else "worse" if high < 0 else "can't tell"
""",
        "draws each row once": """
def compare(first, second, level=0.95, draws=2000):
    if len(first) != len(second):
        raise ValueError("not the same rows")
    rng, change = np.random.default_rng(0), np.array(second) - np.array(first)
    means = [rng.permutation(change).mean() for _ in range(draws)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high), "better" if low > 0 else "worse" if high < 0 else "can't tell"
""",
        "no difference counts as better": """
def compare(first, second, level=0.95, draws=2000):
    low, high = bootstrap_interval([b - a for a, b in zip(first, second, strict=True)], level, draws)
    return low, high, "better" if low >= 0 else "worse" if high < 0 else "can't tell"
""",
    },
    "task-5": {
        "compares the means": """
def decide(case):
    good_enough = lambda grades: sum(grades) / len(grades) >= case.bar
    if len(case.prompt) < 50: return "write a test", 1
    if good_enough(case.prompt): return "prompt", 2
    if good_enough(case.with_fact): return "retrieve", 3
    if case.form_share < 0.5: return "other base", 4
    if case.ability < case.bar: return "other base", 5
    if case.rows < 300: return "collect rows", 6
    return ("fine-tune" if case.requests > case.break_even else "prompt"), 7
""",
        "the mean for the fact": """
def decide(case):
    if len(case.prompt) < 50: return "write a test", 1
    if bootstrap_interval(case.prompt)[0] >= case.bar: return "prompt", 2
    if sum(case.with_fact) / len(case.with_fact) >= case.bar: return "retrieve", 3
    if case.form_share < 0.5: return "other base", 4
    if case.ability < case.bar: return "other base", 5
    if case.rows < 300: return "collect rows", 6
    return ("fine-tune" if case.requests > case.break_even else "prompt"), 7
""",
        "the upper end of the interval": """
def decide(case):
    good_enough = lambda grades: bootstrap_interval(grades)[1] >= case.bar
    if len(case.prompt) < 50: return "write a test", 1
    if good_enough(case.prompt): return "prompt", 2
    if good_enough(case.with_fact): return "retrieve", 3
    if case.form_share < 0.5: return "other base", 4
    if case.ability < case.bar: return "other base", 5
    if case.rows < 300: return "collect rows", 6
    return ("fine-tune" if case.requests > case.break_even else "prompt"), 7
""",
        "looks for facts first": """
def decide(case):
    good_enough = lambda grades: bootstrap_interval(grades)[0] >= case.bar
    if len(case.prompt) < 50: return "write a test", 1
    if good_enough(case.with_fact): return "retrieve", 3
    if good_enough(case.prompt): return "prompt", 2
    if case.form_share < 0.5: return "other base", 4
    if case.ability < case.bar: return "other base", 5
    if case.rows < 300: return "collect rows", 6
    return ("fine-tune" if case.requests > case.break_even else "prompt"), 7
""",
        "rows before the base": """
def decide(case):
    good_enough = lambda grades: bootstrap_interval(grades)[0] >= case.bar
    if len(case.prompt) < 50: return "write a test", 1
    if good_enough(case.prompt): return "prompt", 2
    if good_enough(case.with_fact): return "retrieve", 3
    if case.form_share < 0.5: return "other base", 4
    if case.rows < 300: return "collect rows", 6
    if case.ability < case.bar: return "other base", 5
    return ("fine-tune" if case.requests > case.break_even else "prompt"), 7
""",
        "the price before the rows": """
def decide(case):
    good_enough = lambda grades: bootstrap_interval(grades)[0] >= case.bar
    if len(case.prompt) < 50: return "write a test", 1
    if good_enough(case.prompt): return "prompt", 2
    if good_enough(case.with_fact): return "retrieve", 3
    if case.form_share < 0.5: return "other base", 4
    if case.ability < case.bar: return "other base", 5
    if case.requests <= case.break_even: return "prompt", 7
    return ("fine-tune", 7) if case.rows >= 300 else ("collect rows", 6)
""",
        "trusts any test": """
def decide(case):
    good_enough = lambda grades: bootstrap_interval(grades)[0] >= case.bar
    if good_enough(case.prompt): return "prompt", 2
    if good_enough(case.with_fact): return "retrieve", 3
    if case.form_share < 0.5: return "other base", 4
    if case.ability < case.bar: return "other base", 5
    if case.rows < 300: return "collect rows", 6
    return ("fine-tune" if case.requests > case.break_even else "prompt"), 7
""",
        "the same bar for all": """
def decide(case):
    good_enough = lambda grades: bootstrap_interval(grades)[0] >= 0.85
    if len(case.prompt) < 50: return "write a test", 1
    if good_enough(case.prompt): return "prompt", 2
    if good_enough(case.with_fact): return "retrieve", 3
    if case.form_share < 0.5: return "other base", 4
    if case.ability < case.bar: return "other base", 5
    if case.rows < 300: return "collect rows", 6
    return ("fine-tune" if case.requests > case.break_even else "prompt"), 7
""",
        "half is enough for the base": """
def decide(case):
    good_enough = lambda grades: bootstrap_interval(grades)[0] >= case.bar
    if len(case.prompt) < 50: return "write a test", 1
    if good_enough(case.prompt): return "prompt", 2
    if good_enough(case.with_fact): return "retrieve", 3
    if case.form_share < 0.5: return "other base", 4
    if case.ability < 0.5: return "other base", 5
    if case.rows < 300: return "collect rows", 6
    return ("fine-tune" if case.requests > case.break_even else "prompt"), 7
""",
        "the way alone": """
def decide(case):
    good_enough = lambda grades: bootstrap_interval(grades)[0] >= case.bar
    if len(case.prompt) < 50: return "write a test"
    if good_enough(case.prompt): return "prompt"
    if good_enough(case.with_fact): return "retrieve"
    if case.form_share < 0.5 or case.ability < case.bar: return "other base"
    if case.rows < 300: return "collect rows"
    return "fine-tune" if case.requests > case.break_even else "prompt"
""",
    },
    "quiz": quiz_answers.wrong("01"),
}

RIGHT = {
    "task-1": {
        "with a loop": """
def few_shot_prompt(examples, row):
    prompt = ""
    for example in examples:
        prompt += tasks.sheet(example) + "\\ndescription: " + example["description"] + "\\n\\n"
    return prompt + tasks.sheet(row) + "\\ndescription:"
""",
        "without the sheet's helper": """
def few_shot_prompt(examples, row):
    def lines(product):
        return [f"{key}: {product[key]}" for key in ("category", "name", "features", "colour")]
    blocks = ["\\n".join([*lines(e), f"description: {e['description']}"]) for e in examples]
    return "\\n\\n".join([*blocks, "\\n".join([*lines(row), "description:"])])
""",
    },
    "task-2": {
        "with weights": """
import string

def retrieve(question, entries, k=1):
    asked = [word.strip(string.punctuation).lower() for word in question.split()]
    scored = []
    for place, entry in enumerate(entries):
        words = [word.lower() for word in entry["product"].split()]
        score = 1000 * (words[0] in asked) + sum(word in asked for word in words[1:])
        scored.append((-score, place))
    return [entries[place] for _, place in sorted(scored)[:k]]
""",
        "sorted twice": """
def retrieve(question, entries, k=1):
    asked = set("".join(c if c.isalpha() else " " for c in question.casefold()).split())
    found = list(entries)
    found.sort(key=lambda e: -len(asked.intersection(e["product"].casefold().split()[1:])))
    found.sort(key=lambda e: e["product"].casefold().split()[0] not in asked)
    return found[: min(k, len(found))]
""",
    },
    "task-3": {
        "by whole numbers": """
def break_even(row_tokens, epochs, prompted, tuned, price_ratio=1.0, training_factor=3.0):
    cost = training_factor * epochs * row_tokens
    saved = price_ratio * prompted - tuned
    if saved <= 0:
        return float("inf")
    return -int(-cost // saved)
""",
        "with numpy": """
def break_even(row_tokens, epochs, prompted, tuned, price_ratio=1.0, training_factor=3.0):
    if prompted * price_ratio <= tuned:
        return np.inf
    return np.ceil(row_tokens * epochs * training_factor / (prompted * price_ratio - tuned))
""",
    },
    "task-4": {
        "with the lesson's bootstrap": """
def compare(first, second, level=0.95, draws=2000):
    low, high = bootstrap_interval([b - a for a, b in zip(first, second, strict=True)], level, draws)
    return low, high, "better" if low > 0 else "worse" if high < 0 else "can't tell"
""",
        "drawing row numbers in a loop": """
import random

def compare(first, second, level=0.95, draws=2000):
    n, rng, means = len(first), random.Random(7), []
    if n != len(second):
        raise ValueError("the lists differ in length")
    for _ in range(draws):
        rows = rng.choices(range(n), k=n)
        means.append(sum(second[i] - first[i] for i in rows) / n)
    means.sort()
    low, high = means[int(draws * (1 - level) / 2)], means[int(draws * (1 + level) / 2) - 1]
    if low > 0:
        return low, high, "better"
    return low, high, "worse" if high < 0 else "can't tell"
""",
    },
    "task-5": {
        "one if after the other": """
def decide(case):
    good_enough = lambda grades: bootstrap_interval(grades)[0] >= case.bar
    if len(case.prompt) < 50: return "write a test", 1
    if good_enough(case.prompt): return "prompt", 2
    if good_enough(case.with_fact): return "retrieve", 3
    if case.form_share < 0.5: return "other base", 4
    if case.ability < case.bar: return "other base", 5
    if case.rows < 300: return "collect rows", 6
    return ("fine-tune" if case.requests > case.break_even else "prompt"), 7
""",
        "from the bottom up": """
def decide(case):
    way = ("fine-tune", 7) if case.requests > case.break_even else ("prompt", 7)
    way = way if case.rows >= 300 else ("collect rows", 6)
    way = way if case.ability >= case.bar else ("other base", 5)
    way = way if case.form_share >= 0.5 else ("other base", 4)
    for grades, earlier in ((case.with_fact, ("retrieve", 3)), (case.prompt, ("prompt", 2))):
        low, high = bootstrap_interval(grades)
        way = earlier if low >= case.bar else way
    return way if len(case.prompt) >= 50 else ("write a test", 1)
""",
    },
    "quiz": quiz_answers.right("01"),
}
