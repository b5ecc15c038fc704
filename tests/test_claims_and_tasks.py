"""`expect`, its table and ledger, and `task_check`."""

import subprocess
import sys

import pytest

from course_utils import claims as ledger
from course_utils.claims import claims, expect, what_you_measured
from course_utils.evaluate import mean
from course_utils.task_check import TaskFailed, task_check


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(ledger, "_measured", {})


def test_a_claim_that_holds_prints_no_figure(capsys):
    expect("the model copies names", 0.987, at_least=0.9)
    expect("it takes little time", 12, at_most=60)
    assert capsys.readouterr().out == "✓ the model copies names (live)\n✓ it takes little time (live)\n"


@pytest.mark.parametrize(
    ("got", "bounds", "says"),
    [
        (0.71, {"at_least": 0.9}, "you got 0.71, expected at least 0.90"),
        (2, {"at_most": 1}, "you got 2.00, expected at most 1.00"),
        (2, {"at_least": 0, "at_most": 1}, "you got 2.00, expected between 0.00 and 1.00"),
        (float("nan"), {"at_least": 0}, "nothing was measured (NaN), expected at least 0.00"),
    ],
)
def test_a_claim_that_fails_says_what_to_do_and_goes_on(capsys, got, bounds, says):
    expect("it copies", got, hint="Train longer", **bounds)
    assert capsys.readouterr().out == f"✗ it copies (live): {says}. Train longer.\n"


def test_the_bounds_count_as_held_and_the_figure_has_its_format(capsys):
    expect("exactly", 1, at_least=1, at_most=1)
    expect("many rows", 4, at_least=300, show="{:.0f} rows")
    said = capsys.readouterr().out
    assert said == "✓ exactly (live)\n✗ many rows (live): you got 4 rows, expected at least 300 rows.\n"


@pytest.mark.parametrize(
    ("ends", "bounds", "says"),
    [
        ((0.1, 0.2), {"at_least": 0}, "✓ it helps"),
        ((-0.2, -0.1), {"at_least": 0}, "✗ it helps: you got -0.20 to -0.10, expected at least 0.00."),
        ((-0.1, 0.2), {"at_least": 0}, "○ it helps: you got -0.10 to 0.20, expected at least 0.00."),
        ((0.0, 0.0), {"at_least": 0}, "✓ it helps"),
        ((-1, 5), {"at_least": 0, "at_most": 1}, "○ it helps: you got -1.00 to 5.00, expected between 0.00 and 1.00."),
        ((2, 5), {"at_least": 0, "at_most": 1}, "✗ it helps: you got 2.00 to 5.00, expected between 0.00 and 1.00."),
        ((float("nan"), 1.0), {"at_most": 2}, "✗ it helps: nothing was measured (NaN), expected at most 2.00."),
    ],
)
def test_an_interval_has_three_verdicts(capsys, ends, bounds, says):
    expect("it helps", ends, **bounds)
    assert capsys.readouterr().out.replace(" (live)", "") == f"{says}\n"


def test_a_line_that_the_course_saw_refuted_says_so_without_a_figure_and_shows_when_it_comes_out_otherwise(capsys):
    def said(got, verdict="✗"):
        expect("it helps", got, at_least=0, verdict=verdict, runs="stored")
        return capsys.readouterr().out

    assert said((-0.2, -0.1)) == "✗ does not hold here: it helps (stored)\n"
    assert said((-0.2, 0.1)).startswith("○ it helps (stored): you got -0.20 to 0.10"), "not what the cell says"
    assert said(float("nan")).startswith("✗ it helps (stored): nothing was measured"), "no figure refutes nothing"
    assert said(1) == "✓ it helps (stored)\n"
    assert said((-0.2, 0.1), verdict="○") == "○ not seen here: it helps (stored)\n"


def test_another_line_of_a_refuted_claim_still_raises_the_alarm(capsys):
    refuted = next(claim.id for claim in claims() if claim.verdict == "✗")
    expect("it helps", -1, at_least=0, claim_id=refuted)
    assert capsys.readouterr().out == "✗ it helps (live): you got -1.00, expected at least 0.00.\n"


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: expect("a", 1), ValueError, "needs a bound"),
        (lambda: expect("a", 1, at_least=float("nan")), ValueError, "needs a bound"),
        (lambda: expect("a", 1, at_least=2, at_most=1), ValueError, "can never hold"),
        (lambda: expect("a", 1, at_least=1, claim_id="C99"), ValueError, "C99"),
        (lambda: expect("a", "many", at_least=1), TypeError, "one number"),
        (lambda: expect("a", [1, 2], at_least=1), TypeError, "one number"),
        (lambda: expect("a", (1, 2, 3), at_least=1), TypeError, "one number or two ends"),
        (lambda: expect("a", (2, 1), at_least=1), ValueError, "wrong way round"),
        (lambda: expect("a", 1, at_least=1, runs="dead"), ValueError, "live and stored"),
        (lambda: expect("a", 1, at_least=1, verdict="no"), ValueError, "verdict one of"),
        (lambda: claims("77"), ValueError, "the lessons with claims are 00, 01"),
    ],
)
def test_wrong_use_is_told(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_the_table_has_what_was_measured_and_names_the_rest():
    expect("it takes a minute", 40, at_most=60, claim_id="C06", show="{:.0f} s")
    expect("it takes few rows", 300, at_most=1000, claim_id="C06", show="{:.0f}")
    table = what_you_measured("00")
    for text in (repr(table), table._repr_html_(), table._repr_markdown_()):
        assert "C06" in text and "40 s (at most 60 s)" in text and "✓" in text and "Not measured" not in text
    assert "background" not in table._repr_html_() and "color" not in table._repr_html_()
    expect("it takes few rows", 3000, at_most=1000, claim_id="C06", show="{:.0f}")
    again = repr(what_you_measured("00"))
    assert again.endswith("✗ does not hold here") and "3000" in again and "300 " not in again, "the last run counts"
    unmeasured = what_you_measured("01")
    assert "C01" in repr(unmeasured) and "<table" not in unmeasured._repr_html_()


def test_a_lesson_without_claims_of_the_ledger_shows_its_lines(monkeypatch):
    monkeypatch.setattr("course_utils.claims._measured", {})
    expect("calls are trained", 3, at_least=1, show="{:.0f} tokens")
    expect("results are not", 2, at_most=0, show="{:.0f} tokens")
    table = what_you_measured("11")
    assert [row["Verdict"] for row in table.rows] == ["✓ holds here", "✗ does not hold here"]
    assert "calls are trained (live)" in repr(table) and "3 tokens (at least 1 tokens)" in table._repr_markdown_()


def test_the_table_escapes_what_it_shows():
    expect("it ends with <|im_end|> | always", 1, at_least=1, claim_id="C06")
    table = what_you_measured("00")
    assert "&lt;|im_end|&gt;" in table._repr_html_() and r"<\|im_end\|> \|" in table._repr_markdown_()


def test_a_solved_task_prints_one_line(capsys):
    with task_check("Task 1: the mean"):
        assert True
    assert capsys.readouterr().out == "✓ Task 1: the mean\n"


def stub():
    raise NotImplementedError


def broken():
    return {}["colour"]


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (stub, "not solved yet: replace the `raise NotImplementedError` line in `stub`"),
        (broken, "your code stopped with KeyError: 'colour' (line"),
        (lambda: exec("assert mean([1, 2]) == 1.5", {}), "`mean` is not there yet: solve the cell above"),
        (lambda: mean([{"strict": 1.0}], "style"), "your code stopped with KeyError: 'style' (line"),
        (lambda: claims("77"), "✗ Task 1: no claim belongs to lesson '77'"),
    ],
)
def test_an_unsolved_task_raises_one_line(attempt, says):
    with pytest.raises(TaskFailed) as failed, task_check("Task 1"):
        attempt()
    assert str(failed.value).startswith("✗ Task 1: ") and says in str(failed.value)
    assert failed.value._render_traceback_() == [str(failed.value)] and "\n" not in str(failed.value)


def test_the_message_of_an_assertion_is_what_the_learner_reads():
    with pytest.raises(TaskFailed, match="^✗ Task 2: an empty list should give 0.0$"), task_check("Task 2"):
        raise AssertionError("an empty list should give 0.0")


def test_an_interrupt_passes_through():
    with pytest.raises(KeyboardInterrupt), task_check("Task 1"):
        raise KeyboardInterrupt


def test_importing_the_package_is_light():
    code = (
        "import sys, course_utils, course_utils.claims, course_utils.task_check, course_utils.quiz\n"
        "heavy = {'torch', 'transformers', 'datasets', 'matplotlib', 'IPython'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
