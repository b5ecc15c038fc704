"""Sixty requests written by hand, in words that nobody drew from a list, and whether the assistant's answers are right.

The bars ask in wordings close to those of the rows; this asks as a person does who never saw them. What is right is a
pattern, written before any answer was seen. ``python -m scripts.assistant_read`` prints all answers, to be read aloud.
"""

import json
import re
from pathlib import Path

from course_utils.generate import generate
from course_utils.tool_loop import answer_with_tools, look_up

# group; system; before: earlier turns; says: the user's turns; want and never: patterns of the last answer;
# tools: whether the stock list is at hand; calls: the arguments of all calls that it should make
PROMPTS = json.loads(Path(__file__).with_name("assistant_prompts.json").read_text(encoding="utf-8"))


def talk(model, tokenizer, prompt: dict) -> list[dict]:
    """The whole talk: each user's turn is answered, with the model's own earlier answers before it."""
    chat = [{"role": "system", "content": prompt["system"]}] if "system" in prompt else []
    chat += prompt.get("before", [])
    for said in prompt["says"]:
        chat.append({"role": "user", "content": said})
        if prompt.get("tools"):
            chat = answer_with_tools(model, tokenizer, [chat], [look_up])[0]
        else:
            reply = generate(model, tokenizer, [chat], 100)[0]
            chat.append({"role": "assistant", "content": reply.text})
    return chat


def right(prompt: dict, chat: list[dict]) -> bool:
    """Whether the last answer has what it should, nothing that it must not have, and the calls are the right ones."""
    last = chat[-1]["content"]
    calls = [call["function"]["arguments"] for turn in chat for call in turn.get("tool_calls", ())]
    said = re.search(prompt["want"], last, re.DOTALL) and not re.search(prompt.get("never", "(?!)"), last)
    return bool(said) and calls == prompt.get("calls", [])


def read(model, tokenizer) -> list[tuple[dict, list[dict], bool]]:
    """Each prompt with its talk and whether it is right."""
    talks = [(prompt, talk(model, tokenizer, prompt)) for prompt in PROMPTS]
    return [(prompt, chat, right(prompt, chat)) for prompt, chat in talks]


def counted(answers: list[tuple[dict, list[dict], bool]]) -> list[dict]:
    """Right answers and prompts of each group, in the groups' order."""
    groups = {}
    for prompt, _, good in answers:
        groups.setdefault(prompt["group"], []).append(good)
    return [{"asked": group, "right": sum(found), "of": len(found)} for group, found in groups.items()]


def main() -> None:
    from .make_assistant import load

    answers = read(*load())
    for prompt, chat, good in answers:
        print(f"--- {'right' if good else 'WRONG'} · {prompt['group']}")
        for turn in chat[len(prompt.get("before", [])) :]:
            called = [call["function"]["arguments"] for call in turn.get("tool_calls", ())]
            print(f"{turn['role']}: {turn['content']} {called or ''}".rstrip())
    print(counted(answers))


if __name__ == "__main__":
    main()
