"""Measures ``diagnose`` on public logs that people have labelled, and stores the dozen that lesson 06 shows.

``python -m scripts.wild_confusion FILE…`` takes files of JSON, plain or gzipped: lists of records with ``repo``,
``path``, ``commit``, ``group``, ``label``, ``second`` (joined by ";"), ``log`` and, where it is known, ``set``. It
judges each log, writes the verdicts to ``assets/real_verdicts.csv`` and thins the logs of `SHOWN` for
``assets/real_runs.json``. The logs themselves are not shipped. Without a file it prints the stored figures.
"""

import csv
import gzip
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from course_utils.data import write_text
from course_utils.diagnose import CANT_TELL, PATTERNS, TOO_HIGH, TOO_LOW, diagnose
from course_utils.diagnosed_runs import REAL, VERDICTS, agreement, real_confusion, real_verdicts

COLUMNS = ("set", "group", "repository", "path", "commit", "label", "second", "said", "confidence")
LABELS = {
    "healthy": "healthy",
    "cant_tell": CANT_TELL,
    "memorisation": "memorisation",
    "lr_too_high": TOO_HIGH,
    "lr_too_low": TOO_LOW,
    "staircase": "staircase",
    "overfitting": "overfitting",
    "loss_zero": "loss of 0.0",
}
SHOWN = {  # repository and folder of the log: what the lesson calls it
    "tasfiahmrinmoyee/Gemma3-1B-Instruct-outputs": "Gemma 3 1B, 3 epochs",
    "ShivamGoyal03/MediMind": "BERT large, 10 epochs",
    "BREKOJI/FT-Data-Ranker-1B-NO.5": "falcon-rw-1b, 3 epochs",
    "samyakshrestha/grpo-verified-reasoner": "Qwen3 4B, 3 epochs",
    "Ysn-Ir/medBot-finetuning-part": "Mistral 7B, 1 epoch",
    "merkulovsvt/NLP": "Llama 3.2 1B, 200 steps",
    "ChenguangYang96UCR/KG-LLM": "Llama 2, 5 epochs",
    "Artin200912/mistral-finetune": "Mistral, 295 epochs",
    "aaghaazkhan/law-llm": "Qwen2.5 3B, 1.8 epochs",
    "TANGHULU6/Llama3-8B-Mob": "Llama 3 8B, 3.5 epochs",
    "Rishikarpe/LoRA-Fine-Tuning": "Mistral 7B, 1,000 epochs",
    "Kent0n-Li/ChatDoctor": "LLaMA 7B, 3 epochs",
}
PATHS = {"TANGHULU6/Llama3-8B-Mob": "outputs/checkpoint-3500/trainer_state.json"}  # of several logs, the one shown
KEPT = ("step", "epoch", "loss", "grad_norm", "learning_rate", "eval_loss", "reward")
POINTS = 200  # training losses that a small picture can show


def read(path: str | Path) -> list[dict]:
    """The records of one file, gzipped or not."""
    data = Path(path).read_bytes()
    return json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)


def thin(log: Iterable[dict]) -> list[dict]:
    """A log with at most `POINTS` training losses, each the mean of as many as a longer logging interval would take.

    Of the other figures each block keeps its last one, but a gradient norm that is not a number if it holds one.
    """
    entries = [{key: entry[key] for key in KEPT if isinstance(entry.get(key), (int, float))} for entry in log]
    size = -(-sum("loss" in entry for entry in entries) // POINTS)
    kept: list[dict] = []
    block: list[dict] = []
    for entry in entries:
        if "loss" in entry:
            block.append(entry)
            if len(block) == size:
                kept.append(_merged(block))
                block = []
        elif "eval_loss" in entry:
            kept.append(entry)
    return [{key: float(f"{value:.4g}") for key, value in entry.items()} for entry in kept]


def _merged(block: list[dict]) -> dict:
    odd = {key: value for entry in block for key, value in entry.items() if key == "grad_norm" and value - value != 0}
    return block[-1] | odd | {"loss": sum(entry["loss"] for entry in block) / len(block)}


def judge(records: Iterable[dict]) -> list[dict[str, str]]:
    """The verdicts on labelled logs, as the rows of the table."""
    rows = []
    for record in records:
        said = diagnose(record["log"])
        second = ";".join(LABELS[label] for label in record["second"].split(";") if label)
        places = record.get("set", "new"), record["group"], record["repo"], record["path"], record["commit"]
        rows.append(dict(zip(COLUMNS, (*places, LABELS[record["label"]], second, said.pattern, said.confidence))))
    return rows


def shown(records: Iterable[dict]) -> list[dict]:
    """The records of the dozen, thinned, in the order of `SHOWN`."""
    found = {r["repo"]: r for r in records if r["repo"] in SHOWN and PATHS.get(r["repo"], r["path"]) == r["path"]}
    missing = set(SHOWN) - set(found)
    if missing:
        raise SystemExit(f"The files lack the log of {sorted(missing)[0]}, which lesson 06 shows: give its file, too.")
    rows = []
    for repository, title in SHOWN.items():
        record, log = found[repository], thin(found[repository]["log"])
        second = [LABELS[label] for label in record["second"].split(";") if label]
        place = {"title": title, "repository": repository, "path": record["path"], "commit": record["commit"]}
        rows.append(place | {"label": LABELS[record["label"]], "second": second, "said": diagnose(log).pattern})
        rows[-1]["log_history"] = log
    return rows


def report(verdicts: list[dict[str, str]]) -> str:
    """The figures of each set, and the table of labels against verdicts."""
    lines = []
    sets = {name: [row for row in verdicts if row["set"] == name] for name in dict.fromkeys(r["set"] for r in verdicts)}
    for name, rows in (sets | {"all": verdicts}).items():
        strict, either = agreement(rows)
        rates = [row for row in rows if row["said"] in (TOO_LOW, TOO_HIGH)]
        right = sum(row["said"] == row["label"] for row in rates)
        lines.append(f"{name}: {len(rows)} logs, the label {strict:.0%}, it or a second one {either:.0%}")
        lines[-1] += f"; a rate too low or too high said {len(rates)} times, {right} as labelled"
    for label, row in real_confusion(verdicts).items():
        lines.append(f"{label}: " + ", ".join(f"{said} {row[said]}" for said in (*PATTERNS, CANT_TELL) if row[said]))
    return "\n".join(lines)


def main(paths: list[str]) -> None:
    """Judge and store what the files hold, or print what is stored."""
    records = [record for path in paths for record in read(path)]
    verdicts = judge(records) if paths else real_verdicts()
    if paths:
        table = io.StringIO()
        writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(verdicts)
        blocks = [json.dumps(row) for row in shown(records)]
        write_text(VERDICTS, table.getvalue())
        write_text(REAL, "[\n" + ",\n".join(blocks) + "\n]\n")
    print(report(verdicts))


if __name__ == "__main__":
    main(sys.argv[1:])
