"""What preflight found, and how it is shown: text, HTML, a dictionary. It knows nothing of jobs."""

import html
from dataclasses import asdict, dataclass, field

from ..table import as_html
from .kinds import KINDS

# how bad a finding is: the run fails or teaches the wrong thing; it costs money or hides the result; good to know
LEVELS = {"stop": "would spoil the run", "warn": "worth mending first", "note": "good to know"}


@dataclass(frozen=True)
class Finding:
    """One thing about a job.

    Attributes:
        kind: a key of `KINDS`.
        level: a key of `LEVELS`.
        says: a sentence or two.
        remedy: lines of YAML for the job; a line that begins with # is a deed outside the file.
        symptom: the id of the entry in the symptom index that describes what one would meet later; "" for none.
    """

    kind: str
    level: str
    says: str
    remedy: str
    symptom: str = ""


@dataclass
class Preflight:
    """The report: ``findings`` with the worst first, ``facts`` (name and value), ``unjudged`` (sentences).

    ``looks`` are the X-rays of some rows by name, ``parts`` the reports of the other tools.
    """

    job: str
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    unjudged: list[str] = field(default_factory=list)
    looks: dict[str, object] = field(default_factory=dict)
    parts: dict[str, object] = field(default_factory=dict)

    def add(self, level: str, kind: str, says: str, remedy: str | None = None) -> None:
        """One more finding; a remedy that depends on the job takes the place of the kind's own."""
        usual, symptom = KINDS[kind]
        self.findings.append(Finding(kind, level, says, remedy or usual, symptom))
        self.findings.sort(key=lambda finding: list(LEVELS).index(finding.level))

    def kinds(self, *levels: str) -> list[str]:
        """The kinds that were found, of all levels or of these."""
        return [finding.kind for finding in self.findings if not levels or finding.level in levels]

    @property
    def spoiled(self) -> bool:
        """Whether anything was found that would spoil the run."""
        return bool(self.kinds("stop"))

    @property
    def summary(self) -> str:
        counts = {level: len(self.kinds(level)) for level in LEVELS}
        told = [f"{LEVELS[level]}: {n}" for level, n in counts.items() if n]
        return f"{self.job}: {', '.join(told) or 'nothing was found that speaks against this run'}."

    def to_dict(self) -> dict[str, object]:
        """The report as plain values: job, summary, facts, findings, unjudged and the X-rays in a sentence each."""
        return {
            "job": self.job,
            "summary": self.summary,
            "findings": [asdict(finding) for finding in self.findings],
            "facts": self.facts,
            "unjudged": self.unjudged,
            "looks": {name: look.summary for name, look in self.looks.items()},
        }

    def _told(self, finding: Finding) -> tuple[str, str]:
        from ..symptoms import symptoms

        titles = {entry.id: entry.title for entry in symptoms()}
        later = f"You would see later: {titles[finding.symptom]}." if finding.symptom else ""
        return finding.says, later

    def __repr__(self) -> str:
        lines = [self.summary, ""]
        for finding in self.findings:
            says, later = self._told(finding)
            lines += [f"{finding.level.upper()}  {finding.kind}: {says}", *([f"      {later}"] if later else [])]
            lines += [f"      | {line}" for line in finding.remedy.splitlines()]
        wide = max(map(len, self.facts), default=0)
        lines += ["", *(f"{name:<{wide}}  {value}" for name, value in self.facts.items())]
        for name, look in self.looks.items():
            lines += ["", name, repr(look)]
        lines += ["", *(f"not judged: {sentence}" for sentence in self.unjudged)] if self.unjudged else []
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = []
        for finding in self.findings:
            says, later = self._told(finding)
            row = {"level": finding.level, "finding": finding.kind, "what": [says, later] if later else says}
            rows.append(row | {"remedy": finding.remedy})
        facts = [{"of the job": name, "value": value} for name, value in self.facts.items()]
        looks = "".join(f"<h3>{html.escape(name)}</h3>{look._repr_html_()}" for name, look in self.looks.items())
        listed = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.unjudged)
        not_judged = f"<p>Could not be judged:</p><ul>{listed}</ul>" if listed else ""
        return f"<p><b>{html.escape(self.summary)}</b></p>{as_html(rows)}{as_html(facts)}{looks}{not_judged}"
