"""No lesson uses a basic word of the field before a lesson has explained it, also for a reader who skips the primer.

``FIRST`` says of each word in which lesson it is explained first, and some words of the sentence that explains it. The
lessons are read in their order, 00, 01, …, without 00b. A word may stand in the paragraph that explains it and in all
that comes later. Not read: code, links' targets, headings, quizzes, and the head of the very lesson that explains the
word, which says what the lesson is about. Whether an explanation is a good one nobody can test.
"""

import re

import pytest
from assignments import ROOT
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from scripts import glossary
from scripts.glossary import plain

PRIMER = "00b_"
LESSONS = {
    name: book for name, book in glossary.read_lessons(ROOT / "notebooks").items() if not name.startswith(PRIMER)
}
GLOSSARY = {spelling.lower() for term in glossary.terms() for spelling in (term.name, *term.also)}
# word: how it may be spelled (a regular expression), the lesson that explains it, words of the explaining sentence
FIRST: dict[str, tuple[str, str, str]] = {
    "activations": ("activations?", "04", "the intermediate results that the forward pass keeps"),
    "Adam": ("Adam", "04", "a form of Adam, which moves each weight by about the learning rate"),
    "AdamW": ("AdamW", "04", "This is AdamW, a form of Adam"),
    "adapter": ("adapters?", "01", "a small addition to the model that you can take off again"),
    "attention": (
        "attention(?! mask)",
        "05",
        "Attention is the part of the model in which each token looks at the tokens before it",
    ),
    "attention mask": ("attention[ _]mask", "03", "says which tokens are real and which are padding"),
    "baseline": ("baselines?", "01", "a baseline, the score that a fine-tune has to beat"),
    "batch": ("batch(?:es)?", "00", "which are called a batch"),
    "bf16": ("bf16|bfloat16", "04", "bf16 has the range of float32"),
    "callback": ("callbacks?", "05", "the trainer calls its methods before the first step"),
    "checkpoint": ("checkpoints?", "04", "checkpoints (saved states from which a run can go on)"),
    "collator": ("collators?", "03", "a collator joins some of them into a batch"),
    "embedding": ("embeddings?", "03", "has one row of numbers in the model's embedding"),
    "entropy": ("entropy", "06", "is the surprise that the model itself expects"),
    "EOS": ("EOS", "03", "called end of sequence, EOS"),
    "epoch": ("epochs?", "04", "epochs (passes over the rows)"),
    "gradient": ("gradients?", "04", "These directions together are the gradient"),
    "greedy": ("greed(?:y|ily)", "04", "one that always takes the most likely token"),
    "KL divergence": ("KL", "10", "log-probabilities is the KL divergence"),
    "layer": ("layers?", "04", "a model is a stack of layers"),
    "learning rate": ("learning rates?", "03", "a learning rate (the length of its steps)"),
    "logits": ("logits?", "03", "one score for every token of the vocabulary"),
    "LoRA": ("LoRA", "04", "LoRA trains a small addition to the model"),
    "loss": ("loss(?:es)?", "00", "the model's average surprise per token"),
    "masked": ("mask(?:ed|s|ing)?(?<!attention mask)", "03", "a token that is masked (not trained) is plain"),
    "nats": ("nats?", "02", "It is measured in nats"),
    "optimizer": ("optimi[sz]ers?", "04", "The rule that does this is called the optimizer"),
    "optimizer step": ("(?:optimi[sz]er|training) steps?", "00", "One correction of the weights is called a step"),
    "overfitting": ("overfit(?:s|ting)?", "03", "which means learning the training rows by heart"),
    "packing": (
        "packing|packed",
        "03",
        "several rows will share one line of a batch, to save padding. This is called packing",
    ),
    "padding": ("padding|padded", "00", "the tokens that only fill rows up to one length"),
    "parameters": ("parameters?", "00", "parameters are the numbers that training changes"),
    "perplexity": ("perplexity", "04", "which is its exponential"),
    "policy": ("policy", "10", "model that is trained (the policy)"),
    "prefix cache": ("caches?|cached|caching", "01", "servers keep it in a prefix cache"),
    "prompt": ("prompts?", "00", "A prompt is the text that you give to a model to go on from"),
    "rank": ("rank", "08", "The rank r is the thickness of the two"),
    "reference model": ("reference models?", "10", "a frozen copy of where it began (the reference model)"),
    "reward model": ("reward models?", "02", "a reward model (it gives a text a number)"),
    "sampling": ("(?<!rejection )sampling|sampled", "02", "The words are drawn at random by their probabilities"),
    "schedule": ("schedules?", "04", "the plan by which the learning rate changes"),
    "seed": ("seeds?", "00", "which are runs with other random numbers"),
    "sigmoid": ("sigmoid", "10", "The sigmoid turns any number into one between 0 and 1"),
    "softmax": ("softmax", "", ""),
    "temperature": ("temperatures?", "02", "by their probabilities (temperature 1)"),
    "tensor": ("tensors?", "08", "every tensor (every block of numbers)"),
    "token": ("tokens?", "00", "which are words or pieces of words"),
    "tokenizer": ("tokenizers?", "00", "The tokenizer cuts a text into tokens"),
    "value model": ("value models?", "10", "it guesses the final reward while the text is being written"),
    "vocabulary": ("vocabular(?:y|ies)", "03", "the vocabulary (all tokens that the tokenizer knows)"),
    "warm-up": ("warm-?up", "04", "which is called a warm-up"),
    "weight": ("weights?", "00", "parameters (also called weights)"),
}


def paragraphs(lessons: dict[str, NotebookNode]) -> list[tuple[str, int, str, str]]:
    """The prose in the order of reading: numbers of lesson and cell, the section, and the text of the paragraph."""
    found = []
    for name, notebook in lessons.items():
        heading = ""
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type != "markdown" or "quiz-text" in cell.metadata.get("tags", []):
                continue
            text = re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL)
            for part in re.split(r"\n\s*\n", text):
                if title := re.match(r"#+ (.+)", part):
                    heading = title.group(1)
                    part = part[title.end() :]
                if part.strip():
                    found.append((name.partition("_")[0], number, heading, part))
    return found


def used(pattern: str, part: str) -> bool:
    """Whether a paragraph uses a word outside code; code that is the word alone counts as a use."""
    case = re.NOFLAG if re.search("[A-Z]", pattern) else re.IGNORECASE
    word = re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", case)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", " ", part)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`([^`]*)`", lambda code: code.group(1) if word.fullmatch(code.group(1)) else " ", text)
    return bool(word.search(text))


def too_early(word: str, first: tuple[str, str, str], lessons: dict[str, NotebookNode]) -> str:
    """Where a lesson uses a word before its explanation, as a sentence; "" where none does."""
    pattern, lesson, says = first
    parts = paragraphs(lessons)
    place = next((i for i, (number, *_, part) in enumerate(parts) if number == lesson and says in plain(part)), None)
    if lesson and place is None:
        return f"lesson {lesson} does not explain {word}: “{says}” stands nowhere in it"
    for number, cell, heading, part in parts[:place]:
        if used(pattern, part) and not (number == lesson and cell == 0):
            where = f"lesson {number}, cell {cell}, “{heading}”"
            return f"{where} uses {word} before lesson {lesson or '–'} explains it: {plain(part)[:160]!r}"
    return ""


@pytest.mark.parametrize("word", FIRST)
def test_a_word_is_explained_before_it_is_used(word):
    assert not (told := too_early(word, FIRST[word], LESSONS)), told


@pytest.mark.parametrize("word", FIRST)
def test_the_glossary_has_the_word(word):
    assert word.lower() in GLOSSARY


def lessons(*texts: str) -> dict[str, NotebookNode]:
    return {
        f"{i:02}_x.ipynb": new_notebook(cells=[new_markdown_cell("# T"), new_markdown_cell(t)])
        for i, t in enumerate(texts)
    }


def test_an_early_use_is_found_and_the_rest_is_left_alone():
    first = ("logits?", "01", "A logit is a score")
    told = "Logits come.\nA **logit** is [a score](x.md#logit)."
    assert not too_early(
        "logit", first, lessons("`a.logits`, ![logits](logits.png), [x](logits)\n\n```\nlogits\n```\n\n# Logits", told)
    )
    assert "lesson 00, cell 1" in too_early("logit", first, lessons("The logits.", told))
    assert "lesson 00, cell 1" in too_early("logit", first, lessons("The `logits`.", told))
    assert "lesson 01, cell 1" in too_early("logit", first, lessons("", f"The logits.\n\n{told}"))
    assert not too_early("logit", first, lessons("", f"{told}\n\nThe logits."))
    assert "does not explain" in too_early("logit", first, lessons("", "The logits."))
    assert "before lesson –" in too_early("logit", ("logits?", "", ""), lessons("", "The logits."))
