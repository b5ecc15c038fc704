"""The page of old code says what the pinned libraries do: gone names are gone, and the names it advises exist."""

import dataclasses
import inspect
import re

import pytest
import trl
from assignments import ROOT

PAGE = (ROOT / "docs" / "code_you_may_find.md").read_text(encoding="utf-8")
FIELDS = {field.name for field in dataclasses.fields(trl.SFTConfig)}
ARGUMENTS = set(inspect.signature(trl.SFTTrainer.__init__).parameters)
ROWS = [re.split(r"(?<!\\)\|", line)[1:-1] for line in PAGE.splitlines() if line.startswith("| ") and "`" in line]


def keywords(code: str, call: str) -> set[str]:
    """The keywords that a call in backticks names: {"packing"} for ``SFTTrainer(packing=…)`` and "SFTTrainer"."""
    return {name for inner in re.findall(rf"{call}\(([^`]*)\)", code) for name in re.findall(r"\b(\w+)=", inner)}


def test_every_row_names_the_lesson_that_explains_it():
    assert len(ROWS) >= 15
    for row in ROWS:
        assert len(row) == 4 and re.search(r"\[\d\d, [^\]]+\]\(\.\./notebooks/", row[3]), row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip()[:50])
def test_what_the_page_calls_gone_is_gone_and_what_it_advises_exists(row):
    old, today, new, _ = row
    assert keywords(new, "SFTConfig") <= FIELDS and keywords(new, "SFTTrainer") <= ARGUMENTS
    if "unexpected keyword argument" in today:
        assert not keywords(old, "SFTTrainer") & ARGUMENTS
    elif "gone from `trl`" in today:
        assert not hasattr(trl, re.search(r"`(\w+)", old).group(1))
    elif bare := re.match(r" `(\w+)=[^`]*` $", old):
        gone = "TypeError" in today
        assert (bare.group(1) not in FIELDS) == gone, f"{bare.group(1)}: the page says {today.strip()}"
        assert {name for name in re.findall(r"`(\w+)=", new)} <= FIELDS
