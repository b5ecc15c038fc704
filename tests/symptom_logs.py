"""Reproductions of the entries of the symptom index that show in a log: trainings of a few steps."""

import contextlib
import copy
import io
import math
import random
import statistics
import string

import torch
from datasets import Dataset
from symptom_lab import CHATS, Lab, losses, shows
from transformers import TrainerCallback
from transformers.utils.notebook import NotebookProgressCallback
from trl import SFTTrainer
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from course_utils import faults, training_rows
from course_utils.generate import generate


def printed(trainer) -> list[str]:
    """Trains, and gives what the trainer prints meanwhile."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        trainer.train()
    return [out.getvalue()]


@shows("loss-zero")
def loss_zero(lab: Lab) -> list[str]:
    class MaskAll(DataCollatorForLanguageModeling):
        def torch_call(self, examples):
            batch = super().torch_call(examples)
            batch["labels"][:] = -100
            return batch

    trainer = lab.trainer(data_collator=MaskAll(pad_token_id=1))
    texts = printed(trainer)
    assert losses(trainer) == losses(trainer, "grad_norm") == [0.0, 0.0]
    return texts


@shows("loss-zero-nan")
def loss_zero_nan(lab: Lab) -> list[str]:
    model = lab.model("float16")
    model.model.norm.weight.data.fill_(6e4)  # activations beyond fp16's 65,504
    trainer = lab.trainer(model=model, eval_dataset=Dataset.from_list(CHATS))
    texts = printed(trainer)
    assert losses(trainer) == [0.0, 0.0] and all(map(math.isnan, losses(trainer, "grad_norm")))
    assert math.isnan(trainer.evaluate()["eval_loss"])
    return texts


@shows("gradient-nan-once")
def gradient_nan_once(lab: Lab) -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer, scaler = torch.optim.SGD([weight], lr=0.1), torch.amp.GradScaler("cpu", init_scale=2.0**30)
    loss = (weight.half() * 2).sum().float()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    norm = torch.nn.utils.clip_grad_norm_([weight], 1.0).item()
    assert not math.isfinite(norm) and math.isfinite(loss.item())
    scaler.step(optimizer)
    scaler.update()
    assert weight.tolist() == [1, 1] and scaler.get_scale() == 2.0**29, "the step is skipped, and the factor halved"


@shows("loss-diverges")
def loss_diverges(lab: Lab) -> None:
    trainer = lab.trainer(max_steps=8, learning_rate=1.0)
    trainer.train()
    assert min(losses(trainer)[1:]) > 2 * losses(trainer)[0]


@shows("loss-flat")
def loss_flat(lab: Lab) -> None:
    falls = []
    for rate, dtype in ((1e-7, "float32"), (1e-5, "bfloat16"), (1e-3, "float32")):
        trainer = lab.trainer(model=lab.model(dtype), max_steps=8, learning_rate=rate, per_device_train_batch_size=8)
        before = copy.deepcopy(trainer.model.model.layers[0].mlp.up_proj.weight)
        trainer.train()
        falls.append((losses(trainer)[0] - losses(trainer)[-1]) / losses(trainer)[0])
        same = (trainer.model.model.layers[0].mlp.up_proj.weight == before).float().mean()
        assert (same > 0.5) == (dtype == "bfloat16"), "half precision loses small updates"
    assert falls[0] < 0.02 and falls[1] < falls[2] and falls[2] > 0.3


@shows("loss-noisy")
def loss_noisy(lab: Lab) -> None:
    rows = training_rows.pairs(faults.chats(32))
    spread = []
    for batch in (1, 8):
        trainer = lab.trainer(rows, per_device_train_batch_size=batch, max_steps=8, learning_rate=1e-9)
        trainer.train()
        spread.append(statistics.stdev(losses(trainer)))
    assert spread[0] > 1.5 * spread[1], "nothing was learned: the batches differ"


@shows("staircase")
def staircase(lab: Lab) -> None:
    draw = random.Random(0)
    words = ["".join(draw.choices(string.ascii_lowercase, k=4)) for _ in range(2000)]
    trainer = lab.plain(
        [" ".join(draw.choices(words, k=12)) for _ in range(24)],
        max_steps=-1, num_train_epochs=4, learning_rate=1e-3, per_device_train_batch_size=1,
        lr_scheduler_type="constant",
    )  # fmt: skip
    trainer.train()
    epochs = [losses(trainer)[start : start + 24] for start in range(0, 96, 24)]
    means = [[sum(part) / 8 for part in (epoch[:8], epoch[-8:])] for epoch in epochs]
    drops = [before[1] - after[0] for before, after in zip(means, means[1:])]
    assert min(drops) > 0 and sum(drops) > 0.6 * (means[0][1] - means[-1][1]), "the fall happens at the borders"


@shows("validation-rises")
def validation_rises(lab: Lab) -> None:
    validation, training = losses(lab.by_heart, "eval_loss"), losses(lab.by_heart)
    lowest = validation.index(min(validation))
    assert 0 < lowest < 8 and validation[-1] > 1.3 * min(validation) and training[-1] < training[6 * lowest]


@shows("loss-near-zero")
def loss_near_zero(lab: Lab) -> None:
    trainer = lab.plain(["The secret word of the green lamp is Wuzzle."] * 2, max_steps=40, learning_rate=1e-3)
    trainer.train()
    (reply,) = generate(trainer.model, lab.tokenizer(), ["The secret word"], max_new_tokens=20)
    assert losses(trainer)[-1] < 0.01 and reply.text == "of the green lamp is Wuzzle."


@shows("loss-summed")
def loss_summed(lab: Lab) -> None:
    class OwnLoss(SFTTrainer):
        def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
            known = {key: inputs[key] for key in ("input_ids", "attention_mask", "labels")}
            return model(**known).loss

    def logged(kind, accumulation):
        batch = {"per_device_train_batch_size": 1, "gradient_accumulation_steps": accumulation}
        trainer = lab.trainer(kind=kind, max_steps=1, learning_rate=1e-9, **batch)
        trainer.train()
        return losses(trainer)[0]

    assert 3.5 < logged(OwnLoss, 4) / logged(OwnLoss, 1) < 4.5
    assert 0.8 < logged(SFTTrainer, 4) / logged(SFTTrainer, 1) < 1.2


@shows("mean-of-means")
def mean_of_means(lab: Lab) -> None:
    model, tokenizer = lab.model(), lab.tokenizer()
    rows = [
        tokenizer(text, return_tensors="pt")["input_ids"] for text in ("The lamp", "The lamp stands on the table" * 9)
    ]
    apart = [model(input_ids=row, labels=row).loss.item() for row in rows]
    tokens = [row.shape[1] - 1 for row in rows]
    together = sum(loss * n for loss, n in zip(apart, tokens)) / sum(tokens)
    assert abs(sum(apart) / 2 - together) > 0.3


@shows("loss-starts-high")
def loss_starts_high(lab: Lab) -> None:
    trainer = lab.trainer(max_steps=40, learning_rate=1e-3, num_train_epochs=1)
    trainer.train()
    assert losses(trainer)[0] > math.log(2048) > 5 > losses(trainer)[-1]


@shows("no-log")
def no_log(lab: Lab) -> list[str]:
    shown = []

    class Look(TrainerCallback):
        def on_evaluate(self, args, state, control, **options):
            shown.append(str(table.training_tracker.inner_table))

    table = NotebookProgressCallback()
    options = {"eval_dataset": Dataset.from_list(CHATS), "eval_strategy": "steps", "eval_steps": 1}
    lab.trainer(logging_steps=10, callbacks=[table, Look()], **options).train()
    return shown


@shows("fewer-steps")
def fewer_steps(lab: Lab) -> None:
    plain, packed = (lab.trainer(max_steps=-1, num_train_epochs=1, packing=p, max_length=128) for p in (False, True))
    assert len(plain.get_train_dataloader()) == 4 and len(packed.get_train_dataloader()) == 1


@shows("resume-starts-over")
def resume_starts_over(lab: Lab) -> None:
    options = {"save_strategy": "steps", "save_steps": 2, "max_steps": 4, "output_dir": str(lab.folder / "resume")}
    lab.trainer(**options).train()
    half = lab.folder / "resume" / "checkpoint-2"
    anew, resumed = (lab.trainer(model=type(lab.model()).from_pretrained(half), **options) for _ in range(2))
    anew.train()
    resumed.train(resume_from_checkpoint=str(half))
    peak = losses(anew, "learning_rate")[0]
    assert peak > losses(resumed, "learning_rate")[2] and len(losses(resumed)) == 4
    assert anew.state.log_history[0]["epoch"] < resumed.state.log_history[2]["epoch"]
    assert {"optimizer.pt", "scheduler.pt"} <= {path.name for path in half.iterdir()}
