"""Which role each token has."""

from .texts import decode


def _plain(text: str) -> str:
    """A text without white space and capitals, which some tokenizers don't keep."""
    return "".join(text.split()).lower()


def openings_of(tokenizer) -> dict[str, str]:
    """What the tokenizer's template writes before the content of each role, found by rendering marked contents.

    E.g. ``{"<|im_start|>user": "user", …}``, without white space; empty without a template.
    """
    if not tokenizer.chat_template:
        return {}
    openings: dict[str, str] = {}
    talk = _gaps(tokenizer, ["user", "assistant", "user", "assistant"])
    if talk:
        closing = talk[4]
        asked = _gaps(tokenizer, ["user"], add_generation_prompt=True)
        reply = asked[1] if asked else talk[1]
        # a user's turn opens with what stands before it both at the start and after a reply
        opening = _common_end(tokenizer, talk[0], talk[2])
        found = {
            "user": _without_start(opening, closing) or _plain(talk[2]),
            "assistant": _without_start(_common_end(tokenizer, reply, talk[1]), closing) or _plain(talk[1]),
        }
        openings |= {text: role for role, text in found.items() if text}
    for role, turns in (("system", ["system", "user", "assistant"]), ("tool", ["user", "assistant", "tool"])):
        gaps = _gaps(tokenizer, turns)
        if gaps and talk:
            text = _plain(gaps[turns.index(role)])
            text = text if role == "system" else _without_start(text, talk[4])
            text = text.removeprefix(_plain(tokenizer.bos_token or "")) if role == "system" else text
            openings.setdefault(text, role) if text else None
    return openings


def _gaps(tokenizer, roles: list[str], **options) -> list[str]:
    """The text before, between and after the contents of a rendered chat; empty when the template refuses the roles."""
    marks = [f"qx{'abcdef'[i]}xq" for i in range(len(roles))]
    chat = [{"role": role, "content": mark} for role, mark in zip(roles, marks)]
    try:
        text = tokenizer.apply_chat_template(chat, tokenize=False, **options)
    except Exception:  # a template may raise whatever it likes for roles that it doesn't know
        return []
    gaps = []
    for mark in marks:
        before, found, text = text.partition(mark)
        if not found:
            return []
        gaps.append(before)
    return [*gaps, text]


def _common_end(tokenizer, first: str, second: str) -> str:
    """The whole tokens that two texts both end with, as plain text."""
    ids = [tokenizer(text.rstrip(), add_special_tokens=False)["input_ids"] for text in (first, second)]
    same = 0
    while same < min(map(len, ids)) and ids[0][-1 - same] == ids[1][-1 - same]:
        same += 1
    return _plain(decode(tokenizer, ids[0][len(ids[0]) - same :]))


def _without_start(text: str, start: str) -> str:
    return text.removeprefix(_plain(start))


def roles_of(texts: list[str], segments: list[int], openings: dict[str, str]) -> list[str]:
    """The role of each token: that of the last opening before it in its segment."""
    # the whole row as plain text, and which token each of its characters comes from
    owner = [i for i, text in enumerate(texts) for _ in _plain(text)]
    row = "".join(_plain(text) for text in texts)
    starts: dict[int, str] = {}
    for opening in sorted(openings, key=len):  # a longer one that starts at the same place replaces a shorter one
        at = row.find(opening)
        while at >= 0:
            starts[owner[at]] = openings[opening]
            at = row.find(opening, at + 1)
    roles, role = [], "text"
    for i in range(len(texts)):
        if i and segments[i] != segments[i - 1]:
            role = "text"
        role = starts.get(i, role)
        roles.append(role)
    return roles
