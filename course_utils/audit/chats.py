"""Reads chats as `AuditRow`s: lists of messages in the forms that public sets use, and transcripts in one text.

It does not know columns: `rows` finds those. Nothing here raises; what is wrong with a chat is noted in its row.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# what public sets call the four roles of a chat
ROLE_NAMES = {
    "system": "system", "developer": "system", "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "model": "assistant", "ai": "assistant",
    "function_call": "assistant", "function-call": "assistant", "tool_call": "assistant",
    "tool": "tool", "function": "tool", "function_response": "tool", "function-response": "tool",
    "observation": "tool", "ipython": "tool", "tool_response": "tool", "tool_result": "tool",
}  # fmt: skip
CALLS = ("function_call", "function-call", "tool_call")  # roles whose whole message is a call
ASKS = ("human", "user", "instruction", "question", "input")
# who speaks, at the start of a line: "### Instruction:", "Human:", "<|user|>", "<|im_start|>user", "[|Human|]"
MARKS = re.compile(
    r"(?:^|\n)[ \t]*(?:#{2,3}[ ]?(?P<heading>NAMES)\b[ ]?:?|(?P<plain>NAMES)[ ]?:"
    r"|<\|(?:im_start\|>)?(?P<token>NAMES)(?:\|>|\n)|\[\|(?P<bars>NAMES)\|\])\s*".replace(
        "NAMES", "human|user|instruction|question|input|assistant|ai|response|answer|output|system"
    ),
    re.IGNORECASE,
)
ENDS = re.compile(r"<\|im_end\|>|<\|eot_id\|>|<\|endoftext\|>|</s>")


@dataclass(slots=True)
class AuditRow:
    """One row as prompt and reply; None where the form has no such part.

    Attributes:
        prompt: all that comes before the last reply, but for the system prompt: instruction, context, earlier turns.
        reply: the last reply; of a reply that is only a tool call, the call as JSON.
        system: the system prompt, which is part of neither.
        beside: what else two rows must share to be the same row: tools, and the other columns of a set with one text.
        replies: every text that is trained on: in a chat all replies of the assistant, the last one included.
        calls: the tool calls as (name, arguments), with the arguments as they stand.
        is_call: whether the last reply is only a tool call, and so no prose.
        has_media: whether an image, a sound or a film belongs to the row.
        wrong: what is wrong with the form, as (kind, severity, note).
    """

    prompt: str | None = None
    reply: str | None = None
    system: str = ""
    beside: str = ""
    replies: tuple[str, ...] = ()
    calls: tuple[tuple[str, object], ...] = ()
    is_call: bool = False
    has_media: bool = False
    wrong: list[tuple[str, str, str]] = field(default_factory=list)

    def text(self) -> str:
        return "\n".join(filter(None, (self.prompt, self.reply)))


@dataclass(slots=True)
class Turn:
    """One message. The role is user, assistant, system or tool, or None where the set's own name for it isn't known."""

    role: str | None
    text: str
    calls: list[tuple[str, object]] = field(default_factory=list)
    has_media: bool = False


def clean(text: str) -> str:
    """The text with half characters (lone surrogates), on which encoders stop, as U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def parsed(text: object) -> object:
    """The list or object that a text is as JSON, or None."""
    if isinstance(text, str) and text.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None
    return None


def _content(content: object) -> tuple[str, bool]:
    """The text of a message, and whether it holds an image or the like; of a list of parts, the text parts."""
    if isinstance(content, str):
        return clean(content), False
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, list):
        return "", False
    parts = [part if isinstance(part, Mapping) else {"text": part} for part in content]
    texts = (part.get("text", part.get("value", part.get("content"))) for part in parts)
    has_media = any(kind in str(part.get("type", "")) for part in parts for kind in ("image", "audio", "video"))
    return clean("\n".join(text for text in texts if isinstance(text, str))), has_media


def _calls(message: Mapping, role: str) -> list[tuple[str, object]]:
    found = message.get("tool_calls") or message.get("function_call")
    if role in CALLS and not found:
        found = parsed(message.get("content", message.get("value")))
    calls = []
    for call in found if isinstance(found, list) else [found]:
        call = parsed(call) if isinstance(call, str) else call
        if isinstance(call, Mapping):
            call = call["function"] if isinstance(call.get("function"), Mapping) else call
            calls.append((str(call.get("name")), call.get("arguments", call.get("parameters"))))
    return calls


def read_turns(row: AuditRow, messages: object, roles: Mapping[str, str]) -> list[Turn]:
    """The turns of a list of messages, or of plain texts that take turns, or of either as JSON."""
    messages = parsed(messages) or messages
    if isinstance(messages, list) and len(messages) == 1 and isinstance(messages[0], list):
        messages = messages[0]
    if isinstance(messages, list) and messages and all(isinstance(m, str) for m in messages):
        return [Turn("assistant" if i % 2 else "user", clean(text)) for i, text in enumerate(messages)]
    if not isinstance(messages, list) or not all(isinstance(m, Mapping) for m in messages):
        row.wrong.append(("schema", "certain", f"there is no list of messages, but {str(messages)[:40]!r}"))
        return []
    if messages and not any(key in message for message in messages for key in ("role", "from", "speaker")):
        # each side under its own name: {"human": "Hi", "assistant": "Hello"}
        pairs = [(key, value) for message in messages for key, value in message.items() if str(key).lower() in roles]
        messages = [{"role": key, "content": value} for key, value in pairs] or messages
    turns = []
    for number, message in enumerate(messages, 1):
        given = message.get("role", message.get("from", message.get("speaker")))
        name = str(given).strip().lower()
        text, has_media = _content(message.get("content", message.get("value", message.get("text"))))
        turn = Turn(roles.get(name), text, _calls(message, name), has_media)
        blank = not text.strip() and not has_media
        if turn.role is None:
            row.wrong.append(("role", "certain", f"message {number} has the role {given!r}"))
        elif blank and turn.calls:
            calls = [{"name": call, "arguments": arguments} for call, arguments in turn.calls]
            turn.text = clean(json.dumps(calls, ensure_ascii=False, default=str))
        elif blank and turn.role in ("user", "assistant") and number < len(messages):
            row.wrong.append(("empty", "certain", f"message {number} ({given}) is empty"))
        turns.append(turn)
    return turns


def fill(row: AuditRow, turns: list[Turn]) -> AuditRow:
    """The row with its parts, from the turns of its chat. A last message of an unknown role counts as the reply."""
    row.system = "\n".join(turn.text for turn in turns if turn.role == "system")
    spoken = [turn for turn in turns if turn.role != "system"]
    row.replies = tuple(turn.text for turn in spoken if turn.role == "assistant")
    row.calls = tuple(call for turn in spoken for call in turn.calls)
    row.has_media = any(turn.has_media for turn in spoken)
    row.reply = ""
    if spoken and spoken[-1].role in ("assistant", None):
        last = spoken.pop()
        row.reply, row.is_call = last.text, bool(last.calls)
        row.replies = row.replies or (last.text,)
    elif turns:
        who = spoken[-1].role if spoken else "system"
        # the earlier replies of a longer chat can still be trained on
        severity = "likely" if row.replies else "certain"
        row.wrong.append(("empty", severity, f"the chat ends with the {who}'s message, without a reply"))
    row.prompt = "\n".join(turn.text for turn in spoken)
    return row


def is_transcript(text: object) -> bool:
    """Whether a text marks who speaks, and both sides do."""
    roles = {mark[mark.lastgroup].lower() for mark in MARKS.finditer(text)} if isinstance(text, str) else set()
    return bool(roles & set(ASKS)) and bool(roles - {*ASKS, "system"})


def read_transcript(row: AuditRow, text: str) -> AuditRow:
    """A text that marks who speaks, read as a chat; without marks, the whole text is the reply."""
    if not is_transcript(text):
        row.reply, row.replies = text, (text,)
        return row
    marks = list(MARKS.finditer(text))
    turns = [Turn("system", text[: marks[0].start()].strip())]
    for mark, end in zip(marks, [m.start() for m in marks[1:]] + [len(text)]):
        role = mark[mark.lastgroup].lower()
        role = "user" if role in ASKS else "system" if role == "system" else "assistant"
        turns.append(Turn(role, ENDS.sub("", text[mark.end() : end]).strip()))
    return fill(row, turns)
