"""Makes ``docs/systems.md`` from the rows and the programs. It runs nothing: tests run what the page says."""

from pathlib import Path

from course_utils.table import as_markdown

from .outcomes import COURSE, ROWS, SOURCES, TRL, Outcome, System

HERE = Path(__file__).parent
PAGE = Path("docs/systems.md")
NUMBERS = "no one two three four five six seven eight nine ten eleven".split()

TOP = """# The systems of the sources

<!-- Made from scripts/systems/ by `python -m scripts.systems --write`. -->

The documents that this course started from show or name eleven systems for fine-tuning. Each has a row here that says
three things: what the source's own calls do with today's libraries, why, and a program that works on the same model and
data. The names and arguments of the calls are the source's; the programs around them are ours.

{count} Today means {versions}.

Copy a program from under "What works" into an empty file and run it. It is the same on a GPU and on a CPU. It trains 50
steps, or 500 with `STEPS=500` in the environment. From this repository, `python -m scripts.systems S1 --steps 50` runs
the same file, and adds tokens per second and peak memory. `python -m scripts.systems --benchmark` compares S1 as it was
meant with S1 as recommended, on your machine.

**What has been verified, and what has not.** On every change the tests take each program out of this page and run it on
a CPU, on random-weight replicas of the same architectures and on data sets of the same shape, which the real loading
code finds under their real ids. The tests see each error below, and read from batches and weights what is trained. The
shares below are counted with the replicas' tokenizers and rows, so the real ones differ a little. **Nothing has been
measured on the real weights, and nothing has run on a GPU.** We know no loss, speed or memory of these systems. The
learning rates come from the models' published recipes or from habit. The benchmark's ratio is for you to find.

The sources:

{sources}
"""

BOTTOM = """
## What the sources say, and the course does not run

- **Reward models and PPO** (the smol course). They need a second and a third model, and TRL keeps its PPO among its
  experiments. Lesson 10 trains on preferences without a reward model.
- **Encoder-decoders** such as T5 and BART (the smol course, the tutorial). TRL's `SFTTrainer` trains decoders: a row is
  one run of tokens, where an encoder-decoder wants two. transformers' `Seq2SeqTrainer` is the tool for them.
- **Sharing on the hub** (TRL's introduction). S9 does it for its adapter, and the tests push to a local server and load
  from it again. Nothing of this course has been published there.
- **Closed models and code models as a base** (the tutorial). A closed model is fine-tuned through its owner's service,
  which needs an account and money and shows no weights.
- **Buying and collecting rows** (the tutorial names its publisher's products). 300 rows need neither. Whoever collects
  texts from the web has to look at copyright, at the site's terms, and at the law on personal data.
- **The announced DeepSeek model** (the course page). Its program trains SmolLM2 instead, without saying so. S2 trains
  the one that was announced.
- **A list in, a dict out** (the course page, on formatting functions). Its own code takes one row and returns one text,
  and so does TRL today (S3).
- **A function that overwrites a column** (the tutorial). Its code adds one (S4).
- **`TrainingArguments` handed to `SFTTrainer`** (the tutorial). It works: the trainer turns it into its own
  configuration (S4).
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


def versions() -> str:
    """The libraries that the tests run the programs with, as requirements.txt pins them."""
    pins = (HERE.parents[1] / "requirements.txt").read_text(encoding="utf-8").splitlines()
    of = dict(line.split("==", 1) for line in pins if "==" in line and not line.startswith("#"))
    return ", ".join(f"{name} {of[name]}" for name in ("trl", "transformers", "datasets", "peft", "torch"))


def runs_with(program: str, row: System) -> str | None:
    """How a published program runs: "" as it stands, or with the one setting that a CPU needs; None if it doesn't."""
    for outcome in row.outcomes:
        if outcome.program == program and outcome.error is None:
            if not outcome.changes:
                return ""
            if all(new.replace(", use_cpu=True", "") == old for old, new in outcome.changes):
                return " with `use_cpu=True`, which a GPU does not need"
    return None


def count() -> str:
    """How many rows have code, and how many of these run: counted, not written."""
    coded = [row for row in ROWS if row.outcomes]
    running = [row.name for row in coded if any(runs_with(name, row) is not None for name in row.programs)]
    bare = [row.name for row in ROWS if not row.outcomes]
    return (
        f"**{NUMBERS[len(coded)].capitalize()} of the {NUMBERS[len(ROWS)]} have code in their source. "
        f"{NUMBERS[len(running)].capitalize()} of these run today ({' and '.join(running)}), and neither trains quite "
        f"what it seems to; {NUMBERS[len(coded) - len(running)]} stop with an error.** {' and '.join(bare)} have none."
    )


def _today(row: System) -> str:
    found = []
    for name in row.programs:
        how = runs_with(name, row)
        error = (row.first(name).error or "").partition(":")[0]
        whose = f"{COURSE if 'course' in name else TRL}: " if len(row.programs) > 1 else ""
        found.append(f"{whose}`{error}`" if how is None else f"{whose}runs{how}")
    return "; ".join(found) or "no code in the source"


def _line(row: System) -> dict[str, str]:
    link = f"[{row.name}](#{row.name.lower()})"
    return {"": link, "system": row.title, "from": row.source, "today": _today(row)}


def page() -> str:
    """The text of ``docs/systems.md``."""
    sources = "\n".join(f"- {name}: {what}" for name, what in SOURCES.items())
    lines = [
        TOP.format(count=count(), versions=versions(), sources=sources),
        as_markdown(
            [
                {
                    "": f"[{row.name}](#{row.name.lower()})",
                    "system": row.title,
                    "from": row.source,
                    "today": _today(row),
                }
                for row in ROWS
            ]
        ),
    ]
    for row in ROWS:
        lines += ["", f'<a id="{row.name.lower()}"></a>', "", f"## {row.name} · {row.title}", ""]
        lines += [f"*From* {row.source}.", "", "### What the source's calls do today", ""]
        if row.no_code:
            lines += [row.no_code, ""]
        for name in row.programs:
            lines += _block("published", name)
        lines += [f"- {outcome.when}: {what_happens(outcome)}" for outcome in row.outcomes]
        lines += [""] * bool(row.outcomes) + ["### Why", "", " ".join(row.why.split()), "", "### What works", ""]
        lines += _block("working", row.name.lower())[:-1]
    return "\n".join(lines) + "\n" + BOTTOM
