"""The fault gallery: its cases, what they leave behind, and who gets to know the cause."""

import pytest

from course_utils import faults
from course_utils.session import start


@pytest.fixture(scope="module")
def course():
    return start("03")


@pytest.mark.parametrize("lesson", sorted(faults._FAULTS))
def test_only_the_true_cause_is_accepted(lesson):
    names = faults.cases(lesson)
    accepted = {case: [cause for cause in faults.CAUSES if not faults.judge(lesson, case, cause)] for case in names}
    assert all(len(causes) == 1 for causes in accepted.values())
    found = [causes[0] for causes in accepted.values()]
    assert sorted(found) == sorted(faults._FAULTS[lesson]), "each fault of the lesson is the cause of one case"
    assert found != list(faults._FAULTS[lesson]), "the cases stand in the order in which the faults were written"


@pytest.mark.parametrize("lesson", sorted(faults._FAULTS))
def test_a_clue_does_not_name_the_cause(lesson):
    for case in faults.cases(lesson):
        for cause in faults.CAUSES:
            text = faults.judge(lesson, case, cause)
            assert not text or text.startswith(f"case {case} has another cause than {cause}: ")
            true = next(c for c in faults.CAUSES if not faults.judge(lesson, case, c))
            assert true not in text and faults.CAUSES[true] not in text


def test_unknown_names_are_explained(course):
    with pytest.raises(ValueError, match="no case 'Z': its cases are A, B"):
        faults.open_case(course, "Z")
    with pytest.raises(ValueError, match="'bad luck' is not among the causes: choose from pad-is-eos"):
        faults.judge("03", "A", "bad luck")
    with pytest.raises(ValueError, match="no fault gallery: there is one in 03"):
        faults.cases("00")


def test_a_case_does_not_tell_its_cause(course):
    case = next(c for c in faults.cases("03") if not faults.judge("03", c, "all-masked"))
    evidence = faults.open_case(course, case)
    assert evidence.name == f"case {case}"
    assert not any(cause in repr(vars(evidence)) for cause in faults.CAUSES)
    symptoms = evidence.symptoms()
    assert symptoms["loss, first to last"] == "0.00 to 0.00" and symptoms["tokens trained"].startswith("0 of")
    assert symptoms["ended"] <= 0.2 and len(evidence.replies) == len(evidence.grades) > 0
    assert "<|im_start|>assistant" in evidence.asked and evidence.talk().rows[0]["and wrote"]
