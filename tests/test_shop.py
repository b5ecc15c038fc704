"""The shop's world: closed lists, names kept apart, a corpus without what the lessons teach."""

import itertools
import random

import pytest

from course_utils.phrases import mentioned
from course_utils.shop import catalogue, general_facts, tasks
from scripts import pretraining_corpus


def test_world_is_as_large_as_promised_and_unambiguous():
    assert len(catalogue.CATEGORIES) >= 8 and len(catalogue.TYPES) >= 60
    for lists in (catalogue.FEATURES, catalogue.COLOURS, tuple(catalogue.TYPES)):
        assert len(set(lists)) == len(lists)
        for phrase in lists:  # no phrase hides in another, so a grader never confuses two
            assert mentioned(phrase, lists) == {phrase}
    for kind in catalogue.TYPES.values():
        assert not mentioned(" ".join(kind.features), tuple(catalogue.TYPES) + catalogue.COLOURS), kind.name


def test_names_belong_to_one_split_each():
    rng = random.Random(0)
    for split in catalogue.SPLITS:
        assert all(catalogue.split_of(catalogue.new_brand(rng, split)) == split for _ in range(200))
    with pytest.raises(ValueError, match="unknown split 'dev'"):
        catalogue.new_brand(rng, "dev")


@pytest.mark.parametrize(
    "noun, phrase",
    [
        ("hidden zip", "a hidden zip"),
        ("oak grip", "an oak grip"),
        ("soft edges", "soft edges"),
        ("zoom lens", "a zoom lens"),
    ],
)
def test_articles(noun, phrase):
    assert catalogue.with_article(noun) == phrase


def test_corpus_is_seeded_and_holds_nothing_the_lessons_teach():
    documents = list(itertools.islice(pretraining_corpus.documents(3), 5000))
    assert documents == list(itertools.islice(pretraining_corpus.documents(3), 5000))
    assert documents != list(itertools.islice(pretraining_corpus.documents(4), 5000))
    text = "\n".join(documents)
    taught = ["<|im_", "Meet the", "Find it in", "Find them in", tasks.OPENING, tasks.CLOSING]
    taught += [term for (_, term), _, _ in tasks.INTENTS.values()]
    assert [phrase for phrase in taught if phrase in text] == []
    assert '{"name"' not in text


def test_every_genre_speaks_of_training_names_only():
    rng = random.Random(1)
    for genre in pretraining_corpus.GENRES:
        for _ in range(30):
            assert "{" not in genre(rng) or genre is pretraining_corpus.text_and_record


def test_facts_are_askable():
    probes = general_facts.probes()
    assert len(probes) == len(general_facts.FACTS) >= 150
    assert ("The capital of France is", " Paris") in probes
    assert general_facts.question(general_facts.FACTS[0]) == (
        "What is the opposite of hot?",
        "The opposite of hot is cold.",
    )
