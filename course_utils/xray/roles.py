"""Which role each token of a row has: told by the template, from the row's messages or from its marks alone.

With the messages at hand the template renders them, and nothing is guessed. Without, the text is read with the marks
that the template was seen to write from each role to each other. A text without such marks has the role "text".
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from ..trl_preparation import chat_of
from .marking import USUAL, Part, rendered
from .template import BRACKETS, CALL_ID, NAME, REPLIES, Piece, Run, Template
from .token_texts import decode

Change = tuple[int, str]  # from this character on, this role
# the punctuation of JSON at the start of a gap depends on what was written before it
JSON_END = re.compile(r"^[\s\"'{}\]),.]+")


@dataclass
class _Way:
    """What the template may write after a part: pieces of text, the role of the part that follows, and whether only a
    row's start has it. ``twins`` are other roles that the same text may lead to."""

    role: str
    pieces: list[Piece]
    start: bool
    twins: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.pieces)


class Marks:
    """The marks of a template as a reader of texts: from the role it is in, it looks for the next that may follow.

    ``normal`` takes from a text what the tokenizer doesn't keep, such as white space or capitals; ``special`` are the
    texts of its added tokens, and ``kept`` says whether it keeps the marks at all.
    """

    def __init__(self, template: Template, normal: Callable[[str], str], special: set[str], kept: bool = True):
        self.template, self.normal, self.special, self.kept = template, normal, special, kept
        self.ways: dict[str, list[_Way]] = {"": []}
        self.unmarked = ""
        written = ""
        for chat in template.chats:
            runs = template.runs(chat)
            written += "".join(run.text for run in runs if not run.brought)
            self._learn(runs)
        self.turns = {mark for mark in special if mark in normal(written) and mark != normal(template.bos)}
        self._trim()
        self._share()
        self.patterns = {role: self._compile(ways) for role, ways in self.ways.items()}

    def _strong(self, text: str) -> bool:
        """Whether a text is a mark that nobody writes by chance."""
        return bool(BRACKETS.search(text)) or any(mark in text for mark in self.special)

    def _add(self, before: str, role: str, pieces: list[Piece], start: bool = False) -> None:
        pieces = [(name, self.normal(text)) for name, text in pieces if self.normal(text)]
        way = _Way(role, pieces, start)
        known = self.ways.setdefault(before, [])
        same = next((other for other in known if other.text == way.text), None)
        if same:
            same.twins |= {role} - {same.role}
        elif pieces:
            known.append(way)
        elif start:
            self.unmarked = self.unmarked or role

    def _learn(self, runs: list[Run]) -> None:
        role, pieces = "", []
        for run in runs:
            if not run.brought:
                pieces.append((run.role, run.text))
                continue
            if run.role != role or self._strong(self.normal("".join(text for _, text in pieces))):
                self._add(role, run.role, pieces, start=not role)
            role, pieces = run.role, []

    def _trim(self) -> None:
        """Adds marks without the JSON around them, which differs from call to call, where that stays unambiguous."""
        for before, ways in self.ways.items():
            for way in list(ways):
                (first, opening), (last, closing) = way.pieces[0], way.pieces[-1]
                shorter = list(way.pieces)
                if before in ("tool call", "tool result", "system", "user") and first == before:
                    shorter[0] = (first, JSON_END.sub("", opening))
                marks = list(BRACKETS.finditer(closing)) if way.role in ("tool call", "tool result", "system") else []
                if marks and (brace := re.search(r"[{\[(\"]", closing[marks[-1].end() :])):
                    shorter[-1] = (last, closing[: marks[-1].end() + brace.start()].rstrip())
                text = "".join(text for _, text in shorter)
                clear = not any(other.text.startswith(text) for other in ways if other.role != way.role)
                if shorter != way.pieces and self._strong(text) and clear:
                    self._add(before, way.role, shorter, way.start)

    def _share(self) -> None:
        """Lets every turn open after every other one, and a text begin in the middle of a turn."""
        for before, way in [(before, way) for before, ways in self.ways.items() for way in ways]:
            for at in range(way.pieces[0][0] == before, len(way.pieces)):
                rest = way.pieces[at:]
                if self._strong("".join(text for _, text in rest)):
                    # a thought or a call opens inside a reply; elsewhere such marks are somebody's words about them
                    inner = way.role in ("reasoning", "tool call") and "assistant" not in dict(rest)
                    for role in REPLIES if inner else list(self.ways):
                        self._add(role, way.role, rest)
            if before and self._strong(way.text):
                self._add("", way.role, way.pieces)

    def _compile(self, ways: list[_Way]) -> re.Pattern:
        """One pattern for all that may follow: of several at one place the longest is tried first."""
        patterns = []
        for number, way in sorted(enumerate(ways), key=lambda one: -len(one[1].text)):
            inner = "".join(f"(?P<p{number}_{i}>{self._pattern(text)})" for i, (_, text) in enumerate(way.pieces))
            anchor = r"\A\s*" if way.start and not self._strong(way.text) else ""
            patterns.append(f"(?P<w{number}>{anchor}{inner})")
        return re.compile("|".join(patterns) or r"(?!)")

    def _pattern(self, text: str) -> str:
        escaped = re.escape(text)
        for name in (NAME, CALL_ID):
            escaped = escaped.replace(re.escape(self.normal(name)), r"[^\n]{1,80}?")
        return escaped

    def _says(self, content: str) -> bool:
        for mark in self.special:
            content = content.replace(mark, "")
        return bool(content.strip())

    def _unmarked(self, text: str) -> str:
        """The role that may begin a row without any mark, if the row goes on as after this role."""
        found = self.unmarked and self.patterns[self.unmarked].search(text)
        return self.unmarked if found else ""

    def read(self, text: str) -> tuple[list[Change], set[str], bool]:
        """The changes of role in a text, the roles that said something, and whether a change was a guess."""
        role = "" if self.patterns[""].match(text) else self._unmarked(text)
        changes, said, guessed, at, twins = [(0, role or "text")], set(), False, 0, set()
        while role in self.patterns:
            found = self.patterns[role].search(text, at)
            content = text[at : found.start() if found else len(text)]
            if role and self._says(content):
                said.add(role)
            # had the part begun with another role, white space inside it might have led to this one
            blanks = [way.text for twin in twins for way in self.ways.get(twin, ()) if way.text.isspace()]
            guessed |= any(blank in content for blank in blanks)
            if not found:
                break
            number = int(found.lastgroup[1:])
            way = self.ways[role][number]
            changes += [(found.start(f"p{number}_{i}"), name) for i, (name, _) in enumerate(way.pieces)]
            changes.append((found.end(), way.role))
            guessed |= way.text.isspace()
            role, at, twins = way.role, found.end(), way.twins
        return changes, said, guessed


# --- From a row's text or its messages to roles ----------------------------------------------------------------------

STRANGE = (
    "No turn of this row opens as the tokenizer's template opens one: name the roles system, user and assistant (not "
    "human, gpt), or use the template that the row was written with."
)
EMPTY = (
    "The template wrote its marks, but no text of a user or an assistant: name the roles user and assistant (not "
    "human, gpt), and give each message its text as content."
)
LOST = "This tokenizer does not keep the marks of its chat template, so that no role can be told from the tokens."
GUESSED = "This template parts two roles by white space alone: give xray the rows as examples=… to be certain of them."
_MARKS: WeakKeyDictionary = WeakKeyDictionary()  # of a tokenizer: for each template that it had, its marks


def marks_of(tokenizer) -> Marks:
    """What the tokenizer's template writes, learned once for each template."""
    known = _MARKS.setdefault(tokenizer, {})
    key = repr(tokenizer.chat_template), str(tokenizer.special_tokens_map)
    if key not in known:
        template = Template(tokenizer)
        special = {*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()}
        normal, kept = _normal(tokenizer, template)
        known[key] = Marks(template, normal, {normal(mark) for mark in special} - {""}, kept)
    return known[key]


def _exact(text: str) -> str:
    return text


def _unspaced(text: str) -> str:
    return "".join(text.split())


def _plain(text: str) -> str:
    return _unspaced(text).lower()


def _normal(tokenizer, template: Template) -> tuple[Callable[[str], str], bool]:
    """What to take from texts, so that what the tokenizer makes of a rendered chat is like the chat; and whether it is
    then."""
    sample = "".join(chat.text for chat in template.chats[:2])
    made = decode(tokenizer, tokenizer(sample, add_special_tokens=False)["input_ids"])
    fits = (normal for normal in (_exact, _unspaced, _plain) if normal(made) == normal(sample))
    normal = next(fits, None)
    return normal or _plain, normal is not None


def roles_of(
    texts: list[str], segments: list[int], tokenizer, examples: Iterable[Mapping] | None = None
) -> tuple[list[str], list[str]]:
    """The role of each token, from the tokens' texts, and notes: sentences on what is odd.

    `segments` are the tokens' packed examples, 0 for padding. Each is looked for among `examples`, rows of the data
    set; where it isn't found, and without examples, it is read by the template's marks.
    """
    roles, notes = ["text"] * len(texts), []
    if not getattr(tokenizer, "chat_template", None):
        return roles, notes
    marks = marks_of(tokenizer)
    chats = [chat for example in examples or () if (chat := _chat(example, tokenizer, marks))]
    for segment in sorted(set(segments) - {0}):
        places = [i for i, number in enumerate(segments) if number == segment]
        # the normal form of the segment, and the token that each of its characters comes from
        owners = [i for i in places for letter in texts[i] for _ in marks.normal(letter)]
        text = marks.normal("".join(texts[i] for i in places))
        if len(text) != len(owners):  # a letter whose small form depends on its neighbours
            text = "".join(marks.normal(letter) for i in places for letter in texts[i])
        said, found = _by_chats(text, chats)
        if not said:
            said, found = _by_marks(text, marks)
        notes += [note for note in found if note not in notes]
        for place, role in zip(places, _of_tokens(said, owners, places, text)):
            roles[place] = role
    return roles, notes


def _chat(example: Mapping, tokenizer, marks: Marks) -> tuple[str, list[str], list[str]] | None:
    """A row of messages as its text in normal form, the role of each of its characters, and notes."""
    read = chat_of(example)
    chat = rendered(tokenizer, read[0], read[1], **read[2]) if read else None
    if chat is None:
        return None
    text, roles = "", []
    for run in marks.template.runs(chat):
        normal = marks.normal(run.text)
        text += normal
        roles += [run.role] * len(normal)
    return text, roles, _chat_notes(read[0], chat.missing)


def _chat_notes(messages: list[dict], missing: Iterable[Part]) -> list[str]:
    """What is odd about a chat: role names that models don't know, and what the template left out, as sentences."""
    names = list(dict.fromkeys(str(message.get("role")) for message in messages))
    strange = ", ".join(name for name in names if name not in USUAL)[:60]
    notes = [
        f"The row has the roles {strange}: rename them to those that models know, such as user, assistant and tool."
    ]
    notes = notes if strange else []
    turns = {(part.role, part.turn) for part in missing if not part.name and part.turn >= 0}
    for role, count in sorted(Counter(role for role, _ in turns).items()):
        what = f"the {role if role in ('reasoning', 'tool call') else 'text'} of {count} message{'s' * (count > 1)}"
        who = "" if role in ("reasoning", "tool call") else f" ({role})"
        notes.append(f"The template left out {what}{who}, so that the model never sees it.")
    return notes


def _by_chats(text: str, chats: list) -> tuple[list[str], list[str]]:
    """The roles of a text that is a chat of the examples, or the part of one that `max_length` or a pack left over."""
    for fits in (str.__eq__, str.startswith, str.__contains__):
        for whole, roles, notes in chats:
            if text and fits(whole, text) and (fits is not str.__contains__ or len(text) > 20):
                at = whole.index(text)
                return roles[at : at + len(text)], notes
    return [], []


def _by_marks(text: str, marks: Marks) -> tuple[list[str], list[str]]:
    changes, said, guessed = marks.read(text)
    roles = []
    for (start, role), (end, _) in zip(changes, [*changes[1:], (len(text), "")]):
        roles += [role] * (end - start)
    notes = [GUESSED] if guessed else []
    if len(changes) > 1 and not said & {"user", *REPLIES, "tool result"}:
        notes.append(EMPTY)
    if len(changes) == 1 and not marks.kept:
        notes.append(LOST)
    elif len(changes) == 1 and any(mark in text for mark in marks.turns):
        notes.append(STRANGE)
    return roles, notes


def _of_tokens(roles: list[str], owners: list[int], places: list[int], text: str) -> list[str]:
    """The role that most of each token's letters have; a token without letters goes with the next."""
    letters: dict[int, Counter] = {}
    for role, owner, letter in zip(roles, owners, text):
        letters.setdefault(owner, Counter())[role] += 1 if letter.isspace() else 1000
    found, role = [], roles[-1] if roles else "text"
    for place in reversed(places):
        role = letters[place].most_common(1)[0][0] if place in letters else role
        found.append(role)
    return found[::-1]
