"""The tasks of an exam, drawn by a seed: what is shown, what is asked, and the key.

Products, texts and talks come from the shop's own generators under a seed that no lesson uses. The curves are those of
small runs that are trained when the exam is made. What would make a task easier for one seed than for another (a defect
more, a rounding that doesn't matter) is drawn again. Nothing here knows of notebooks or marks.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from pprint import pformat

from course_utils.diagnose import HEALTHY, OVERFITTING, TOO_HIGH, TOO_LOW, diagnose
from course_utils.evaluate import grade_description
from course_utils.generate import Reply
from course_utils.session import start
from course_utils.shop.catalogue import COLOURS
from course_utils.xray import xray
from scripts import run_diagnose
from scripts.make_data import make_products, make_talks

FIRST_SEED = 500_000  # the generators' seeds of the course's own files are far below


@dataclass(frozen=True)
class Task:
    """One task: `shown` is Python that sets its material, `key` what `answer` should be; `code` is a task of code.

    ``form`` is Python that the learner can run: it says whether an answer can be read, and nothing about its being
    right. ``test`` compares with the key, part by part, and stays with the teacher.
    """

    name: str
    minutes: int
    points: int
    text: str
    shown: str
    answer: str
    solution: str
    form: str
    test: str
    key: object = None


def literal(name: str, value: object) -> str:
    """Python that gives a value to a name."""
    return f"{name} = {pformat(value, width=116, sort_dicts=False)}"


def _parts(name: str, key: dict, close: bool = False) -> str:
    """Compares a dict with the key: each entry is a part, and numbers may be off by half a percent."""
    same = "math.isclose(answered, right, rel_tol=0.005)" if close else "answered == right"
    return (
        f"for part, right in {key!r}.items():\n"
        f"    with task.part():\n"
        f"        answered = {name}[part]\n"
        f'        assert {same}, f"{{part}} is not right"'
    )


# --- Rows -----------------------------------------------------------------------------------------------------------


def rows(rng: random.Random, seed: int) -> Task:
    """Twenty rows with two of each of four defects; the test products are given."""
    products = make_products(26, "train", FIRST_SEED + seed)
    table, kept = products[:18], products[18:]
    places = rng.sample(range(18), 6)
    for place in places[:2]:
        row = table[place]
        wrong = rng.choice([colour for colour in COLOURS if colour not in row["description"]])
        row["description"] = row["description"].replace(row["colour"], wrong)
    for place in places[2:4]:
        text = table[place]["description"]
        table[place]["description"] = text[: rng.randint(len(text) // 3, len(text) // 2)].rstrip(" .,;")
    for place, other in zip(places[4:], kept):
        table[place] = dict(other)
    for original in rng.sample([place for place in range(18) if place not in places], 2):
        table.append(dict(table[original]))
    kinds = {"contradiction": places[:2], "cut": places[2:4], "leak": places[4:], "duplicate": [18, 19]}
    order = list(range(18))
    rng.shuffle(order)
    for copy in (18, 19):  # the later one is the duplicate, so the copy stands behind its original
        order.insert(rng.randint(order.index(_first(table, copy)) + 1, len(order)), copy)
    key = {kind: sorted(order.index(place) for place in found) for kind, found in kinds.items()}
    material = [
        {"name": table[i]["name"], "colour": table[i]["colour"], "text": table[i]["description"]} for i in order
    ]
    shown = f"{literal('rows', material)}\n{literal('test_names', [row['name'] for row in kept])}"
    text = (
        "The training rows below have eight faults, two of each kind: the text has another colour than the sheet "
        "(`contradiction`), the text breaks off (`cut`), the product is one of the test products (`leak`), or the row "
        "is there twice (`duplicate`: the later one counts). Give the numbers of the rows, the first is 0."
    )
    empty = '{"contradiction": [], "cut": [], "leak": [], "duplicate": []}'
    form = (
        'assert isinstance(faults, dict) and set(faults) == {"contradiction", "cut", "leak", "duplicate"}, '
        '"keep the four keys"\n'
        "assert all(isinstance(n, int) and 0 <= n < len(rows) for found in faults.values() for n in found), "
        '"give lists of row numbers"'
    )
    return Task(
        "Faulty rows",
        12,
        4,
        text,
        shown,
        f"faults = {empty}",
        f"faults = {key!r}",
        form,
        _parts("{part: sorted(found) for part, found in faults.items()}", key),
        key,
    )


def _first(table: list[dict], copy: int) -> int:
    return next(place for place, row in enumerate(table) if row == table[copy])


# --- Masks ----------------------------------------------------------------------------------------------------------

SETTINGS = {
    "a": "`messages` rows with the usual settings",
    "b": "`messages` rows with `assistant_only_loss=True`, and a template that marks the replies",
    "c": "`prompt` and `completion`, the completion being the last reply",
    "d": "as b, with a template that leaves the end of a turn outside the marks",
}


def masks(rng: random.Random, seed: int, tokenizer) -> Task:
    """Three X-rays of one talk; each was made by one of four settings."""
    talks = make_talks(40, "train", FIRST_SEED + seed)
    messages = next(row["messages"] for row in talks if len(row["messages"]) == 4)
    taken = rng.sample(sorted(SETTINGS), 3)
    numbers = ("first", "second", "third")
    pictures = {number: repr(_picture(messages, setting, tokenizer)) for number, setting in zip(numbers, taken)}
    key = dict(zip(numbers, taken))
    shown = "\n".join(f'{number} = """\n{text}\n"""\nprint({number})' for number, text in pictures.items())
    choices = "\n".join(f"- {letter}: {text}" for letter, text in SETTINGS.items())
    return Task(
        "Whose mask?",
        10,
        3,
        f"The X-rays show one talk in three runs. Which setting made which?\n\n{choices}",
        shown,
        'masks = {"first": "?", "second": "?", "third": "?"}',
        f"masks = {key!r}",
        'assert set(masks) == {"first", "second", "third"} and set(masks.values()) <= set("abcd"), '
        '"answer a, b, c or d"',
        _parts("masks", key),
        key,
    )


def _picture(messages: list[dict], setting: str, tokenizer):
    """The X-ray of a talk under one of the `SETTINGS`."""
    whole = tokenizer.apply_chat_template(messages, return_dict=True, return_assistant_tokens_mask=True)
    ids, replies = whole["input_ids"], whole["assistant_masks"]
    before = len(tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True)["input_ids"])
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    trained = {
        "a": [True] * len(ids),
        "b": [bool(reply) for reply in replies],
        "c": [place >= before for place in range(len(ids))],
        "d": [bool(reply) and token != end for reply, token in zip(replies, ids)],
    }[setting]
    labels = [token if learned else -100 for token, learned in zip(ids, trained)]
    return xray({"input_ids": [ids], "labels": [labels]}, tokenizer, examples=[{"messages": messages}])


# --- Steps and packs ------------------------------------------------------------------------------------------------


def steps(rng: random.Random, seed: int) -> Task:
    """Steps of a run, by rows, batch, accumulation and epochs; a number of rows at which rounding matters."""
    while True:
        n, batch, accumulated = rng.randint(180, 900), rng.choice([4, 8, 16]), rng.choice([2, 4])
        epochs, limit = rng.choice([2, 3, 4]), rng.randint(40, 120)
        batches = math.ceil(n / batch)
        each = math.ceil(batches / accumulated)
        if len({each, n // (batch * accumulated), batches // accumulated, round(n / (batch * accumulated))}) > 1:
            break
    key = {"an epoch": each, "in all": each * epochs, "epochs of max_steps": round(limit / each, 2)}
    shown = "\n".join(
        f"{name} = {value}"
        for name, value in {
            "rows": n,
            "per_device_train_batch_size": batch,
            "gradient_accumulation_steps": accumulated,
            "num_train_epochs": epochs,
            "max_steps": limit,
        }.items()
    )
    return Task(
        "Steps",
        8,
        3,
        "One device, no packing, and `dataloader_drop_last` is off. How many steps has an epoch, and how many has the "
        "run of `num_train_epochs`? How many epochs does a run of `max_steps` see (two decimals)?",
        shown.replace("rows =", "number_of_rows ="),
        'steps = {"an epoch": 0, "in all": 0, "epochs of max_steps": 0.0}',
        f"steps = {key!r}",
        'assert all(isinstance(n, int | float) for n in steps.values()), "give numbers"',
        _parts("steps", key, close=True),
        key,
    )


def packs(rng: random.Random, seed: int) -> Task:
    """Packs by best fit, and the share of padding without packing; lengths at which other strategies need others."""
    from datasets import Dataset
    from trl import pack_dataset

    while True:
        lengths = [rng.randint(60, 820) for _ in range(12)]
        table = Dataset.from_dict({"input_ids": [[0] * length for length in lengths]})
        best = len(pack_dataset(table, 1024, "bfd"))
        if best > math.ceil(sum(lengths) / 1024):
            break
    batches = [lengths[i : i + 4] for i in range(0, 12, 4)]
    padded = sum(4 * max(batch) for batch in batches)
    key = {"packs": best, "padding": round(1 - sum(lengths) / padded, 3), "padding packed": None}
    key["padding packed"] = round(1 - sum(lengths) / (1024 * best), 3)
    return Task(
        "Packs",
        12,
        3,
        "How many packs of at most 1,024 tokens does best-fit packing (`bfd`) make of these rows? What is the share of "
        "padding without packing, in batches of four in this order, each padded to its longest row? And what would it "
        "be if every pack were filled up to 1,024? (three decimals)",
        f"lengths = {lengths}",
        'packs = {"packs": 0, "padding": 0.0, "padding packed": 0.0}',
        f"packs = {key!r}",
        'assert all(isinstance(n, int | float) for n in packs.values()), "give numbers"',
        _parts("packs", key, close=True),
        key,
    )


# --- Curves ---------------------------------------------------------------------------------------------------------

PATTERNS = {"a": HEALTHY, "b": OVERFITTING, "c": TOO_LOW, "d": TOO_HIGH}
KNOBS = {  # rows, epochs, learning rate
    HEALTHY: (96, 3, 1e-3),
    OVERFITTING: (24, 10, 1e-3),
    TOO_LOW: (48, 3, 1e-5),
    TOO_HIGH: (48, 3, 3e-2),
}
TRIES = 4


def trained_log(pattern: str, seed: int) -> list[dict]:
    """The log of a small run that shows the pattern, by the knob that plants it.

    Raises:
        RuntimeError: no run of several shows it.
    """
    course = start("exam", seed)
    rows, epochs, rate = KNOBS[pattern]
    task = "free" if pattern == OVERFITTING else "describe"
    for number in range(TRIES):
        config = {"num_train_epochs": epochs, "learning_rate": rate}
        first = random.Random(seed + number).randrange(300, run_diagnose.FIRST_EVAL_ROW - rows)
        recipe = run_diagnose.Recipe(pattern, task, first, rows, seed + number, config, 5, "", False)
        log = run_diagnose.run_recipe(course, recipe)
        if diagnose(log).pattern == pattern:
            return log
    raise RuntimeError(f"no run of {TRIES} shows {pattern!r} for the seed {seed}: take another seed")


def curves(rng: random.Random, seed: int, log_of: Callable[[str, int], list[dict]] = trained_log) -> Task:
    """Three logs of runs that were trained for this exam; each shows one of four patterns."""
    taken = rng.sample(sorted(PATTERNS), 3)
    numbers = ("first", "second", "third")
    logs = {n: log_of(PATTERNS[letter], FIRST_SEED + seed) for n, letter in zip(numbers, taken)}
    thin = {n: _thinned(log) for n, log in logs.items()}
    key = dict(zip(numbers, taken))
    choices = "\n".join(f"- {letter}: {pattern}" for letter, pattern in PATTERNS.items())
    shown = f"{literal('logs', thin)}\nfor number, log in logs.items():\n    plot.show(*plot_log(number, log))"
    return Task(
        "Curves",
        10,
        3,
        f"Three runs of the course's base model. Which pattern does each show?\n\n{choices}",
        shown,
        'patterns = {"first": "?", "second": "?", "third": "?"}',
        f"patterns = {key!r}",
        'assert set(patterns) == {"first", "second", "third"} and set(patterns.values()) <= set("abcd"), '
        '"answer a, b, c or d"',
        _parts("patterns", key),
        key,
    )


def _thinned(log: list[dict]) -> list[dict]:
    """The losses alone, at most some forty of training: what a person looks at."""
    train = [{"step": e["step"], "loss": e["loss"]} for e in log if "loss" in e]
    kept = [{"step": e["step"], "eval_loss": e["eval_loss"]} for e in log if "eval_loss" in e]
    return sorted(train[:: max(1, len(train) // 40)] + kept, key=lambda entry: entry["step"])


# --- Evaluation -----------------------------------------------------------------------------------------------------


def sign_test(better: int, worse: int) -> float:
    """The exact two-sided sign test on the pairs that differ: how often chance alone is at least as uneven."""
    n, least = better + worse, min(better, worse)
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(least + 1)) / 2**n) if n else 1.0


def compared(rng: random.Random, seed: int) -> Task:
    """Texts of two writers on forty sheets: shares, pairs that differ, the exact test. A rule spoils texts."""
    products = make_products(40, "test", FIRST_SEED + seed)
    while True:
        true_a, true_b = rng.uniform(0.5, 0.75), rng.uniform(0.6, 0.95)
        texts = {
            "a": [_written(row, rng, true_a) for row in products],
            "b": [_written(row, rng, true_b) for row in products],
        }
        grades = {
            writer: [grade_description(Reply(text, True, 0, 0), row)["strict"] for text, row in zip(written, products)]
            for writer, written in texts.items()
        }
        better = sum(b > a for a, b in zip(grades["a"], grades["b"]))
        worse = sum(b < a for a, b in zip(grades["a"], grades["b"]))
        if better != worse and better + worse >= 8:
            break
    key = {
        "share a": sum(grades["a"]) / 40,
        "share b": sum(grades["b"]) / 40,
        "b better": better,
        "b worse": worse,
        "p": round(sign_test(better, worse), 4),
    }
    material = [row | {"a": a, "b": b} for row, a, b in zip(products, texts["a"], texts["b"])]
    material = [{k: v for k, v in row.items() if k != "description"} for row in material]
    return Task(
        "Which writer?",
        15,
        5,
        "Two writers, `a` and `b`, wrote a text for each of forty sheets. (A rule wrote these texts, and no model.) "
        "Grade each by `grade_description(Reply(text, True, 0, 0), row)` and take the grade `strict`. Give "
        "the share of strict texts of each writer, the number of sheets on which `b` alone is strict (`b better`) and "
        "on which `a` alone is (`b worse`), and `p` of the exact two-sided sign test on these sheets (four decimals).",
        literal("sheets", material),
        'result = {"share a": 0.0, "share b": 0.0, "b better": 0, "b worse": 0, "p": 1.0}',
        f"result = {key!r}",
        'assert all(isinstance(n, int | float) for n in result.values()), "give numbers"',
        _parts("result", key, close=True),
        key,
    )


def _written(row: dict, rng: random.Random, true: float) -> str:
    """The text of a sheet, or with some chance the same text in another colour."""
    if rng.random() < true:
        return row["description"]
    wrong = rng.choice([colour for colour in COLOURS if colour not in row["description"]])
    return row["description"].replace(row["colour"], wrong)


# --- Code -----------------------------------------------------------------------------------------------------------

COLLATE = '''def collate(rows: list[dict], pad_id: int, side: str = "right") -> dict:
    """Rows of different lengths as a batch of lists: input_ids, labels, attention_mask.

    Each row has "input_ids" and "labels" of one length. All are padded on `side` ("right" or "left") to the longest
    row of the batch: ids with `pad_id`, labels so that padding is not trained, the mask with 0. The rows stay as they
    are. An id of a row may equal `pad_id`; it is no padding then.
    """
'''
COLLATED = """    longest = max(len(row["input_ids"]) for row in rows)
    batch = {"input_ids": [], "labels": [], "attention_mask": []}
    for row in rows:
        n = len(row["input_ids"])
        pad = longest - n
        for key, values, fill in (
            ("input_ids", row["input_ids"], pad_id), ("labels", row["labels"], -100), ("attention_mask", [1] * n, 0)
        ):
            batch[key].append(list(values) + [fill] * pad if side == "right" else [fill] * pad + list(values))
    return batch
"""


def collate(rng: random.Random, seed: int) -> Task:
    """A collator, tried on rows of this seed: a row with the padding's id inside, rows of one length, padding left."""
    pad = rng.randint(0, 9)

    def row(n: int, inside: bool = False) -> dict:
        ids = [pad if inside and i == n // 2 else rng.randint(10, 99) for i in range(n)]
        learned = rng.randint(1, n - 1)
        return {"input_ids": ids, "labels": [-100] * learned + ids[learned:]}

    lengths = rng.sample(range(3, 9), 3)
    cases = [
        ([row(n) for n in lengths], pad, "right"),
        ([row(n, inside=True) for n in lengths], pad, "right"),
        ([row(n) for n in reversed(lengths)], pad, "left"),
        ([row(4), row(4)], pad, "left"),
    ]
    space: dict = {}
    exec(COLLATE + COLLATED, space)
    key = [(case, space["collate"](*case)) for case in cases]
    test = (
        f"for given, right in {key!r}:\n"
        "    with task.part():\n"
        "        before = copy.deepcopy(given)\n"
        "        got = collate(*given)\n"
        '        assert got == right, f"for {given} it gives {got}, expected {right}"\n'
        '        assert given == before, "it changes the rows"'
    )
    form = 'got = collate([{"input_ids": [5], "labels": [5]}], 0)\nassert isinstance(got, dict), "return a dict"'
    return Task(
        "A collator",
        15,
        4,
        "Write the function. It is tested on other rows than those you see.",
        literal("two_rows", [row(3), row(5)]),
        COLLATE + "    raise NotImplementedError",
        COLLATE + COLLATED.rstrip(),
        form,
        test,
        key,
    )


def draw(seed: int, log_of: Callable[[str, int], list[dict]] = trained_log) -> list[Task]:
    """The tasks of the exam of a seed; the same seed gives the same exam.

    Args:
        seed: from 0.
        log_of: gives the log of a run that shows a pattern; trains it, unless told otherwise.
    """
    from transformers import AutoTokenizer

    from course_utils.session import ASSETS

    tokenizer = AutoTokenizer.from_pretrained(ASSETS / "base")
    tokenizer.chat_template = (ASSETS / "chatml.jinja").read_text(encoding="utf-8")
    rng = random.Random(FIRST_SEED + seed)
    return [
        rows(rng, seed),
        masks(rng, seed, tokenizer),
        steps(rng, seed),
        packs(rng, seed),
        curves(rng, seed, log_of),
        compared(rng, seed),
        collate(rng, seed),
    ]
