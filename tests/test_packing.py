"""The packing report on every form of data, its errors, its figure, and the test for rows that see each other."""

import copy
import json
import re

import pytest
from datasets import Dataset

from course_utils import packing
from course_utils.packing import draw_batches, isolation_error, packing_report, packs_of, padding_share
from course_utils.session import start
from course_utils.training_rows import skewed_rows, training_rows
from course_utils.trl_preparation import prepared


@pytest.fixture(scope="module")
def course():
    return start("05")


@pytest.fixture(scope="module")
def tokenizer(course):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(course.base)


@pytest.fixture(scope="module")
def chat(course):
    return {"chat_template_path": course.chat_template, "eos_token": "<|im_end|>"}


@pytest.fixture(scope="module")
def skewed(tokenizer, chat):
    return packing_report(skewed_rows(80), tokenizer, **chat)


def test_skewed_rows_gain_and_the_report_says_how_to_keep_the_steps(skewed):
    assert skewed["bfd"]["speedup"] > 1.8 and skewed["padded"]["padding"] > 0.5
    assert 1 < skewed["by length"]["speedup"] < skewed["bfd"]["speedup"]
    assert skewed["padded"]["steps"] == 10 and skewed["bfd"]["steps"] < 3
    assert skewed.recommendation.startswith("Pack with bfd: ")
    assert "Fewer optimizer steps" in skewed.recommendation and "Take 1 per step" in skewed.recommendation
    assert skewed["wrapped"]["mixed"] == "yes" and skewed["wrapped"]["split"] > 0 == skewed["bfd"]["split"]
    for text in (repr(skewed), skewed._repr_html_()):
        assert skewed.recommendation.replace('"', "&quot;" if "<p>" in text else '"') in text
        assert skewed.summary in text and packing.ASSUMPTION in text


def test_packs_are_trls_own(skewed, tokenizer, chat):
    from trl import pack_dataset

    for strategy in packing.STRATEGIES:
        packs = packs_of(skewed.lengths, 300, strategy)
        theirs = pack_dataset(Dataset.from_dict({"input_ids": [[0] * n for n in skewed.lengths]}), 300, strategy)
        assert [sum(n for *_, n in pieces) for pieces in packs] == list(map(len, theirs["input_ids"]))
        for pieces in packs:
            assert all(start + n <= skewed.lengths[row] and n > 0 for row, start, n in pieces)


def test_rows_of_one_length_gain_nothing(tokenizer, chat):
    report = packing_report(training_rows({"describe": 40}), tokenizer, **chat)
    assert report.recommendation.startswith("Packing buys nothing here: only ")
    assert "steps" not in report.recommendation


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


FORMS = {
    "text": lambda reply: {"text": reply},
    "prompt and completion": lambda reply: {"prompt": "Say:", "completion": f" {reply}"},
    "chat pairs": lambda reply: {"prompt": [user("Say")], "completion": [assistant(reply)]},
    "messages": lambda reply: {"messages": [user("Say"), assistant(reply)]},
    "ShareGPT": lambda reply: {"conversations": [{"from": "human", "value": "Say"}, {"from": "gpt", "value": reply}]},
    "tokenized": lambda reply: {"input_ids": [5] * len(reply)},
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_that_trl_takes_is_read(form, tokenizer, chat):
    before = tokenizer.chat_template, tokenizer.eos_token
    rows = Dataset.from_list([FORMS[form]("cold " * n) for n in (1, 2, 30)])
    report = packing_report(rows, tokenizer, max_length=64, batch_size=3, **chat)
    assert len(report.lengths) == 3 and report.lengths[2] > 25
    assert report["padded"]["padding"] > 0.3 and report["bfd"]["padding"] == 0
    assert (tokenizer.chat_template, tokenizer.eos_token) == before


def test_other_columns_take_a_formatting_function(tokenizer):
    rows = Dataset.from_list([{"name": "Nimo kettle", "colour": "red"}] * 4)
    report = packing_report(rows, tokenizer, formatting_func=lambda row: f"{row['name']} in {row['colour']}")
    assert report["padded"]["rows"] == 4 and report["bfd"]["rows"] == 1


def test_what_is_cut_and_lost_is_counted(tokenizer):
    # 10, 100 and 100 tokens, of which the last 5, 90 and 5 are trained
    rows = [{"input_ids": [7] * n, "labels": [-100] * (n - k) + [7] * k} for n, k in ((10, 5), (100, 90), (100, 5))]
    report = packing_report(Dataset.from_list(rows), tokenizer, max_length=60, batch_size=2)
    assert report["padded"] | {"rows": 2, "cut": 140, "lost": 1} == report["padded"]  # TRL drops the third row
    assert report["bfd"] | {"rows": 3, "cut": 80, "lost": 1, "split": 0} == report["bfd"]
    assert report["bfd_split"] | {"cut": 0, "lost": 0, "split": 2} == report["bfd_split"]
    assert report["wrapped"] | {"rows": 4, "cut": 0, "lost": 0} == report["wrapped"]
    assert "2 of the rows are longer than 60 tokens and get cut, 1 of them lose all" in report.recommendation


def test_cuts_are_those_of_trl(tokenizer):
    import numpy as np

    random = np.random.default_rng(0)
    rows = []
    for _ in range(60):
        n = int(random.integers(1, 30))
        rows.append({"input_ids": [7] * n, "labels": [int(i) for i in random.choice([-100, -100, 7], n)]})
    for mode in ("keep_start", "keep_end"):
        cut, _ = prepared(Dataset.from_list(rows), tokenizer, None, {"max_length": 8, "truncation_mode": mode})
        report = packing_report(Dataset.from_list(rows), tokenizer, max_length=8, truncation_mode=mode)
        assert report["padded"]["rows"] == len(cut) < len(rows)
        assert report["padded"]["cut"] == sum(len(r["input_ids"]) for r in rows) - sum(map(len, cut["input_ids"]))


SWALLOWS = """{% for m in messages %}{% if m.role == 'user' %}{{ '<|im_start|>user\n' + m.content + '<|im_end|>\n' }}
{%- elif m.role == 'assistant' %}{{ '<|im_start|>assistant\n' + m.content + '<|im_end|>\n' }}{% endif %}
{%- endfor %}Be kind."""


def test_a_template_that_swallows_the_text_is_noticed(tokenizer):
    told = copy.deepcopy(tokenizer)
    told.chat_template = SWALLOWS
    talk = [{"from": "human", "value": "Say"}, {"from": "gpt", "value": "cold"}]
    report = packing_report(Dataset.from_list([{"conversations": talk}] * 3), told)
    assert "leaves out texts of 3 of the 3 rows looked at, first of row 0, role 'human'" in report.notes[0]
    assert len(report.notes[0]) <= 200 and report.notes[0] in repr(report) and "human" in report._repr_html_()
    assert report.to_dict()["notes"] == list(report.notes)
    named = [{"from": "user", "value": "Say"}, {"from": "assistant", "value": "cold"}]
    assert packing_report(Dataset.from_list([{"conversations": named}] * 3), told).notes == ()


def test_a_row_that_the_template_refuses_is_named(tokenizer):
    told = copy.deepcopy(tokenizer)
    told.chat_template = SWALLOWS
    items = {"role": "user", "content": [{"type": "text", "text": "Say"}]}
    with pytest.raises(ValueError, match="Row 0 .* lists of parts, and this chat template takes texts") as raised:
        packing_report(Dataset.from_list([{"messages": [items]}]), told)
    assert len(str(raised.value)) <= 200
    told.chat_template = SWALLOWS.replace("Be kind.", "{% if messages[-1].role == 'user' %}{{ 1 + 'x' }}{% endif %}")
    rows = [{"messages": [user("Say"), assistant("cold")]}, {"messages": [user("Say")]}]
    with pytest.raises(ValueError, match="The chat template refuses row 1, counted from 0 \\(TypeError"):
        packing_report(Dataset.from_list(rows), told)


def test_a_sample_is_said(tokenizer):
    rows = Dataset.from_list([{"text": "Ice is cold. " * n} for n in range(1, 41)])
    report = packing_report(rows, tokenizer, sample=10, strategies=("bfd",))
    assert len(report.lengths) == 10 and report.notes == (
        "A sample of 10 of the 40 rows: its counts are not those of all rows.",
    )
    assert json.loads(json.dumps(report.to_dict()))["rows"][0]["way"] == "padded"
    assert packing_report(rows, tokenizer, sample=40, strategies=("bfd",)).notes == ()


def test_padding_share_is_that_of_random_and_of_sorted_batches():
    assert padding_share([5] * 7, 3) == 0 == padding_share([], 3)
    assert padding_share([10, 30], 2) == pytest.approx(1 / 3)
    mixed = [10, 100] * 40
    assert padding_share(mixed, 8) == pytest.approx(0.45, abs=0.03)
    assert padding_share(mixed, 8, by_length=True) < 0.35
    assert padding_share(mixed * 10, 8, by_length=True) < 0.05


@pytest.mark.parametrize(
    ("rows", "settings", "says"),
    [
        ([{"text": "a"}], {"max_length": 0}, "max_length=0 is no number of tokens"),
        ([{"text": "a"}], {"batch_size": "8"}, "batch_size='8' is no number of tokens or rows"),
        ([{"text": "a"}], {"strategies": ["ffd"]}, "There is no packing strategy 'ffd': choose from bfd"),
        ([{"text": "a"}, {"text": None}], {}, "Row 1 (counted from 0) has no text: fill it in"),
        ([{"prompt": "a", "completion": ""}], {}, "Row 0 (counted from 0) has no completion"),
        ([{"name": "a", "colour": "b"}], {}, "nothing to train on in the columns name, colour: name them text"),
        ([{"name": "a"}], {"formatting_func": lambda row: [row["name"]]}, "returned a list for row 0"),
        ([{"messages": [{"role": "user", "content": "a"}]}], {}, "no chat template: pass chat_template_path"),
        ([{"text": "a"}], {"max_seq_length": 3}, "TRL could not prepare this data set (TypeError"),
        ([{"text": 3}], {}, "The column text holds int64: TRL wants texts or lists of messages there."),
        ([{"text": "a"}], {"sample": 0}, "sample=0 is no number of tokens or rows"),
        ([], {}, "The data set has no rows"),
    ],
)
def test_errors_are_one_sentence(rows, settings, says, tokenizer):
    with pytest.raises(ValueError, match=re.escape(says)) as raised:
        packing_report(Dataset.from_list(rows), tokenizer, **settings)
    assert "\n" not in str(raised.value) and len(str(raised.value)) <= 200


def test_a_list_or_several_splits_are_refused(tokenizer):
    from datasets import DatasetDict

    for data in ([{"text": "a"}], DatasetDict(train=Dataset.from_list([{"text": "a"}])), iter([])):
        with pytest.raises(ValueError, match="needs a Dataset whose rows it can count"):
            packing_report(data, tokenizer)


def models():
    import transformers

    small = {"vocab_size": 2048, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    return {
        "llama": transformers.LlamaConfig(**small, intermediate_size=64),
        "opt": transformers.OPTConfig(**small, ffn_dim=64, word_embed_proj_dim=32),
    }


@pytest.mark.parametrize(("name", "mixed"), [("llama", "no"), ("opt", "yes")])
def test_the_report_tries_the_model(name, mixed, tokenizer):
    from transformers import AutoModelForCausalLM, set_seed

    set_seed(0)
    model = AutoModelForCausalLM.from_config(models()[name]).train()
    error = isolation_error(model, [[5, 6, 7], [8, 9]])
    assert model.training and (error > 0.01 if mixed == "yes" else error < 1e-4)
    rows = Dataset.from_list([{"text": "Ice is cold. " * n} for n in (1, 2, 30, 1)])
    report = packing_report(rows, tokenizer, model=model, strategies=("bfd",))
    assert report["bfd"]["mixed"] == mixed
    assert report.recommendation.startswith("Don't pack this way") == (mixed == "yes")
    with pytest.raises(ValueError, match="One row can't see another"):
        isolation_error(model, [[5, 6, 7]])


def test_the_figure_tells_the_padding_of_each_way(skewed):
    figure = draw_batches([10, 10, 10, 70], 100, batch_size=4)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[0].startswith("padded: 4 rows, 64%") and titles[2].startswith("bfd: 1 packs, 0%")
    assert len([axes for axes in skewed.figure("All ways").axes if axes.get_visible()]) == 5


PUBLISHED = {
    "packing in the trainer": lambda trainer, config, rows: trainer(config(), rows, packing=True),
    "max_seq_length": lambda trainer, config, rows: trainer(config(max_seq_length=8), rows),
    "group_by_length": lambda trainer, config, rows: trainer(config(group_by_length=True), rows),
    "ffd": lambda trainer, config, rows: trainer(config(packing=True, packing_strategy="ffd"), rows),
    "a list of texts": lambda trainer, config, rows: trainer(config(), rows, formatting_func=lambda row: [row["text"]]),
    "ConstantLengthDataset": lambda *_: __import__("trl.trainer.utils", fromlist=["x"]).ConstantLengthDataset,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_code_of_the_lessons_box_no_longer_works(name, course, tokenizer, tmp_path):
    from transformers import AutoModelForCausalLM
    from trl import SFTConfig, SFTTrainer

    def config(**settings):
        return SFTConfig(output_dir=str(tmp_path), **course.hardware | settings)

    def trainer(args, rows, **settings):
        model = AutoModelForCausalLM.from_config(models()["llama"])
        return SFTTrainer(model=model, args=args, train_dataset=rows, processing_class=tokenizer, **settings)

    rows = Dataset.from_list([{"text": "Ice is cold."}] * 3)
    assert len(trainer(config(packing=True), rows).train_dataset) == 1
    with pytest.raises((TypeError, ValueError, AttributeError)):
        PUBLISHED[name](trainer, config, rows)
