"""Answers that try the checks of the assignment of lesson 12."""

import quiz_answers

CULPRIT = """
def culprit(message, tensors):
    found = re.search(r"allocate (\\d+(?:\\.\\d+)?) (bytes|[KMG]iB)", message)
    if not found:
        return None
    number, unit = float(found[1]), {units}[found[2]]
    room = {room}
    fitting = {{name: abs(size / unit - number) for name, size in tensors.items() if abs(size / unit - number) <= room}}
    return {chosen} if fitting else None
"""
UNITS = '{"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}'
ROOM, NEAREST = "0.0 if unit == 1 else 0.0051", "min(fitting, key=fitting.get)"

LADDER = """
def down_the_ladder(peak, remedies, room):
    taken, now = [], peak(frozenset())
    for remedy in remedies:
        if now <= room:
            break
        then = peak(frozenset([*taken, remedy]))
        if then <= 0.99 * now:
            taken.append(remedy)
            now = then
    return taken if now <= room else None
"""

PRICE = """
def price_of(lengths, epochs, batch, max_length, speed, an_hour, setup=0.5):
    if speed <= 0:
        raise ValueError("speed should be above zero")
    cut = [min(length, max_length) for length in lengths]
    batches = [cut[i : i + batch] for i in range(0, len(cut), batch)]
    positions = epochs * sum(len(rows) * max(rows) for rows in batches)
    hours = setup + positions / speed / 3600
    return positions, hours, hours * an_hour
"""


def changed(source: str, old: str, new: str) -> str:
    """The source with one piece replaced, which has to be in it."""
    assert source.count(old) == 1, old
    return source.replace(old, new)


WRONG = {
    "task-1": {
        "forgets the averages": """
def napkin(base, adapter=0.0, bytes_of_base=4.0):
    return 8.0 * base if not adapter else bytes_of_base * base + 8.0 * adapter
""",
        "trains in what the base is stored in": """
def napkin(base, adapter=0.0, bytes_of_base=4.0):
    return (bytes_of_base + 12.0) * base if not adapter else bytes_of_base * base + 16.0 * adapter
""",
        "the adapter's weights count in the base's bytes": """
def napkin(base, adapter=0.0, bytes_of_base=4.0):
    return 16.0 * base if not adapter else bytes_of_base * (base + adapter) + 12.0 * adapter
""",
        "the frozen base has gradients": """
def napkin(base, adapter=0.0, bytes_of_base=4.0):
    return 16.0 * base if not adapter else 2 * bytes_of_base * base + 16.0 * adapter
""",
    },
    "task-2": {
        "units of a thousand": CULPRIT.format(
            units='{"bytes": 1, "KiB": 10**3, "MiB": 10**6, "GiB": 10**9}', room=ROOM, chosen=NEAREST
        ),
        "exact in every unit": CULPRIT.format(units=UNITS, room="0.0", chosen=NEAREST),
        "rounds bytes as well": CULPRIT.format(
            units=UNITS, room="0.0051 * max(1, unit == 1 and 2**10)", chosen=NEAREST
        ),
        "the first that fits": CULPRIT.format(units=UNITS, room=ROOM, chosen="next(iter(fitting))"),
        "reads no GPU's message": changed(
            CULPRIT.format(units=UNITS, room=ROOM, chosen=NEAREST), "(bytes|[KMG]iB)", "(bytes)"
        ),
    },
    "task-3": {
        "counts up": """
def largest_batch(peak, room, most=4096):
    batch = 0
    while batch < most and peak(batch + 1) <= room:
        batch += 1
    return batch
""",
        "powers of two": """
def largest_batch(peak, room, most=4096):
    batch, best = 1, 0
    while batch <= most and peak(batch) <= room:
        best, batch = batch, 2 * batch
    return best
""",
        "at least one": """
def largest_batch(peak, room, most=4096):
    fits, too_large = 1, most + 1
    while too_large - fits > 1:
        middle = (fits + too_large) // 2
        if peak(middle) <= room:
            fits = middle
        else:
            too_large = middle
    return fits
""",
        "must stay below": """
def largest_batch(peak, room, most=4096):
    fits, too_large = 0, most + 1
    while too_large - fits > 1:
        middle = (fits + too_large) // 2
        if peak(middle) < room:
            fits = middle
        else:
            too_large = middle
    return fits
""",
    },
    "task-4": {
        "everything at once": """
def down_the_ladder(peak, remedies, room):
    return list(remedies) if peak(frozenset(remedies)) <= room else None
""",
        "judges each remedy alone": changed(
            LADDER,
            "then = peak(frozenset([*taken, remedy]))",
            "then = now * peak(frozenset([remedy])) / peak(frozenset())",
        ),
        "takes what saves nothing": changed(LADDER, "if then <= 0.99 * now:", "if True:"),
        "gives what it has when it does not fit": changed(
            LADDER, "return taken if now <= room else None", "return taken"
        ),
        "goes on when it fits": changed(LADDER, "        if now <= room:\n            break\n", ""),
    },
    "task-5": {
        "without padding": changed(PRICE, "len(rows) * max(rows)", "sum(rows)"),
        "cuts nothing": changed(PRICE, "min(length, max_length)", "length"),
        "sorts the rows": changed(PRICE, "cut = [min(", "cut = sorted(min(").replace("in lengths]", "in lengths)"),
        "pads the last batch to a full one": changed(PRICE, "len(rows) * max(rows)", "batch * max(rows)"),
        "the setting up is free": changed(PRICE, "hours * an_hour", "(hours - setup) * an_hour"),
    },
    "quiz": quiz_answers.wrong("12"),
}

RIGHT = {
    "task-1": {
        "part by part": """
def napkin(base, adapter=0.0, bytes_of_base=4.0):
    trained = adapter or base
    frozen = bytes_of_base * base if adapter else 0.0
    return frozen + 4.0 * trained + 4.0 * trained + 8.0 * trained
""",
    },
    "task-2": {
        "word by word": """
def culprit(message, tensors):
    words = message.split()
    for at, word in enumerate(words[:-2]):
        if word == "allocate" and words[at + 1][0].isdigit():
            number, unit = float(words[at + 1]), words[at + 2].strip(".")
            break
    else:
        return None
    powers = {"bytes": 0, "KiB": 10, "MiB": 20, "GiB": 30}
    if unit not in powers:
        return None
    best, least = None, 0.0 if unit == "bytes" else 0.0051
    for name, size in tensors.items():
        off = abs(size / 2 ** powers[unit] - number)
        if off <= least and (best is None or off < least):
            best, least = name, off
    return best
""",
    },
    "task-3": {
        "in strides": """
def largest_batch(peak, room, most=4096):
    stride, fits = 1, 0
    while stride * 2 <= most:
        stride *= 2
    while stride:
        if fits + stride <= most and peak(fits + stride) <= room:
            fits += stride
        stride //= 2
    return fits
""",
    },
    "task-4": {
        "with a loop of its own": """
def down_the_ladder(peak, remedies, room):
    on, now, left = set(), peak(frozenset()), list(remedies)
    while now > room and left:
        name = left.pop(0)
        then = peak(frozenset(on | {name}))
        if (now - then) >= 0.01 * now - 1e-12:
            on.add(name)
            now = then
    return None if now > room else [name for name in remedies if name in on]
""",
    },
    "task-5": {
        "row by row": """
def price_of(lengths, epochs, batch, max_length, speed, an_hour, setup=0.5):
    if not speed > 0:
        raise ValueError("measure the speed first")
    positions, now = 0, []
    for number, length in enumerate(lengths, 1):
        now.append(min(length, max_length))
        if len(now) == batch or number == len(lengths):
            positions += len(now) * max(now)
            now = []
    positions *= epochs
    hours = positions / speed / 3600 + setup
    return positions, hours, an_hour * hours
""",
    },
    "quiz": quiz_answers.right("12"),
}
