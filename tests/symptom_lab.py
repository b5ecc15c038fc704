"""What the reproductions of the symptom index share: the small model, a trainer of a few steps, caught messages.

`symptom_messages`, `symptom_logs` and `symptom_answers` hold one function an entry, registered by `shows`;
`test_symptoms` runs them.
"""

import contextlib
import logging
import warnings
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

from course_utils import faults, session

SHOWN: dict[str, Callable] = {}
CHATS = [
    {
        "prompt": [{"role": "user", "content": f"Do you wrap gift {i}?"}],
        "completion": [{"role": "assistant", "content": "We do."}],
    }
    for i in range(8)
]
OLD_CHATML = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"


def shows(name: str):
    """Registers a function as the reproduction of an entry. It gets the `Lab`, makes the symptom appear and asserts it.

    It returns the messages that it has caught, if the entry quotes any.
    """

    def register(function: Callable) -> Callable:
        assert name not in SHOWN
        SHOWN[name] = function
        return function

    return register


def error(function: Callable, *arguments, **options) -> str:
    """The last line of the traceback that a call ends in."""
    try:
        function(*arguments, **options)
    except Exception as raised:
        return f"{type(raised).__name__}: {raised}"
    raise AssertionError(f"{function} raised nothing")


class Heard(logging.Handler):
    """The warnings that the libraries log or issue within a `with heard() as messages`."""

    def __init__(self):
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextlib.contextmanager
def heard():
    handler = Heard()
    loggers = [logging.getLogger(name) for name in ("transformers", "trl", "datasets")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings(record=True) as issued:
            warnings.simplefilter("always")
            yield handler.messages
        handler.messages += [str(warning.message) for warning in issued]
    finally:
        for logger, level in zip(loggers, levels):
            logger.removeHandler(handler)
            logger.setLevel(level)


class Lab:
    """The small model and what is trained once for several entries."""

    def __init__(self, folder: Path):
        self.folder, self.shown = folder, SHOWN
        self.course = session.start("03")

    def tokenizer(self, **changes):
        return AutoTokenizer.from_pretrained(self.course.base, **changes)

    def chat_tokenizer(self):
        tokenizer = self.tokenizer()
        tokenizer.chat_template = Path(self.course.chat_template).read_text(encoding="utf-8")
        return tokenizer

    def model(self, dtype: str = "float32"):
        return AutoModelForCausalLM.from_pretrained(self.course.base, dtype=dtype)

    def lora(self, model=None, **changes):
        from peft import LoraConfig, get_peft_model

        settings = {"target_modules": "all-linear", "task_type": "CAUSAL_LM"} | changes
        return get_peft_model(model or self.model(), LoraConfig(**settings))

    def trainer(self, rows=CHATS, model=None, kind=SFTTrainer, **changes) -> SFTTrainer:
        """A trainer of two steps. What the trainer itself takes is told from what its configuration takes."""
        own = {"eval_dataset", "formatting_func", "data_collator", "callbacks", "compute_metrics", "processing_class"}
        settings = {
            "output_dir": str(self.folder / "out"), "chat_template_path": self.course.chat_template,
            "eos_token": "<|im_end|>", "report_to": "none", "save_strategy": "no", "per_device_train_batch_size": 2,
            "max_steps": 2, "logging_steps": 1,
        }  # fmt: skip
        config = {key: value for key, value in changes.items() if key not in own}
        arguments = {"processing_class": self.tokenizer()} | {k: v for k, v in changes.items() if k in own}
        return kind(
            model=model or self.model(),
            args=SFTConfig(**settings | self.course.hardware | {"disable_tqdm": True} | config),
            train_dataset=Dataset.from_list(rows) if isinstance(rows, list) else rows,
            **arguments,
        )

    def plain(self, rows: list[str], **changes) -> SFTTrainer:
        """A trainer on plain texts, without a chat template."""
        return self.trainer([{"text": text} for text in rows], chat_template_path=None, eos_token=None, **changes)

    @property
    def healthy(self) -> SFTTrainer:
        """The fault gallery's healthy run: 48 descriptions, three epochs."""
        return faults.healthy(self.course)

    @cached_property
    def by_heart(self) -> SFTTrainer:
        """Twelve texts of random words, twelve epochs, validated on twelve others: only the rows can be learned."""
        import random

        words = "lamp green river stone seven quiet pine paper glass north apple cart moss wind salt bell".split()
        draw = random.Random(0)
        texts = [" ".join(draw.choice(words) for _ in range(24)) for _ in range(24)]
        trainer = self.plain(
            texts[:12], eval_dataset=Dataset.from_list([{"text": t} for t in texts[12:]]), eval_strategy="epoch",
            max_steps=-1, num_train_epochs=12, learning_rate=3e-3, lr_scheduler_type="constant",
        )  # fmt: skip
        trainer.train()
        return trainer


def losses(log, key: str = "loss") -> list[float]:
    """The logged values of a key, of a trainer or of a log."""
    entries = log if isinstance(log, list) else log.state.log_history
    return [entry[key] for entry in entries if key in entry]
