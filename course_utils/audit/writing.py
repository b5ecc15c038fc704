# ruff: noqa: E501
"""Checks of how texts are written: encoding, control characters, HTML, language, personal data.

Encodings are ftfy's work, languages py3langid's. What a text says is judged in `replies`.
"""

import re
import unicodedata
from collections import Counter
from functools import cache

from .chats import Row
from .texts import Notes, quote, words

LANGUAGES = "ar bn cs da de el en es fa fi fr he hi hu id it ja ko nl no pl pt ro ru sv ta th tr uk ur vi zh".split()
SAMPLE = 2000  # rows from which the main language of a set is told


def _texts_of(row: Row) -> str:
    return "\n".join(filter(None, (row.system, row.prompt, row.reply)))


def check_encoding(rows: list[Row], notes: Notes) -> None:
    """Texts that were decoded wrongly, and texts with characters that were lost or that no reader sees."""
    import ftfy

    for i, row in enumerate(rows):
        text = _texts_of(row)
        if text.isascii() and not _CONTROL.search(text):
            continue
        if ftfy.is_bad(text):
            bad = next(line for line in [*text.splitlines(), text] if ftfy.is_bad(line))
            mended = ftfy.fix_encoding(bad)
            how = f"; mended: {quote(mended)}" if mended != bad else ""
            notes.add("encoding", "likely", i, f"{quote(bad)} was decoded wrongly{how}")
        elif "\ufffd" in text:
            place = text.index("\ufffd")
            lost = quote(text[max(0, place - 20) : place + 20])
            notes.add("encoding", "likely", i, f"a character was lost in {lost}")
        if hit := _CONTROL.search(text):
            name = unicodedata.name(hit.group(), f"U+{ord(hit.group()):04X}")
            around = quote(text[max(0, hit.start() - 20) : hit.start()] + "▯" + text[hit.end() : hit.end() + 20])
            notes.add("control", "likely", i, f"it holds the control character {name} in {around}")


# C0 and C1 but for tab, newline and carriage return; a byte order mark within a text; marks of writing direction that
# override it. Zero-width joiners are no fault: emojis and Indic scripts need them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u202d\u202e\ufffe\uffff]|(?<=.)\ufeff")
_ESCAPED = re.compile(r"(?<![\\\w/:])\\[nrt](?![\w{])|(?<=[.!?,;:])\\n|\\u[0-9a-fA-F]{4}|(?:\\n){2,}")
_CODE = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|\$\$?[^$]+\$\$?|\\\(.*?\\\)|\\\[.*?\\\]|\"[^\"\n]*\"|'[^'\n]*'", re.DOTALL
)
_ABOUT_CODE = re.compile(
    r"\b(?:code|coding|program|script|function|class|regex|regular expressions?|string|json|xml|html|css|sql|latex|python|java\w*|c\+\+|c#"
    r"|bash|shell|command|react|web ?(?:site|page)|tags?|escape|markdown|print|file|path|api)\b|代码|程序|函数|网页|正则|编写|脚本",
    re.IGNORECASE,
)  # fmt: skip
_TAG = re.compile(
    r"</(?:p|div|span|a|b|i|u|em|strong|ul|ol|li|table|tr|td|th|h[1-6]|font|center|sup|sub|body|html|blockquote|pre|code)\s*>"
    r"|<(?:br|hr|p|li|img|div|td)\b[^<>]*>|&(?:nbsp|amp|lt|gt|quot|apos|#\d{2,5}|#x[0-9a-f]{2,5});",
    re.IGNORECASE,
)


def check_markup(rows: list[Row], notes: Notes) -> None:
    """HTML, and escape sequences written out, in replies that are no code and whose prompts don't ask for any."""
    for i, row in enumerate(rows):
        for reply in row.replies:
            if not ("\\" in reply or "<" in reply or "&" in reply) or row.is_call:
                continue
            if _ABOUT_CODE.search(row.prompt or "") or _ABOUT_CODE.search(row.system):
                continue
            prose = _CODE.sub(" ", reply)
            if hit := _TAG.search(prose):
                notes.add("html", "likely", i, f"the reply holds {quote(hit.group())}")
            if hit := _ESCAPED.search(prose):
                around = quote(prose[max(0, hit.start() - 20) : hit.end() + 20])
                notes.add("control", "likely", i, f"an escape sequence is written out in {around}")


# --- Language -------------------------------------------------------------------------------------------------------

_TRANSLATES = re.compile(
    r"\btransla\w+|\b(?:english|french|german|spanish|italian|portuguese|dutch|russian|chinese|mandarin|japanese|korean|arabic|hindi|latin"
    r"|greek|turkish|polish|swedish|norwegian|danish|finnish|hebrew|vietnamese|thai|indonesian|malay|urdu|bengali|tamil|ukrainian|czech"
    r"|hungarian|romanian|tagalog|swahili|language|bilingual)\b|übersetz|traduc|tradui|traduz|перев[ео]|翻[译譯訳]|译[成为]|번역"
    r"|[英法德日韩俄]语|英文|中文|日文",
    re.IGNORECASE,
)  # fmt: skip


@cache
def _identifier(languages: tuple[str, ...]):
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(languages)
    return identifier


def check_language(rows: list[Row], language: str | None, notes: Notes) -> None:
    """Replies in another language than most, or than the one wanted, that nobody asked for.

    A reply is accused when the identifier is sure of another language *and* hardly any of its words are among those
    that are common in the wanted one: names, quotations and code alone mislead the identifier.
    """
    try:
        identifier = _identifier(tuple(sorted({*LANGUAGES, *([language] if language else [])})))
    except ValueError:
        notes.unjudged.append(f"the language: {language!r} is no two-letter code that py3langid knows")
        return
    spoken: dict[int, list[str]] = {}
    for i, row in enumerate(rows):
        if row.reply and not row.is_call:
            found = words(_CODE.sub(" ", row.reply) if "`" in row.reply else row.reply)
            if sum(map(len, found)) >= 40:  # shorter texts are guesswork
                spoken[i] = found
    if not spoken:
        notes.unjudged.append("the language: no reply is long enough to tell (40 letters)")
        return
    sample = list(spoken)[:: len(spoken) // SAMPLE + 1]
    told = {i: identifier.classify(" ".join(spoken[i]))[0] for i in sample}
    main, most = Counter(told.values()).most_common(1)[0]
    if language is None and most < 0.8 * len(told):
        mix = ", ".join(f"{name} {n / len(told):.0%}" for name, n in Counter(told.values()).most_common(3))
        notes.unjudged.append(
            f'the language: the replies are in several ({mix}); say which is wanted: language="{main}"'
        )
        return
    wanted = language or main
    common = {w for w, _ in Counter(w for i in sample if told[i] == wanted for w in spoken[i]).most_common(200)}
    for i, found in spoken.items():
        if common and sum(w in common for w in found) >= 0.1 * len(found):
            continue
        name, sure = identifier.classify(" ".join(found))
        if name == wanted or sure < 0.9 or len(set(found)) < 8 or _TRANSLATES.search(rows[i].prompt or ""):
            continue
        note = f"{quote(rows[i].reply)} looks like {name!r}, wanted is {wanted!r}"
        notes.add("language", "likely", i, note)


# --- Personal data --------------------------------------------------------------------------------------------------

_EMAIL = re.compile(r"(?<![\w.+/@-])[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b")
_PHONE_WORD = (
    r"(?:tele)?phone|tel|call|fax|mobile|cell|dial|whatsapp|sms|telefon|téléphone|teléfono|电话|手机|電話|热线"
)
_PHONE = re.compile(
    rf"(?:\b(?:{_PHONE_WORD})\b\W{{0,3}}(?:[^\W\d]+\W{{1,3}}){{0,4}}?|(?:电话|手机|電話|热线)\D{{0,6}}|\bor (?=0))"
    r"(?P<number>\+?\(?\d[\d ()./-]{6,18}\d)(?![\w-])"
    r"|(?<![\w.+/=*^(-])(?P<international>\+[1-9]\d{0,2}[ (.-]\(?\d[\d ().-]{5,14}\d)(?![\w-])"
    r"|(?<![\w./+-])(?P<american>\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4})(?![\w-])",
    re.IGNORECASE,
)  # fmt: skip
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\d.-])[3-6]\d{3}([ -]?)\d{4}\1\d{4}\1\d{4}(?![\d-]|\.\d)")
_URL = re.compile(r"(?:https?://|www\.)\S+")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|(?:19|20)\d\d ?[-–] ?(?:19|20)\d\d")


def _luhn(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812)."""
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _iban(text: str) -> bool:
    """The check digits of a bank account (ISO 13616)."""
    text = text.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def _personal(text: str) -> tuple[str, str] | None:
    """What kind of personal data a text holds, and which."""
    if hit := _EMAIL.search(text):
        return "an e-mail address", hit.group()
    if not re.search(r"\d{3}", text):
        return None
    for hit in _PHONE.finditer(text):
        number = hit[hit.lastgroup]
        if 7 <= len(re.sub(r"\D", "", number)) <= 15 and not _DATE.search(number):
            return "a phone number", number
    if (hit := _IBAN.search(text)) and _iban(hit.group()):
        return "a bank account (IBAN)", hit.group()
    if (hit := _CARD.search(text)) and _luhn(re.sub(r"\D", "", hit.group())) and len(set(hit.group())) > 4:
        return "a card number", hit.group()
    return None


def check_personal(rows: list[Row], notes: Notes) -> None:
    """E-mail addresses, phone numbers, bank accounts and payment cards. Whether they are a real person's, one must see."""
    for i, row in enumerate(rows):
        if found := _personal(_URL.sub(" ", row.text())):
            notes.add("personal", "look", i, f"it holds {found[0]}: {quote(found[1])}")
