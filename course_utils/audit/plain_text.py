"""What the checks share: notes, quotations, and the plain form of a text, by which two rows say the same.

Case, spaces, quotation marks and the punctuation of sentences say nothing here. All else does: digits, the signs of
arithmetic and of code (so that C, C++ and C# differ, and 12 + 3 and 12 - 3), and the marks that write vowels in
Hindi, Thai or Arabic.
"""

import re
from dataclasses import dataclass, field

from .chats import clean
from .report import REMEDIES, SEVERITIES, Finding

MANY = 20  # rows that a rule needs before it speaks of "most rows"
ASCII_WORDS = re.IGNORECASE | re.ASCII  # for patterns of English words, whose borders Chinese letters then are
_SIGNS = '"“”„‟«»‹›「」『』…。，、；：！？؟،؛।\u200b\ufeff'
_DROPPED = str.maketrans({sign: " " for sign in _SIGNS} | {"’": "'", "‘": "'"})
_STOPS = re.compile(r"[.,;:!?']+(?=[\s)\]}]|$)|(?<!\S)[.,;:!?']+(?=\w)")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|\"[^\"\n]*\"", re.DOTALL)
# the words of a text; in scripts that put no space between words, its characters
_WORDS = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\d_]+(?:'[^\W\d_]+)?"
)


def plain(text: str) -> str:
    """A text without case, sentence punctuation, quotation marks and spacing."""
    return " ".join(_STOPS.sub(" ", text.casefold().translate(_DROPPED)).split())


def words(text: str) -> list[str]:
    """The words of a text in lower case; of Chinese, Japanese, Thai and their like, the characters."""
    return _WORDS.findall(text.lower())


def without_code(text: str) -> str:
    """A text without its blocks of code, what stands in backticks and what stands in double quotation marks."""
    return _CODE.sub(" ", text) if "`" in text or '"' in text else text


def quote(text: str, width: int = 50) -> str:
    """The text in quotation marks, on one line, cut to a width."""
    text = " ".join(clean(text[: 4 * width]).split())
    return f"“{text if len(text) <= width else text[: width - 1] + '…'}”"


@dataclass
class Notes:
    """Gathers what the checks note: kind by kind, row by row, with the severity. The first note of a kind stays."""

    notes: dict[str, dict[int, str]] = field(default_factory=dict)
    severities: dict[str, dict[int, str]] = field(default_factory=dict)
    spare: dict[str, set[int]] = field(default_factory=dict)
    unjudged: list[str] = field(default_factory=list)

    def add(self, kind: str, severity: str, row: int, note: str, spare: bool = False) -> None:
        """Accuse a row; ``spare`` where it stays when the others that are like it go."""
        found = self.severities.setdefault(kind, {})
        if row not in found or SEVERITIES.index(severity) < SEVERITIES.index(found[row]):
            self.notes.setdefault(kind, {})[row] = note
            found[row] = severity
            self.spare.setdefault(kind, set()).discard(row)
            if spare:
                self.spare[kind].add(row)

    def findings(self) -> list[Finding]:
        return [
            Finding(k, self.notes[k], self.severities[k], frozenset(self.spare[k])) for k in REMEDIES if k in self.notes
        ]
