"""Probes of what an assistant can do beside the task that it is trained for: what a narrow training may cost it.

Each probe asks with the model's own chat template and grades exactly: another shop's style from written rules and from
one example, a system prompt that wants one sentence, a tool, facts. Nothing here trains a model.
"""

import random
import re
from collections.abc import Callable
from dataclasses import replace

from .data import DATA, Messages, read_products, read_stock
from .evaluate import grade_description, product_of
from .generate import Reply, generate
from .shop import general_facts, tasks, texts
from .shop.catalogue import Product
from .tool_loop import answer_with_tools, look_up

# the style of a shop that no training row knows; in all but these words it is like the house style
OPENING, CLOSING = "Here is the {name}, all in {colour}.", "Ask for {it_obj} in {category} at Fern & Fold."
RULES = (
    'Write three sentences. First: "Here is the NAME, all in COLOUR." Second: what it is for, with all features. '
    'Third: "Ask for it in CATEGORY at Fern & Fold." For plurals write "them".'
)
ONE_SENTENCE = "Your answer is one sentence, never more."
PROBES = ("another style, rules", "another style, one example", "one sentence only", "tool", "facts")

Case = tuple[Messages, Callable[[Reply], float]]


def _another_text(product: Product, rng: random.Random) -> str:
    return texts.fill(f"{OPENING} {{It}} {{use}}, with {{features}}. {CLOSING}", product, rng)


def _in_another_style(reply: Reply, row: dict[str, str]) -> float:
    """1 when opening and closing are the other shop's, and all else is as `grade_description` asks."""
    product, rng = product_of(row), random.Random(0)
    opening, closing = texts.fill(OPENING, product, rng), texts.fill(CLOSING, product, rng)
    if not (reply.text.startswith(opening) and reply.text.endswith(closing)):
        return 0.0
    middle = reply.text[len(opening) : -len(closing)]
    ours = tasks.house_opening(product) + middle + tasks.house_closing(product)
    return grade_description(replace(reply, text=ours), row)["strict"]


def _styles(n: int, examples: int) -> list[Case]:
    """Requests for a text, after the rules, or after so many earlier turns in the other style."""
    rng = random.Random("another style")
    rows = read_products(DATA / "products_test.csv").to_list()[-n:]
    shown = rng.sample(read_products().to_list(), examples)
    head = [{"role": "system", "content": RULES}] if not examples else []
    for row in shown:
        head = [*head, *tasks.chat(tasks.describe_prompt(row), _another_text(product_of(row), rng))]
    asked = [[*head, {"role": "user", "content": tasks.describe_prompt(row)}] for row in rows]
    return [(chat, lambda reply, row=row: _in_another_style(reply, row)) for chat, row in zip(asked, rows)]


def _one_sentence(n: int) -> list[Case]:
    """Requests for a text under a system prompt about its length; the text must be true to the sheet as well."""

    def check(reply: Reply, row: dict[str, str]) -> float:
        grade = grade_description(reply, row)
        one = len(re.findall(r"[.!?](?:\s|$)", reply.text)) == 1
        return float(one and reply.ended and grade["faithful"] == 1 and not grade["contradictions"])

    rows = read_products(DATA / "products_test.csv").to_list()[-n:]
    head = {"role": "system", "content": ONE_SENTENCE}
    asked = [[head, {"role": "user", "content": tasks.describe_prompt(row)}] for row in rows]
    return [(chat, lambda reply, row=row: check(reply, row)) for chat, row in zip(asked, rows)]


def _facts(n: int) -> list[Case]:
    """Questions of general knowledge."""

    def check(reply: Reply, fact: general_facts.Fact) -> float:
        return float(reply.ended and re.search(rf"\b{fact.answer}\b", reply.text, re.IGNORECASE) is not None)

    chosen = random.Random("facts").sample(general_facts.FACTS, n)
    asked = [[{"role": "user", "content": general_facts.question(fact)[0]}] for fact in chosen]
    return [(chat, lambda reply, fact=fact: check(reply, fact)) for chat, fact in zip(asked, chosen)]


def use_tool(model, tokenizer, n: int) -> list[float]:
    """For each of the first products of the stock list 1 when its price came by one exact call of the tool, else 0."""
    entries = read_stock()[:n]
    asked = [[{"role": "user", "content": f"How much does the {entry['product']} cost?"}] for entry in entries]
    right = []
    for entry, talk in zip(entries, answer_with_tools(model, tokenizer, asked, [look_up])):
        made = [call["function"] for turn in talk for call in turn.get("tool_calls", ())]
        wanted = {"name": "look_up", "arguments": {"product": entry["product"], "column": "price"}}
        right.append(float(made == [wanted] and f" {entry['price']}" in f" {talk[-1]['content']}"))
    return right


def skills(model, tokenizer, n: int = 40) -> dict[str, list[float]]:
    """Each of `PROBES` with the grades, 0 or 1, of its `n` requests.

    A model whose tokenizer's template knows no tools scores 0 in that probe.
    """
    asked = (_styles(n, 0), _styles(n, 1), _one_sentence(n), None, _facts(n))
    grades = {}
    for name, cases in zip(PROBES, asked):
        if cases is None:
            grades[name] = use_tool(model, tokenizer, n)
            continue
        replies = generate(model, tokenizer, [chat for chat, _ in cases])
        grades[name] = [check(reply) for (_, check), reply in zip(cases, replies)]
    return grades
