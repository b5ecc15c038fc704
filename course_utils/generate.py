"""Asks a model many things at once and gets back what it wrote, greedily or sampled; transformers generates.

A model that calls tools gets their results and goes on; its calls are read in the form of the course's assistant.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass

from .data import Messages

CALL = "<|call|>"  # before each call in a reply of the assistant


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


# --- Tools ------------------------------------------------------------------------------------------------------------


def read_reply(text: str) -> dict:
    """What a model wrote as a message of a chat: its text, and its tool calls if it made any.

    A call that is no JSON object with a name and arguments stays in the text, as a chat model's mistake.
    """
    said, *written = text.split(CALL)
    try:
        calls = [json.loads(call) for call in written]
        functions = [{"name": str(call["name"]), "arguments": dict(call["arguments"])} for call in calls]
    except (KeyError, TypeError, ValueError):
        return {"role": "assistant", "content": text}
    message = {"role": "assistant", "content": said}
    return message | {"tool_calls": [{"type": "function", "function": f} for f in functions]} if functions else message


def run_call(function: dict, tools: list[Callable[..., str]]) -> str:
    """The result of one call. What can't be run is said to the model, as a result, and not raised."""
    known = {tool.__name__: tool for tool in tools}
    if function["name"] not in known:
        return json.dumps({"error": f"there is no tool {function['name']}"})
    try:
        return known[function["name"]](**function["arguments"])
    except TypeError as error:  # missing or unknown arguments
        return json.dumps({"error": str(error)})


def answer_with_tools(
    model, tokenizer, chats: list[list[dict]], tools: list[Callable[..., str]], most_calls: int = 3
) -> list[list[dict]]:
    """Let the model answer each chat, running the tools that it calls. Returns the chats with all turns added.

    A chat goes on until a turn without a call, or until `most_calls` turns have called.
    """
    chats = [list(chat) for chat in chats]
    ends = model.generation_config.eos_token_id
    waiting = chats
    for _ in range(most_calls + 1):
        replies = generate(model, tokenizer, waiting, tools=tools, end_tokens=ends)
        called = []
        for chat, reply in zip(waiting, replies):
            chat.append(read_reply(reply.text))
            for call in chat[-1].get("tool_calls", ()):
                function = call["function"]
                chat.append({"role": "tool", "name": function["name"], "content": run_call(function, tools)})
            if chat[-1]["role"] == "tool":
                called.append(chat)
        waiting = called
        if not waiting:
            break
    return chats
