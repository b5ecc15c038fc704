"""Batches as a picture: what is text, what is padding, where a row is cut."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from .. import plot
from .packs import Piece, packs_of

UNPACKED = ("padded", "by length")


def draw_batches(
    lengths: Sequence[int],
    max_length: int = 1024,
    batch_size: int = 8,
    strategies: Sequence[str] = ("bfd", "wrapped"),
    title: str = "The same rows as batches",
) -> Figure:
    """Rows of these lengths as batches: padded, by length, and packed. A colour is a row, hatched grey is padding.

    Every token takes the same area in every panel. A black edge marks where a row is cut, whether its rest comes in
    another pack or is thrown away.
    """
    ordered = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    ways = {"padded": [[(i, 0, min(n, max_length))] for i, n in enumerate(lengths)]}
    ways["by length"] = [ways["padded"][i] for i in ordered]
    ways |= {strategy: packs_of(lengths, max_length, strategy) for strategy in strategies}
    bars = [len(fed) + 0.7 * (len(fed) / batch_size + 1) for fed in ways.values()]
    heights = [max(bars[i : i + 2]) for i in range(0, len(bars), 2)]
    size = (9, 0.8 + 0.62 * len(heights) + 0.11 * sum(heights))
    layout = {"height_ratios": [h + 2 for h in heights]}
    figure, grid = plot.plt.subplots(
        len(heights), 2, figsize=size, sharex=True, sharey="row", squeeze=False, gridspec_kw=layout
    )
    for axes, (way, fed) in zip(grid.flat, ways.items()):
        padding = _draw_way(axes, fed, lengths, batch_size, padded=not way.startswith("bfd"))
        fed_as = "rows" if way in UNPACKED else "packs"
        axes.set_title(f"{way}: {len(fed)} {fed_as}, {padding:.0%} padding", fontsize=10)
        axes.set(yticks=[], xlim=(0, max_length))
        axes.grid(visible=False)
    for axes in grid.flat[len(ways) :]:
        axes.set_visible(False)
    for row, height in zip(grid, heights):
        row[0].set_ylim(height - 0.7, -0.7)
    for axes in grid[-1]:
        axes.set_xlabel("tokens")
    padding = Patch(facecolor="#bbbbbb", hatch="/////", edgecolor="white", label="padding")
    handles = [Patch(color=plot.BLUE, label="a colour is a row"), padding, Patch(color="black", label="a row is cut")]
    figure.legend(handles=handles, loc="outside lower center", ncol=3, frameon=False, fontsize=9)
    figure.suptitle(title, x=0.01, ha="left", weight="bold")
    return figure


def _draw_way(axes, fed: list[list[Piece]], lengths: Sequence[int], batch_size: int, padded: bool) -> float:
    """Draws one panel, a gap between batches; returns the share of padding in it."""
    y = computed = 0.0
    for at in range(0, len(fed), batch_size):
        batch = fed[at : at + batch_size]
        widest = max(sum(n for *_, n in pieces) for pieces in batch)
        for pieces in batch:
            x = 0
            for row, start, n in pieces:
                axes.barh(y, n, left=x, height=0.92, color=plot.PALETTE[row % 5], edgecolor="white", linewidth=0.4)
                for is_cut, edge in ((start > 0, x), (start + n < lengths[row], x + n)):
                    if is_cut:
                        axes.plot([edge, edge], [y - 0.38, y + 0.38], color="black", linewidth=3, clip_on=False)
                x += n
            width = widest if padded else x
            axes.barh(y, width - x, left=x, height=0.92, color="#bbbbbb", hatch="/////", edgecolor="white", linewidth=0)
            computed += width
            y += 1
        y += 0.7
    return 1 - sum(n for pieces in fed for *_, n in pieces) / computed
