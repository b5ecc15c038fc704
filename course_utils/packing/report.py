"""`packing_report(dataset, tokenizer)` says beforehand what packing would buy on a training set.

Works on any data set that TRL's `SFTTrainer` takes and on any tokenizer. TRL itself tokenizes, cuts and packs (its
trainer's preparation and `trl.pack_dataset`), transformers sorts by length; only the counting and drawing is done here.
It trains nothing: times are estimated from counts of tokens, and the report says so.
"""

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..prepare import check_rows, prepared
from .packs import Piece, isolation_error, packs_of, padding_share

if TYPE_CHECKING:
    from datasets import Dataset
    from matplotlib.figure import Figure

STRATEGIES = ("bfd", "bfd_split", "wrapped")
UNPACKED = ("padded", "by length")
WORTH = 1.15  # a smaller speed-up than this isn't worth a changed batch
LEAK = {"torch.float32": 1e-3}  # an isolation error above this is no rounding; in half precision 0.1
ASSUMPTION = (
    "The speed-up assumes that time goes with the tokens computed, padding included. Attention costs more than that on "
    "a long pack, so that you may get less."
)


@dataclass(frozen=True)
class PackingReport:
    """What `packing_report` found: a notebook shows it as HTML, a terminal as text; ``rows`` is the data.

    Each of ``rows`` is a dict: ``way`` ("padded", "by length" or a strategy), ``rows`` fed to the model in an epoch,
    ``steps`` per epoch at ``batch_size``, ``padding`` (share of the tokens computed), ``unfilled`` (share of the packs'
    room; costs no time with bfd, whose collator computes no padding), ``speedup`` against padded, ``cut`` (tokens cut
    off or dropped), ``split`` (rows in several pieces), ``lost`` (rows whose trained tokens are all gone) and ``mixed``
    (do rows see each other: "no", "yes", or on what it depends). ``lengths`` are the rows' lengths in tokens.
    """

    rows: list[dict[str, object]]
    lengths: list[int]
    max_length: int
    batch_size: int
    recommendation: str

    def __getitem__(self, way: str) -> dict[str, object]:
        """The row of one way, e.g. ``report["bfd"]["steps"]``; raises KeyError when the report doesn't have it."""
        return {row["way"]: row for row in self.rows}[way]

    @property
    def summary(self) -> str:
        """The lengths of the rows, in a sentence."""
        ordered = sorted(self.lengths)
        middle, mean = ordered[len(ordered) // 2], sum(ordered) / len(ordered)
        return (
            f"{len(ordered):,} rows of {mean:.0f} tokens in the mean, {middle} in the median, {ordered[-1]} at most; "
            f"max_length {self.max_length}, {self.batch_size} rows or packs a step."
        )

    def to_dict(self) -> dict[str, object]:
        """The report as plain data for JSON: ``recommendation``, ``summary``, ``rows`` (a dict for each way)."""
        said = {"recommendation": self.recommendation, "summary": self.summary, "assumption": ASSUMPTION}
        return said | {"max_length": self.max_length, "batch_size": self.batch_size, "rows": self.rows}

    def figure(self, title: str, first: int = 24) -> "Figure":
        """The first rows as batches, each way: what is text, what is padding, where a row is cut."""
        strategies = [str(row["way"]) for row in self.rows if row["way"] not in UNPACKED]
        from .drawing import draw_batches

        return draw_batches(self.lengths[:first], self.max_length, self.batch_size, strategies, title)

    def _table(self) -> list[dict[str, str]]:
        return [
            {
                "way": str(row["way"]),
                "rows or packs": f"{row['rows']:,}",
                "steps an epoch": f"{row['steps']:,}",
                "padding": f"{row['padding']:.0%}",
                "speed-up": f"{row['speedup']:.1f}×",
                "room left in packs": "" if row["way"] in UNPACKED else f"{row['unfilled']:.0%}",
                "tokens cut off": f"{row['cut']:,}",
                "rows split": f"{row['split']:,}",
                "rows lost": f"{row['lost']:,}",
                "rows see each other": str(row["mixed"]),
            }
            for row in self.rows
        ]

    def __repr__(self) -> str:
        table = self._table()
        width = {key: max(len(key), *(len(row[key]) for row in table)) for key in table[0]}
        lines = ["  ".join(key.ljust(n) for key, n in width.items())]
        lines += ["  ".join(row[key].ljust(n) for key, n in width.items()) for row in table]
        return "\n".join([self.recommendation, "", self.summary, *lines, ASSUMPTION])

    def _repr_html_(self) -> str:
        left = "style='text-align:left'"
        table = self._table()
        head = "".join(f"<th scope='col' {left}>{html.escape(key)}</th>" for key in table[0])
        body = "".join(
            "<tr>" + "".join(f"<td {left}>{html.escape(value)}</td>" for value in row.values()) + "</tr>"
            for row in table
        )
        return (
            f"<p><b>{html.escape(self.recommendation)}</b></p><p>{html.escape(self.summary)}</p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p><small>{ASSUMPTION}</small></p>"
        )


def packing_report(
    dataset: "Dataset",
    tokenizer,
    max_length: int = 1024,
    batch_size: int = 8,
    strategies: Sequence[str] = STRATEGIES,
    model=None,
    formatting_func: Callable[[dict], str] | None = None,
    **settings: object,
) -> PackingReport:
    """What packing would buy on a data set, before anything is trained.

    Args:
        dataset: rows in any form that `SFTTrainer` takes: ``text``, ``prompt`` and ``completion``, ``messages``,
            ``input_ids``, or any columns with a `formatting_func`.
        tokenizer: any; it is not changed.
        max_length: where rows are cut, and how many tokens a pack holds.
        batch_size: rows or packs per optimizer step.
        strategies: which of TRL's ways to pack are compared.
        model: if given, it is tried whether its packed rows see each other (see `isolation_error`).
        settings: what else you will give to `SFTConfig` and changes the tokens or labels, such as
            ``chat_template_path`` and ``assistant_only_loss``.

    Raises:
        ValueError: in one sentence that says what to do, for data that TRL can't read and settings that make no sense.
    """
    _check(dataset, tokenizer, max_length, batch_size, strategies, formatting_func, settings)
    whole = prepared(dataset, tokenizer, formatting_func, {"max_length": None} | settings)
    ids, labels = list(whole["input_ids"]), list(whole["labels"])
    lengths = [len(row) for row in ids]
    numbered = whole.select_columns(["input_ids", "labels"]).add_column("row", range(len(whole)))
    cut = prepared(numbered, tokenizer, None, settings | {"max_length": max_length})
    kept = list(zip(cut["row"], map(len, cut["input_ids"])))

    rows = [_counted(way, [[(i, 0, n)] for i, n in kept], labels, max_length, batch_size) for way in UNPACKED]
    for strategy in strategies:
        rows.append(_counted(strategy, packs_of(lengths, max_length, strategy), labels, max_length, batch_size))
    for row in rows:
        row["speedup"] = rows[0]["computed"] / max(1, row["computed"])
        row["mixed"] = "yes" if row["way"] == "wrapped" else "no"
        if row["way"] not in (*UNPACKED, "wrapped"):
            row["mixed"] = _mixed(model, [row for row in ids if len(row) > 1])
    advice = _recommendation(rows, lengths, max_length, batch_size)
    return PackingReport(rows, lengths, max_length, batch_size, advice)


def _check(dataset, tokenizer, max_length, batch_size, strategies, formatting_func, settings) -> None:
    if not hasattr(dataset, "column_names") or not hasattr(dataset, "__len__") or isinstance(dataset, dict):
        raise ValueError(
            f"packing_report needs a Dataset whose rows it can count, not a {type(dataset).__name__}: pass one split, "
            "or Dataset.from_list(list(rows))."
        )
    if len(dataset) == 0:
        raise ValueError("The data set has no rows: give it at least one.")
    for name, value in (("max_length", max_length), ("batch_size", batch_size)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name}={value!r} is no number of tokens or rows: give a whole number of 1 or more.")
    for strategy in strategies:
        if strategy not in STRATEGIES:
            raise ValueError(f"There is no packing strategy {strategy!r}: choose from {', '.join(STRATEGIES)}.")
    check_rows(dataset, tokenizer, formatting_func, settings)


def _counted(way: str, fed: list[list[Piece]], labels, max_length: int, batch_size: int) -> dict[str, object]:
    """The figures of one way, from the pieces that are fed to the model in an epoch."""
    widths = [sum(n for _, _, n in pieces) for pieces in fed]
    tokens, whole = sum(widths), sum(map(len, labels))
    padding = 0.0 if way in ("bfd", "bfd_split") else padding_share(widths, batch_size, by_length=way == "by length")
    trained, pieces_of = [0] * len(labels), [0] * len(labels)
    for row, start, n in (piece for pieces in fed for piece in pieces):
        # what opens a piece can't be predicted from anything before it
        trained[row] += sum(label != -100 for label in labels[row][start + 1 : start + n])
        pieces_of[row] += 1
    had = [any(label != -100 for label in row[1:]) for row in labels]
    return {
        "way": way,
        "rows": len(fed),
        "steps": math.ceil(len(fed) / batch_size),
        "padding": padding,
        "unfilled": 1 - tokens / (max_length * max(1, len(fed))),
        "computed": round(tokens / (1 - padding)),
        "cut": whole - tokens,
        "split": sum(n > 1 for n in pieces_of),
        "lost": sum(h and not t for h, t in zip(had, trained)),
    }


def _mixed(model, rows: list[list[int]]) -> str:
    if model is None:
        return "if the model ignores position ids"
    if len(rows) < 2:
        return "not judged: fewer than two rows"
    error = isolation_error(model, [row[:64] for row in rows[:3]])
    return "yes" if error > LEAK.get(str(model.dtype), 0.1) else "no"


def _recommendation(rows: list[dict], lengths: list[int], max_length: int, batch_size: int) -> str:
    padded, grouped = rows[:2]
    packed = [row for row in rows[2:] if row["way"] != "wrapped" and row["mixed"] != "yes"]
    says = []
    if not packed:
        says.append("Don't pack this way: rows would see each other.")
    elif packed[0]["speedup"] < WORTH:
        says.append(f"Packing buys nothing here: only {padded['padding']:.0%} of a padded batch is padding.")
    else:
        best = packed[0]
        says.append(
            f"Pack with {best['way']}: {padded['padding']:.0%} of a padded batch is padding, and an epoch should take "
            f"about {best['speedup']:.1f} times less time."
        )
        if grouped["speedup"] >= WORTH:
            says.append(
                'Batches of like length (train_sampling_strategy="group_by_length") would give '
                f"{grouped['speedup']:.1f} times without fewer steps."
            )
        per_pack = (1 - best["unfilled"]) * max_length
        same = max(1, round(batch_size * sum(lengths) / len(lengths) / per_pack))
        if best["steps"] < 0.8 * padded["steps"]:
            says.append(
                f"Fewer optimizer steps: with {batch_size} packs a step an epoch has {best['steps']:,} in place of "
                f"{padded['steps']:,}, so take {same} a step for about as many tokens as before, or adjust epochs and "
                "learning rate."
            )
    longer = sum(n > max_length for n in lengths)
    if longer:
        lost = padded["lost"]
        says.append(
            f"{longer:,} of the rows are longer than {max_length} tokens and get cut"
            f"{f', {lost:,} of them lose all that is trained' if lost else ''}: raise max_length or shorten them."
        )
    return " ".join(says)
