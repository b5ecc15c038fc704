"""What a training holds in memory: the process at its peak, tensors along the way, activations of a forward pass.

It knows nothing of lessons or models; what it is given is any `transformers` trainer.
"""

import gc
import os
import sys
from collections.abc import Callable


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


def memory_curve(do: Callable[[], object]) -> list[tuple[float, float]]:
    """Seconds and megabytes (10^6 bytes): what PyTorch's tensors hold on the CPU while ``do()`` runs.

    The figure is the allocator's, as `torch.cuda.memory_allocated()` is on a GPU: each tensor's memory counts from when
    it is taken until it is given back. Python, the libraries and what the C library keeps back are not in it. Only what
    ``do`` itself allocates is counted, so it has to build its model, too.
    """
    # without this the profiler's engine writes lines about itself
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")
    from torch.profiler import ProfilerActivity, profile

    gc.collect()  # what is garbage already should not be given back along the way
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True, acc_events=True) as recorded:
        do()
    events = [event for event in recorded.profiler.kineto_results.events() if event.name() == "[memory]"]
    events.sort(key=lambda event: event.start_ns())
    began = events[0].start_ns() if events else 0
    held, curve = 0.0, []
    for event in events:
        held += event.nbytes() / 1e6
        curve.append(((event.start_ns() - began) / 1e9, held))
    return curve
