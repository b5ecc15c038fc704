"""The systems of the sources, on random-weight replicas under their real ids.

One process runs every program of docs/systems.md (run_systems.py): the sources' calls, which do what the page says, and
the working ones for two steps. What a model learns can't be seen here, only what it is trained on.
"""

import ast
import json
import math
import re
import subprocess
import sys

import pytest
import run_systems
from assignments import ROOT

from course_utils import data
from scripts import serve_replicas
from scripts.systems import page
from scripts.systems.__main__ import main
from scripts.systems.outcomes import ROWS

NAMES = [row.name for row in ROWS]


@pytest.fixture(scope="session")
def found(hub, tmp_path_factory):
    folder = tmp_path_factory.mktemp("systems")
    (folder / "products.csv").write_bytes((data.DATA / "products.csv").read_bytes())
    command = [sys.executable, ROOT / "tests" / "run_systems.py", "found.json"]
    # the token is for the local server, which doesn't look at it
    environment = hub | {"HF_TOKEN": "local"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads((folder / "found.json").read_text())


# --- The page -------------------------------------------------------------------------------------------------------


def test_every_system_of_the_sources_is_there():
    assert list(NAMES) == [f"S{n}" for n in range(1, 12)]
    assert (ROOT / page.PAGE).read_text(encoding="utf-8") == page.page(), "run `python -m scripts.systems --write`"


def test_every_block_of_the_page_is_a_program_that_compiles_and_is_run():
    text, programs = (ROOT / page.PAGE).read_text(encoding="utf-8"), run_systems.programs()
    assert text.count("```") == 2 * len(programs), "a block of the page is not run by the tests"
    files = {(kind, file.stem) for kind in ("published", "working") for file in (page.HERE / kind).glob("*.py")}
    assert set(programs) == files
    for place, code in programs.items():
        compile(code, str(place), "exec")
        assert code == page.program(*place)
    run = {("published", outcome.program) for row in ROWS for outcome in row.outcomes}
    assert run | {("working", name.lower()) for name in NAMES} == files


def test_each_program_defines_every_name_that_it_uses(tmp_path):
    for (kind, name), code in run_systems.programs().items():
        if kind == "working":
            (tmp_path / f"{name}.py").write_text(code)
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_programs_need_nothing_of_the_course():
    for code in run_systems.programs().values():
        nodes = list(ast.walk(ast.parse(code)))
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        assert names <= {"os", "torch", "datasets", "transformers", "trl", "peft"}


def hub_ids(code: str) -> set[str]:
    """The models and data sets that a program names, under their present ids."""
    texts = [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]
    present = [serve_replicas.ALIASES.get(text, text) for text in texts if isinstance(text, str)]
    return {text for text in present if re.fullmatch(r"\w[\w-]*/[\w.-]+", text) and not text.startswith("runs/")}


KEPT = {  # what else of the source's calls the working program has, letter by letter
    "S1": ['"HuggingFaceTB/smoltalk", "all"'],
    "S3": ['"openai/gsm8k", "main"', "packing=True", "### Question: {example['question']}\\n ### Answer: "],
    "S4": ['"csv", data_files="products.csv"'],
    "S5": ['dataset_text_field="text"'],
    "S6": [" ### Answer:"],
    "S8": ['dataset_text_field="text"', "torch.bfloat16"],
    "S9": ['LoraConfig(r=16, lora_alpha=32, lora_dropout=0.05, bias="none", task_type="CAUSAL_LM")'],
    "S10": ["neftune_noise_alpha=5", 'dataset_text_field="text"'],
}


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_model_and_data_are_the_sources(row):
    programs = run_systems.programs()
    working = programs["working", row.name.lower()]
    for name in row.programs:
        published = programs["published", name]
        # S7's source stops before it has a data set
        added = {"HuggingFaceTB/smoltalk"} if row.name == "S7" else set()
        assert hub_ids(working) == hub_ids(published) | added
        assert all(part in published and part in working for part in KEPT.get(row.name, []))


def test_the_page_counts_what_runs(found):
    """The count at the top of the page, made once more from what the programs did."""
    coded = {name: results for name, results in found["published"].items() if results}
    rows = {row.name: row for row in ROWS}

    def runs(name: str, at: int) -> bool:
        changed = [new.replace(", use_cpu=True", "") != old for old, new in rows[name].outcomes[at].changes]
        return coded[name][at]["error"] is None and not any(changed)

    running = [name for name in coded if any(runs(name, at) for at in range(len(coded[name])))]
    assert (len(coded), running) == (9, ["S3", "S4"])
    assert "**Nine of the eleven have code" in page.count() and "Two of these run today (S3 and S4)" in page.count()
    assert "seven stop with an error.** S2 and S11 have none." in page.count()


# --- What the sources' calls do -------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_the_sources_calls_do_what_the_page_says(found, row):
    results = found["published"][row.name]
    assert len(results) == len(row.outcomes) and bool(row.outcomes) != bool(row.no_code)
    for outcome, result in zip(row.outcomes, results):
        if outcome.error is None:
            assert result["error"] is None, outcome.when
            shown = {name: round(v, 2) if isinstance(v, float) else v for name, v in result.items()}
            assert shown | outcome.facts == shown, outcome.when
        else:
            begin, _, end = outcome.error.partition("…")
            assert result["error"].startswith(begin) and result["error"].endswith(end), outcome.when


def test_float32_does_not_lose_the_steps_that_bfloat16_loses(found):
    ignored, loaded = [result for result in found["published"]["S8"] if result["error"] is None]
    assert ignored["unchanged"] < 0.05 < 0.5 < loaded["unchanged"]


# --- What works -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_working_program_runs_and_learns(found, name):
    result = found["works"][name]
    assert result["error"] is None
    assert result["steps"] == 2 and 0 < result["after"] <= result["before"] < 8
    assert result["answer"], "the sample answer is empty"
    adapters = result["weights"].get("adapter")
    changed = result["weights"]["base"]["changed"]
    assert changed == (0 if adapters else result["weights"]["base"]["of"]), "all of a model is trained, or none of it"
    if adapters:
        # in two steps half of the tensors: the others get a gradient once these are no longer zero
        assert adapters["changed"] == adapters["of"] / 2 and adapters["dtypes"] == ["torch.float32"]
        assert set(result["saved"]["files"]) >= {"adapter_config.json", "adapter_model.safetensors", "tokenizer.json"}
        assert "model.safetensors" not in result["saved"]["files"], "the adapter alone is saved"
        trained = [zero for tensor, (_, zero) in result["saved"]["tensors"].items() if "lora_B" in tensor]
        assert trained and not any(trained), "the saved adapter is what was trained"
    else:
        assert set(result["saved"]["files"]) >= {"config.json", "model.safetensors", "tokenizer.json"}
    stops = result["stops_at"] if isinstance(result["stops_at"], list) else [result["stops_at"]]
    assert result["end"] in stops, "generation stops at the token that the training has put at the end"


def chatml(messages: list[dict]) -> str:
    return "".join(f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>\n" for turn in messages)


def replies(messages: list[dict], end: str, begin: str = "") -> str:
    return "".join(f"{begin}{turn['content']}{end}" for turn in messages if turn["role"] == "assistant")


@pytest.mark.parametrize("name, rows", [("S1", "mixed"), ("S7", "chats")])
def test_replies_and_their_ends_are_trained_and_nothing_else(found, name, rows):
    result = found["works"][name]
    texts = {chatml(row["messages"]): replies(row["messages"], "<|im_end|>") for row in found["data"][rows]}
    assert result["row_trained"] == texts[result["row"]]
    assert 0.2 < result["trained"] < 0.5


def deepseek(messages: list[dict]) -> str:
    """A chat in the form of the R1 distills, written by hand.

    A copy of the published template that llama.cpp keeps renders the same (ggml-org/llama.cpp at 20bdc4f,
    models/templates/deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja).
    """
    shown = {"user": "<｜User｜>{}", "assistant": "<｜Assistant｜>{}<｜end▁of▁sentence｜>"}
    return "<｜begin▁of▁sentence｜>" + "".join(shown[turn["role"]].format(turn["content"]) for turn in messages)


def test_s2_trains_replies_in_the_models_own_form(found):
    result, chats = found["works"]["S2"], [row["messages"] for row in found["data"]["chats"]]
    texts = {deepseek(chat): replies(chat, "<｜end▁of▁sentence｜>", "<｜Assistant｜>") for chat in chats}
    assert result["row_trained"] == texts[result["row"]]
    modules = {name.split(".")[-3] for name in result["saved"]["tensors"]}
    assert modules == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}


def test_packed_rows_are_separate_in_s1_and_leak_in_s3(found):
    smol, opt = found["works"]["S1"], found["works"]["S3"]
    assert smol["packing"] and smol["batch"][0] == 1 and smol["leak"] < 1e-3
    assert opt["packing"] and opt["batch"][0] == 1 and opt["leak"] > 0.01


def test_s3_trains_the_joined_text(found):
    result = found["works"]["S3"]
    texts = {f"### Question: {row['question']}\n ### Answer: {row['answer']}" for row in found["data"]["sums"]}
    assert result["row_trained"].removesuffix("</s>") in texts and result["row_trained"].endswith("</s>")
    assert result["row"] == "</s>" + result["row_trained"], "OPT's tokenizer opens a text; that token is not predicted"


def sheet(row: dict) -> str:
    lines = [f"{name.capitalize()}: {row[name]}" for name in ("category", "name", "features", "colour")]
    return "\n".join(lines) + "\nDescription:"


def test_s4_trains_the_description_and_one_end(found):
    result = found["works"]["S4"]
    pairs = {sheet(row): f" {row['description']}<|endoftext|>" for row in found["data"]["products"]}
    prompt = result["row"].removesuffix(result["row_trained"])
    assert result["row_trained"] == pairs[prompt]
    assert result["checkpoints"] == ["checkpoint-1", "checkpoint-2"] and result["texts"] == 3
    published = next(iter(found["published"]["S4"]))
    assert result["trained"] < 0.6 and result["ends"] < 0.05, "the sheet and the padding are left out"
    assert published["trained"] == 1 and published["ends"] > 0.75 and published["attended"] == 1


@pytest.mark.parametrize("name", ["S5", "S8", "S9", "S10"])
def test_reviews_are_trained_whole(found, name):
    result, end = found["works"][name], "<|endoftext|>" if name == "S9" else "</s>"
    assert result["row_trained"] == result["row"]
    assert result["row"].removeprefix("</s>").removesuffix(end) in found["data"]["reviews"]
    assert result["row"].endswith(end) and result["trained"] == result["attended"]


def test_s6_trains_the_answer_alone(found):
    result = found["works"]["S6"]
    rows = {f"</s>### Question: {row['instruction']}\n ### Answer:": row["output"] for row in found["data"]["alpaca"]}
    prompt = result["row"].removesuffix(result["row_trained"])
    assert result["row_trained"] == f" {rows[prompt]}</s>" and result["trained"] < 0.5


def test_s7_keeps_spare_rows_and_adds_missing_ones(found):
    opt, gpt2 = (found["works"]["S7"]["rows"][name] for name in ("facebook/opt-350m", "distilbert/distilgpt2"))
    assert opt["error"] is None and gpt2["error"] is None
    assert opt["tokens"] < opt["rows"] == opt["rows_before"], "no row of OPT's embedding is cut off or added"
    assert gpt2["rows"] == gpt2["rows_before"] + 2 == gpt2["tokens"], "DistilGPT2 gets a row for each new token"
    for found_there in (opt, gpt2):
        assert len(set(found_there["marks"])) == 2 and max(found_there["marks"]) < found_there["rows"]
        assert all(found_there["moved"]), "both new rows are trained"


def test_s8_keeps_bfloat16_and_s1_does_not(found):
    assert found["works"]["S8"]["weights"]["base"]["dtypes"] == ["torch.bfloat16"]
    assert found["works"]["S1"]["weights"]["base"]["dtypes"] == ["torch.float32"]


def test_s9_saves_and_shares_the_adapter(found):
    result = found["works"]["S9"]
    config = result["saved"]["config"]
    assert (config["r"], config["lora_alpha"], config["lora_dropout"], config["bias"]) == (16, 32, 0.05, "none")
    assert {name.split(".")[-3] for name in result["saved"]["tensors"]} == {"q_proj", "v_proj"}
    assert result["shared"]["distance"] < 1e-5, "loaded from the hub again, the adapter is the trained one"


def test_s10_adds_noise_while_it_trains_and_none_afterwards(found):
    result, width = found["works"]["S10"], 16  # the replica's embedding
    bound = 5 / (16 * width) ** 0.5  # alpha over the root of length times width; `noise` reads 16 tokens
    assert all(0.9 * bound < size <= 1.0001 * bound for size in result["noise"]) and result["noise_after"] == 0
    assert found["works"]["S5"]["noise"] == [0, 0]


def test_s11_starts_dpo_from_what_sft_made(found):
    dpo, rows = found["works"]["S11"]["dpo"], found["works"]["S11"]
    assert rows["model"] == "runs/S11/sft" and dpo["beta"] == 0.1
    assert dpo["reference_to_sft"] == 0 < dpo["reference_to_base"], "the folder's weights are the reference"
    assert dpo["object_reference_to_base"] == 0 < dpo["object_reference_to_sft"], "a model object gives the base"
    assert dpo["first_loss"] == pytest.approx(math.log(2), abs=1e-4), "policy and reference begin alike"
    first = dpo["first_row"]
    assert first["row"].endswith(f"<|im_start|>assistant\n{first['row_trained']}\n")
    half = len(dpo["pairs"]) // 2
    for chosen, rejected in zip(dpo["pairs"][:half], dpo["pairs"][half:]):
        prompts = {text.partition("<|im_start|>assistant\n")[0] for text in (chosen, rejected)}
        assert len(prompts) == 1 and chosen != rejected and "<|im_end|>" in chosen


# --- The commands ---------------------------------------------------------------------------------------------------


def test_a_run_is_measured(found):
    result = found["run"]
    assert (result["before"], result["after"]) == pytest.approx(
        (found["works"]["S6"]["before"], found["works"]["S6"]["after"])
    ), "the command runs the page's program"
    assert result["tokens_per_second"] > 0 and result["peak_mb"] > 50


def test_benchmark_takes_the_same_rows_both_ways(found):
    published, recommended = found["benchmark"]
    assert not published["packing"] and recommended["packing"]
    assert published["tokens a second"] > 0 and recommended["tokens a second"] > 0


def test_command_line(capsys):
    assert main([]) == 0
    assert capsys.readouterr().out.count("\n") == 11
    assert main(["S12"]) == 2 and main(["S1", "--steps", "0"]) == 2 and main(["--benchmark", "--steps", "2"]) == 2
    out = capsys.readouterr().out
    assert "There is no system 'S12': choose one of S1" in out and "give a number of 1 or more" in out
    assert "give a number of 3 or more" in out
