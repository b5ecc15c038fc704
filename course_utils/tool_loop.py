"""Tools for the assistant: the stock list as one, and the loop that runs a model's calls and lets it go on.

Calls are read in the form of the assistant's chat template. What a model writes never raises here. Nothing is trained
or graded.
"""

import json
from collections.abc import Callable

from .data import STOCK_COLUMNS, read_stock
from .generate import generate

CALL = "<|call|>"  # before each call in a reply of the assistant


def look_up(product: str, column: str) -> str:
    """Looks one product up in the shop's stock list.

    Args:
        product: The product's full name.
        column: What to read. (choices: ["price", "stock", "delivery", "shelf"])
    """
    # a tool for a chat model, which reads this description; what is not there is said in the result and not raised
    found = {entry["product"]: entry for entry in read_stock()}
    if product not in found or column not in STOCK_COLUMNS:
        return json.dumps({"error": "not in the list"})
    return json.dumps({column: found[product][column]})


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
