"""What each token adds to the text of its row."""


def texts_of(ids: list[int], tokenizer, context: int = 6) -> list[str]:
    """What each token adds to the text: decoded behind the tokens before it, since many tokenizers decode a token by
    itself without its space, or as half a character."""
    texts = []
    for i in range(len(ids)):
        before = decode(tokenizer, ids[max(0, i - context) : i])
        after = decode(tokenizer, ids[max(0, i - context) : i + 1])
        whole = before.rstrip("\ufffd")
        if after.endswith("\ufffd"):
            texts.append("")  # a character that the next token goes on with
        else:
            texts.append(after[len(whole) :] if after.startswith(whole) else decode(tokenizer, ids[i : i + 1]))
    return texts


def decode(tokenizer, ids: list[int]) -> str:
    return tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
