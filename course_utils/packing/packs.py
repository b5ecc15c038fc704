"""How rows are put into batches and packs, and whether packed rows see each other.

TRL packs (`trl.pack_dataset`), transformers sorts by length; only the bookkeeping is done here, on lengths.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SHUFFLES = 20  # over which the padding of random batches is averaged
ENOUGH = 20_000  # rows: a mean over so many needs no more shuffles

Piece = tuple[int, int, int]  # number of the row, its first token in this piece, number of tokens


@dataclass(frozen=True)
class Pieces:
    """The pieces of rows that are fed to a model in an epoch, as columns: for each its pack (or row of a batch), the
    number of its row, its first token in that row, and its number of tokens."""

    pack: np.ndarray
    row: np.ndarray
    start: np.ndarray
    tokens: np.ndarray

    @property
    def widths(self) -> np.ndarray:
        """The number of tokens of each pack."""
        return np.bincount(self.pack, self.tokens).astype(int)


def pieces_of(lengths: Sequence[int], max_length: int, strategy: str) -> Pieces:
    """Rows of these lengths as `trl.pack_dataset` packs them."""
    import pyarrow as pa
    from datasets import Dataset
    from trl import pack_dataset

    sizes = np.asarray(lengths, dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    # the "tokens" that are packed are their own addresses: which row, and where in it
    rows = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    places = (np.arange(offsets[-1]) - np.repeat(offsets[:-1], sizes)).astype(np.int32)
    columns = {name: pa.LargeListArray.from_arrays(offsets, flat) for name, flat in (("row", rows), ("place", places))}
    packed = pack_dataset(Dataset(pa.table(columns)), max_length, strategy).with_format("arrow")[:]
    lists = packed["row"].combine_chunks()
    pack = np.repeat(np.arange(len(lists)), lists.value_lengths().to_numpy())
    row, place = (packed[name].combine_chunks().flatten().to_numpy() for name in ("row", "place"))
    first = np.ones(len(row), dtype=bool)
    first[1:] = (np.diff(pack) != 0) | (np.diff(row) != 0) | (np.diff(place) != 1)
    at = np.flatnonzero(first)
    return Pieces(pack[at], row[at], place[at], np.diff(np.append(at, len(row))))


def packs_of(lengths: Sequence[int], max_length: int, strategy: str) -> list[list[Piece]]:
    """Rows of these lengths as `trl.pack_dataset` packs them: for each pack its pieces, in order."""
    pieces = pieces_of(lengths, max_length, strategy)
    packs: list[list[Piece]] = [[] for _ in pieces.widths]
    for pack, *piece in zip(*(column.tolist() for column in (pieces.pack, pieces.row, pieces.start, pieces.tokens))):
        packs[pack].append(tuple(piece))
    return packs


def isolation_error(model, rows: Sequence[Sequence[int]]) -> float:
    """How far packing changes what a model says: the largest change of a logit against each row alone.

    In standard deviations of the logits, so that models can be compared: rounding gives about 1e-5 in float32, rows
    that see each other 0.1 and more. `rows` are token ids. They are packed as bfd's collator does it, and the model is
    called as the trainer calls it, without a cache. Raises ValueError for fewer than two rows, and for an empty one.
    """
    import torch
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    if len(rows) < 2 or not all(len(row) for row in rows):
        raise ValueError("One row can't see another: give isolation_error two rows of tokens or more.")
    flat = [{"input_ids": [i for row in rows for i in row], "seq_lengths": [len(row) for row in rows]}]
    batch = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)(flat)
    inputs = {k: v.to(model.device) if hasattr(v, "to") else v for k, v in batch.items() if k != "labels"}
    was_training = model.training
    model.eval()
    with torch.no_grad():
        packed = model(**inputs, use_cache=False).logits[0].float()
        each = [model(input_ids=torch.tensor([list(row)]).to(model.device), use_cache=False).logits[0] for row in rows]
    model.train(was_training)
    alone = torch.cat(each).float()
    return float((packed - alone).abs().max() / alone.std())


def padding_share(lengths: Sequence[int], batch_size: int, by_length: bool = False) -> float:
    """The share of padding when rows of these lengths are batched, in the mean over some shuffles.

    `by_length` is ``train_sampling_strategy="group_by_length"``: neighbours in length share a batch.
    """
    import torch
    from transformers.trainer_pt_utils import get_length_grouped_indices

    if not len(lengths):
        return 0.0
    sizes = np.asarray(lengths)
    last = np.zeros(-len(sizes) % batch_size, dtype=int)  # fills the last batch up, with rows that don't count
    shares = []
    for seed in range(min(SHUFFLES, max(2, ENOUGH // len(sizes)))):
        generator = torch.Generator().manual_seed(seed)
        if by_length:
            order = get_length_grouped_indices(sizes.tolist(), batch_size, generator=generator)
        else:
            order = torch.randperm(len(sizes), generator=generator).numpy()
        batches = np.concatenate([sizes[order], last]).reshape(-1, batch_size)
        computed = batches.max(axis=1) * (batches > 0).sum(axis=1)
        shares.append(1 - sizes.sum() / computed.sum())
    return float(sum(shares) / len(shares))
