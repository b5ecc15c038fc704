"""Lesson 11: X-rays of one chat with a tool call, as rows of four kinds, in the assistant's own template."""

from course_utils import data
from course_utils.xray import xray_rows

from . import MODELS, Situation

# for each question: where the row is split (0 for a row of messages), the settings, the key
KINDS = {
    "11-q1": (3, {}, "c"),
    "11-q2": (0, {"assistant_only_loss": True}, "a"),
    "11-q3": (0, {}, "d"),
    "11-q4": (1, {}, "b"),
}


def situations() -> dict[str, Situation]:
    """The X-rays, each with what the model learns from such a row."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODELS / "assistant")
    chat = data.read_chats(task="look-up").to_list()[0]
    talk = chat["messages"]
    made = {}
    for name, (split, settings, key) in KINDS.items():
        row = {"prompt": talk[:split], "completion": talk[split:]} if split else {"messages": talk}
        (picture,) = xray_rows([row], tokenizer, **settings).values()
        made[name] = Situation(str(picture), key)
    return made
