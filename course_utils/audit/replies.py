# ruff: noqa: E501
"""Checks of what replies say and how they end, by patterns and not by meaning.

Most patterns are English, those for refusals and disclaimers Chinese, too. Each was read against public sets; the record
is in tests/data/audit_judged.csv. Whether a reply is right or good, no check here can tell.
"""

import re
from collections import Counter
from collections.abc import Mapping

from .chats import Row, parsed
from .texts import MANY, Notes, quote

_I = re.IGNORECASE


def check_form(rows: list[Row], has_reply: bool, notes: Notes) -> None:
    """Rows that break the form, and empty prompts and replies."""
    strange = Counter(note.split(" has the role ")[1] for row in rows for kind, _, note in row.wrong if kind == "role")
    affected = sum(any(kind == "role" for kind, _, _ in row.wrong) for row in rows)
    mostly = affected > max(1, 0.5 * len(rows))  # a role that most rows have is the set's own word, and no accident
    if mostly:
        names = ", ".join(name for name, _ in strange.most_common(3))
        notes.unjudged.append(
            f"what the role {names} means: say it, as in roles={{{strange.most_common(1)[0][0]}: 'user'}}"
        )
    for i, row in enumerate(rows):
        for kind, severity, note in row.wrong:
            notes.add(kind, "look" if kind == "role" and mostly else severity, i, note)
        if any(kind == "schema" and severity == "certain" for kind, severity, _ in row.wrong):
            continue
        if has_reply and not (row.reply or "").strip():
            notes.add("empty", "certain", i, "the reply is empty" if row.prompt is not None else "the text is empty")
        elif row.prompt is not None and not row.prompt.strip() and not row.has_image:
            notes.add("empty", "likely", i, "the prompt is empty")
        if has_reply and _EMPTY_CODE.search(row.reply or ""):
            notes.add("empty", "likely", i, "a block of code in the reply is empty")


_EMPTY_CODE = re.compile(r"(?:^|\n)[ \t]*```[\w+#-]*[ \t]*\n\s*```[ \t]*(?:\n|$)")

# --- Placeholders ---------------------------------------------------------------------------------------------------

_NOTHING = re.compile(
    r"\W*(?:no ?(?:in|out)put(?: (?:is )?(?:needed|required|provided|given|available))?|noinput|nooutput)\W*", _I
)
_NIL = re.compile(
    r"\W*(?:n/?\.?a\.?|nan|null|undefined|todo|tbd|none provided|not applicable|placeholder|lorem ipsum.{0,80})\W*", _I
)
_ATTACHED = re.compile(
    r"[<\[({](?:(?:an? |the |see )?(?:image|picture|photo|graph|chart|diagram|figure|video|audio|file|document|screenshot|attachment|attached"
    r"|link|url|table|map|drawing|painting|recording)s?\b[^<>\[\](){}\n]{0,60}|[^<>\[\](){}\n]{0,40}\b(?:attached|attachment|image|picture|photo|video|audio file|link here))[>\])}](?!\()",
    _I,
)  # fmt: skip
_INSERT = re.compile(
    r"[\[<{](?:please )?(?:insert|enter|add|fill in|include|your|my|name|company|date|address|phone|e-?mail|recipient|title|position|product|city|state|number"
    r"|customer|client|employer|sender|name of)\b[^\[\]<>{}\n]{0,50}[\]>}](?!\()|\bX{4,}\b|lorem ipsum dolor|\b(?:TODO|TBD)\b:?",
    _I,
)  # fmt: skip


def check_placeholders(rows: list[Row], notes: Notes) -> None:
    """Replies and inputs that only stand for something, attachments that aren't there, gaps to be filled in."""
    for i, row in enumerate(rows):
        reply, prompt = (row.reply or "").strip(), row.prompt or ""
        if len(reply) < 120 and _NOTHING.fullmatch(reply):
            notes.add("placeholder", "certain", i, f"the reply is only {quote(reply)}")
        elif len(reply) < 120 and _NIL.fullmatch(reply):
            notes.add("placeholder", "likely", i, f"the reply is only {quote(reply)}")
        for line in prompt.splitlines()[-3:]:
            if len(line) < 60 and (_NOTHING.fullmatch(line) or _NIL.fullmatch(line)):
                notes.add("placeholder", "likely", i, f"a line of the prompt is only {quote(line)}")
        if not row.has_image and (hit := _ATTACHED.search(prompt)):
            notes.add("placeholder", "likely", i, f"the prompt holds {quote(hit.group())} instead of the thing itself")
        hits = (_INSERT.search(text) for text in row.replies)
        if (hit := next(filter(None, hits), None)) and hit.group().lower() not in prompt.lower():
            notes.add("placeholder", "look", i, f"the reply leaves a gap to be filled: {quote(hit.group())}")


# --- What the model says of itself ----------------------------------------------------------------------------------

_REFUSES = re.compile(
    r"^\W*(?:(?:(?:i'?m|i am) (?:(?:very|so|truly|deeply|terribly) )?(?:sorry|afraid)|sorry|(?:i|we|my) apolog\w+|unfortunately|regrettably)\b[^.!?\n]{0,80}?\b"
    r"(?:can'?t|cannot|can not|unable|not able|won'?t|don'?t|do not|couldn'?t|not possible|not (?:comfortable|capable|allowed|permitted|programmed|authorized)|no(?:t enough)? (?:input|information|data|context))"
    r"|(?:i|we) (?:can'?t|cannot|can not|(?:am|are) (?:unable|not able)|won'?t|will not|must decline|(?:have to|must) refuse|refuse|don'?t have (?:access|enough|the (?:ability|capability)|(?:the )?information)|do not have (?:access|enough|the (?:ability|capability)|(?:the )?information)|am not (?:able|capable|programmed|comfortable))\b"
    r"|(?:this|the|that) (?:instruction|request|task|question|prompt|input|statement)[^.!?\n]{0,40}(?:cannot|can'?t|can not|could not) be (?:completed|answered|fulfilled|processed|done|executed|performed)"
    r"|(?:this|it) (?:is|'s) (?:not possible|impossible) (?:to (?:complete|answer|fulfil|provide|determine|generate|do))"
    r"|(?:no|not enough|insufficient) (?:input|information|context|data) (?:was |is |were |has been )?(?:provided|given|available|supplied))"
    r"|^\W*(?:(?:很|非常)?抱歉|对不起|不好意思)[^。！？\n]{0,40}?(?:无法|不能|没有办法|没法|不会)|^\W*我(?:无法|不能|没有能力)|^\W*(?:作为[^。！？\n]{0,20}，我(?:无法|不能))",
    _I,
)  # fmt: skip
_ASIDES = re.compile(r"^(?:as|being) an? (?:ai|artificial|large|language)[^.,\n]{0,60},\s*", _I)
_DISCLAIMS = re.compile(
    r"\b(?:as|i am|i'?m|being|just|only|merely|i am only|i'm just) an? (?:(?:[\w-]+ ){0,3}?(?:ai|a\.i\.|artificial intelligence)\b(?! (?:engineer|researcher|expert|scientist|consultant|developer|specialist|ethicist|student|lawyer|company|startup))|(?:large |neural |machine )?language model)"
    r"|\bi (?:don'?t|do not) (?:have|possess|experience) (?:(?:any|a|the|personal|human|my own|physical|actual|subjective|real) ?){0,3}(?:opinions?|feelings?|emotions?|beliefs?|preferences|experiences|consciousness|physical (?:body|form))\b"
    r"|\bmy (?:knowledge cut-?off|training data)\b|\bas of my (?:last|latest|most recent|knowledge|training)"
    r"|作为(?:一个|一名|一款|一种|个)?[^，。！？\n]{0,8}(?:AI|人工智能|语言模型|大模型|聊天机器人)|我(?:是|只是)(?:一个|一名|一款|一种)[^，。！？\n]{0,8}(?:AI|人工智能|语言模型|大模型)",
    _I,
)  # fmt: skip


def check_refusals(rows: list[Row], notes: Notes) -> None:
    """Replies that refuse, and replies in which the model speaks of itself as a model."""
    for i, row in enumerate(rows):
        for reply in row.replies:
            start = _ASIDES.sub("", reply[:400].replace("’", "'"))
            if hit := _REFUSES.search(start):
                notes.add("refusal", "likely", i, f"it refuses: {quote(start[hit.start() :])}")
            if hit := _DISCLAIMS.search(reply.replace("’", "'")):
                notes.add("disclaimer", "likely", i, f"the model speaks of itself: {quote(reply[hit.start() :])}")


# --- Two rows in one ------------------------------------------------------------------------------------------------

_SECOND = re.compile(
    r"\n[ \t]*(?:\d{1,2}\.[ \t]*|#{2,3}[ ]?|\**)(?P<task>Instructions?|Input|Output|Task|Question|Response|Prompt|Human|User|Assistant)\**[ ]?\d{0,2}\**[ ]?:|\n##+[ \t]*(?:\n|$)"
    r"|<\|(?:im_start|im_end|user|assistant|system|eot_id|endoftext)\|>|\[/?INST\]|</s>|<\|start_header_id\|>",
)
_WRITES_TURNS = re.compile(
    r"\b(?:dialog\w*|conversations?|chat\w*|transcript|interview|script|q ?& ?a|questions?|faqs?|exercises?|quiz\w*|prompts?|instructions?|input|output|program|code|function|write|template|format|task)\b|对话",
    _I,
)


def check_merged(rows: list[Row], notes: Notes) -> None:
    """Replies that go on with another instruction or turn, and marks of a chat template left in a reply."""
    for i, row in enumerate(rows):
        for reply in row.replies:
            marks = [m for m in _SECOND.finditer("\n" + reply)]
            tokens = [m for m in marks if m.group().startswith(("<", "["))]
            hard = [m for m in marks if "nstruction" in m.group() or re.match(r"\n[ \t]*\d", m.group()) and m["task"]]
            if tokens:
                notes.add(
                    "merged", "likely", i, f"the reply holds {quote(tokens[0].group())}, a mark of a chat template"
                )
            elif hard and marks[0].start() > 0:
                notes.add("merged", "likely", i, f"the reply goes on with {quote(reply[hard[0].start() :])}")
            elif marks and marks[0].start() > 0 and not _WRITES_TURNS.search(row.prompt or ""):
                notes.add("merged", "look", i, f"the reply goes on with {quote(reply[marks[0].start() :])}")


# --- What a text model can't see ------------------------------------------------------------------------------------

_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>\"')\]]+|\b[\w-]+\.(?:com|org|net|co\.uk)(?:/[^\s<>\"')\]]*)?(?=[\s,.;:!?)]|$)", _I
)
_READS = re.compile(
    r"\b(?:summar\w+|read|articles?|according to|based on|review|analy[sz]e|extract|story|post|website|web ?page|page|link|url|video|source|headline|blog|paper|classify|find|visit|open|look at|identify|tell me about|evaluate|describe)\b|总结|文章|网页|链接|阅读",
    _I,
)
_WRITES_CODE = re.compile(r"\b(?:code|script|program|function|regex|regular expression|parse|scrap\w+|request|fetch|download|html|python|api|curl|valid\w*|format|extract (?:the )?(?:domain|url)|cite|citation|bibliograph\w+|reference)\b", _I)  # fmt: skip
_DRAWS = re.compile(
    r"\b(?:draw|paint|sketch|generate|create|make|design|produce|render|show|display|provide|find|take|crop|resize|edit|upload|insert|add)\b(?: me| us)? (?:an?|the|some|your|this)?\s?(?:[\w-]+ ){0,4}?(?:image|picture|photo(?:graph)?|drawing|sketch|illustration|painting|logo|graphic|infographic|meme|poster|collage|comic strip|cartoon|gif|animation|portrait|banner|flyer|3d model|visuali[sz]ation|diagram|flowchart|pie chart|bar (?:chart|graph)|line graph|chart|graph|map|mind map)\b(?! (?:description|prompt|that describes|caption|of speech))"
    r"|\b(?:describe|caption|identify|classify|label|look at|analy[sz]e|observe|name)\b (?:what (?:is|you see) (?:shown )?in )?(?:the|this|that|these) (?:\w+ ){0,3}?(?:image|picture|photo(?:graph)?|drawing|painting)s?\b"
    r"|\b(?:in|from|of|for|to) (?:the|this) (?:\w+ ){0,2}(?:image|picture|photo(?:graph)?)\b|(?:画|生成|创建|绘制)(?:一[张幅个])?[^，。\n]{0,12}(?:图片|图像|图画|插图|照片)|这[张幅](?:图片|照片|图)",
    _I,
)  # fmt: skip


def check_unseen(rows: list[Row], notes: Notes) -> None:
    """Links whose page the reply pretends to have read, and requests for images that no text model can see or draw."""
    for i, row in enumerate(rows):
        prompt = row.prompt or ""
        if row.calls or _REFUSES.search((row.reply or "")[:400]):
            continue
        if len(prompt) < 2000 and (hit := _URL.search(prompt)):
            alone = any(_URL.fullmatch(line.strip().rstrip(".")) for line in prompt.splitlines())
            asks = _URL.sub(" ", prompt)
            if len(asks) < 400 and not _WRITES_CODE.search(asks) and (alone or _READS.search(asks)):
                severity = "likely" if alone else "look"
                notes.add("link", severity, i, f"the prompt gives {quote(hit.group(), 40)}, and no text of the page")
        if not row.has_image and len(prompt) < 1000 and (hit := _DRAWS.search(prompt)):
            if not _DRAWS_IN_TEXT.search(prompt) and not _CODE_REPLY.search(row.reply or ""):
                notes.add("image", "look", i, f"the prompt asks about an image: {quote(prompt[hit.start() :])}")


_DRAWS_IN_TEXT = re.compile(
    r"\b(?:code|python|matplotlib|svg|html|css|ascii|latex|tikz|javascript|function|program|script|sql|r script|plot|graph (?:theory|database|traversal)|node|vertices|tree|hash ?map|mental|big picture|canvas|opencv|api|app|software|model|story|essay|poem|article|caption)\b",
    _I,
)
_CODE_REPLY = re.compile(r"```|<svg|<html|\bimport \w+|\bdef \w+\(|!\[")

# --- Loops, ends, calls ---------------------------------------------------------------------------------------------

_REPEATS = re.compile(
    r"\brepeat\w*|\b(?:song|lyrics|poem|chorus|rap|chant|mantra|rhyme|times|sound|onomatop\w+)\b|重复|歌", _I
)


def loop_of(text: str) -> str | None:
    """The piece that a text repeats until nothing else is left, or None.

    A line or sentence that comes four times in a row, or a run of five words that makes up most of the text.
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


def check_loops(rows: list[Row], notes: Notes) -> None:
    """Replies that end in a loop."""
    for i, row in enumerate(rows):
        for reply in row.replies:
            if len(reply) >= 60 and (loop := loop_of(reply)) and not _REPEATS.search(row.prompt or ""):
                notes.add("repetition", "likely", i, f"it repeats {quote(loop)}")


_CLOSED = re.compile(
    r"[.!?…。！？；:：؟।॥។።~\"'”’»›」』）)\]}>*`|_$%°✓✔️☆★♥^/\\=-]$|[\U0001f000-\U0001ffff\u2600-\u27bf\ufe0f]$"
)
_OPEN = re.compile(  # words after which no sentence ends, and signs that promise more
    r"(?:\b(?:the|an|and|or|of|to|with|for|from|by|into|as|because|which|such as|including|their|its|my|your|our|is an|are the|if|that the"
    r"|der|die|das|und|oder|mit|für|von|zu|eine[rnms]?|le|les|un|une|et|ou|de|du|des|avec|pour|el|los|las|y|con|para|del|que)|[,，、(（\[«“]|\b[a-zA-Z]+-)$"
)
_ITEM = re.compile(r"^\s*(?:[-*•·+–—]|\d+[.)、:]|[a-zA-Z][.)]|#|>|\||[A-Z][\w ]{0,30}:)")


def check_truncated(rows: list[Row], notes: Notes) -> None:
    """Replies that stop within a sentence or a block of code.

    A reply is accused when it ends in a word or sign that can't end a sentence; and, where nearly all replies of the
    set end with a full stop or its like, when its last line is prose without one.
    """
    skip = notes.notes.get("encoding", {})
    written = {
        i: r.reply.rstrip() for i, r in enumerate(rows) if (r.reply or "").strip() and not r.is_call and i not in skip
    }
    open_ended = [i for i, text in written.items() if not _CLOSED.search(text)]
    if len(written) < MANY:
        notes.unjudged.append(f"whether replies are cut off: too few replies ({len(written)}) to see how they end")
    style = len(written) >= MANY and len(open_ended) <= 0.05 * len(written)
    for i, text in written.items():
        if text.count("```") % 2:
            notes.add("truncated", "likely", i, "a block of code is not closed")
    for i in open_ended:
        text = written[i]
        last = text.splitlines()[-1]
        if "```" in text or _ITEM.match(last) or _CODE_REPLY.search(text) or len(text) < 20:
            continue
        if _OPEN.search(text) and len(last.split()) >= 5:
            notes.add("truncated", "likely", i, f"it ends in {quote('…' + text[-25:])}")
        elif style and len(last.split()) >= 4 and re.search(r"[^\W\d_]{2}$", last):
            notes.add("truncated", "likely", i, f"it ends in {quote('…' + text[-25:])}, as few others do")


_DOUBLE = re.compile(r"\"(?:arguments|parameters)\"\s*:\s*['\"]\s*\{")


def check_calls(rows: list[Row], notes: Notes) -> None:
    """Tool calls whose arguments are JSON within a string, which a template would encode a second time."""
    for i, row in enumerate(rows):
        for name, arguments in row.calls:
            if isinstance(arguments, str) and arguments.strip():
                value = parsed(arguments)
                if isinstance(value, Mapping):
                    note = f"the arguments of {name} are a string of JSON: {quote(arguments)}"
                    notes.add("tool_call", "look", i, note)
                else:
                    notes.add("tool_call", "likely", i, f"the arguments of {name} are no JSON: {quote(arguments)}")
        for reply in row.replies:
            if not row.calls and (hit := _DOUBLE.search(reply)):
                notes.add("tool_call", "look", i, f"arguments are a string of JSON: {quote(reply[hit.start() :])}")
