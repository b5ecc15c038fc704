"""Names what differs between the reference and another side, from two `Side`s alone; asks no model, loads no file.

Causes come before their effects: where the prompts differ, replies differ for that reason and are not told as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .side import Answer, Side, leading

# largest difference of a logit, in standard deviations of the reference's logits. Kernels and engines differ by about
# 1e-5 in float32; rounding the weights to half precision moves a logit by 1e-2.
SAME = 1e-3
HALF = ("bfloat16", "float16")


@dataclass(frozen=True)
class Difference:
    """One thing that is not as in the reference: the `fault` by name, on which side, what was `seen`, what helps."""

    fault: str
    side: str
    seen: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.side}: {self.fault}. {self.seen} {self.remedy}"


def gap(reference: np.ndarray | None, other: np.ndarray | None) -> float | None:
    """The largest difference of one logit, in standard deviations of the reference's; None where one is missing."""
    if reference is None or other is None:
        return None
    width = min(len(reference), len(other))  # engines pad the vocabulary
    a, b = reference[:width].astype(np.float64), other[:width].astype(np.float64)
    return float(np.abs(a - b).max() / (a.std() or 1.0))


def gaps(reference: Side, other: Side) -> list[float | None]:
    return [gap(a, b) for a, b in zip(reference.logits, other.logits)]


def largest(values) -> float | None:
    return max((value for value in values if value is not None), default=None)


def differences(reference: Side, other: Side) -> list[Difference]:
    """Every named difference between the reference and another side; an empty list when they agree."""
    found = [*_prompts(reference, other), *_context(reference, other), *_ends(reference, other)]
    found += [*_settings(reference, other), *_weights(reference, other)]
    if not found or all(one.fault == "wrong generation_config" and "by itself" in one.seen for one in found):
        found += _texts(reference, other)
    if not found and (failed := next((error for error in other.errors if error), None)):
        found.append(
            Difference(
                "no answer",
                other.name,
                f"It said: {failed}.",
                "Read its log; a chat template that was not saved is the usual cause.",
            )
        )
    return found


# --- The prompt -----------------------------------------------------------------------------------------------------


def _prompts(reference: Side, other: Side) -> Iterator[Difference]:
    def difference(fault, seen, remedy):
        return Difference(fault, other.name, seen, remedy)

    said = " ".join(error for error in other.errors if error)
    knows_files = other.settings is not None
    if (knows_files and other.template is None and reference.template) or "chat_template" in said.replace(" ", "_"):
        yield difference(
            "template not saved",
            "Its tokenizer has no chat template, and the reference has one.",
            "Save the tokenizer that you trained with beside the weights: tokenizer.save_pretrained(folder).",
        )
        return
    short = range(len(reference.prompts) - 1)
    here, there = bos_of(reference, other)
    rest = list(zip(reference.prompts, other.prompts))
    if here != there:
        yield difference(
            "BOS doubled" if there > here else "BOS missing",
            f"Its prompt begins with {there} BOS, and that of the reference with {here}.",
            "Let one part write it: give messages to the template, or tokenize with add_special_tokens=False.",
        )
        rest = [(a and a[here:], b and b[there:]) for a, b in rest]
    unlike = [i for i in short if rest[i][0] and rest[i][1] and rest[i][0] != rest[i][1]]
    if unlike:
        a, b = rest[unlike[0]]
        if is_cut(a, b):
            yield _cut_prompt(other, len(a), len(b))
        elif reference.template != other.template:
            yield difference(
                "another template",
                f"From token {_parting(a, b)} on its prompts are not those of the reference: the templates differ.",
                "Serve the tokenizer that you trained with, or hand its chat_template.jinja to the server.",
            )
        else:
            yield difference(
                "another tokenizer",
                f"The template is the same, and from token {_parting(a, b)} on the token ids differ.",
                "Save the tokenizer that you trained with beside the weights, added tokens included.",
            )
        return
    yield from _counted(reference, other, short, difference)


def bos_of(reference: Side, other: Side) -> tuple[int, int]:
    """How many BOS open the first prompt of each; where one can't be seen, as many as in the other."""
    token = other.bos_token if reference.bos_token is None else reference.bos_token
    here, there = (leading(side.prompts[0], token) for side in (reference, other))
    here = here or 0
    return here, here if there is None else there


def _counted(reference: Side, other: Side, short: range, difference) -> Iterator[Difference]:
    """What the number of prompt tokens says that a server counted, where its ids can't be seen or are not those."""
    counted = [(reference.lengths[i], other.lengths[i]) for i in short]
    steps = {b - a for a, b in counted if a and b}
    here, there = bos_of(reference, other)
    if not steps - {0} or here != there:
        return
    if steps == {1} and here:
        yield difference(
            "BOS doubled",
            "Every prompt has one token more than in the reference, which is what a second BOS looks like.",
            "Take BOS out of the template, or tell the server not to add one.",
        )
    else:
        yield difference(
            "another template",
            f"It counts {', '.join(str(b) for _, b in counted)} tokens in the short prompts, and the reference "
            f"{', '.join(str(a) for a, _ in counted)}.",
            "Serve the tokenizer that you trained with, or hand its chat_template.jinja to the server.",
        )


def is_cut(whole: list[int], part: list[int]) -> bool:
    """Is one prompt the beginning or the end of the other, and a good deal shorter than it?"""
    return 0 < len(part) < len(whole) - 1 and part in (whole[: len(part)], whole[-len(part) :])


def _parting(a: list[int], b: list[int]) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


def _cut_prompt(other: Side, whole: int, part: int) -> Difference:
    return Difference(
        "truncated context",
        other.name,
        f"Of a prompt of {whole:,} tokens it reads {part:,}.",
        "Raise the server's context (max-model-len, -c, n_ctx), and refuse longer prompts in place of cutting them.",
    )


def _context(reference: Side, other: Side) -> Iterator[Difference]:
    whole, part = reference.prompts[-1], other.prompts[-1]
    shorts_alike = all(a == b for a, b in zip(reference.lengths[:-1], other.lengths[:-1]))
    read = other.lengths[-1]
    if shorts_alike and whole and part and part != whole and is_cut(whole, part):
        yield _cut_prompt(other, len(whole), len(part))
    elif shorts_alike and whole and read is not None and read < len(whole) - 1:
        yield _cut_prompt(other, len(whole), read)
    elif reference.context and other.context and other.context < reference.context:
        yield Difference(
            "truncated context",
            other.name,
            f"Its files admit {other.context:,} tokens, and those of the reference {reference.context:,}.",
            "Put max_position_embeddings (config.json) and model_max_length (tokenizer_config.json) back.",
        )
    elif whole and other.errors[-1] and not any(other.errors[:-1]):
        yield Difference(
            "truncated context",
            other.name,
            f"It refuses a prompt of {len(whole):,} tokens that the reference reads: {other.errors[-1]}",
            "Raise the server's context (max-model-len, -c, n_ctx).",
        )
    elif reference.positions and other.positions and reference.positions != other.positions:
        changed = [key for key, value in reference.positions.items() if other.positions[key] != value]
        yield Difference(
            "other positions",
            other.name,
            f"It counts places otherwise: {', '.join(changed)} of config.json differ.",
            "Serve the config.json that was saved after training.",
        )


# --- What ends a reply, and how it is drawn -------------------------------------------------------------------------


def _ends(reference: Side, other: Side) -> Iterator[Difference]:
    if reference.ends is not None and other.ends is not None and (lost := reference.ends - other.ends):
        yield Difference(
            "end token missing",
            other.name,
            f"Generation no longer stops at token {', '.join(map(str, sorted(lost)))}.",
            f"Set eos_token_id to {sorted(reference.ends)} in generation_config.json.",
        )


def _settings(reference: Side, other: Side) -> Iterator[Difference]:
    remedy = "Save the model's own generation_config beside it, and send temperature and the like with each request."
    if reference.settings is not None and other.settings is not None and reference.settings != other.settings:
        keys = sorted(
            key for key in reference.settings | other.settings if reference.settings.get(key) != other.settings.get(key)
        )
        said = ", ".join(f"{key} {other.settings.get(key, 'unset')}" for key in keys)
        was = ", ".join(f"{key} {reference.settings.get(key, 'unset')}" for key in keys)
        yield Difference("wrong generation_config", other.name, f"It has {said}, and the reference {was}.", remedy)
    elif (
        reference.settings is not None
        and not reference.settings.get("do_sample")
        and other.own_default is not None
        and other.answers[0] is not None
        and other.own_default != other.answers[0].text
    ):
        yield Difference(
            "wrong generation_config",
            other.name,
            "Without a temperature in the request it draws its tokens by itself, and the reference does not.",
            remedy,
        )


# --- The weights ----------------------------------------------------------------------------------------------------


def _weights(reference: Side, other: Side) -> Iterator[Difference]:
    apart = largest(gaps(reference, other)[:-1])
    if apart is None or apart <= _tolerance(reference, other):
        return
    bare = largest(gap(a, b) for a, b in zip(reference.bare_logits, other.logits))
    alike, of = _alike(reference, other)
    if bare is not None and bare < apart / 3:
        yield Difference(
            "adapter not merged",
            other.name,
            "Its logits are those of the base without the adapter.",
            "Load the adapter beside the base, or save what merge_and_unload() returns.",
        )
    elif other.precision in HALF and reference.precision not in HALF and apart < 1:
        yield Difference(
            "half precision",
            other.name,
            f"Its weights were rounded to {other.precision}; a logit moved by {apart:.3f} standard deviations, and "
            f"{of - alike} of {of} replies changed.",
            "Merge in float32: load the base with dtype='float32', merge, save.",
        )
    else:
        yield Difference(
            "other weights",
            other.name,
            f"On the same tokens a logit differs by {apart:.2g} standard deviations, and {of - alike} of {of} replies.",
            "Save the trained model again and compare the files' dates; look for a quantised or an older copy.",
        )


def _tolerance(reference: Side, other: Side) -> float:
    """What two sides may differ by without a fault: rounding, which is coarse where one computes in half precision."""
    return SAME if reference.compute == other.compute == "float32" else 0.1


# --- The replies ----------------------------------------------------------------------------------------------------


def same_text(a: Answer | None, b: Answer | None) -> bool | None:
    """Are two replies alike? Texts are compared up to the spaces that decoders treat each in their own way."""
    if a is None or b is None:
        return None
    return " ".join(a.text.split()) == " ".join(b.text.split())


def _alike(reference: Side, other: Side) -> tuple[int, int]:
    told = [same for a, b in zip(reference.answers, other.answers) if (same := same_text(a, b)) is not None]
    return sum(told), len(told)


def _texts(reference: Side, other: Side) -> Iterator[Difference]:
    pairs = [(a, b) for a, b in zip(reference.answers, other.answers) if same_text(a, b) is False]
    if not pairs:
        return
    alike, of = _alike(reference, other)
    runs_on = [b.text.startswith(a.text) and a.ended and len(b.text) > len(a.text) for a, b in pairs]
    bare = [same_text(a, b) for a, b in zip(reference.bare_answers, other.answers)]
    if all(runs_on):
        yield Difference(
            "end token missing",
            other.name,
            f"{len(pairs)} of {of} replies go on where the reference stops.",
            f"Set eos_token_id to {sorted(reference.ends or [])} in the server's generation_config.json.",
        )
    elif bare and all(same for same in bare if same is not None):
        yield Difference(
            "adapter not merged",
            other.name,
            "Its replies are those of the base without the adapter.",
            "Load the adapter beside the base, or save what merge_and_unload() returns.",
        )
    elif largest(gaps(reference, other)) is None:  # where logits agree, a reply that differs is a tie of two tokens
        yield Difference(
            "other texts",
            other.name,
            f"{of - alike} of {of} greedy replies differ, though the prompts have as many tokens as in the reference.",
            "Give the folder that it serves to this report, which then sees weights, template and settings.",
        )
