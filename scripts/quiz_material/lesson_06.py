"""Lesson 06: logs of runs whose fault was planted, and of public runs that a person has labelled."""

import math

from course_utils.diagnosed_runs import real_runs, stored_logs

from . import Picture, Situation, table

PLANTED = {"too low a learning rate": "a", "overfitting": "b", "loss of 0.0": "c", "healthy": "d"}
# a held-out run for each question, by the start of its name
OWN = {"06-q1": "free 322", "06-q2": "support 382", "06-q3": "describe 310", "06-q4": "describe 331"}
LABELLED = {"healthy": "a", "staircase": "b", "too high a learning rate": "c", "memorisation": "d"}
PUBLIC = {
    "06-q5": "Llama 3 8B, 3.5 epochs",
    "06-q6": "Gemma 3 1B, 3 epochs",
    "06-q7": "Mistral, 295 epochs",
    "06-q8": "LLaMA 7B, 3 epochs",
}
COLUMNS = ("loss", "grad_norm", "eval_loss")


def _number(value: float | None) -> str:
    return "" if value is None else "nan" if math.isnan(value) else f"{value:.4g}"


def _thin(history: list[dict], most: int = 14) -> str:
    """About `most` lines of a log, evenly spread; an evaluation stays with its step."""
    steps: dict[float, dict] = {}
    for entry in history:
        if any(column in entry for column in COLUMNS):
            steps.setdefault(entry["step"], {}).update(entry)
    checked = [step for step, entry in steps.items() if "eval_loss" in entry]
    plain = [step for step in steps if step not in checked]
    kept = {*_spread(checked, most // 2), *_spread(plain, most - min(len(checked), most // 2)), max(steps)}
    columns = [column for column in COLUMNS if any(column in steps[step] for step in kept)]
    epochs = [steps[step].get("epoch", 0) for step in sorted(kept)]
    if epochs == sorted(epochs):  # a run that was resumed may count them anew
        columns.insert(0, "epoch")
    return table(("step", *columns), [(f"{n:.0f}", *(_number(steps[n].get(c)) for c in columns)) for n in sorted(kept)])


def _spread(items: list[float], most: int) -> list[float]:
    if len(items) <= most:
        return items
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]


def _drawn(curves: dict[str, list[tuple[float, float]]]):
    """The two losses on the left, the norm of the gradients on the right."""
    from course_utils import plot

    figure, (left, right) = plot.plt.subplots(1, 2, figsize=(8, 3))
    for name, line in (("training loss", "o-"), ("validation loss", "s--")):
        left.plot(*zip(*curves[name]), line, markersize=3, label=name)
    left.set(xlabel="optimizer step", ylabel="nats per token", title="the two losses")
    right.plot(*zip(*curves["gradient norm"]), "o-", markersize=3, color=plot.GREEN)
    right.set(xlabel="optimizer step", ylabel="gradient norm", title="how hard the data pull")
    for axes in (left, right):
        low, high = axes.get_ylim()
        axes.set_ylim(min(0, low), max(high, 0.1))
    left.legend(fontsize=8)
    return figure


def _picture(history: list[dict]) -> Picture:
    """The curves of a run; the text names first, lowest and last value of each."""
    columns = {"training loss": "loss", "validation loss": "eval_loss", "gradient norm": "grad_norm"}
    curves = {name: [(e["step"], e[column]) for e in history if column in e] for name, column in columns.items()}
    parts = []
    for name, points in curves.items():
        (first, start), (last, end) = points[0], points[-1]
        place, lowest = min(points, key=lambda point: point[1])
        ends = f"{name} {start:.2f} at step {first:.0f}, {end:.2f} at step {last:.0f}"
        parts.append(f"{ends}, lowest {lowest:.2f} at step {place:.0f}")
    return Picture(curves, _drawn, f"Two panels of curves over optimizer steps: {'; '.join(parts)}.")


def situations() -> dict[str, Situation]:
    """Four planted runs and four public ones, each with the key of its pattern."""
    planted, public = stored_logs("held_out"), {run.title: run for run in real_runs()}
    made = {}
    for name, start in OWN.items():
        run = next(run for run in planted if run.name.startswith(start))
        made[name] = Situation("", PLANTED[run.pattern], _picture(run.log_history))
    for name, title in PUBLIC.items():
        made[name] = Situation(_thin(public[title].log_history), LABELLED[public[title].label])
    return made
