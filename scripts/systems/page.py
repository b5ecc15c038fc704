"""Makes ``docs/systems.md`` from the rows and the programs. It runs nothing: tests run what the page says."""

from pathlib import Path

from .rows import ROWS, Outcome, Row

HERE = Path(__file__).parent
PAGE = Path("docs/systems.md")
NUMBERS = "no one two three four five six seven eight nine ten eleven".split()

TOP = """# The systems of the sources

<!-- Made from scripts/systems/ by `python -m scripts.systems --write`. -->

Five documents, which this course started from, show or name eleven systems for fine-tuning. Each has a row here that
says three things: what the source's own calls do with today's libraries, why, and a program that works on the same
model and data. The names and arguments of the calls are the source's; the programs around them are ours.

{count}

Copy a program out of "What works" into an empty file and run it; on a GPU or a CPU, it is the same file. It takes 50 steps;
`STEPS=500` in the environment makes it 500. From this repository, `python -m scripts.systems S1 --steps 50` runs
the same file and adds tokens a second and peak memory. `python -m scripts.systems --benchmark` compares S1 as it was
meant with S1 as recommended, on your machine.

**What has been verified, and what has not.** On every change the tests take each program out of this page and run it,
on a CPU, on random-weight replicas of the same architectures and on data sets of the same shape, which the real
loading code finds under their real ids. They see each error below, and read from the batches and from the weights what
is trained. The shares below are counted with the replicas' tokenizers and rows, so that the real ones differ a
little. **Nothing has been measured on the real weights, and nothing has run on a GPU**: no loss, speed or memory of these
systems is known to us, the learning rates come from the models' published recipes or from habit, and the benchmark's
ratio is for you to find.
"""

BOTTOM = """
## What the sources say, and this course does not run

- **Reward models and PPO** (the smol course). They need a second and a third model, and TRL keeps its PPO among its
  experiments. Lesson 10 trains on preferences without a reward model.
- **Encoder-decoders** (the smol course and the tutorial: T5, BART). TRL's `SFTTrainer` trains decoders alone: it
  hands a model one row of tokens, and an encoder-decoder wants two. transformers' `Seq2SeqTrainer` is the tool for them.
- **Pushing a model to the hub** (TRL). S9 does it for its adapter, and the tests against a local server. Nothing of this
  course has been published there.
- **Closed models and code models as a base** (the tutorial). A closed model is fine-tuned through its owner's API, which
  needs an account and money, and shows neither weights nor losses.
- **Buying and collecting rows** (the tutorial names its publisher's products for it). Nobody needs them for 300 rows.
  Whoever collects texts from the web has to look at copyright, at the site's terms and at the law on personal data.
- **The announced DeepSeek model** (the course page). Its program trains SmolLM2 instead, without saying so; S2 trains
  the announced one.
- **A list in, a dict out** (the course page, on formatting functions). Its own code takes one row and returns one text,
  and so does TRL today (S3).
"""


def program(kind: str, name: str) -> str:
    """The text of a program; `kind` is "published" or "working"."""
    return (HERE / kind / f"{name}.py").read_text(encoding="utf-8")


def _block(kind: str, name: str) -> list[str]:
    place = f"scripts/systems/{kind}/{name}.py"
    return [f"[`{place}`](../{place}):", "", "```python", program(kind, name).strip(), "```", ""]


def what_happens(outcome: Outcome) -> str:
    """What a program does today, in Markdown: the error, or that it runs and what it trains on."""
    if outcome.error:
        return f"`{outcome.error}`"
    return f"**runs**: {outcome.says.format(**outcome.facts)}"


def runs_as_published(row: Row) -> bool:
    """Whether a form of the row runs, as it stands or with no change but `use_cpu=True`, which a GPU doesn't need."""
    return any(
        outcome.error is None and all(new.replace(", use_cpu=True", "") == old for old, new in outcome.changes)
        for outcome in row.outcomes
    )


def count() -> str:
    """How many rows have code, and how many of these run: counted, not written."""
    coded = [row for row in ROWS if row.outcomes]
    running = [row.name for row in coded if runs_as_published(row)]
    failing, bare = len(coded) - len(running), [row.name for row in ROWS if not row.outcomes]
    return (
        f"**Of the {NUMBERS[len(ROWS)]}, {NUMBERS[len(coded)]} come with code. {NUMBERS[len(running)].capitalize()} of these "
        f"run to their end ({' and '.join(running)}; S3 in one of its two forms), and what they train is not what one would "
        f"think. The other {NUMBERS[failing]} stop with an error.** {' and '.join(bare)} are named by their sources and have "
        "no code there."
    )


def _cell(row: Row) -> str:
    if not row.outcomes:
        return "the source has no code"
    return "; ".join(what_happens(row.first(name)).partition(":")[0].strip("*` ") for name in row.programs)


def page() -> str:
    """The text of ``docs/systems.md``."""
    lines = [TOP.format(count=count()), "| | system | published in | as it stands, today |", "|---|---|---|---|"]
    lines += [f"| [{row.name}](#{row.name.lower()}) | {row.title} | {row.source} | {_cell(row)} |" for row in ROWS]
    for row in ROWS:
        lines += ["", f'<a id="{row.name.lower()}"></a>', "", f"## {row.name} · {row.title}", ""]
        lines += [f"*Published in* {row.source}.", "", "### What the source's calls do today", ""]
        if row.no_code:
            lines += [row.no_code, ""]
        for name in row.programs:
            lines += _block("published", name)
        lines += [f"- {outcome.when}: {what_happens(outcome)}" for outcome in row.outcomes]
        lines += [""] * bool(row.outcomes) + ["### Why", "", " ".join(row.why.split()), "", "### What works", ""]
        lines += _block("working", row.name.lower())[:-1]
    return "\n".join(lines) + "\n" + BOTTOM
