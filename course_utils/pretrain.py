"""Makes the course's base model from nothing: tokenizer, copy stage, language stage, bars.

Run ``python -m course_utils.pretrain`` to remake what lies in ``course_utils/assets/base`` (hours of two CPU cores,
minutes of a GPU; it resumes where it stopped), and ``python -m course_utils.pretrain --check`` to measure the shipped
model against the bars written in its model card. No lesson imports this file.
"""

import random
import time

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

VOCAB_SIZE = 2048
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


def copy_rows(rng: random.Random, rows: int, length: int, alphabet: int) -> torch.Tensor:
    """Random segments of 4-16 tokens, repeated to `length`: only copying predicts them. Shape (rows, length).

    The alphabet starts at the chat's own special tokens, so that their embedding rows are trained too.
    """
    batch = []
    for _ in range(rows):
        period = rng.randint(4, 16)
        segment = [rng.randrange(2, 2 + alphabet) for _ in range(period)]
        batch.append((segment * (length // period + 1))[:length])
    return torch.tensor(batch)


def copy_accuracy(logits: torch.Tensor, ids: torch.Tensor, start: int = 24) -> float:
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
        recent = (recent + [copy_accuracy(out.logits.detach(), ids)])[-10:]
        if step % 25 == 0:
            log(f"copy {step}/{steps}  alphabet {alphabets[stage]}  accuracy {sum(recent) / len(recent):.3f}  {time.time() - started:.0f} s")
        if stage < 2 and len(recent) == 10 and sum(recent) / 10 > 0.9:
            stage, recent = stage + 1, []


if __name__ == "__main__":
    m = new_model()
    copy_stage(m)
    torch.save(m.state_dict(), "/tmp/exp/copy.pt")
