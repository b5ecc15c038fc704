"""The tools from a terminal: what is printed and written, which exit status a script gets, what is refused."""

import csv
import datetime
import html
import importlib
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from course_utils import command_line, read_rows
from course_utils.data import DATA

ROOT = Path(command_line.__file__).parents[1]
BASE = DATA.parent / "base"
ROWS = [
    {"question": f"What is {i} plus {i}?", "answer": f"It is {2 * i}, as {i} and {i} make {2 * i}."} for i in range(30)
]
HEALTHY = [{"step": i, "epoch": i / 20, "loss": 0.5 + 3 * 0.7**i} for i in range(1, 20)]
SICK = [{"step": i, "epoch": i / 20, "loss": 2.0 + i} for i in range(1, 20)]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def run(capsys):
    """Runs a command; gives its exit status, what it printed, and what it said beside."""

    def run(*arguments):
        status = command_line.main([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return run


def test_help_and_a_diagnosis_need_no_heavy_library():
    program = (
        "import sys; from course_utils.command_line import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"main(['diagnose', {str(DATA.parent / 'nowhere.json')!r}])\n"
        "print([m for m in ('torch', 'transformers', 'datasets', 'numpy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]" and "exit status" in done.stdout
    assert "There is no file" in done.stderr


def test_the_package_is_a_program():
    done = subprocess.run([sys.executable, "-m", "course_utils", "audit", "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "python -m course_utils audit train.jsonl --out clean.jsonl" in done.stdout


@pytest.mark.parametrize("arguments", [[], ["audits"], ["audit"], ["xray", "x.jsonl"], ["packing", "x", "--rows", "0"]])
def test_a_request_that_makes_no_sense_has_status_2(arguments):
    with pytest.raises(SystemExit) as caught:
        command_line.main(arguments)
    assert caught.value.code == 2


def test_a_mistake_of_ours_is_told_from_a_finding(run, monkeypatch):
    monkeypatch.setattr(command_line.tool_commands, "read_log", lambda _: 1 / 0)
    status, _, beside = run("diagnose", "x")
    assert status == 3 and "ZeroDivisionError" in beside


def test_an_installation_brings_the_command_and_all_files():
    """Files other than Python's come along only from assets/, as pyproject.toml says."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    module, name = settings["project"]["scripts"]["sft-tools"].split(":")
    assert getattr(importlib.import_module(module), name) is command_line.main
    assert settings["tool"]["setuptools"]["package-data"]["course_utils"] == ["assets/**"]
    package = ROOT / "course_utils"
    others = [path for path in package.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    assert others and all(path.is_relative_to(package / "assets") for path in others)
    folders = {path.parent for path in package.rglob("*.py")}
    assert all((folder / "__init__.py").is_file() for folder in folders), "packages.find passes over the others"


def test_a_log_is_diagnosed_from_every_form(run, tmp_path):
    state = {"log_history": SICK, "global_step": 19}
    with open(tmp_path / "log.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, [*SICK[0], "eval_loss"])
        writer.writeheader()
        writer.writerows(SICK)
    (tmp_path / "any_name.json").write_text(json.dumps(state, indent=1))
    for number in (9, 10):
        (tmp_path / f"checkpoint-{number}").mkdir()
    (tmp_path / "checkpoint-9" / "trainer_state.json").write_text(json.dumps(state | {"log_history": HEALTHY}))
    (tmp_path / "checkpoint-10" / "trainer_state.json").write_text(json.dumps(state))
    write(tmp_path / "log.jsonl", SICK)
    said = {
        run("diagnose", tmp_path / name)[:2] for name in ("log.csv", "any_name.json", "log.jsonl", "checkpoint-10", "")
    }
    assert len(said) == 1
    status, text = said.pop()
    assert status == 1 and text.startswith("too high a learning rate")
    assert run("diagnose", tmp_path / "checkpoint-9")[0] == 0


def test_json_holds_no_nan_and_a_page_is_written(run, tmp_path):
    log = [{"step": i, "loss": float("nan")} for i in range(1, 9)]
    page = tmp_path / "page.html"
    status, out, _ = run("diagnose", write(tmp_path / "log.jsonl", log), "--json", "--html", page)
    found = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert found["tool"] == "diagnose" and found["status"] == status and found["findings"]
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>") and html.escape(
        found["pattern"]
    ) in page.read_text(encoding="utf-8")


def test_the_audit_writes_the_rows_to_keep_and_its_findings(run, tmp_path):
    rows = [*ROWS, {"question": "Is this empty?", "answer": ""}, ROWS[3]]
    file, out, notes = write(tmp_path / "mine.jsonl", rows), tmp_path / "clean.jsonl", tmp_path / "findings.jsonl"
    status, text, beside = run(
        "audit", file, "--out", out, "--findings", notes, "--prompt", "question", "--reply", "answer"
    )
    assert status == 1 and "duplicate" in text and "30 of 32 rows written to clean.jsonl" in beside
    assert read_rows.read_rows(out).rows == ROWS
    findings = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
    empty = next(one for one in findings if one["kind"] == "empty")
    assert (empty["line"], empty["row"], empty["severity"]) == (31, 30, "certain")
    assert run("audit", out)[0] == 0
    rows += [{"question": "Can you?", "answer": "I'm sorry, but as an AI I can't do that."}]
    file = write(tmp_path / "more.jsonl", rows)
    assert run("audit", file, "--out", out, "--drop", "refusal")[0] == 1 and read_rows.read_rows(out).rows == ROWS
    assert run("audit", file, "--out", out)[0] == 1 and len(read_rows.read_rows(out).rows) == 31
    status, _, beside = run("audit", file, "--out", out, "--drop", "refusals")
    assert status == 2 and "no finding called 'refusals'" in beside


def test_the_audit_keeps_forms_and_values(run, tmp_path):
    rows = [row | {"id": 10**17 + i, "half": "\ud83d"} for i, row in enumerate(ROWS)]
    file = write(tmp_path / "mine.jsonl", [*rows, rows[0]])
    assert run("audit", file, "--out", tmp_path / "clean.json")[0] == 1
    assert read_rows.read_rows(tmp_path / "clean.json").rows == rows
    whole = [{key: row[key] for key in ("question", "answer", "id")} for row in rows]
    read_rows.read_rows(write(tmp_path / "whole.jsonl", whole)).dataset().to_parquet(tmp_path / "a.parquet")
    assert run("audit", tmp_path / "a.parquet", "--out", tmp_path / "b.parquet")[0] == 0
    assert read_rows.read_rows(tmp_path / "b.parquet").rows == whole
    texts = [{key: row[key] for key in ("question", "answer")} for row in rows]
    assert run("audit", write(tmp_path / "texts.jsonl", texts), "--out", tmp_path / "c.csv")[0] == 0
    assert run("audit", tmp_path / "c.csv")[0] == 0 and read_rows.read_rows(tmp_path / "c.csv").rows == texts


def test_types_that_json_lacks_stay_in_parquet(run, tmp_path):
    when = datetime.datetime(2026, 1, 2, 3, 4)
    rows = [row | {"when": when, "raw": b"\x00\xff"} for row in ROWS]
    parquet.write_table(pyarrow.Table.from_pylist([*rows, rows[0]]), tmp_path / "a.parquet")
    assert run("audit", tmp_path / "a.parquet", "--out", tmp_path / "b.parquet")[0] == 1
    written = parquet.read_table(tmp_path / "b.parquet")
    assert written.to_pylist() == rows and written.schema == parquet.read_schema(tmp_path / "a.parquet")
    status, _, beside = run("audit", tmp_path / "a.parquet", "--out", tmp_path / "c.jsonl")
    assert status == 2 and "row 0 (from 0): 'when' holds what JSON has no form for: write .parquet." in beside
    assert not (tmp_path / "c.jsonl").exists()


@pytest.mark.parametrize(
    "options, says",
    [
        (["--out", "mine.jsonl"], "mine.jsonl is the file to be read, and would be overwritten"),
        (["--out", "./held.jsonl", "--eval", "held.jsonl"], "held.jsonl is the file to be read"),
        (["--out", "clean.txt"], "clean.txt should end in .jsonl or .json or .csv or .parquet"),
        (["--out", "nowhere/clean.jsonl"], "There is no folder nowhere"),
        (["--out", "clean.csv"], "mine.jsonl, line 1: 'n' is no text, and a CSV holds texts: write .jsonl"),
        (["--findings", "findings.csv"], "findings.csv should end in .jsonl"),
        (["--findings", "a.jsonl", "--out", "a.jsonl"], "a.jsonl can't hold the rows and the findings"),
        (["--html", "page.txt"], "page.txt should end in .html"),
        (["--role", "human"], "'human' should be two words with = between them, as in --role human=user"),
        (["--tokenizer", "."], ".: its tokenizer can't be read"),
        (["--eval", "nowhere.csv"], "There is no file nowhere.csv"),
    ],
)
def test_bad_requests_are_answered_in_a_sentence_and_leave_nothing(run, tmp_path, monkeypatch, options, says):
    monkeypatch.chdir(tmp_path)
    write(Path("mine.jsonl"), [row | {"n": 1} for row in ROWS])
    write(Path("held.jsonl"), ROWS[:1])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    status, out, beside = run("audit", "mine.jsonl", *options)
    said = beside.splitlines()[-1]
    assert status == 2 and not out and says in said and len(said) <= 200
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_rows_are_looked_through_and_packed(run, tmp_path):
    file = write(tmp_path / "mine.jsonl", ROWS)
    given = (file, "--tokenizer", BASE, "--prompt", "question", "--reply", "answer")
    status, text, _ = run("xray", *given, "--row", "4")
    assert status == 0 and text.startswith("row 4\n") and "It is 8" in text
    status, text, _ = run("xray", *given, "--rows", "2", "--json")
    assert status == 0 and {"row 0", "row 1"} <= set(json.loads(text)) and "row 2" not in text
    assert run("xray", *given, "--max-length", "3")[0] == 1
    status, _, beside = run("xray", *given, "--row", "30")
    assert status == 2 and "mine.jsonl has no row 30: it has 30, counted from 0." in beside
    status, _, beside = run("xray", file, "--tokenizer", BASE)
    assert status == 2 and "(it has question, answer): name two with --prompt and --reply." in beside
    assert run("xray", file, "--tokenizer", BASE, "--set", "dataset_text_field=answer", "--rows", "1")[0] == 0
    talks = [{"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "you"}]}]
    chats = ("xray", write(tmp_path / "talks.jsonl", talks), "--tokenizer", BASE)
    template = ("--set", f"chat_template_path={BASE.parent / 'chatml.jinja'}", "--set", "assistant_only_loss=true")
    status, _, beside = run(*chats, *template, "--role", "human=user")
    assert status == 2 and "assistant_only_loss" in beside, "no turn is an assistant's, which TRL itself refuses"
    status, text, _ = run(*chats, *template, "--role", "human=user", "--role", "gpt=assistant")
    assert status == 0 and "TRAINED  you<|im_end|>" in text.replace("\n", "")
    status, text, _ = run("packing", *given, "--max-length", "128", "--batch-size", "4", "--json")
    report = json.loads(text)
    assert status == 0 and report["tool"] == "packing" and "bfd" in text
    status, text, _ = run("packing", *given, "--sample", "5")
    assert status == 0 and "A sample of 5 of the 30 rows" in text
    swallowed = tmp_path / "swallows"
    shutil.copytree(BASE, swallowed)
    template = "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}"
    (swallowed / "chat_template.jinja").write_text(template)
    turns = [{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "you"}]}] * 4
    status, text, _ = run("packing", write(tmp_path / "chats.jsonl", turns), "--tokenizer", swallowed)
    assert status == 1 and "leaves out texts of 4" in text
    status, _, beside = run("packing", *given[:3], "--prompt", "question")
    assert status == 2 and "Give both --prompt and --reply" in beside


def test_a_card_is_written_from_a_saved_run(run, tmp_path):
    (tmp_path / "checkpoint-5").mkdir()
    state = {
        "global_step": 5,
        "epoch": 2.0,
        "train_batch_size": 4,
        "log_history": [{"loss": 1.0, "learning_rate": 2e-4}],
    }
    (tmp_path / "checkpoint-5" / "trainer_state.json").write_text(json.dumps(state))
    (tmp_path / "checkpoint-5" / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 8, "lora_alpha": 16}')
    grades = write(
        tmp_path / "grades.jsonl", [{"id": "a", "right": True, "f1": 1}, {"id": "b", "right": False, "f1": 0.5}]
    )
    card = (
        "card", tmp_path, "--out", tmp_path / "README.md", "--title", "Adder", "--purpose", "It adds.",
        "--base-model", "some/model", "--data", write(tmp_path / "train.jsonl", ROWS), "--test", "two sums",
        "--grades", grades,
    )  # fmt: skip
    status, out, beside = run(*card, "--limit", "It can't divide.")
    assert status == 0 and "README.md written: right, f1 on 2 rows." in out and "checkpoint-5" in beside
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    for part in (
        "| 30 | train.jsonl |",
        "| learning rate, highest logged | 0.0002 |",
        "LORA, rank 8, alpha 16",
        "can't divide",
    ):
        assert part in text
    (tmp_path / "checkpoint-5" / "trainer_state.json").write_text('{"log_history": []}')
    status, _, beside = run(*card, "--limit", "None known.")
    assert status == 2 and "no trained step" in beside


def test_a_symptom_is_searched(run, tmp_path):
    status, text, _ = run("symptom", "CUDA", "out of memory")
    assert status == 0 and "check:" in text and "do:" in text
    status, text, _ = run("symptom", "CUDA out of memory", "--json", "--html", tmp_path / "page.html")
    assert (
        status == 0 and json.loads(text)["symptoms"] and "<ol>" in (tmp_path / "page.html").read_text(encoding="utf-8")
    )
    status, text, _ = run("symptom", "zzqx")
    assert status == 1 and "No entry fits" in text
