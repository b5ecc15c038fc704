"""Rows as TRL's trainer prepares them, without a model of one's own and without training: what a tool can look at.

TRL does the work (template, tokens, masks, cuts); here its trainer gets the smallest model that knows the tokenizer's
words, and odd rows and settings get one sentence. It knows nothing about what is then measured.
"""

import copy
import tempfile
from typing import TYPE_CHECKING

from .session import checkpointing

if TYPE_CHECKING:
    from datasets import Dataset


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
        raise ValueError(
            f"TRL finds nothing to train on in the columns {found}: name them text, messages, or prompt and "
            "completion, or pass a formatting_func that makes one text of a row."
        )
    for i, row in enumerate(dataset.select_columns(list(columns))):
        for name, value in row.items():
            if value is None or not len(value):
                raise ValueError(f"Row {i} (counted from 0) has no {name}: fill it in or delete the row.")
    chat = not isinstance(dataset[0][columns[-1]], str)
    if chat and not (tokenizer.chat_template or settings.get("chat_template_path")):
        raise ValueError("The rows are chats and this tokenizer has no chat template: pass chat_template_path=….")


def prepared(dataset, tokenizer, formatting_func, settings) -> "Dataset":
    """The data set as TRL's trainer prepares it: ``input_ids`` and ``labels``, cut at ``max_length``, not packed."""
    from transformers import Qwen3Config, Qwen3ForCausalLM
    from trl import SFTConfig, SFTTrainer

    # the trainer wants a model: the smallest that knows the tokenizer's words
    size = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "head_dim": 8}
    heads = {"num_attention_heads": 1, "num_key_value_heads": 1, "tie_word_embeddings": True}
    quiet = {"use_cpu": True, "bf16": False, checkpointing(): False, "report_to": "none"}
    with tempfile.TemporaryDirectory() as folder:
        try:
            return SFTTrainer(
                model=Qwen3ForCausalLM(Qwen3Config(vocab_size=len(tokenizer), **size, **heads)),
                args=SFTConfig(output_dir=folder, **quiet | settings),
                train_dataset=dataset,
                processing_class=copy.deepcopy(tokenizer),
                formatting_func=formatting_func,
            ).train_dataset
        except Exception as error:  # whatever TRL says of a row or a setting
            reason = (str(error).splitlines() or [""])[0].rstrip(".")
            raise ValueError(
                f"TRL could not prepare this data set ({type(error).__name__}: {reason}): try SFTTrainer on its first "
                "rows to find the row or the setting."
            ) from error
