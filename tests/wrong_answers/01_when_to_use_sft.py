"""Answers that try the checks of the assignment of lesson 01."""

import quiz_answers

WRONG = {
    "task-1": {
        "pastes the examples into one request": """
def messages_for(row, examples):
    shown = "\\n\\n".join(f"{tasks.sheet(e)}\\n{e['description']}" for e in examples[:1])
    return [{"role": "user", "content": f"Example:\\n{shown}\\n\\n{tasks.describe_prompt(row)}"}]
""",
        "shows all three": """
def messages_for(row, examples):
    chat = []
    for example in examples:
        chat.append({"role": "user", "content": tasks.describe_prompt(example)})
        chat.append({"role": "assistant", "content": example["description"]})
    return [*chat, {"role": "user", "content": tasks.describe_prompt(row)}]
""",
        "shows the text without its sheet": """
def messages_for(row, examples):
    shown = {"role": "assistant", "content": examples[0]["description"]}
    ask = {"role": "user", "content": "Write a text."}
    return [ask, shown, {"role": "user", "content": tasks.describe_prompt(row)}]
""",
        "puts the example into the system prompt": """
def messages_for(row, examples):
    system = {"role": "system", "content": f"Write in this form: {examples[0]['description']}"}
    return [system, {"role": "user", "content": tasks.describe_prompt(row)}]
""",
        "asks for the form in words": """
def messages_for(row, examples):
    first, *_, last = examples[0]["description"].split(". ")
    rule = f'Begin with "{first}." and end with "{last}"'
    return [{"role": "system", "content": rule}, {"role": "user", "content": tasks.describe_prompt(row)}]
""",
        "asks only": """
def messages_for(row, examples):
    return [{"role": "user", "content": tasks.describe_prompt(row)}]
""",
        "the answer comes before its question": """
def messages_for(row, examples):
    example = examples[0]
    chat = [{"role": "assistant", "content": example["description"]}]
    chat.append({"role": "user", "content": tasks.describe_prompt(example)})
    return [*chat, {"role": "user", "content": tasks.describe_prompt(row)}]
""",
        "knows one of the forms by heart": """
def messages_for(row, examples):
    shown = in_form(products[0], *FORMS[0])
    chat = [{"role": "user", "content": tasks.describe_prompt(products[0])}, {"role": "assistant", "content": shown}]
    return [*chat, {"role": "user", "content": tasks.describe_prompt(row)}]
""",
    },
    "task-2": {
        "counts shared words": """
def messages_about(message, entries):
    words = set(re.findall(r"\\w+", message.lower()))
    entry = max(entries, key=lambda e: len(words & set(e["product"].lower().split())))
    facts = f"name: {entry['product']}\\nprice: {entry['price']}"
    return [{"role": "user", "content": f"{facts}\\nHow much does the {entry['product']} cost?"}]
""",
        "minds capitals": """
def messages_about(message, entries):
    words = re.findall(r"\\w+", message)
    entry = next((e for e in entries if e["product"].split()[0] in words), entries[0])
    facts = f"name: {entry['product']}\\nprice: {entry['price']}"
    return [{"role": "user", "content": f"{facts}\\nHow much does the {entry['product']} cost?"}]
""",
        "splits at spaces only": """
def messages_about(message, entries):
    words = message.lower().split()
    entry = next((e for e in entries if e["product"].split()[0].lower() in words), entries[0])
    facts = f"name: {entry['product']}\\nprice: {entry['price']}"
    return [{"role": "user", "content": f"{facts}\\nHow much does the {entry['product']} cost?"}]
""",
        "repeats the customer's words": """
def messages_about(message, entries):
    words = re.findall(r"\\w+", message.lower())
    entry = next(e for e in entries if e["product"].split()[0].lower() in words)
    return [{"role": "user", "content": f"name: {entry['product']}\\nprice: {entry['price']}\\n{message}"}]
""",
        "gives the line as the list has it": """
def messages_about(message, entries):
    words = re.findall(r"\\w+", message.lower())
    entry = next(e for e in entries if e["product"].split()[0].lower() in words)
    line = ", ".join(entry.values())
    return [{"role": "user", "content": f"{line}\\n{message}"}]
""",
        "knows today's list by heart": """
TODAY = data.read_stock()
def messages_about(message, entries):
    words = re.findall(r"\\w+", message.lower())
    entry = next(e for e in TODAY if e["product"].split()[0].lower() in words)
    facts = f"name: {entry['product']}\\nprice: {entry['price']}"
    return [{"role": "user", "content": f"{facts}\\nHow much does the {entry['product']} cost?"}]
""",
        "asks without any fact": """
def messages_about(message, entries):
    words = re.findall(r"\\w+", message.lower())
    entry = next(e for e in entries if e["product"].split()[0].lower() in words)
    return [{"role": "user", "content": f"How much does the {entry['product']} cost?"}]
""",
        "gives ten lines": """
def messages_about(message, entries):
    words = re.findall(r"\\w+", message.lower())
    entry = next(e for e in entries if e["product"].split()[0].lower() in words)
    others = [e for e in entries if e is not entry][:9]
    facts = "\\n".join(f"name: {e['product']}\\nprice: {e['price']}" for e in [*others, entry])
    return [{"role": "user", "content": f"{facts}\\nHow much does the {entry['product']} cost?"}]
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
        "with the last example and tasks.chat": """
def messages_for(row, examples):
    last = examples[-1]
    return tasks.chat(tasks.describe_prompt(last), last["description"]) + tasks.chat(tasks.describe_prompt(row), "")[:1]
""",
        "with the example of the fewest letters": """
def messages_for(row, examples):
    short = min(examples, key=lambda e: len(tasks.describe_prompt(e)) + len(e["description"]))
    talk = [("user", tasks.describe_prompt(short)), ("assistant", short["description"])]
    talk.append(("user", tasks.describe_prompt(row)))
    return [{"role": role, "content": text} for role, text in talk]
""",
    },
    "task-2": {
        "facts in the system prompt": """
def messages_about(message, entries):
    names = {e["product"].split()[0].casefold(): e for e in entries}
    entry = next(names[word] for word in re.split(r"\\W+", message.casefold()) if word in names)
    facts = "\\n".join(f"{key}: {value}" for key, value in entry.items()).replace("product:", "name:")
    question = f"How much does the {entry['product']} cost?"
    return [{"role": "system", "content": facts}, {"role": "user", "content": question}]
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
