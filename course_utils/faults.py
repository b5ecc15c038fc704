"""The fault gallery: short fine-tunes with one planted bug each, and the evidence that a learner gets to find it.

A fault is a function with the decorator `fault`: it gets the course, really runs the sick training, and returns an
`Evidence`. To add one, write the function and its line in `CAUSES`. The cases of a lesson are named "A", "B", … in an
order that a checksum shuffles, so that neither their names nor their order tell the cause. `judge` knows the answers.
"""

import copy
import string
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING
from zlib import crc32

from . import data
from .data import Messages
from .evaluate import grade_description, mean
from .finetune import fine_tune
from .generate import Reply, as_text, generate
from .session import Course
from .shop import tasks
from .table import Table
from .training_rows import chats_of, pairs, whole_chats
from .xray import XRay, batch_of, xray

if TYPE_CHECKING:
    from datasets import Dataset

# what a learner may answer, in the terms of the lessons; some of them have no case
CAUSES = {
    "pad-is-eos": "the end-of-turn token is also the padding token, and the collator masks all padding",
    "end-not-eos": "generation stops at another token than the one that ends the template's turns",
    "template-twice": "the chat template was applied to text that it had been applied to before",
    "all-masked": "no token is trained, because the mask found no reply",
    "cut-off": "`max_length` cuts the replies off before their end",
    "other-template": "the model is asked in another template than it was trained in",
    "user-trained": "the loss is taken on the user's turns too",
    "rate-too-low": "the learning rate is far too low",
    "rate-too-high": "the learning rate is far too high",
    "wrong-rows": "the replies of the training rows are about other products",
    "rows-mixed": "packed training rows see each other",
    "evaluation-mixed": "packed evaluation rows see each other",
    "too-few-steps": "packing left too few optimizer steps",
    "half-weights": "the weights are held in bfloat16, in which updates of this size are lost",
    "validation-leak": "the validation rows are among the training rows",
    "by-heart": "too few rows were seen too many times",
}


@dataclass(frozen=True)
class Evidence:
    """What a run leaves behind: its log, a collated batch, and what it answers to held-out prompts.

    ``log_history`` is the trainer's. ``batch`` and ``tokenizer`` go to `xray`. ``asked`` is the first prompt as the
    model got it; ``replies`` and ``grades`` belong to the first held-out products. Some runs come with ``notes`` on
    what was trained how, and with the names of the ``products`` that they were trained and validated on.
    """

    name: str
    log_history: list[dict]
    batch: dict
    tokenizer: object
    asked: str
    replies: list[Reply]
    grades: list[dict[str, float]]
    notes: dict[str, object] = field(default_factory=dict)
    products: tuple[list[str], list[str]] = ((), ())

    @cached_property
    def xray(self) -> XRay:
        """The X-ray of the batch's shortest row, which shows the most padding."""
        rows = [xray(self.batch, self.tokenizer, row) for row in range(len(self.batch["input_ids"]))]
        return min(rows, key=lambda row: sum(not token.padding for token in row.tokens))

    def symptoms(self) -> dict[str, object]:
        """The evidence in figures, as a row of a table."""
        losses = [entry["loss"] for entry in self.log_history if "loss" in entry]
        real = [token for token in self.xray.tokens if not token.padding]
        user = [token for token in real if token.role == "user"]
        first = self.replies[0].text.replace("\n", "⏎")
        return {
            "run": self.name,
            "loss, first to last": f"{losses[0]:.2f} to {losses[-1]:.2f}",
            "tokens trained": f"{sum(token.trained for token in real)} of {len(real)}",
            "of the user's": f"{sum(token.trained for token in user)} of {len(user)}",
            "ended": mean(self.grades, "ended"),
            "house style": mean(self.grades, "format"),
            "strict": mean(self.grades),
            "first reply": f"{first[:24]} … {first[-30:]}",
        }

    def talk(self) -> Table:
        """The first prompt as the model got it, and its reply."""
        return Table([{"the model was asked": self.asked, "and wrote": self.replies[0].text}])


Fault = Callable[[Course], Evidence]
_FAULTS: dict[str, dict[str, tuple[Fault, str]]] = {}


def fault(cause: str, lesson: str, clue: str) -> Callable[[Fault], Fault]:
    """Registers a function as the fault with this key of `CAUSES`, among the cases of a lesson.

    `clue` is what a learner reads after a wrong answer: where to look again, not what to see there.
    """

    def register(function: Fault) -> Fault:
        _FAULTS.setdefault(lesson, {})[cause] = function, clue
        return function

    return register


def _order(lesson: str) -> dict[str, str]:
    """Which case of a lesson has which cause."""
    if lesson not in _FAULTS:
        raise ValueError(f"Lesson {lesson!r} has no fault gallery: there is one in {', '.join(sorted(_FAULTS))}.")
    shuffled = sorted(_FAULTS[lesson], key=lambda cause: crc32(f"gallery {lesson} {cause}".encode()))
    return dict(zip(string.ascii_uppercase, shuffled))


def cases(lesson: str) -> list[str]:
    """The names of a lesson's cases: "A", "B", …"""
    return list(_order(lesson))


def open_case(course: Course, case: str, lesson: str = "") -> Evidence:
    """Runs the sick training of a case of a lesson (by default the course's own) and returns its evidence.

    Raises ValueError for a case that the lesson doesn't have.
    """
    lesson = lesson or course.lesson
    order = _order(lesson)
    if case not in order:
        raise ValueError(f"Lesson {lesson} has no case {case!r}: its cases are {', '.join(order)}.")
    function, _ = _FAULTS[lesson][order[case]]
    evidence = function(course)
    return Evidence(**vars(evidence) | {"name": f"case {case}"})


def judge(lesson: str, case: str, answer: str) -> str:
    """What is wrong with this answer, as a sentence; an empty text when it names the true cause.

    Raises ValueError for an answer that isn't among `CAUSES`, and for an unknown case.
    """
    order = _order(lesson)
    if case not in order:
        raise ValueError(f"Lesson {lesson} has no case {case!r}: its cases are {', '.join(order)}.")
    if answer not in CAUSES:
        raise ValueError(f"{answer!r} is not among the causes: choose from {', '.join(CAUSES)}.")
    if answer == order[case]:
        return ""
    return f"case {case} has another cause than {answer}: {_FAULTS[lesson][order[case]][1]}"


# --- How the cases are run ------------------------------------------------------------------------------------------


def chats(n: int = 48) -> list[Messages]:
    """The first rows of ``products.csv`` as chats."""
    return chats_of(data.read_products().select(range(n)))


def train(course: Course, rows: "Dataset", held_out: "Dataset | None" = None, **changes):
    """A short fine-tune with the course's usual settings but for the `changes` to `fine_tune`.

    48 rows make 18 steps. The loss of `held_out` rows is measured after each epoch.
    """
    short = {
        "output_dir": "runs/faults",
        "per_device_train_batch_size": 8,
        "logging_steps": 2,
        "eval_strategy": "epoch" if held_out else "no",
    }
    return fine_tune(course, rows, held_out, **short | changes)


def examine(trainer, n: int = 12, tokenizer=None, ask: Callable[[str], str] | None = None) -> Evidence:
    """The evidence of a trained trainer: its batch, its log, its replies to the first `n` test products.

    `tokenizer` says where a reply ends, the trainer's by default. `ask` turns a request into the text that the model
    gets; by default the chat template does.
    """
    tokenizer = tokenizer or trainer.processing_class
    products = data.read_products(data.DATA / "products_test.csv").to_list()[:n]
    requests = [tasks.describe_prompt(row) for row in products]
    prompts = [ask(r) if ask else as_text(tokenizer, [{"role": "user", "content": r}]) for r in requests]
    replies = generate(trainer.model, tokenizer, prompts)
    grades = [grade_description(reply, row) for reply, row in zip(replies, products)]
    batch = batch_of(trainer, rows=range(1 if trainer.args.packing else 4))
    return Evidence("run", trainer.state.log_history, batch, tokenizer, prompts[0], replies, grades)


_healthy: dict[str, object] = {}


def healthy(course: Course):
    """The trainer of the run that the sick ones differ from in one thing, trained once a session."""
    if course.base not in _healthy:
        _healthy[course.base] = train(course, pairs(chats()))
    return _healthy[course.base]


# --- Lesson 03: templates, masks, ends ------------------------------------------------------------------------------


@fault("pad-is-eos", "03", "find the mark that ends a turn in the X-ray. Where else does it stand, and is it trained?")
def pad_is_eos(course: Course) -> Evidence:
    """``pad_token = eos_token``, and a collator with the line that many tutorials have: no loss on the pad token."""
    from transformers import AutoTokenizer
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    class NoLossOnPadding(DataCollatorForLanguageModeling):
        def torch_call(self, examples):
            batch = super().torch_call(examples)
            batch["labels"][batch["input_ids"] == self.pad_token_id] = -100
            return batch

    tokenizer = AutoTokenizer.from_pretrained(course.base, pad_token="<|im_end|>")
    collator = NoLossOnPadding(pad_token_id=tokenizer.pad_token_id)
    return examine(train(course, pairs(chats()), tokenizer=tokenizer, data_collator=collator))


@fault("end-not-eos", "03", "rows and mask are in order. What stands in the replies where they should have stopped?")
def end_not_eos(course: Course) -> Evidence:
    """A ChatML template without ``eos_token="<|im_end|>"``: generation stops at the tokenizer's old token.

    The line changes no token of these rows, and so no weight: the healthy run's model, without it.
    """
    trainer = healthy(course)
    tokenizer = copy.deepcopy(trainer.processing_class)
    tokenizer.eos_token = "<|endoftext|>"
    return examine(trainer, tokenizer=tokenizer)


@fault("template-twice", "03", "read the X-ray aloud from its first token. What comes twice?")
def template_twice(course: Course) -> Evidence:
    """Messages whose contents carry the marks of the template already."""
    marked = [
        [{**turn, "content": f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>"} for turn in chat]
        for chat in chats()
    ]
    return examine(train(course, pairs(marked)))


@fault("all-masked", "03", "so good a loss, from the first step on: on how many tokens is it taken?")
def all_masked(course: Course) -> Evidence:
    """A collator that masks what comes before the reply and looks for another template's mark: it masks everything."""
    from transformers import AutoTokenizer
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    tokenizer = AutoTokenizer.from_pretrained(course.base)
    opening = tokenizer("### Response:\n", add_special_tokens=False)["input_ids"]

    class ResponseOnly(DataCollatorForLanguageModeling):
        def torch_call(self, examples):
            batch = super().torch_call(examples)
            for ids, labels in zip(batch["input_ids"].tolist(), batch["labels"]):
                starts = [i for i in range(len(ids)) if ids[i : i + len(opening)] == opening]
                labels[: starts[0] + len(opening) if starts else len(ids)] = -100
            return batch

    padding = tokenizer.pad_token or tokenizer.eos_token  # some bases have no pad token
    collator = ResponseOnly(pad_token_id=tokenizer.convert_tokens_to_ids(padding))
    rows = whole_chats(chats())
    return examine(train(course, rows, tokenizer=tokenizer, data_collator=collator, max_steps=6))


@fault("cut-off", "03", "what is the last token of the X-ray that is no padding? Compare it with the end of a reply")
def cut_off(course: Course) -> Evidence:
    """Rows longer than ``max_length``: their ends are cut away without a word."""
    return examine(train(course, pairs(chats()), max_length=80))


@fault("other-template", "03", "log and X-ray are those of a good run. Compare the X-ray with what the model was asked")
def other_template(course: Course) -> Evidence:
    """Trained in ChatML, asked in the template of another family."""
    return examine(healthy(course), ask=lambda request: f"[INST] {request} [/INST]")


@fault("user-trained", "03", "follow the X-ray from left to right. At which token does the training begin?")
def user_trained(course: Course) -> Evidence:
    """Whole chats in a ``messages`` column and no mask: half of the loss is about guessing what users ask."""
    return examine(train(course, whole_chats(chats())))


# --- Lesson 05: packing ---------------------------------------------------------------------------------------------


def packed(course: Course, **config: object):
    """Like `train`, in packs of 512 tokens, which hold four or five chats, and with the loss of held-out rows."""
    last = data.read_products().to_list()[-24:]
    settings = {"packing": True, "eval_packing": False, "max_length": 512, "per_device_train_batch_size": 1}
    return train(course, pairs(chats()), held_out=pairs(chats_of(last)), **settings | config)


@fault("rows-mixed", "05", "find the borders of the chats in the X-ray of a pack. What does a chat have in sight?")
def rows_mixed(course: Course) -> Evidence:
    """``packing_strategy="wrapped"``: no position ids, so every chat is trained with those before it in sight."""
    return examine(packed(course, packing_strategy="wrapped"))


@fault("evaluation-mixed", "05", "read the replies first. If they are right, what was wrong with measuring the loss?")
def evaluation_mixed(course: Course) -> Evidence:
    """``packing=False, eval_packing=True``: the collator of the unpacked training gives packs no position ids."""
    unpacked = {"packing": False, "per_device_train_batch_size": 8}
    return examine(packed(course, **unpacked, eval_packing=True, max_length=1024))


@fault("too-few-steps", "05", "batch and mask are in order, and every row is seen. How often were the weights changed?")
def too_few_steps(course: Course) -> Evidence:
    """The batch left at 8 when packing was turned on: 8 packs a step."""
    return examine(packed(course, gradient_accumulation_steps=8))


# --- Lesson 06: logs, outputs, and what they say about each other -----------------------------------------------------


def _described(first: int, last: int) -> list[Messages]:
    return chats_of(data.read_products().to_list()[first:last])


def _names(chats: list[Messages]) -> list[str]:
    return [chat[0]["content"].split("name: ")[1].split("\n")[0] for chat in chats]


def noted(course: Course, chosen: list[Messages], kept=(), dtype="float32", **config) -> Evidence:
    """The evidence of a run on some chats, validated on others: by default a dozen that nobody trains on.

    Its notes tell what no curve does: how many rows there were, and what became of the weights.
    """
    import torch
    from transformers import AutoModelForCausalLM

    kept = kept or _described(2988, 3000)
    settings = {"logging_steps": 1, "eval_strategy": "steps", "eval_steps": 6} | config
    if dtype != "float32":  # on a GPU, too, the weights' own format computes
        settings |= {"bf16": False, "fp16": False}
    trainer = train(course, pairs(chosen), held_out=pairs(kept), dtype=dtype, **settings)
    before = AutoModelForCausalLM.from_pretrained(course.base, dtype=dtype).parameters()
    changed = [(now != then.to(now.device)).flatten() for now, then in zip(trainer.model.parameters(), before)]
    trainer.model.float()  # half precision is slow on a CPU
    notes = {
        "rows × epochs": f"{len(chosen)} × {trainer.args.num_train_epochs:g}",
        "learning rate": f"{trainer.args.learning_rate:g}",
        "weights that changed": f"{torch.cat(changed).float().mean():.0%}",
    }
    return replace(examine(trainer), notes=notes, products=(_names(chosen), _names(kept)))


def compared(course: Course) -> Evidence:
    """A healthy run of the same kind, to compare with."""
    return replace(noted(course, _described(0, 48)), name="healthy")


@fault(
    "rate-too-low", "06", "compare the end of the losses with their start, and each of its notes with the healthy run's"
)
def rate_too_low(course: Course) -> Evidence:
    """A rate from a recipe for models a thousand times larger."""
    return noted(course, _described(0, 32), learning_rate=5e-6)


@fault("rate-too-high", "06", "look at the first five losses one by one")
def rate_too_high(course: Course) -> Evidence:
    """Thirty times the course's rate."""
    return noted(course, _described(0, 32), learning_rate=3e-2)


@fault(
    "wrong-rows", "06", "form and ends are right. Which product does a text belong to, in the X-ray and in the replies?"
)
def wrong_rows(course: Course) -> Evidence:
    """A column that slipped by one row."""
    good = _described(0, 48)
    return noted(course, [[chat[0], other[1]] for chat, other in zip(good, good[1:] + good[:1])])


@fault("half-weights", "06", "the rate would do. What became of the steps that the optimizer took?")
def half_weights(course: Course) -> Evidence:
    """``dtype="bfloat16"`` in ``from_pretrained``, and no copy in full precision."""
    settings = {"learning_rate": 5e-5, "per_device_train_batch_size": 4, "num_train_epochs": 2}
    return noted(course, _described(0, 32), dtype="bfloat16", **settings)


@fault("by-heart", "06", "hold the two losses against each other, and the answers against the training loss")
def by_heart(course: Course) -> Evidence:
    """Six rows, twenty-five epochs."""
    return noted(course, _described(0, 6), learning_rate=2e-3, num_train_epochs=25)


@fault("validation-leak", "06", "one of its figures is better than a healthy run can have it. What was it measured on?")
def validation_leak(course: Course) -> Evidence:
    """Rows for validation that were copied out of the training set, and not taken out of it."""
    chosen = _described(0, 32)
    return noted(course, chosen, kept=chosen[::3], num_train_epochs=6)
