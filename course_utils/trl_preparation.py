"""Rows as TRL's trainer prepares them, without a model of one's own and without training: what a tool can look at.

TRL does the work (template, tokens, masks, cuts); here its trainer gets the smallest model that knows the tokenizer's
words, and odd rows and settings get one sentence. It knows nothing about what is then measured.
"""

import copy
import json
import tempfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from .session import checkpointing

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase


def check_rows(dataset, tokenizer, formatting_func, settings) -> None:
    """Raises ValueError, in one sentence, for rows that TRL's trainer can't read."""
    if formatting_func is not None:
        text = formatting_func(dataset[0])
        if not isinstance(text, str):
            raise ValueError(
                f"formatting_func returned a {type(text).__name__} for row 0: it gets one row and returns one text."
            )
    if formatting_func is not None or "input_ids" in dataset.column_names:
        return
    text = str(settings.get("dataset_text_field", "text"))
    forms = (("messages",), ("conversations",), ("prompt", "completion"), (text,))
    columns = next((form for form in forms if set(form) <= set(dataset.column_names)), None)
    if columns is None:
        found = ", ".join(dataset.column_names)
        found = found if len(found) <= 40 else f"{found[:39]}…"
        raise ValueError(
            f"TRL finds nothing to train on in the columns {found}: name them text, messages, or prompt and "
            "completion, or pass a formatting_func that makes one text of a row."
        )
    for name in columns:
        empty = _first_empty(dataset, name)
        if empty is not None:
            raise ValueError(f"Row {empty} (counted from 0) has no {name}: fill it in or delete the row.")
    chat = not isinstance(dataset[0][columns[-1]], str)
    if chat and not (tokenizer.chat_template or settings.get("chat_template_path")):
        raise ValueError("The rows are chats and this tokenizer has no chat template: pass chat_template_path=….")


def _first_empty(dataset, name: str) -> int | None:
    """The number of the first row without a text or list in this column; None when all have one."""
    column = dataset.select_columns([name]).with_format("arrow")[:][name].combine_chunks()
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    is_list = pa.types.is_list(column.type) or pa.types.is_large_list(column.type)
    if not (is_text or is_list):
        raise ValueError(
            f"The column {name} holds {str(column.type)[:40]}: TRL wants texts or lists of messages there."
        )
    sizes = pc.fill_null((pc.utf8_length if is_text else pc.list_value_length)(column), 0)
    empty = pc.index(sizes, pa.scalar(0, sizes.type)).as_py()
    return empty if empty >= 0 else None


def chat_of(example: Mapping) -> tuple[list[dict], list | None, dict] | None:
    """Messages, tools and the template's own settings of a row in a form that TRL takes; None when it is no chat."""
    messages = example.get("messages") or example.get("conversations")
    if messages is None and isinstance(example.get("prompt"), Sequence) and not isinstance(example["prompt"], str):
        messages = [*example["prompt"], *(example.get("completion") or [])]
    if not messages or isinstance(messages, str) or not all(isinstance(message, Mapping) for message in messages):
        return None
    chat = [
        {"role": message["from"], "content": message.get("value")} if "from" in message else dict(message)
        for message in messages
    ]
    tools = example.get("tools")
    try:
        tools = json.loads(tools) if isinstance(tools, str) else tools
    except json.JSONDecodeError:
        return None
    options = example.get("chat_template_kwargs")
    return chat, tools or None, dict(options) if isinstance(options, Mapping) else {}


def prepared(dataset, tokenizer, formatting_func, settings) -> "tuple[Dataset, PreTrainedTokenizerBase]":
    """The data set as TRL's trainer prepares it, with ``input_ids`` and ``labels``, and the tokenizer that it used.

    The tokenizer is a copy with the chat template that the rows were written in. Raises ValueError, in one sentence
    that names the row where it can, for rows and settings that TRL refuses.
    """
    from transformers import Qwen3Config, Qwen3ForCausalLM
    from trl import SFTConfig, SFTTrainer

    # the trainer wants a model: the smallest that knows the tokenizer's words
    size = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "head_dim": 8}
    heads = {"num_attention_heads": 1, "num_key_value_heads": 1, "tie_word_embeddings": True}
    quiet = {"use_cpu": True, "bf16": False, checkpointing(): False, "report_to": "none"}
    own = copy.deepcopy(tokenizer)
    with tempfile.TemporaryDirectory() as folder:
        try:
            trainer = SFTTrainer(
                model=Qwen3ForCausalLM(Qwen3Config(vocab_size=len(own), **size, **heads)),
                args=SFTConfig(output_dir=folder, **quiet | settings),
                train_dataset=dataset,
                processing_class=own,
                formatting_func=formatting_func,
            )
        except Exception as error:  # whatever TRL says of a row or a setting
            refused = _refused(dataset, own) if formatting_func is None else None
            raise ValueError(refused or _one_sentence(error)) from error
    own = trainer.processing_class
    if getattr(trainer, "chat_template", None):  # TRL's training form of a template that it knows
        own.chat_template = trainer.chat_template
    return trainer.train_dataset, own


def _reason(error: Exception, longest: int) -> str:
    reason = (str(error).splitlines() or [""])[0].rstrip(".")
    reason = f"{type(error).__name__}: {reason}"
    return reason if len(reason) <= longest else f"{reason[: longest - 1]}…"


def _one_sentence(error: Exception) -> str:
    return (
        f"TRL could not prepare this data set ({_reason(error, 80)}): try SFTTrainer on its first rows to find the row "
        "or the setting."
    )


def _refused(dataset, tokenizer) -> str | None:
    """A sentence that names the first row that the chat template refuses; None when it takes all."""
    for number, row in enumerate(dataset):
        chat = chat_of(row)
        if chat is None:
            continue
        try:
            tokenizer.apply_chat_template(chat[0], tools=chat[1], tokenize=False, **chat[2])
        except Exception as error:  # a template may raise whatever it likes
            if any(isinstance(message.get("content"), list) for message in chat[0]):
                return (
                    f"Row {number} (counted from 0) has contents that are lists of parts, and this chat template takes "
                    "texts: join the texts of the parts."
                )
            return f"The chat template refuses row {number}, counted from 0 ({_reason(error, 90)}): mend or delete it."
    return None
