"""What the model will get: whose template, what is trained, what ends a turn, what is cut, what packing would buy.

The X-ray and the packing report say it, and TRL itself tokenizes and masks. It knows nothing of the machine.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..packing import packing_report
from ..parse_rows import short
from ..trl_preparation import chat_of
from ..xray import XRay, xray_rows
from .data import HALF, MANY, SOME, settings_of_rows
from .job import Job
from .model import ModelFacts
from .report import Preflight
from .rows import Rows

if TYPE_CHECKING:
    from ..packing.report import PackingReport

SHOWN = 3  # X-rays in the report
LOOKED = 12  # rows whose X-ray is asked
MARKED = 500  # rows whose texts are searched for marks
MOST = 20_000  # rows that are tokenized; of more, a sample of so many
PACKS = ("bfd", "bfd_split", "wrapped")
SPEEDUP = 1.5  # from which on packing is worth a line
# marks of common templates, for tokenizers that know none of them
MARKS = ("<|im_start|>", "<|im_end|>", "[INST]", "[/INST]", "<|start_header_id|>", "<start_of_turn>", "### Response:")


def check_template(job: Job, rows: Rows, tokenizer, model: ModelFacts | None, found: Preflight) -> None:
    """Template, trained tokens and ends of turns. Raises ValueError, in a sentence, for rows that TRL refuses."""
    chats, own, path = chat_of(rows.train[0]) is not None, tokenizer.chat_template, job.chat_template_path
    whose = short(path, 60) if path else "the model's own" if own else "none"
    found.facts["template"] = whose if chats else "none: the rows are texts"
    if chats and own and path and own not in (path, _text_of(path)):
        says = "The model has a chat template, and the job replaces it by another: it has learned turns from its own."
        found.add("warn", "other-template", says)
    # cut only for the display: what max_length does is told from all rows
    numbers = sorted({i * len(rows.train) // LOOKED for i in range(LOOKED)})
    pictures = xray_rows(rows.train, tokenizer, numbers, **settings_of_rows(job) | {"max_length": None})
    found.looks = dict(list(pictures.items())[:SHOWN])
    tokens = [token for picture in pictures.values() for token in picture.tokens]
    trained = [token for token in tokens if token.trained]
    if not trained:
        found.add("stop", "nothing-trained", "No token of the rows that were looked at is trained.")
        return
    found.facts["trained"] = f"{len(trained) / len(tokens):.0%} of the tokens of {len(pictures)} rows"
    for note in dict.fromkeys(note for picture in pictures.values() for note in picture.notes):
        kind = "roles" if "has the roles" in note else "left-out"
        if kind not in found.kinds():
            found.add("stop", kind, note)
    asked = sum(token.role in ("user", "system", "tool result") for token in trained) / len(trained)
    if asked:
        says = (
            f"{asked:.0%} of what is trained is said by others than the assistant: the model learns to write requests."
        )
        found.add("warn" if asked > HALF else "note", "user-trained", says)
    if job.completion_only_loss and "prompt" not in rows.train.column_names:
        says = "completion_only_loss needs the columns prompt and completion: of these rows everything is trained."
        found.add("stop", "mask-ignored", says, "assistant_only_loss: true" if chats else None)
    _check_ends(job, pictures, tokenizer, model, found)
    _check_marks(rows, tokenizer, found)


def _text_of(path: str) -> str | None:
    file = Path(path)
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _check_ends(job: Job, pictures: Mapping[str, XRay], tokenizer, model: ModelFacts | None, found: Preflight) -> None:
    """Whether the last trained token of a row is one at which generation stops, and whether a row begins twice."""
    end = tokenizer.convert_tokens_to_ids(job.eos_token) if job.eos_token else tokenizer.eos_token_id
    stops = sorted({end, *(model.ends if model else ())} - {None})
    names = ", ".join(map(str, tokenizer.convert_ids_to_tokens(stops))) or "no token"
    lasts = []
    for picture in pictures.values():
        lasts += [token for token in picture.tokens if token.trained and (token.special or token.text.strip())][-1:]
    odd = [token for token in lasts if token.id not in stops]
    found.facts["end of a turn"] = (
        f"trained in {len(lasts) - len(odd)} of {len(lasts)} rows; generation stops at {names}"
    )
    if odd and odd[0].special:
        says = f"A reply ends with {odd[0].text}, and generation stops at {names}: it will not stop."
        found.add("stop", "no-end", says, f'eos_token: "{odd[0].text}"')
    elif odd:
        says = (
            f"The end of a turn ({names}) is not trained in {len(odd)} of {len(lasts)} rows: nothing teaches to stop."
        )
        found.add("stop", "no-end", says)
    bos = tokenizer.bos_token_id
    if bos is not None and any([token.id for token in p.tokens[:2]] == [bos, bos] for p in pictures.values()):
        found.add("stop", "double-bos", "Rows begin with two BOS tokens.")


def _check_marks(rows: Rows, tokenizer, found: Preflight) -> None:
    """Whether the texts of chats carry a template's marks already."""
    marks = {mark for mark in (*tokenizer.all_special_tokens, *MARKS) if len(mark) > 3}
    looked = range(0, len(rows.train), max(1, len(rows.train) // MARKED))
    marked = []
    for number in looked:
        messages = (chat_of(rows.train[number]) or [[]])[0]
        said = "\n".join(str(message.get("content")) for message in messages)
        marked += [number] if any(mark in said for mark in marks) else []
    if len(marked) > SOME * len(looked):
        where = f"{len(marked):,} of the {len(looked):,} rows looked at, first row {marked[0]}"
        says = f"The texts carry a template's marks already ({where}): the template is applied twice."
        found.add("stop" if len(marked) > MANY * len(looked) else "warn", "template-twice", says)


def check_lengths(job: Job, rows: Rows, tokenizer, model: ModelFacts | None, found: Preflight) -> "PackingReport":
    """What is cut, what is left without a trained token, and what packing would buy. Raises ValueError as TRL does."""
    batch = job.per_device_train_batch_size * job.gradient_accumulation_steps * job.rented.devices
    positions = model.positions if model else None
    room = job.max_length or positions or 1024
    sample = MOST if len(rows.train) > MOST else None
    settings = {name: value for name, value in settings_of_rows(job).items() if name != "max_length"}
    report = packing_report(rows.train, tokenizer, room, batch, sample=sample, **settings)
    found.parts["packing"] = report
    found.facts["lengths"] = report.summary
    count, longest, way = len(report.lengths), max(report.lengths), report[way_of(job)]
    enough = f"max_length: {-(-longest // 256) * 256}"
    if way["lost"]:
        says = f"max_length {room} leaves {way['lost']:,} of {count:,} rows without a trained token."
        found.add("stop" if way["lost"] > SOME * count else "warn", "nothing-left", says, enough)
    splits = job.packing and job.packing_strategy in ("bfd_split", "wrapped")
    longer = 0 if splits or not job.max_length else sum(n > room for n in report.lengths)
    if longer > SOME * count:
        # a text goes on anyhow; a reply without its end teaches not to stop
        level = "stop" if longer > MANY * count and not _texts(rows) else "warn"
        says = (
            f"max_length {room} cuts {longer / count:.0%} of the rows, and with their ends the mark that stops a reply."
        )
        found.add(level, "cut-off", says, enough)
    fed = min(longest, job.max_length or longest)
    if positions and fed > positions:
        says = f"There are rows of {fed:,} tokens, and the model has {positions:,} positions."
        found.add("stop", "too-long", says, f"max_length: {positions}")
    for note in report.notes:
        if "leaves out" in note and not {"roles", "left-out"} & set(found.kinds()):
            found.add("stop", "left-out", note)
    if not job.packing and report["bfd"]["speedup"] >= SPEEDUP:
        found.add("note", "packing-advice", report.recommendation)
    return report


def way_of(job: Job) -> str:
    """The row of the packing report that this job is: "padded" or a strategy of packing."""
    return job.packing_strategy if job.packing and job.packing_strategy in PACKS else "padded"


def _texts(rows: Rows) -> bool:
    return not {"messages", "conversations", "completion"} & set(rows.train.column_names)
