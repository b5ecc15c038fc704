"""What a training holds in memory: the whole process at its peak, and the activations of one forward pass.

It knows nothing of lessons or models; what it is given is any `transformers` trainer.
"""

import sys


def peak_memory_mb() -> float:
    """The most memory this process has held so far, in megabytes (10^6 bytes)."""
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset / 1e6
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def activations_mb(trainer, rows: list[dict]) -> float:
    """Megabytes (10^6 bytes) that one forward pass of some rows keeps for its backward pass, weights left out.

    ``rows`` are rows of ``trainer.train_dataset``, as its data collator takes them. Counted are the tensors that
    PyTorch's autograd saves, each storage once, which is what gradient checkpointing would save in turn.
    """
    import torch

    weights = {weight.untyped_storage().data_ptr() for weight in trainer.model.parameters()}
    kept = {}

    def note(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    batch = trainer._prepare_inputs(trainer.data_collator(rows))
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss = trainer.compute_loss(trainer.model, batch)
    del loss  # until here the graph held them all
    return sum(kept.values()) / 1e6
