"""Which phrases of a list a text mentions, as whole words: what the graders of sheets and texts share."""

import re
from collections.abc import Iterable
from functools import cache


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


@cache
def _anywhere(phrases: tuple[str, ...]) -> re.Pattern:
    # the longest first, so that "navy blue" is no mention of "blue"
    longest_first = sorted(map(_plain, phrases), key=len, reverse=True)
    return re.compile(r"(?<!\w)(" + "|".join(map(re.escape, longest_first)) + r")(?:s|es)?(?!\w)")


def mentioned(text: str, phrases: Iterable[str]) -> set[str]:
    """Which of the phrases stand in the text as whole words, singular or plural, whatever their case and spacing.

    They come back in lower case (more exactly, casefolded) and with single spaces.
    """
    wanted = tuple(phrases)
    return set(_anywhere(wanted).findall(_plain(text))) if wanted else set()
