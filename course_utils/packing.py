"""`packing_report(dataset, tokenizer)` says beforehand what packing would buy on a training set.

Works on any data set that TRL's `SFTTrainer` takes and on any tokenizer. TRL itself tokenizes, cuts and packs (its
trainer's preparation and `trl.pack_dataset`), transformers sorts by length; only the counting and drawing is done here.
It trains nothing: times are estimated from counts of tokens, and the report says so.
"""

import copy
import html
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .start import checkpointing

if TYPE_CHECKING:
    from datasets import Dataset
    from matplotlib.figure import Figure

STRATEGIES = ("bfd", "bfd_split", "wrapped")
UNPACKED = ("padded", "by length")
SHUFFLES = 20  # over which the padding of random batches is averaged
WORTH = 1.15  # a smaller speed-up than this isn't worth a changed batch
LEAK = {"torch.float32": 1e-3}  # an isolation error above this is no rounding; in half precision 0.1
ASSUMPTION = (
    "The speed-up assumes that time goes with the tokens computed, padding included. Attention costs more than that on "
    "a long pack, so that you may get less."
)

Piece = tuple[int, int, int]  # number of the row, its first token in this piece, number of tokens


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

    def figure(self, title: str, first: int = 24) -> "Figure":
        """The first rows as batches, each way: what is text, what is padding, where a row is cut."""
        strategies = [str(row["way"]) for row in self.rows if row["way"] not in UNPACKED]
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
    whole = _prepared(dataset, tokenizer, formatting_func, {"max_length": None} | settings)
    ids, labels = list(whole["input_ids"]), list(whole["labels"])
    lengths = [len(row) for row in ids]
    numbered = whole.select_columns(["input_ids", "labels"]).add_column("row", range(len(whole)))
    cut = _prepared(numbered, tokenizer, None, settings | {"max_length": max_length})
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


def packs_of(lengths: Sequence[int], max_length: int, strategy: str) -> list[list[Piece]]:
    """Rows of these lengths as `trl.pack_dataset` packs them: for each pack its pieces, in order."""
    from datasets import Dataset
    from trl import pack_dataset

    # the "tokens" that are packed are their own addresses: which row, and where in it
    columns = {"row": [[i] * n for i, n in enumerate(lengths)], "place": [list(range(n)) for n in lengths]}
    packed = pack_dataset(Dataset.from_dict(columns), max_length, strategy)
    packs = []
    for numbers, places in zip(packed["row"], packed["place"]):
        pieces: list[Piece] = []
        for row, place in zip(numbers, places):
            if pieces and pieces[-1][0] == row and sum(pieces[-1][1:]) == place:
                pieces[-1] = (row, pieces[-1][1], pieces[-1][2] + 1)
            else:
                pieces.append((row, place, 1))
        packs.append(pieces)
    return packs


def isolation_error(model, rows: Sequence[Sequence[int]]) -> float:
    """How far packing changes what a model says: the largest change of a logit against each row alone.

    In standard deviations of the logits, so that models can be compared: rounding gives about 1e-5 in float32, rows
    that see each other 0.1 and more. `rows` are token ids. They are packed as bfd's collator does it, and the model is
    called as the trainer calls it, without a cache. Raises ValueError for fewer than two rows, and for an empty one.
    """
    import torch
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    if len(rows) < 2 or not all(len(row) for row in rows):
        raise ValueError("One row can't see another: give isolation_error two rows of tokens or more.")
    flat = [{"input_ids": [i for row in rows for i in row], "seq_lengths": [len(row) for row in rows]}]
    batch = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)(flat)
    inputs = {k: v.to(model.device) if hasattr(v, "to") else v for k, v in batch.items() if k != "labels"}
    was_training = model.training
    model.eval()
    with torch.no_grad():
        packed = model(**inputs, use_cache=False).logits[0].float()
        each = [model(input_ids=torch.tensor([list(row)]).to(model.device), use_cache=False).logits[0] for row in rows]
    model.train(was_training)
    alone = torch.cat(each).float()
    return float((packed - alone).abs().max() / alone.std())


# --- Reading --------------------------------------------------------------------------------------------------------


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
    if formatting_func is not None:
        text = formatting_func(dataset[0])
        if not isinstance(text, str):
            raise ValueError(
                f"formatting_func returned a {type(text).__name__} for row 0: it gets one row and returns one text."
            )
    if formatting_func is not None or "input_ids" in dataset.column_names:
        return
    text = str(settings.get("dataset_text_field", "text"))
    forms = (("messages",), ("conversations",), ("prompt", "completion"), (text,))
    columns = next((form for form in forms if set(form) <= set(dataset.column_names)), None)
    if columns is None:
        found = ", ".join(dataset.column_names)
        raise ValueError(
            f"TRL finds nothing to train on in the columns {found}: name them text, messages, or prompt and "
            "completion, or pass a formatting_func that makes one text of a row."
        )
    for i, row in enumerate(dataset.select_columns(list(columns))):
        for name, value in row.items():
            if value is None or not len(value):
                raise ValueError(f"Row {i} (counted from 0) has no {name}: fill it in or delete the row.")
    chat = not isinstance(dataset[0][columns[-1]], str)
    if chat and not (tokenizer.chat_template or settings.get("chat_template_path")):
        raise ValueError("The rows are chats and this tokenizer has no chat template: pass chat_template_path=….")


def _prepared(dataset, tokenizer, formatting_func, settings) -> "Dataset":
    """The data set as TRL's trainer prepares it: ``input_ids`` and ``labels``, cut at ``max_length``, not packed."""
    from transformers import Qwen3Config, Qwen3ForCausalLM
    from trl import SFTConfig, SFTTrainer

    # the trainer wants a model: the smallest that knows the tokenizer's words
    size = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "head_dim": 8}
    heads = {"num_attention_heads": 1, "num_key_value_heads": 1, "tie_word_embeddings": True}
    quiet = {"use_cpu": True, "bf16": False, checkpointing(): False, "report_to": "none"}
    with tempfile.TemporaryDirectory() as folder:
        try:
            return SFTTrainer(
                model=Qwen3ForCausalLM(Qwen3Config(vocab_size=len(tokenizer), **size, **heads)),
                args=SFTConfig(output_dir=folder, **quiet | settings),
                train_dataset=dataset,
                processing_class=copy.deepcopy(tokenizer),
                formatting_func=formatting_func,
            ).train_dataset
        except Exception as error:  # whatever TRL says of a row or a setting
            reason = (str(error).splitlines() or [""])[0].rstrip(".")
            raise ValueError(
                f"TRL could not prepare this data set ({type(error).__name__}: {reason}): try SFTTrainer on its first "
                "rows to find the row or the setting."
            ) from error


# --- Counting -------------------------------------------------------------------------------------------------------


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


def padding_share(lengths: Sequence[int], batch_size: int, by_length: bool = False) -> float:
    """The share of padding when rows of these lengths are batched, in the mean over some shuffles.

    `by_length` is ``train_sampling_strategy="group_by_length"``: neighbours in length share a batch.
    """
    import torch
    from transformers.trainer_pt_utils import get_length_grouped_indices

    if not lengths:
        return 0.0
    shares = []
    for seed in range(SHUFFLES):
        generator = torch.Generator().manual_seed(seed)
        if by_length:
            order = get_length_grouped_indices(list(lengths), batch_size, generator=generator)
        else:
            order = torch.randperm(len(lengths), generator=generator).tolist()
        batches = [[lengths[i] for i in order[at : at + batch_size]] for at in range(0, len(order), batch_size)]
        shares.append(1 - sum(lengths) / sum(max(batch) * len(batch) for batch in batches))
    return sum(shares) / len(shares)


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


# --- Drawing --------------------------------------------------------------------------------------------------------


def draw_batches(
    lengths: Sequence[int],
    max_length: int = 1024,
    batch_size: int = 8,
    strategies: Sequence[str] = ("bfd", "wrapped"),
    title: str = "The same rows as batches",
) -> "Figure":
    """Rows of these lengths as batches: padded, by length, and packed. A colour is a row, hatched grey is padding.

    Every token takes the same area in every panel. A black edge marks where a row is cut, whether its rest comes in
    another pack or is thrown away.
    """
    from matplotlib.patches import Patch

    from . import plot

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
    from . import plot

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
