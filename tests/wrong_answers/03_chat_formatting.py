"""Answers that try the checks of lesson 03: those of WRONG must be rejected, those of RIGHT accepted."""

import quiz_answers

TEMPLATE = r"""
def my_template():
    return (
        "{%- for message in messages -%}"
        BODY
        "{%- endfor -%}"
        "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant>\n' }}{%- endif -%}"
    )
"""


def template(*body: str, opening: str = "") -> str:
    """The source of a template whose loop writes this body."""
    source = TEMPLATE.replace("BODY", "\n        ".join(f'"{line}"' for line in body)).replace(r"\n'", r"\\n'")
    return source.replace("<|im_start|>assistant>", opening) if opening else source


HEAD = r"{{ '<|im_start|>' + message['role'] + '>\n' }}"
IF, ELSE, ENDIF = "{%- if message['role'] == 'assistant' -%}", "{%- else -%}", "{%- endif -%}"
GENERATION, END = "{% generation %}", "{% endgeneration %}"
CLOSED, BARE, BREAK = "{{ message['content'] + '<|im_end|>' }}", "{{ message['content'] }}", r"{{ '\n' }}"

FAULTS = {
    "template-twice": "A",
    "cut-off": "B",
    "pad-is-eos": "C",
    "user-trained": "D",
    "all-masked": "E",
    "other-template": "F",
    "end-not-eos": "G",
}
CAUSES = {case: cause for cause, case in FAULTS.items()}


def preflight(*tests: str, start: str = "", end: str = "return found") -> str:
    """The source of a preflight check whose loop over the rows makes these tests."""
    lines = [
        "def preflight(batch, tokenizer):",
        "    found = set()",
        "    for row in range(len(batch['input_ids'])):",
        "        tokens = [t for t in xray(batch, tokenizer, row).tokens if not t.padding]",
        "        trained = [t for t in tokens if t.trained]",
        "        replies = [t for t in trained if t.role == 'assistant']",
        *(f"        {test}" for test in tests),
        f"    {end}",
    ]
    return "\n".join(lines).replace("found = set()", start or "found = set()")


NOTHING = "if not trained: found.add('nothing trained')"
USER = "if any(t.role == 'user' for t in trained): found.add('user trained')"
UNTRAINED = "if replies and tokenizer.eos_token_id not in {t.id for t in replies}: found.add('end untrained')"
DOUBLED = "if any(a.special and a.id == b.id for a, b in zip(tokens, tokens[1:])): found.add('mark doubled')"

TEACH = """
def teach_mark(model, tokenizer, chats, mark):
    FIRST

    def reply(chat):
        return [{"role": "assistant", "content": REPLY}]

    pairs = [{"prompt": chat[:1], "completion": reply(chat)} for chat in chats]
    settings = {"max_steps": STEPS, "per_device_train_batch_size": BATCH, "learning_rate": 2e-3, "warmup_steps": 3}
    config = SFTConfig(output_dir="runs/03", save_strategy="no", report_to="none", **settings, **course.hardware)
    SFTTrainer(model=model, args=config, train_dataset=Dataset.from_list(pairs), processing_class=tokenizer).train()
"""
ADD = """tokenizer.add_special_tokens({"additional_special_tokens": [mark]})"""
RESIZE = "model.resize_token_embeddings(len(tokenizer))"


def teach(*first: str, reply: str = 'mark + chat[1]["content"]', steps: int = 60, batch: int = 4) -> str:
    """The source of a training that first runs these lines."""
    source = TEACH.replace("FIRST", "\n    ".join(first or (ADD, RESIZE))).replace("REPLY", reply)
    return source.replace("STEPS", str(steps)).replace("BATCH", str(batch))


WRONG = {
    "task-1": {
        "adds it and trains nothing": f"def teach_mark(model, tokenizer, chats, mark):\n    {ADD}\n    {RESIZE}\n",
        "the mark stays text": teach("pass", steps=1),
        "an ordinary token": teach("tokenizer.add_tokens([mark])", RESIZE, steps=1),
        "no room in the model": f"def teach_mark(model, tokenizer, chats, mark):\n    {ADD}\n",
        "rows without the mark": teach(reply='chat[1]["content"]', steps=2),
        "too few steps": teach(steps=20),
        "nothing but the mark": teach(reply="mark", steps=30),
        "a step too many": teach(steps=61, batch=1),
        "more chats than the budget has": teach(steps=12, batch=30),
        "the chats get the mark": teach(
            ADD, RESIZE, "for chat in chats:", "    chat[1]['content'] = mark + chat[1]['content']", steps=1
        ),
    },
    "task-2": {
        "the end is not trained": """
def reply_labels(ids):
    labels, writing = [], False
    for i, token in enumerate(ids):
        writing = writing or ids[max(0, i - len(REPLY)) : i] == REPLY
        writing = writing and token != END
        labels.append(token if writing else -100)
    return labels
""",
        "the opening is trained": """
def reply_labels(ids):
    labels, writing = [], False
    for i, token in enumerate(ids):
        writing = writing or ids[i : i + len(REPLY)] == REPLY
        labels.append(token if writing else -100)
        writing = writing and token != END
    return labels
""",
        "only the last reply": """
def reply_labels(ids):
    starts = [i + len(REPLY) for i in range(len(ids)) if ids[i : i + len(REPLY)] == REPLY]
    if not starts:
        return [-100] * len(ids)
    end = ids.index(END, starts[-1]) + 1 if END in ids[starts[-1] :] else len(ids)
    return [token if starts[-1] <= i < end else -100 for i, token in enumerate(ids)]
""",
        "everything behind the first opening": """
def reply_labels(ids):
    start = next((i + len(REPLY) for i in range(len(ids)) if ids[i : i + len(REPLY)] == REPLY), len(ids))
    return [token if i >= start else -100 for i, token in enumerate(ids)]
""",
        "the line break is trained": """
def reply_labels(ids):
    labels, writing = [], False
    for i, token in enumerate(ids):
        if ids[max(0, i - len(REPLY)) : i] == REPLY:
            writing = True
        if token == START:
            writing = False
        labels.append(token if writing else -100)
    return labels
""",
        "shifted by one": """
def reply_labels(ids):
    labels, writing = [], False
    for i, token in enumerate(ids):
        if ids[max(0, i - len(REPLY)) : i] == REPLY:
            writing = True
        labels.append(token if writing else -100)
        if token == END:
            writing = False
    return labels[1:] + [-100]
""",
        "stops with an error at a cut": """
def reply_labels(ids):
    labels = [-100] * len(ids)
    for i in range(len(ids)):
        if ids[i : i + len(REPLY)] == REPLY:
            start = i + len(REPLY)
            end = ids.index(END, start) + 1
            labels[start:end] = ids[start:end]
    return labels
""",
    },
    "task-3": {
        "copies the whole assistant": """
import shutil
def repair(folder):
    shutil.copytree(course.assistant, folder, dirs_exist_ok=True)
""",
        "copies all but the weights": """
import shutil
def repair(folder):
    for path in Path(course.assistant).iterdir():
        if path.suffix != ".safetensors":
            shutil.copy(path, folder)
""",
        "takes the template of the lesson": """
def repair(folder):
    its = AutoTokenizer.from_pretrained(folder)
    its.chat_template, its.eos_token = Path(course.chat_template).read_text(), "<|end|>"
    its.save_pretrained(folder)
    from transformers import GenerationConfig
    GenerationConfig.from_pretrained(course.assistant).save_pretrained(folder)
""",
        "forgets where a reply ends": """
def repair(folder):
    sound, its = AutoTokenizer.from_pretrained(course.assistant), AutoTokenizer.from_pretrained(folder)
    its.chat_template, its.eos_token = sound.chat_template, sound.eos_token
    its.save_pretrained(folder)
""",
        "knows one end of three": """
def repair(folder):
    from transformers import GenerationConfig
    sound, its = AutoTokenizer.from_pretrained(course.assistant), AutoTokenizer.from_pretrained(folder)
    its.chat_template, its.eos_token = sound.chat_template, sound.eos_token
    its.save_pretrained(folder)
    GenerationConfig(eos_token_id=its.eos_token_id, pad_token_id=its.pad_token_id).save_pretrained(folder)
""",
        "forgets the EOS of the tokenizer": """
def repair(folder):
    from transformers import GenerationConfig
    sound, its = AutoTokenizer.from_pretrained(course.assistant), AutoTokenizer.from_pretrained(folder)
    its.chat_template = sound.chat_template
    its.save_pretrained(folder)
    GenerationConfig.from_pretrained(course.assistant).save_pretrained(folder)
""",
    },
    "task-4": {
        "no generation marks": template(HEAD, CLOSED, BREAK),
        "the end is not generated": template(
            HEAD, IF, GENERATION, BARE, END, ELSE, BARE, ENDIF, r"{{ '<|im_end|>\n' }}"
        ),
        "the opening is generated": template(IF, GENERATION, HEAD, CLOSED, END, ELSE, HEAD, CLOSED, ENDIF, BREAK),
        "everybody's turn is generated": template(HEAD, GENERATION, CLOSED, END, BREAK),
        "the line break is generated": template(HEAD, IF, GENERATION, CLOSED, BREAK, END, ELSE, CLOSED, BREAK, ENDIF),
        "the lesson's opening": template(
            HEAD.replace(">\\n", "\\n"), IF, GENERATION, CLOSED, END, ELSE, CLOSED, ENDIF, BREAK
        ),
        "the generation prompt is the lesson's": template(
            HEAD, IF, GENERATION, CLOSED, END, ELSE, CLOSED, ENDIF, BREAK, opening="<|im_start|>assistant"
        ),
    },
    "task-5": {
        "never looks at the user": preflight(NOTHING, UNTRAINED, DOUBLED),
        "one trained row is enough": preflight(
            USER,
            UNTRAINED,
            DOUBLED,
            end="return found if (batch['labels'] != -100).any() else found | {'nothing trained'}",
        ),
        "one end in the batch is enough": preflight(
            NOTHING,
            USER,
            DOUBLED,
            "ends |= {t.id for t in replies}",
            start="found, ends = set(), set()",
            end="return found if not ends or tokenizer.eos_token_id in ends else found | {'end untrained'}",
        ),
        "the end is always the lesson's": preflight(
            NOTHING, USER, "if replies and END not in {t.id for t in replies}: found.add('end untrained')", DOUBLED
        ),
        "an end that stands there is enough": preflight(
            NOTHING,
            USER,
            "if replies and tokenizer.eos_token_id not in [t.id for t in tokens]: found.add('end untrained')",
            DOUBLED,
        ),
        "a user's end is enough": preflight(
            NOTHING,
            USER,
            "if replies and tokenizer.eos_token_id not in {t.id for t in trained}: found.add('end untrained')",
            DOUBLED,
        ),
        "any word but padding may not come twice": preflight(
            NOTHING,
            USER,
            UNTRAINED,
            "if any(a.id == b.id for a, b in zip(tokens, tokens[1:])): found.add('mark doubled')",
        ),
        "any word may not come twice": preflight(
            NOTHING,
            USER,
            UNTRAINED,
            "if any(a.id == b.id for a, b in zip(tokens, tokens[1:])): found.add('mark doubled')",
        ).replace(" if not t.padding", ""),
        "a mark may come once": preflight(
            NOTHING,
            USER,
            UNTRAINED,
            "marks = [t.id for t in tokens if t.special]",
            "if len(set(marks)) < len(marks): found.add('mark doubled')",
        ),
    },
    "task-6": {
        "two cases exchanged": f"causes = {CAUSES | {'A': CAUSES['B'], 'B': CAUSES['A']}}",
        "a cause without a case": f"causes = {CAUSES | {'E': 'rate-too-low'}}",
        "the user's turns instead of the end": f"causes = {CAUSES | {'C': 'user-trained'}}",
        "all the same": f"causes = {dict.fromkeys(CAUSES, 'pad-is-eos')}",
    },
    "quiz": quiz_answers.wrong("03"),
}

RIGHT = {
    "task-1": {
        "with room to spare, and added another way": teach(
            "tokenizer.add_tokens([mark], special_tokens=True)",
            "model.resize_token_embeddings(len(tokenizer), pad_to_multiple_of=64)",
        ),
    },
    "task-2": {
        "with slices": """
def reply_labels(ids):
    labels = [-100] * len(ids)
    for i in range(len(ids)):
        if ids[i : i + len(REPLY)] == REPLY:
            start = i + len(REPLY)
            end = ids.index(END, start) + 1 if END in ids[start:] else len(ids)
            labels[start:end] = ids[start:end]
    return labels
""",
    },
    "task-3": {
        "by its files": """
import json
def repair(folder):
    theirs = Path(course.assistant)
    for name in ("chat_template.jinja", "generation_config.json"):
        (folder / name).write_text((theirs / name).read_text())
    config = json.loads((folder / "tokenizer_config.json").read_text()) | {"eos_token": "<|end|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
""",
    },
    "task-4": {
        "marks that take the white space away": '''
def my_template():
    return r"""{%- for message in messages %}
{{- '<|im_start|>' + message.role + '>\\n' }}
{%- if message.role == 'assistant' %}
    {% generation -%}
    {{ message.content + '<|im_end|>' -}}
    {% endgeneration %}
{%- else %}
    {{- message.content + '<|im_end|>' }}
{%- endif %}
{{- '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant>\\n' }}
{%- endif %}"""
''',
        "a whole turn in each branch": template(
            IF, HEAD, GENERATION, CLOSED, END, BREAK, ELSE, HEAD, CLOSED, BREAK, ENDIF
        ),
    },
    "task-5": {
        "each test on a line": preflight(NOTHING, USER, UNTRAINED, DOUBLED),
    },
    "task-6": {
        "in another order": f"causes = {dict(reversed(CAUSES.items()))}",
    },
    "quiz": quiz_answers.right("03"),
}
