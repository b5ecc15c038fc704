"""What can be told of a job's model without its weights: size, positions, names of layers, which tokens end a reply.

The configuration and the tokenizer are read, nothing else. The model is built on PyTorch's meta device, which holds
shapes and no numbers; where packing is tried, in miniature and with random weights.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from ..parse_rows import short

# a model of the same architecture that is large enough to show whether packed rows see each other
SMALL = {
    "num_hidden_layers": 2, "hidden_size": 64, "intermediate_size": 96, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 128, "max_position_embeddings": 512,
    "n_layer": 2, "n_embd": 64, "n_head": 4, "n_positions": 512, "ffn_dim": 96, "word_embed_proj_dim": 64,
    "num_layers": 2, "num_heads": 4,
}  # fmt: skip


@dataclass(frozen=True)
class ModelFacts:
    """The model of a job as its configuration tells it; ``name`` as the job says it."""

    name: str
    config: object
    ends: tuple[int, ...]

    @cached_property
    def shapes(self):
        """The model on the meta device, or None where its code isn't installed."""
        import torch
        from transformers import AutoModelForCausalLM

        with suppress(Exception), torch.device("meta"):  # an architecture may ask for packages that aren't here
            return AutoModelForCausalLM.from_config(self.config)
        return None

    @cached_property
    def parameters(self) -> int | None:
        return self.shapes and self.shapes.num_parameters()

    @property
    def positions(self) -> int | None:
        found = getattr(self.config.get_text_config(), "max_position_embeddings", None)
        return found if isinstance(found, int) and found > 0 else None

    def layer_names(self) -> set[str]:
        """The last parts of the names of the layers that LoRA can adapt."""
        import torch

        modules = self.shapes.named_modules() if self.shapes else ()
        kinds = (torch.nn.Linear, torch.nn.Embedding)
        return {
            name.rpartition(".")[2] for name, one in modules if isinstance(one, kinds) or "Conv1D" in type(one).__name__
        }

    def packed_rows_mix(self) -> bool | None:
        """Whether packed rows of this architecture see each other; None when that can't be tried."""
        import copy

        import torch
        from transformers import AutoModelForCausalLM

        from ..packing.packs import isolation_error

        config = copy.deepcopy(self.config.get_text_config())
        for name, value in SMALL.items():
            if isinstance(getattr(config, name, None), int):
                setattr(config, name, value)
        for name in ("layer_types", "attention_types", "attention_layers", "rope_parameters", "pad_token_id"):
            if isinstance(getattr(config, name, None), list | int):
                setattr(config, name, (getattr(config, name)[:2] if name == "layer_types" else None))
        rows = [[5, 9, 23, 41, 77, 12], [90, 17, 64, 33, 8], [51, 2, 7, 120, 99, 14, 60]]
        with suppress(Exception), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
            return isolation_error(model, rows) > 1e-3
        return None


def read_model(name: str, revision: str = "main", trust: bool = False) -> ModelFacts:
    """What the model's folder or its page on the Hub says. Raises ValueError, in a sentence, when it can't be read."""
    from transformers import AutoConfig, GenerationConfig

    try:
        config = AutoConfig.from_pretrained(name, revision=revision, trust_remote_code=trust)
    except Exception as error:  # transformers, huggingface_hub and json raise their own
        config = _shipped(name)
        if config is None:
            said = f"The model {short(name, 60)} can't be read ({type(error).__name__})"
            raise ValueError(f"{said}: give a folder with config.json, or a name on the Hub.") from None
    ends: list[int] = []
    with suppress(Exception):  # a base often has none, and the Hub says so by an error
        given = GenerationConfig.from_pretrained(name).eos_token_id
        ends = list(given) if isinstance(given, list) else [given] if given is not None else []
    return ModelFacts(name, config, tuple(ends))


def _shipped(name: str):
    """The configuration of a well-known model, from the table that `fit` brings; None for others."""
    from transformers import CONFIG_MAPPING

    from ..fit import config_of

    with suppress(ValueError, KeyError):
        given = config_of(name)
        return CONFIG_MAPPING[given["model_type"]].from_dict(given)
    return None
