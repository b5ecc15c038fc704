"""Checks of what prompts ask for and a text model can't see: pages behind links, images.

The patterns know the usual English and Chinese wordings, and no others.
"""

import re

from .chats import AuditRow
from .plain_text import ASCII_WORDS, Notes, quote, words
from .replies import LOOKS_LIKE_CODE, refuses

_I = re.IGNORECASE
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'”’，。）)\]]+", _I)
_READS = re.compile(
    r"\b(?:(?:summary|summaries|summari[sz]\w+)|read|articles?|according to|based on|review|analy[sz]e|story|post|page"
    r"|video|headline|blog|paper|classify|evaluate|describe|main (?:idea|point|topic)s?)\b|总结|文章|网页|阅读|概括",
    ASCII_WORDS,
)
_HANDLES_URLS = re.compile(  # what can be done with a link without reading the page
    r"\b(?:code|script|program|function|regex|regular expression|pars\w+|scrap\w+|requests?|fetch|download|html|python"
    r"|java\w*|api|curl|valid\w*|format|domain|cit(?:e|es|ed|ing|ations?)|bibliograph\w+|references?|shorten|encode"
    r"|decode|hyperlink|protocol|sql|bash|shell)\b",
    ASCII_WORDS,
)
_PICTURE = (
    r"(?:image|picture|photo(?:graph)?|drawing|sketch|illustration|painting|logo|graphic|infographic|meme|poster"
    r"|collage|comic strip|cartoon|gif|animation|portrait|banner|flyer|3d model|visuali[sz]ation|diagram|flowchart"
    r"|pie chart|(?:bar|line) (?:chart|graph)|chart|graph)s?\b(?! (?:description|prompt|caption|carousel|gallery|album"
    r"|slider|editor|viewer|app|data|library|database|theory|node|of speech|book|classif|recogni|process|generator"
    r"|generation|upload))"
)
_DRAWS = re.compile(
    r"(?:^|[.!?:\n]\s*|\b(?:please|(?:can|could|would) you|(?:want|need|like|ask) you to|help me(?: to)?) )"
    r"(?:draw|paint|sketch|generate|create|make|design|produce|render|show|find|crop|resize|edit|plot)(?: me| us)?"
    rf"(?: (?:an?|the|some|your|this))? (?:(?!table|story|poem|list|essay|character|code)[\w\d-]+ ){{0,3}}?{_PICTURE}",
    _I,
)
_LOOKS = re.compile(
    r"\b(?:the (?:following|attached|given|provided|above|below)) "
    r"(?:image|picture|photo(?:graph)?|painting|drawing|screenshot)s?\b"
    r"|\b(?:describe|caption|identify|classify|label|look at|analy[sz]e|observe|detect"
    r"|count)\b[^.!?\n]{0,30} (?:this|these|the|an?) "
    r"(?:image|picture|photo(?:graph)?)\b|\b(?:画|生成|创建|绘制|设计)"
    r"(?:一?[张幅个])?[^，。\n]{0,10}(?:图片|图像|图画|插图|照片)"
    r"|[这此][张幅](?:图片|照片|图)|以下图[片像]",
    _I,
)
_SHOWN = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")  # an image in Markdown
_IN_TEXT = re.compile(  # drawings that are text, and pictures that aren't meant
    r"\b(?:code|python|matplotlib|svg|html|css|ascii|latex|tikz|java\w*|function|program|script|sql|algorithm"
    r"|graph (?:theory|database)|mental|big(?:ger)? picture|canvas|opencv|neural)\b",
    ASCII_WORDS,
)


def check_unseen(rows: list[AuditRow], notes: Notes) -> None:
    """Links whose page the reply pretends to have read, and requests for images that no text model can see or draw."""
    for i, row in enumerate(rows):
        prompt, reply = row.prompt or "", row.reply or ""
        for earlier in row.replies[:-1]:  # what the assistant itself has said asks for nothing
            prompt = prompt.replace(earlier, " ") if earlier else prompt
        if row.calls or len(prompt) > 2000 or refuses(reply) or "```" in reply:
            continue
        if (hit := _URL.search(prompt)) and not LOOKS_LIKE_CODE.search(reply):
            asks = _URL.sub(" ", prompt)
            # a line that is only a link, but for a word or two before it
            alone = any(len(words(_URL.sub("", line))) <= 3 for line in prompt.splitlines() if _URL.search(line))
            if len(asks) < 400 and not _HANDLES_URLS.search(asks) and (alone or _READS.search(asks)):
                severity = "likely" if alone else "look"
                notes.add("link", severity, i, f"the prompt gives {quote(hit.group(), 40)}, and no text of the page")
        drawn = _SHOWN.search(prompt) or _DRAWS.search(prompt) or _LOOKS.search(prompt)
        if drawn and not row.has_media and len(prompt) < 600 and not _IN_TEXT.search(prompt):
            if not LOOKS_LIKE_CODE.search(reply) and "|" not in reply:
                around = prompt[drawn.start() :].lstrip(" .!?:\n")
                notes.add("image", "look", i, f"the prompt asks about an image: {quote(around)}")
