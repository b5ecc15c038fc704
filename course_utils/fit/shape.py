"""What a `config.json` says of a decoder's size: its matrices, its norms, its vocabulary, and how many numbers that is.

It knows dense decoders as transformers writes them, and nothing of memory, cards or training. A mixture of experts
and an encoder-decoder are refused, as their memory follows other rules.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..session import ASSETS

# Decoders that were compared with transformers, parameter by parameter; another name is read as Llama's kind, with a
# note.
KNOWN = ("llama", "mistral", "qwen2", "qwen3", "smollm3", "gemma2", "gemma3_text", "olmo2", "phi3", "gpt2")


def models() -> dict[str, dict]:
    """The shipped table of well-known open models: name to ``{"source": …, "config": …}``, as read at the source."""
    return json.loads((ASSETS / "models.json").read_text(encoding="utf-8"))


def config_of(config: str | Path | Mapping) -> dict:
    """A model's configuration as a dict.

    Args:
        config: a `config.json`, a folder that holds one, a name of the shipped table (`models()`; the part of a hub id
            behind the slash is enough, and endings such as "-Instruct" may stay), or the configuration itself.

    Raises:
        ValueError: nothing of the kind is there, or it is no JSON object; one sentence.
    """
    if isinstance(config, Mapping):
        return dict(config)
    path = Path(config) / "config.json" if Path(config).is_dir() else Path(config)
    if path.is_file():
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{path.name} is no JSON file ({error}): give a model's config.json."[:200]) from None
        if not isinstance(found, dict):
            raise ValueError(f"{path.name} holds no JSON object: give a model's config.json.")
        return found
    table, asked = models(), str(config).rsplit("/", 1)[-1].lower()
    fitting = [name for name in table if asked == name.lower() or asked.startswith(name.lower() + "-")]
    if not fitting:
        names = ", ".join(table)
        raise ValueError(f"No model {str(config)[:40]!r}: give a config.json, its folder, or one of {names}."[:200])
    return dict(table[max(fitting, key=len)]["config"])


@dataclass(frozen=True)
class Matrix:
    """A weight matrix of a layer: its module's name in transformers, width in and out, and what feeds it.

    ``reads`` is "norm" for what a norm gives, "attention" for the heads' output, "product" for the inner MLP's.
    """

    name: str
    ins: int
    outs: int
    reads: str
    bias: bool = False


@dataclass(frozen=True)
class Shape:
    """A decoder's sizes. ``queries`` and ``keys`` are the widths of all query heads and of all key heads together."""

    kind: str
    hidden: int
    layers: int
    heads: int
    queries: int
    keys: int
    inner: int
    vocabulary: int
    tied: bool
    matrices: tuple[Matrix, ...]
    norms: int  # of the hidden width, in each layer
    norm_bias: bool
    normed_heads: int  # numbers of queries and keys that have a norm of their own, for each token
    head_norms: int  # the weights of these norms, in each layer
    activation: int  # tensors of the inner width that the MLP keeps, its product left out
    positions: int  # rows of a learned table of positions
    dropout: bool  # does the model itself drop out on its hidden states?

    @property
    def linear(self) -> int:
        """Numbers in the matrices of one layer, biases left out."""
        return sum(m.ins * m.outs for m in self.matrices)

    @property
    def parameters(self) -> int:
        """All trained numbers of the model; a head that shares the embedding's matrix counts once."""
        norm = self.hidden * (2 if self.norm_bias else 1)
        layer = self.linear + sum(m.outs for m in self.matrices if m.bias) + self.norms * norm + self.head_norms
        tables = self.vocabulary * (1 if self.tied else 2) + self.positions
        return self.layers * layer + tables * self.hidden + norm


def shape_of(config: Mapping) -> Shape:
    """The sizes in a configuration.

    Raises ValueError in one sentence for a mixture of experts, an encoder-decoder, or when a size is missing or no
    number.
    """
    inner = config.get("text_config")
    config = dict(config) | (dict(inner) if isinstance(inner, Mapping) else {})
    kind = str(config.get("model_type", "unknown"))
    if any(config.get(key) for key in ("num_experts", "num_local_experts", "n_routed_experts")):
        raise ValueError(f"{kind} is a mixture of experts: these rules hold for dense decoders alone.")
    if config.get("is_encoder_decoder"):
        raise ValueError(f"{kind} is an encoder-decoder: these rules hold for decoders alone.")
    return _gpt2(config) if kind == "gpt2" else _gated(config, kind)


def _size(config: Mapping, key: str, default: int | None = None) -> int:
    value = config.get(key)
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"The configuration's {key} is {str(value)[:30]!r}: a positive whole number is needed.")
    return value


def _gpt2(config: Mapping) -> Shape:
    hidden = _size(config, "n_embd", 768)
    inner = _size(config, "n_inner", 4 * hidden)
    matrices = (
        Matrix("c_attn", hidden, 3 * hidden, "norm", True),
        Matrix("c_proj", hidden, hidden, "attention", True),
        Matrix("c_fc", hidden, inner, "norm", True),
        Matrix("c_proj", inner, hidden, "product", True),
    )
    return Shape(
        "gpt2", hidden, _size(config, "n_layer", 12), _size(config, "n_head", 12), hidden, hidden, inner,
        _size(config, "vocab_size", 50_257), config.get("tie_word_embeddings", True), matrices, norms=2,
        norm_bias=True, normed_heads=0, head_norms=0,
        # "gelu_new" is written out in Python and keeps four tensors, PyTorch's own keep their input
        activation=4 if config.get("activation_function", "gelu_new") == "gelu_new" else 1,
        positions=_size(config, "n_positions", 1024), dropout=bool(config.get("resid_pdrop", 0.1)),
    )  # fmt: skip


def _gated(config: Mapping, kind: str) -> Shape:
    """Llama's kind: norms without bias, rotary positions, an MLP with a gate."""
    hidden, heads = _size(config, "hidden_size"), _size(config, "num_attention_heads")
    width = _size(config, "head_dim", hidden // heads)
    pairs = _size(config, "num_key_value_heads", heads)
    queries, keys, inner = heads * width, pairs * width, _size(config, "intermediate_size")
    bias = kind == "qwen2" or bool(config.get("attention_bias"))
    if kind == "phi3":
        reading = [Matrix("qkv_proj", hidden, queries + 2 * keys, "norm", bias)]
        mlp = [Matrix("gate_up_proj", hidden, 2 * inner, "norm")]
    else:
        names = {"q_proj": queries, "k_proj": keys, "v_proj": keys}
        reading = [Matrix(name, hidden, outs, "norm", bias) for name, outs in names.items()]
        mlp = [Matrix(name, hidden, inner, "norm") for name in ("gate_proj", "up_proj")]
    out = Matrix("o_proj", queries, hidden, "attention", bool(config.get("attention_bias")))
    matrices = (*reading, out, *mlp, Matrix("down_proj", inner, hidden, "product"))
    by_head = {"qwen3": 2 * width, "gemma3_text": 2 * width, "olmo2": queries + keys}.get(kind, 0)
    tied = config.get("tie_word_embeddings")
    return Shape(
        kind, hidden, _size(config, "num_hidden_layers"), heads, queries, keys, inner,
        _size(config, "vocab_size"), kind.startswith("gemma") if tied is None else bool(tied), matrices,
        norms=4 if kind in ("gemma2", "gemma3_text") else 2, norm_bias=False,
        normed_heads=queries + keys if by_head else 0, head_norms=by_head, activation=3, positions=0, dropout=False,
    )  # fmt: skip
