"""What each token adds to the text of its row, so that the texts together are the row's text, whatever the tokenizer.

A token may hold half a character, or the end of one and the start of the next. A character is counted to the token that
ends it; the bytes of one that a later token ends are told beside it. This file knows no roles and no templates.
"""

import re
from dataclasses import dataclass

BYTE = re.compile(r"<0x([0-9A-F]{2})>")  # how a vocabulary with byte fallback writes a byte
SPACE = "\u2581"  # and a space


@dataclass(frozen=True)
class Text:
    """What a token adds: the characters that it ends, and in hex the bytes of the one that a later token ends."""

    text: str
    rest: str = ""


def _byte_letters() -> dict[str, int]:
    """The letter that byte-level vocabularies write for each byte (GPT-2's table): itself where it can be seen."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    unseen = [byte for byte in range(256) if byte not in seen]
    return {chr(byte): byte for byte in seen} | {chr(256 + i): byte for i, byte in enumerate(unseen)}


LETTERS = _byte_letters()


def decode(tokenizer, ids: list[int]) -> str:
    return tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)


def texts_of(ids: list[int], tokenizer) -> list[Text]:
    """What each token adds to the decoded row. Only bytes that make no character at all, at the end of a row that was
    cut, say, are left out of the texts and stand in hex beside them."""
    if not ids:
        return []
    whole = decode(tokenizer, ids)
    pieces = _bytes_of(ids, tokenizer)
    if pieces is not None:
        texts = _by_bytes(pieces)
        first = next((i for i, text in enumerate(texts) if text.text), 0)
        if (
            texts[first].text[:1] == " " and whole[:1] != " "
        ):  # decoders drop the space that such a vocabulary puts first
            texts[first] = Text(texts[first].text[1:], texts[first].rest)
        # with half a character at hand, some decoders write the whole ones beside it as unknown, too
        if "\ufffd" in whole or "".join(text.text for text in texts) == whole:
            return texts
    return [Text(text) for text in _by_search(ids, tokenizer, whole)]


def _bytes_of(ids: list[int], tokenizer) -> list[bytes] | None:
    """The bytes of each token, for vocabularies that are made of bytes or fall back on them; None for others."""
    names = tokenizer.convert_ids_to_tokens(ids)
    added = {number: token.content for number, token in tokenizer.added_tokens_decoder.items()}
    plain = [name for number, name in zip(ids, names) if number not in added]
    if any(name is None for name in names):
        return None
    if any(BYTE.fullmatch(name) for name in names) or any(SPACE in name for name in plain):
        return [_with_fallback(name, added.get(number)) for number, name in zip(ids, names)]
    if all(letter in LETTERS for name in plain for letter in name):
        return [
            added[number].encode() if number in added else bytes(LETTERS[letter] for letter in name)
            for number, name in zip(ids, names)
        ]
    return None


def _with_fallback(name: str, added: str | None) -> bytes:
    if byte := BYTE.fullmatch(name):
        return bytes([int(byte[1], 16)])
    return (added or name.replace(SPACE, " ")).encode()


def _by_bytes(pieces: list[bytes]) -> list[Text]:
    """Characters by the token that ends them. Bytes that begin no character or don't end one are left over."""
    texts: list[Text] = []
    open_bytes = b""
    for piece in pieces:
        text, data = "", open_bytes + piece
        left = len(open_bytes)  # how many of the first bytes came from tokens before
        while data:
            length = _length(data[0])
            character = data[:length]
            if length and len(character) < length and _continues(character):
                break
            try:
                text += character.decode() if length else ""
                data, left = data[length or 1 :], max(0, left - (length or 1))
            except UnicodeDecodeError:
                data, left = data[1:], max(0, left - 1)
        open_bytes = data
        own = data[left:] if data else b""
        if not text and not own:
            own = piece
        texts.append(Text(text, own.hex(" ").upper()))
    return texts


def _length(first: int) -> int:
    """How many bytes a UTF-8 character has that begins with this one; 0 for a byte that begins none."""
    bounds = ((0x80, 1), (0xC2, 0), (0xE0, 2), (0xF0, 3), (0xF5, 4), (0x100, 0))
    return next(length for bound, length in bounds if first < bound)


def _continues(data: bytes) -> bool:
    return all(0x80 <= byte < 0xC0 for byte in data[1:])


def _by_search(ids: list[int], tokenizer, whole: str) -> list[str]:
    """For all other tokenizers: each token is decoded by itself and looked for in the row from where the last ended."""
    texts, at = [], 0
    for number in ids:
        alone = decode(tokenizer, [number]).strip()
        alone = alone.removeprefix("##")  # WordPiece's mark of a word that goes on
        found = whole.find(alone, at, at + len(alone) + 4) if alone else -1
        end = found + len(alone) if found >= 0 else at
        texts.append(whole[at:end])
        at = end
    if texts:
        texts[-1] += whole[at:]
    return texts
