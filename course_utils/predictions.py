"""Guesses that count: `predict` before a run, `reveal` after it, `calibration` at the end of a lesson.

A learner sets a guess and how sure they are, in the cell itself; without a guess everything works as well. Revealed
guesses are kept in ``progress/predictions.json`` (`course_utils.kept`). The first guess at a question is the one that
counts. Nothing here knows what a lesson measures.
"""

import html
import math
import numbers
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from . import kept as files
from .table import as_html, as_lines

MIME = "application/vnd.sft-course.prediction+json"  # what the site reads; notebooks show the text beside it


@dataclass(frozen=True)
class Prediction:
    """One question with the guess at it; `hit` is None until it is revealed, or when there is no guess."""

    id: str
    question: str
    options: tuple[str, ...] = ()
    within: float | None = None
    times: float | None = None
    guess: float | str | None = None
    sure: float | None = None
    measured: float | str | None = None
    hit: bool | None = None

    def band(self) -> str:
        """How near a number has to come, in words; nothing for a choice."""
        if self.within is not None:
            return f"give or take {self.within:g}" if self.within else "only the exact number"
        return f"within a factor of {self.times:g}" if self.times is not None else ""

    def is_hit(self, measured: float | str) -> bool:
        """Whether the guess is the option that came out, or a number inside the band around the measured one."""
        if self.options:
            return self.guess == measured
        guess, measured = float(self.guess), float(measured)
        if self.within is not None:
            return abs(guess - measured) <= self.within * (1 + 1e-9)
        same_sign = guess * measured > 0
        return same_sign and abs(math.log(guess / measured)) <= math.log(self.times) * (1 + 1e-9)


_asked: dict[str, Prediction] = {}


def kept() -> list[Prediction]:
    """The revealed guesses that are kept, oldest first.

    Raises:
        ValueError: the file can't be read, in a sentence that names it.
    """
    try:
        return [Prediction(**row | {"options": tuple(row["options"])}) for row in files.read("predictions", [])]
    except (TypeError, KeyError) as error:
        why = f"a guess in it is broken: {error}"
        raise ValueError(f"{files.place('predictions')} can't be read ({why}): move it away to start anew.") from error


def _show(text: str, markup: str, data: dict[str, object]) -> None:
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(text)
    else:
        display({"text/plain": text, "text/html": markup, MIME: data}, raw=True)


def _figure(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def predict(
    id: str,
    question: str,
    *,
    options: Sequence[str] = (),
    within: float | None = None,
    times: float | None = None,
    guess: float | str | None = None,
    sure: float | None = None,
) -> None:
    """Ask for a guess before a run; `reveal` with the same `id` tells what came out.

    Args:
        id: the lesson and a word, such as "02-cells".
        question: what will be measured, in one sentence.
        options: the answers of a choice; without them the answer is a number.
        within: a number is right when it comes this near to the measured one (in its own unit), or
        times: when it is off by this factor at most (2 means from half to double). Exactly one of the two.
        guess: one of the options, or a number; None asks only.
        sure: how sure you are that the guess is right, in percent.

    Raises:
        ValueError: a guess that is no option or no number, `sure` outside 0 to 100, or a question without its band.
    """
    choices = tuple(options)
    if bool(choices) + (within is not None) + (times is not None) != 1:
        raise ValueError(f"{id} needs exactly one of options, within and times")
    if times is not None and times <= 1:
        raise ValueError(f"{id}: times is a factor above 1, not {times}")
    if guess is not None:
        if choices and guess not in choices:
            raise ValueError(f"{guess!r} is no option of {id}; take one of {', '.join(map(repr, choices))}")
        if not choices and (not isinstance(guess, numbers.Real) or not math.isfinite(guess)):
            raise ValueError(f"{id} asks for a number, not {guess!r}")
        if not isinstance(sure, numbers.Real) or not 0 <= sure <= 100:
            raise ValueError(f"How sure are you of {id}? Set sure to a number from 0 to 100, not {sure!r}")
    asked = Prediction(id, question, choices, within, times, guess, sure)
    _asked[id] = asked
    how = "one of " + ", ".join(map(repr, choices)) if choices else f"a number; {asked.band()} counts as right"
    if guess is None:
        note = f"Your guess? Set guess ({how}) and sure (0 to 100) in this cell and run it again, or go on without."
    else:
        note = f"Your guess is {_figure(guess)}, and you are {sure:g}% sure."
    markup = f"<b>Predict.</b> {html.escape(question)}<br><small>{html.escape(note)}</small>"
    data = {"id": id, "question": question, "options": list(choices), "within": within, "times": times}
    _show(f"Predict. {question}\n{note}", markup, data)


def reveal(id: str, measured: float | str) -> None:
    """Tell what came out, and by how much the guess was off; keep the guess, when there is one.

    Raises:
        ValueError: `predict` did not ask this question in this session, or what came out is no option of it.
    """
    if id not in _asked:
        raise ValueError(f"Nobody asked {id!r} yet: run the cell with predict({id!r}, …) first.")
    asked = _asked[id]
    value = measured if asked.options else float(measured)
    if asked.options and value not in asked.options:
        raise ValueError(f"{value!r} is no option of {id}; take one of {', '.join(map(repr, asked.options))}")
    data = {"id": id, "measured": value if asked.options or math.isfinite(value) else None}
    if asked.guess is None:
        text = f"Measured: {_figure(value)}. (There is no guess to compare.)"
    else:
        revealed = replace(asked, measured=value, hit=asked.is_hit(value))
        text = f"{_judged(revealed)}{_keep(revealed)}"
    _show(text, html.escape(text), data)


def _judged(done: Prediction) -> str:
    """One sentence or two: what was measured, what was guessed, how far off, right or not."""
    off = ""
    if not done.options:
        off = f", off by {_figure(abs(float(done.guess) - float(done.measured)))}"
    verdict = "right" if done.hit else "not right"
    band = f" ({done.band()})" if done.band() else ""
    return (
        f"Measured: {_figure(done.measured)}. You guessed {_figure(done.guess)}{off}: {verdict}{band}, "
        f"and you were {done.sure:g}% sure."
    )


def _keep(done: Prediction) -> str:
    """Write a revealed guess to the file unless an earlier one is there; returns what to add to the sentence."""
    earlier = kept()
    first = next((one for one in earlier if one.id == done.id), None)
    if first is not None:
        same = (first.guess, first.sure) == (done.guess, done.sure)
        return (
            "" if same else f" Your first guess was {_figure(first.guess)} ({first.sure:g}% sure), and that one counts."
        )
    files.write("predictions", [asdict(one) for one in [*earlier, done]])
    return ""


def score(guesses: Sequence[Prediction]) -> str:
    """How well sureness and outcome go together, in two sentences; the score is Brier's.

    The Brier score is the mean of (sureness − outcome)², with outcome 1 or 0: 0 is perfect, and who always says 50%
    gets 0.25 (Brier 1950, Monthly Weather Review 78).
    """
    if not guesses:
        return "No guess yet."
    n, sure = len(guesses), sum(one.sure for one in guesses) / len(guesses)
    hits = 100 * sum(bool(one.hit) for one in guesses) / n
    brier = sum((one.sure / 100 - bool(one.hit)) ** 2 for one in guesses) / n
    if n < 5:
        lean = "too few to judge how sure you should be"
    elif abs(sure - hits) <= 100 / math.sqrt(n) / 2:  # one standard error of a share near a half
        lean = "as sure as you may be"
    else:
        lean = f"too {'sure' if sure > hits else 'careful'} by {abs(sure - hits):.0f} points"
    few = "guess" if n == 1 else "guesses"
    return (
        f"{n} {few}: {sure:.0f}% sure on average, {hits:.0f}% right ({lean}). "
        f"Brier score {brier:.2f} (0 is perfect; always saying 50% gets 0.25)."
    )


def calibration(lesson: str) -> None:
    """Show the guesses of a lesson such as "02" and the calibration score over it and over all lessons."""
    every = kept()
    mine = [one for one in every if one.id.split("-")[0] == lesson]
    if not mine:
        text = f"You set no guess in lesson {lesson}. Guess before you run: it shows you what you didn't expect."
        return _show(text, html.escape(text), {"lesson": lesson})
    rows = [
        {
            "question": one.question,
            "your guess": _figure(one.guess),
            "measured": _figure(one.measured),
            "sure": f"{one.sure:g}%",
            "right": "yes" if one.hit else "no",
        }
        for one in mine
    ]
    lines = [f"This lesson: {score(mine)}", f"All lessons: {score(every)}"]
    text = "\n".join([as_lines(rows), *lines])
    _show(text, as_html(rows) + "<br>".join(map(html.escape, lines)), {"lesson": lesson})
