"""Checks of how texts are written: encoding, control characters, HTML, language, personal data.

Encodings are ftfy's work, languages py3langid's. What a text says is judged in `replies`.
"""

import re
import unicodedata
from collections import Counter
from functools import cache

from .chats import AuditRow
from .plain_text import ASCII_WORDS, Notes, quote, without_code, words
from .replies import LOOKS_LIKE_CODE

LANGUAGES = "ar bn cs da de el en es fa fi fr he hi hu id it ja ko nl no pl pt ro ru sv ta th tr uk ur vi zh".split()
SAMPLE = 2000  # rows from which the main language of a set is told


def _texts_of(row: AuditRow) -> str:
    return "\n".join(filter(None, (row.system, row.prompt, row.reply)))


def check_encoding(rows: list[AuditRow], notes: Notes) -> None:
    """Texts that were decoded wrongly, and texts with characters that were lost or that no reader sees."""
    import ftfy

    for i, row in enumerate(rows):
        text = _texts_of(row)
        if text.isascii() and not _CONTROL.search(text):
            continue
        if ftfy.is_bad(text):
            bad = next(line for line in [*text.splitlines(), text] if ftfy.is_bad(line))
            mended = ftfy.fix_encoding(bad)
            at = max(0, next((k for k, (a, b) in enumerate(zip(bad, mended)) if a != b), 0) - 15)
            how = f"; mended: {quote(mended[at:], 35)}" if mended != bad else ""
            notes.add("encoding", "likely", i, f"{quote(bad[at:], 35)} was decoded wrongly{how}")
        elif "\ufffd" in text:
            notes.add("encoding", "likely", i, f"a character was lost in {_around(text, text.index(chr(0xFFFD)))}")
        elif hit := _CONTROL.search(text):
            name = unicodedata.name(hit.group(), f"U+{ord(hit.group()):04X}")
            note = f"it holds the control character {name} in {_around(text, hit.start(), '▯')}"
            notes.add("control", "likely", i, note)


def _around(text: str, place: int, shown: str | None = None) -> str:
    """The text around one character, in quotation marks; ``shown`` stands for one that can't be shown."""
    return quote(text[max(0, place - 20) : place] + (shown or text[place]) + text[place + 1 : place + 20])


# C0 and C1 but for tab, newline, carriage return and next line; a byte order mark within a text; overrides of the
# direction of writing. Zero-width joiners are no fault: emojis and Indic scripts need them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u202d\u202e\ufffe\uffff]|(?<=.)\ufeff")
_ESCAPED = re.compile(r"(?<=[\w.!?,;: ])\\n(?=[A-Z0-9\\\s-]|$)|\\u[0-9a-fA-F]{4}|(?<!\\)\\[tr](?=[A-Z\s])")
_TAG = re.compile(
    r"</(?:p|div|span|a|b|i|u|em|strong|ul|ol|li|table|tr|td|th|h[1-6]|font|center|sup|sub|body|html|blockquote"
    r"|pre)\s*>|<(?:br|hr|p|li|img|div|td)\b[^<>\n]{0,200}>|&(?:nbsp|amp|lt|gt|quot|apos|#\d{2,5}|#x[0-9a-f]{2,5});",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(r"^\s*[{\[]|<(?:html|form|body|head|svg|!doctype)\b", re.IGNORECASE)  # code, and not prose
_ABOUT_CODE = re.compile(
    r"\b(?:cod(?:e|ing)|program\w*|scripts?|functions?|class|regex\w*|regular expressions?|strings?|json|xml|html5?"
    r"|css|sql|(?:la)?tex|python|java\w*|bash|shell|commands?|react|components?|angular|vue|php|web ?(?:sites?|pages?"
    r"|forms?|app\w*)|tags?|escape|markdown|print|files?|paths?|api|query|equation|formulas?|math\w*|bold\w*|fonts?"
    r"|colou?rs?|styles?|backgrounds?|typograph\w*|italic\w*|hyperlinks?|buttons?|template|format\w*|newlines?)\b|代码"
    r"|程序|函数|网页|正则|编写|脚本|标签",
    ASCII_WORDS,
)


def check_markup(rows: list[AuditRow], notes: Notes) -> None:
    """HTML, and escape sequences written out, in replies that are no code and whose prompts don't speak of any."""
    for i, row in enumerate(rows):
        if row.is_call or _ABOUT_CODE.search(row.prompt or "") or _ABOUT_CODE.search(row.system):
            continue
        for reply in row.replies:
            if not ("\\" in reply or "<" in reply or "&" in reply) or _DOCUMENT.search(reply):
                continue
            prose = without_code(reply)
            if (hit := _TAG.search(prose)) and hit.group() not in (row.prompt or ""):
                notes.add("html", "likely", i, f"the reply holds {quote(hit.group())}")
            if hit := _ESCAPED.search(prose):
                note = f"an escape sequence is written out in {_around(prose, hit.start())}"
                notes.add("control", "likely", i, note)


# --- Language -------------------------------------------------------------------------------------------------------

_TRANSLATES = re.compile(
    r"\btransla\w+|\b(?:english|french|german|spanish|italian|portuguese|dutch|russian|chinese|mandarin|japanese"
    r"|korean|arabic|hindi|latin|greek|turkish|polish|swedish|norwegian|danish|finnish|hebrew|vietnamese|thai"
    r"|indonesian|malay|urdu|bengali|tamil|ukrainian|czech|hungarian|romanian|tagalog|swahili|language|bilingual)\b"
    r"|übersetz|traduc|tradui|traduz|перев[ео]|翻[译譯訳]|译[成为]|번역|[英法德日韩俄]语|英文|中文|日文",
    ASCII_WORDS,
)  # fmt: skip


_NAMES = re.compile(r"(?<=[\w,;:)] )[A-ZÀ-Ý][\w'-]*(?: [A-ZÀ-Ý][\w'.-]*)+|https?://\S+")  # within a sentence


@cache
def _identifier(languages: tuple[str, ...]):
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(languages)
    return identifier


def check_language(rows: list[AuditRow], language: str | None, notes: Notes) -> None:
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
            text = row.reply[:4000]
            found = words(_NAMES.sub(" ", without_code(text) if "`" in text else text))
            if sum(map(len, found)) >= 40 and _has_sentence(text):  # shorter texts and lists of names are guesswork
                spoken[i] = found
    if not spoken:
        notes.unjudged.append("the language: no reply has a sentence that is long enough to tell")
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
        if common and _share(found, common) >= 0.1 or len(set(found)) < 8:
            continue
        name, sure = identifier.classify(" ".join(found))
        prompt = rows[i].prompt or ""
        if name == wanted or sure < 0.9 or _TRANSLATES.search(prompt[:2000]):
            continue
        asked = words(prompt)
        severity = "likely"
        if asked and _share(asked, common) < 0.1 and identifier.classify(" ".join(asked))[0] == name:
            severity = "look"  # the whole row is in that language
        elif len({*asked} & {*found} - common) >= 3:
            continue  # the reply takes up what the prompt gives in that language
        notes.add("language", severity, i, f"{quote(rows[i].reply)} looks like {name!r}, wanted is {wanted!r}")


def _has_sentence(text: str) -> bool:
    """Whether six words that aren't written with a capital follow each other, or ten characters without a space."""
    if LOOKS_LIKE_CODE.search(text) or re.search(r"\bSELECT\b.+\bFROM\b", text):
        return False
    return bool(
        re.search(
            r"(?:(?<!\w)[^\W\d_A-Z][\w'’-]*[ \n]+){5}[^\W\d_A-Z]"
            r"|(?:[\u3040-\u9fff\uac00-\ud7af\u0e00-\u0eff][，。、 ]?){10}",
            text,
        )
    )


def _share(found: list[str], common: set[str]) -> float:
    return sum(w in common for w in found) / len(found)


# --- Personal data --------------------------------------------------------------------------------------------------

# An address is nobody's under the names kept for examples (RFC 2606), and under those that writers make up for them.
_EMAIL = re.compile(
    r"(?<![\w.+/@:-])(?!(?:your|user|name|my|someone|example|test|info|no-?reply|foo|git|alert|support|contact|sales"
    r"|help|admin|service|news|hello|team|office|mail|billing|order|feedback|career|press|marketing"
    r"|customer)[\w.+-]*@)[\w.+-]+@(?!(?:[\w-]+\.)*(?:example|e?mail|(?:your|my|the)?[\w-]*(?:domain|company|website)"
    r"|test|sample|abc|xyz|foo|bar)\.)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?!example|test|invalid)[A-Za-z]{2,}\b",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"\b(?:(?:tele)?phone|tel|call|fax|mobile|cell|dial|whatsapp|sms|telefon|téléphone|teléfono)\b[^\d\n+(]{0,25}"
    r"(?P<named>[+(]?\d[\d ()./-]{6,18}\d)(?![\w-])"
    r"|(?:电话|手机|電話|热线)[^\d\n]{0,6}(?P<chinese>\d[\d-]{6,14}\d)(?![\w-])"
    r"|(?<![\w.+/=*^(-])(?P<international>\+[1-9]\d{0,2}[ (.-]\(?\d[\d ().-]{5,14}\d)(?![\w-])"
    r"|(?<![\w./+-])(?P<american>\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4})(?![\w-])"
    r"|(?<![\w.,/+-])(?P<national>0\d{1,4}[ /-]\d{5,8})(?![\w.,-]?\d|[\w%])",
    re.IGNORECASE,
)
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
        digits = re.sub(r"\D", "", number)
        # 555 is the American exchange of films and examples; such runs as 123456 and 000000 are nobody's, either
        made_up = re.search(r"^1?(?:[2-9]\d\d)?555\d{4}$|(\d)\1{5}", digits)
        made_up = made_up or any(digits[k : k + 6] in "01234567890 09876543210" for k in range(len(digits) - 5))
        if 7 <= len(digits) <= 15 and not _DATE.search(number) and " / " not in number and not made_up:
            return "a phone number", number
    if (hit := _IBAN.search(text)) and _iban(hit.group()):
        return "a bank account (IBAN)", hit.group()
    if (hit := _CARD.search(text)) and _luhn(re.sub(r"\D", "", hit.group())) and len(set(hit.group())) > 4:
        return "a card number", hit.group()
    return None


def check_personal(rows: list[AuditRow], notes: Notes) -> None:
    """E-mail addresses, phone numbers, bank accounts, payment cards. Whether they are a real person's, one must see."""
    for i, row in enumerate(rows):
        if found := _personal(_URL.sub(" ", row.text())):
            notes.add("personal", "look", i, f"it holds {found[0]}: {quote(found[1])}")
