"""Makes the course's base model from nothing: tokenizer, copy stage, language stage, bars.

Run ``python -m scripts.pretrain`` (or ``make model``) to remake what lies in ``assets/base``: about an hour of two
CPU cores; a stopped run resumes. ``python -m scripts.run_sweeps`` then measures it against the bars of its model card.
No lesson imports this file.
"""

import itertools
import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import tokenizers
import torch
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from course_utils.session import ASSETS

from . import pretraining_corpus

VOCAB_SIZE = 2048
CORPUS_TOKENS = 7_500_000
EARLY_STEP = 400  # also kept: lesson 01 compares the finished base with one that stopped here
BASE = ASSETS / "base"
EARLY_BASE = BASE.with_name("base_early")
SPECIAL_TOKENS = ["<|endoftext|>", "<|pad|>", "<|im_start|>", "<|im_end|>"]


def new_model(seed: int = 0) -> Qwen3ForCausalLM:
    """A small untrained decoder: Qwen3 (its normalised queries and keys learn to copy early), tied embeddings."""
    torch.manual_seed(seed)
    return Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=VOCAB_SIZE,
            hidden_size=192,
            intermediate_size=512,
            num_hidden_layers=4,
            num_attention_heads=6,
            num_key_value_heads=6,
            head_dim=32,
            max_position_embeddings=1024,
            rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=0,
            pad_token_id=1,
        )
    )


class Muon(torch.optim.Optimizer):
    """Momentum whose update is orthogonalised by five Newton-Schulz steps (Jordan et al., 2024), for matrices.

    ``torch.optim.Muon`` does the same in bfloat16, which a CPU without bfloat16 units emulates at a quarter of the
    speed; this one works in the parameters' own dtype and handles all matrices of one shape in one batch.
    """

    def __init__(self, params, lr: float, momentum: float = 0.95, weight_decay: float = 0.0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[torch.Tensor]] = {}
            for p in group["params"]:
                by_shape.setdefault(p.shape, []).append(p)
            for (rows, columns), params in by_shape.items():
                updates = []
                for p in params:
                    buffer = self.state[p].setdefault("momentum", torch.zeros_like(p))
                    buffer.lerp_(p.grad, 1 - group["momentum"])
                    updates.append(p.grad.lerp(buffer, group["momentum"]))
                x = torch.stack(updates)
                x = x.mT if rows > columns else x
                x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
                for _ in range(5):
                    a = x @ x.mT
                    x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
                x = x.mT if rows > columns else x
                for p, update in zip(params, x):
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                    p.add_(update, alpha=-group["lr"] * max(1, rows / columns) ** 0.5)


def make_optimizers(model, lr_matrices: float = 1e-2, lr_rest: float = 5e-3, weight_decay: float = 0.05):
    """Muon for the matrices inside the blocks, AdamW for the embedding and the norms."""
    named = list(model.named_parameters())
    matrices = [p for n, p in named if p.ndim == 2 and "embed" not in n]
    rest = [p for n, p in named if p.ndim != 2 or "embed" in n]
    return [
        Muon(matrices, lr=lr_matrices, weight_decay=weight_decay),
        torch.optim.AdamW(rest, lr=lr_rest, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def copy_rows(rng: random.Random, rows: int, length: int, alphabet: int, longest: int = 16) -> torch.Tensor:
    """Random segments of 4 to `longest` tokens, repeated to `length`: only copying predicts them. Shape (rows, length).

    The alphabet starts at the chat's own special tokens, so that their embedding rows are trained too.
    """
    batch = []
    for _ in range(rows):
        period = rng.randint(4, longest)
        segment = [rng.randrange(2, 2 + alphabet) for _ in range(period)]
        batch.append((segment * (length // period + 1))[:length])
    return torch.tensor(batch)


def repeated(logits: torch.Tensor, ids: torch.Tensor, start: int = 24) -> float:
    """Share of tokens after position `start` (the segment was seen by then) that the model predicts."""
    return (logits[:, start - 1 : -1].argmax(-1) == ids[:, start:]).float().mean().item()


def copy_stage(model, steps: int = 1200, seed: int = 0, log=print) -> None:
    """Teach copying first, on 28, then 250, then all tokens: without it no later training makes texts faithful."""
    rng, optimizers = random.Random(seed), make_optimizers(model, weight_decay=0.0)
    alphabets, stage, recent, started = [28, 250, VOCAB_SIZE - 2], 0, [], time.time()
    for step in range(1, steps + 1):
        ids = copy_rows(rng, 32, 48, alphabets[stage])
        out = model(input_ids=ids, labels=ids)
        out.loss.backward()
        scale = min(1, (steps - step + 1) / (0.2 * steps))
        for optimizer, lr in zip(optimizers, (1e-2, 5e-3)):
            optimizer.param_groups[0]["lr"] = lr * scale
            optimizer.step()
            optimizer.zero_grad()
        recent = (recent + [repeated(out.logits.detach(), ids)])[-10:]
        if step % 25 == 0:
            accuracy, seconds = sum(recent) / len(recent), time.time() - started
            log(f"copy {step}/{steps}  alphabet {alphabets[stage]}  accuracy {accuracy:.3f}  {seconds:.0f} s")
        if stage < 2 and len(recent) == 10 and sum(recent) / 10 > 0.9:
            stage, recent = stage + 1, []


def make_tokenizer(documents: int = 30_000, seed: int = 1) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of the corpus.

    Capitalised words leave their space outside and digits stand alone, so that a name is the same tokens after a
    space, a quotation mark or a line break: otherwise no model could copy it from a sentence into a record.
    """
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE())
    words = tokenizers.Regex(r"\p{Lu}\p{Ll}*| ?\p{Ll}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s")
    bpe.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [
            tokenizers.pre_tokenizers.Split(words, "isolated"),
            tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE,
        special_tokens=SPECIAL_TOKENS,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(itertools.islice(pretraining_corpus.documents(seed), documents), trainer)
    end, pad, *chat = SPECIAL_TOKENS
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token=end,
        pad_token=pad,
        additional_special_tokens=chat,
        model_max_length=1024,
        clean_up_tokenization_spaces=False,
    )


def token_rows(tokenizer, seed: int) -> Iterator[int]:
    """The corpus as one endless stream of token ids, documents closed by the end-of-text token."""
    stream = pretraining_corpus.documents(seed)
    while True:
        for ids in tokenizer(list(itertools.islice(stream, 256)))["input_ids"]:
            yield from ids
            yield tokenizer.eos_token_id


def language_stage(model, tokenizer, folder: Path, tokens: int = CORPUS_TOKENS, seed: int = 2, log=print) -> None:
    """Train on the corpus: rows of 512 tokens, at the end 1,024; copy rows fade from 12% to 3%.

    The learning rates fall linearly over the last 40%. A checkpoint in `folder` every 200 steps lets a stopped run go
    on from there.
    """
    optimizers = make_optimizers(model)
    batch_tokens = 4096
    steps, start, started = tokens // batch_tokens, 0, time.time()
    checkpoint = folder / "language.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        for optimizer, saved in zip(optimizers, state["optimizers"]):
            optimizer.load_state_dict(saved)
        start = state["step"]
    # a resumed run reads on in fresh documents: the seed says where it starts
    stream, rng = token_rows(tokenizer, seed + 1000 * start), random.Random(seed + start)
    losses = []
    for step in range(start + 1, steps + 1):
        done = step / steps
        length = 512 if done < 0.93 else 1024
        rows = batch_tokens // length
        copies = sum(rng.random() < 0.12 - 0.09 * done for _ in range(rows))
        text = torch.tensor(list(itertools.islice(stream, (rows - copies) * length))).view(-1, length)
        ids = torch.cat([text, copy_rows(rng, copies, length, VOCAB_SIZE - 2, longest=64)]) if copies else text
        logits = model(input_ids=ids).logits
        each = torch.nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
        each.mean().backward()
        losses.append(each[: len(text)].mean().item())
        scale = min(1, step / 50, (1 - done) / 0.4 + 0.01)
        for optimizer, lr in zip(optimizers, (1e-2, 5e-3)):
            optimizer.param_groups[0]["lr"] = lr * scale
            optimizer.step()
            optimizer.zero_grad()
        if step % 25 == 0:
            speed = (step - start) * batch_tokens / (time.time() - started)
            log(f"language {step}/{steps}  loss {sum(losses[-25:]) / 25:.3f}  {speed:,.0f} tokens/s  "
                f"{(steps - step) * batch_tokens / speed / 60:.0f} min left")  # fmt: skip
        if step == EARLY_STEP:
            torch.save(model.state_dict(), folder / "early.pt")
        if step % 200 == 0 or step == steps:
            state = {"model": model.state_dict(), "optimizers": [o.state_dict() for o in optimizers], "step": step}
            torch.save(state, folder / "language.tmp")
            os.replace(folder / "language.tmp", checkpoint)


def save(model, tokenizer, folder: Path) -> None:
    """Write model and tokenizer for plain ``from_pretrained``; bfloat16 halves the size and costs no quality."""
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    # the class name that every version of transformers knows, and nothing about where the files were made
    config = json.loads((folder / "tokenizer_config.json").read_text())
    config = {k: v for k, v in config.items() if k not in ("is_local", "local_files_only", "backend")}
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def main() -> None:
    folder = Path("build/pretrain")
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer, model = make_tokenizer(), new_model()
    copied = folder / "copy.pt"
    if copied.exists():
        model.load_state_dict(torch.load(copied))
    else:
        copy_stage(model)
        torch.save(model.state_dict(), copied)
    language_stage(model, tokenizer, folder)
    save(model, tokenizer, BASE)
    model = new_model()
    model.load_state_dict(torch.load(folder / "early.pt"))
    save(model, tokenizer, EARLY_BASE)


if __name__ == "__main__":
    main()
