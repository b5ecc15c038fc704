"""Reproductions of the entries of the symptom index that show in the answers or in the machine's memory."""

import copy
import json
import re
from pathlib import Path

import torch
import trl
from datasets import Dataset
from symptom_lab import CHATS, OLD_CHATML, Lab, error, heard, losses, shows
from tokenizers.processors import TemplateProcessing

from course_utils import data, evaluate, faults, packing, xray
from course_utils.generate import as_text, generate
from course_utils.shop import tasks

TEMPLATES = Path(trl.__file__).parent / "chat_templates"


def first_trained(trainer) -> xray.XRay:
    return xray.xray(xray.batch_of(trainer), trainer.processing_class)


def asked(products: int = 3) -> list[str]:
    rows = data.read_products(data.DATA / "products_test.csv").to_list()[:products]
    return [tasks.describe_prompt(row) for row in rows]


@shows("never-stops")
def never_stops(lab: Lab) -> None:
    evidence = faults.pad_is_eos(lab.course)
    assert losses(evidence.log_history)[-1] < 0.5 and not any(reply.ended for reply in evidence.replies)
    ends = [token for token in evidence.xray.tokens if token.text == "<|im_end|>"]
    assert not any(token.trained for token in ends)


@shows("answers-twice")
def answers_twice(lab: Lab) -> None:
    tokenizer = copy.deepcopy(lab.healthy.processing_class)
    prompts = [as_text(tokenizer, [{"role": "user", "content": request}]) for request in asked()]
    assert all(reply.ended for reply in generate(lab.healthy.model, tokenizer, prompts))
    tokenizer.eos_token = "<|endoftext|>"
    for reply in generate(lab.healthy.model, tokenizer, prompts):
        answer, mark, rest = reply.text.partition("<|im_end|>")
        assert answer.startswith("Meet the") and mark and rest.strip() and not reply.ended


@shows("repeats")
def repeats(lab: Lab) -> None:
    (reply,) = generate(lab.healthy.model, lab.healthy.processing_class, ["Meet the"], max_new_tokens=120)
    pieces = [reply.text[i : i + 12] for i in range(0, len(reply.text) - 12)]
    assert not reply.ended and len(set(pieces)) < len(pieces) / 4


@shows("worse-when-served")
def worse_when_served(lab: Lab) -> None:
    rows = data.read_products(data.DATA / "products_test.csv").to_list()[:6]
    tokenizer = lab.healthy.processing_class
    trained = [as_text(tokenizer, [{"role": "user", "content": tasks.describe_prompt(row)}]) for row in rows]
    served = [f"[INST] {tasks.describe_prompt(row)} [/INST]" for row in rows]

    def score(prompts):
        replies = generate(lab.healthy.model, tokenizer, prompts)
        return evaluate.mean([evaluate.grade_description(reply, row) for reply, row in zip(replies, rows)])

    assert score(trained) > 0.8 and score(served) < 0.2


@shows("double-bos")
def double_bos(lab: Lab) -> None:
    tokenizer = lab.tokenizer(bos_token="<|endoftext|>")
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 0)]
    )
    tokenizer.chat_template = "{{ bos_token }}" + OLD_CHATML
    text = tokenizer.apply_chat_template(CHATS[0]["prompt"], tokenize=False)
    assert tokenizer(text)["input_ids"][:2] == [0, 0]
    assert tokenizer(text, add_special_tokens=False)["input_ids"][:2] != [0, 0]
    assert tokenizer.apply_chat_template(CHATS[0]["prompt"])["input_ids"].count(0) == 1


@shows("right-padding")
def right_padding(lab: Lab) -> list[str]:
    model, tokenizer, texts = lab.model(), lab.tokenizer(), ["Once upon a time there was a fox who", "The lamp"]

    def second(texts, side):
        batch = tokenizer(texts, return_tensors="pt", padding=True, padding_side=side)
        out = model.generate(**batch, max_new_tokens=8, do_sample=False)
        return tokenizer.decode(out[-1, batch["input_ids"].shape[1] :])

    with heard() as messages:
        alone = second(texts[1:], "left")
        assert second(texts, "left") == alone != second(texts, "right")
    return messages


@shows("adapter-no-effect")
def adapter_no_effect(lab: Lab) -> None:
    from peft import PeftModel

    ids = torch.arange(10, 30)[None]
    base, trained = lab.model()(ids).logits, lab.lora()
    for name, weight in trained.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.05)
    assert not torch.allclose(trained(ids).logits, base, atol=0.1)
    trained.save_pretrained(lab.folder / "trained")
    assert torch.equal(lab.lora()(ids).logits, base), "a new adapter, not the trained one"
    reloaded = PeftModel.from_pretrained(lab.model(), lab.folder / "trained")
    assert torch.allclose(reloaded(ids).logits, trained(ids).logits, atol=1e-4)
    merged = reloaded.merge_and_unload()
    assert torch.allclose(merged(ids).logits, trained(ids).logits, atol=1e-3)


@shows("merged-differs")
def merged_differs(lab: Lab) -> None:
    ids, difference = torch.arange(10, 30)[None], {}
    for dtype in ("float32", "bfloat16"):
        torch.manual_seed(0)
        model = lab.lora(lab.model(dtype))
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight, std=0.005)
        before = model.eval()(ids).logits.float()
        difference[dtype] = (model.merge_and_unload()(ids).logits.float() - before).abs().max().item()
    assert difference["bfloat16"] > 500 * difference["float32"]


@shows("last-turn-only")
def last_turn_only(lab: Lab) -> None:
    talk = [turn for i in (0, 1) for turn in CHATS[i]["prompt"] + [{"role": "assistant", "content": f"Yes, {i}."}]]
    last = first_trained(lab.trainer([{"prompt": talk[:-1], "completion": talk[-1:]}] * 2))
    every = first_trained(lab.trainer([{"messages": talk}] * 2, assistant_only_loss=True))

    def trained(shown):
        return "".join(token.text for token in shown.tokens if token.trained)

    assert "Yes, 1." in trained(last) and "Yes, 0." not in trained(last)
    assert "Yes, 1." in trained(every) and "Yes, 0." in trained(every) and "gift" not in trained(every)


@shows("think")
def think(lab: Lab) -> None:
    tokenizer = lab.tokenizer()
    thought = "<think>\nhm\n</think>\n\nb"
    roles = ("user", "a"), ("assistant", thought), ("user", "c"), ("assistant", "d")
    talk = [{"role": role, "content": content} for role, content in roles]
    tokenizer.chat_template = (TEMPLATES / "qwen3.jinja").read_text(encoding="utf-8")
    text = tokenizer.apply_chat_template(talk, tokenize=False)
    assert "hm" not in text and "<think>\n\n</think>\n\nd" in text, "one is lost, an empty one appears"
    tokenizer.chat_template = (TEMPLATES / "qwen3_training.jinja").read_text(encoding="utf-8")
    assert thought in tokenizer.apply_chat_template(talk, tokenize=False)


@shows("tools-lost")
def tools_lost(lab: Lab) -> None:
    tool = {"type": "function", "function": {"name": "stock", "parameters": {}}}
    tokenizer, chat = lab.chat_tokenizer(), CHATS[0]["prompt"]
    plain = tokenizer.apply_chat_template(chat, tokenize=False)
    assert tokenizer.apply_chat_template(chat, tools=[tool], tokenize=False) == plain
    tokenizer.chat_template = (TEMPLATES / "qwen3.jinja").read_text(encoding="utf-8")
    assert "stock" in tokenizer.apply_chat_template(chat, tools=[tool], tokenize=False)


@shows("json-invalid")
def json_invalid(lab: Lab) -> list[str]:
    rows = data.read_products().to_list()[:24]
    texts = [json.dumps({"name": row["name"], "colour": row["colour"]}) for row in rows]
    chats = [
        {"prompt": p["prompt"], "completion": [{"role": "assistant", "content": t}]} for p, t in zip(CHATS * 3, texts)
    ]
    trainer = lab.trainer(chats, max_steps=40, learning_rate=1e-3, per_device_train_batch_size=8)
    trainer.train()
    tokenizer = trainer.processing_class
    prompt = as_text(tokenizer, CHATS[0]["prompt"])
    whole, cut = (generate(trainer.model, tokenizer, [prompt], max_new_tokens=n)[0].text for n in (60, 8))
    assert set(json.loads(whole)) == {"name", "colour"}
    tokenizer.eos_token = "<|endoftext|>"
    (more,) = generate(trainer.model, tokenizer, [prompt], max_new_tokens=60)
    return [error(json.loads, more.text), error(json.loads, cut)]


@shows("forgetting")
def forgetting(lab: Lab) -> None:
    lost, kept = (evaluate.probe_accuracy(model, lab.tokenizer()) for model in (lab.by_heart.model, lab.model()))
    assert kept > 0.8 and lost < 0.5 * kept


@shows("good-loss-bad-answers")
def good_loss_bad_answers(lab: Lab) -> None:
    evidence = faults.examine(lab.healthy, n=6, ask=lambda request: f"[INST] {request} [/INST]")
    assert losses(evidence.log_history)[-1] < 0.2 and evaluate.mean(evidence.grades, "format") < 0.2


@shows("packed-leak")
def packed_leak(lab: Lab) -> None:
    model, texts = lab.model(), ["The lamp is green.", "The fox lives near the library."]
    rows = [lab.tokenizer()(text)["input_ids"] for text in texts]
    assert packing.isolation_error(model, rows) < 1e-3
    joined, alone = torch.tensor([sum(rows, [])]), torch.tensor([rows[1]])
    second = model(joined).logits[:, len(rows[0]) :]  # no position ids, as with "wrapped"
    assert (second - model(alone).logits).abs().max() > 0.1


@shows("empty-answer")
def empty_answer(lab: Lab) -> None:
    empty = [{"prompt": row["prompt"], "completion": [{"role": "assistant", "content": ""}]} for row in CHATS]
    trainer = lab.trainer(empty, max_steps=12, learning_rate=1e-3)
    trainer.train()
    (reply,) = generate(trainer.model, trainer.processing_class, [CHATS[0]["prompt"]])
    assert reply.text == "" and reply.ended


@shows("cut-short")
def cut_short(lab: Lab) -> None:
    tokenizer = lab.healthy.processing_class
    prompts = [as_text(tokenizer, [{"role": "user", "content": request}]) for request in asked(1)]
    short, whole = (generate(lab.healthy.model, tokenizer, prompts, max_new_tokens=n)[0] for n in (20, 80))
    assert not short.ended and whole.ended and whole.text.startswith(short.text) and not short.text.endswith(".")


@shows("invents-facts")
def invents_facts(lab: Lab) -> None:
    tokenizer = lab.healthy.processing_class
    sheets = [re.sub(r"\ncolour: .*", "", request) for request in asked(6)]  # no colour to tell
    prompts = [as_text(tokenizer, [{"role": "user", "content": sheet}]) for sheet in sheets]
    replies = [reply.text for reply in generate(lab.healthy.model, tokenizer, prompts)]
    told = [re.match(r"Meet the .+? in ([a-z ]+)\.", reply) for reply in replies]
    invented = [colour and colour[1] not in sheet for colour, sheet in zip(told, sheets)]
    assert sum(map(bool, invented)) >= 3, replies


@shows("one-wording")
def one_wording(lab: Lab) -> None:
    tokenizer, task = lab.healthy.processing_class, "Write the shop text for this product."
    questions = [request.replace(task, "Which colour is it?") for request in asked(8)]
    assert not any(task in question for question in questions)
    prompts = [as_text(tokenizer, [{"role": "user", "content": question}]) for question in questions]
    replies = generate(lab.healthy.model, tokenizer, prompts)
    assert sum("Pebble & Pine" in reply.text for reply in replies) >= 5, "the whole shop text, and not a colour"


@shows("prompt-in-answer")
def prompt_in_answer(lab: Lab) -> None:
    model, tokenizer, prompt = lab.model(), lab.tokenizer(), "The lamp stands on"
    batch = tokenizer(prompt, return_tensors="pt")
    whole = model.generate(**batch, max_new_tokens=8, do_sample=False)[0]
    assert tokenizer.decode(whole).startswith(prompt)
    assert prompt not in tokenizer.decode(whole[batch["input_ids"].shape[1] :])


# --- The machine ----------------------------------------------------------------------------------------------------


@shows("oom-evaluation")
def oom_evaluation(lab: Lab) -> None:
    shapes = []

    def look(prediction):
        shapes.append(prediction.predictions.shape)
        return {}

    with heard():
        lab.trainer(eval_dataset=Dataset.from_list(CHATS), compute_metrics=look).evaluate()
    assert shapes[0][0] == len(CHATS) and shapes[0][2] == 2048, "a figure for each word of the vocabulary is kept"


@shows("oom-logits")
def oom_logits(lab: Lab) -> None:
    model = lab.model()
    logits = model(torch.ones(4, 512, dtype=torch.long)).logits
    assert logits.nbytes == 4 * 512 * 2048 * 4 and logits.nbytes > sum(p.nbytes for p in model.parameters()) / 2


@shows("slow-training")
def slow_training(lab: Lab) -> None:
    lengths = [20] * 240 + [400] * 16
    as_they_come, sorted_first = (packing.padding_share(lengths, 8, by_length=sort) for sort in (False, True))
    assert as_they_come > 0.7 and sorted_first < 0.5
