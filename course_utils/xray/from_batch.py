"""The token X-ray: what the model really gets, token by token, from the batch that the trainer's own collator made.

Works on any tokenizer and on each of TRL's data types. It tokenizes, masks and packs nothing itself: it only looks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..trl_preparation import check_rows, prepared
from .roles import roles_of
from .token import IGNORED, Token, XRay
from .token_texts import texts_of

if TYPE_CHECKING:
    from datasets import Dataset


def batch_of(trainer, rows: Iterable[int] | None = None) -> dict:
    """A batch as the trainer's own collator makes it: a first one of its loader, or these rows of its prepared data.

    Draws no random number that the training would have drawn: a run with and without this look is the same run.
    """
    import torch

    if rows is not None:
        data = trainer.train_dataset
        kept = [name for name in ("input_ids", "labels", "seq_lengths") if name in data.column_names]
        return trainer.data_collator([{name: data[int(i)][name] for name in kept} for i in rows])
    with torch.random.fork_rng(devices=[]):
        loader = trainer.get_train_dataloader()
        # accelerate's wrapper would remember that it was left half-way
        return next(iter(getattr(loader, "base_dataloader", loader)))


def xray(batch: Mapping, tokenizer, row: int = 0, examples: Iterable[Mapping] | None = None) -> XRay:
    """Look through one row of a batch.

    `batch` maps ``input_ids`` to ids of shape (rows, tokens), and if it has them ``labels``, ``attention_mask`` and
    ``position_ids`` of the same shape; one row of a data set, without the first dimension, will do too. Without labels
    nothing counts as trained. A token is padding where the attention mask is 0, or where it belongs to a run of pad
    tokens at the end of the row; when the pad token is the end-of-sequence token, the first of the run ends the text.

    Raises ValueError, in one sentence, for a batch without ``input_ids``, a row that it doesn't have, and columns of
    different length.
    """
    if not isinstance(batch, Mapping) and not hasattr(batch, "keys"):
        raise ValueError(
            f"xray looks at a batch, a dict with input_ids, not at a {type(batch).__name__}: use batch_of(trainer)."
        )
    if "input_ids" not in batch:
        raise ValueError(
            f"This batch has no input_ids (it has {', '.join(batch.keys())}): take it from batch_of(trainer)."
        )
    ids = _row(batch["input_ids"], row)
    columns = {}
    for name in ("labels", "attention_mask", "position_ids"):
        columns[name] = _row(batch[name], row) if batch.get(name) is not None else None
        if columns[name] is not None and len(columns[name]) != len(ids):
            raise ValueError(
                f"{name} has {len(columns[name])} entries for {len(ids)} tokens in row {row}: collate it again."
            )
    labels = columns["labels"] or [IGNORED] * len(ids)
    padding = _padding(ids, columns["attention_mask"], tokenizer)
    segments = _segments(columns["position_ids"], padding)
    texts = texts_of(ids, tokenizer)
    roles, notes = roles_of([text.text for text in texts], segments, tokenizer, examples)
    special = set(tokenizer.all_special_ids) | set(tokenizer.get_added_vocab().values())
    tokens = [
        Token(
            position=i,
            id=ids[i],
            text=texts[i].text,
            rest=texts[i].rest,
            role="padding" if padding[i] else roles[i],
            special=ids[i] in special,
            trained=i > 0 and labels[i] != IGNORED,
            padding=padding[i],
            segment=segments[i],
        )
        for i in range(len(ids))
    ]
    return XRay(tuple(tokens), tuple(notes))


def _row(values, row: int) -> list[int]:
    values = values.tolist() if hasattr(values, "tolist") else list(values)
    if values and isinstance(values[0], int):
        values = [values]
    if not 0 <= row < len(values):
        raise ValueError(f"There is no row {row} in a batch of {len(values)}: count from 0.")
    return list(values[row])


def _padding(ids: list[int], mask: list[int] | None, tokenizer) -> list[bool]:
    padding = [bit == 0 for bit in mask] if mask else [False] * len(ids)
    pad, end = tokenizer.pad_token_id, len(ids)
    while end > 0 and (padding[end - 1] or ids[end - 1] == pad):
        end -= 1
    if pad == tokenizer.eos_token_id and end < len(ids) and not (mask and mask[end] == 0):
        said = end - 1
        while said > 0 and not tokenizer.decode(ids[said : said + 1]).strip():
            said -= 1
        end += ids[said] != pad  # the first of the run ends the text, unless it has ended already
    return [is_padding or i >= end for i, is_padding in enumerate(padding)]


def _segments(positions: list[int] | None, padding: list[bool]) -> list[int]:
    segments, number = [], 0
    for i, is_padding in enumerate(padding):
        if not is_padding:
            restart = positions is not None and i > 0 and positions[i] != positions[i - 1] + 1
            number += number == 0 or restart
        segments.append(0 if is_padding else number)
    return segments


def xray_rows(
    rows: "Dataset | Sequence[Mapping]",
    tokenizer,
    numbers: Iterable[int] = (0, 1, 2),
    formatting_func: Callable[[dict], str] | None = None,
    **settings: object,
) -> dict[str, XRay]:
    """Look through rows of your own as TRL's trainer would tokenize and mask them, before anything is trained.

    Args:
        rows: a `Dataset` or a list of dicts, in any form that `SFTTrainer` takes.
        tokenizer: any; it is not changed.
        numbers: which rows, counted from 0; numbers that the rows don't reach are left out.
        formatting_func: makes one text of a row, as for `SFTTrainer`.
        settings: what else you will give to `SFTConfig` and changes tokens or labels, such as ``max_length``.

    Returns ``{"row 0": XRay, …}``, which `draw` takes as it is. Raises ValueError, in one sentence, for rows and
    settings that TRL can't read.
    """
    from datasets import Dataset

    if not len(rows):
        raise ValueError("There are no rows to look at: give at least one.")
    chosen = [number for number in numbers if 0 <= number < len(rows)]
    dataset = Dataset.from_list([dict(rows[number]) for number in chosen])
    check_rows(dataset, tokenizer, formatting_func, settings)
    cut = settings.get("max_length", 1024)
    whole, its_tokenizer = prepared(dataset, tokenizer, formatting_func, settings | {"max_length": None})
    pictures = {}
    for number, example, row in zip(chosen, dataset, whole):
        batch = {name: [row[name][:cut]] for name in ("input_ids", "labels")}
        pictures[f"row {number}"] = xray(batch, its_tokenizer, examples=[example])
    return pictures
