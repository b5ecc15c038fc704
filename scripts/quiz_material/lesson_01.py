"""Lesson 01: worksheets with Wilson's intervals, and break-evens with their keys. The firms and counts are invented."""

from dataclasses import dataclass

from course_utils.evaluate import share_interval

from . import Situation, table

# what was graded: how many of 100 requests were right; then the other lines of the worksheet
WORKSHEETS = {
    "01-q1": (
        {"best prompt": 62, "the same, with the right facts above it": 64},
        "base copies names and amounts  0.98\nright rows at hand               40\nrequests a month             50,000",
    ),
    "01-q2": (
        {"best prompt": 93, "SFT on 300 rows": 96},
        "base copies names            0.97\nright rows at hand            300\nrequests a month              400",
    ),
    "01-q3": (
        {"best prompt": 41, "the same, with the right facts above it": 45, "SFT on 300 rows": 52},
        "base copies names and amounts  0.44\nright rows at hand            2,500\nrequests a month             90,000",
    ),
    "01-q4": (
        {"best prompt": 38, "the same, with today's price list above it": 97, "SFT on 300 rows": 41},
        "base copies names and amounts  0.99\nright rows at hand              900\nrequests a month             20,000",
    ),
}


@dataclass(frozen=True)
class Bill:
    """Tokens: trained in all epochs, a request before and after, how much of the first is cached; times served."""

    trained: int
    prompt: int
    after: int
    requests: int  # a month
    cached: int = 0
    larger: int = 1  # what a token of the fine-tuned model costs, in tokens of the prompted one

    def months(self) -> float:
        """Months until the training has paid for itself; infinite where it never does."""
        saved = self.prompt - 0.9 * self.cached - self.larger * self.after
        return 3 * self.trained / saved / self.requests if saved > 0 else float("inf")

    def log(self) -> str:
        """The bill as a team would write it down."""
        rows = [
            ("tokens in all training rows and epochs", f"{self.trained:,}"),
            ("a request with the best prompt, read and written", f"{self.prompt:,}"),
            ("  of these the same in each request, cached at a tenth", f"{self.cached:,}"),
            ("a request after SFT, read and written", f"{self.after:,}"),
            ("size of the fine-tuned model", "the same" if self.larger == 1 else f"{self.larger} times"),
            ("requests a month", f"{self.requests:,}"),
        ]
        return table(("", "tokens"), rows).removeprefix("\n")


BILLS = {
    "01-q8": Bill(180_000, 420, 120, 1_000, cached=290),
    "01-q9": Bill(180_000, 420, 120, 30_000),
    "01-q10": Bill(90_000, 420, 120, 200_000, larger=4),
}


def _key(months: float) -> str:
    return "a" if months <= 1 else "b" if months <= 12 else "c" if months < float("inf") else "d"


def _share(right: int) -> tuple[float, str]:
    low, high = share_interval([1.0] * right + [0.0] * (100 - right))
    return right / 100, f"{low:.2f} to {high:.2f}"


def situations() -> dict[str, Situation]:
    """Worksheets of four firms and the bills of three."""
    made = {}
    for name, (measured, rest) in WORKSHEETS.items():
        rows = [(way, *_share(right)) for way, right in measured.items()]
        made[name] = Situation(f"{table(('100 requests', 'right', '95% interval'), rows)}\n\n{rest}")
    return made | {name: Situation(bill.log(), _key(bill.months())) for name, bill in BILLS.items()}
