"""`course_utils.fit`: its sizes against transformers, its advice and its messages."""

import dataclasses
import json

import pytest
import yaml

from course_utils import fit as package
from course_utils.fit import config_of, cost, fit, models, shape_of

QWEN = "Qwen/Qwen3-4B"


@pytest.mark.parametrize("name", models())
def test_sizes_are_those_of_transformers(name):
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = config_of(name)
    kind = config.pop("model_type")
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **config))
    assert shape_of(config_of(name)).parameters == model.num_parameters()


def test_every_shipped_model_names_its_source_with_a_commit():
    for name, entry in models().items():
        assert "@" in entry["source"] and len(entry["source"].split("@")[1].split(":")[0]) == 40, name


def test_parts_make_the_total_and_the_peak_is_the_largest_moment():
    for method in ("full", "lora", "qlora", "serve"):
        found = fit(QWEN, [900, 300], method=method, card="H200")
        assert found.total == pytest.approx(sum(found.moments[found.moment].values()))
        assert found.total == pytest.approx(max(sum(parts.values()) for parts in found.moments.values()))
        assert found.total > 4 * 0.5


def test_the_largest_batch_fits_and_the_next_one_does_not():
    for method in ("full", "lora", "qlora", "serve"):
        settings = {"method": method, "card": 80, "dtype": "bfloat16"}
        largest = fit(QWEN, 800, **settings).largest_batch
        assert largest and fit(QWEN, 800, batch=largest, **settings).fits
        assert not fit(QWEN, 800, batch=largest + 1, **settings).fits


@pytest.mark.parametrize("method", ["full", "lora", "qlora"])
@pytest.mark.parametrize("card", [1, 6, "T4", "24GB", 40])
def test_advice_is_yaml_that_trl_reads_and_following_it_makes_the_run_fit(method, card):
    from trl import ModelConfig, SFTConfig

    known = {f.name for kind in (SFTConfig, ModelConfig) for f in dataclasses.fields(kind)}
    found = fit(QWEN, [1000, 200], method=method, card=card, full_logits=True, checkpointing=False)
    lines = yaml.safe_load("\n".join(found.advice)) or {}
    assert set(lines) <= known
    assert bool(found.advice) is not found.fits
    followed = fit(
        QWEN,
        [1000, 200],
        card=card,
        method="qlora" if "load_in_4bit" in lines else "lora" if "use_peft" in lines else method,
        dtype=lines.get("dtype", "bfloat16" if "load_in_4bit" in lines else "float32"),
        checkpointing=lines.get("activation_checkpointing", False),
        optimizer="adamw_torch_fused" if "use_peft" in lines else lines.get("optim", "adamw_torch_fused"),
        attention=lines.get("attn_implementation", "sdpa"),
        batch=lines.get("per_device_train_batch_size", 8),
        accumulation=lines.get("gradient_accumulation_steps", 1),
        full_logits=found.fits or "SFTTrainer" not in "".join(found.advice),
    )
    assert followed.fits is not any("even so" in line for line in found.advice)


def test_a_configuration_is_a_file_a_folder_a_name_or_a_dict(tmp_path):
    config = config_of("Qwen3-4B")
    (tmp_path / "config.json").write_text(json.dumps(config))
    ways = (config, tmp_path, tmp_path / "config.json", "Qwen/Qwen3-4B-Instruct-2507", "qwen3-4b")
    assert {fit(way, 500).total for way in ways} == {fit(config, 500).total}


def test_less_of_it_takes_less():
    whole = fit(QWEN, 1024, checkpointing=False).moments["loss"]["activations"]
    for smaller in (
        {"batch": 4},
        {"checkpointing": True},
        {"max_length": 512},
        {"method": "lora", "targets": ["q_proj"]},
    ):
        assert fit(QWEN, 1024, **({"checkpointing": False} | smaller)).moments["loss"]["activations"] < whole
    assert fit(QWEN, 1024, devices=4).weights < 0.4 * fit(QWEN, 1024).weights


@pytest.mark.parametrize(
    "change, said",
    [
        ({"config": "no/such"}, "No model"),
        ({"config": {"model_type": "mixtral", "num_local_experts": 8}}, "mixture of experts"),
        ({"config": {"model_type": "llama", "hidden_size": 8}}, "num_attention_heads"),
        ({"config": {"model_type": "llama", "hidden_size": "x", "num_attention_heads": 2}}, "hidden_size"),
        ({"lengths": []}, "there are none"),
        ({"lengths": [3, 0]}, "row 2"),
        ({"method": "dora"}, "full, lora"),
        ({"card": "GTX"}, "T4"),
        ({"batch": 0}, "batch is"),
        ({"packing": True, "max_length": None}, "max_length"),
        ({"method": "lora", "targets": ["query"]}, "q_proj"),
    ],
)
def test_bad_input_gets_one_sentence(change, said):
    given = {"config": QWEN, "lengths": 100} | change
    with pytest.raises(ValueError, match=said) as caught:
        fit(given.pop("config"), given.pop("lengths"), **given)
    assert len(str(caught.value)) <= 200 and "\n" not in str(caught.value)


def test_an_unknown_family_is_read_as_llamas_and_says_so():
    config = config_of("Llama-3.2-1B") | {"model_type": "newcomer"}
    assert "never compared" in " ".join(fit(config, 100).notes)


def test_cost_is_tokens_by_throughput_by_price():
    assert cost(7_200_000, 1000, 0.5) == {"hours": 2.0, "price": 1.0}
    for wrong in ((1, 0), (-1, 10), (1, 10, float("nan")), ("many", 10)):
        with pytest.raises(ValueError, match=r"\.$"):
            cost(*wrong)


def test_the_package_says_what_it_offers():
    assert set(package.__all__) <= set(dir(package))
