"""Talks for the assistant's training rows: questions about products and general facts, one after another.

A system prompt may say how to answer, and a tool may be at hand for what no sheet says. Later questions lean on earlier
ones. The rows of texts are in `assistant_rows`.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from course_utils.shop import general_facts as facts
from course_utils.shop import texts
from course_utils.shop.catalogue import CATEGORIES, COLOURS, FEATURES, TYPES, Product

from . import assistant_words as words
from .assistant_asks import (
    TRAIN,
    answer,
    ask,
    ask_fact,
    ask_of_other,
    assistant,
    call,
    result,
    sheet,
    system,
    tool,
    user,
    value_of,
)
from .assistant_phrases import Words

Row = dict[str, object]  # kind; prompt and completion: lists of messages; tools: JSON or None
_EXTRA_KEYS = ("price", "stock", "delivery", "shelf")
_FRAMES = (
    '{{"{one}": "{slot}"}}', "<{one}>{slot}</{one}>", "{Two}: {slot}", "{one} = {slot}", "{Two} {slot}.",
    "{Two} {slot} {one}.", "[{one}] {slot}", "* {slot} *", "{slot} ({two})", "{one} -> {slot}", "{slot}, {two}.",
    "{ONE} {slot}", "# {Two}\n{slot}", '"{slot}" {two}', "{one}({slot})", "{slot} {one} {two}",
)  # fmt: skip


def row(prompt: list[dict], completion: list[dict], tools: list[dict] | None = None) -> Row:
    """One chat: what is given, and from where on its assistant turns are learned."""
    return {"prompt": prompt, "completion": completion, "tools": json.dumps(tools) if tools else None}


@dataclass
class Turn:
    """A question, its full answer, the value in it, and what it is about (None: general knowledge)."""

    asked: str
    full: str
    value: str
    product: Product | None = None
    key: str = ""


def _fact(rng: random.Random) -> Turn:
    fact = rng.choice(facts.FACTS)
    return Turn(ask_fact(fact, rng, TRAIN), facts.question(fact)[1], fact.answer)


def _turns(w: Words, n: int, known: list[tuple[Product, dict]], keys: list[str], general: float) -> list[Turn]:
    """`n` questions, each general with that probability, else about one of `known`: products with their extras."""
    rng, turns, before = w.rng, [], None
    for _ in range(n):
        if not known or rng.random() < general:
            turns.append(_fact(rng))
            continue
        product, extra = known[0] if before is None else rng.choice(known)
        key = rng.choice(keys)
        if before and before.product is not product and rng.random() < 0.6:
            key = before.key
            asked = ask_of_other(product, rng, TRAIN)
        else:
            asked = ask(key, product, rng, TRAIN, bool(before and before.product is product), w.late)
        again = bool(before and before.product is product)  # then the answer says "it"
        before = Turn(asked, answer(key, product, extra, again), value_of(key, product, extra), product, key)
        turns.append(before)
    turns[0].asked = w.polite(turns[0].asked)
    return turns


def _known(w: Words, most: int = 3) -> tuple[list[tuple[Product, dict]], list[str]]:
    """One product or two with some extras each, and what may be asked about them."""
    keys = w.rng.sample(_EXTRA_KEYS, w.rng.randint(0, most))
    known = []
    for _ in range(1 + (w.rng.random() < (0.55 if w.late else 0.35))):
        values = texts.stock_facts(w.rng)
        known.append((w.product(), {key: values[key] for key in keys}))
    return known, ["colour", "category", "brand", "features", *keys]


def _chat(
    w: Words, turns: list[Turn], known: list[tuple[Product, dict]], rule: str, reply: Callable[[Turn], str]
) -> Row:
    """The questions as a chat. The sheets stand in the system prompt or beside the first question about a product."""
    rng = w.rng
    persona = w.persona() if rng.random() < 0.3 else ""
    of_shop = [turn for turn in turns if turn.product]
    shown = [sheet(product, rng, extra) for product, extra in known]
    rng.shuffle(shown)
    listed = "\n\n".join(shown) if of_shop else ""
    if listed and rng.random() < 0.4:
        rule = f"{rule}\n{listed}".strip()
    elif listed:
        first = of_shop[0]
        first.asked = f"{listed}\n{first.asked}" if rng.random() < 0.6 else f"{first.asked}\n{listed}"
    chat = system(persona, rule)
    given = len(chat) + 1
    for turn in turns:
        chat += [user(turn.asked), assistant(reply(turn))]
    return row(chat[:given], chat[given:])


def _full(turn: Turn) -> str:
    return turn.full


def talk(w: Words) -> Row:
    """Two to five questions about one or two products."""
    known, keys = _known(w)
    turns = _turns(w, w.rng.randint(2, 5), known, keys, general=0.1)
    return _chat(w, turns, known, "", _full)


def general(w: Words) -> Row:
    """One to five general questions."""
    return _chat(w, [_fact(w.rng) for _ in range(w.rng.randint(1, 5))], [], "", _full)


def capitals(w: Words) -> Row:
    known, keys = _known(w, 2)
    turns = _turns(w, w.rng.randint(1, 3), known, keys, general=0.5)
    return _chat(w, turns, known, w.rng.choice(words.CAPITALS[TRAIN]), lambda turn: turn.full.upper())


def spelled(w: Words) -> Row:
    """Words of the shop and of the facts in capitals: each capital is a token of its own, so words are spelled."""
    rng = w.rng
    lists = (COLOURS, CATEGORIES, FEATURES, tuple(TYPES), tuple(fact.answer for fact in facts.FACTS))
    chosen = [rng.choice(rng.choice(lists)) for _ in range(rng.randint(6, 12))] + [w.product().name]
    text = ", ".join(rng.sample(chosen, len(chosen)))
    return row([user(f"{rng.choice(words.SPELL)}{text}")], [assistant(text.upper())])


def refuse(w: Words) -> Row:
    """A rule that refuses what is not the shop's: about half of the questions are, half are not."""
    rng = w.rng
    refusal = rng.choice(words.REFUSALS[TRAIN]) if rng.random() < 0.3 else w.sentence()
    written = f'"{refusal}"' if rng.random() < 0.5 else refusal
    rule = rng.choice(words.REFUSE[TRAIN]).replace('"{text}"', "{text}").format(text=written)
    known, keys = _known(w)
    turns = _turns(w, rng.randint(1, 4), known, keys, general=0.5)
    return _chat(w, turns, known, rule, lambda turn: turn.full if turn.product else refusal)


def form(w: Words) -> Row:
    """The short answer in a form with a place for it: JSON, a tag, a label, words before and after."""
    rng, one, two = w.rng, w.word(), w.phrase()
    frame, slot = rng.choice(_FRAMES), rng.choice(("ANSWER", "...", "[answer]", "(the answer)", "X", "{answer}"))

    def filled(text: str) -> str:
        return frame.format(one=one, two=two, Two=two.capitalize(), ONE=one.upper(), slot=text)

    known, keys = _known(w)
    turns = _turns(w, rng.randint(1, 4), known, keys, general=0.45)
    rule = rng.choice(words.FORM[TRAIN]).format(text=filled(slot))
    return _chat(w, turns, known, rule, lambda turn: filled(turn.value))


def brief(w: Words) -> Row:
    """The value alone, as the system prompt asks: what a form is put around."""
    known, keys = _known(w)
    turns = _turns(w, w.rng.randint(1, 4), known, keys, general=0.45)
    return _chat(w, turns, known, w.rng.choice(words.BRIEF), lambda turn: turn.value)


def say(w: Words) -> Row:
    """Words to say again, one by one: so copying is kept for what no product has."""
    ways = w.word, w.identifier, lambda: w.word().capitalize()
    return _again(w, " ".join(w.rng.choice(ways)() for _ in range(w.rng.randint(5, 25))))


def tokens(w: Words) -> Row:
    """Tokens of any kind to say again: what no row has in an answer would soon never be answered."""
    return _again(w, w.tokens())


def listed(w: Words) -> Row:
    """Words as a JSON list: between quotation marks a word's first token is another one than after a space."""
    chosen = [w.rng.choice((w.word, w.identifier))() for _ in range(w.rng.randint(5, 20))]
    text = w.rng.choice((" ", ", ")).join(chosen)
    return row([user(f"{w.rng.choice(words.LIST)}{text}")], [assistant(json.dumps(chosen))])


def _again(w: Words, text: str) -> Row:
    return row([user(f"{w.rng.choice(words.SAY)}{text}")], [assistant(text)])


# --- Tools ------------------------------------------------------------------------------------------------------------


def _new_tool(w: Words, columns: list[str]) -> tuple[dict, str, str, str]:
    rng = w.rng
    name = rng.choice((w.identifier(), w.identifier(), f"get_{w.word()}", f"{w.word()}_list"))
    about = ("Reads the stock list.", "Looks in the list of products.", "What the list says.", "One line of the list.")
    # mostly any word: names from a short list would be learned by heart instead of read in the tool's line
    item = w.identifier() if rng.random() < 0.7 else rng.choice(("item", "name", "article", "thing"))
    column = w.identifier() if rng.random() < 0.7 else rng.choice(("field", "what", "key", "detail"))
    if column == item:
        column += "s"
    return tool(name, rng.choice((*about, w.sentence())), item, column, columns), name, item, column


def with_tool(w: Words) -> Row:
    """One to four questions with a tool at hand: it is called for what no sheet says, and for nothing else."""
    rng = w.rng
    columns = rng.sample(_EXTRA_KEYS, rng.randint(2, 4))
    used, name, item, column = _new_tool(w, columns)
    tools = [used]
    if rng.random() < 0.15:  # a tool that is of no use
        tools.insert(rng.randint(0, 1), _new_tool(w, rng.sample(("colour", "maker", "size", "weight"), 2))[0])
    known = [(w.product(), texts.stock_facts(rng)) for _ in range(1 + (rng.random() < 0.3))]
    some = rng.sample(_EXTRA_KEYS, rng.randint(1, 4))
    on_sheet = rng.choice((None, (), some))  # None: there is no sheet
    keys = columns if on_sheet is None else [*columns, *columns, *on_sheet, *on_sheet, "colour", "category", "features"]
    turns = _turns(w, rng.randint(1, 4), known, keys, general=0.12)
    shown = [] if on_sheet is None else [sheet(p, rng, {key: extra[key] for key in on_sheet}) for p, extra in known]
    chat = system(w.persona() if rng.random() < 0.3 else "", "\n\n".join(shown) if rng.random() < 0.4 else "")
    if shown and not (chat and shown[0] in chat[0]["content"]):
        listed = "\n\n".join(shown)
        turns[0].asked = f"{listed}\n{turns[0].asked}" if rng.random() < 0.6 else f"{turns[0].asked}\n{listed}"
    given, missing, read = len(chat) + 1, rng.random() < 0.04, set(on_sheet or ())
    for turn in turns:
        chat.append(user(turn.asked))
        about = turn.product.name if turn.product else ""
        if turn.key in columns and turn.key not in read and (about, turn.key) not in read:
            read.add((about, turn.key))
            found = {turn.key: turn.value}
            said = rng.choice((json.dumps(found), json.dumps(found), json.dumps({item: about} | found), turn.value))
            if missing:
                said, turn.full = '{"error": "not in the list"}', f"I am sorry, the {about} is not in our list."
            chat += [call(name, {item: about, column: turn.key}), result(name, said)]
        chat.append(assistant(turn.full))
    return row(chat[:given], chat[given:], tools)
