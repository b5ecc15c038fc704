"""Exams: the same seed gives the same, different seeds differ and are equally hard, and one is held end to end."""

import contextlib
import copy
import csv
import io
import math

import nbformat
import pytest
from classroom import Course

from course_utils import diagnosed_runs
from course_utils.task_check import TaskFailed
from scripts.exam import __main__ as command
from scripts.exam import tasks
from scripts.exam.notebook import DRAWING, IMPORTS, check, written

SEEDS = range(10)
NAME = "exam_7"


def stored_log(pattern: str, seed: int) -> list[dict]:
    """A stored run of the pattern in the place of a training: what is tested here are the other tasks."""
    logs = [run for run in diagnosed_runs.stored_logs("held_out") if run.pattern == pattern]
    return logs[seed % len(logs)].log_history


@pytest.fixture(scope="module")
def exams():
    return {seed: tasks.draw(seed, stored_log) for seed in SEEDS}


def tried(task: tasks.Task, number: int, answer: str) -> str:
    """What the whole check of a task says to an answer; "" when it holds."""
    space = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        for source in (IMPORTS, DRAWING, task.shown, answer):
            exec(source, space)
        try:
            exec(check(task, number), space)
        except TaskFailed as failed:
            return str(failed)
    return ""


def changed(name: str, key: dict, **values: object) -> str:
    return f"{name} = {key | values!r}"


def off_by_one(key: dict) -> dict:
    return {kind: [*found[:-1], found[-1] + 1] for kind, found in key.items()}


def turned(key: dict) -> dict:
    values = list(key.values())
    return dict(zip(key, [*values[1:], values[0]]))


WRONG = {
    "Faulty rows": {
        "one kind missed": lambda t: changed("faults", t.key, contradiction=[]),
        "a row too many": lambda t: changed("faults", t.key, cut=[*t.key["cut"], t.key["leak"][0]]),
        "counted from one": lambda t: f"faults = { {k: [n + 1 for n in v] for k, v in t.key.items()}!r}",
        "leaks taken for duplicates": lambda t: changed("faults", t.key, leak=t.key["duplicate"]),
    },
    "Whose mask?": {
        "exchanged": lambda t: f"masks = {turned(t.key)!r}",
        "always the usual one": lambda t: f"masks = {dict.fromkeys(t.key, 'a')!r}",
    },
    "Steps": {
        "one step more": lambda t: changed("steps", t.key, **{"an epoch": t.key["an epoch"] + 1}),
        "accumulation forgotten": lambda t: changed("steps", t.key, **{"in all": 2 * t.key["in all"]}),
        "rounded down": lambda t: (
            "each = number_of_rows // (per_device_train_batch_size * gradient_accumulation_steps)\n"
            "steps = {'an epoch': each, 'in all': each * num_train_epochs, 'epochs of max_steps': max_steps / each}"
        ),
    },
    "Packs": {
        "cut and filled up": lambda t: changed("packs", t.key, packs=t.key["packs"] - 1),
        "padded to the limit": lambda t: changed("packs", t.key, padding="1 - sum(lengths) / 12 / 1024").replace(
            "'1 - sum(lengths) / 12 / 1024'", "1 - sum(lengths) / 12 / 1024"
        ),
    },
    "Curves": {
        "exchanged": lambda t: f"patterns = {turned(t.key)!r}",
        "all healthy": lambda t: f"patterns = {dict.fromkeys(t.key, 'a')!r}",
    },
    "Which writer?": {
        "one-sided": lambda t: changed("result", t.key, p=t.key["p"] / 2),
        "writers exchanged": lambda t: changed("result", t.key, **{"share a": t.key["share b"]}),
        "all sheets counted": lambda t: changed("result", t.key, **{"b better": round(40 * t.key["share b"])}),
    },
    "A collator": {
        "padding is trained": lambda t: t.solution.replace("-100, ", "pad_id, ").replace('row["labels"], -100', "0, 0"),
        "always right": lambda t: t.solution.replace('if side == "right"', "if True"),
        "mask by the id": lambda t: t.solution.replace("[1] * n", "[int(i != pad_id) for i in row['input_ids']]"),
        "in place": lambda t: t.solution.replace("    return batch", "    rows.sort(key=str)\n    return batch"),
    },
}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_reference_passes_and_the_same_wrong_answers_fail_with_every_seed(exams, seed):
    assert {task.name for task in exams[seed]} == set(WRONG)
    for number, task in enumerate(exams[seed], 1):
        assert tried(task, number, task.solution) == "", f"{task.name}: the reference fails"
        for name, wrong in WRONG[task.name].items():
            answer = wrong(task)
            assert answer != task.solution, f"{task.name}, {name}: the answer is the reference's"
            assert tried(task, number, answer), f"{task.name}: {name} passes"


def test_the_same_seed_gives_the_same_exam_and_another_one_differs_in_every_task(exams):
    assert tasks.draw(3, stored_log) == exams[3]
    for number in range(len(exams[0])):
        assert len({exams[seed][number].shown for seed in SEEDS}) == len(SEEDS), exams[0][number].name


def test_all_exams_take_as_long_and_give_as_many_points(exams):
    assert len({tuple((task.name, task.minutes, task.points) for task in exam) for exam in exams.values()}) == 1


def test_part_of_an_answer_gives_part_of_the_points(exams):
    task = exams[0][0]
    said = tried(task, 1, changed("faults", task.key, cut=[]))
    assert "(3 of 4 parts)" in said and "cut is not right" in said


def test_the_steps_are_those_of_the_trainer(exams, tmp_path):
    """For one exam, the key is what SFTTrainer itself computes."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM
    from trl import SFTConfig, SFTTrainer

    from course_utils.session import ASSETS, cpu_hardware

    space: dict = {}
    task = exams[0][2]
    exec(task.shown, space)
    names = ("per_device_train_batch_size", "gradient_accumulation_steps", "num_train_epochs")
    config = SFTConfig(str(tmp_path), report_to="none", **cpu_hardware(), **{name: space[name] for name in names})
    model = AutoModelForCausalLM.from_pretrained(ASSETS / "base")
    rows = Dataset.from_dict({"text": ["A row."] * space["number_of_rows"]})
    trainer = SFTTrainer(model, args=config, train_dataset=rows)
    values = trainer.set_initial_training_values(config, trainer.get_train_dataloader())
    assert task.key["in all"] in values and task.key["an epoch"] in values


def test_the_sign_test_is_exact():
    assert tasks.sign_test(5, 0) == pytest.approx(2 / 32)
    assert tasks.sign_test(3, 3) == 1.0
    assert tasks.sign_test(8, 2) == pytest.approx(2 * sum(math.comb(10, k) for k in range(3)) / 1024)


def test_what_a_learner_gets_has_no_key(exams):
    source = written(NAME, exams[7])
    assert all("BEGIN HIDDEN TESTS" in cell.source for cell in source.cells if str(cell.id).endswith("-check"))
    seen = "\n".join(check(task, 1, hidden=False) for task in exams[7])
    for task in exams[7]:
        assert repr(task.key) not in seen


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name\nanna\n", "column `student`"),
        ("student,seed\nanna,4\nbert,4\n", "line 3: the seed '4' is given twice"),
        ("student,seed\nanna,x\n", "line 2: the seed 'x' is no whole number"),
    ],
)
def test_a_list_that_cannot_be_used_is_told(text, says, tmp_path, capsys):
    (tmp_path / "students.csv").write_text(text)
    assert command.main(["--students", str(tmp_path / "students.csv")]) == 2
    assert says in capsys.readouterr().err


def test_a_list_gives_each_student_a_seed(tmp_path):
    (tmp_path / "students.csv").write_text("student\nanna\nbert\n", encoding="utf-8")
    assert command.seeds(tmp_path / "students.csv") == {"anna": 1, "bert": 2}


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """An exam from the command to the marks: drawn, its runs trained, answered by two students, graded, exported."""
    course = Course(tmp_path_factory.mktemp("exam"))
    made = course.run("7", module="scripts.exam")
    assert made.returncode == 0, made.stderr[-2000:]
    source = nbformat.read(course.folder / "solutions" / NAME / f"{NAME}.ipynb", as_version=4)
    released = nbformat.read(course.folder / "exercises" / NAME / f"{NAME}.ipynb", as_version=4)
    solved = {cell.id: cell.source for cell in source.cells if cell.metadata.get("nbgrader", {}).get("solution")}
    lazy = solved | {"task-1": 'faults = {"contradiction": [], "cut": [], "leak": [], "duplicate": []}'}
    for student, answers in {"anna": solved, "bert": lazy}.items():
        work = copy.deepcopy(released)
        for cell in work.cells:
            cell.source = answers.get(cell.id, cell.source)
        folder = course.folder / ".grading" / "submitted" / student / NAME
        folder.mkdir(parents=True)
        nbformat.write(work, folder / f"{NAME}.ipynb")
    course.settings = (course.folder / "nbgrader_config.py").read_text().replace("= 3, 8", "= 60, 300")
    (course.folder / "nbgrader_config.py").write_text(course.settings)
    course.teacher("grade", NAME)
    course.teacher("feedback", NAME)
    course.teacher("export", NAME)
    course.made, course.exam = made.stdout, released
    return course


def test_an_exam_is_released_answered_graded_and_listed(held):
    assert f"exercises/{NAME}/{NAME}.ipynb" in held.made
    with open(held.folder / ".grading/export/grades.csv", encoding="utf-8-sig", newline="") as file:
        points = {row["student"]: float(row["points"]) for row in csv.DictReader(file)}
    assert points == {"anna": 25.0, "bert": 21.0}


def test_the_released_exam_has_neither_key_nor_hidden_tests(held):
    text = "\n".join(cell.source for cell in held.exam.cells)
    assert "HIDDEN" not in text and "task.part" not in text and "BEGIN SOLUTION" not in text


def test_an_exam_that_was_graded_is_not_drawn_again(held):
    again = held.run("7", module="scripts.exam")
    assert again.returncode == 2 and "has been graded already" in again.stderr
