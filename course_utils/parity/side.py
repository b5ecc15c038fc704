"""What one way of running a model shows when it is asked the probes: its `Side`. Nothing is compared here.

A side that doesn't let a thing be seen has None there. The logits of every side are those behind the *reference's*
tokens, so that a fault of the weights and a fault of the prompt are told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..data import Messages

SENTENCE = "The meadow lies behind the old mill, and the path to it is dry. "
MOST = 1500  # tokens of the long probe, so that a CPU reads it in seconds
# what a generation_config holds that changes no answer, or is looked at by itself
ASIDE = {"eos_token_id", "pad_token_id", "bos_token_id", "transformers_version", "use_cache", "cache_implementation",
         "return_dict_in_generate", "cache_config", "decoder_start_token_id", "compile_config"}  # fmt: skip
NEUTRAL = {"do_sample": False, "num_beams": 1, "temperature": 1.0, "top_p": 1.0, "top_k": 50, "repetition_penalty": 1.0,
           "max_length": 20, "min_length": 0, "length_penalty": 1.0, "no_repeat_ngram_size": 0, "typical_p": 1.0,
           "early_stopping": False, "num_return_sequences": 1, "encoder_no_repeat_ngram_size": 0,
           "remove_invalid_values": False, "num_beam_groups": 1, "diversity_penalty": 0.0, "epsilon_cutoff": 0.0,
           "eta_cutoff": 0.0, "is_assistant": False}  # fmt: skip


@dataclass
class Answer:
    """A reply to one probe: its text, whether it stopped by itself, its token ids where they are known."""

    text: str
    ended: bool
    ids: list[int] | None = None


@dataclass
class Side:
    """All that was seen of one way of running the model; lists have one entry a probe, the long one last."""

    name: str
    prompts: list[list[int] | None]
    lengths: list[int | None]
    answers: list[Answer | None]
    errors: list[str | None]
    logits: list[np.ndarray | None]
    bos_token: int | None = None
    template: str | None = None
    ends: frozenset[int] | None = None
    settings: dict[str, object] | None = None
    context: int | None = None
    positions: dict[str, object] | None = None
    precision: str | None = None  # the narrowest type that holds its weights exactly
    compute: str | None = None  # the type in which it computes
    own_default: str | None = None  # what it answers to the first probe when no temperature is asked for
    adapter: bool = False
    bare_answers: list[Answer | None] = field(default_factory=list)  # of the same model with its adapter switched off
    bare_logits: list[np.ndarray | None] = field(default_factory=list)


def usual_probes(render, context: int | None) -> list[Messages]:
    """Short chats of one, two and three turns and with a system prompt, as far as the template takes them, and a long
    one that fills nine tenths of the context, or `MOST` tokens. `render` makes token ids of messages.
    """
    ask = {"role": "user", "content": "What is the capital of France?"}
    talk = [
        ask,
        {"role": "assistant", "content": "Paris."},
        {"role": "user", "content": "Write one sentence about it."},
    ]
    known = []
    for chat in ([ask], [{"role": "user", "content": "Tell me about a kettle."}], talk,
                 [{"role": "system", "content": "Be brief."}, ask]):  # fmt: skip
        try:
            render(chat)
            known.append(chat)
        except Exception:  # templates refuse roles with errors of many kinds; such a chat is no probe of this model
            continue
    if not known:
        raise ValueError("The first model's template takes none of the usual chats: give probes that it takes.")
    room = min(MOST, int(0.9 * (context or MOST)))
    one = len(render([{"role": "user", "content": SENTENCE}])) - len(render([{"role": "user", "content": ""}]))
    repeats = max(1, (room - 60) // max(1, one))
    return [*known, [{"role": "user", "content": SENTENCE * repeats + "What lies behind the mill?"}]]


# --- What files and models say --------------------------------------------------------------------------------------


def ends_of(generation_config, config) -> frozenset[int]:
    """The tokens at which generation stops: those of generation_config, and without them those of the config."""
    found = generation_config.eos_token_id if generation_config is not None else None
    found = getattr(config, "eos_token_id", None) if found is None else found
    return frozenset([found] if isinstance(found, int) else found or [])


def settings_of(generation_config) -> dict[str, object]:
    """What a generation_config sets that changes answers, without what is the same as leaving it out."""
    if generation_config is None:
        return {}
    return {
        key: value
        for key, value in generation_config.to_dict().items()
        if key not in ASIDE
        and not key.startswith(("_", "output_", "assistant", "num_assistant", "prompt_lookup", "max_matching"))
        and value is not None
        and not (key in NEUTRAL and value == NEUTRAL[key])
    }


def context_of(config, tokenizer) -> int | None:
    """The longest text that configuration and tokenizer admit; None when neither says."""
    config = config.get_text_config() if hasattr(config, "get_text_config") else config
    told = [getattr(config, "max_position_embeddings", None), getattr(tokenizer, "model_max_length", None)]
    told = [n for n in told if isinstance(n, int) and n < 10**9]  # a tokenizer without a limit says 1e30
    return min(told, default=None)


def positions_of(config) -> dict[str, object]:
    """How places in the text are computed: what changes long texts and leaves short ones nearly alone."""
    config = config.get_text_config() if hasattr(config, "get_text_config") else config
    names = ("rope_parameters", "rope_theta", "rope_scaling", "sliding_window")
    return {key: getattr(config, key, None) for key in names}


def leading(ids: Sequence[int] | None, token: int | None) -> int | None:
    """How many times a token stands at the very start; None when there is nothing to count."""
    if ids is None or token is None:
        return None
    return next((i for i, one in enumerate(ids) if one != token), len(ids))


def precision_of(model) -> str:
    """The narrowest type that holds every matrix of the model exactly: a model that was rounded shows it for good."""
    import torch

    matrices = [p for p in model.parameters() if p.ndim > 1 and p.is_floating_point()]
    for name in ("bfloat16", "float16"):
        kind = getattr(torch, name)
        if all(torch.equal(p.detach().to(kind).to(p.dtype), p.detach()) for p in matrices):
            return name
    return "float32"
