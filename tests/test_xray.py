"""The token X-ray, on TRL's data types, on templates of several families and on tokenizers of several kinds."""

import json
import re
from pathlib import Path

import pytest
import torch

from course_utils import data
from course_utils.session import start
from course_utils.shop import tasks
from course_utils.xray import IGNORED, XRay, batch_of, draw, xray, xray_rows

TALK = [
    {"role": "user", "content": "Do you wrap gifts?"},
    {"role": "assistant", "content": "We do."},
    {"role": "user", "content": "Is that all?"},
    {"role": "assistant", "content": "Yes, all."},
]


@pytest.fixture(scope="module")
def course():
    return start("03")


@pytest.fixture(scope="module")
def tokenizer(course):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(course.base)
    tokenizer.chat_template = Path(course.chat_template).read_text()
    return tokenizer


def build(course, rows, formatting_func=None, **changes):
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    settings = {"output_dir": "runs/test", "report_to": "none", "per_device_train_batch_size": 2, "max_steps": 2}
    settings |= {"chat_template_path": course.chat_template, "eos_token": "<|im_end|>", "logging_steps": 1}
    return SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(course.base, dtype="float32"),
        args=SFTConfig(**settings | course.hardware | {"disable_tqdm": True} | changes),
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(course.base),
        formatting_func=formatting_func,
    )


def trained_text(picture: XRay) -> str:
    return "".join(token.text for token in picture.tokens if token.trained)


TEXT = "Do you wrap gifts? We do."
KINDS = {
    "text": ({"text": TEXT}, {}, "o you wrap gifts? We do.<|im_end|>"),
    "formatting_func": ({"a": TEXT}, {"formatting_func": lambda row: row["a"]}, "o you wrap gifts? We do.<|im_end|>"),
    "prompt and completion": ({"prompt": TEXT[:18], "completion": TEXT[18:]}, {}, " We do.<|im_end|>"),
    "the same, as a chat": ({"prompt": TALK[:3], "completion": TALK[3:]}, {}, "Yes, all.<|im_end|>\n"),
    "messages": (
        {"messages": TALK[:2]},
        {},
        "user\nDo you wrap gifts?<|im_end|>\n<|im_start|>assistant\nWe do.<|im_end|>\n",
    ),
    "assistant only": ({"messages": TALK}, {"assistant_only_loss": True}, "We do.<|im_end|>Yes, all.<|im_end|>"),
    "packed": (
        {"messages": TALK},
        {"assistant_only_loss": True, "packing": True, "max_length": 128},
        "We do.<|im_end|>Yes, all.<|im_end|>" * 2,
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_each_kind_of_row_trains(course, kind):
    row, settings, expected = KINDS[kind]
    trainer = build(course, [row, row], **settings)
    picture = xray(batch_of(trainer), trainer.processing_class)
    got = trained_text(picture)
    # where a text is cut into tokens is the tokenizer's affair: the first token of a row is never trained
    assert got == expected or (kind in ("text", "formatting_func") and TEXT.endswith(got.removesuffix("<|im_end|>")))
    assert "".join(token.text for token in picture.tokens) == trainer.processing_class.decode(
        [token.id for token in picture.tokens]
    )


def test_packed_rows_are_numbered(course):
    row, settings, _ = KINDS["packed"]
    trainer = build(course, [row, row], **settings)
    picture = xray(batch_of(trainer), trainer.processing_class)
    assert {token.segment for token in picture.tokens} == {1, 2}
    first = next(token for token in picture.tokens if token.segment == 2)
    assert first.text == "<|im_start|>" and first.role == "user" and not first.trained
    assert "2 segments" in picture.summary and "2▸" in [t.get_text()[:2] for t in picture.figure("x").axes[0].texts]


def test_roles_of_our_template(tokenizer):
    chat = [{"role": "system", "content": "You are a clerk."}, *TALK[:2], {"role": "tool", "content": "42"}]
    ids = tokenizer.apply_chat_template(chat, return_dict=False)
    picture = xray({"input_ids": [ids]}, tokenizer)
    said = {
        role: "".join(t.text for t in picture.tokens if t.role == role)
        for role in ("system", "assistant", "tool result")
    }
    assert said["system"] == "<|im_start|>system\nYou are a clerk.<|im_end|>\n"
    assert said["assistant"] == "<|im_start|>assistant\nWe do.<|im_end|>\n"
    assert said["tool result"] == "<|im_start|>tool\n42<|im_end|>\n"
    assert [t.text for t in picture.tokens if t.special] == ["<|im_start|>", "<|im_end|>"] * 4
    assert not any(token.trained for token in picture.tokens)


LLAMA = """{{- '<s>' }}{%- for m in messages %}
{{- '<|head|>' + m['role'] + '<|tail|>\\n\\n' + m['content'] + '<|eot|>' }}
{%- endfor %}{%- if add_generation_prompt %}{{- '<|head|>assistant<|tail|>\\n\\n' }}{%- endif %}"""
GEMMA = """{%- for m in messages %}{%- if m['role'] == 'system' %}{{ raise_exception('no system') }}{%- endif %}
{{- '<turn>' + ('model' if m['role'] == 'assistant' else m['role']) + '\\n' + m['content'] + '</turn>\\n' }}
{%- endfor %}{%- if add_generation_prompt %}{{- '<turn>model\\n' }}{%- endif %}"""
MISTRAL = """{{- '<s>' }}{%- for m in messages %}
{%- if m['role'] == 'user' %}{{- '[INST] ' + m['content'] + ' [/INST]' }}
{%- else %}{{- ' ' + m['content'] + '</s>' }}{%- endif %}{%- endfor %}"""
QWEN = """{%- if messages[0]['role'] != 'system' %}
{{- '<|im_start|>system\\nYou are helpful.<|im_end|>\\n' }}{%- endif %}
{%- for m in messages %}{{- '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}
{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"""
MARKS = ["<s>", "</s>", "<|head|>", "<|tail|>", "<|eot|>", "<turn>", "</turn>", "<|im_start|>", "<|im_end|>", "<pad>"]


def built(kind: str):
    """A tokenizer of one of the usual kinds, trained on the course's own texts."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    texts = [row["description"] for row in data.read_products().select(range(200))]
    texts += [tasks.describe_prompt(row) for row in data.read_products().select(range(100))]
    texts += [
        "user system assistant model Do you wrap gifts? We do. Is that all? Yes, all. You are helpful. [INST] [/INST]"
    ] * 20
    if kind == "byte-level BPE":
        raw = Tokenizer(models.BPE())
        raw.pre_tokenizer, raw.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=600, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=MARKS
        )
    elif kind == "Unigram":
        raw = Tokenizer(models.Unigram())
        raw.pre_tokenizer, raw.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
        trainer = trainers.UnigramTrainer(vocab_size=400, special_tokens=[*MARKS, "<unk>"], unk_token="<unk>")
    else:
        raw = Tokenizer(models.WordPiece(unk_token="<unk>"))
        raw.normalizer, raw.decoder = normalizers.Lowercase(), decoders.WordPiece()
        raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=600, special_tokens=[*MARKS, "<unk>"])
    raw.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", eos_token="</s>", pad_token="<pad>", extra_special_tokens=MARKS[2:]
    )


@pytest.mark.parametrize("kind", ["byte-level BPE", "Unigram", "WordPiece"])
@pytest.mark.parametrize("family", ["LLAMA", "GEMMA", "MISTRAL", "QWEN"])
def test_roles_on_other_tokenizers_and_templates(kind, family):
    tokenizer = built(kind)
    tokenizer.chat_template = globals()[family]
    ids = tokenizer.apply_chat_template(TALK, return_dict=False)
    picture = xray({"input_ids": ids, "labels": ids}, tokenizer)
    said: dict[str, str] = {}
    for token in picture.tokens:
        said[token.role] = said.get(token.role, "") + token.text
    plain = {role: re.sub(r"\s", "", text).lower() for role, text in said.items()}
    assert "wedo" in plain["assistant"] and "yes,all" in plain["assistant"]
    assert "doyouwrapgifts?" in plain["user"] and "isthatall?" in plain["user"]
    assert "gifts" not in plain["assistant"] and "wedo" not in plain["user"]
    if family == "QWEN":
        assert "youarehelpful." in plain["system"] and "im_end" not in plain["user"][:10]
    if family != "MISTRAL":
        closing = {"LLAMA": "<|eot|>", "GEMMA": "</turn>", "QWEN": "<|im_end|>"}[family]
        assert plain["assistant"].endswith(closing) and plain["user"].count(closing) == 2
    draw({kind: picture}, family)


def test_a_tokenizer_without_template_has_texts_only(tokenizer):
    bare = built("byte-level BPE")
    picture = xray({"input_ids": bare("Grüße, 你好!")["input_ids"]}, bare)
    assert {token.role for token in picture.tokens} == {"text"}
    assert "".join(token.text for token in picture.tokens) == "Grüße, 你好!", "characters spread over several tokens"


def test_padding_by_mask_and_by_token(tokenizer):
    pad, end, word = tokenizer.pad_token_id, 3, 100
    picture = xray({"input_ids": [[word, end, pad, pad]], "attention_mask": [[1, 1, 0, 0]]}, tokenizer)
    assert [token.padding for token in picture.tokens] == [False, False, True, True]
    assert [token.segment for token in picture.tokens] == [1, 1, 0, 0]
    picture = xray({"input_ids": [[pad, word, word, end]], "attention_mask": [[0, 1, 1, 1]]}, tokenizer)
    assert [token.role for token in picture.tokens] == ["padding", "text", "text", "text"]
    # a row that was padded before it was collated: its mask is all ones
    picture = xray({"input_ids": [[word, end, pad, pad]], "attention_mask": [[1, 1, 1, 1]]}, tokenizer)
    assert [token.padding for token in picture.tokens] == [False, False, True, True]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [([100, 3, 3, 3], [0, 0, 1, 1]), ([100, 3, 198, 3, 3], [0, 0, 0, 1, 1]), ([100, 101, 3], [0, 0, 0])],
)
def test_the_first_end_of_a_run_is_no_padding(course, ids, expected):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(course.base, eos_token="<|im_end|>", pad_token="<|im_end|>")
    line_break = tokenizer("\n")["input_ids"][0]
    picture = xray({"input_ids": [line_break if i == 198 else i for i in ids]}, tokenizer)
    assert [int(token.padding) for token in picture.tokens] == expected


def test_it_reads_without_colours_and_is_escaped(tokenizer):
    ids = tokenizer("<b>&", add_special_tokens=False)["input_ids"] + [tokenizer.pad_token_id] * 7
    labels = [IGNORED] * len(ids)
    labels[1] = ids[1]
    picture = xray({"input_ids": torch.tensor([ids]), "labels": torch.tensor([labels])}, tokenizer)
    shown = picture._repr_html_()
    assert "&lt;" in shown and "&amp;" in shown and "<b>&" not in shown
    assert shown.count("<b style=") == 1 and "underline" in shown and "× 7" in shown and 'title="id' in shown
    assert "TRAINED" in repr(picture) and "padding" in repr(picture)
    assert picture.counts()[-1] == {"role": "padding", "tokens": 7, "trained": 0}
    assert "padding 7 (0 trained)" in picture.summary


def test_it_says_what_is_wrong(tokenizer):
    with pytest.raises(ValueError, match="no input_ids \\(it has labels\\)"):
        xray({"labels": [[1]]}, tokenizer)
    with pytest.raises(ValueError, match="no row 2 in a batch of 1"):
        xray({"input_ids": [[1, 2]]}, tokenizer, row=2)
    with pytest.raises(ValueError, match="labels has 1 entries for 2 tokens"):
        xray({"input_ids": [[1, 2]], "labels": [[1]]}, tokenizer)
    with pytest.raises(ValueError, match="not at a str"):
        xray("a text", tokenizer)
    assert xray({"input_ids": [[]]}, tokenizer).tokens == ()


def test_looking_does_not_change_the_training(course):
    rows = [
        {"messages": tasks.chat(tasks.describe_prompt(r), r["description"])}
        for r in data.read_products().select(range(8))
    ]
    losses = []
    for look in (False, True):
        trainer = build(course, rows)
        if look:
            batch_of(trainer)
            batch_of(trainer, rows=[0])
        trainer.train()
        losses.append([entry["loss"] for entry in trainer.state.log_history if "loss" in entry])
    assert losses[0] == losses[1]


def test_rows_of_ones_own_and_plain_data(tokenizer):
    rows = [{"messages": TALK}, {"messages": TALK[:2]}]
    pictures = xray_rows(rows, tokenizer, assistant_only_loss=True, max_length=24)
    assert list(pictures) == ["row 0", "row 1"] and len(pictures["row 0"].tokens) == 24
    assert trained_text(pictures["row 0"]).startswith("We do")
    plain = json.loads(json.dumps(pictures["row 1"].to_dict()))
    assert "".join(token["text"] for token in plain["tokens"] if token["trained"]) == "We do.<|im_end|>"
    assert plain["summary"] == pictures["row 1"].summary


# --- With and without the messages ------------------------------------------------------------------------------------

VICUNA = """{{ 'A chat with a clerk.' }}{% for m in messages %}
{%- if m['role'] == 'user' %}{{ ' USER: ' + m['content'] }}{% else %}{{ ' ASSISTANT: ' + m['content'] + '</s>' }}
{%- endif %}{% endfor %}{% if add_generation_prompt %}{{ ' ASSISTANT:' }}{% endif %}"""
BARE = """{% for m in messages %}{% if m['role'] == 'system' %}{{ m['content'] }}
{%- elif m['role'] == 'user' %}{{ '\n\nUser: ' + m['content'] }}{% else %}{{ '\n\nClerk: ' + m['content'] }}{% endif %}
{%- endfor %}"""
ONLY_KNOWN = """{{ '<|im_start|>system\nBe kind.<|im_end|>\n' }}{% for m in messages %}
{%- if m['role'] in ('user', 'assistant') %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}
{%- endif %}{% endfor %}"""


def said(picture: XRay) -> dict[str, str]:
    texts: dict[str, str] = {}
    for token in picture.tokens:
        texts[token.role] = texts.get(token.role, "") + token.text
    return texts


def ids_of(tokenizer, messages, **options):
    return tokenizer.apply_chat_template(messages, return_dict=False, **options)


def test_words_like_marks_are_told_apart_by_the_messages():
    tokenizer = built("byte-level BPE")
    tokenizer.chat_template = VICUNA
    chat = [{"role": "user", "content": "What comes after USER: hi?"}, {"role": "assistant", "content": "A USER: bye"}]
    ids = ids_of(tokenizer, chat)
    known = said(xray({"input_ids": ids}, tokenizer, examples=[{"messages": TALK}, {"messages": chat}]))
    assert known["user"] == " USER: What comes after USER: hi?" and known["system"] == "A chat with a clerk."
    assert known["assistant"] == " ASSISTANT: A USER: bye</s>"
    # a row that was cut is the start of its chat
    cut = said(xray({"input_ids": ids[:-4]}, tokenizer, examples=[{"messages": chat}]))
    assert "".join(known.values()).startswith("".join(cut.values())) and cut["user"] == known["user"]


def test_packed_rows_find_their_messages_in_any_order(tokenizer):
    rows = [{"messages": TALK}, {"prompt": TALK[:1], "completion": [{"role": "assistant", "content": "<b>user"}]}]
    parts = [ids_of(tokenizer, rows[1]["prompt"] + rows[1]["completion"]), ids_of(tokenizer, TALK)]
    positions = [i for part in parts for i in range(len(part))]
    batch = {"input_ids": parts[0] + parts[1], "position_ids": positions}
    pictures = [xray(batch, tokenizer, examples=examples) for examples in (rows, None)]
    assert said(pictures[0]) == said(pictures[1]) and "<b>user<|im_end|>" in said(pictures[0])["assistant"]


def test_a_row_that_begins_inside_a_turn_or_without_a_mark(tokenizer):
    ids = ids_of(tokenizer, TALK)[4:]
    texts = said(xray({"input_ids": ids}, tokenizer))
    assert texts["text"].endswith("gifts?") and "We do." in texts["assistant"] and "Is that all?" in texts["user"]
    bare = built("byte-level BPE")
    bare.chat_template = BARE
    chat = [{"role": "system", "content": "You are kind."}, *TALK]
    texts = said(xray({"input_ids": ids_of(bare, chat)}, bare))
    assert texts["system"] == "You are kind." and texts["assistant"].endswith("Clerk: Yes, all.")
    assert list(said(xray({"input_ids": bare("You are kind.")["input_ids"]}, bare))) == ["text"]


def test_notes_say_what_is_odd(tokenizer):
    human = [{"role": "human", "content": "Do you wrap gifts?"}, {"role": "gpt", "content": "We do."}]
    (note,) = xray({"input_ids": ids_of(tokenizer, human)}, tokenizer).notes
    assert "No turn of this row opens as" in note and len(note) <= 200
    swallowing = built("byte-level BPE")
    swallowing.chat_template = ONLY_KNOWN
    batch = {"input_ids": ids_of(swallowing, human)}
    assert xray(batch, swallowing).notes == (note,)
    empty = [{"role": role, "content": ""} for role in ("user", "assistant")]
    batch = {"input_ids": ids_of(tokenizer, empty)}
    (note,) = xray(batch, tokenizer).notes
    assert note.startswith("The template wrote its marks, but no text of a user") and len(note) <= 200
    batch = {"input_ids": ids_of(swallowing, empty)}
    assert note in repr(xray(batch, swallowing)) and note in xray(batch, swallowing).to_dict()["notes"]
    batch = {"input_ids": ids_of(swallowing, human)}
    notes = xray(batch, swallowing, examples=[{"messages": human}]).notes
    assert notes[0].startswith("The row has the roles human, gpt: rename them")
    assert notes[1] == "The template left out the text of 1 message (assistant), so that the model never sees it."
    thought = [TALK[0], {"role": "assistant", "content": "We do.", "reasoning_content": "Gifts?"}]
    notes = xray({"input_ids": ids_of(swallowing, thought)}, swallowing, examples=[{"messages": thought}]).notes
    assert notes == ("The template left out the reasoning of 1 message, so that the model never sees it.",)
    assert xray({"input_ids": ids_of(swallowing, TALK)}, swallowing, examples=[{"messages": TALK}]).notes == ()


def test_a_tokenizer_that_loses_the_marks_is_said():
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.WordLevel({"<unk>": 0, "Yes": 1, "all": 2}, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="<unk>")
    tokenizer.chat_template = LLAMA
    picture = xray({"input_ids": ids_of(tokenizer, TALK)}, tokenizer)
    assert "does not keep the marks" in picture.notes[0] and {token.role for token in picture.tokens} == {"text"}


ODD = [
    {"messages": [{"role": "user", "content": 3}, {"role": "assistant", "content": None, "tool_calls": "search"}]},
    {"messages": [{"role": 1, "content": [1, {"text": None}]}], "tools": "no JSON"},
    {"messages": ["Hi"], "tools": {"name": "search"}},
    {"prompt": [{"content": "Hi"}], "completion": "We do.", "chat_template_kwargs": "x"},
    {"messages": [{"role": "assistant", "content": "", "tool_calls": [None, {"function": 2}]}], "tools": [3]},
    {},
]


@pytest.mark.parametrize("example", ODD)
def test_odd_examples_are_passed_over(example, tokenizer):
    picture = xray({"input_ids": ids_of(tokenizer, TALK)}, tokenizer, examples=[example, {"messages": TALK}])
    assert "Yes, all.<|im_end|>" in said(picture)["assistant"]
