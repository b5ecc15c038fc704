"""What an audit found, and how it is shown and saved: text, HTML, a dictionary, one line of JSON a finding.

It knows nothing of data sets and of how defects are found; `checks` and its neighbours fill it.
"""

import html
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..table import as_html

# kind: what to do about it. The kinds are shown in this order.
REMEDIES = {
    "schema": "give each row a prompt and a reply, as strings or as lists of messages",
    "role": "rename the role, or say what it means, as in roles={'human': 'user'}",
    "empty": "write what is missing, or delete the row",
    "placeholder": "write what the placeholder stands for, or delete the row",
    "truncated": "read the end; fetch the whole text again, or delete the row",
    "repetition": "read the reply; cut it where it begins to repeat itself, or delete the row",
    "merged": "read the reply; cut off what belongs to another turn or task",
    "refusal": "read it; keep it only if the model should refuse such a request",
    "disclaimer": "read it; cut the sentence in which the reply speaks of itself as a model",
    "link": "delete the row, or put the text of the page into the prompt",
    "image": "delete the row, or train a model that sees and draws images",
    "contradiction": "correct the reply or the sheet, whichever is wrong",
    "tool_call": "store the arguments as an object, not as a string of JSON",
    "conflict": "decide which reply is right; keep several only if variety is wanted",
    "duplicate": "keep one",
    "near_duplicate": "read them side by side; keep one, if the difference does not matter",
    "leak": "delete the row here or in the test set, before you measure anything",
    "encoding": "read the source again as UTF-8, or mend the text with ftfy.fix_encoding",
    "control": "delete the control characters",
    "html": "turn the HTML into plain text or Markdown, unless the model should write HTML",
    "language": "read it; delete or translate the row, unless another language was asked for",
    "personal": "read it; delete the row or mask the data, if it belongs to a real person",
    "too_long": "shorten or split the row, or raise max_length: the end of the reply would be cut off",
    "imbalance": "collect more rows of the rare classes",
}
# How sure a finding is: no reader would dispute it; right far more often than wrong; a reason to look.
SEVERITIES = ("certain", "likely", "look")


@dataclass(frozen=True)
class Finding:
    """One kind of defect. Rows count from 0.

    Attributes:
        kind: a key of `REMEDIES`.
        notes: for each accused row, what is wrong with it.
        severities: for each accused row, one of `SEVERITIES`.
        spare: accused rows that stay when the others go: the first of several copies.
    """

    kind: str
    notes: Mapping[int, str]
    severities: Mapping[int, str]
    spare: frozenset[int] = frozenset()

    @property
    def rows(self) -> list[int]:
        return sorted(self.notes)

    @property
    def severity(self) -> str:
        """How sure the finding is, in words: "likely", or "3 certain, 15 likely" where the rows differ."""
        counts = Counter(self.severities.values())
        if len(counts) == 1:
            return next(iter(counts))
        return ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])

    @property
    def drop(self) -> frozenset[int]:
        """The rows that `Audit.keep` leaves out: those that are certain to be bad, but not the first of copies."""
        return frozenset(i for i, severity in self.severities.items() if severity == "certain") - self.spare

    @property
    def example(self) -> str:
        row = min(self.notes, key=lambda i: (SEVERITIES.index(self.severities[i]), i))
        return f"row {row}: {self.notes[row]}"

    @property
    def remedy(self) -> str:
        return REMEDIES[self.kind]


@dataclass
class Audit:
    """What an audit found.

    Attributes:
        n: how many rows there are.
        shape: how the rows were read.
        findings: one for each kind of defect that was seen, in the order of `REMEDIES`.
        unjudged: what could not be judged, and why, in sentences.
        balance: for each column with few different values, how many rows have which.
    """

    n: int
    shape: str
    findings: list[Finding]
    unjudged: list[str]
    balance: dict[str, Counter]

    def rows(self, kind: str | None = None) -> list[int]:
        """The accused rows of one kind, or of all kinds but imbalance, which accuses the set and not a row."""
        found = [f.notes for f in self.findings if f.kind == kind or (kind is None and f.kind != "imbalance")]
        return sorted(set().union(*found))

    def keep(self, kinds: Iterable[str] | None = None) -> list[int]:
        """The rows that are left, for ``dataset.select(audit.keep())``. The first of several copies always stays.

        Args:
            kinds: leave out every row that one of these kinds accuses, how ever sure; by default, the rows of any kind
                that are certain to be bad.

        Raises:
            ValueError: there is no such kind.
        """
        if kinds is None:
            gone = set().union(*(f.drop for f in self.findings))
            return [i for i in range(self.n) if i not in gone]
        kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        if unknown := set(kinds) - set(REMEDIES):
            raise ValueError(f"There is no finding called {sorted(unknown)[0]!r}: {', '.join(REMEDIES)}.")
        gone = set().union(*(set(f.notes) - f.spare for f in self.findings if f.kind in kinds))
        return [i for i in range(self.n) if i not in gone]

    def why(self, row: int) -> list[str]:
        """What is wrong with one row, a sentence for each finding that names it."""
        return [f"{f.kind}: {f.notes[row]}" for f in self.findings if row in f.notes]

    def records(self) -> Iterator[dict]:
        """The findings row by row, as dictionaries with row, kind, severity, note, drop and remedy."""
        for row in sorted(set().union(*(f.notes for f in self.findings))):
            for f in self.findings:
                if row in f.notes:
                    yield {
                        "row": row,
                        "kind": f.kind,
                        "severity": f.severities[row],
                        "note": f.notes[row],
                        "drop": row in f.drop,
                        "remedy": f.remedy,
                    }

    def to_jsonl(self, path: str | Path) -> int:
        """Write `records` to a file, one JSON object a line; returns how many lines there are."""
        count = 0
        # a half character (lone surrogate) is written as JSON's escape for it
        with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            for count, record in enumerate(self.records(), 1):  # noqa: B007, the count is wanted after the loop
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        return count

    def to_dict(self) -> dict:
        """The report as plain values, ready for ``json.dumps``: sums and examples, no row but the examples."""
        return {
            "rows": self.n,
            "shape": self.shape,
            "accused": len(self.rows()),
            "kept": len(self.keep()),
            "findings": [
                {
                    "kind": f.kind,
                    "rows": len(f.notes),
                    **{severity: sum(s == severity for s in f.severities.values()) for severity in SEVERITIES},
                    "drop": len(f.drop),
                    "example": f.example,
                    "remedy": f.remedy,
                }
                for f in self.findings
            ],
            "unjudged": list(self.unjudged),
            "balance": {
                column: {str(value): n for value, n in counts.items()} for column, counts in self.balance.items()
            },
        }

    def _table(self) -> list[dict[str, str]]:
        def some(rows: list[int]) -> str:
            return ", ".join(map(str, rows[:6])) + (", …" if len(rows) > 6 else "")

        return [
            {"finding": f.kind, "how sure": f.severity, "rows": str(len(f.rows)), "which": some(f.rows)}
            | {"for example": f.example, "what to do": f.remedy}
            for f in self.findings
        ]

    def _summary(self) -> str:
        return f"{self.n:,} rows ({self.shape}), {len(self.rows()):,} of them accused, {len(self.keep()):,} to keep."

    def __repr__(self) -> str:
        lines = [self._summary()]
        lines += [
            f"- {r['finding']} ({r['how sure']}): {r['rows']} rows ({r['which']}); {r['for example']}; "
            f"{r['what to do']}."
            for r in self._table()
        ]
        return "\n".join(lines + [f"- not judged: {sentence}" for sentence in self.unjudged])

    def to_html(self) -> str:
        """The report as a piece of HTML: a sentence, a table of the findings, a list of what was not judged."""
        listed = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.unjudged)
        not_judged = f"<p>Could not be judged:</p><ul>{listed}</ul>" if listed else ""
        return f"<p>{html.escape(self._summary())}</p>{as_html(self._table())}{not_judged}"

    _repr_html_ = to_html
