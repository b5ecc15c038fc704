"""Asks a model many things at once and gets back what it wrote, greedily or sampled; transformers generates."""

import os
from dataclasses import dataclass

from .data import Messages


@dataclass(frozen=True)
class Reply:
    """What a model wrote to one prompt: the text, whether it stopped by itself, and the tokens read and written."""

    text: str
    ended: bool
    prompt_tokens: int
    new_tokens: int


def place(model):
    """The model, moved to the GPU if the hub profile has one, as the trainer does; the tiny profile leaves it."""
    import torch

    return model.to("cuda") if os.environ.get("COURSE_PROFILE") == "hub" and torch.cuda.is_available() else model


def as_text(tokenizer, prompt: str | Messages, tools: list | None = None) -> str:
    """A plain prompt as it is; a chat through the tokenizer's chat template, up to where the assistant begins."""
    if isinstance(prompt, str):
        return prompt
    if tokenizer.chat_template is None:
        raise ValueError(
            "This tokenizer has no chat template, so it can't read messages: pass the prompt as plain text, or set "
            "tokenizer.chat_template first."
        )
    return tokenizer.apply_chat_template(prompt, tools=tools, tokenize=False, add_generation_prompt=True)


def generate(
    model,
    tokenizer,
    prompts: list[str | Messages],
    max_new_tokens: int = 80,
    stop: str | None = None,
    batch_size: int = 64,
    sample: bool = False,
    tools: list | None = None,
    end_tokens: int | list[int] | None = None,
) -> list[Reply]:
    """Replies to plain prompts (continued) or chats (answered), in the order given.

    A reply ends where one of `end_tokens` comes (by default the tokenizer's end-of-sequence token alone; a model's
    ``generation_config`` may name several), or where `stop` comes (both are left out of the text); otherwise it is cut
    off after `max_new_tokens`. `tools`, functions or JSON schemas, go to the chat template. Each token is the likeliest
    one; with `sample` it is drawn at temperature 1 from all tokens, as the model itself thinks likely, and the batches
    stay in the order given, so that a seed gives the same replies. Raises ValueError, naming the prompt, when a prompt
    leaves no room for an answer in the model's context.
    """
    import torch

    place(model)
    if tokenizer.pad_token is None:  # GPT-2 and SmolLM2 have none; the attention mask hides what stands there
        tokenizer.pad_token = tokenizer.eos_token
    ends = tokenizer.eos_token_id if end_tokens is None else end_tokens
    ends = [ends] if isinstance(ends, int) else ends
    texts = [as_text(tokenizer, p, tools) for p in prompts]
    room = model.config.max_position_embeddings - max_new_tokens
    lengths = [len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]]
    for i, n in enumerate(lengths):
        if n > room:
            raise ValueError(
                f"Prompt {i} has {n} tokens, but the model's context leaves room for {room} beside {max_new_tokens} "
                "new ones: shorten the prompt or lower max_new_tokens."
            )
    options = {"do_sample": False}
    if sample:
        options = {"do_sample": True, "temperature": 1.0, "top_k": 0}
    if stop:
        options |= {"stop_strings": [stop], "tokenizer": tokenizer}
    replies: list[Reply | None] = [None] * len(texts)
    order = list(range(len(texts)))
    if not sample:  # prompts of like length share a batch, so that little is padded
        order.sort(key=lambda i: lengths[i])
    was_training = model.training
    model.eval()
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        batch = tokenizer(
            [texts[i] for i in chosen], return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False
        ).to(model.device)
        with torch.no_grad():
            out = model.generate(
                input_ids=batch["input_ids"],
                attention_mask=batch["attention_mask"],
                max_new_tokens=max_new_tokens,
                eos_token_id=ends,
                pad_token_id=tokenizer.pad_token_id,
                **options,
            )
        for i, ids in zip(chosen, out[:, batch["input_ids"].shape[1] :].tolist()):
            end = next((place for place, token in enumerate(ids) if token in ends), None)
            ended, ids = end is not None, ids[:end]
            text = tokenizer.decode(ids, skip_special_tokens=False)
            if stop and stop in text:
                text, ended = text[: text.index(stop)], True
            new = len(tokenizer(text, add_special_tokens=False)["input_ids"]) + ended
            replies[i] = Reply(text.strip(), ended, lengths[i], new)
    model.train(was_training)
    return replies
