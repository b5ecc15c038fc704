"""The shipped base model: plain loading, size, tokenizer, what it knows, and packed rows that don't see each other."""

import subprocess
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from course_utils import data
from course_utils.evaluate import copy_accuracy, grade_description, likelihoods, mean, probe_accuracy
from course_utils.generate import generate
from course_utils.shop import tasks
from scripts import pretrain

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def base():
    model = AutoModelForCausalLM.from_pretrained(pretrain.BASE, dtype="float32").eval()
    return model, AutoTokenizer.from_pretrained(pretrain.BASE)


@pytest.fixture(scope="module")
def rows():
    return data.read_products(data.DATA / "products_test.csv").to_list()[:100]


def test_weighs_little(base):
    assert sum(p.stat().st_size for folder in (pretrain.BASE, pretrain.EARLY_BASE) for p in folder.iterdir()) < 16e6
    assert base[0].num_parameters() == pretrain.new_model().num_parameters()


def test_tokenizer_is_the_one_the_corpus_gives(base):
    tokenizer = base[1]
    assert tokenizer.get_vocab() == pretrain.make_tokenizer().get_vocab(), "remake the base: `make model`"
    text = 'Meet the Muva kettle. {"name": "Muva kettle", "price": 42}\n<|im_start|>é'
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_a_name_is_the_same_tokens_everywhere(base):
    def pieces(text):
        return base[1].tokenize(text)

    alone = pieces("Zorumi")
    for text in (" Zorumi", '"Zorumi"', "\nZorumi"):
        assert [t for t in pieces(text) if t in alone][: len(alone)] == alone


def test_knows_and_copies_and_keeps_no_house_style(base, rows):
    model, tokenizer = base
    assert probe_accuracy(model, tokenizer) >= 0.93
    assert copy_accuracy(model, tokenizer, rows) >= 0.95
    replies = generate(model, tokenizer, [f"{tasks.describe_prompt(row)}\nabout:" for row in rows[:32]])
    assert mean([grade_description(r, row) for r, row in zip(replies, rows)]) == 0


def test_likelihoods_are_those_of_the_models_own_loss(base):
    model, tokenizer = base
    pairs = [
        ("The capital of France is", " Paris"),
        ("The capital of France is", " Oslo"),
        ("A young dog is called a", " puppy."),
    ]
    found = likelihoods(model, tokenizer, pairs)
    assert [f.greedy for f in found] == [True, False, True]
    for (prompt, answer), likelihood in zip(pairs, found):
        first, then = (tokenizer(text, return_tensors="pt")["input_ids"] for text in (prompt, answer))
        labels = torch.cat([torch.full_like(first, -100), then], 1)
        with torch.no_grad():
            loss = model(input_ids=torch.cat([first, then], 1), labels=labels).loss
        assert likelihood.tokens == then.shape[1]
        assert likelihood.nats == pytest.approx(-float(loss) * likelihood.tokens, abs=1e-3)


def test_packed_rows_do_not_see_each_other(base, rows):
    model, tokenizer = base
    first, second = (tokenizer(tasks.sheet(row), return_tensors="pt")["input_ids"] for row in rows[:2])
    places = torch.cat([torch.arange(first.shape[1]), torch.arange(second.shape[1])])[None]
    with torch.no_grad():
        # as the trainer calls it: with a cache, position ids don't part the rows
        packed = model(input_ids=torch.cat([first, second], 1), position_ids=places, use_cache=False).logits
        packed, alone = packed[:, first.shape[1] :], model(input_ids=second, use_cache=False).logits
    assert (packed - alone).abs().max() < 1e-3


def test_generate_keeps_order_and_counts(base, rows):
    model, tokenizer = base
    prompts = ["The capital of France is", "The opposite of hot is", f"{tasks.sheet(rows[0])}\nabout:"]
    together = generate(model, tokenizer, prompts, max_new_tokens=12)
    assert [r.text for r in together] == [generate(model, tokenizer, [p], max_new_tokens=12)[0].text for p in prompts]
    assert together[0].text.startswith("Paris")
    stopped = generate(model, tokenizer, prompts[:1], max_new_tokens=12, stop=".")[0]
    assert stopped.ended and stopped.text == "Paris"


def test_generate_says_what_does_not_fit(base):
    model, tokenizer = base
    with pytest.raises(ValueError, match="Prompt 1 has .* shorten the prompt"):
        generate(model, tokenizer, ["short", "long " * 2000])
    with pytest.raises(ValueError, match="no chat template"):
        generate(model, tokenizer, [[{"role": "user", "content": "hello"}]])


def test_copy_rows_can_be_predicted_by_copying_alone():
    import random

    rows = pretrain.copy_rows(random.Random(0), 16, 48, 250)
    assert rows.shape == (16, 48) and rows.min() >= 2 and rows.max() < 252
    assert all(any((row[p:] == row[:-p]).all() for p in range(4, 17)) for row in rows)


def test_muon_orthogonalises_its_update():
    weight = torch.nn.Parameter(torch.zeros(8, 16))
    optimizer = pretrain.Muon([weight], lr=1.0)
    weight.grad = torch.randn(8, 16, generator=torch.manual_seed(0))
    optimizer.step()
    scales = torch.linalg.svdvals(weight.detach())
    assert scales.min() > 0.5 and scales.max() < 1.5


def test_package_is_light_to_import():
    modules = "course_utils.claims, course_utils.task_check, course_utils.quiz, course_utils.data"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run(["python", "-c", code], cwd=ROOT).returncode == 0
