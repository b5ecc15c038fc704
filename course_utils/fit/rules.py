"""The rules: bytes that a training step holds, by part, at each of its four moments.

They count what PyTorch's allocator gives to tensors, as TRL and transformers train a dense decoder (TRL 1.16,
transformers 5.23, PEFT 0.21, PyTorch 2.13). Each factor was derived by listing the tensors that autograd saves in one
layer, and checked against measured peaks. Not counted: the CUDA context, what the allocator keeps back, workspaces of
matrix libraries. The file knows no cards, no prices and no files.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .shape import Matrix, Shape

PARTS = ("weights", "gradients", "optimizer", "activations", "logits", "cache")
# TRL computes the loss in tiles of so many tokens and words of the vocabulary (trl/kernels/chunked_logprob.py), and
# never holds all logits. Off a GPU the gradient of a tile is written in plain PyTorch, with seven more copies of it.
TILE_TOKENS, TILE_WORDS, TILE_COPIES_CPU = 4096, 32_768, 7
NF4 = 0.5 + 4 / 64  # bytes a weight: four bits, and a float32 maximum for every block of 64
ADAM, ADAM_8BIT = 2.0, 2 * (1 + 4 / 256) / 4  # two averages, as a share of the weights' own bytes in float32


@dataclass(frozen=True)
class Run:
    """How is trained. ``length`` is what the longest row of a batch has; ``uneven`` says that rows need padding."""

    shape: Shape
    method: str
    batch: int
    length: int
    packing: bool = False
    uneven: bool = False
    checkpointing: bool = True
    accumulation: int = 1
    half: bool = True  # computes in bfloat16 by autocast
    dtype: int = 4  # bytes of a weight as loaded
    optimizer: str = "adamw_torch_fused"
    rank: int = 16
    targets: str | Sequence[str] = "all-linear"
    dropout: float = 0.05
    flash: bool = False
    full_logits: bool = False
    devices: int = 1
    cpu: bool = False

    @property
    def tokens(self) -> int:
        """Positions that one device holds at once, padding included."""
        return self.batch * self.length

    @property
    def full(self) -> bool:
        return self.method == "full"

    @property
    def computing(self) -> int:
        """Bytes of a number that a matrix product gives."""
        return 2 if self.half else self.dtype

    @property
    def masked(self) -> bool:
        """Is there a matrix that says who may read whom? Without one the kernel needs no more than "the past"."""
        return not self.flash and (self.packing or (self.uneven and self.batch > 1))

    def trains(self, matrix: Matrix) -> bool:
        """Does the adapter change this matrix?"""
        return not self.full and (self.targets == "all-linear" or matrix.name in self.targets)

    @property
    def adapter(self) -> int:
        """Numbers in the adapters of all layers."""
        return self.shape.layers * sum(self.rank * (m.ins + m.outs) for m in self.shape.matrices if self.trains(m))

    @property
    def adapter_bytes(self) -> int:
        """TRL holds the adapters of a four-bit base in bfloat16; PEFT those of another base in float32."""
        return 2 if self.method == "qlora" else 4


def weights(run: Run) -> float:
    """Bytes of all weights, adapters included."""
    s = run.shape
    if run.method != "qlora":
        base = s.parameters * run.dtype
    else:
        linear = s.layers * s.linear
        base = linear * NF4 + (s.parameters - linear) * run.dtype
    return base + (run.adapter * run.adapter_bytes if run.method in ("lora", "qlora") else 0)


def copies(run: Run, forward: bool) -> float:
    """Bytes of the weights' copies in the numbers that products are computed in.

    Autocast turns float32 weights into bfloat16 and keeps the copies of trained ones until the forward pass ends;
    without checkpointing the backward pass needs them as well. A four-bit matrix is unpacked when it is used.
    """
    s = run.shape
    if run.method == "qlora":
        return max(m.ins * m.outs for m in s.matrices) * run.computing
    if not (run.half and run.dtype == 4) or run.devices > 1:
        return 0  # shared out, they are gathered in half precision as they are needed
    every = not run.checkpointing or (run.full and forward)
    return 2 * s.linear * (s.layers if every else 1)


def gradients(run: Run) -> float:
    """Bytes of the gradients of everything that is trained."""
    return run.shape.parameters * run.dtype if run.full else run.adapter * run.adapter_bytes


def optimizer(run: Run) -> float:
    """Bytes of the optimizer's own numbers: two averages a trained weight for Adam, none for plain SGD.

    transformers leaves embeddings out of eight bits, so their averages stay in float32.
    """
    if run.optimizer == "sgd":
        return 0
    if "8bit" not in run.optimizer:
        return gradients(run) * ADAM
    tables = (run.shape.vocabulary + run.shape.positions) * run.shape.hidden if run.full else 0
    return (gradients(run) - tables * run.dtype) * ADAM_8BIT + tables * 8


def layer_activations(run: Run) -> float:
    """Bytes that one layer keeps from its forward pass for its backward pass."""
    s, c = run.shape, run.computing
    kept = s.norms * (4 * s.hidden + 4)  # what a norm reads, in float32, and one factor a token
    if run.full and not s.norm_bias:
        kept += s.norms * s.hidden * run.dtype  # what it scales, for the gradient of its weights
    kept += sum(_input(run, matrix) for matrix in s.matrices)
    if run.full or not run.dropout:
        kept += _shared_inputs(run)
    # queries, keys, values and what attention gives; with a mask, keys and values are copied for each query's head
    kept += (4 * s.queries if run.masked else 2 * s.queries + 2 * s.keys) * c + 4 * s.heads
    kept += s.normed_heads * (4 + (c if run.full else 0))
    kept += s.activation * s.inner * c
    if s.dropout:
        kept += 2 * s.hidden * (4 if run.cpu else 1)
    return kept * run.tokens + _mask(run) + _written_out(run)


def _input(run: Run, matrix: Matrix) -> float:
    """Bytes a token that one matrix keeps of what it reads, where it does not share it with another one."""
    c, cast = run.computing, run.half and (run.dtype == 4 or run.adapter_bytes == 4 and not run.full)
    if run.full:
        return matrix.ins * c if cast and matrix.reads == "norm" else 0
    if not run.trains(matrix):
        return 0
    kept = run.rank * c
    if run.dropout:  # each adapter drops out for itself: its own input, and a mask (one byte a number on a GPU)
        return kept + matrix.ins * (c + (run.adapter_bytes if run.cpu else 1))
    return kept + (matrix.ins * c if cast else 0)


def _shared_inputs(run: Run) -> float:
    """Bytes a token of inputs that matrices keep together: a norm's output once for all that read it."""
    s, c = run.shape, run.computing
    kept = {m.reads for m in s.matrices if run.full or run.trains(m)}
    cast = run.half and (run.dtype == 4 or not run.full)
    shared = 2 * s.hidden * c if "norm" in kept and not cast else 0
    return shared + (s.inner * c if "product" in kept and (run.full or not cast) else 0)


def _pairs(run: Run) -> int:
    """Pairs of positions that attention looks at. TRL lays all packs of a batch in one row."""
    return run.tokens**2 if run.packing else run.batch * run.length**2


def _written_out(run: Run) -> float:
    """Bytes of one layer's attention where no fused kernel takes it: on a CPU, with dropout inside the model.

    Then the shares of every head are kept, the mask of the dropout, and what it leaves of the shares.
    """
    return 3 * run.shape.heads * _pairs(run) * run.computing if run.shape.dropout and run.cpu else 0


def _mask(run: Run) -> float:
    """Bytes of one layer's mask, a number for each pair of positions."""
    return _pairs(run) * run.computing if run.masked else 0


def activations(run: Run) -> dict[str, float]:
    """Bytes of activations at the end of the forward pass, and when the backward pass has reached the last layer."""
    s = run.shape
    stream = run.tokens * s.hidden * run.dtype  # what goes from layer to layer
    outside = run.tokens * s.hidden * (4 + (run.dtype if run.full else 0)) + stream
    outside += _mask(run) / run.computing  # the mask as the model makes it, a byte a pair
    flow = run.tokens * (2 * s.inner + s.hidden) * run.computing  # gradients on their way through the MLP
    if run.checkpointing:
        kept = s.layers * stream
        return {"forward": kept + outside, "backward": kept + outside + layer_activations(run) + flow}
    kept = s.layers * layer_activations(run)
    return {"forward": kept + outside, "backward": kept + flow}


def logits(run: Run) -> float:
    """Bytes of logits and their gradients, when the loss is computed."""
    s = run.shape
    if run.full_logits:  # log-probabilities, the gradient of the loss, that of the logits, each in float32
        return 12 * run.tokens * s.vocabulary
    rows, words = min(run.tokens, TILE_TOKENS), min(s.vocabulary, TILE_WORDS)
    buffer = rows * TILE_WORDS * run.computing
    if run.cpu:
        buffer += rows * words * (4 * TILE_COPIES_CPU + 1)
    return buffer + 4 * run.tokens * s.hidden


def moments(run: Run) -> dict[str, dict[str, float]]:
    """Bytes by part at each of the four moments at which a step may reach its peak."""
    s, shared = run.shape, run.devices
    gathered = 2 * s.linear * run.computing if shared > 1 else 0  # a layer, and the next one on its way
    base = {
        "weights": weights(run) / shared + gathered,
        "optimizer": optimizer(run) / shared,
        "logits": 0.0,
        "activations": 0.0,
        "cache": 0.0,
    }
    every, table = gradients(run) / shared, 4 * s.vocabulary * s.hidden if run.full else 0
    kept = activations(run)
    before = every if run.accumulation > 1 else 0.0
    return {
        "loss": base
        | {"weights": base["weights"] + copies(run, forward=True), "activations": kept["forward"]}
        | {"logits": logits(run), "gradients": before + (0 if run.full_logits else table)},
        "backward": base
        | {"weights": base["weights"] + copies(run, forward=False), "activations": kept["backward"]}
        | {"gradients": before + table},
        # a table that is both embedding and head gets two gradients, and their sum is a third
        "last gradient": base | {"gradients": every + (2 * table if s.tied else 0)},
        "optimizer step": base | {"gradients": every},
    }


def serving(run: Run) -> dict[str, dict[str, float]]:
    """Bytes by part when the model answers: weights, the cache of keys and values, one layer at work, one word's
    logits."""
    s = run.shape
    cache = 2 * s.layers * s.keys * run.tokens * run.dtype
    work = run.tokens * (3 * s.hidden + 2 * s.inner) * run.dtype
    parts = {"weights": weights(run), "gradients": 0.0, "optimizer": 0.0, "activations": work, "cache": cache}
    return {"answering": parts | {"logits": 4.0 * run.batch * s.vocabulary}}
