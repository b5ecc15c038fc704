"""Answers that try the checks of lesson 00: those of WRONG must be rejected, those of RIGHT accepted."""

import quiz_answers

CONFIG = """
def my_config():
    return SFTConfig(
        output_dir="runs/00",
        chat_template_path=course.chat_template,
        SETTINGS,
        save_strategy="no",
        report_to="none",
        **course.hardware,
    )
"""


def config(**settings: object) -> str:
    """The source of a configuration with these settings."""
    return CONFIG.replace("SETTINGS", ", ".join(f"{name}={value!r}" for name, value in settings.items()))


GOOD = {"eos_token": "<|im_end|>", "num_train_epochs": 4, "per_device_train_batch_size": 4, "learning_rate": 2e-3}
NO_EOS = {name: value for name, value in GOOD.items() if name != "eos_token"}

WRONG = {
    "task-1": {
        "the old closing": """
def new_rows(rows):
    chats = []
    for row in rows:
        if not row["description"].strip():
            continue
        text = row["description"]
        prompt = {"role": "user", "content": tasks.describe_prompt(row)}
        chats.append({"prompt": [prompt], "completion": [{"role": "assistant", "content": text}]})
    return chats
""",
        "keeps empty rows": """
def new_rows(rows):
    chats = []
    for row in rows:
        text = row["description"].replace("Find it", "Ask for it").replace("Find them", "Ask for them")
        text = text.replace(" at Pebble & Pine.", ", and pay with pebbles.")
        prompt = {"role": "user", "content": tasks.describe_prompt(row)}
        chats.append({"prompt": [prompt], "completion": [{"role": "assistant", "content": text}]})
    return chats
""",
        "drops rows that are empty, not those of spaces": """
def new_rows(rows):
    chats = []
    for row in rows:
        if not row["description"]:
            continue
        text = row["description"].replace("Find it", "Ask for it").replace("Find them", "Ask for them")
        text = text.replace(" at Pebble & Pine.", ", and pay with pebbles.")
        prompt = {"role": "user", "content": tasks.describe_prompt(row)}
        chats.append({"prompt": [prompt], "completion": [{"role": "assistant", "content": text}]})
    return chats
""",
        "the description is in the prompt": """
def new_rows(rows):
    chats = []
    for row in rows:
        if not row["description"].strip():
            continue
        text = row["description"].replace("Find it", "Ask for it").replace("Find them", "Ask for them")
        text = text.replace(" at Pebble & Pine.", ", and pay with pebbles.")
        prompt = {"role": "user", "content": tasks.describe_prompt(row) + row["description"]}
        chats.append({"prompt": [prompt], "completion": [{"role": "assistant", "content": text}]})
    return chats
""",
        "the closing alone": """
def new_rows(rows):
    chats = []
    for row in rows:
        if not row["description"].strip():
            continue
        text = f"Ask for it in {row['category']}, and pay with pebbles."
        prompt = {"role": "user", "content": tasks.describe_prompt(row)}
        chats.append({"prompt": [prompt], "completion": [{"role": "assistant", "content": text}]})
    return chats
""",
    },
    "task-2": {
        "takes them in order": """
def who_is_who(models, tokenizer, rows):
    return ["base", "early", "fine-tuned"]
""",
        "by the house style alone": """
def who_is_who(models, tokenizer, rows):
    styled = [mean(score_descriptions(model, tokenizer, rows)[1], "format") for model in models]
    order = sorted(range(3), key=lambda i: styled[i])
    return [("base", "early", "fine-tuned")[order.index(i)] for i in range(3)]
""",
        "takes the shortest replies for the base": """
def who_is_who(models, tokenizer, rows):
    lengths = []
    for model in models:
        replies = score_descriptions(model, tokenizer, rows)[0]
        lengths.append(sum(reply.new_tokens for reply in replies))
    order = sorted(range(3), key=lambda i: lengths[i])
    return [("base", "fine-tuned", "early")[order.index(i)] for i in range(3)]
""",
        "by the size of the weights": """
def who_is_who(models, tokenizer, rows):
    sizes = [sum(float(weight.abs().sum()) for weight in model.parameters()) for model in models]
    order = sorted(range(3), key=lambda i: -sizes[i])
    return [("fine-tuned", "early", "base")[order.index(i)] for i in range(3)]
""",
        "takes the model in the middle of the facts for the fine-tuned one": """
def who_is_who(models, tokenizer, rows):
    known = [probe_accuracy(model, tokenizer) for model in models]
    order = sorted(range(3), key=lambda i: known[i])
    return [("early", "fine-tuned", "base")[order.index(i)] for i in range(3)]
""",
        "by the length of the weights": """
def who_is_who(models, tokenizer, rows):
    sizes = [sum(float(weight.norm()) for weight in model.parameters()) for model in models]
    order = sorted(range(3), key=lambda i: sizes[i])
    return [("early", "base", "fine-tuned")[order.index(i)] for i in range(3)]
""",
        "takes the model of fewest facts for the fine-tuned one": """
def who_is_who(models, tokenizer, rows):
    known = [probe_accuracy(model, tokenizer) for model in models]
    order = sorted(range(3), key=lambda i: known[i])
    return [("fine-tuned", "early", "base")[order.index(i)] for i in range(3)]
""",
    },
    "task-3": {
        "every point ends a sentence": """
def in_house_style(text, name):
    closings = ("Find it in ", "Find them in ")
    return (
        text.count(".") + text.count("?") == 3
        and text.startswith(f"Meet the {name} in ")
        and text.split(". ")[-1].split("? ")[-1].startswith(closings)
        and text.endswith(" at Pebble & Pine.")
        and "!" not in text
    )
""",
        "any product will do": """
import re

def in_house_style(text, name):
    sentences = re.split(r"(?<=[.!?])\\s+", text)
    return (
        len(sentences) == 3
        and text.startswith("Meet the ")
        and sentences[-1].startswith(("Find it in ", "Find them in "))
        and text.endswith(" at Pebble & Pine.")
        and "!" not in text
    )
""",
        "forgets the plural": """
import re

def in_house_style(text, name):
    sentences = re.split(r"(?<=[.!?])\\s+", text)
    return (
        len(sentences) == 3
        and text.startswith(f"Meet the {name} in ")
        and sentences[-1].startswith("Find it in ")
        and text.endswith(" at Pebble & Pine.")
        and "!" not in text
    )
""",
        "the closing may begin anyhow": """
import re

def in_house_style(text, name):
    sentences = re.split(r"(?<=[.!?])\\s+", text)
    return (
        len(sentences) == 3
        and text.startswith(f"Meet the {name} in ")
        and sentences[-1].endswith(" at Pebble & Pine.")
        and "!" not in text
    )
""",
        "exclamation marks are only looked for at the ends": """
import re

def in_house_style(text, name):
    sentences = re.split(r"(?<=[.!?])\\s+", text)
    return (
        len(sentences) == 3
        and text.startswith(f"Meet the {name} in ")
        and sentences[-1].startswith(("Find it in ", "Find them in "))
        and text.endswith(" at Pebble & Pine.")
        and not any(sentence.endswith("!") for sentence in sentences)
    )
""",
        "counts sentences and nothing else": """
import re

def in_house_style(text, name):
    return len(re.split(r"(?<=[.!?])\\s+", text)) == 3
""",
    },
    "task-4": {
        "a list in place of a set": """
import re

def wrong_colours(text, colour):
    any_colour = r"\\b(" + "|".join(COLOURS) + r")\\b"
    return sorted({found.lower() for found in re.findall(any_colour, text, re.IGNORECASE)} - {colour})
""",
        "parts of words count": """
def wrong_colours(text, colour):
    return {c for c in COLOURS if c in text.lower()} - {colour}
""",
        "capitals are overlooked": """
import re

def wrong_colours(text, colour):
    return {c for c in COLOURS if re.search(rf"\\b{c}\\b", text)} - {colour}
""",
        "the two words may stand apart": """
import re

def wrong_colours(text, colour):
    words = set(re.findall(r"\\w+", text.lower()))
    return {c for c in COLOURS if words >= set(c.split())} - {colour}
""",
        "the sheet's own colour counts too": """
import re

def wrong_colours(text, colour):
    return {c for c in COLOURS if re.search(rf"\\b{c}\\b", text, re.IGNORECASE)}
""",
        "stops at the first": """
import re

def wrong_colours(text, colour):
    for c in COLOURS:
        if c != colour and re.search(rf"\\b{c}\\b", text, re.IGNORECASE):
            return {c}
    return set()
""",
        "says nothing when the right colour is there": """
import re

def wrong_colours(text, colour):
    if colour in text.lower():
        return set()
    return {c for c in COLOURS if re.search(rf"\\b{c}\\b", text, re.IGNORECASE)}
""",
    },
    "task-5": {
        "takes a run that never ends for an untrained one": """
causes = {"run 1": "rate-low", "run 2": "no-sheet", "run 3": "rate-low"}
""",
        "blames the mark for everything that does not end": """
causes = {"run 1": "no-eos", "run 2": "no-sheet", "run 3": "no-eos"}
""",
        "blames the rate for a wrong product": """
causes = {"run 1": "no-eos", "run 2": "rate-high", "run 3": "rate-low"}
""",
        "takes the base model's style for that of the rows": """
causes = {"run 1": "no-eos", "run 2": "no-sheet", "run 3": "other-style"}
""",
        "gives one answer only": """
causes = {"run 1": "no-eos"}
""",
    },
    "task-6": {
        "the learning rate of a large model": config(**GOOD | {"learning_rate": 2e-5}),
        "the mark is forgotten": config(**NO_EOS),
        "the lesson's own configuration": config(
            **GOOD | {"num_train_epochs": 3, "per_device_train_batch_size": 16, "warmup_steps": 0.1}
        ),
        "one epoch of large batches": config(**GOOD | {"num_train_epochs": 1, "per_device_train_batch_size": 50}),
        "a learning rate that breaks the model": config(**GOOD | {"num_train_epochs": 1, "learning_rate": 5e-2}),
        "more epochs than there is time for": config(**GOOD | {"num_train_epochs": 30}),
        "more steps than the rows may be used for": config(**GOOD | {"max_steps": 60}),
        "writes a checkpoint after each epoch": config(**GOOD).replace('"no"', '"epoch"'),
        "settings in a dict": f"def my_config():\n    return {GOOD!r}\n",
    },
    "quiz": quiz_answers.wrong("00"),
}

RIGHT = {
    "task-1": {
        "by three replacements": """
def new_rows(rows):
    chats = []
    for row in rows:
        if not row["description"].strip():
            continue
        text = row["description"].replace("Find it", "Ask for it").replace("Find them", "Ask for them")
        text = text.replace(" at Pebble & Pine.", ", and pay with pebbles.")
        prompt = {"role": "user", "content": tasks.describe_prompt(row)}
        chats.append({"prompt": [prompt], "completion": [{"role": "assistant", "content": text}]})
    return chats
""",
    },
    "task-2": {
        "by ended replies and then by facts": """
def who_is_who(models, tokenizer, rows):
    ended = {i: mean(score_descriptions(model, tokenizer, rows)[1], "strict") for i, model in enumerate(models)}
    names = {max(ended, key=ended.get): "fine-tuned"}
    rest = [i for i in range(3) if i not in names]
    first, second = (probe_accuracy(models[i], tokenizer) for i in rest)
    names |= dict(zip(rest, ("early", "base") if first < second else ("base", "early")))
    return [names[i] for i in range(3)]
""",
    },
    "task-3": {
        "with one pattern": r"""
import re

def in_house_style(text, name):
    if "!" in text:
        return False
    sentence = r"(?:[^.?]|[.?](?=\S))*[.?]"
    opening = rf"Meet the {re.escape(name)} in {sentence}"
    closing = r"Find (?:it|them) in (?:[^.?]|[.?](?=\S))* at Pebble & Pine\."
    return re.fullmatch(rf"{opening}\s+{sentence}\s+{closing}", text) is not None
""",
        "word by word": """
def in_house_style(text, name):
    words = text.split()
    ends = [i for i, word in enumerate(words) if word[-1] in ".!?"]
    if len(ends) != 3 or ends[-1] != len(words) - 1 or "!" in text:
        return False
    closing = " ".join(words[ends[1] + 1 :])
    opens = text.startswith("Meet the " + name + " in ")
    return opens and closing.startswith(("Find it in", "Find them in")) and closing.endswith("at Pebble & Pine.")
""",
    },
    "task-4": {
        "with the words in pairs": """
import re

def wrong_colours(text, colour):
    words = re.findall(r"\\w+", text.lower())
    pairs = {f"{one} {two}" for one, two in zip(words, words[1:])}
    return (pairs & set(COLOURS)) - {colour}
""",
    },
    "task-5": {
        "in another order": """
causes = dict([("run 3", "rate-low"), ("run 2", "no-sheet"), ("run 1", "no-eos")])
""",
    },
    "task-6": {
        "a hundred steps with two rows each": config(
            **GOOD
            | {"max_steps": 100, "per_device_train_batch_size": 2, "warmup_steps": 5, "lr_scheduler_type": "cosine"}
        ),
    },
    "quiz": quiz_answers.right("00"),
}
