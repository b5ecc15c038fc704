"""What the pages that answer need: data of the course, as scripts that a page read from a folder can load.

A page in a folder may not fetch files, so each piece is a script that sets one variable. Nothing is trained here.
"""

import json
from pathlib import Path

from course_utils import diagnose
from course_utils.stored_runs import EPOCHS, RATES, stored

SIZES = (5, 20, 50, 100, 300, 1000)
VARIED = {
    "learning rate (100 rows, 3 epochs)": {rate: f"100 rows, rate {rate}" for rate in RATES},
    "epochs (50 rows)": {str(epochs): f"50 rows, {epochs} epochs" for epochs in EPOCHS},
    "rows (60 steps each)": {str(rows): f"{rows} rows, 60 steps" for rows in SIZES},
}


def _log(run: dict) -> list[dict]:
    """The curves of a stored run as the trainer logs them."""
    norms = dict(map(tuple, run["curves"]["grad_norm"]))
    trained = [{"step": step, "loss": loss, "grad_norm": norms[step]} for step, loss in run["curves"]["loss"]]
    return trained + [{"step": step, "eval_loss": loss} for step, loss in run["curves"].get("eval_loss", [])]


def curves() -> dict[str, dict[str, list[dict]]]:
    """For each thing varied and each value the runs: their curves, score, and the diagnosis of their log."""
    found: dict[str, dict[str, list[dict]]] = {}
    for what, values in VARIED.items():
        found[what] = {}
        for value, name in values.items():
            runs = found[what][value] = []
            for run in stored(name):
                said = diagnose.diagnose(_log(run))
                runs.append(
                    {
                        "seed": run["seed"],
                        "loss": run["curves"]["loss"],
                        "eval_loss": run["curves"].get("eval_loss", []),
                        "strict": run["strict"],
                        "pattern": said.pattern,
                        "evidence": list(said.findings[0].evidence),
                    }
                )
    return found


def write(folder: Path) -> None:
    """Writes the data beside the pages' own scripts."""
    folder.mkdir(parents=True, exist_ok=True)
    data = {"patterns": [*diagnose.PATTERNS, diagnose.CANT_TELL], "runs": curves()}
    (folder / "curves_data.js").write_text(f"window.COURSE_CURVES = {json.dumps(data)};\n", encoding="utf-8")
