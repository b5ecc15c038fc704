"""How the course draws: one palette, one way to show a figure with its alt text, and the few figures lessons share.

It draws what it is given and measures nothing. Every figure stands on white, so that it reads in dark mode too.
"""

import io
import textwrap
from collections.abc import Sequence

import matplotlib

matplotlib.use("agg")  # figures are shown by `show`, never by a window
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

# Okabe & Ito's colour-blind-safe palette (2008)
BLUE, ORANGE, GREEN, PINK, SKY, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#777777"
PALETTE = (BLUE, ORANGE, GREEN, PINK, SKY, GREY)

plt.rcParams.update(
    {
        "figure.figsize": (7, 3.6),
        "figure.dpi": 110,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        "figure.constrained_layout.use": True,
        "axes.prop_cycle": matplotlib.cycler(color=PALETTE),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.grid": True,
        "grid.alpha": 0.25,
        "font.size": 10,
    }
)


def show(figure: Figure, alt: str) -> None:
    """Display a figure in the notebook with a text for those who can't see it, and close it."""
    from IPython.display import display

    if len(alt.split()) < 4:
        raise ValueError("The alt text says in a sentence what the figure shows: write at least four words.")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    display({"image/png": buffer.getvalue(), "text/plain": alt}, raw=True, metadata={"image/png": {"alt": alt}})


def interval_bars(groups: dict[str, tuple[float, float, float]], title: str, xlabel: str) -> Figure:
    """One horizontal bar a group, from its mean and the two ends of an interval: see `evaluate.mean_intervals`.

    Groups named "format, base" and "format, after SFT" are drawn as pairs: what follows the comma gives the colour.
    """
    kinds = list(dict.fromkeys(name.split(", ")[-1] if ", " in name else "" for name in groups))
    figure, axes = plt.subplots(figsize=(7, 0.9 + 0.45 * len(groups)))
    for y, (name, (mean, low, high)) in enumerate(groups.items()):
        colour = PALETTE[kinds.index(name.split(", ")[-1]) if ", " in name else 0]
        axes.barh(y, mean, color=colour, height=0.6)
        axes.plot([low, high], [y, y], color="black", linewidth=1.5)
        axes.annotate(f"{mean:.2f}", (max(high, mean), y), xytext=(5, 0), textcoords="offset points", va="center")
    axes.set(yticks=range(len(groups)), yticklabels=list(groups), xlabel=xlabel, title=title)
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.grid(axis="y", visible=False)
    return figure


def loss_curve(log_history: list[dict], title: str) -> Figure:
    """Training loss against optimizer steps, from ``trainer.state.log_history``."""
    logs = [entry for entry in log_history if "loss" in entry]
    figure, axes = plt.subplots()
    axes.plot([e["step"] for e in logs], [e["loss"] for e in logs], marker="o", markersize=3)
    axes.set(xlabel="optimizer step", ylabel="training loss (nats per token)", title=title, ylim=(0, None))
    return figure


def seed_line(axes: Axes, groups: dict[float, Sequence[float]], label: str, colour: str) -> None:
    """Adds one dot a seed and a line through the means: {learning rate or count: the score of each seed}."""
    axes.plot(list(groups), [sum(values) / len(values) for values in groups.values()], color=colour, label=label)
    x = [place for place, values in groups.items() for _ in values]
    axes.plot(x, [value for values in groups.values() for value in values], "o", color=colour, markersize=4)


def text_panels(texts: dict[str, str], title: str, columns: int = 3, width: int = 36) -> Figure:
    """Texts side by side in boxes, each under its heading: for a before/after that should be seen as a picture."""
    wrapped = {
        head: "\n".join(line for part in text.split("\n") for line in textwrap.wrap(part, width) or [""])
        for head, text in texts.items()
    }
    lines = max(t.count("\n") + 1 for t in wrapped.values())
    rows = -(-len(texts) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(3.4 * columns, (0.9 + 0.2 * lines) * rows), squeeze=False)
    for i, (axis, (head, text)) in enumerate(zip(axes.flat, wrapped.items())):
        axis.set(xticks=[], yticks=[])
        axis.set_title(head, color=PALETTE[i % len(PALETTE)], fontsize=11)
        axis.text(0.03, 0.96, text, va="top", fontsize=10, linespacing=1.35)
        for spine in axis.spines.values():
            spine.set(visible=True, color=PALETTE[i % len(PALETTE)], linewidth=1.5)
    figure.suptitle(title, x=0.01, ha="left", weight="bold")
    return figure
