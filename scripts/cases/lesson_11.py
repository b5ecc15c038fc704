"""The generators of assignment 11: chats with tools to repair, marked talks, prompts to pad, and rows of `generate`."""

import json
import random

from scripts.cases import Drawn

VALUES = (
    "red",
    "",
    "None",
    "null",
    "12",
    '["a"]',
    "é",
    0,
    5,
    2.5,
    True,
    False,
    ["x", 1],
    {"size": "L"},
    [],
    None,
    None,
)


def called(rng: random.Random) -> tuple[list[dict], int]:
    """The calls of one turn, their arguments spoiled in several ways, and how many there are."""
    calls = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        arguments = {name: rng.choice(VALUES) for name in rng.sample(("product", "column", "paper"), rng.randrange(4))}
        for _ in range(rng.choice((0, 0, 1, 2, 3))):
            arguments = json.dumps(arguments)
        calls.append({"type": "function", "function": {"name": "look_up", "arguments": arguments}})
    return calls, len(calls)


def chats(rng: random.Random) -> tuple[dict]:
    """A row with a few exchanges, of which some call tools, and perhaps tools as a list or as text."""
    messages = [{"role": "system", "content": "A function is a tool."}] * rng.randrange(2)
    for _ in range(rng.choice((1, 2, 3))):
        messages.append({"role": "user", "content": rng.choice(("How much?", '{"role": "function"}', ""))})
        if rng.random() < 0.7:
            calls, many = called(rng)
            turn = {"role": "assistant", "content": rng.choice(("", "I look.", None)), "tool_calls": calls}
            messages.append(turn | ({"reasoning": "function"} if rng.random() < 0.2 else {}))
            for _ in range(many):
                messages.append(
                    {"role": rng.choice(("tool", "function")), "name": "look_up", "content": '{"price": 3}'}
                )
        last = {"role": "assistant", "content": "3 euros."}
        messages.append(last | rng.choice(({}, {}, {"tool_calls": None}, {"tool_calls": []})))
    row = {"messages": messages} | rng.choice(({}, {"source": "mail", "score": None}))
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]
    return (row | rng.choice(({}, {"tools": tools}, {"tools": json.dumps(tools)})),)


def marked(rng: random.Random) -> tuple[dict, list[bool]]:
    """A chat, with or without tools and a system prompt, in which the assistant may speak twice in a row; its marks."""
    messages = [{"role": "system", "content": "Be brief."}] * rng.randrange(2)
    for i in range(rng.choice((0, 1, 2, 3))):
        messages += [{"role": "user", "content": f"Question {i}?"}] * rng.choice((1, 1, 2))
        if rng.random() < 0.4:
            call = {"type": "function", "function": {"name": "look_up", "arguments": {"row": i}}}
            messages.append({"role": "assistant", "content": "", "tool_calls": [call]})
            messages.append({"role": "tool", "name": "look_up", "content": f"{i}"})
        messages += [{"role": "assistant", "content": rng.choice(("Yes.", f"Answer {i}."))}] * rng.choice(
            (0, 1, 1, 1, 2)
        )
    turns = sum(message["role"] == "assistant" for message in messages)
    tools = {"tools": [{"type": "function", "function": {"name": "look_up"}}]} if rng.random() < 0.5 else {}
    return {"messages": messages, **tools}, [rng.random() < 0.6 for _ in range(turns)]


def prompts(rng: random.Random) -> tuple[list[list[int]], int]:
    """Prompts of one token or more, in any order of their lengths; some hold the pad token, also where they begin."""
    pad = rng.choice((0, 1, 1, 7))
    rows = [
        [rng.choice((0, 1, 7, 8, 9, 2050)) for _ in range(rng.choice((1, 2, 3, 6)))]
        for _ in range(rng.choice((1, 2, 3, 5)))
    ]
    return [[pad, *row] if rng.random() < 0.2 else row for row in rows], pad


def generated(rng: random.Random) -> tuple[list[int], int, int | list[int]]:
    """A row of ids with ends in the prompt, in the reply and behind it, or with none; ends as a number or as a list."""
    ends = rng.choice((0, 2, 2, [2], [2, 5], [5, 2, 0], []))
    tokens = rng.choice(((3, 4, 6), (3, 4, 6, 0, 1), (0, 2, 3, 5)))
    ids = [rng.choice(tokens) for _ in range(rng.choice((1, 3, 5, 8)))]
    return ids + [rng.choice((1, 2))] * rng.randrange(3), rng.randrange(len(ids) + 1), ends


TASKS = {
    "1": Drawn("repair", chats, count=40),
    "2": Drawn("rows_for", marked, count=50),
    "4": Drawn("padded_batch", prompts, count=60, edges=(([[5, 6, 7], [5], [5, 6]], 9), ([[9, 9], [9, 5, 9]], 9))),
    "5": Drawn("ended", generated, edges=(([5, 0, 6], 1, 0), ([5, 6, 0, 0], 1, 0), ([5, 6], 2, 2), ([2, 2, 2], 1, 2))),
}
