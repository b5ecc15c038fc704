"""Random phrases, shops and products for the assistant's training rows.

The phrases come from the whole vocabulary, so that no list of openings can be learned by heart. This file knows nothing
about chats.
"""

import random
import re

from course_utils.shop.catalogue import TYPES, Product, is_plural, new_brand, new_product

from . import assistant_words as words

PLURALS = tuple(name for name in TYPES if is_plural(name))
# what no random word may be: the first words of the house style, and the shop's name
_HOUSE_WORDS = {"meet", "find", "pebble", "pine"}


class Words:
    """Random phrases and names from the pieces of a tokenizer's vocabulary.

    `late` rows ask in more wordings, and more often about two products.
    """

    def __init__(self, rng: random.Random, pieces: list[str], late: bool = False):
        self.rng, self.pieces, self.late = rng, pieces, late
        words = {piece.strip() for piece in pieces} - _HOUSE_WORDS
        self.pool = sorted(word for word in words if re.fullmatch(r"[a-z]{2,}", word))

    def word(self) -> str:
        kind = self.rng.random()
        if kind < 0.7:
            return self.rng.choice(self.pool)
        made = "".join(self.rng.sample(self.pool, 2)) if kind < 0.85 else new_brand(self.rng, "corpus").lower()
        return self.word() if made in _HOUSE_WORDS else made

    def identifier(self) -> str:
        """A name as programs have them: one to three pieces, joined or with underscores."""
        pieces = self.rng.sample(self.pool, self.rng.choice((1, 2, 2, 3)))
        return self.rng.choice(("", "_")).join(pieces)

    def tokens(self) -> str:
        """Ten to forty pieces of any kind, one after another."""
        return "".join(self.rng.choices(self.pieces, k=self.rng.randint(10, 40))).strip()

    def phrase(self, most: int = 3) -> str:
        return " ".join(self.word() for _ in range(self.rng.randint(1, most)))

    def sentence(self) -> str:
        return f"{self.phrase(5).capitalize()}."

    def shop(self) -> str:
        first, second = (self.word().capitalize() for _ in range(2))
        return self.rng.choice([f"{first} & {second}", f"{first} {second}", first])

    def fill(self, template: str) -> str:
        """A template whose every {w} became a phrase, beginning with a capital; its other slots stay."""
        while "{w}" in template:
            template = template.replace("{w}", self.phrase(), 1)
        return template[0].upper() + template[1:]

    def persona(self) -> str:
        return self.rng.choice(words.PERSONA).format(shop=self.shop())

    def product(self) -> Product:
        """A product with a name of the corpus split; more plurals than the shop has, so that agreement is learned."""
        return new_product(self.rng, "corpus", self.rng.choice(PLURALS) if self.rng.random() < 0.2 else None)

    def polite(self, text: str) -> str:
        return f"{self.rng.choice(words.BEFORE)}{text}" if self.rng.random() < 0.2 else text


def vocabulary(tokenizer) -> list[str]:
    """The pieces of a tokenizer's vocabulary that are printable text and no marks, with their spaces."""
    pieces = [tokenizer.decode([i]) for i in range(len(tokenizer))]
    text = (piece for piece in pieces if piece.isprintable() and "\N{REPLACEMENT CHARACTER}" not in piece)
    return [piece for piece in text if not piece.startswith("<|")]
