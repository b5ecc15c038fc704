"""Answers that try the checks of the assignment of lesson 07."""

import quiz_answers

WRONG = {
    "task-1": {
        "one side only": """
def decide(one, two, level=0.05):
    if not one or len(one) != len(two):
        raise ValueError("The same rows, please.")
    first, second = sum(a > b for a, b in zip(one, two)), sum(a < b for a, b in zip(one, two))
    n = first + second
    p = sum(math.comb(n, k) for k in range(min(first, second) + 1)) / 2**n
    return p, "undecided" if p >= level else "one" if first > second else "two"
""",
        "above one": """
def decide(one, two, level=0.05):
    if not one or len(one) != len(two):
        raise ValueError("The same rows, please.")
    first, second = sum(a > b for a, b in zip(one, two)), sum(a < b for a, b in zip(one, two))
    n = first + second
    p = 2 * sum(math.comb(n, k) for k in range(min(first, second) + 1)) / 2**n
    return p, "undecided" if p >= level else "one" if first > second else "two"
""",
        "this split alone": """
def decide(one, two, level=0.05):
    if not one or len(one) != len(two):
        raise ValueError("The same rows, please.")
    first, second = sum(a > b for a, b in zip(one, two)), sum(a < b for a, b in zip(one, two))
    n = first + second
    p = min(1.0, 2 * math.comb(n, min(first, second)) / 2**n)
    return p, "undecided" if p >= level else "one" if first > second else "two"
""",
        "the normal curve": """
def decide(one, two, level=0.05):
    if not one or len(one) != len(two):
        raise ValueError("The same rows, please.")
    first, second = sum(a > b for a, b in zip(one, two)), sum(a < b for a, b in zip(one, two))
    n = first + second
    p = math.erfc(abs(first - second) / math.sqrt(2 * n)) if n else 1.0
    return p, "undecided" if p >= level else "one" if first > second else "two"
""",
        "all rows are tosses": """
def decide(one, two, level=0.05):
    if not one or len(one) != len(two):
        raise ValueError("The same rows, please.")
    first, second, n = sum(one), sum(two), len(one)
    pooled = (first + second) / (2 * n)
    spread = math.sqrt(2 * pooled * (1 - pooled) / n)
    p = math.erfc(abs(first - second) / n / spread / math.sqrt(2)) if spread else 1.0
    return p, "undecided" if p >= level else "one" if first > second else "two"
""",
        "always at five per cent": """
def decide(one, two, level=0.05):
    if not one or len(one) != len(two):
        raise ValueError("The same rows, please.")
    first, second = sum(a > b for a, b in zip(one, two)), sum(a < b for a, b in zip(one, two))
    n = first + second
    p = min(1.0, 2 * sum(math.comb(n, k) for k in range(min(first, second) + 1)) / 2**n)
    return p, "undecided" if p >= 0.05 else "one" if first > second else "two"
""",
        "up to the level": """
def decide(one, two, level=0.05):
    if not one or len(one) != len(two):
        raise ValueError("The same rows, please.")
    first, second = sum(a > b for a, b in zip(one, two)), sum(a < b for a, b in zip(one, two))
    n = first + second
    p = min(1.0, 2 * sum(math.comb(n, k) for k in range(min(first, second) + 1)) / 2**n)
    return p, "undecided" if p > level else "one" if first > second else "two"
""",
        "no word about lengths": """
def decide(one, two, level=0.05):
    if not one:
        raise ValueError("The same rows, please.")
    first, second = sum(a > b for a, b in zip(one, two)), sum(a < b for a, b in zip(one, two))
    n = first + second
    p = min(1.0, 2 * sum(math.comb(n, k) for k in range(min(first, second) + 1)) / 2**n)
    return p, "undecided" if p >= level else "one" if first > second else "two"
""",
    },
    "task-2": {
        "the rows in another order": """
def unseen(rows, seed=0):
    rows = [{key: row[key] for key in KEYS} for row in rows]
    return random.Random(seed).sample(rows, len(rows))
""",
        "new names only": """
def unseen(rows, seed=0):
    names = random.Random(seed).sample([row["name"] for row in rows], len(rows))
    return [{key: row[key] for key in KEYS} | {"name": name} for row, name in zip(rows, names)]
""",
        "new colours only": """
def unseen(rows, seed=0):
    colours = random.Random(seed).sample([row["colour"] for row in rows], len(rows))
    return [{key: row[key] for key in KEYS} | {"colour": colour} for row, colour in zip(rows, colours)]
""",
        "leaves name and features together": """
def unseen(rows, seed=0):
    rng = random.Random(seed)
    colours = rng.sample([row["colour"] for row in rows], len(rows))
    places = rng.sample([row["category"] for row in rows], len(rows))
    return [
        {"category": place, "name": row["name"], "features": row["features"], "colour": colour}
        for row, colour, place in zip(rows, colours, places)
    ]
""",
        "one order for all columns": """
def unseen(rows, seed=0):
    return [
        {key: random.Random(seed).sample([row[key] for row in rows], len(rows))[i] for key in KEYS}
        for i in range(len(rows))
    ]
""",
        "invented words": """
def unseen(rows, seed=0):
    rng = random.Random(seed)
    return [{key: "".join(rng.sample("abcdefghij", 6)) for key in KEYS} for row in rows]
""",
        "one product for all": """
def unseen(rows, seed=0):
    rng = random.Random(seed)
    return [{key: rng.choice(rows)[key] if key != "name" else rows[0]["name"] for key in KEYS} for row in rows]
""",
        "ignores the seed": """
def unseen(rows, seed=0):
    rng = random.Random(0)
    columns = [rng.sample([row[key] for row in rows], len(rows)) for key in KEYS]
    return [dict(zip(KEYS, values)) for values in zip(*columns)]
""",
    },
    "task-3": {
        "letters from a to z": """
def overlaps(train, test, n=8):
    def runs(text):
        words = re.findall(r"[a-z0-9]+", text.lower())
        return {tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1))} if words else set()

    seen = set().union(*map(runs, train))
    return [len(runs(text) & seen) / len(runs(text)) if runs(text) else 0.0 for text in test]
""",
        "equal texts only": """
def overlaps(train, test, n=8):
    return [float(text in train) for text in test]
""",
        "keeps case and punctuation": """
def overlaps(train, test, n=8):
    def runs(text):
        words = text.split()
        return {tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1))} if words else set()

    seen = set().union(*map(runs, train))
    return [len(runs(text) & seen) / len(runs(text)) if runs(text) else 0.0 for text in test]
""",
        "one long training text": """
def overlaps(train, test, n=8):
    def runs(text):
        words = re.findall(r"[a-z0-9]+", text.lower())
        return {tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1))} if words else set()

    seen = runs(" ".join(train))
    return [len(runs(text) & seen) / len(runs(text)) if runs(text) else 0.0 for text in test]
""",
        "counts repeated runs": """
def overlaps(train, test, n=8):
    def runs(text):
        words = re.findall(r"[a-z0-9]+", text.lower())
        return [tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1))] if words else []

    seen = set().union(*map(runs, train))
    return [sum(run in seen for run in runs(text)) / len(runs(text)) if runs(text) else 0.0 for text in test]
""",
        "forgets short texts": """
def overlaps(train, test, n=8):
    def runs(text):
        words = re.findall(r"[a-z0-9]+", text.lower())
        return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}

    seen = set().union(*map(runs, train))
    return [len(runs(text) & seen) / len(runs(text)) if runs(text) else 0.0 for text in test]
""",
        "shared words instead of runs": """
def overlaps(train, test, n=8):
    words = lambda text: set(re.findall(r"[a-z0-9]+", text.lower()))
    seen = set().union(*map(words, train))
    return [len(words(text) & seen) / len(words(text)) if words(text) else 0.0 for text in test]
""",
        "one run too few": """
def overlaps(train, test, n=8):
    def runs(text):
        words = re.findall(r"[a-z0-9]+", text.lower())
        return {tuple(words[i : i + n]) for i in range(max(1, len(words) - n))} if words else set()

    seen = set().union(*map(runs, train))
    return [len(runs(text) & seen) / len(runs(text)) if runs(text) else 0.0 for text in test]
""",
    },
    "task-4": {
        "asks once": """
def examine(judge, pairs):
    verdicts = [judge(short, long) for short, long in pairs]
    return {
        "consistent": 1.0,
        "first": verdicts.count("first") / len(verdicts),
        "longer": verdicts.count("second") / len(verdicts),
    }
""",
        "the same place counts as agreement": """
def examine(judge, pairs):
    verdicts = [(judge(short, long), judge(long, short)) for short, long in pairs]
    same = [a for a, b in verdicts if a == b]
    named = [v for both in verdicts for v in both if v != "tie"]
    winners = [v for v in same if v != "tie"]
    return {
        "consistent": len(same) / len(pairs),
        "first": named.count("first") / len(named) if named else 0.5,
        "longer": winners.count("second") / len(winners) if winners else 0.5,
    }
""",
        "a tie twice is no agreement": """
def examine(judge, pairs):
    verdicts = [(judge(short, long), judge(long, short)) for short, long in pairs]
    same = [a for a, b in verdicts if {a, b} == {"first", "second"}]
    named = [v for both in verdicts for v in both if v != "tie"]
    return {
        "consistent": len(same) / len(pairs),
        "first": named.count("first") / len(named) if named else 0.5,
        "longer": same.count("second") / len(same) if same else 0.5,
    }
""",
        "counts ties as second": """
def examine(judge, pairs):
    verdicts = [(judge(short, long), judge(long, short)) for short, long in pairs]
    swapped = {"first": "second", "second": "first", "tie": "tie"}
    same = [a for a, b in verdicts if swapped[b] == a]
    every = [v for both in verdicts for v in both]
    winners = [v for v in same if v != "tie"]
    return {
        "consistent": len(same) / len(pairs),
        "first": every.count("first") / len(every),
        "longer": winners.count("second") / len(winners) if winners else 0.5,
    }
""",
        "length from the first order alone": """
def examine(judge, pairs):
    verdicts = [(judge(short, long), judge(long, short)) for short, long in pairs]
    swapped = {"first": "second", "second": "first", "tie": "tie"}
    same = [a for a, b in verdicts if swapped[b] == a]
    named = [v for both in verdicts for v in both if v != "tie"]
    ahead = [a for a, b in verdicts if a != "tie"]
    return {
        "consistent": len(same) / len(pairs),
        "first": named.count("first") / len(named) if named else 0.5,
        "longer": ahead.count("second") / len(ahead) if ahead else 0.5,
    }
""",
        "counts the shorter": """
def examine(judge, pairs):
    verdicts = [(judge(short, long), judge(long, short)) for short, long in pairs]
    swapped = {"first": "second", "second": "first", "tie": "tie"}
    same = [a for a, b in verdicts if swapped[b] == a]
    named = [v for both in verdicts for v in both if v != "tie"]
    winners = [v for v in same if v != "tie"]
    return {
        "consistent": len(same) / len(pairs),
        "first": named.count("first") / len(named) if named else 0.5,
        "longer": winners.count("first") / len(winners) if winners else 0.5,
    }
""",
        "divides by zero": """
def examine(judge, pairs):
    verdicts = [(judge(short, long), judge(long, short)) for short, long in pairs]
    swapped = {"first": "second", "second": "first", "tie": "tie"}
    same = [a for a, b in verdicts if swapped[b] == a]
    named = [v for both in verdicts for v in both if v != "tie"]
    winners = [v for v in same if v != "tie"]
    return {
        "consistent": len(same) / len(pairs),
        "first": named.count("first") / len(named),
        "longer": winners.count("second") / len(winners),
    }
""",
    },
    "task-5": {
        "as hurried as before": """
def gentle(house, general, seed):
    return hurried.model
""",
        "nothing trained": """
def gentle(house, general, seed):
    return untouched
""",
        "more steps at a low rate": """
def gentle(house, general, seed):
    rows = pairs(house + general)
    return fine_tune(course, rows, seed=seed, learning_rate=5e-4, per_device_train_batch_size=8, max_steps=19).model
""",
        "a rate that is too low": """
def gentle(house, general, seed):
    rows = pairs(house[:24])
    return fine_tune(course, rows, seed=seed, learning_rate=2e-5, num_train_epochs=1).model
""",
        "reads the test": """
def gentle(house, general, seed):
    rows = [tasks.chat(tasks.describe_prompt(row), row["description"]) for row in test[:8]]
    return fine_tune(course, pairs(rows), seed=seed, per_device_train_batch_size=8, max_steps=1).model
""",
        "chooses on the test": """
def gentle(house, general, seed):
    model = fine_tune(course, pairs(house), seed=seed, per_device_train_batch_size=8, max_steps=1).model
    measured(model, reader, test[:4])
    return model
""",
    },
    "quiz": quiz_answers.wrong("07"),
}

RIGHT = {
    "task-1": {
        "with SciPy": """
def decide(one, two, level=0.05):
    from scipy.stats import binomtest

    if len(one) == 0 or len(one) != len(two):
        raise ValueError("The same rows, please.")
    gains = [a - b for a, b in zip(one, two) if a != b]
    wins = gains.count(1)
    p = float(binomtest(wins, len(gains)).pvalue) if gains else 1.0
    if p < level:
        return p, "one" if 2 * wins > len(gains) else "two"
    return p, "undecided"
""",
    },
    "task-2": {
        "each column moved on by another number": """
def unseen(rows, seed=0):
    steps = {"category": 7, "name": 0, "features": 3, "colour": 11}
    return [
        {key: rows[(i + step * (seed + 1)) % len(rows)][key] for key, step in steps.items()} for i in range(len(rows))
    ]
""",
    },
    "task-3": {
        "with strings and a loop": """
def overlaps(train, test, n=8):
    def runs(text):
        words = "".join(c if c.isalnum() else " " for c in text.lower()).split()
        if not words:
            return set()
        if len(words) < n:
            return {" ".join(words)}
        return {" ".join(words[i : i + n]) for i in range(len(words) - n + 1)}

    seen = set()
    for text in train:
        seen |= runs(text)
    shares = []
    for text in test:
        own = runs(text)
        shares.append(sum(run in seen for run in own) / len(own) if own else 0.0)
    return shares
""",
    },
    "task-4": {
        "counts texts instead of places": """
def examine(judge, pairs):
    agreed = firsts = named = longer = decided = 0
    for short, long in pairs:
        one = {"first": short, "second": long, "tie": None}[judge(short, long)]
        two = {"first": long, "second": short, "tie": None}[judge(long, short)]
        firsts += (one == short and one is not None) + (two == long and two is not None)
        named += (one is not None) + (two is not None)
        if one == two:
            agreed += 1
            decided += one is not None
            longer += one == long
    return {
        "consistent": agreed / len(pairs),
        "first": firsts / named if named else 0.5,
        "longer": longer / decided if decided else 0.5,
    }
""",
    },
    "task-5": {
        "a gentler rate": """
def gentle(house, general, seed):
    changes = {"learning_rate": 8e-4, "warmup_steps": 2, "lr_scheduler_type": "constant_with_warmup"}
    return fine_tune(course, pairs(house), seed=seed, per_device_train_batch_size=8, **changes).model
""",
    },
    "quiz": quiz_answers.right("07"),
}
