"""What the assistant must do, measured on names, styles and wordings that none of its training rows has.

Each test draws requests with a seed, asks the model, and grades exactly. `BARS` says what is required; `measure` gives
the scores of one seed. This file trains nothing and writes nothing.
"""

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from course_utils import data
from course_utils.evaluate import (
    grade_description,
    grade_extraction,
    grade_support,
    mentioned,
    probe_accuracy,
    product_of,
)
from course_utils.generate import Reply, generate
from course_utils.shop import general_facts as facts
from course_utils.shop import tasks, texts
from course_utils.shop.catalogue import COLOURS, SHOP, Product, new_product
from course_utils.tool_loop import CALL, answer_with_tools, look_up

from . import assistant_words as words
from .assistant_asks import TEST, ask, ask_fact, ask_of_other, assistant, beside, rule, sheet, system, user, value_of

Chat = list[dict]
Check = Callable[[Reply], float]

OPENING, CLOSING = "Meet the {name} in {colour}.", f"Find {{it_obj}} in {{category}} at {SHOP}."
PERSONA = f"You are the clerk of {SHOP}."
BATCH = 150  # a step of so small a model costs about the same for one reply and for many
FORMS = (
    '{{"reply": "{slot}"}}', "Result: {slot}", "<value>{slot}</value>", "| {slot} |", "({slot})",
    "Our answer is {slot}.", "{slot} - that is all.", "Answer -> {slot}",
)  # fmt: skip


@dataclass(frozen=True)
class Bar:
    """A test, what it says, and the least mean over the seeds that is required (None: told, not required)."""

    key: str
    text: str
    required: float | None = None


BARS = (
    Bar("rules", "house style from written rules alone: strict", 0.3),
    Bar("one example", "house style from one earlier turn: strict", 0.6),
    Bar("three examples", "house style from three earlier turns: strict", 0.6),
    Bar("one sentence", "system prompt: one sentence only, true to the sheet", 0.8),
    Bar("capitals", "system prompt: capital letters, right answer", 0.8),
    Bar("refuse", "system prompt: refuse what is not the shop's, answer what is", 0.8),
    Bar("form", "system prompt: answer in a given form, exactly", 0.8),
    Bar("talk", "talks of two to four turns with every answer right", 0.8),
    Bar("tool", "price or stock by a tool: exact call, right answer", 0.9),
    Bar("no tool", "tool at hand, but the sheet says so: right answer without a call", 0.9),
    Bar("facts", "general facts, asked as questions", 0.9),
    Bar("probe", "general facts, completed as the base is asked to"),
    Bar("unasked sentence", "the one-sentence requests without that system prompt: one sentence all the same"),
    Bar("unasked capitals", "the capitals requests without that system prompt: capitals all the same"),
    Bar("support", "support replies from the house's rules in the system prompt: strict"),
    Bar("record", "JSON from the keys in the request: exact"),
)


def test_products(rng: random.Random, n: int) -> list[dict]:
    return rng.sample(data.read_products(data.DATA / "products_test.csv").to_list(), n)


# --- House style ----------------------------------------------------------------------------------------------------


def style_from_rules(rng: random.Random, n: int) -> list[tuple[Chat, Check]]:
    cases = []
    for row in test_products(rng, n):
        chat = [*system(rule(OPENING, CLOSING, SHOP, rng, TEST)), user(tasks.describe_prompt(row))]
        cases.append((chat, lambda reply, row=row: grade_description(reply, row)["strict"]))
    return cases


def style_from_examples(rng: random.Random, n: int, examples: int) -> list[tuple[Chat, Check]]:
    cases, shown = [], data.read_products().to_list()
    for row in test_products(rng, n):
        turns = [tasks.chat(tasks.describe_prompt(e), e["description"]) for e in rng.sample(shown, examples)]
        chat = [*sum(turns, []), user(tasks.describe_prompt(row))]
        cases.append((chat, lambda reply, row=row: grade_description(reply, row)["strict"]))
    return cases


# --- System prompts -------------------------------------------------------------------------------------------------


def _one_sentence(reply: Reply, row: dict) -> float:
    grade = grade_description(reply, row)
    sentences = len(re.findall(r"[.!?](?:\s|$)", reply.text))
    named = product_of(row).brand in reply.text
    return float(sentences == 1 and named and not grade["contradictions"] and reply.ended)


def one_sentence(rng: random.Random, n: int, ruled: bool = True) -> list[tuple[Chat, Check]]:
    cases = []
    for row in test_products(rng, n):
        head = system(rng.choice(words.ONE_SENTENCE[TEST])) if ruled else []
        chat = [*head, user(f"{rng.choice(words.DESCRIBE[TEST])}\n{tasks.sheet(row)}")]
        cases.append((chat, lambda reply, row=row: _one_sentence(reply, row)))
    return cases


def _question(rng: random.Random, of_shop: bool) -> tuple[Chat, str]:
    """A question, and what its answer must say: of a product's sheet, or of general knowledge."""
    if not of_shop:
        fact = rng.choice(facts.FACTS)
        return [user(ask_fact(fact, rng, TEST))], fact.answer
    product, extra = new_product(rng, "test"), {"price": texts.stock_facts(rng)["price"]}
    key = rng.choice(("colour", "category", "price"))
    return [user(f"{sheet(product, rng, extra)}\n{ask(key, product, rng, TEST)}")], value_of(key, product, extra)


def has(text: str, value: str) -> bool:
    """Whether a text has the value as whole words, whatever their letters' case."""
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE) is not None


def says(reply: Reply, value: str) -> bool:
    return reply.ended and has(reply.text, value)


def capitals(rng: random.Random, n: int, ruled: bool = True) -> list[tuple[Chat, Check]]:
    cases = []
    for i in range(n):
        chat, value = _question(rng, of_shop=i % 2 == 0)
        head = system(rng.choice(words.CAPITALS[TEST])) if ruled else []
        cases.append(([*head, *chat], lambda reply, value=value: float(reply.text.isupper() and says(reply, value))))
    return cases


def refuse(rng: random.Random, n: int) -> list[tuple[Chat, Check]]:
    """Half of the questions are about a product of the shop."""
    cases = []
    for i in range(n):
        chat, value = _question(rng, of_shop=i % 2 == 0)
        refusal = rng.choice(words.REFUSALS[TEST])
        head = system(rng.choice(words.REFUSE[TEST]).format(text=refusal))

        def check(reply: Reply, value: str = value, refusal: str = refusal, of_shop: bool = i % 2 == 0) -> float:
            return float(says(reply, value) if of_shop else reply.ended and reply.text == refusal)

        cases.append(([*head, *chat], check))
    return cases


def form(rng: random.Random, n: int) -> list[tuple[Chat, Check]]:
    cases = []
    for i in range(n):
        chat, value = _question(rng, of_shop=i % 2 == 0)
        frame, slot = rng.choice(FORMS), rng.choice(("ANSWER", "[answer]"))
        head = system(rng.choice(words.FORM[TEST]).format(text=frame.format(slot=slot)))
        right = frame.format(slot=value)
        cases.append(([*head, *chat], lambda reply, right=right: float(reply.ended and reply.text == right)))
    return cases


# --- Talks ----------------------------------------------------------------------------------------------------------


@dataclass
class Talk:
    """A talk under way: what the user will say next, with what each answer must say."""

    chat: Chat
    to_come: list[tuple[str, str, Product, dict]]  # the user's turn; what is asked, of which product, and its extras
    right: bool = True


def _talk(rng: random.Random) -> Talk:
    one, other = new_product(rng, "test"), new_product(rng, "test")
    extras = [{key: texts.stock_facts(rng)[key] for key in ("price", "stock")} for _ in range(2)]
    two = rng.random() < 0.4
    shown = [sheet(one, rng, extras[0])] + [sheet(other, rng, extras[1])] * two
    rng.shuffle(shown)
    keys = rng.sample(("colour", "category", "brand", "features", "price", "stock"), rng.choice((2, 3, 4)))
    chat = beside("\n\n".join(shown), ask(keys[0], one, rng, TEST), rng)
    asked = [(chat[-1]["content"], keys[0], one, extras[0])]
    for key in keys[1:]:
        *_, before, about, extra = asked[-1]
        if two and about is one and rng.random() < 0.5:
            asked.append((ask_of_other(other, rng, TEST), before, other, extras[1]))
        else:
            asked.append((ask(key, about, rng, TEST, follow_up=True), key, about, extra))
    return Talk(chat[:-1], asked)


def _answers(reply: Reply, key: str, product: Product, extra: dict) -> bool:
    if key == "features":
        return all(says(reply, feature) for feature in product.features)
    right = says(reply, value_of(key, product, extra))
    return right and not (key == "colour" and mentioned(reply.text, COLOURS) - {product.colour})


def talks(rng: random.Random, n: int) -> list[Talk]:
    """Talks of two to four turns."""
    return [_talk(rng) for _ in range(n)]


def hold(model, tokenizer, all_talks: list[Talk]) -> list[float]:
    """The model answers turn by turn, with its own earlier answers before it; a talk counts when all are right."""
    while open_talks := [talk for talk in all_talks if talk.to_come]:
        turns = [talk.to_come.pop(0) for talk in open_talks]
        for talk, (said, *_) in zip(open_talks, turns):
            talk.chat.append(user(said))
        replies = generate(model, tokenizer, [talk.chat for talk in open_talks], 50, batch_size=BATCH)
        for talk, reply, (_, key, product, extra) in zip(open_talks, replies, turns):
            talk.right &= _answers(reply, key, product, extra)
            talk.chat.append(assistant(reply.text))
    return [float(talk.right) for talk in all_talks]


# --- The tool -------------------------------------------------------------------------------------------------------


def _of_name(name: str) -> Product:
    """A product of the stock list with features and a colour, so that it has a sheet."""
    product = new_product(random.Random(name), "test", name.split(" ", 1)[1])
    return Product(product.category, name, product.features, product.colour)


def tool_calls(rng: random.Random, n: int) -> list[tuple[Chat, dict, str]]:
    """Chats, the arguments of the call that each needs, and the value. A third comes with a sheet that lacks it."""
    cases = []
    for i, entry in enumerate(rng.choices(data.read_stock(), k=n)):
        key = ("price", "stock")[i % 2]
        product = _of_name(entry["product"])
        question = ask(key, product, rng, TEST)
        chat = beside(tasks.sheet(product.row()), question, rng) if i % 3 == 0 else [user(question)]
        if i % 3 == 1:
            chat = [*system(PERSONA), *chat]
        cases.append((chat, {"product": entry["product"], "column": key}, entry[key]))
    return cases


def use_tool(model, tokenizer, cases: list[tuple[Chat, dict, str]]) -> list[float]:
    """Right is one call with exact name and arguments, and the value in the last answer."""
    ended = answer_with_tools(model, tokenizer, [chat for chat, *_ in cases], [look_up])
    scores = []
    for (chat, arguments, value), talk in zip(cases, ended):
        made = [call["function"] for turn in talk[len(chat) :] for call in turn.get("tool_calls", ())]
        right = made == [{"name": "look_up", "arguments": arguments}]
        scores.append(float(right and has(talk[-1]["content"], value)))
    return scores


def no_tool(rng: random.Random, n: int) -> list[tuple[Chat, str]]:
    """Chats whose sheet has the value, and the value."""
    cases = []
    for i in range(n):
        product, values = new_product(rng, "test"), texts.stock_facts(rng)
        key = ("price", "stock")[i % 2]
        cases.append((beside(sheet(product, rng, values), ask(key, product, rng, TEST), rng), values[key]))
    return cases


def leave_tool(model, tokenizer, cases: list[tuple[Chat, str]]) -> list[float]:
    """Right is the value without a call."""
    chats, ends = [chat for chat, _ in cases], model.generation_config.eos_token_id
    replies = generate(model, tokenizer, chats, 60, batch_size=BATCH, tools=[look_up], end_tokens=ends)
    return [float(CALL not in reply.text and says(reply, value)) for reply, (_, value) in zip(replies, cases)]


# --- Knowledge, and the other two jobs of the course ----------------------------------------------------------------


def general_facts(rng: random.Random, n: int) -> list[tuple[Chat, Check]]:
    """As many facts as there are, or `n` of them when that is fewer."""
    chosen = rng.sample(facts.FACTS, min(3 * n, len(facts.FACTS)))
    return [([user(ask_fact(f, rng, TEST))], lambda reply, f=f: float(says(reply, f.answer))) for f in chosen]


def _house_policy() -> str:
    said = "\n".join(f"{plain}: {text.format(name='NAME')}" for (plain, _), text, _ in tasks.INTENTS.values())
    return f'Begin with "{tasks.OPENING}" and end with "{tasks.CLOSING}".\n{said}'


def support(rng: random.Random, n: int) -> list[tuple[Chat, Check]]:
    rows = [row for row in data.read_chats(data.DATA / "chats_test.jsonl", task="support").to_list()]
    head = system(_house_policy())
    return [
        ([*head, *row["messages"][:1]], lambda reply, row=row: grade_support(reply, row)["strict"])
        for row in rng.sample(rows, n)
    ]


def record(rng: random.Random, n: int) -> list[tuple[Chat, Check]]:
    rows = data.read_chats(data.DATA / "chats_test.jsonl", task="extraction").to_list()
    head = system(f"Use the keys {', '.join(tasks.JSON_KEYS)}.")
    return [
        ([*head, *row["messages"][:1]], lambda reply, row=row: grade_extraction(reply, row)["exact"])
        for row in rng.sample(rows, n)
    ]


def ask_once(model, tokenizer, cases: list[tuple[Chat, Check]]) -> list[float]:
    """One answer to each chat, graded by its check."""
    replies = generate(model, tokenizer, [chat for chat, _ in cases], 100, batch_size=BATCH)
    return [check(reply) for (_, check), reply in zip(cases, replies)]


# what draws a test's requests with a seed; all are asked once but those of `_LIVE`
DRAWS: dict[str, Callable[[random.Random, int], list]] = {
    "rules": style_from_rules,
    "one example": lambda rng, n: style_from_examples(rng, n, 1),
    "three examples": lambda rng, n: style_from_examples(rng, n, 3),
    "one sentence": one_sentence,
    "capitals": capitals,
    "refuse": refuse,
    "form": form,
    "talk": talks,
    "tool": tool_calls,
    "no tool": no_tool,
    "facts": general_facts,
    "unasked sentence": lambda rng, n: one_sentence(rng, n, ruled=False),
    "unasked capitals": lambda rng, n: capitals(rng, n, ruled=False),
    "support": support,
    "record": record,
}
_LIVE = {"talk": hold, "tool": use_tool, "no tool": leave_tool}


def measure(model, tokenizer, seeds: Iterable[int], n: int, keys: Iterable[str]) -> dict[str, list[float]]:
    """Each test's score for each seed, between 0 and 1. A seed draws `n` requests; all seeds are asked at once."""
    scores = {}
    for key in keys:
        if key == "probe":  # it has nothing to draw
            scores[key] = [round(probe_accuracy(model, tokenizer), 3)]
            continue
        draws = [DRAWS[key](random.Random(f"{key} {seed}"), n) for seed in seeds]
        graded = iter(_LIVE.get(key, ask_once)(model, tokenizer, sum(draws, [])))
        scores[key] = [round(sum(next(graded) for _ in draw) / len(draw), 3) for draw in draws]
    return scores
