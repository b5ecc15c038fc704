"""Answers that try the checks of the assignment of lesson 06."""

import quiz_answers

WRONG = {
    "task-1": {
        "the last loss alone": """
def gap(log_history, last=3):
    losses = [entry["loss"] for entry in log_history if "loss" in entry]
    kept = [entry["eval_loss"] for entry in log_history if "eval_loss" in entry]
    return kept[-1] - losses[-1] if losses and kept else None
""",
        "the wrong way round": """
def gap(log_history, last=3):
    losses = [entry["loss"] for entry in log_history if "loss" in entry][-last:]
    kept = [entry["eval_loss"] for entry in log_history if "eval_loss" in entry]
    return sum(losses) / len(losses) - kept[-1] if losses and kept else None
""",
        "always divides by `last`": """
def gap(log_history, last=3):
    losses = [entry["loss"] for entry in log_history if "loss" in entry][-last:]
    kept = [entry["eval_loss"] for entry in log_history if "eval_loss" in entry]
    return kept[-1] - sum(losses) / last if losses and kept else None
""",
        "always takes three": """
def gap(log_history, last=3):
    losses = [entry["loss"] for entry in log_history if "loss" in entry][-3:]
    kept = [entry["eval_loss"] for entry in log_history if "eval_loss" in entry]
    return kept[-1] - sum(losses) / len(losses) if losses and kept else None
""",
        "zero in place of None": """
def gap(log_history, last=3):
    losses = [entry["loss"] for entry in log_history if "loss" in entry][-last:]
    kept = [entry["eval_loss"] for entry in log_history if "eval_loss" in entry]
    return kept[-1] - sum(losses) / len(losses) if losses and kept else 0.0
""",
        "the lowest validation loss": """
def gap(log_history, last=3):
    losses = [entry["loss"] for entry in log_history if "loss" in entry][-last:]
    kept = [entry["eval_loss"] for entry in log_history if "eval_loss" in entry]
    return min(kept) - sum(losses) / len(losses) if losses and kept else None
""",
    },
    "task-2": {
        "minus infinity is an improvement": """
def early_stop(log_history, patience=2):
    best, best_step, stopped, waited = math.inf, None, None, 0
    for entry in log_history:
        if "eval_loss" not in entry:
            continue
        stopped = entry["step"]
        best_step = stopped if best_step is None else best_step
        if entry["eval_loss"] < best:
            best, best_step, waited = entry["eval_loss"], stopped, 0
        else:
            waited += 1
        if waited == patience:
            break
    return None if stopped is None else (best_step, stopped)
""",
        "a first NaN is the best for ever": """
def early_stop(log_history, patience=2):
    kept = [(entry["step"], entry["eval_loss"]) for entry in log_history if "eval_loss" in entry]
    if not kept:
        return None
    (best_step, best), waited = kept[0], 0
    for step, loss in kept[1:]:
        if math.isinf(loss) or not loss < best:
            waited += 1
        else:
            best_step, best, waited = step, loss, 0
        if waited == patience:
            return best_step, step
    return best_step, kept[-1][0]
""",
        "keeps the last weights": """
def early_stop(log_history, patience=2):
    kept = [(entry["step"], entry["eval_loss"]) for entry in log_history if "eval_loss" in entry]
    best, waited = math.inf, 0
    for step, loss in kept:
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == patience:
            return step, step
    return (kept[-1][0], kept[-1][0]) if kept else None
""",
        "knows the future": """
def early_stop(log_history, patience=2):
    kept = [(entry["eval_loss"], entry["step"]) for entry in log_history if "eval_loss" in entry]
    finite = [pair for pair in kept if math.isfinite(pair[0])]
    if not kept:
        return None
    place = kept.index(min(finite))
    return kept[place][1], kept[min(place + patience, len(kept) - 1)][1]
""",
        "compares with the evaluation before": """
def early_stop(log_history, patience=2):
    kept = [(entry["step"], entry["eval_loss"]) for entry in log_history if "eval_loss" in entry]
    if not kept:
        return None
    best, waited, before = kept[0], 0, math.inf
    for step, loss in kept:
        waited = 0 if loss < before else waited + 1
        before = loss
        best = (step, loss) if loss < best[1] else best
        if waited == patience:
            return best[0], step
    return best[0], kept[-1][0]
""",
        "an equal loss is an improvement": """
def early_stop(log_history, patience=2):
    best, best_step, stopped, waited = math.inf, None, None, 0
    for entry in log_history:
        if "eval_loss" not in entry:
            continue
        stopped = entry["step"]
        if entry["eval_loss"] <= best:
            best, best_step, waited = entry["eval_loss"], stopped, 0
        else:
            waited += 1
        if waited == patience:
            break
    return None if stopped is None else (best_step, stopped)
""",
        "never sets the wait back": """
def early_stop(log_history, patience=2):
    best, best_step, stopped, waited = math.inf, None, None, 0
    for entry in log_history:
        if "eval_loss" not in entry:
            continue
        stopped = entry["step"]
        if entry["eval_loss"] < best:
            best, best_step = entry["eval_loss"], stopped
        else:
            waited += 1
        if waited == patience:
            break
    return None if stopped is None else (best_step, stopped)
""",
        "stops one evaluation late": """
def early_stop(log_history, patience=2):
    best, best_step, stopped, waited = math.inf, None, None, 0
    for entry in log_history:
        if "eval_loss" not in entry:
            continue
        stopped = entry["step"]
        if entry["eval_loss"] < best:
            best, best_step, waited = entry["eval_loss"], stopped, 0
        else:
            waited += 1
        if waited > patience:
            break
    return None if stopped is None else (best_step, stopped)
""",
        "a NaN stops it": """
def early_stop(log_history, patience=2):
    kept = [(entry["step"], entry["eval_loss"]) for entry in log_history if "eval_loss" in entry]
    best, waited = (None, math.inf), 0
    for step, loss in kept:
        if math.isnan(loss):
            return best[0], step
        best, waited = ((step, loss), 0) if loss < best[1] else (best, waited + 1)
        if waited == patience:
            return best[0], step
    return (best[0], kept[-1][0]) if kept else None
""",
    },
    "task-3": {
        "begins anew": """
def resume(start, folder):
    trainer = start(folder)
    trainer.train()
    return trainer
""",
        "the newest folder, whole or not": """
def resume(start, folder):
    trainer = start(folder)
    trainer.train(resume_from_checkpoint=True)
    return trainer
""",
        "the last name": """
def resume(start, folder):
    whole = sorted(str(file.parent) for file in Path(folder).glob("checkpoint-*/trainer_state.json"))
    trainer = start(folder)
    trainer.train(resume_from_checkpoint=whole[-1])
    return trainer
""",
        "always the same checkpoint": """
def resume(start, folder):
    trainer = start(folder)
    trainer.train(resume_from_checkpoint=f"{folder}/checkpoint-10")
    return trainer
""",
        "the weights alone": """
def resume(start, folder):
    trainer = start(folder)
    whole = [file.parent for file in Path(folder).glob("checkpoint-*/trainer_state.json")]
    newest = max(whole, key=lambda place: int(place.name.split("-")[1]))
    trainer.model = AutoModelForCausalLM.from_pretrained(newest, dtype="float32")
    trainer.args.max_steps = 18 - int(newest.name.split("-")[1])
    trainer.train()
    return trainer
""",
        "all but the averages of the optimizer": """
def resume(start, folder):
    whole = [file.parent for file in Path(folder).glob("checkpoint-*/trainer_state.json")]
    newest = max(whole, key=lambda place: int(place.name.split("-")[1]))
    (newest / "optimizer.pt").unlink()
    trainer = start(folder)
    trainer.train(resume_from_checkpoint=str(newest))
    return trainer
""",
        "hands in another run": """
def resume(start, folder):
    return unbroken
""",
    },
    "task-4": {
        "a gap in nats": """
def name_pattern(log_history):
    losses = [entry["loss"] for entry in log_history if "loss" in entry]
    kept = [entry["eval_loss"] for entry in log_history if "eval_loss" in entry]
    if all(loss == 0 for loss in losses):
        return ZERO
    start, end = losses[0], sum(losses[-3:]) / len(losses[-3:])
    highest = max(losses + kept)
    if not all(map(math.isfinite, losses)) or (highest > 1.3 * start and end > 0.1 * start):
        return TOO_HIGH
    third = losses[len(losses) // 3]
    if end > 0.85 * start or (end > 0.3 * start and start - third < 0.75 * (start - end)):
        return TOO_LOW
    return OVERFITTING if kept and kept[-1] - end > 0.1 else HEALTHY
""",
        "cut-offs in nats": """
def name_pattern(log_history):
    losses = [entry["loss"] for entry in log_history if "loss" in entry]
    kept = [entry["eval_loss"] for entry in log_history if "eval_loss" in entry]
    if all(loss == 0 for loss in losses):
        return ZERO
    if any(not math.isfinite(loss) for loss in losses) or max(losses) > 5:
        return TOO_HIGH
    end = sum(losses[-3:]) / len(losses[-3:])
    if end > 1:
        return TOO_LOW
    return OVERFITTING if kept and kept[-1] - end > 0.1 else HEALTHY
""",
        "everything is healthy": """
def name_pattern(log_history):
    return HEALTHY
""",
        "no eye for a rate that is too low": """
def name_pattern(log_history):
    losses = [entry["loss"] for entry in log_history if "loss" in entry]
    kept = [entry["eval_loss"] for entry in log_history if "eval_loss" in entry]
    if all(loss == 0 for loss in losses):
        return ZERO
    if not all(map(math.isfinite, losses)) or max(losses) > 1.5 * losses[0]:
        return TOO_HIGH
    return OVERFITTING if kept and kept[-1] > 1.05 * min(kept) else HEALTHY
""",
        "a NaN is forgotten": """
def name_pattern(log_history):
    losses = [entry["loss"] for entry in log_history if "loss" in entry and math.isfinite(entry["loss"])]
    kept = [entry["eval_loss"] for entry in log_history if "eval_loss" in entry]
    if all(loss == 0 for loss in losses):
        return ZERO
    start, end = losses[0], sum(losses[-3:]) / len(losses[-3:])
    highest = max(losses + kept)
    if highest > 12 or (highest > 1.3 * start and end > 0.1 * start):
        return TOO_HIGH
    third = losses[len(losses) // 3]
    if end > 0.85 * start or (end > 0.3 * start and start - third < 0.75 * (start - end)):
        return TOO_LOW
    return OVERFITTING if kept and kept[-1] > 1.03 * min(kept) else HEALTHY
""",
        "learned the tuning runs by heart": """
known = {repr(run.log_history): run.pattern for run in runs}


def name_pattern(log_history):
    return known.get(repr(log_history), HEALTHY)
""",
        "absolute losses": """
def name_pattern(log_history):
    losses = [entry["loss"] for entry in log_history if "loss" in entry]
    if losses[-1] == 0:
        return ZERO
    if not math.isfinite(losses[-1]) or losses[-1] > 3:
        return TOO_HIGH
    if losses[-1] > 1.5:
        return TOO_LOW
    return OVERFITTING if losses[-1] < 0.02 else HEALTHY
""",
        "words of its own": """
def name_pattern(log_history):
    return "looks fine to me"
""",
    },
    "quiz": quiz_answers.wrong("06"),
}

RIGHT = {
    "task-1": {
        "walking backwards": """
def gap(log_history, last=3):
    losses, kept = [], None
    for entry in reversed(log_history):
        if "loss" in entry and len(losses) < last:
            losses.append(entry["loss"])
        if "eval_loss" in entry and kept is None:
            kept = entry["eval_loss"]
    return None if kept is None or not losses else kept - math.fsum(losses) / len(losses)
""",
    },
    "task-2": {
        "with positions": """
def early_stop(log_history, patience=2):
    kept = [(entry["step"], entry["eval_loss"]) for entry in log_history if "eval_loss" in entry]
    if not kept:
        return None
    losses = [math.inf] + [loss if math.isfinite(loss) else math.inf for _, loss in kept]
    best = 0
    for i in range(1, len(losses)):
        if losses[i] < losses[best]:
            best = i
        if i - best == patience:
            return kept[max(best, 1) - 1][0], kept[i - 1][0]
    return kept[max(best, 1) - 1][0], kept[-1][0]
""",
    },
    "task-3": {
        "clears the damaged ones away": """
def resume(start, folder):
    for place in Path(folder).glob("checkpoint-*"):
        if not (place / "trainer_state.json").exists():
            shutil.rmtree(place)
    trainer = start(folder)
    trainer.train(resume_from_checkpoint=any(Path(folder).iterdir()))
    return trainer
""",
    },
    "task-4": {
        "by asking diagnose": """
def name_pattern(log_history):
    from course_utils.diagnose import diagnose

    losses = [entry for entry in log_history if "loss" in entry or "eval_loss" in entry]
    said = diagnose(losses).pattern
    return said if said in (HEALTHY, OVERFITTING, TOO_LOW, TOO_HIGH, ZERO) else HEALTHY
""",
    },
    "quiz": quiz_answers.right("06"),
}
