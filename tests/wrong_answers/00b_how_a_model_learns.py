"""Answers that try the checks of the assignment of lesson 00b."""

SURPRISE = """
def surprise(logits, target):
    if not 0 <= target < len(logits):
        raise IndexError("no such token")
    largest = max(logits)
    return largest - logits[target] + math.log(sum(math.exp(logit - largest) for logit in logits))
"""
STEP = """
def adam_step(weight, gradient, memory, rate, keep=0.9, keep_square=0.999):
    steps, mean, square = memory
    steps = steps + 1
    mean = keep * mean + (1 - keep) * gradient
    square = keep_square * square + (1 - keep_square) * gradient**2
    size = (square / (1 - keep_square**steps)) ** 0.5 + 1e-8
    return weight - rate * (mean / (1 - keep**steps)) / size, (steps, mean, square)
"""
HEAD = """
def copying_head(attentions, first, second):
    scores = 0
    for looks, here, there in zip(attentions, first, second, strict=True):
        scores = scores + looks[:, :, [place - 1 for place in there], here].mean(-1)
    return divmod(int(scores.argmax()), scores.shape[1])
"""


def without(source: str, old: str, new: str = "") -> str:
    """A wrong answer made from a right one by changing one piece of it."""
    assert old in source, f"{old!r} is not there to change"
    return source.replace(old, new)


WRONG = {
    "task-1": {
        "overflows": """
def surprise(logits, target):
    if not 0 <= target < len(logits):
        raise IndexError("no such token")
    return -math.log(math.exp(logits[target]) / sum(math.exp(logit) for logit in logits))
""",
        "in bits": without(
            SURPRISE, "largest - logits[target] + math.log(", "(largest - logits[target]) / math.log(2) + math.log2("
        ),
        "gives the probability": without(
            SURPRISE, "return largest - logits[target] +", "return logits[target] - largest -"
        ),
        "a floor under the probability": """
def surprise(logits, target):
    if not 0 <= target < len(logits):
        raise IndexError("no such token")
    raised = [math.exp(logit - max(logits)) for logit in logits]
    return -math.log(max(raised[target] / sum(raised), 1e-12))
""",
        "counts from the end": without(SURPRISE, "not 0 <= target <", "not -len(logits) <= target <"),
        "forgets the sum": without(SURPRISE, " + math.log(sum(math.exp(logit - largest) for logit in logits))"),
        "stops where the token can't come": """
def surprise(logits, target):
    if not 0 <= target < len(logits):
        raise IndexError("no such token")
    raised = [math.exp(logit - max(logits)) for logit in logits]
    return -math.log(raised[target] / sum(raised))
""",
    },
    "task-2": {
        "no making up for the beginning": without(without(STEP, " / (1 - keep_square**steps)"), " / (1 - keep**steps)"),
        "makes up for the second mean alone": without(STEP, "(mean / (1 - keep**steps))", "mean"),
        "counts the step afterwards": without(STEP, "steps = steps + 1", "steps = max(steps, 1)").replace(
            "(steps, mean, square)\n", "(memory[0] + 1, mean, square)\n"
        ),
        "divides by the mean square without a root": without(STEP, " ** 0.5"),
        "adds the small number under the root": without(
            STEP,
            "(square / (1 - keep_square**steps)) ** 0.5 + 1e-8",
            "(square / (1 - keep_square**steps) + 1e-8) ** 0.5",
        ),
        "keeps the means after the division": without(
            STEP, "(steps, mean, square)\n", "(steps, mean / (1 - keep**steps), square / (1 - keep_square**steps))\n"
        ),
        "moves with the gradient": without(STEP, "weight - rate", "weight + rate"),
        "plain descent": """
def adam_step(weight, gradient, memory, rate, keep=0.9, keep_square=0.999):
    return weight - rate * gradient, (memory[0] + 1, gradient, gradient**2)
""",
        "only the sign": without(
            STEP, "rate * (mean / (1 - keep**steps)) / size", "rate * (mean > 0) + rate * (mean < 0)"
        ),
        "numbers alone": without(
            STEP, "(square / (1 - keep_square**steps)) ** 0.5", "math.sqrt(square / (1 - keep_square**steps))"
        ),
    },
    "task-3": {
        "from the token itself": without(HEAD, "[place - 1 for place in there]", "there"),
        "all tokens count the same": """
def copying_head(attentions, first, second):
    scores = sum(
        looks[:, :, b - 1, a] for looks, here, there in zip(attentions, first, second) for a, b in zip(here, there)
    )
    return divmod(int(scores.argmax()), scores.shape[1])
""",
        "the first text alone": """
def copying_head(attentions, first, second):
    looks, here, there = attentions[0], first[0], second[0]
    scores = looks[:, :, [place - 1 for place in there], here].mean(-1)
    return divmod(int(scores.argmax()), scores.shape[1])
""",
        "the strongest look of all": without(HEAD, ".mean(-1)", ".amax(-1)"),
        "anywhere on the first name": """
def copying_head(attentions, first, second):
    scores = 0
    for looks, here, there in zip(attentions, first, second):
        scores = scores + looks[:, :, [place - 1 for place in there]][..., here].sum(-1).mean(-1)
    return divmod(int(scores.argmax()), scores.shape[1])
""",
        "one piece too far": without(HEAD, "[place - 1 for place in there], here]", "there, here]").replace(
            "looks[:, :, there, here]", "looks[:, :, [place - 1 for place in there], [place + 1 for place in here]]"
        ),
        "the head of the lesson": """
def copying_head(attentions, first, second):
    return 3, 4
""",
        "counts heads through all layers": without(
            HEAD, "divmod(int(scores.argmax()), scores.shape[1])", "divmod(int(scores.argmax()), scores.shape[0])"
        ),
    },
    "quiz": {f"always {letter}": f"answers = {{f'00b-q{{n}}': '{letter}' for n in range(1, 10)}}" for letter in "abc"},
}
RIGHT = {
    "task-1": {
        "with torch": """
def surprise(logits, target):
    if target not in range(len(logits)):
        raise IndexError(target)
    return float(-torch.log_softmax(torch.tensor(logits, dtype=torch.float64), 0)[target])
""",
        "with the differences to the target": """
def surprise(logits, target):
    if target < 0:
        raise IndexError(target)
    top = max(logits)
    if logits[target] == -math.inf:
        return math.inf
    total = 0.0
    for logit in logits:
        total += math.exp(logit - top)
    return math.log(total) - (logits[target] - top)
""",
    },
    "task-2": {
        "in the form of the paper's remark": """
def adam_step(weight, gradient, memory, rate, keep=0.9, keep_square=0.999):
    n = memory[0] + 1
    m = memory[1] + (1 - keep) * (gradient - memory[1])
    v = memory[2] + (1 - keep_square) * (gradient * gradient - memory[2])
    root = (v / (1 - keep_square**n)) ** (1 / 2)
    return weight - rate * m / ((1 - keep**n) * (root + 1e-8)), (n, m, v)
""",
    },
    "task-3": {
        "with loops": """
def copying_head(attentions, first, second):
    best, found = -1.0, None
    layers, heads = attentions[0].shape[:2]
    for layer in range(layers):
        for head in range(heads):
            means = []
            for looks, here, there in zip(attentions, first, second):
                values = [float(looks[layer, head, b - 1, a]) for a, b in zip(here, there)]
                means.append(sum(values) / len(values))
            score = sum(means) / len(means)
            if score > best:
                best, found = score, (layer, head)
    return found
""",
    },
    "quiz": {
        "in capitals": "answers = dict(zip([f'00b-q{n}' for n in range(1, 10)], 'BACBCABCA'))",
    },
}
