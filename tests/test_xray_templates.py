"""The X-ray's roles on all training templates that TRL ships and on the assistant's own, and its texts in many scripts.

The oracle is independent of the tool: each part of a chat has a word of its own, and wherever the template writes that
word, its tokens must have the role of that part.
"""

import random
import re
from functools import cache
from pathlib import Path

import pytest
import trl
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from course_utils.session import ASSETS
from course_utils.xray import xray
from course_utils.xray.template import REPLIES

FOLDER = Path(trl.__file__).parent / "chat_templates"
TEMPLATES = {path.stem: path for path in sorted(FOLDER.glob("*_training.jinja"))}
TEMPLATES |= {"the assistant's": ASSETS / "assistant" / "chat_template.jinja"}
WORDS = "user assistant system model tool Is it in the shop? Please look. Yes: Let me see. You are kind. find_item "


@cache
def byte_level() -> str:
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer, raw.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator([WORDS] * 9, trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet))
    return raw.to_str()


def tokenizer_with(template: str, special: bool = True) -> PreTrainedTokenizerFast:
    """A small byte-level tokenizer with a template, whose marks are single tokens or not."""
    marks = set(re.findall(r"<[|｜]?[\w▁|｜]{2,40}[|｜]?>|\[/?[A-Z_]{3,}\]", template)) - {"<think>", "<tool_call>"}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(byte_level()),
        bos_token="<s>",
        eos_token="</s>",
        extra_special_tokens=sorted(marks) if special else [],
    )
    tokenizer.chat_template = template
    return tokenizer


class Chat:
    """Builds a chat whose parts each have a word of their own, and remembers which word has which role."""

    def __init__(self):
        self.roles: dict[str, str] = {}

    def word(self, role: str, text: str) -> str:
        word = (
            f"{'Zu Vo Ka Mi Ne'.split()[len(self.roles) % 5]}{role[:2]}{role[-2:]}{'abcdefghijklmn'[len(self.roles)]}"
        )
        self.roles[word] = role
        return text.format(word)

    def system(self):
        return {"role": "system", "content": self.word("system", "You are {}. Be kind.")}

    def user(self):
        return {"role": "user", "content": self.word("user", "Is {} in the shop?\nPlease look.")}

    def reply(self, thought="", calls=0, content=True):
        message = {"role": "assistant", "content": self.word("assistant", "Yes: {} is.") if content else ""}
        if thought == "inline":
            said = self.word("reasoning", "<think>\nLet me see {} now.\n</think>\n\n")
            message["content"] = said + message["content"]
        elif thought:
            message[thought] = self.word("reasoning", "Let me see {} now.")
        if calls:
            names = [self.word("tool call", "{}") for _ in range(calls)]
            functions = [{"name": "find_item", "arguments": {"what": name, "count": 3}} for name in names]
            message["tool_calls"] = [
                {"id": f"call0000{i}", "type": "function", "function": function} for i, function in enumerate(functions)
            ]
        return message

    def result(self, number=0):
        content = self.word("tool result", "{} 42")
        return {"role": "tool", "name": "find_item", "tool_call_id": f"call0000{number}", "content": content}


def tools():
    parameters = {"type": "object", "properties": {"what": {"type": "string", "description": "what to find"}}}
    function = {"name": "find_item", "description": "Finds Toolodesc in stock", "parameters": parameters}
    return [{"type": "function", "function": function}]


FORMS = {
    "plain": lambda c: [c.user(), c.reply()],
    "system": lambda c: [c.system(), c.user(), c.reply()],
    "several turns": lambda c: [c.system(), c.user(), c.reply(), c.user(), c.reply(), c.user(), c.reply()],
    "tools": lambda c: [c.user(), c.reply(calls=1, content=False), c.result(), c.reply(), c.user(), c.reply()],
    "tools, system": lambda c: [c.system(), c.user(), c.reply(calls=2), c.result(), c.result(1), c.reply()],
    "reasoning": lambda c: [c.user(), c.reply("reasoning_content"), c.user(), c.reply("reasoning_content")],
    "thinking": lambda c: [c.system(), c.user(), c.reply("thinking")],
    "reasoning inline": lambda c: [c.user(), c.reply("inline"), c.user(), c.reply("inline")],
    "reasoning, tools": lambda c: [
        c.user(),
        c.reply("reasoning_content", calls=1, content=False),
        c.result(),
        c.reply("reasoning_content"),
    ],
}


def wrong(picture, text: str, roles: dict[str, str]) -> dict[str, set[str]]:
    """The words of a text whose tokens have another role than their part."""
    owner = [token.role for token in picture.tokens for _ in token.text]
    assert "".join(token.text for token in picture.tokens) == text
    found = {}
    for word, role in {**roles, "Toolodesc": "tools"}.items():
        allowed = {"system", "user"} if role == "tools" else {role}  # some templates describe tools in the user's turn
        got = {said for at in re.finditer(word, text) for said in owner[at.start() : at.end()]}
        if not got <= allowed:
            found[word] = got
    return found


@pytest.mark.parametrize("special", [True, False], ids=["marks are tokens", "marks are text"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_roles_on_the_templates_that_trl_ships(name, special):
    tokenizer = tokenizer_with(TEMPLATES[name].read_text(encoding="utf-8"), special)
    judged = 0
    for form, make in FORMS.items():
        chat = Chat()
        given = {"messages": make(chat), "tools": tools() if "tools" in form else None}
        items = [m | {"content": [{"type": "text", "text": m["content"]}]} for m in given["messages"]]
        for messages in (given["messages"], items):
            try:
                text = tokenizer.apply_chat_template(messages, tools=given["tools"], tokenize=False)
            except Exception:
                continue  # the template doesn't take such a chat
            if sum(word in text for word in chat.roles) < 2:
                continue  # it wants the other form of contents
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
            known = xray({"input_ids": ids}, tokenizer, examples=[given | {"messages": messages}])
            assert not wrong(known, text, chat.roles), form
            picture = xray({"input_ids": ids}, tokenizer)
            if name.startswith("gemma3_") and "You are" in text:
                # the system's text stands in the user's turn, after which comes an empty line: nobody can tell
                assert wrong(picture, text, chat.roles) and "white space alone" in picture.notes[0]
            else:
                assert not wrong(picture, text, chat.roles), form
                assert not picture.notes
            # what the template itself marks as generated is part of a reply (DeepSeek's marks the end of results, too)
            marked = tokenizer.apply_chat_template(
                messages, tools=given["tools"], return_dict=True, return_assistant_tokens_mask=True
            )
            found = {t.role for t, bit in zip(picture.tokens, marked["assistant_masks"]) if bit}
            assert marked["input_ids"] == ids
            assert found <= {*REPLIES, "tool result" if name.startswith("deepseek") else ""}, form
            judged += 1
            break
    assert judged >= 3


# --- Texts ------------------------------------------------------------------------------------------------------------

SCRIPTS = {
    "Chinese": "你好，世界！我们今天去商店买茶壶，因为旧的坏了。",
    "Hebrew": "שלום עולם, אנחנו הולכים לחנות היום.",
    "Hindi": "नमस्ते दुनिया! आज हम दुकान जा रहे हैं।",
    "emoji": "👩‍👩‍👧‍👦 ok 🇩🇪 👍🏽 café ☕️ 😀!",
    "English": "Do you  wrap\n\ngifts? We do.\tAll.",
}


@cache
def vocabulary(kind: str) -> PreTrainedTokenizerFast:
    """Byte-level vocabularies that split characters or merge over them, and such as fall back on bytes."""
    if kind.startswith("byte-level"):
        raw = Tokenizer(models.BPE())
        raw.pre_tokenizer, raw.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
        alphabet, size = pre_tokenizers.ByteLevel.alphabet(), int(kind.split()[-1])
        trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, special_tokens=["<s>"])
        raw.train_from_iterator(list(SCRIPTS.values()) * 3, trainer)
        return PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>")
    # the first half of each text is known, so that half of the characters are written in bytes
    known = [text[: len(text) // 2].replace(" ", "\u2581") for text in SCRIPTS.values()]
    pieces = ["<unk>", "<s>", *(f"<0x{byte:02X}>" for byte in range(256)), *sorted({c for text in known for c in text})]
    ids = {piece: i for i, piece in enumerate(dict.fromkeys([*pieces, "\u2581"]))}
    raw = Tokenizer(models.BPE(vocab=ids, merges=[], unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    steps = [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()]
    if kind == "byte fallback, space first":
        raw.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
        raw.decoder = decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)])
    elif kind == "byte fallback":
        raw.normalizer, raw.decoder = normalizers.Replace(" ", "\u2581"), decoders.Sequence(steps)
    else:
        raw.pre_tokenizer = pre_tokenizers.Metaspace()
        raw.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    return PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", unk_token="<unk>")


KINDS = ["byte-level 300", "byte-level 500", "byte fallback", "byte fallback, space first", "byte fallback, metaspace"]


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_tokens_texts_are_the_text(kind, script):
    tokenizer, letters = vocabulary(kind), random.Random(0)
    split = 0
    for number in range(12):
        # the script's own text, and its letters in any order, so that they merge in other ways
        text = SCRIPTS[script] if number == 0 else "".join(letters.choices(SCRIPTS[script], k=25)).strip()
        ids = tokenizer(text)["input_ids"]
        assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == text
        tokens = xray({"input_ids": ids}, tokenizer).tokens
        assert "".join(token.text for token in tokens) == text
        split += sum(bool(token.rest) for token in tokens)
        for cut in range(1, len(ids), 5):  # a row that ends inside a character
            part = "".join(token.text for token in xray({"input_ids": ids[:cut]}, tokenizer).tokens)
            assert text.startswith(part) and "\ufffd" not in part
    assert split or script == "English"


def test_the_bytes_of_half_a_character_are_shown():
    tokenizer = vocabulary("byte fallback")
    picture = xray({"input_ids": tokenizer("旧")["input_ids"]}, tokenizer)
    assert [(token.text, token.rest) for token in picture.tokens] == [("", "E6"), ("", "97"), ("旧", "")]
    assert "‹E6›‹97›旧" in repr(picture) and "‹E6›" in picture._repr_html_()
