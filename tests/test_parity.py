"""`parity_report` names every planted fault on really broken copies of a model, and nothing on healthy ones."""

import copy
import json
import shutil
from pathlib import Path

import onnx
import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from small_server import small_server
from tokenizers.processors import TemplateProcessing
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    OPTConfig,
)

from course_utils import command_line
from course_utils.parity import parity_report
from course_utils.parity.compare import differences, is_cut
from course_utils.session import ASSETS

ASSISTANT = str(ASSETS / "assistant")
GRAPHS = Path(__file__).parents[1] / "scripts" / "website" / "models"


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(ASSISTANT)


def load(folder=ASSISTANT, dtype="float32"):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)


@pytest.fixture(scope="module")
def trained():
    """The course's assistant with an adapter, as training leaves it: strong enough that replies change."""
    torch.manual_seed(0)
    adapter = LoraConfig(r=8, lora_alpha=8, target_modules="all-linear", init_lora_weights=False)
    return get_peft_model(load(), adapter).eval()


def save(model, tokenizer, folder):
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def home(trained, tokenizer, tmp_path_factory):
    """A folder with the adapter alone and with the merged model, both healthy."""
    home = tmp_path_factory.mktemp("parity")
    save(trained, tokenizer, home / "adapter")
    save(copy.deepcopy(trained).merge_and_unload(), tokenizer, home / "merged")
    return home


def edit(folder, file, **changes):
    path = folder / file
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def not_merged(folder, tokenizer):
    load().save_pretrained(folder)


def merged_in_half(folder, tokenizer):
    adapter = folder.parent / "adapter"
    PeftModel.from_pretrained(load(dtype="bfloat16"), adapter).merge_and_unload().save_pretrained(folder)


def merged_in_half_and_cast(folder, tokenizer):
    """Rounded for good, though the files hold float32."""
    adapter = folder.parent / "adapter"
    PeftModel.from_pretrained(load(dtype="bfloat16"), adapter).merge_and_unload().float().save_pretrained(folder)


def other_seed(folder, tokenizer):
    model = load(folder)
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.02 * torch.randn_like(parameter)
    model.save_pretrained(folder)


PLANTED = {
    "no template": ("template not saved", lambda d, _: (d / "chat_template.jinja").unlink()),
    "ChatML": (
        "another template",
        lambda d, _: shutil.copy(ASSETS / "chatml.jinja", d / "chat_template.jinja"),
    ),
    "no wait": ("end token missing", lambda d, _: edit(d, "generation_config.json", eos_token_id=[2048, 0])),
    "one end": ("end token missing", lambda d, _: edit(d, "generation_config.json", eos_token_id=0)),
    "base alone": ("adapter not merged", not_merged),
    "half": ("half precision", merged_in_half),
    "half, cast": ("half precision", merged_in_half_and_cast),
    "draws": ("wrong generation_config", lambda d, _: edit(d, "generation_config.json", do_sample=True, top_p=0.8)),
    "penalty": ("wrong generation_config", lambda d, _: edit(d, "generation_config.json", repetition_penalty=1.2)),
    "short config": ("truncated context", lambda d, _: edit(d, "config.json", max_position_embeddings=256)),
    "short tokenizer": ("truncated context", lambda d, _: edit(d, "tokenizer_config.json", model_max_length=128)),
    "other weights": ("other weights", other_seed),
}


@pytest.fixture(scope="module")
def reported(trained, tokenizer, home):
    """One report on all sides: two healthy folders and every planted one."""
    sides = {"training": (trained, tokenizer), "adapter": home / "adapter", "merged": home / "merged"}
    for name, (_, plant) in PLANTED.items():
        sides[name] = Path(shutil.copytree(home / "merged", home / name))
        plant(sides[name], tokenizer)
    return parity_report(sides)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_named_and_nothing_else(reported, name):
    assert reported.faults(name) == [PLANTED[name][0]], reported


@pytest.mark.parametrize("name", ["adapter", "merged"])
def test_what_was_saved_right_raises_no_alarm(reported, name):
    assert reported.faults(name) == []


def test_the_report_shows_a_line_a_side_and_a_remedy_a_difference(reported):
    text = repr(reported)
    assert text.count("\n") >= len(PLANTED) + 3 + len(PLANTED)
    assert "half: half precision" in text and "Merge in float32" in text
    assert "half precision" in reported._repr_html_() and "half precision" in reported._repr_markdown_()
    assert [row["side"] for row in reported.to_dict()["sides"]] == ["training", "adapter", "merged", *PLANTED]
    assert all(len(one.seen) <= 200 and len(one.remedy) <= 200 for one in reported.differences)


def test_several_faults_at_once_are_all_named(trained, tokenizer, home, tmp_path):
    broken = Path(shutil.copytree(home / "merged", tmp_path / "broken"))
    for name in ("half", "ChatML", "no wait", "penalty"):
        if name == "half":
            adapter = PeftModel.from_pretrained(load(dtype="bfloat16"), home / "adapter")
            adapter.merge_and_unload().save_pretrained(broken)
        else:
            PLANTED[name][1](broken, tokenizer)
    found = parity_report({"training": (trained, tokenizer), "broken": broken}).faults()
    assert set(found) == {"half precision", "another template", "end token missing", "wrong generation_config"}


CONFIGS = [
    LlamaConfig(vocab_size=2056, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
                num_key_value_heads=2, max_position_embeddings=512),
    GPT2Config(vocab_size=2056, n_embd=64, n_layer=2, n_head=4, n_positions=512),
    Gemma3TextConfig(vocab_size=2056, hidden_size=64, intermediate_size=128, num_hidden_layers=2, head_dim=16,
                     num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=512, sliding_window=64),
    OPTConfig(vocab_size=2056, hidden_size=64, ffn_dim=128, num_hidden_layers=2, num_attention_heads=4,
              word_embed_proj_dim=64, max_position_embeddings=512),
]  # fmt: skip


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.model_type)
def test_other_architectures_are_healthy_when_saved_and_not_when_rounded(config, tokenizer, tmp_path):
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(config).eval()
    model.generation_config.eos_token_id, model.generation_config.pad_token_id = [2048, 2054, 0], 1
    sides = {"training": (model, tokenizer), "saved": save(model, tokenizer, tmp_path / "saved")}
    rounded = copy.deepcopy(model).to(torch.bfloat16)
    sides["rounded"] = save(rounded, tokenizer, tmp_path / "rounded")
    report = parity_report(sides)
    assert report.faults("saved") == []
    assert report.faults("rounded") == ["half precision"]


def test_a_model_trained_and_saved_in_half_precision_is_healthy(tokenizer, tmp_path):
    model = load(dtype="bfloat16")
    assert parity_report({"a": (model, tokenizer), "b": save(model, tokenizer, tmp_path / "b")}).faults() == []


# --- The start of a prompt, and its length --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def starter(tokenizer):
    """The assistant's tokenizer with a BOS, which both its template and the tokenizer itself write."""
    found = copy.deepcopy(tokenizer)
    found.add_special_tokens({"bos_token": "<|endoftext|>"})
    found.chat_template = "{{ bos_token }}" + tokenizer.chat_template
    found.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", found.bos_token_id)]
    )
    return found


def text_first(tokenizer):
    """Renders a chat to a text and then tokenizes it: each part adds its BOS."""
    return lambda chat: tokenizer(tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True))[
        "input_ids"
    ]


def last_ones(tokenizer, longest):
    return lambda chat: tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False)[-longest:]


def test_bos_is_counted_and_a_cut_prompt_is_seen(starter, tokenizer, tmp_path):
    model = load()
    twice, none = copy.deepcopy(starter), copy.deepcopy(starter)
    twice.chat_template, none.chat_template = "{{ bos_token }}" + starter.chat_template, tokenizer.chat_template
    sides = {
        "training": (model, starter),
        "saved": save(model, starter, tmp_path / "saved"),
        "template writes two": save(model, twice, tmp_path / "twice"),
        "template writes none": save(model, none, tmp_path / "none"),
        "text first": (model, starter, text_first(starter)),
        "cut": (model, starter, last_ones(starter, 256)),
        "cut short": (model, starter, last_ones(starter, 8)),
    }
    report = parity_report(sides)
    assert report.faults("saved") == []
    assert report.faults("template writes two") == report.faults("text first") == ["BOS doubled"]
    assert report.faults("template writes none") == ["BOS missing"]
    assert report.faults("cut") == ["truncated context"]
    assert "truncated context" in report.faults("cut short")
    assert [row["BOS"] for row in report.rows][:5] == [1, 1, 2, 0, 2]


def test_another_tokenizer_under_the_same_template_is_named(trained, tokenizer):
    other = copy.deepcopy(tokenizer)
    swapped = {"<|user|>": "<|assistant|>"}
    other.chat_template = tokenizer.chat_template

    def render(chat):
        ids = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False)
        a, b = (tokenizer.convert_tokens_to_ids(token) for pair in swapped.items() for token in pair)
        return [b if i == a else i for i in ids]

    report = parity_report({"training": (trained, tokenizer), "other": (trained, other, render)})
    assert report.faults() == ["another tokenizer"]


# --- Servers that show little ---------------------------------------------------------------------------------------


def blind(model, tokenizer, reference, new_tokens=8, **faults):
    """What is found about a server whose folder can't be seen."""
    with small_server(model, tokenizer, **faults) as address:
        return parity_report({"training": reference, "served": address}, new_tokens=new_tokens, model="hidden")


def test_a_healthy_server_raises_no_alarm_and_the_report_says_what_it_hides(trained, tokenizer, home):
    report = blind(load(home / "merged"), tokenizer, (trained, tokenizer))
    assert report.faults() == [] and "can be seen" in report.notes[0]


def test_faults_of_a_server_are_named_from_replies_and_counts(trained, tokenizer, starter, home):
    merged, reference = load(home / "merged"), (trained, tokenizer)
    chatml = copy.deepcopy(tokenizer)
    chatml.chat_template = (ASSETS / "chatml.jinja").read_text()
    assert blind(merged, chatml, reference).faults() == ["another template"]
    assert blind(load(), tokenizer, reference).faults() == ["adapter not merged"]
    assert blind(merged, tokenizer, reference, refuse_above=256).faults() == ["truncated context"]
    assert blind(merged, tokenizer, reference, render=last_ones(tokenizer, 256)).faults() == ["truncated context"]
    assert blind(merged, tokenizer, reference, draws=True).faults() == ["wrong generation_config"]
    bare = load()
    assert blind(bare, starter, (bare, starter), render=text_first(starter)).faults() == ["BOS doubled"]
    assert blind(bare, tokenizer, (bare, tokenizer), new_tokens=24, ends=[1]).faults() == ["end token missing"]
    without = copy.deepcopy(tokenizer)
    without.chat_template = None
    assert blind(merged, without, reference).faults() == ["template not saved"]


def test_a_server_that_is_not_there_is_told(trained, tokenizer):
    report = parity_report({"training": (trained, tokenizer), "gone": "http://127.0.0.1:9/v1"}, model="x")
    assert report.faults() == ["no answer"] and "does not answer" in report.differences[0].seen


# --- ONNX Runtime ---------------------------------------------------------------------------------------------------


def fill_graph(model, folder):
    """The site's graph of the assistant with the weights of `model`, as one file in `folder`."""
    names, state = json.loads((GRAPHS / "assistant.json").read_text()), model.state_dict()
    graph = onnx.load(GRAPHS / "assistant.onnx", load_external_data=False)
    (folder / "weights").write_bytes(b"".join(state[name].numpy().tobytes() for name in names))
    onnx.save(graph, folder / "model.onnx")
    return folder / "model.onnx"


def test_onnx_runtime_agrees_with_what_was_exported_and_not_with_other_weights(trained, tokenizer, home, tmp_path):
    healthy = Path(shutil.copytree(home / "merged", tmp_path / "healthy"))
    stale = Path(shutil.copytree(home / "merged", tmp_path / "stale"))
    sides = {"training": (trained, tokenizer), "exported": fill_graph(load(healthy), healthy)}
    sides["stale"] = fill_graph(load(), stale)
    report = parity_report(sides)
    assert report.faults("exported") == []
    assert report.faults("stale") == ["adapter not merged"]


# --- Bad input, and the command line --------------------------------------------------------------------------------


def test_what_cannot_be_compared_is_said_in_a_sentence(trained, tokenizer, home, tmp_path):
    def refused(sides, **options):
        with pytest.raises(ValueError) as error:
            parity_report(sides, **options)
        assert len(str(error.value)) <= 200
        return str(error.value)

    training = (trained, tokenizer)
    assert "two sides" in refused({"a": training})
    assert "first" in refused({"a": "http://127.0.0.1:9/v1", "b": training}, model="x")
    assert "model=" in refused({"a": training, "b": "http://127.0.0.1:9/v1"})
    assert "first side" in refused({"a": tmp_path / "nowhere", "b": training})
    assert "no side" in refused({"a": training, "b": 7})
    assert "Probe 0" in refused({"a": training, "b": training}, probes=[[{"role": "assistant", "content": "x"}]] * 2)
    (tmp_path / "empty").mkdir()
    report = parity_report({"a": training, "b": tmp_path / "empty", "c": home / "merged" / "config.json"})
    assert report.faults() == ["no answer", "no answer"]


def test_own_probes_are_asked(trained, tokenizer, home):
    chats = [[{"role": "user", "content": text}] for text in ("Hello?", "How much is the Muva kettle, and is it left?")]
    report = parity_report({"a": (trained, tokenizer), "b": home / "merged"}, probes=chats)
    assert report.faults() == [] and len(report.sides[0].answers) == 2


def test_a_cut_is_a_beginning_or_an_end():
    assert is_cut([1, 2, 3, 4], [1, 2]) and is_cut([1, 2, 3, 4], [3, 4])
    assert not is_cut([1, 2, 3, 4], [2, 3]) and not is_cut([1, 2, 3, 4], [1, 2, 3]) and not is_cut([1, 2], [])


def test_a_side_agrees_with_itself(reported):
    assert differences(reported.sides[0], reported.sides[0]) == []


def test_the_command_line_tells_and_sets_its_status(home, tmp_path, capsys):
    rows = tmp_path / "rows.jsonl"
    asked = [
        [{"role": "user", "content": text}, {"role": "assistant", "content": "x"}] for text in ("Hi?", "Is it red?")
    ]
    rows.write_text("".join(json.dumps({"messages": chat}) + "\n" for chat in asked))
    healthy, broken = str(home / "merged"), str(home / "no wait")
    if not (home / "no wait").exists():
        PLANTED["no wait"][1](Path(shutil.copytree(healthy, broken)), None)
    assert command_line.main(["parity", str(home / "adapter"), healthy, "--rows", str(rows)]) == 0
    assert "agree" in capsys.readouterr().out
    page = tmp_path / "page.html"
    assert command_line.main(["parity", healthy, broken, "--json", "--html", str(page)]) == 1
    assert json.loads(capsys.readouterr().out)["differences"][0]["fault"] == "end token missing"
    assert "end token missing" in page.read_text()
    assert command_line.main(["parity", healthy, healthy]) == 2
    assert "twice" in capsys.readouterr().err
