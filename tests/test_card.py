"""The model card: its figures are those of the run, in the text and in the metadata."""

from types import SimpleNamespace

import pytest
import torch
from huggingface_hub import ModelCard

from course_utils.card import model_card, parameters


def trainer(**state):
    """As much of a trained trainer as a card needs."""
    model = torch.nn.Linear(3, 2)
    model.bias.requires_grad_(False)
    model.dtype = torch.float32
    args = SimpleNamespace(
        per_device_train_batch_size=4, gradient_accumulation_steps=2, world_size=2, bf16=False, fp16=False, seed=3,
        learning_rate=1e-3, lr_scheduler_type="linear", warmup_steps=0.1, max_length=1024, packing=True,
    )  # fmt: skip
    log = [
        {"loss": 2.0, "num_tokens": 500.0},
        {"loss": 1.0, "num_tokens": 1234.0},
        {"train_loss": 0.5, "train_runtime": 9.6},
    ]
    state = {"global_step": 5, "epoch": 3.0, "log_history": log} | state
    return SimpleNamespace(model=model, args=args, state=SimpleNamespace(**state), completion_only_loss=True)


def card(**changes):
    given = {
        "title": "Shop writer",
        "purpose": "It writes descriptions.",
        "base_model": "the-course/base",
        "data": {"descriptions": 1200, "support": 5},
        "test": "3 products that no training row names",
        "grades": {"strict": [1.0, 1.0, 0.0], "valid": [1.0, 1.0]},
        "limits": ["New wordings: 0.31 of the terms are right.", "English only."],
    }
    return model_card(trainer(), **given | changes)


def test_a_saved_card_is_read_back_with_its_figures(tmp_path):
    path = tmp_path / "README.md"
    card().save(path)
    read = ModelCard.load(path)
    results = {result.metric_type: result.metric_value for result in read.data.eval_results}
    assert results == {"strict": 0.6667, "valid": 1.0}
    assert read.data.base_model == "the-course/base" and read.data.model_name == "Shop writer"
    for line in ("| 1,200 | descriptions |", "| strict | 0.67 | 0.00 to 1.00 | 3 |", "- English only.", "It writes"):
        assert line in read.text
    headings = [line for line in read.text.splitlines() if line.startswith("## ")]
    assert headings == ["## Data", "## Parameters", "## Metrics", "## Limits"]


def test_the_parameters_are_those_of_the_run():
    found = parameters(trainer())
    assert found["trained parameters"] == "6 of 8" and found["rows a step"] == "16" and found["packing"] == "yes"
    assert found["tokens seen"] == "1,234" and found["training time"] == "10 s" and found["seed"] == "3"
    assert found["warm-up"] == "0.1 of all steps" and found["loss on"] == "replies only"
    assert "torch 2." in found["libraries"]


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"grades": {}}, "A card without a score"),
        ({"limits": []}, "name it as a limit"),
        ({"grades": {"strict": []}}, "grade at least one reply"),
    ],
)
def test_a_card_that_would_say_nothing_is_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        card(**changes)


def test_a_run_that_has_not_begun_has_no_card():
    with pytest.raises(ValueError, match="has not trained yet"):
        model_card(trainer(global_step=0), title="", purpose="", base_model="", data={}, test="", grades={}, limits=[])
