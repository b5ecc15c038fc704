"""Answers that try the checks of lesson 11: those of WRONG must be rejected, those of RIGHT accepted."""

import quiz_answers

REPAIR = """
def repair(row):
    row = copy.deepcopy(row)
    if isinstance(row.get("tools"), str):
        row["tools"] = json.loads(row["tools"])
    for message in row["messages"]:
        if message["role"] == "function":
            message["role"] = "tool"
        for call in message.get("tool_calls") or []:
            arguments = call["function"]["arguments"]
            while isinstance(arguments, str):
                arguments = json.loads(arguments)
            call["function"]["arguments"] = {k: v for k, v in arguments.items() if v is not None}
    return row
"""
ROWS = """
def rows_for(chat, good):
    places = [i for i, message in enumerate(chat["messages"]) if message["role"] == "assistant"]
    tools = {"tools": chat["tools"]} if chat.get("tools") else {}
    return [
        {"prompt": chat["messages"][:i], "completion": chat["messages"][i : i + 1]} | tools
        for i, keep in zip(places, good)
        if keep
    ]
"""
BOS = """
def who_writes_bos(tokenizer, chat):
    if tokenizer.bos_token is None:
        return "nobody"
    template = tokenizer.apply_chat_template(chat, tokenize=False).startswith(tokenizer.bos_token)
    adds = tokenizer("a")["input_ids"][0] == tokenizer.bos_token_id
    return "both" if template and adds else "template" if template else "tokenizer" if adds else "nobody"
"""
PAD = """
def padded_batch(prompts, pad):
    width = max(map(len, prompts))
    ids = torch.tensor([[pad] * (width - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
    return {"input_ids": ids, "attention_mask": mask, "position_ids": (mask.cumsum(1) - 1).clamp(min=0)}
"""
ENDED = """
def ended(ids, prompt_length, ends):
    ends = [ends] if isinstance(ends, int) else list(ends)
    reply = []
    for token in ids[prompt_length:]:
        if token in ends:
            return reply, token
        reply.append(token)
    return reply, None
"""


def but(answer: str, old: str, new: str) -> str:
    """A right answer with one change."""
    assert old in answer
    return answer.replace(old, new)


WRONG = {
    "task-1": {
        "decodes once": but(REPAIR, "while isinstance", "if isinstance"),
        "works on the row itself": but(REPAIR, "copy.deepcopy(row)", "dict(row)"),
        "forgets the tools": but(REPAIR, 'isinstance(row.get("tools"), str)', "False"),
        "always decodes the tools": but(REPAIR, 'isinstance(row.get("tools"), str)', '"tools" in row'),
        "drops what is empty, too": but(REPAIR, "if v is not None", "if v"),
        "leaves None": but(REPAIR, " if v is not None", ""),
        "only the first call": but(REPAIR, 'message.get("tool_calls") or []', '(message.get("tool_calls") or [])[:1]'),
        "only the second turn": but(REPAIR, 'for message in row["messages"]:', 'for message in row["messages"][1:2]:'),
        "stumbles over tool_calls None": but(REPAIR, " or []", ""),
        "keeps the old role": but(REPAIR, 'message["role"] = "tool"', "pass"),
        "adds tools to every row": but(REPAIR, "    return row", "    row.setdefault('tools', [])\n    return row"),
    },
    "task-2": {
        "only the last good turn": but(ROWS, "        if keep\n    ]", "        if keep\n    ][-1:]"),
        "everything from there on": but(ROWS, "[i : i + 1]", "[i:]"),
        "drops what is not good": but(ROWS, 'chat["messages"][:i]', 'chat["messages"][max(0, i - 1) : i]'),
        "no tools": but(ROWS, " | tools", ""),
        "tools always": but(
            ROWS, '{"tools": chat["tools"]} if chat.get("tools") else {}', '{"tools": chat.get("tools")}'
        ),
        "a call is no turn": but(ROWS, '== "assistant"]', '== "assistant" and message["content"]]'),
        "counts from the end": but(ROWS, "zip(places, good)", "zip(places[::-1], good[::-1])"),
        "the prompt ends in the reply": but(ROWS, 'chat["messages"][:i]', 'chat["messages"][: i + 1]'),
        "whole messages": """
def rows_for(chat, good):
    return [{"messages": chat["messages"]} for keep in good if keep]
""",
    },
    "task-3": {
        "looks at the tokens alone": """
def who_writes_bos(tokenizer, chat):
    ids = tokenizer(tokenizer.apply_chat_template(chat, tokenize=False))["input_ids"]
    n = sum(token == tokenizer.bos_token_id for token in ids)
    return ["nobody", "template", "both"][min(n, 2)]
""",
        "anywhere in the text": but(BOS, ".startswith(tokenizer.bos_token)", "").replace(
            "template = tokenizer", "template = tokenizer.bos_token in tokenizer"
        ),
        "the template's source": but(
            BOS,
            "tokenizer.apply_chat_template(chat, tokenize=False).startswith(tokenizer.bos_token)",
            '"bos_token" in tokenizer.chat_template',
        ),
        "trusts that every tokenizer adds it": but(
            BOS, 'tokenizer("a")["input_ids"][0] == tokenizer.bos_token_id', "True"
        ),
        "only asks whether there is one": but(BOS, 'tokenizer("a")["input_ids"][0] == tokenizer.bos_token_id', "False"),
        "tokenizes the chat's own words": but(
            BOS, 'tokenizer("a")', "tokenizer(tokenizer.apply_chat_template(chat, tokenize=False))"
        ),
        "names them the wrong way round": but(
            BOS, '"template" if template else "tokenizer" if adds', '"tokenizer" if template else "template" if adds'
        ),
        "forgets that there may be none": but(BOS, "if tokenizer.bos_token is None:", "if False:"),
    },
    "task-4": {
        "pads on the right": but(PAD, "[pad] * (width - len(p)) + p", "p + [pad] * (width - len(p))").replace(
            "[0] * (width - len(p)) + [1] * len(p)", "[1] * len(p) + [0] * (width - len(p))"
        ),
        "masks by token": but(
            PAD, "torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])", "(ids != pad).long()"
        ),
        "masks nothing": but(PAD, "[0] * (width - len(p))", "[1] * (width - len(p))"),
        "positions run through": but(
            PAD, "(mask.cumsum(1) - 1).clamp(min=0)", "torch.arange(width).repeat(len(prompts), 1)"
        ),
        "positions count from 1": but(PAD, "mask.cumsum(1) - 1", "mask.cumsum(1)"),
        "negative positions": but(PAD, ".clamp(min=0)", ""),
        "the mask in real numbers": but(
            PAD, "[1] * len(p) for p in prompts])", "[1] * len(p) for p in prompts]).float()"
        ),
        "cuts to the shortest": but(PAD, "max(map(len, prompts))", "min(map(len, prompts))")
        .replace(" + p for", " + p[-width:] for")
        .replace("[1] * len(p)", "[1] * width"),
        "changes the prompts": but(
            PAD, "    ids =", "    [p.insert(0, pad) for p in prompts if len(p) < width]\n    ids ="
        ),
        "one token too wide": but(PAD, "max(map(len, prompts))", "max(map(len, prompts)) + 1"),
    },
    "task-5": {
        "forgets the prompt": but(ENDED, "ids[prompt_length:]", "ids"),
        "the last end": """
def ended(ids, prompt_length, ends):
    ends = [ends] if isinstance(ends, int) else list(ends)
    reply = list(ids[prompt_length:])
    places = [i for i, token in enumerate(reply) if token in ends]
    return (reply[: places[-1]], reply[places[-1]]) if places else (reply, None)
""",
        "the reply with its end": but(ENDED, "return reply, token", "return [*reply, token], token"),
        "only the first of the ends": but(ENDED, "else list(ends)", "else list(ends)[:1]"),
        "only where it is last": """
def ended(ids, prompt_length, ends):
    ends = [ends] if isinstance(ends, int) else list(ends)
    reply = list(ids[prompt_length:])
    return (reply[:-1], reply[-1]) if reply and reply[-1] in ends else (reply, None)
""",
        "a list only": but(ENDED, "[ends] if isinstance(ends, int) else list(ends)", "list(ends)"),
        "false for none": but(ENDED, "return reply, None", "return reply, False"),
        "stops at 0": but(ENDED, "if token in ends:", "if token in ends or not token:"),
        "a mark for none": but(ENDED, "return reply, None", "return reply, -1"),
    },
    "quiz": quiz_answers.wrong("11"),
}
RIGHT = {
    "task-1": {
        "in pieces": """
def decoded(value):
    return decoded(json.loads(value)) if isinstance(value, str) else value


def call_of(call):
    arguments = decoded(call["function"]["arguments"])
    kept = {k: v for k, v in arguments.items() if v is not None}
    return call | {"function": call["function"] | {"arguments": kept}}


def turn_of(message):
    message = message | {"role": {"function": "tool"}.get(message["role"], message["role"])}
    calls = [call_of(call) for call in message.get("tool_calls") or ()]
    return message | {"tool_calls": calls} if calls else message


def repair(row):
    tools = {"tools": decoded(row["tools"])} if "tools" in row else {}
    return row | {"messages": [turn_of(message) for message in row["messages"]]} | tools
""",
    },
    "task-2": {
        "with a loop": """
def rows_for(chat, good):
    rows, marks = [], iter(good)
    for i, message in enumerate(chat["messages"]):
        if message["role"] != "assistant" or not next(marks):
            continue
        row = {"prompt": list(chat["messages"][:i]), "completion": [message]}
        if "tools" in chat:
            row["tools"] = chat["tools"]
        rows.append(row)
    return rows
""",
    },
    "task-3": {
        "by another text": """
def who_writes_bos(tokenizer, chat):
    bos = tokenizer.bos_token
    if not bos:
        return "nobody"
    writers = []
    if tokenizer.apply_chat_template(chat, tokenize=False)[: len(bos)] == bos:
        writers.append("template")
    if tokenizer("Good morning")["input_ids"][0] == tokenizer.bos_token_id:
        writers.append("tokenizer")
    return {0: "nobody", 2: "both"}.get(len(writers)) or writers[0]
""",
    },
    "task-4": {
        "with a running sum": PAD,
        "filled in": """
def padded_batch(prompts, pad):
    width = max(len(p) for p in prompts)
    batch = {name: torch.zeros(len(prompts), width, dtype=torch.long) for name in ("attention_mask", "position_ids")}
    batch["input_ids"] = torch.full((len(prompts), width), pad)
    for i, p in enumerate(prompts):
        batch["input_ids"][i, width - len(p) :] = torch.tensor(p)
        batch["attention_mask"][i, width - len(p) :] = 1
        batch["position_ids"][i, width - len(p) :] = torch.arange(len(p))
    return batch
""",
    },
    "task-5": {"with a loop": ENDED},
    "quiz": quiz_answers.right("11"),
}
