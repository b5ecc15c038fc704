"""Which characters of a rendered chat come from which part of which message.

The template itself tells: each part (a content, a thought, the name and the arguments of a call, the description of a
tool) is rendered between two marks, and the marks are taken out again. It knows no template by name and no tokens.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# what rows call the roles; those of USUAL are what templates know
USUAL = ("system", "developer", "user", "assistant", "tool", "function", "ipython")
NAMES = {
    "system": ("system", "developer"),
    "user": ("user", "human", "prompter"),
    "assistant": ("assistant", "gpt", "chatgpt", "model", "ai", "bot"),
    "tool call": ("tool_call", "function_call", "function-call"),
    "tool result": ("tool", "function", "ipython", "observation", "tool_response", "tool_result", "function_response"),
}
ROLE_OF = {name: role for role, names in NAMES.items() for name in names}
# fields of a message in which templates look for its reasoning, and the tags of reasoning inside a content
THOUGHTS = ("reasoning_content", "reasoning", "thinking")
THINK = re.compile(
    r"(<(?:think|thinking|thought|reasoning)>|\[THINK\])?(.*?)(</(?:think|thinking|thought|reasoning)>|\[/THINK\])",
    re.S,
)
# Tangut letters: no text of ours has them, and neither repr() nor JSON escapes them, as they do with private characters
FIRST, LAST = 0x17000, 0x187F7
MARK = re.compile(f"[{chr(FIRST)}-{chr(LAST)}]")


@dataclass(frozen=True)
class Part:
    """A piece of text that a message brings: its role, the number of its message (-1 for the tools) and the text.

    A ``name`` may be repeated by the template somewhere else, so that only its first place counts.
    """

    role: str
    turn: int
    text: str
    name: bool = False


@dataclass(frozen=True)
class Rendered:
    """A rendered chat: its text, the (start, end, part) of what messages brought, and the parts that were left out."""

    text: str
    spans: tuple[tuple[int, int, Part], ...]
    missing: tuple[Part, ...]


def render(tokenizer, messages: Sequence[Mapping], tools=None, **options) -> str | None:
    """The chat as the tokenizer's template writes it; None when the template refuses it."""
    try:
        return tokenizer.apply_chat_template(list(messages), tools=tools, tokenize=False, **options)
    except Exception:  # a template may raise whatever it likes for messages that it doesn't know
        return None


def rendered(tokenizer, messages: Sequence[Mapping], tools=None, **options) -> Rendered | None:
    """The chat as the template writes it, with the place of each part; None when that can't be told."""
    plain = render(tokenizer, messages, tools, **options)
    marking = _Marking()
    marked = render(tokenizer, *marking.chat(messages, tools), **options)
    if plain is None or marked is None or MARK.search(plain):
        return None
    text, spans, opened, taken = "", [], {}, 0
    for mark in MARK.finditer(marked):
        text += marked[taken : mark.start()]
        taken, number = mark.end(), ord(mark.group()) - FIRST
        if number in opened:
            spans.append((opened.pop(number), len(text), number))
        else:
            opened[number] = len(text)
    text += marked[taken:]
    if text != plain:  # the template decides by the text itself, and decided otherwise
        return None
    found, parts = set(), []
    for start, end, number in sorted(spans):
        if number not in found or not marking.parts[number].name:
            parts.append((start, end, marking.parts[number]))
        found.add(number)
    missing = tuple(part for number, part in enumerate(marking.parts) if number not in found)
    return Rendered(plain, tuple(parts), missing)


class _Marking:
    """Copies a chat with a mark before and after each part, and remembers the parts."""

    def __init__(self):
        self.parts: list[Part] = []

    def chat(self, messages, tools) -> tuple[list[dict], list | None]:
        marked = [self._message(dict(message), turn) for turn, message in enumerate(messages)]
        return marked, [self._tool(tool, "") for tool in tools] if isinstance(tools, list) else tools

    def _mark(self, text: str, role: str, turn: int, name: bool = False) -> str:
        core = text.strip()
        if not core or FIRST + len(self.parts) > LAST:
            return text
        mark = chr(FIRST + len(self.parts))
        self.parts.append(Part(role, turn, core, name))
        # white space stays outside, where a template may trim it
        lead = text[: text.index(core)]
        return f"{lead}{mark}{core}{mark}{text[len(lead) + len(core) :]}"

    def _message(self, message: dict, turn: int) -> dict:
        role = ROLE_OF.get(str(message.get("role")), "text")
        for field in THOUGHTS:
            if isinstance(message.get(field), str):
                message[field] = self._mark(message[field], "reasoning", turn)
        content = message.get("content")
        if isinstance(content, str):
            message["content"] = self._content(content, role, turn)
        elif isinstance(content, Sequence):
            message["content"] = [self._item(item, role, turn) for item in content]
        if isinstance(message.get("tool_calls"), list):
            message["tool_calls"] = [self._call(call, turn) for call in message["tool_calls"]]
        return message

    def _content(self, text: str, role: str, turn: int) -> str:
        marked, taken = "", 0
        for think in THINK.finditer(text) if role == "assistant" else ():
            if think[1] is None and think.start() > 0:
                continue
            start = think.start(2)
            marked += self._mark(text[taken : think.start()], role, turn) + text[think.start() : start]
            marked += self._mark(think[2], "reasoning", turn) + think[3]
            taken = think.end()
        return marked + self._mark(text[taken:], role, turn)

    def _item(self, item, role: str, turn: int):
        """An item of a content that is a list: a text, or a thought with texts of its own."""
        if not isinstance(item, Mapping):
            return item
        inner = "reasoning" if item.get("type") in THOUGHTS else role
        marked = dict(item)
        for key in ("text", *THOUGHTS):
            if isinstance(marked.get(key), str):
                marked[key] = self._content(marked[key], inner, turn)
            elif isinstance(marked.get(key), list):
                marked[key] = [self._item(part, inner, turn) for part in marked[key]]
        return marked

    def _call(self, call, turn: int):
        if not isinstance(call, Mapping):
            return call
        if isinstance(call.get("function"), Mapping):
            return {**call, "function": self._call(call["function"], turn)}
        marked = dict(call)
        for key in ("name", "arguments"):
            if key in marked:
                marked[key] = self._argument(marked[key], turn, key == "name")
        return marked

    def _argument(self, value, turn: int, name: bool = False):
        if isinstance(value, str):
            return self._mark(value, "tool call", turn, name)
        if isinstance(value, Mapping):
            return {key: self._argument(item, turn) for key, item in value.items()}
        return [self._argument(item, turn) for item in value] if isinstance(value, list) else value

    def _tool(self, value, key: str):
        if isinstance(value, Mapping):
            return {k: self._tool(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [self._tool(item, "") for item in value]
        return (
            self._mark(value, "system", -1, key == "name")
            if key in ("name", "description") and isinstance(value, str)
            else value
        )
