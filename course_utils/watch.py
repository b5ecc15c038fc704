"""Watches what passes through models while a function runs: the budget of a training, and which texts it has read.

A budget in tokens and optimizer steps is the same on a busy machine and on an idle one; one in seconds is not. Nothing
here knows what is trained, by which library or for which task.
"""

from collections.abc import Iterable

MANY = 8  # ids in a row from which on it is a text, and not a step of a generation


class watch:
    """``with watch() as seen:`` counts, for all models of this process, what happens until the block ends.

    ``seen.tokens``: token positions, padding included, that a model has read with gradients switched on, as in
    training. ``seen.steps``: steps of optimizers. ``seen.trained``: the most numbers that one of them holds.
    ``seen.named(...)`` tells which names stood in any text that a model has read, for training or for anything else.
    Other processes are not seen.
    """

    def __init__(self) -> None:
        self.tokens = self.steps = self.trained = 0
        self._read: set[tuple[int, ...]] = set()

    def __enter__(self) -> "watch":
        from torch.nn.modules.module import register_module_forward_pre_hook
        from torch.optim.optimizer import register_optimizer_step_post_hook

        self._hooks = [register_module_forward_pre_hook(self._look), register_optimizer_step_post_hook(self._step)]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def _look(self, module, given: tuple) -> None:
        import torch

        # every text enters a model through the layer that turns ids into vectors
        if isinstance(module, torch.nn.Embedding) and given and given[0].dim() == 2:
            ids = given[0]
            if torch.is_grad_enabled():
                self.tokens += ids.numel()
            if ids.shape[1] >= MANY:
                self._read |= set(map(tuple, ids.tolist()))

    def _step(self, optimizer, *_: object) -> None:
        self.steps += 1
        held = sum(weights.numel() for group in optimizer.param_groups for weights in group["params"])
        self.trained = max(self.trained, held)

    def named(self, tokenizer, names: Iterable[str]) -> list[str]:
        """Those of the names that stand in a text which a model has read, in their order."""
        text = "\n".join(tokenizer.batch_decode([list(ids) for ids in self._read]))
        return [name for name in names if name in text]
