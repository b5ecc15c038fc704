"""What the job's rows can tell before anything is tokenized: their split, their columns, and what the audit says.

It knows nothing of templates and masks, for which see `tokens`, and nothing of the machine.
"""

from ..audit import audit
from ..audit.rows import find_form
from ..parse_rows import short
from ..trl_preparation import check_rows
from .job import Job
from .report import Preflight
from .rows import Rows

FEW = 50  # rows: below, a fine-tune is an anecdote
MANY, SOME = 0.10, 0.01  # shares of rows: a fault of the whole set; worth mending
HALF = 0.5
MEANT = ("refusal", "disclaimer", "html", "language", "link")  # what some sets teach on purpose
# what tells TRL how rows become tokens and labels
OF_ROWS = (
    "chat_template_path", "eos_token", "pad_token", "dataset_text_field", "completion_only_loss",
    "assistant_only_loss", "truncation_mode", "dataset_kwargs",
)  # fmt: skip


def settings_of_rows(job: Job) -> dict[str, object]:
    """The job's settings that change tokens or labels, as SFTConfig takes them, and the length at which it cuts."""
    return {name: getattr(job, name) for name in OF_ROWS if name in job.given} | {"max_length": job.max_length}


def check_split(job: Job, rows: Rows, found: Preflight) -> None:
    held = len(rows.test) if rows.test is not None else 0
    found.facts["rows"] = f"{len(rows.train):,} to train on, {held:,} to evaluate on"
    if job.eval_strategy not in ("no", False) and rows.test is None:
        wanted, has = short(job.dataset_test_split, 30), ", ".join(rows.splits)
        says = f"The job evaluates, and the data has no split {wanted} (it has {has}): trl sft stops with a KeyError."
        other = next((name for name in rows.splits if name != job.dataset_train_split), None)
        found.add("stop", "no-test-split", says, f"dataset_test_split: {other}" if other else None)
    if len(rows.train) < FEW:
        found.add("warn", "few-rows", f"There are only {len(rows.train)} rows to train on.")


def check_form(job: Job, rows: Rows, tokenizer, found: Preflight) -> bool:
    """Whether TRL can read these rows with this tokenizer."""
    for name in ("eos_token", "pad_token"):
        token = getattr(job, name)
        if token and token not in tokenizer.get_vocab():
            known = short(", ".join(tokenizer.all_special_tokens), 100)
            says = f"{name}: the tokenizer has no token {short(token, 30)}; its special tokens are {known}."
            found.add("stop", "unknown-token", says)
            return False
    try:
        check_rows(rows.train, tokenizer, None, settings_of_rows(job))
        return True
    except ValueError as error:
        sentence = str(error)
    if "chat template" in sentence:
        found.add("stop", "no-template", sentence)
    elif sentence.startswith("Row "):
        found.add("stop", "empty-rows", sentence)
    else:
        found.add("stop", "wrong-columns", sentence, _rename(rows))
    return False


def _rename(rows: Rows) -> str | None:
    """What to do about columns that TRL doesn't know, by what the audit takes them for."""
    some = [rows.train[i] for i in range(min(len(rows.train), 50))]
    form = find_form(rows.train.column_names, some)
    texts = [name for name, value in some[0].items() if isinstance(value, str)]
    if len(texts) == 1:
        return f"dataset_text_field: {texts[0]}"
    if form and len(form.columns) == 1 and not isinstance(some[0][form.columns[0]], str):
        return f"# rename the column {form.columns[0]} in the file to messages"
    if form and len(form.columns) > 1:
        *asked, reply = form.columns
        return f"# rename the columns in the file: {', '.join(asked)} to prompt, {reply} to completion"
    return None


def check_audit(job: Job, rows: Rows, found: Preflight) -> None:
    """Duplicates, leaks, personal data and bad rows, as the audit tells them."""
    test = rows.test if job.eval_strategy not in ("no", False) else None
    report = audit(rows.train, test=test)
    found.parts["audit"] = report
    found.facts["audit"] = repr(report).splitlines()[0]
    count = len(rows.train)
    smaller = min(count, len(test)) if test else count
    for one in report.findings:
        likely = [i for i, severity in one.severities.items() if severity != "look" and i not in one.spare]
        certain = [i for i in likely if one.severities[i] == "certain"]
        told = f"for example {one.example}"
        if one.kind == "leak" and likely:
            level = "stop" if len(likely) > MANY * smaller else "warn"
            found.add(level, "leak", f"{len(likely):,} training rows stand in the evaluation set too, {told}.")
        elif one.kind == "personal":
            level = "warn" if likely or len(one.rows) > SOME * count else "note"
            found.add(level, "personal", f"There may be personal data in {len(one.rows):,} rows, {told}.")
        elif one.kind in ("duplicate", "near_duplicate") and len(likely) > 2 * SOME * count:
            level = "stop" if len(likely) > HALF * count else "warn"
            found.add(level, "duplicates", f"{len(likely):,} of {count:,} rows are copies, {told}.")
        elif one.kind not in ("leak", "personal", "duplicate", "near_duplicate", "imbalance", "too_long"):
            if len(certain) > SOME * count:
                level = "stop" if len(certain) > MANY * count else "warn"
                found.add(level, "bad-rows", f"{one.kind}: {len(certain):,} of {count:,} rows, {told}.")
            elif len(likely) > MANY * count:
                says = f"{one.kind}: {len(likely):,} of {count:,} rows, as it seems, {told}."
                found.add("note" if one.kind in MEANT else "warn", "bad-rows", says)
