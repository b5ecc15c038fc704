"""Asks the probes of each kind of source and returns its `Side`: a live model, a folder, an ONNX file, a server.

Replies are greedy. A folder is loaded in float32, whatever its files hold, so that logits tell of the weights alone.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlparse

import numpy as np

from ..data import Messages
from .side import Answer, Side, context_of, ends_of, positions_of, precision_of, settings_of

Logits = Callable[[list[int]], np.ndarray]


class Unreadable(ValueError):
    """A source that can't be asked at all, with a sentence that says why."""


def render_with(tokenizer) -> Callable[[Messages], list[int]]:
    """The tokenizer's own way from messages to token ids, up to where the reply begins."""
    return lambda chat: list(tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False))


# --- A live model ---------------------------------------------------------------------------------------------------


def ask_model(name, model, tokenizer, probes, asked, new_tokens, render=None) -> Side:
    """A model in this process. `asked` are the reference's prompts; without them its own are the reference's."""
    import torch

    was_training = model.training
    model.eval()
    render = render or render_with(tokenizer)
    side = _described(name, tokenizer, model.config, getattr(model, "generation_config", None), probes, render)
    side.precision, side.compute = precision_of(model), str(model.dtype).removeprefix("torch.")
    side.adapter = hasattr(model, "disable_adapter") and bool(getattr(model, "peft_config", None))

    def logits(ids: list[int]) -> np.ndarray:
        with torch.no_grad():
            return model(input_ids=torch.tensor([ids], device=model.device)).logits[0, -1].float().cpu().numpy()

    def answer(ids: list[int]) -> Answer:
        batch = torch.tensor([ids], device=model.device)
        pad = getattr(tokenizer, "pad_token_id", None)
        pad = next(iter(side.ends), None) if pad is None else pad
        with torch.no_grad():
            out = model.generate(
                input_ids=batch, attention_mask=torch.ones_like(batch), do_sample=False, max_new_tokens=new_tokens,
                pad_token_id=pad,
            )[0, len(ids) :].tolist()  # fmt: skip
        return _cut(out, side.ends, tokenizer)

    prompts = asked or side.prompts
    side.logits = [_try(logits, ids) for ids in prompts]
    side.answers = [_try(answer, ids, side.errors, i) for i, ids in enumerate(side.prompts)]
    if side.adapter and asked is None:
        with model.disable_adapter():
            side.bare_logits = [_try(logits, ids) for ids in prompts]
            side.bare_answers = [_try(answer, ids) for ids in prompts]
    model.train(was_training)
    return side


def _described(name, tokenizer, config, generation_config, probes, render) -> Side:
    """A side with what its files and its tokenizer say, before anything is asked."""
    errors, prompts = [], []
    for chat in probes:
        try:
            prompts.append([int(i) for i in render(chat)])
            errors.append(None)
        except Exception as error:  # jinja2's and the tokenizers' own, and none of them should end the report
            prompts.append(None)
            errors.append(_short(error))
    return Side(
        name, prompts, [None if p is None else len(p) for p in prompts], [None] * len(probes), errors,
        [None] * len(probes), tokenizer.bos_token_id, tokenizer.chat_template,
        ends_of(generation_config, config), settings_of(generation_config), context_of(config, tokenizer),
        positions_of(config),
    )  # fmt: skip


def _cut(ids: list[int], ends: frozenset[int], tokenizer) -> Answer:
    end = next((place for place, token in enumerate(ids) if token in ends), None)
    return Answer(tokenizer.decode(ids[:end], skip_special_tokens=True).strip(), end is not None, ids[:end])


def _try(call, ids, errors=None, place=0):
    """What a call gives, or None where there is nothing to ask with or the model can't read it."""
    if ids is None:
        return None
    try:
        return call(ids)
    except (IndexError, RuntimeError, ValueError) as error:  # an id beyond the vocabulary, a text beyond the positions
        if errors is not None:
            errors[place] = _short(error)
        return None


def _short(error: Exception, length: int = 120) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= length else text[: length - 1] + "…"


# --- A folder -------------------------------------------------------------------------------------------------------


def ask_folder(name, folder: Path, probes, asked, new_tokens) -> Side:
    """What ``save_pretrained`` wrote, loaded anew: a whole model, or an adapter on the base that it names."""
    from transformers import AutoModelForCausalLM

    tokenizer = tokenizer_of(folder)
    try:
        if (folder / "adapter_config.json").exists():
            from peft import AutoPeftModelForCausalLM

            model = AutoPeftModelForCausalLM.from_pretrained(folder, dtype="float32")
        else:
            model = AutoModelForCausalLM.from_pretrained(folder, dtype="float32")
    except Exception as error:  # transformers, peft, safetensors and json raise their own
        raise Unreadable(f"the model in {folder.name} can't be loaded ({_short(error, 80)})") from None
    return ask_model(name, model, tokenizer, probes, asked, new_tokens)


def tokenizer_of(folder: Path):
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder)
    except Exception as error:
        raise Unreadable(f"the tokenizer in {folder.name} can't be read ({_short(error, 80)})") from None


# --- An ONNX file ---------------------------------------------------------------------------------------------------


def ask_onnx(name, file: Path, probes, asked, new_tokens) -> Side:
    """A model that gives logits for ``input_ids``, run by ONNX Runtime; tokenizer and configuration lie beside it."""
    try:
        import onnxruntime
    except ImportError:
        raise Unreadable("ONNX Runtime is not installed: run pip install onnxruntime") from None
    from transformers import AutoConfig, GenerationConfig

    tokenizer, config = tokenizer_of(file.parent), AutoConfig.from_pretrained(file.parent)
    has_settings = (file.parent / "generation_config.json").exists()
    settings = GenerationConfig.from_pretrained(file.parent) if has_settings else None
    try:
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    except Exception as error:  # its own classes, which differ between builds
        raise Unreadable(f"ONNX Runtime can't load {file.name} ({_short(error, 80)})") from None
    if [one.name for one in session.get_inputs()] != ["input_ids"]:
        raise Unreadable(f"{file.name} wants other inputs than input_ids: export it without a cache")

    def logits(ids: list[int]) -> np.ndarray:
        out = session.run(None, {"input_ids": np.array([ids], dtype=np.int64)})[0][0]
        return out if out.ndim == 1 else out[-1]  # an export may give the last place alone

    side = _described(name, tokenizer, config, settings, probes, render_with(tokenizer))

    def answer(ids: list[int]) -> Answer:
        written: list[int] = []
        while len(written) < new_tokens and not (written and written[-1] in side.ends):
            written.append(int(logits(ids + written).argmax()))
        return _cut(written, side.ends, tokenizer)

    side.compute = "float32" if session.get_outputs()[0].type == "tensor(float)" else "float16"
    side.logits = [_try(logits, ids) for ids in asked]
    # without a cache a long prompt is read anew for every token
    side.answers = [_try(answer, ids, side.errors, i) for i, ids in enumerate(side.prompts[:-1])] + [None]
    return side


# --- A server -------------------------------------------------------------------------------------------------------


def ask_server(name, url: str, model: str, probes, asked, new_tokens) -> Side:
    """Any server with ``/chat/completions``. If `model` is a folder of this machine, template, settings and weights are
    looked at there, and only the replies and the number of tokens read come from the server.
    """
    import requests

    session = requests.Session()
    session.trust_env = urlparse(url).hostname not in ("127.0.0.1", "localhost", "::1")  # no proxy to oneself
    session.headers["Authorization"] = f"Bearer {os.environ.get('OPENAI_API_KEY', 'none')}"

    def ask(chat: Messages, **options) -> tuple[dict | None, str | None]:
        body = {"model": model, "messages": chat, "max_tokens": new_tokens, **options}
        try:
            got = session.post(f"{url.rstrip('/')}/chat/completions", json=body, timeout=120)
            got.raise_for_status()
            return got.json(), None
        except requests.HTTPError:
            detail = re.sub(r"<[^>]*>", " ", got.text)
            return None, _short(ValueError(f"HTTP {got.status_code}: {detail}"))
        except (requests.RequestException, ValueError) as error:
            return None, _short(ValueError(f"{type(error).__name__}: {error}"))

    if (Path(model) / "config.json").exists():
        side = ask_folder(name, Path(model), probes, asked, new_tokens)
        side.answers = [None] * len(probes)  # those of the folder; the server's come now
    else:
        side = Side(name, *([None] * len(probes) for _ in range(5)))
    for place, chat in enumerate(probes):
        got, side.errors[place] = ask(chat, temperature=0)
        if got is None:
            side.lengths[place] = None
            continue
        choice = got["choices"][0]
        text = (choice["message"].get("content") or "").strip()
        side.answers[place] = Answer(text, choice.get("finish_reason") != "length")
        side.lengths[place] = (got.get("usage") or {}).get("prompt_tokens")
    if any(side.errors) and all(side.errors) and "Connection" in str(side.errors[0]):
        raise Unreadable(f"{url} does not answer ({side.errors[0]})")
    got, _ = ask(probes[0])
    side.own_default = got and (got["choices"][0]["message"].get("content") or "").strip()
    return side
