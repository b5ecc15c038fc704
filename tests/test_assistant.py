"""The shipped assistant: size and tokens, template and end tokens, its bars, and what its rows must not hold."""

import itertools
import json
import random
import re

import pytest
from trl.chat_template_utils import has_generation_markers, is_chat_template_prefix_preserving

from course_utils import data
from course_utils.session import start
from course_utils.shop import tasks
from course_utils.shop.catalogue import SHOP, split_of
from course_utils.tool_loop import look_up, read_reply, run_call
from scripts import assistant_bars, assistant_read, assistant_rows, assistant_words, make_assistant

BARS = json.loads((make_assistant.ASSISTANT / "bars.json").read_text(encoding="utf-8"))
READ = json.loads((make_assistant.ASSISTANT / "read.json").read_text(encoding="utf-8"))
# what the shipped weights do not reach: a better model makes these tests fail until a name is taken out
MISSED = {"capitals", "form", "talk", "no tool", "facts"}
TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "How much is the Muva kettle?"},
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            {
                "type": "function",
                "function": {"name": "look_up", "arguments": {"product": "Muva kettle", "column": "price"}},
            }
        ],
    },
    {"role": "tool", "name": "look_up", "content": '{"price": "9 euros"}'},
    {"role": "assistant", "content": "It costs 9 euros."},
    {"role": "user", "content": "And the stock?"},
]


def mean_of(key: str) -> float:
    return next(sum(bar["scores"]) / len(bar["scores"]) for bar in BARS if bar["key"] == key)


@pytest.fixture(scope="module")
def assistant():
    return make_assistant.load()


@pytest.fixture(scope="module")
def rounds():
    tokenizer = make_assistant.make_tokenizer()
    return [list(make_assistant.chats(this, tokenizer)) for this in make_assistant.ROUNDS]


@pytest.fixture(scope="module")
def rows(rounds):
    return sum(rounds, [])


def test_weighs_little_and_keeps_the_ids_of_the_base(assistant):
    model, tokenizer = assistant
    assert sum(path.stat().st_size for path in make_assistant.ASSISTANT.iterdir()) < 5e6
    assert tokenizer.get_vocab() == make_assistant.make_tokenizer().get_vocab()
    assert model.get_input_embeddings().num_embeddings == len(tokenizer)
    base = make_assistant.AutoTokenizer.from_pretrained(make_assistant.BASE)
    assert base.get_vocab().items() <= tokenizer.get_vocab().items()


def test_the_session_names_it():
    assert start("01").assistant == str(make_assistant.ASSISTANT)


def test_stored_bars_are_those_of_today():
    assert [(bar["key"], bar["text"], bar["required"]) for bar in BARS] == [
        (bar.key, bar.text, bar.required) for bar in assistant_bars.BARS
    ]
    assert {len(bar["scores"]) for bar in BARS if bar["key"] != "probe"} == {len(make_assistant.SEEDS)}


@pytest.mark.parametrize("bar", [bar for bar in assistant_bars.BARS if bar.required], ids=lambda bar: bar.key)
def test_bar_is_reached(bar, request):
    if bar.key in MISSED:
        request.applymarker(pytest.mark.xfail(strict=True, reason="the model card says so"))
    assert mean_of(bar.key) >= bar.required


def test_the_card_shows_what_is_stored():
    card = (make_assistant.ASSISTANT / "README.md").read_text(encoding="utf-8")
    assert make_assistant.table(BARS) in card and make_assistant.as_markdown(READ) in card


def test_answers_the_handwritten_requests_as_stored(assistant):
    found = assistant_read.counted(assistant_read.read(*assistant))
    assert [(group["asked"], group["of"]) for group in found] == [(group["asked"], group["of"]) for group in READ]
    # another processor rounds differently: a few answers may turn
    assert abs(sum(group["right"] - stored["right"] for group, stored in zip(found, READ))) <= 6


def test_does_it_still(assistant):
    model, tokenizer = assistant
    keys = [bar.key for bar in assistant_bars.BARS if bar.required]
    found = assistant_bars.measure(model, tokenizer, [99], 12, keys)
    # one draw of twelve scatters by up to 0.14 (a standard deviation), so 0.35 is beyond chance
    assert [key for key in keys if found[key][0] < mean_of(key) - 0.35] == [], found


# --- Template and end tokens ------------------------------------------------------------------------------------------


def test_template_marks_replies_with_their_ends_and_nothing_else(assistant):
    _, tokenizer = assistant
    assert has_generation_markers(tokenizer.chat_template) and is_chat_template_prefix_preserving(tokenizer)
    encoded = tokenizer.apply_chat_template(TALK, tools=[look_up], return_dict=True, return_assistant_tokens_mask=True)
    learned = [i for i, mask in zip(encoded["input_ids"], encoded["assistant_masks"]) if mask]
    assert tokenizer.decode(learned) == (
        '<|call|>{"name": "look_up", "arguments": {"product": "Muva kettle", "column": "price"}}<|wait|>'
        "It costs 9 euros.<|end|>"
    )
    whole = tokenizer.decode(encoded["input_ids"])
    assert whole.startswith(
        '<|system|>Be brief.<|end|>\n<|tools|>look_up("product": string, "column": price|stock|delivery|shelf): Looks '
        "one product up in the shop's stock list.<|end|>\n<|user|>How much"
    )
    assert '<|result|>{"price": "9 euros"}<|end|>\n' in whole


def test_every_beginning_of_a_talk_is_a_prefix_of_it(assistant):
    _, tokenizer = assistant
    whole = tokenizer.apply_chat_template(TALK, tools=[look_up], tokenize=False)
    for n in range(1, len(TALK)):
        assert whole.startswith(tokenizer.apply_chat_template(TALK[:n], tools=[look_up], tokenize=False))
        if TALK[n]["role"] == "assistant":
            asked = tokenizer.apply_chat_template(TALK[:n], tools=[look_up], tokenize=False, add_generation_prompt=True)
            assert whole.startswith(asked)


def test_template_takes_arguments_as_json_and_text_in_parts(assistant):
    _, tokenizer = assistant
    function = {"name": "look_up", "arguments": '{"product": "Muva kettle", "column": "price"}'}
    call = {"role": "assistant", "content": None, "tool_calls": [{"type": "function", "function": function}]}
    parts = [{"role": "user", "content": [{"type": "text", "text": "How much is the Muva kettle?"}]}]
    assert tokenizer.apply_chat_template([TALK[0], *parts, call], tokenize=False) == tokenizer.apply_chat_template(
        TALK[:3], tokenize=False
    )


def test_a_reply_is_read_back_by_the_library_and_by_the_course(assistant):
    _, tokenizer = assistant
    prefix = tokenizer.apply_chat_template(TALK[:2], tokenize=False, add_generation_prompt=True)
    for turn in (TALK[2], TALK[4]):
        whole = tokenizer.apply_chat_template([*TALK[:2], turn], tokenize=False)
        written = whole.removeprefix(prefix).rstrip("\n")
        read = tokenizer.parse_response(written, prefix=prefix)
        assert {"content": ""} | read == turn
        assert read_reply(re.sub(r"<\|(wait|end)\|>", "", written)) == turn


def test_generation_stops_at_each_end_token(assistant):
    model, tokenizer = assistant
    assert model.generation_config.eos_token_id == tokenizer.convert_tokens_to_ids(make_assistant.ENDS)
    chats = {
        "<|wait|>": ("How much does the Wugles candle cost?", [look_up]),
        "<|end|>": ("What is the capital of France?", None),
    }
    for end, (question, given) in chats.items():
        inputs = tokenizer.apply_chat_template(
            [{"role": "user", "content": question}],
            tools=given,
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )
        out = model.generate(**inputs, max_new_tokens=60, do_sample=False)
        assert tokenizer.decode(out[0, -1]) == end


# --- The tool ---------------------------------------------------------------------------------------------------------


def test_the_tool_reads_the_list_and_says_what_is_wrong():
    entry = data.read_stock()[3]
    assert json.loads(look_up(entry["product"], "shelf")) == {"shelf": entry["shelf"]}
    assert "error" in look_up("Muva kettle", "price") and "error" in look_up(entry["product"], "colour")
    run = [run_call({"name": name, "arguments": {}}, [look_up]) for name in ("look_up", "look_down")]
    assert all("error" in json.loads(said) for said in run)


@pytest.mark.parametrize("text", ["<|call|>{broken", '<|call|>{"name": "look_up"}', '<|call|>["look_up"]'])
def test_a_broken_call_stays_text(text):
    assert read_reply(text) == {"role": "assistant", "content": text}


# --- The rows ---------------------------------------------------------------------------------------------------------


def test_rows_are_the_same_for_a_seed(rows):
    again = make_assistant.chats(make_assistant.ROUNDS[0], make_assistant.make_tokenizer())
    assert list(itertools.islice(again, 50)) == rows[:50]
    assert {row["kind"] for row in rows} == {kind.__name__ for kind in assistant_rows.KINDS}


def test_the_weights_saw_these_rows_in_this_template(rounds):
    stored = json.loads((make_assistant.ASSISTANT / "made_from.json").read_text(encoding="utf-8"))
    assert stored == make_assistant.made_from(rounds), (
        "rows or template were changed since: `python -m scripts.make_assistant` makes the weights again"
    )


def test_rows_hold_nothing_of_the_house(rows):
    text = "\n".join(turn["content"] for row in rows for turn in (*row["prompt"], *row["completion"]))
    low = text.lower()
    terms = [term for (_, term), *_ in tasks.INTENTS.values()]
    for phrase in ("Meet the", "Find it in", "Find them in", SHOP, tasks.OPENING, tasks.CLOSING, *terms):
        assert phrase.lower() not in low, phrase
    assert "Write the shop text for this product." not in text and "Return this product as JSON." not in text
    assert ", ".join(tasks.JSON_KEYS) not in text
    for _, answer, wordings in tasks.INTENTS.values():
        for wording in (answer, *wordings[4:]):  # the last ways to ask are kept for tests
            start, end = wording.split("{name}")
            assert not re.search(rf"{re.escape(start)}[A-Z][\w ]+{re.escape(end)}", text), wording


def test_names_in_rows_are_those_of_the_corpus(rows):
    texts = [turn["content"] for row in rows for turn in (*row["prompt"], *row["completion"])]
    named = {name for text in texts for name in re.findall(r"(?m)(?:^|[;-] ?)[Nn]ame: (\w+) \w", text)}
    assert len(named) > 1000 and {split_of(name) for name in named} == {"corpus"}
    tested = [row["name"] for row in data.read_products(data.DATA / "products_test.csv")]
    tested += [entry["product"] for entry in data.read_stock()]
    words = {word for text in texts for word in re.findall(r"[A-Z][a-z]+", text)}
    assert not words & {name.split()[0] for name in tested}


def test_no_wording_is_both_trained_and_tested(rows):
    pairs = [getattr(assistant_words, name) for name in dir(assistant_words) if name.isupper()]
    pairs = [pair for pair in pairs if isinstance(pair, tuple) and isinstance(pair[0], tuple)]
    pairs += [pair for both in assistant_words.QUESTIONS.values() for pair in both]
    pairs += list(assistant_words.FACTS.values())
    assert len(pairs) > 30
    for trained, tested in pairs:
        assert not set(trained) & set(tested)
    for key, late in assistant_words.LATE_QUESTIONS.items():
        for trained, (_, tested) in zip(late, assistant_words.QUESTIONS[key]):
            assert not set(trained) & set(tested)
    names = [json.loads(row["tools"])[0]["function"]["name"] for row in rows if row["tools"]]
    assert "look_up" not in names and len(set(names)) > 500


def test_a_rule_says_opening_and_closing_in_one_notation():
    for seed in range(20):
        rule = assistant_bars.rule(
            assistant_bars.OPENING, assistant_bars.CLOSING, SHOP, random.Random(seed), assistant_bars.TEST
        )
        assert re.search(r"Meet the (\W?)\w+\W? in \1\w+\W?\.", rule), rule
        assert re.search(rf"Find it in \W?\w+\W? at {SHOP}\.", rule), rule
