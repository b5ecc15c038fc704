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

REMEDIES = {
    HEALTHY: "Read the outputs before you trust it: a curve does not show what the model writes.",
    OVERFITTING: "Stop where the validation loss was lowest, or train fewer epochs; then take more rows, and more "
    "varied ones.",
    TOO_LOW: "Raise the learning rate threefold. If that changes nothing, check that the replies belong to their "
    "prompts and that the weights are trained, then try another model.",
    TOO_HIGH: "Divide the learning rate by ten and start again from the base: these weights are spoiled. Keep the "
    "warm-up and the clipping of gradients.",
    MEMORISED: "Compare outputs on new prompts with the training rows. Train far fewer epochs, on more rows.",
    STAIRCASE: "Nothing is broken: rows are remembered from the epoch before. Judge by the validation loss and the "
    "outputs; fewer epochs or a lower learning rate make the steps smaller.",
    BROKEN: "Read the answers. Look at the end-of-turn token, at the template used for asking, and at whether the "
    "replies belong to their prompts.",
    ZERO: "Nothing was trained. Look at the labels of one batch: the mask leaves no token, or max_length cuts the "
    "replies off.",
    CANT_TELL: "Log more: logging_steps=1 for a short run, and a validation loss with eval_strategy.",
}
SETTLES = {
    HEALTHY: "Scores of generated answers on new prompts.",
    OVERFITTING: "The answers of the checkpoint with the lowest validation loss, graded beside those of the last.",
    TOO_LOW: "A short run at three times the rate: does its loss fall faster from the first steps on?",
    TOO_HIGH: "A short run at a tenth of the rate: does the jump stay away?",
    MEMORISED: "The loss on rows that were not trained on: near the training loss, it is an easy task.",
    STAIRCASE: "A validation loss at each boundary: rows that don't come again take no such step.",
    BROKEN: "Ten of the answers, read beside their prompts.",
    ZERO: "The labels of one batch: how many of them are not -100?",
    CANT_TELL: "A loss on rows that are not trained on, and the answers themselves.",
}


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


def finding(
    pattern: str, confidence: str, *evidence: str, remedy: str | None = None, settle: str | None = None
) -> Finding:
    """A `Finding` with the pattern's own remedy and way to settle it, where none is given."""
    remedy = REMEDIES[pattern] if remedy is None else remedy
    return Finding(pattern, confidence, evidence, remedy, SETTLES[pattern] if settle is None else settle)
