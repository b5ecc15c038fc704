"""What `diagnose` can say: the names of the patterns, and how a finding and a whole diagnosis are shown.

It knows nothing about logs; the rules fill these in.
"""

import html
from dataclasses import asdict, dataclass

HEALTHY = "healthy"
OVERFITTING = "overfitting"
TOO_LOW = "too low a learning rate"
TOO_HIGH = "too high a learning rate"
MEMORISED = "memorisation"
STAIRCASE = "staircase"
BROKEN = "good curve, broken outputs"
ZERO = "loss of 0.0"
CANT_TELL = "can't tell"
PATTERNS = (HEALTHY, OVERFITTING, TOO_LOW, TOO_HIGH, MEMORISED, STAIRCASE, BROKEN, ZERO)

CERTAIN, LIKELY, POSSIBLE = "certain", "likely", "possible"


@dataclass(frozen=True)
class Finding:
    """One thing that a log shows.

    ``pattern`` is one of `PATTERNS` or `CANT_TELL`. ``confidence`` is "certain" (the figures leave no other reading),
    "likely" (a careful reader would say so) or "possible" (worth a look). ``evidence`` holds sentences with the figures
    that led to it, ``remedy`` what to try, and ``settle`` what would settle the question where it is open ("" where
    nothing is).
    """

    pattern: str
    confidence: str
    evidence: tuple[str, ...]
    remedy: str
    settle: str = ""

    def lines(self) -> list[tuple[str, str]]:
        """The finding as pairs of a label and a sentence, the way that text and HTML show it."""
        settle = [("to be sure", self.settle)] if self.settle else []
        return [*(("because", line) for line in self.evidence), ("try", self.remedy), *settle]


@dataclass(frozen=True)
class Diagnosis:
    """What a log shows: its findings, the worst first, and never none.

    ``notes`` say what a reader of the log must know besides (a resumed run, losses that are summed, skipped steps),
    ``unjudged`` what could not be judged, and why. ``pattern``, ``confidence``, ``evidence`` and ``remedy`` are those
    of the first finding. In a notebook it shows itself; ``str()`` gives plain text, ``to_dict()`` what JSON can hold.
    """

    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        return self.findings[0].pattern

    @property
    def confidence(self) -> str:
        return self.findings[0].confidence

    @property
    def evidence(self) -> tuple[str, ...]:
        return self.findings[0].evidence

    @property
    def remedy(self) -> str:
        return self.findings[0].remedy

    def to_dict(self) -> dict[str, object]:
        """Dicts, lists and texts only, the first finding's name as "pattern" beside all findings."""
        return {"pattern": self.pattern} | asdict(self)

    def _remarks(self) -> list[tuple[str, str]]:
        return [*(("note", line) for line in self.notes), *(("not judged", line) for line in self.unjudged)]

    def __repr__(self) -> str:
        lines = []
        for finding in self.findings:
            lines.append(f"{finding.pattern} ({finding.confidence})")
            lines += [f"  {label}: {line}" for label, line in finding.lines()]
        return "\n".join([*lines, *(f"{label}: {line}" for label, line in self._remarks())])

    def _repr_html_(self) -> str:
        parts = []
        for finding in self.findings:
            rows = [f"<b>{html.escape(finding.pattern)}</b> ({finding.confidence})"]
            rows += [f"<i>{label}:</i> {html.escape(line)}" for label, line in finding.lines()]
            parts.append("<p>" + "<br>".join(rows) + "</p>")
        rest = [f"<i>{label}:</i> {html.escape(line)}" for label, line in self._remarks()]
        return "".join(parts) + ("<p>" + "<br>".join(rest) + "</p>" if rest else "")
