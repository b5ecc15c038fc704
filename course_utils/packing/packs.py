"""How rows are put into batches and packs, and whether packed rows see each other.

TRL packs (`trl.pack_dataset`), transformers sorts by length; only the bookkeeping is done here, on lengths.
"""

from collections.abc import Sequence

SHUFFLES = 20  # over which the padding of random batches is averaged

Piece = tuple[int, int, int]  # number of the row, its first token in this piece, number of tokens


def packs_of(lengths: Sequence[int], max_length: int, strategy: str) -> list[list[Piece]]:
    """Rows of these lengths as `trl.pack_dataset` packs them: for each pack its pieces, in order."""
    from datasets import Dataset
    from trl import pack_dataset

    # the "tokens" that are packed are their own addresses: which row, and where in it
    columns = {"row": [[i] * n for i, n in enumerate(lengths)], "place": [list(range(n)) for n in lengths]}
    packed = pack_dataset(Dataset.from_dict(columns), max_length, strategy)
    packs = []
    for numbers, places in zip(packed["row"], packed["place"]):
        pieces: list[Piece] = []
        for row, place in zip(numbers, places):
            if pieces and pieces[-1][0] == row and sum(pieces[-1][1:]) == place:
                pieces[-1] = (row, pieces[-1][1], pieces[-1][2] + 1)
            else:
                pieces.append((row, place, 1))
        packs.append(pieces)
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

    if not lengths:
        return 0.0
    shares = []
    for seed in range(SHUFFLES):
        generator = torch.Generator().manual_seed(seed)
        if by_length:
            order = get_length_grouped_indices(list(lengths), batch_size, generator=generator)
        else:
            order = torch.randperm(len(lengths), generator=generator).tolist()
        batches = [[lengths[i] for i in order[at : at + batch_size]] for at in range(0, len(order), batch_size)]
        shares.append(1 - sum(lengths) / sum(max(batch) * len(batch) for batch in batches))
    return sum(shares) / len(shares)
