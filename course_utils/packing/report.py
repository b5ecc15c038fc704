"""`packing_report(dataset, tokenizer)` says beforehand what packing would buy on a training set.

Works on any data set that TRL's `SFTTrainer` takes and on any tokenizer. TRL itself tokenizes, cuts and packs (its
trainer's preparation and `trl.pack_dataset`), transformers sorts by length; only the counting and drawing is done here.
It trains nothing: times are estimated from counts of tokens, and the report says so.
"""

import html
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..table import as_html, as_lines
from ..trl_preparation import chat_of, check_rows, prepared
from ..xray.marking import rendered
from ..xray.token import IGNORED
from .packs import Pieces, isolation_error, padding_share, pieces_of

if TYPE_CHECKING:
    from datasets import Dataset
    from matplotlib.figure import Figure

STRATEGIES = ("bfd", "bfd_split", "wrapped")
UNPACKED = ("padded", "by length")
WORTH = 1.15  # a smaller speed-up than this isn't worth a changed batch
LOOKED = 100  # rows in which the template is asked for left-out texts
LEAK = {"torch.float32": 1e-3}  # an isolation error above this is no rounding; in half precision 0.1
ASSUMPTION = (
    "The speed-up assumes that the time is proportional to the tokens computed, padding included. On a long pack, "
    "attention costs more than that, so you may get less."
)


@dataclass(frozen=True)
class PackingReport:
    """What `packing_report` found: a notebook shows it as HTML, a terminal as text; ``rows`` is the data.

    Each of ``rows`` is a dict: ``way`` ("padded", "by length" or a strategy), ``rows`` fed to the model in an epoch,
    ``steps`` per epoch at ``batch_size``, ``padding`` (share of the tokens computed), ``unfilled`` (share of the packs'
    room; costs no time with bfd, whose collator computes no padding), ``speedup`` against padded, ``cut`` (tokens cut
    off or dropped), ``split`` (rows in several pieces), ``lost`` (rows whose trained tokens are all gone) and ``mixed``
    (do rows see each other: "no", "yes", or on what it depends). ``lengths`` are the rows' lengths in tokens.
    ``notes`` are sentences on what is odd, such as texts that the chat template leaves out.
    """

    rows: list[dict[str, object]]
    lengths: list[int]
    max_length: int
    batch_size: int
    recommendation: str
    notes: tuple[str, ...] = ()

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
            f"max_length {self.max_length}, {self.batch_size} rows or packs per step."
        )

    def to_dict(self) -> dict[str, object]:
        """The report as plain data for JSON: ``recommendation``, ``summary``, ``rows`` (a dict for each way)."""
        said = {
            "recommendation": self.recommendation,
            "notes": list(self.notes),
            "summary": self.summary,
            "assumption": ASSUMPTION,
        }
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
                "steps per epoch": f"{row['steps']:,}",
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
        return "\n".join([*self.notes, self.recommendation, "", self.summary, as_lines(self._table()), ASSUMPTION])

    def _repr_html_(self) -> str:
        said = "".join(f"<p><b>{html.escape(text)}</b></p>" for text in (*self.notes, self.recommendation))
        return f"{said}<p>{html.escape(self.summary)}</p>{as_html(self._table())}<p><small>{ASSUMPTION}</small></p>"


def packing_report(
    dataset: "Dataset",
    tokenizer,
    max_length: int = 1024,
    batch_size: int = 8,
    strategies: Sequence[str] = STRATEGIES,
    model=None,
    formatting_func: Callable[[dict], str] | None = None,
    sample: int | None = None,
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
        sample: how many rows to look at, drawn at random with a fixed seed, where all would take too long (50,000 rows
            take about a minute); the report then says so.
        settings: what else you will give to `SFTConfig` and changes the tokens or labels, such as
            ``chat_template_path`` and ``assistant_only_loss``.

    Raises:
        ValueError: in one sentence that says what to do, for data that TRL can't read and settings that make no sense.
    """
    _check(dataset, max_length, batch_size, strategies, sample)
    notes = []
    if sample is not None and sample < len(dataset):
        notes.append(f"A sample of {sample:,} of the {len(dataset):,} rows: its counts are not those of all rows.")
        dataset = dataset.select(sorted(random.Random(0).sample(range(len(dataset)), sample)))
    check_rows(dataset, tokenizer, formatting_func, settings)
    whole, its_tokenizer = prepared(dataset, tokenizer, formatting_func, {"max_length": None} | settings)
    notes += _left_out(dataset, its_tokenizer) if formatting_func is None else []
    labels = _Labels(whole)
    counts = {"max_length": max_length, "batch_size": batch_size}
    fed = labels.cut(max_length, str(settings.get("truncation_mode", "keep_start")))
    rows = [_counted(way, fed, labels, **counts) for way in UNPACKED]
    for strategy in strategies:
        rows.append(_counted(strategy, pieces_of(labels.lengths, max_length, strategy), labels, **counts))
    for row in rows:
        row["speedup"] = rows[0]["computed"] / max(1, row["computed"])
        row["mixed"] = "yes" if row["way"] == "wrapped" else "no"
        if row["way"] not in (*UNPACKED, "wrapped"):
            row["mixed"] = _mixed(model, whole, labels)
    lengths = labels.lengths.tolist()
    advice = _recommendation(rows, lengths, max_length, batch_size)
    return PackingReport(rows, lengths, max_length, batch_size, advice, tuple(notes))


def _check(dataset, max_length, batch_size, strategies, sample) -> None:
    if not hasattr(dataset, "column_names") or not hasattr(dataset, "__len__") or isinstance(dataset, dict):
        raise ValueError(
            f"packing_report needs a Dataset whose rows it can count, not a {type(dataset).__name__}: pass one split, "
            "or Dataset.from_list(list(rows))."
        )
    if len(dataset) == 0:
        raise ValueError("The data set has no rows: give it at least one.")
    numbers = {"max_length": max_length, "batch_size": batch_size} | ({} if sample is None else {"sample": sample})
    for name, value in numbers.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name}={value!r} is no number of tokens or rows: give a whole number of 1 or more.")
    for strategy in strategies:
        if strategy not in STRATEGIES:
            raise ValueError(f"There is no packing strategy {strategy!r}: choose from {', '.join(STRATEGIES)}.")


def _left_out(dataset, tokenizer) -> list[str]:
    """A sentence when the chat template swallows what somebody says, as it does with roles it doesn't know."""
    looked = sorted({i * len(dataset) // LOOKED for i in range(LOOKED)})
    swallowed = []
    for number, row in zip(looked, dataset.select(looked)):
        chat = chat_of(row)
        whole = rendered(tokenizer, chat[0], chat[1], **chat[2]) if chat else None
        said = [part for part in whole.missing if part.role in ("user", "assistant", "text")] if whole else []
        swallowed += [(number, chat[0][said[0].turn].get("role"))] if said else []
    if not swallowed:
        return []
    number, role = swallowed[0]
    return [
        f"The chat template leaves out texts of {len(swallowed)} of the {len(looked)} rows looked at, first of row "
        f"{number}, role {role!r}: name the roles user and assistant, or use a template that knows yours."
    ]


# --- Counting -------------------------------------------------------------------------------------------------------


class _Labels:
    """The rows' lengths in tokens, and how many of the first tokens of all rows laid end to end are trained."""

    def __init__(self, whole: "Dataset"):
        lists = whole.select_columns(["labels"]).with_format("arrow")[:]["labels"].combine_chunks()
        self.lengths = lists.value_lengths().to_numpy()
        self.offsets = np.concatenate([[0], np.cumsum(self.lengths)])
        self.before = np.concatenate([[0], np.cumsum(lists.flatten().to_numpy() != IGNORED)])

    def trained(self, row: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """How many tokens of these rows are trained, from one place to before another."""
        at = self.offsets[row]
        return self.before[at + np.maximum(start, end)] - self.before[at + start]

    def cut(self, max_length: int, mode: str) -> Pieces:
        """The rows cut at a length, without those that TRL drops then, as nothing of them is trained."""
        rows = np.arange(len(self.lengths))
        tokens = np.minimum(self.lengths, max_length)
        start = self.lengths - tokens if mode == "keep_end" else np.zeros_like(tokens)
        kept = rows[self.trained(rows, start, start + tokens) > 0]
        return Pieces(np.arange(len(kept)), kept, start[kept], tokens[kept])


def _counted(way: str, fed: Pieces, labels: _Labels, max_length: int, batch_size: int) -> dict[str, object]:
    """The figures of one way, from the pieces that are fed to the model in an epoch."""
    widths, count = fed.widths, len(labels.lengths)
    tokens = int(widths.sum())
    padding = 0.0 if way in ("bfd", "bfd_split") else padding_share(widths, batch_size, by_length=way == "by length")
    # what opens a piece can't be predicted from anything before it
    trained = np.bincount(fed.row, labels.trained(fed.row, fed.start + 1, fed.start + fed.tokens), minlength=count)
    rows = np.arange(count)
    had = labels.trained(rows, np.minimum(1, labels.lengths), labels.lengths)
    return {
        "way": way,
        "rows": len(widths),
        "steps": math.ceil(len(widths) / batch_size),
        "padding": padding,
        "unfilled": 1 - tokens / (max_length * max(1, len(widths))),
        "computed": round(tokens / (1 - padding)),
        "cut": int(labels.lengths.sum()) - tokens,
        "split": int((np.bincount(fed.row, minlength=count) > 1).sum()),
        "lost": int(((had > 0) & (trained == 0)).sum()),
    }


def _mixed(model, whole: "Dataset", labels: _Labels) -> str:
    if model is None:
        return "if the model ignores position ids"
    rows = np.flatnonzero(labels.lengths > 1)[:3]
    if len(rows) < 2:
        return "not judged: fewer than two rows"
    error = isolation_error(model, [row[:64] for row in whole.select(rows)["input_ids"]])
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
                'Batches of similar length (train_sampling_strategy="group_by_length") would give '
                f"{grouped['speedup']:.1f} times without fewer steps."
            )
        per_pack = (1 - best["unfilled"]) * max_length
        same = max(1, round(batch_size * sum(lengths) / len(lengths) / per_pack))
        if best["steps"] < 0.8 * padded["steps"]:
            says.append(
                f"Fewer optimizer steps: with {batch_size} packs per step, an epoch has {best['steps']:,} steps "
                f"instead of {padded['steps']:,}. Take {same} per step, which holds about as many tokens as before, or "
                "adjust epochs and learning rate."
            )
    longer = sum(n > max_length for n in lengths)
    if longer:
        lost = padded["lost"]
        says.append(
            f"{longer:,} of the rows are longer than {max_length} tokens and get cut"
            f"{f', {lost:,} of them lose all that is trained' if lost else ''}: raise max_length or shorten them."
        )
    return " ".join(says)
