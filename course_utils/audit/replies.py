"""Checks of what stands in replies: nothing, placeholders, refusals, a second row, a loop, an open end, a call.

They go by patterns and not by meaning: whether a reply is right or good, none can tell. Most patterns are English;
those for refusals and disclaimers are Chinese, too. How often each was right on public sets is in docs/audit.md.
"""

import re
from collections import Counter
from collections.abc import Mapping

from .chats import AuditRow, parsed
from .plain_text import ASCII_WORDS, MANY, Notes, quote, without_code

_I = re.IGNORECASE


def check_form(rows: list[AuditRow], has_reply: bool, notes: Notes) -> None:
    """Rows that break the form, and empty prompts and replies."""
    strange = Counter(note.split(" has the role ")[1] for row in rows for kind, _, note in row.wrong if kind == "role")
    affected = sum(any(kind == "role" for kind, _, _ in row.wrong) for row in rows)
    mostly = affected > max(1, 0.5 * len(rows))  # a role that most rows have is the set's own word, and no accident
    if mostly:
        name = strange.most_common(1)[0][0]
        notes.unjudged.append(f"what the role {name} means: say it, as in roles={{{name}: 'user'}}")
    for i, row in enumerate(rows):
        for kind, severity, note in row.wrong:
            if has_reply or kind != "empty":
                notes.add(kind, "look" if kind == "role" and mostly else severity, i, note)
        if any(kind == "schema" and severity == "certain" for kind, severity, _ in row.wrong):
            continue
        if has_reply and not (row.reply or "").strip():
            severity = "likely" if any(r.strip() for r in row.replies) else "certain"
            notes.add("empty", severity, i, "the reply is empty" if row.prompt is not None else "the text is empty")
        elif row.prompt is not None and not row.prompt.strip() and not row.has_media:
            notes.add("empty", "likely", i, "the prompt is empty")
        if has_reply and _EMPTY_CODE.search(row.reply or ""):
            notes.add("empty", "likely", i, "a block of code in the reply is empty")


_EMPTY_CODE = re.compile(r"(?:^|\n)[ \t]*```[\w+#-]*[ \t]*\n\s*```[ \t]*(?:\n|$)")

# --- Placeholders ---------------------------------------------------------------------------------------------------

_NOTHING = re.compile(
    r"\W*(?:no ?(?:in|out)put(?: (?:is )?(?:needed|required|necessary|provided|given|available))?"
    r"|(?:in|out)put not (?:needed|required|provided|available))\W*",
    _I,
)
_NIL = re.compile(r"\W*(?:n/?\.?a\.?|nan|todo|tbd|none provided|not applicable|placeholder)\W*", _I)
_THING = r"(?:image|picture|photo(?:graph)?|diagram|document|screenshot|attachment|drawing|painting|recording|article)"
_MORE = r"(?:graph|chart|figure|video|audio|file|link|url|map|text|paragraph|passage|code|poem|table|data)"
_ATTACHED = re.compile(  # instead of what the prompt is about
    rf"[<\[](?:an? |the |see )?(?:(?:(?:insert|attach(?:ed)?|upload(?:ed)?|paste) )?{_THING}|(?:insert"
    rf"|paste) {_MORE})s?"
    r"(?: (?:of|here|attached|provided|goes|file|url|link|to|showing|with|\d)\b[^<>\[\]\n]{0,60})?[>\]](?![(\w])"
    r"|[<\[(](?:please |see )?[^<>\[\](){}\n]{0,30}\battach\w*\b[^<>\[\](){}\n]{0,30}[>\])]"
    rf"|^\([^()\n]{{0,20}}\b{_THING}s?\b[^()\n]{{0,60}}\)$",
    _I | re.MULTILINE,
)
_GAP = re.compile(  # what the writer of a letter is to fill in
    r"\[(?:please )?(?:insert|enter|add|fill in|include|your|my|(?:[\w’']+ ){0,2}names?|(?:[\w’']+ )?(?:date|address"
    r"|title|position|number|email|recipient|phone)\b)[\w ’',/&-]{0,40}\](?!\()"
    r"|<(?:insert|enter|your|company|recipient|customer)[ _-][^<>\n]{1,40}>|\{\{ ?\w[\w ]{0,30}\}\}"
    r"|\blorem ipsum dolor",
    _I,
)


def check_placeholders(rows: list[AuditRow], notes: Notes) -> None:
    """Replies and inputs that only stand for something, attachments that aren't there, gaps to be filled in."""
    for i, row in enumerate(rows):
        reply, prompt = (row.reply or "").strip(), row.prompt or ""
        if len(reply) < 60 and _NOTHING.fullmatch(reply):
            notes.add("placeholder", "certain", i, f"the reply is only {quote(reply)}")
        elif len(reply) < 60 and _NIL.fullmatch(reply):
            notes.add("placeholder", "likely", i, f"the reply is only {quote(reply)}")
        for line in prompt.splitlines()[-3:]:
            if len(line) < 60 and (_NOTHING.fullmatch(line) or _NIL.fullmatch(line)):
                notes.add("placeholder", "likely", i, f"a line of the prompt is only {quote(line)}")
        if not row.has_media and (hit := _ATTACHED.search(without_code(prompt))):
            notes.add("placeholder", "likely", i, f"the prompt holds {quote(hit.group())} instead of the thing itself")
        for text in row.replies:
            hit = _GAP.search(without_code(text)) if re.search(r"[\[<{]|lorem", text, _I) else None
            if hit and hit.group().lower() not in prompt.lower() and not LOOKS_LIKE_CODE.search(text):
                notes.add("placeholder", "look", i, f"the reply leaves a gap to be filled: {quote(hit.group())}")


LOOKS_LIKE_CODE = re.compile(
    r"```|</\w+>|^\s*(?:import|from|def|class|public|private|function|const|let|var|using|package|#include|SELECT)\b.*$"
    r"|[;{}]\s*$|\w\(\)|=>|==|\+=",
    re.MULTILINE,
)

# --- What the model says of itself ----------------------------------------------------------------------------------

_SORRY = (
    r"(?:(?:i'?m|i am|we're|we are) (?:(?:very|so|truly|deeply|really) )?(?:sorry|afraid)|sorry|(?:i|we|my) apolog\w+"
    r"|unfortunately|regrettably)"
)
_CANT = (
    r"(?:can'?t|cannot|can not|couldn'?t|could not|(?:am|are|is|'m|'re) ?(?:unable|not able|not (?:comfortable|capable"
    r"|allowed|permitted|programmed|authorized|equipped))|unable to|not able to|not possible|won'?t be able"
    r"|won'?t (?:help|assist|provide|do|tell|give|write|answer|create|generate)|(?:don'?t|do not|does(?:n'?t"
    r"| not)) (?:have|understand|contain|provide|feel comfortable|support|know|think (?:i can|that's appropriate))"
    r"|not enough (?:information|context|data)|no (?:input|information|data|text|context))"
)
_LACKS = (
    r"(?:don'?t|do not) (?:currently )?have (?:direct |real-time |enough |the |any )?"
    r"(?:access|information|ability|capability|capacity)"
)
_REFUSES = re.compile(
    rf"^\W*{_SORRY}\b[^.!?\n]{{0,80}}?\b{_CANT}"
    r"|^\W*i (?:(?:can'?t|cannot) (?!wait|help but|imagine|believe|stop|say enough|live)|can not"
    r"|(?:am|are) (?:unable|not able|not (?:capable|programmed|comfortable))|must decline|(?:have to|must) refuse"
    r"|refuse to"
    rf"|won'?t (?:help|assist|provide|do that)|{_LACKS})"
    r"|^\W*(?:this|the|that|your) (?:instruction|request|task|question|prompt|input)\b[^.!?\n]{0,40}"
    r"(?:cannot|can'?t|can not|could not) be (?:completed|answered|fulfilled|processed|done|executed|performed)"
    r"|^\W*(?:this|it)(?: is|'s) (?:not possible|impossible) (?:for me )?to (?:complete|answer|fulfil|provide"
    r"|determine|generate|do)"
    r"|^\W*(?:unable|not able|impossible) to (?:perform|complete|answer|fulfil|provide|determine|generate|do|create)"
    r"|^\W*(?:no|not enough|insufficient) (?:input|information|context|data) (?:was |is |were |has been )?"
    r"(?:provided|given|available|supplied)"
    r"|^\W*(?:(?:很|非常)?抱歉|对不起|不好意思)[^。！？\n]{0,60}?"
    r"(?:无法|不能|没有办法|没法|不会|没有)"
    r"|^\W*我(?:无法|不能|没有能力)|^\W*作为[^。！？\n]{0,20}，我(?:无法|不能|没有)",
    _I,
)
_ASIDE = re.compile(r"^\W*(?:as|being) an? (?:[\w-]+ ){0,2}(?:ai|artificial|language)\b[^.,\n]{0,60},\s*", _I)
_OTHERS_WORDS = re.compile(  # prompts that want what somebody else would say
    r"\b(?:letter|e-?mail|message|apolog\w*|excuse|dialog\w*|conversation|sentence|script|story|speech|rewrite"
    r"|rephrase|edit|paraphrase|translate|reply to|respond to|response to|tweet|customer)\b|对话|道歉|信|翻译|改写",
    ASCII_WORDS,
)
_MEANS_IT = re.compile(
    r"\b(?:provided?|input|access|information|context|instruction|request|complete|AI|model)\b|提供|模型|智能", _I
)
_JOBS = (
    r" ?(?:engineer|researcher|expert|scientist|consultant|developer|specialist|ethicist|student|company|startup|team)"
)
_DISCLAIMS = re.compile(
    rf"\b(?:as|i am|i'?m|being|i am only|i'm just) an? (?:(?:(?!of\b)[\w-]+ ){{0,2}}?(?:ai|a\.i\."
    rf"|artificial intelligence)\b(?!{_JOBS})"
    r"|(?:large |neural |machine )?language model)"
    r"|\bi (?:don'?t|do not) (?:have|possess|experience) (?:(?:any|a|the|personal|human|my own|physical|actual"
    r"|subjective) ){0,3}"
    r"(?:opinions?|feelings?|emotions?|beliefs?|consciousness|physical (?:body|form))\b"
    r"|\bmy (?:knowledge cut-?off)\b|\bas of my (?:last|latest|most recent|knowledge|training)"
    r"|(?:作为|我(?:是|只是))(?:一个|一名|一款|一种|个)?[^，。！？\n]{0,8}"
    r"(?:AI|人工智能|语言模型|大模型|聊天机器人)(?!专家|工程师|研究)",
    _I,
)


def refuses(reply: str) -> re.Match | None:
    """Where a reply refuses, if it begins by doing so."""
    return _REFUSES.search(_ASIDE.sub("", reply[:400].replace("’", "'")))


def check_refusals(rows: list[AuditRow], notes: Notes) -> None:
    """Replies that refuse, and replies in which the model speaks of itself as a model."""
    for i, row in enumerate(rows):
        others = _OTHERS_WORDS.search((row.prompt or "")[-1000:])
        for reply in row.replies:
            itself = _DISCLAIMS.search(without_code(reply).replace("’", "'"))
            hit = refuses(reply)
            if hit and (itself or not others or _MEANS_IT.search(hit.string[:200])):
                notes.add("refusal", "likely", i, f"it refuses: {quote(hit.string[hit.start() :])}")
            if itself:
                notes.add(
                    "disclaimer", "likely", i, f"the model speaks of itself: {quote(itself.string[itself.start() :])}"
                )


# --- Two rows in one ------------------------------------------------------------------------------------------------

_TOKENS = re.compile(
    r"<\|(?:im_start|im_end|user|assistant|system|eot_id|endoftext|start_header_id)\|>|\[/?INST\]|<</?SYS>>"
)
_NUMBERED = re.compile(  # how generated sets of instructions are laid out before they are cut into rows
    r"\n[ \t]*\d{1,3}\.[ \t]*Instruction[ ]?:|\n[ \t]*(\d{1,3})\.[ \t]*Input[ ]?:[\s\S]*\n[ \t]*\1\.[ \t]*Output[ ]?:"
    r"|\n##+[ \t]*\n"
    r"|\n[ \t]*#{2,3}[ \t]*(?:Instruction|Input|Response)[ ]?:?[ \t]*\n"
)
_SPEAKER = re.compile(r"\n[ \t]*\**(?:Human|User)\**[ ]?\d{0,2}\**[ ]?:\**[ \t]*\S")
_TURNS_WANTED = re.compile(
    r"\b(?:dialog\w*|conversations?|chat\w*|transcript|interview|script|q ?& ?a|questions?|faqs?|prompts?"
    r"|instructions?|bot|inputs?|examples?|code|program|user stor\w+|story|format|template|scenario|play|users?"
    r"|humans?)\b|对话",
    ASCII_WORDS,
)


def check_merged(rows: list[AuditRow], notes: Notes) -> None:
    """Replies that go on with another instruction or turn, and marks of a chat template left in a reply."""
    for i, row in enumerate(rows):
        for reply in row.replies:
            if hit := _TOKENS.search(without_code(reply)):
                notes.add("merged", "likely", i, f"the reply holds {quote(hit.group())}, a mark of a chat template")
            elif hit := _NUMBERED.search(reply):
                notes.add("merged", "likely", i, f"the reply goes on with {quote(reply[hit.start() :])}")
            elif (hit := _SPEAKER.search(reply)) and not _TURNS_WANTED.search(row.prompt or ""):
                notes.add("merged", "look", i, f"the reply goes on with {quote(reply[hit.start() :])}")


# --- Loops, ends, calls ---------------------------------------------------------------------------------------------

_REPEATS = re.compile(
    r"\brepeat\w*|\b(?:song|lyrics|poem|chorus|rap|chant|mantra|rhyme|times|sounds?|onomatop\w+)\b|重复|歌", ASCII_WORDS
)


def loop_of(text: str) -> str | None:
    """The piece that a text repeats, or None.

    One letter thirty times; a line or sentence that comes four times in a row; five words that make up half the text.
    """
    if run := re.search(r"([^\W\d_])\1{29,}", text):
        return run.group()
    pieces = [p.strip() for p in re.split(r"\n+|(?<=[.!?。！？])\s*", text) if p.strip()]
    row = 1
    for before, piece in zip(pieces, pieces[1:]):
        row = row + 1 if piece == before and len(re.findall(r"[^\W\d_]", piece)) >= 10 else 1
        if row == 4:
            return piece
    words = text.split()
    if len(words) >= 50 and len(set(words)) < 0.3 * len(words):
        piece, count = Counter(zip(*(words[k:] for k in range(5)))).most_common(1)[0]
        if count >= 6 and 5 * count > 0.5 * len(words) and sum(len(re.findall(r"[^\W\d_]", w)) for w in piece) >= 10:
            return " ".join(piece)
    return None


def check_loops(rows: list[AuditRow], notes: Notes) -> None:
    """Replies that go round in a loop, as a model's do that was not stopped."""
    for i, row in enumerate(rows):
        for reply in row.replies:
            if len(reply) >= 60 and (loop := loop_of(reply)) and not _REPEATS.search(row.prompt or ""):
                notes.add("repetition", "likely", i, f"it repeats {quote(loop)}")


_CLOSED = re.compile(
    # a sign, a digit, a letter of a script without capitals
    r"(?![,，、;；(（\[«“+-])(?:\W|[\d\u0590-\U0010ffff])$"
)
_GOES_ON = re.compile(  # words that begin something, and signs that promise more
    r"(?:\b(?:the|an|and|or|of|from|into|because|which|such as|including|their|its|my|your|our|than"
    r"|der|die|das|und|mit|für|von|zu|eine[rnms]?|les|une|et|ou|des|avec|pour|los|las|con|para|del|que)"
    r"|[,，、(（\[«“])$"
)


def _is_list(text: str) -> bool:
    """Whether a text has short lines, as verses have, or the line before the last is open, too, as in a list."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    verse = len(lines) >= 4 and sum(map(len, lines)) < 60 * len(lines)
    return verse or len(lines) >= 3 and not _CLOSED.search(lines[-2])


_ITEM = re.compile(r"^\s*(?:[-*•·+–—]|\d+[.)、:]|[a-zA-Z][.)]|#|>|\||[A-Z][\w ]{0,30}:)")


def check_truncated(rows: list[AuditRow], notes: Notes) -> None:
    """Replies that stop within a sentence or a block of code.

    A reply is accused when it ends in a word or sign that can't end a sentence; and, where nearly all replies of the
    set end with a full stop or its like, when its last line is prose without one. Lists, headings, signatures, rows of
    names, numbers and code end without one in good order.
    """
    skip = notes.notes.get("encoding", {})
    written = {i: r.reply.rstrip() for i, r in enumerate(rows) if (r.reply or "").strip() and not r.is_call}
    open_ended = [i for i, text in written.items() if not _CLOSED.search(text[-2:]) and i not in skip]
    if len(written) < MANY:
        notes.unjudged.append(f"whether replies are cut off: too few replies ({len(written)}) to see how they end")
    stopped = sum(bool(re.search(r"[^\w\s,;]$", text)) for text in written.values())
    house_style = len(written) >= MANY and stopped >= 0.95 * len(written)
    for i, text in written.items():
        if text.count("```") % 2:
            notes.add("truncated", "likely", i, "a block of code is not closed")
    for i in open_ended:
        text, last = written[i], written[i].splitlines()[-1]
        sentence = re.split(r"[.!?:]\s", last)[-1]
        if (
            LOOKS_LIKE_CODE.search(text)
            or _ITEM.match(last)
            or len(last) < 20
            or re.search(r"[/@._#]", last.split()[-1])
        ):
            continue
        if _GOES_ON.search(last) and len(last.split()) >= 5 and not re.search(r"[(\"“']\S+$", last):
            notes.add("truncated", "likely", i, f"it ends in {quote('…' + text[-25:])}")
        elif (
            house_style
            and not _is_list(text)
            and len(sentence.split()) >= 4
            and re.search(r"(?<![^\W_])[a-zß-ÿа-я]{2,}$", sentence)
        ):
            items = sentence.split(",")
            if len(items) < 3 or max(len(item.split()) for item in items) > 4:  # no row of names
                notes.add("truncated", "likely", i, f"it ends in {quote('…' + text[-25:])}, as few others do")


_DOUBLE = re.compile(r"\"(?:arguments|parameters)\"\s*:\s*['\"]\s*\{")


def check_calls(rows: list[AuditRow], notes: Notes) -> None:
    """Tool calls whose arguments are JSON within a string, which a template would encode a second time."""
    for i, row in enumerate(rows):
        for name, arguments in row.calls:
            if isinstance(arguments, str) and arguments.strip():
                if isinstance(parsed(arguments), Mapping):
                    note = f"the arguments of {name} are a string of JSON: {quote(arguments)}"
                    notes.add("tool_call", "look", i, note)
                else:
                    notes.add("tool_call", "likely", i, f"the arguments of {name} are no JSON: {quote(arguments)}")
        for reply in row.replies:
            if not row.calls and (hit := _DOUBLE.search(reply)):
                notes.add("tool_call", "look", i, f"arguments are a string of JSON: {quote(reply[hit.start() :])}")
