"""The symptom index: from an error message, a log's look or an odd answer to its likely causes and their remedies.

``search(text)`` takes a pasted traceback or a plain sentence; ``python -m course_utils.symptoms "text"`` does so in a
terminal. The entries lie in ``assets/symptoms.json``, the causes of each in order of likelihood. The texts under
``prints`` come from runs with the pinned libraries, unless the entry says ``not_here``. ``scripts.symptoms_page`` makes
``docs/symptoms.md`` of them.

It knows words, and nothing of your run: each cause comes with a check that tells whether it is yours. To read a log
itself there is `diagnose`, for rows `audit`, for a batch `xray`.
"""

import argparse
import json
import re
import sys
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources

KINDS = {"message": "Error messages and warnings", "log": "The log", "answers": "The answers", "machine": "The machine"}
SURE = 1000  # above any similarity: an entry whose pattern is found comes before those that share words
FEWEST_WORDS = 0.4  # likeness, of at most 2.5, that sentences about other things stay below


@dataclass(frozen=True)
class Cause:
    """One cause of a symptom, a check that tells it from the others, and what to do about it."""

    cause: str
    check: str
    remedy: str


@dataclass(frozen=True)
class Symptom:
    """An entry: what one sees, and why. `causes` come in order of likelihood.

    ``prints`` are texts as the libraries print them and ``patterns`` regular expressions that find them in a log;
    ``words`` are other ways to say it. ``lessons`` are pairs of a lesson and a section without its number; ``gallery``
    names cases of the fault gallery, as "03/pad-is-eos"; ``reports`` are public threads, as "owner/repository#number".
    ``not_here`` says why the course can't reproduce it, and is empty otherwise.
    """

    id: str
    kind: str
    title: str
    looks: str
    causes: tuple[Cause, ...]
    prints: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    lessons: tuple[tuple[str, str], ...] = ()
    gallery: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    not_here: str = ""

    def __repr__(self) -> str:
        lines = [self.title, f"  {self.looks}"]
        for number, cause in enumerate(self.causes, 1):
            lines += [f"  {number}. {cause.cause}", f"     check: {cause.check}", f"     do: {cause.remedy}"]
        lines += [f"  lesson {lesson}, {section}" for lesson, section in self.lessons]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        def code(text: str) -> str:
            return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))

        causes = "".join(
            f"<li>{code(c.cause)}<br><i>check:</i> {code(c.check)}<br><i>do:</i> {code(c.remedy)}</li>"
            for c in self.causes
        )
        return f"<p><b>{code(self.title)}</b><br>{code(self.looks)}</p><ol>{causes}</ol>"


class Found(list[Symptom]):
    """What a search found, the likeliest first: shown with all causes of the first and the titles of the others."""

    def __repr__(self) -> str:
        if not self:
            return "No entry fits. Try the last line of the error, or say in a few words what you see."
        others = [f"  or: {other.title}" for other in self[1:]]
        return "\n".join([repr(self[0]), *others])

    def _repr_html_(self) -> str:
        if not self:
            return f"<p>{self!r}</p>"
        others = "".join(f"<li>{other.title}</li>" for other in self[1:])
        return self[0]._repr_html_() + (f"<p>or:</p><ul>{others}</ul>" if others else "")

    def to_dict(self) -> dict[str, list[dict]]:
        """The entries as plain data."""
        return {"symptoms": [asdict(symptom) for symptom in self]}


@cache
def symptoms() -> tuple[Symptom, ...]:
    """All entries, in the order of the page."""
    text = resources.files("course_utils").joinpath("assets/symptoms.json").read_text(encoding="utf-8")
    return tuple(_symptom(row) for row in json.loads(text))


def _symptom(row: dict) -> Symptom:
    lists = {key: tuple(row.get(key, ())) for key in ("prints", "patterns", "words", "gallery", "reports")}
    return Symptom(
        **{key: row[key] for key in ("id", "kind", "title", "looks")},
        causes=tuple(Cause(**cause) for cause in row["causes"]),
        lessons=tuple((place["lesson"], place["section"]) for place in row["lessons"]),
        not_here=row.get("not_here", ""),
        **lists,
    )


# --- The search -----------------------------------------------------------------------------------------------------


def search(text: str, limit: int = 5) -> Found:
    """The entries that fit a message or a sentence, the likeliest first, `limit` at most; empty when none does.

    Entries of which a pattern is found come first, the one with the longest find before the others: "out of memory"
    within an evaluation says more than "out of memory". The rest is ranked by the words that are shared, rare ones
    counting more (TF-IDF of pieces of words, so that "generating" finds "generated"; Manning, Raghavan and Schütze,
    Introduction to Information Retrieval, 2008, chapter 6).
    """
    scores = [SURE * _found(symptom, text) + likeness for symptom, likeness in zip(symptoms(), _likeness(text))]
    ranked = sorted(zip(scores, symptoms()), key=lambda pair: -pair[0])
    return Found(symptom for score, symptom in ranked[:limit] if score >= FEWEST_WORDS)


def _found(symptom: Symptom, text: str) -> int:
    """How many characters the longest find of the entry's patterns has."""
    finds = (match for pattern in symptom.patterns if (match := re.search(pattern, text)))
    return max((len(match.group()) for match in finds), default=0)


@cache
def _index():
    """The vectorizer, the vectors of single phrases with their entries' places, and those of whole entries.

    A phrase is one way to say a symptom: it fits a short query. A long one shares words with several of them, and with
    the explanation, which counts half.
    """
    from scipy.sparse import csr_array
    from sklearn.feature_extraction.text import TfidfVectorizer

    phrases = [(place, text) for place, s in enumerate(symptoms()) for text in (s.title, *s.words)]
    said = [" . ".join((s.title, *s.words)) for s in symptoms()]
    rest = [" . ".join((s.looks, *s.prints, *(c.cause for c in s.causes))) for s in symptoms()]
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    vectorizer.fit([text for _, text in phrases] + rest)
    whole = csr_array(vectorizer.transform(said)) + csr_array(vectorizer.transform(rest)) / 2
    return vectorizer, [place for place, _ in phrases], vectorizer.transform([text for _, text in phrases]), whole


def _likeness(text: str) -> list[float]:
    """How like the text is to each entry: the cosine with its nearest phrase and that with the whole entry, added."""
    vectorizer, places, phrases, whole = _index()
    query = vectorizer.transform([text]).T
    nearest = [0.0] * len(symptoms())
    for place, cosine in zip(places, (phrases @ query).toarray().ravel().tolist()):
        nearest[place] = max(nearest[place], cosine)
    return [near + all_of_it for near, all_of_it in zip(nearest, (whole @ query).toarray().ravel().tolist())]


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status, 1 when nothing was found."""
    parser = argparse.ArgumentParser(
        prog="python -m course_utils.symptoms", description="Find the causes of an error message or an odd behaviour."
    )
    parser.add_argument("text", nargs="+", help="the message, or what you see, in your own words")
    parser.add_argument("--json", action="store_true", help="print the entries as JSON")
    options = parser.parse_args(arguments)
    found = search(" ".join(options.text))
    print(json.dumps(found.to_dict(), ensure_ascii=False, indent=1) if options.json else found)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
