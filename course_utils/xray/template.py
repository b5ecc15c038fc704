"""What a chat template writes between the parts of a chat, and to whose turn that belongs: learned from a few chats.

Each gap between two parts closes one turn and opens the next. Where the one ends is told by the template: it is what
the chat ends with when it stops there. This file knows roles and texts, no tokens and no data.
"""

import re
from dataclasses import dataclass

from .marking import THOUGHTS, Part, Rendered, render, rendered

REPLIES = ("assistant", "reasoning", "tool call")
# what must not be taken apart when two texts are compared: a mark in brackets, a word
ATOM = re.compile(r"<[^<>\s]{1,60}>|\[[^\[\]\s]{1,60}\]|\w+|\s|.", re.S)
BRACKETS = re.compile(r"<[^<>\s]{2,60}>|\[/?[A-Z_]{2,30}\]")

Piece = tuple[str, str]  # role, text


def _common(texts: list[str]) -> str:
    """What all the texts begin with, in whole atoms."""
    same = ""
    for atoms in zip(*map(ATOM.findall, texts)):
        if len(set(atoms)) > 1:
            break
        same += atoms[0]
    return same


def _longest(texts, fits) -> str:
    return max((text for text in texts if text.strip() and fits(text)), key=len, default="")


@dataclass(frozen=True)
class Run:
    """A stretch of the rendered chat: its role, its text, and whether a message brought it or the template."""

    role: str
    text: str
    brought: bool


class Template:
    """A tokenizer's chat template, as far as a few rendered chats show it.

    ``chats`` are the chats that it took, rendered. ``reply`` is what opens every turn of the assistant.
    """

    def __init__(self, tokenizer):
        self.bos = tokenizer.bos_token or ""
        self.hints: dict[tuple[str, str, str], str] = {}
        self.openings: dict[str, set[str]] = {}
        self.closings: dict[str, set[str]] = {}
        self.thoughts: tuple[set[str], set[str]] = set(), set()
        self.reply, self.blank_thought = "", None
        self.chats: list[Rendered] = []
        replies: set[str] = set()
        for messages, tools in _examples(tokenizer):
            chat = rendered(tokenizer, messages, tools)
            if chat is None or not chat.spans:
                continue
            self.chats.append(chat)
            for left, right, gap in _gaps(chat):
                if left and right and left.turn not in (right.turn, -1):
                    end = _end(tokenizer, messages, tools, left)
                    closing = _common([gap, end or ""])
                    if closing or end == "":  # else the chat ends otherwise than the turn does
                        self._learn(left, right, gap, closing, replies)
        asked = rendered(tokenizer, [_user()], add_generation_prompt=True)
        if asked and asked.spans and replies:
            gap = asked.text[asked.spans[-1][1] :]
            closing = _longest(self.closings.get("user", ()), gap.startswith)
            replies.add(gap[len(closing) :])
        self.reply = _common(sorted(replies)) if replies else ""
        self._learn_thoughts()

    def _learn(self, left: Part, right: Part, gap: str, closing: str, replies: set[str]) -> None:
        self.hints[left.role, right.role, gap] = closing
        self.closings.setdefault(left.role, set()).add(closing)
        if right.role not in REPLIES and right.turn > left.turn:
            self.openings.setdefault(right.role, set()).add(gap[len(closing) :])
        if right.role in REPLIES and left.role == "user":
            replies.add(gap[len(closing) :])

    def _learn_thoughts(self) -> None:
        """What stands before and after a thought, so that an empty one is known, too."""
        before, after = self.thoughts
        for chat in self.chats:
            for left, right, gap in _gaps(chat):
                if left and right and right.role == "reasoning" and left.role == "user":
                    closing = self._closing(left, right, gap)
                    before.add(gap[len(closing) :].removeprefix(self.reply).strip())
                if left and right and (left.role, right.role) == ("reasoning", "assistant"):
                    after.add(gap.strip()) if not (self.reply.strip() and self.reply in gap) else None
        pairs = [rf"{re.escape(a)}\s*{re.escape(b)}\s*" for a in before for b in after if a and b]
        self.blank_thought = re.compile("|".join(pairs)) if pairs else None

    # --- Taking gaps apart ----------------------------------------------------------------------------------------

    def runs(self, chat: Rendered) -> list[Run]:
        """The whole text of a rendered chat in stretches, each with its role."""
        runs: list[Run] = []
        last, role, at = None, "", 0
        for start, end, part in [*chat.spans, (len(chat.text), len(chat.text), None)]:
            gap = chat.text[at:start]
            now = part.role if part else ""
            if part and part.turn == -1:  # tools belong to the turn that the template writes them in
                now = role if last and last.turn == -1 else "user" if self._opens_user(gap) else "system"
            runs += [Run(*piece, False) for piece in self.split(last, role, part, now, gap) if piece[1]]
            if part:
                runs.append(Run(now, chat.text[start:end], True))
            last, role, at = part, now, end
        return runs

    def split(self, left: Part | None, left_role: str, right: Part | None, right_role: str, gap: str) -> list[Piece]:
        """The gap between two parts as what closes the one and what opens the other; None is the chat's start or end.

        The roles are told beside the parts, as those of tools depend on where they are written.
        """
        if left is None:
            return self._start(right_role, gap) if right else [("text", gap)]
        if right is None:
            return [(left_role, gap)]
        if left.turn == right.turn:
            return self._within(left_role, right_role, gap)
        closing = self._closing(left, right, gap)
        return [(left_role, closing), *self._opening(right_role, gap[len(closing) :])]

    def _closing(self, left: Part, right: Part, gap: str) -> str:
        if (hint := self.hints.get((left.role, right.role, gap))) is not None:
            return hint
        if opening := _longest(self.openings.get(right.role, ()), gap.endswith):
            return gap[: -len(opening)]
        closings = self.closings.get(left.role, set()) or set().union(*self.closings.values())
        if closing := _longest(closings | self.closings.get("user", set()), gap.startswith):
            return closing
        # the system's text may stand inside the first turn of the user, whose opening came before it
        return gap if left.role == "system" and right.role == "user" else ""

    def _opening(self, role: str, text: str) -> list[Piece]:
        if role not in REPLIES:
            return (
                self._empty_reply(role, text) if self.reply.strip() and text.startswith(self.reply) else [(role, text)]
            )
        head = self.reply if text.startswith(self.reply) else ""
        rest = text[len(head) :]
        blank = self.blank_thought.search(rest) if self.blank_thought else None
        if blank:
            parts = [(role, rest[: blank.start()]), ("reasoning", blank.group()), (role, rest[blank.end() :])]
            return [("assistant", head), *parts]
        return [("assistant", head), (role, rest)]

    def _empty_reply(self, role: str, text: str) -> list[Piece]:
        """A turn of the assistant in which nothing was left, as of a call that the template doesn't know, and then the
        opening of the next turn."""
        rest = text[len(self.reply) :].lstrip()
        closing = _longest(self.closings.get("assistant", ()), rest.startswith)
        end = len(text) - len(rest) + len(closing)
        return [("assistant", text[:end]), (role, text[end:])]

    def _within(self, left: str, right: str, gap: str) -> list[Piece]:
        if left == right:
            return [(left, gap)]
        if self.reply.strip() and self.reply in gap:  # each part of a reply is a turn of its own
            at = gap.index(self.reply)
            return [(left, gap[:at]), *self._opening(right, gap[at:])]
        if left == "reasoning":
            stripped = gap.lstrip()
            closing = _longest(self.thoughts[1], stripped.startswith) if right == "tool call" else gap
            end = len(gap) - len(stripped) + len(closing) if closing != gap else len(gap)
            return [(left, gap[:end]), (right, gap[end:])]
        return [(right if right in ("reasoning", "tool call") else left, gap)]

    def _opens_user(self, gap: str) -> bool:
        return any(BRACKETS.search(opening) and opening in gap for opening in self.openings.get("user", ()))

    def _start(self, role: str, gap: str) -> list[Piece]:
        opening = _longest(self.openings.get(role, ()), gap.endswith)
        if opening:
            return [*self._preamble(gap[: -len(opening)]), (role, opening)]
        inner = _longest(self.openings.get("user", ()), lambda text: BRACKETS.search(text) and text in gap)
        if inner:
            at = gap.rindex(inner)
            return [*self._preamble(gap[:at]), ("user", inner), (role, gap[at + len(inner) :])]
        head, *rest = self._preamble(gap)
        return [head, *((role, text) for _, text in rest)]

    def _preamble(self, text: str) -> list[Piece]:
        """What a template writes on its own account before the first turn is the system's, but for the mark of the
        beginning, which is nobody's."""
        bos = self.bos if text.startswith(self.bos) else ""
        rest = text[len(bos) :]
        return [("text", bos), ("system" if rest.strip() else "text", rest)]


def _gaps(chat: Rendered):
    """(part before, part after, text between) for each gap of a rendered chat; None before the first part."""
    last, at = None, 0
    for start, end, part in chat.spans:
        yield last, part, chat.text[at:start]
        last, at = part, end


def _end(tokenizer, messages, tools, left: Part) -> str | None:
    """What the chat ends with when it stops after the turn of this part."""
    stopped = rendered(tokenizer, messages[: left.turn + 1], tools)
    if stopped is None or not stopped.spans or stopped.spans[-1][2] != left:
        return None
    return stopped.text[stopped.spans[-1][1] :]


# --- The chats that a template is tried with --------------------------------------------------------------------------

NAME, CALL_ID = "qxtool", "qxcall000"  # some templates want ids of nine letters and digits
USER, REPLY, THOUGHT = "Qxuser.", "Qxreply.", "Qxthought."


def _examples(tokenizer) -> list[tuple[list[dict], list | None]]:
    """Chats of all kinds, with and without system, reasoning and tools, in the form that the template reads."""
    plain = render(tokenizer, [_user()])
    as_items = plain is None or USER not in plain

    def formed(messages: list[dict]) -> list[dict]:
        return [_as_items(message) for message in messages] if as_items else messages

    field = THOUGHTS[0]
    for name in THOUGHTS:
        thinking = rendered(tokenizer, formed([_user(), _assistant(thought=THOUGHT, field=name)]))
        if thinking and any(part.role == "reasoning" for *_, part in thinking.spans):
            field = name
            break
    system, user, reply = {"role": "system", "content": "Qxsystem."}, _user(), _assistant()
    result = {"role": "tool", "name": NAME, "tool_call_id": CALL_ID, "content": "Qxresult."}
    call, bare, twice = _assistant("", calls=1), _assistant("", calls=1, arguments={}), _assistant("", calls=2)
    talks = [_assistant(content, calls=1) for content in (None, REPLY)]
    talks += [_assistant(content, THOUGHT, field, calls=1) for content in ("", REPLY)]
    chats: list[tuple[list[dict], list | None]] = []
    for tools in (None, _tools()):
        chats += [([*head, user, reply, user, reply], tools) for head in ([], [system])]
        chats += [([user, call, result, reply, user, reply], tools), ([user, bare, result, user, reply], tools)]
        for deep in (_assistant(thought=THOUGHT, field=field), _assistant(thought=THOUGHT)):
            chats += [([*head, user, deep, user, deep], tools) for head in ([], [system])]
            chats += [([user, call, result, deep], tools)]
        chats += [([user, talk, result, reply], tools) for talk in talks]
        chats += [([user, twice, result, result, call, result, reply], tools)]
    return [(formed(messages), tools) for messages, tools in chats]


def _user() -> dict:
    return {"role": "user", "content": USER}


def _assistant(content: str | None = REPLY, thought="", field="", calls=0, arguments=None) -> dict:
    """A reply, with its thought in a field of its own or in the content, and with calls of the tool."""
    message: dict = {"role": "assistant", "content": content}
    if thought and field:
        message[field] = thought
    elif thought:
        message["content"] = f"<think>\n{thought}\n</think>\n\n{content}"
    if calls:
        function = {"name": NAME, "arguments": {"qxkey": "Qxvalue"} if arguments is None else arguments}
        message["tool_calls"] = [{"id": CALL_ID, "type": "function", "function": function}] * calls
    return message


def _tools() -> list[dict]:
    described = {"type": "string", "description": "Qxmeaning."}
    parameters = {"type": "object", "properties": {"qxkey": described}, "required": ["qxkey"]}
    return [{"type": "function", "function": {"name": NAME, "description": "Qxpurpose.", "parameters": parameters}}]


def _as_items(message: dict) -> dict:
    """The message with its content as a list of items, which the templates of models for pictures want."""
    return message | {"content": [{"type": "text", "text": message["content"] or ""}]}
