"""Answers that try the checks of the assignment of lesson 07."""

WRONG = {
    "task-1": {
        "mean plus and minus": """
def wilson(right, n, z=1.96):
    if n <= 0 or not 0 <= right <= n:
        raise ValueError("no")
    share = right / n
    half = z * math.sqrt(share * (1 - share) / n)
    return max(0.0, share - half), min(1.0, share + half)
""",
        "forgets the second term under the root": """
def wilson(right, n, z=1.96):
    if n <= 0 or not 0 <= right <= n:
        raise ValueError("no")
    share = right / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n)
    return max(0.0, centre - half), min(1.0, centre + half)
""",
        "centred on the share": """
def wilson(right, n, z=1.96):
    if n <= 0 or not 0 <= right <= n:
        raise ValueError("no")
    share = right / n
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(0.0, share - half), min(1.0, share + half)
""",
        "always the same z": """
def wilson(right, n, z=1.96):
    if n <= 0 or not 0 <= right <= n:
        raise ValueError("no")
    z, share = 1.96, right / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)
""",
        "takes any counts": """
def wilson(right, n, z=1.96):
    n = max(n, 1)
    share = min(max(right / n, 0), 1)
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)
""",
        "the bootstrap": """
def wilson(right, n, z=1.96):
    return bootstrap_interval([1.0] * right + [0.0] * (n - right))
""",
    },
    "task-2": {
        "lets other keys in": """
def slip_schema():
    return {
        "type": "object",
        "required": ["order", "reason", "refund", "items"],
        "properties": {
            "order": {"type": "string", "pattern": "^[A-Z][0-9]{4}$"},
            "reason": {"enum": ["damaged", "wrong item", "changed mind"]},
            "refund": {"type": "integer", "minimum": 0, "maximum": 500},
            "items": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
        },
    }
""",
        "a pattern without its ends": """
def slip_schema():
    return {
        "type": "object",
        "required": ["order", "reason", "refund", "items"],
        "additionalProperties": False,
        "properties": {
            "order": {"type": "string", "pattern": "[A-Z][0-9]{4}"},
            "reason": {"enum": ["damaged", "wrong item", "changed mind"]},
            "refund": {"type": "integer", "minimum": 0, "maximum": 500},
            "items": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
        },
    }
""",
        "a refund may be any number": """
def slip_schema():
    return {
        "type": "object",
        "required": ["order", "reason", "refund", "items"],
        "additionalProperties": False,
        "properties": {
            "order": {"type": "string", "pattern": "^[A-Z][0-9]{4}$"},
            "reason": {"enum": ["damaged", "wrong item", "changed mind"]},
            "refund": {"type": "number", "minimum": 0, "maximum": 500},
            "items": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
        },
    }
""",
        "requires nothing": """
def slip_schema():
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "order": {"type": "string", "pattern": "^[A-Z][0-9]{4}$"},
            "reason": {"enum": ["damaged", "wrong item", "changed mind"]},
            "refund": {"type": "integer", "minimum": 0, "maximum": 500},
            "items": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
        },
    }
""",
        "a pattern without a type": """
def slip_schema():
    return {
        "type": "object",
        "required": ["order", "reason", "refund", "items"],
        "additionalProperties": False,
        "properties": {
            "order": {"pattern": "^[A-Z][0-9]{4}$"},
            "reason": {"enum": ["damaged", "wrong item", "changed mind"]},
            "refund": {"type": "integer", "minimum": 0, "maximum": 500},
            "items": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
        },
    }
""",
        "an example in place of a schema": """
def slip_schema():
    return {"order": "K0417", "reason": "damaged", "refund": 35, "items": ["Nimo kettle"]}
""",
        "excludes the limits": """
def slip_schema():
    return {
        "type": "object",
        "required": ["order", "reason", "refund", "items"],
        "additionalProperties": False,
        "properties": {
            "order": {"type": "string", "pattern": "^[A-Z][0-9]{4}$"},
            "reason": {"enum": ["damaged", "wrong item", "changed mind"]},
            "refund": {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 500},
            "items": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
        },
    }
""",
    },
    "task-3": {
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
        "the share that agrees": """
def kappa(first, second):
    if len(first) != len(second) or not first:
        raise ValueError("no")
    return sum(a == b for a, b in zip(first, second)) / len(first)
""",
        "every mark equally likely": """
def kappa(first, second):
    if len(first) != len(second) or not first:
        raise ValueError("no")
    observed = sum(a == b for a, b in zip(first, second)) / len(first)
    expected = 1 / len(set(first) | set(second))
    return math.nan if expected == 1 else (observed - expected) / (1 - expected)
""",
        "the habits of the first reader alone": """
def kappa(first, second):
    if len(first) != len(second) or not first:
        raise ValueError("no")
    n = len(first)
    observed = sum(a == b for a, b in zip(first, second)) / n
    expected = sum((first.count(mark) / n) ** 2 for mark in set(first))
    return math.nan if expected == 1 else (observed - expected) / (1 - expected)
""",
        "habits of both pooled": """
def kappa(first, second):
    if len(first) != len(second) or not first:
        raise ValueError("no")
    n, pooled = len(first), first + second
    observed = sum(a == b for a, b in zip(first, second)) / n
    expected = sum((pooled.count(mark) / (2 * n)) ** 2 for mark in set(pooled))
    return math.nan if expected == 1 else (observed - expected) / (1 - expected)
""",
        "never below zero": """
def kappa(first, second):
    if len(first) != len(second) or not first:
        raise ValueError("no")
    n = len(first)
    observed = sum(a == b for a, b in zip(first, second)) / n
    expected = sum(first.count(mark) / n * second.count(mark) / n for mark in set(first))
    return math.nan if expected == 1 else max(0.0, (observed - expected) / (1 - expected))
""",
        "divides by zero": """
def kappa(first, second):
    if len(first) != len(second) or not first:
        raise ValueError("no")
    n = len(first)
    observed = sum(a == b for a, b in zip(first, second)) / n
    expected = sum(first.count(mark) / n * second.count(mark) / n for mark in set(first))
    return (observed - expected) / (1 - expected)
""",
        "cuts the longer list": """
def kappa(first, second):
    n = min(len(first), len(second)) or 1
    first, second = first[:n], second[:n]
    observed = sum(a == b for a, b in zip(first, second)) / n
    expected = sum(first.count(mark) / n * second.count(mark) / n for mark in set(first))
    return math.nan if expected == 1 else (observed - expected) / (1 - expected)
""",
    },
    "quiz": {
        "leaves the question marks": 'answers = {f"07-q{i}": "?" for i in range(1, 9)}',
        "always c": 'answers = dict.fromkeys([f"07-q{i}" for i in range(1, 9)], "c")',
        "one slip": 'answers = {f"07-q{i}": letter for i, letter in enumerate("bcabdcaa", 1)}',
        "forgets one": 'answers = {f"07-q{i}": letter for i, letter in enumerate("bcabdca", 1)}',
    },
}

RIGHT = {
    "task-1": {
        "solves the quadratic": """
def wilson(right, n, z=1.96):
    if n < 1:
        raise ValueError("there must be rows")
    if right < 0 or right > n:
        raise ValueError("more right answers than rows, or fewer than none")
    a, b, c = n + z * z, -(2 * right + z * z), right * right / n
    root = max(b * b - 4 * a * c, 0) ** 0.5
    low, high = (-b - root) / (2 * a), (-b + root) / (2 * a)
    return min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)
""",
    },
    "task-2": {
        "written with const, digits and contains": """
def slip_schema():
    text = {"type": "string", "pattern": "."}
    return {
        "type": "object",
        "minProperties": 4,
        "maxProperties": 4,
        "properties": {
            "order": {"type": "string", "pattern": "^[A-Z]\\\\d\\\\d\\\\d\\\\d$"},
            "reason": {"anyOf": [{"const": "damaged"}, {"const": "wrong item"}, {"const": "changed mind"}]},
            "refund": {"type": "integer", "exclusiveMinimum": -1, "exclusiveMaximum": 501},
            "items": {"type": "array", "items": text, "uniqueItems": True, "contains": text},
        },
        "required": ["items", "refund", "reason", "order"],
    }
""",
    },
    "task-3": {
        "with strings and a loop": """
def overlaps(train, test, n=8):
    def runs(text):
        words = "".join(c if c.isascii() and c.isalnum() else " " for c in text.lower()).split()
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
        "with a table of pairs": """
def kappa(first, second):
    if not first or len(first) != len(second):
        raise ValueError("mark the same texts")
    n = len(first)
    same = sum(map(lambda pair: pair[0] == pair[1], zip(first, second)))
    chance = sum(1 for a in first for b in second if a == b) / n
    return (same - chance) / (n - chance) if chance < n else math.nan
""",
    },
    "quiz": {
        "capital letters": 'answers = {f"07-q{i}": letter for i, letter in enumerate("BCABDCAD", 1)}',
    },
}
