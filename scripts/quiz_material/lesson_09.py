"""Lesson 09: texts before two graders, and jobs on the shop's chats as `preflight` sees them."""

import json
import tempfile
from pathlib import Path

from course_utils import data
from course_utils.evaluate import grade_description
from course_utils.generate import Reply
from course_utils.preflight import preflight
from course_utils.sheet_grader import grade_sheet
from course_utils.shop import tasks

from . import MODELS, Situation

# the number of a product in the test file, and a text that stops by itself
TEXTS = {
    "09-q1": (
        1,
        "Meet the Rakro candle in rust orange. It keeps the worktop safe, thanks to a warm glow and a timer function. "
        "Find it in Lighting at Pebble & Pine.",
    ),
    "09-q2": (
        7,
        "Meet the Zosti pen holder in coral pink. It ends the hunt for a pen, with an adjustable height and "
        "a magnetic edge. Find it in Office at Pebble & Pine.",
    ),
    "09-q3": (
        2,
        "Meet the Didrinu toaster in teal blue. With a wide rim, a non-slip base and a fold-away cord, it turns plain "
        "bread golden. Find it in Kitchen at Pebble & Pine.",
    ),
    "09-q4": (
        9,
        "Meet the Breto, an alarm clock in plum purple. It never misses a Monday, thanks to a quilted top and "
        "a lavender scent. Find it in Bedroom at Pebble & Pine.",
    ),
}
# what a job changes in the sound one, and whether rows of the test stand in its training rows
JOBS = {
    "09-q9": ({"max_length": 32}, False),
    "09-q10": ({}, True),
    "09-q11": ({"chat_template_path": MODELS / "chatml.jinja"}, False),
    "09-q12": ({}, False),
}
SOUND = {
    "max_length": 512,
    "num_train_epochs": 3,
    "per_device_train_batch_size": 16,
    "learning_rate": "1.0e-3",
    "eval_strategy": "epoch",
    "save_strategy": "epoch",
}
UNSEEN = {"dtype": "float32", "warmup_steps": 0.1, "logging_steps": 3, "use_cpu": True, "bf16": False, "fp16": False}
KEYS = {"no-end": "b", "cut-off": "c", "leak": "d"}  # by what would spoil the run


def _graded(number: int, text: str, rows: list[data.Row], known: list[data.Row]) -> Situation:
    row, reply = rows[number], Reply(text, True, 0, 0)
    by_sheet = grade_sheet(reply, row, known)["clean"] == 1
    by_shop = grade_description(reply, row)["strict"] == 1
    key = {(True, True): "a", (True, False): "b", (False, True): "c", (False, False): "d"}[by_sheet, by_shop]
    return Situation(f"{tasks.sheet(row)}\n\n" + text.replace(". ", ".\n"), key)


def _job(changes: dict[str, object], leaks: bool, chats: list[data.Row], tokenizer) -> Situation:
    """A job's file with some facts about its rows; the key is what `preflight` says would spoil the run."""
    rows = [{"prompt": chat["messages"][:1], "completion": chat["messages"][1:]} for chat in chats]
    train, test = rows[:260] + (rows[400:440] if leaks else rows[260:300]), rows[400:440]
    lengths = sorted(
        len(tokenizer.apply_chat_template(row["prompt"] + row["completion"], return_dict=False)) for row in train
    )
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name, part in (("train", train), ("test", test)):
            data.write_text(home / f"{name}.jsonl", "".join(json.dumps(row) + "\n" for row in part))
        files = {"model_name_or_path": MODELS / "assistant", "dataset_name": home, "output_dir": home / "out"}
        settings = files | SOUND | changes | UNSEEN
        data.write_text(home / "job.yaml", "".join(f"{key}: {value}\n" for key, value in settings.items()))
        found = preflight(home / "job.yaml").kinds("stop")
    shown = {"model_name_or_path": "shop-assistant", "dataset_name": "support"} | SOUND | changes
    lines = [f"{key}: {value.name if isinstance(value, Path) else value}" for key, value in shown.items()]
    facts = [
        "shop-assistant was tuned on chats, with a template of its own",
        f"support/train.jsonl: {len(train)} rows of {lengths[0]} to {lengths[-1]} tokens in that template",
        f"  its last row: {train[-1]['prompt'][0]['content']}",
        f"support/test.jsonl: {len(test)} rows",
        f"  its last row: {test[-1]['prompt'][0]['content']}",
    ]
    if len(found) > 1:
        raise ValueError(f"one thing should spoil a job of the quiz, and here it is {', '.join(found)}")
    return Situation("\n".join([*lines, "", *facts]), KEYS[found[0]] if found else "a")


def situations() -> dict[str, Situation]:
    """Four texts and four jobs."""
    from transformers import AutoTokenizer

    rows = data.read_products(data.DATA / "products_test.csv").to_list()
    known = data.read_products().to_list() + rows
    made = {name: _graded(number, text, rows, known) for name, (number, text) in TEXTS.items()}
    chats, tokenizer = data.read_chats(task="support").to_list(), AutoTokenizer.from_pretrained(MODELS / "assistant")
    return made | {name: _job(changes, leaks, chats, tokenizer) for name, (changes, leaks) in JOBS.items()}
