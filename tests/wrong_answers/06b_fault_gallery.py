"""Answers that try the checks of the fault gallery, second half."""

WRONG = {
    "task-1": {
        "half weights": 'case_a = "half-weights"',
        "all masked": 'case_a = "all-masked"',
        "too few steps": 'case_a = "too-few-steps"',
        "no short name": 'case_a = "the rate"',
    },
    "task-2": {
        "another cause": """
case_b = "by-heart"
""",
        "shifts back by one": """
case_b = "wrong-rows"


def mend(requests, replies):
    return list(zip(requests, replies[-1:] + replies[:-1]))
""",
        "any part of a word": """
case_b = "wrong-rows"


def mend(requests, replies):
    found = []
    for request in requests:
        name = request.split("name: ")[1].split("\\n")[0]
        found += [(request, reply) for reply in replies if name in reply][:1]
    return found
""",
        "no escape": """
case_b = "wrong-rows"


def mend(requests, replies):
    found = []
    for request in requests:
        name = request.split("name: ")[1].split("\\n")[0]
        found += [(request, reply) for reply in replies if re.search(rf"\\b{name}\\b", reply)][:1]
    return found
""",
        "the last reply": """
case_b = "wrong-rows"


def mend(requests, replies):
    found = []
    for request in requests:
        name = re.escape(request.split("name: ")[1].split("\\n")[0])
        found += [(request, reply) for reply in replies if re.search(rf"(?<!\\w){name}(?!\\w)", reply)][-1:]
    return found
""",
        "the answers of the file": """
case_b = "wrong-rows"


def mend(requests, replies):
    known = {tasks.describe_prompt(row): row["description"] for row in products}
    return [(request, known[request]) for request in requests if request in known]
""",
    },
    "task-3": {
        "another cause": """
case_c = "by-heart"
""",
        "the same text only": """
case_c = "validation-leak"


def honest(chosen, kept, pool):
    found = []
    for chat in kept + pool:
        if chat not in chosen and chat not in found and len(found) < len(kept):
            found.append(chat)
    if len(found) < len(kept):
        raise ValueError("too few")
    return found
""",
        "forgets capitals": """
case_c = "validation-leak"


def honest(chosen, kept, pool):
    def product(chat):
        return chat[0]["content"].split("name: ")[1].split("\\n")[0]

    seen, found = {product(chat) for chat in chosen}, []
    for chat in kept + pool:
        if product(chat) not in seen and len(found) < len(kept):
            seen.add(product(chat))
            found.append(chat)
    if len(found) < len(kept):
        raise ValueError("too few")
    return found
""",
        "a new set altogether": """
case_c = "validation-leak"


def honest(chosen, kept, pool):
    names = {chat[0]["content"].split("name: ")[1].split("\\n")[0].casefold() for chat in chosen}
    found = [c for c in pool if c[0]["content"].split("name: ")[1].split("\\n")[0].casefold() not in names]
    if len(found) < len(kept):
        raise ValueError("too few")
    return found[: len(kept)]
""",
        "only takes out": """
case_c = "validation-leak"


def honest(chosen, kept, pool):
    names = {chat[0]["content"].split("name: ")[1].split("\\n")[0].casefold() for chat in chosen}
    return [c for c in kept if c[0]["content"].split("name: ")[1].split("\\n")[0].casefold() not in names]
""",
        "no word when the pool is small": """
case_c = "validation-leak"


def honest(chosen, kept, pool):
    def product(chat):
        return chat[0]["content"].split("name: ")[1].split("\\n")[0].casefold()

    seen, found = {product(chat) for chat in chosen}, []
    for chat in kept + pool:
        if product(chat) not in seen and len(found) < len(kept):
            seen.add(product(chat))
            found.append(chat)
    return found
""",
    },
    "task-4": {
        "another cause": """
case_d = "rate-too-low"
""",
        "tries all": """
case_d = "rate-too-high"


def search(loss_of, rates):
    losses = {rate: loss_of(rate) for rate in rates}
    return min((rate for rate in rates if math.isfinite(losses[rate])), key=losses.get)
""",
        "every second one": """
case_d = "rate-too-high"


def search(loss_of, rates):
    losses = {rate: loss_of(rate) for rate in rates[::2]}
    return min((rate for rate in losses if math.isfinite(losses[rate])), key=losses.get, default=rates[0])
""",
        "trusts a NaN": """
case_d = "rate-too-high"


def search(loss_of, rates):
    tried = {}

    def loss(place):
        return tried.setdefault(place, None) or tried.update({place: loss_of(rates[place])}) or tried[place]

    best = len(rates) // 2
    step = 1 if best + 1 < len(rates) and loss(best + 1) < loss(best) else -1
    while 0 <= best + step < len(rates) and loss(best + step) < loss(best):
        best += step
    return rates[best]
""",
        "stands still between two broken runs": """
case_d = "rate-too-high"


def search(loss_of, rates):
    tried = {}

    def loss(place):
        if place not in tried:
            value = loss_of(rates[place])
            tried[place] = value if math.isfinite(value) else math.inf
        return tried[place]

    best = len(rates) // 2
    step = 1 if best + 1 < len(rates) and loss(best + 1) < loss(best) else -1
    while 0 <= best + step < len(rates) and loss(best + step) < loss(best):
        best += step
    return rates[best]
""",
        "pays twice": """
case_d = "rate-too-high"


def search(loss_of, rates):
    def loss(place):
        value = loss_of(rates[place])
        return (value if math.isfinite(value) else math.inf, place)

    best = len(rates) // 2
    step = 1 if best + 1 < len(rates) and loss(best + 1) < loss(best) else -1
    while 0 <= best + step < len(rates) and loss(best + step) < loss(best):
        best += step
    return rates[best]
""",
        "the usual rate": """
case_d = "rate-too-high"


def search(loss_of, rates):
    return min(rates, key=lambda rate: abs(math.log(rate / 1e-3)))
""",
    },
    "task-5": {
        "rate too low": 'case_e = "rate-too-low"',
        "all masked": 'case_e = "all-masked"',
        "wrong rows": 'case_e = "wrong-rows"',
        "no short name": 'case_e = "the rate"',
    },
    "task-6": {
        "another cause": """
case_f = "rate-too-high"
""",
        "fewer epochs": """
case_f = "by-heart"


def spend(chats, epochs, pool):
    return chats, 3
""",
        "twice the rows, half the epochs": """
case_f = "by-heart"


def spend(chats, epochs, pool):
    rows = [*chats, *pool][: 2 * len(chats)]
    return rows, len(chats) * epochs // len(rows)
""",
        "all rows, three epochs": """
case_f = "by-heart"


def spend(chats, epochs, pool):
    return [*chats, *pool], 3
""",
        "the test rows": """
case_f = "by-heart"


def spend(chats, epochs, pool):
    rows = chats_of(test)
    return rows, len(chats) * epochs // len(rows)
""",
        "the same rows, copied": """
case_f = "by-heart"


def spend(chats, epochs, pool):
    return chats * epochs, 1
""",
        "changes the list": """
case_f = "by-heart"


def spend(chats, epochs, pool):
    views = len(chats) * epochs
    chats += pool[: views - len(chats)]
    return chats, views // len(chats)
""",
    },
}

RIGHT = {
    "task-1": {
        "by looking it up": 'case_a = next(name for name in faults.CAUSES if not faults.judge("06", "A", name))'
    },
    "task-2": {
        "a word at a time": """
case_b = "wrong-rows"


def mend(requests, replies):
    def words(text):
        return re.findall(r"[\\w()\'.%-]+[\\w)]|\\w", text)

    found = {}
    for request in requests:
        name = words(request.split("name: ")[1].splitlines()[0])
        for reply in replies:
            said = words(reply)
            if any(said[i : i + len(name)] == name for i in range(len(said))):
                found.setdefault(request, reply)
    return list(found.items())
""",
    },
    "task-3": {
        "with a dict": """
case_c = "validation-leak"


def honest(chosen, kept, pool):
    def product(chat):
        return re.search(r"name: (.*)", chat[0]["content"]).group(1).lower()

    sound = {}
    for chat in [*kept, *pool]:
        sound.setdefault(product(chat), chat)
    for chat in chosen:
        sound.pop(product(chat), None)
    if len(sound) < len(kept):
        raise ValueError("The pool is too small.")
    return list(sound.values())[: len(kept)]
""",
    },
    "task-4": {
        "from both sides": """
case_d = "rate-too-high"


def search(loss_of, rates):
    low, high, known = 0, len(rates) - 1, {}

    def worse(a, b):
        for place in (a, b):
            if place not in known:
                known[place] = loss_of(rates[place])
        return not math.isfinite(known[b]) or known[b] > known[a]

    while low < high:
        middle = (low + high) // 2
        if worse(middle, middle + 1):
            high = middle
        else:
            low = middle + 1
    return rates[low]
""",
    },
    "task-5": {
        "by looking it up": 'case_e = next(name for name in faults.CAUSES if not faults.judge("06", "E", name))'
    },
    "task-6": {
        "the pool first": """
case_f = "by-heart"


def spend(chats, epochs, pool):
    views = len(chats) * epochs
    rows = (pool + chats)[:views]
    times = max(1, views // len(rows))
    return rows, times
""",
    },
}
