"""Grading texts about products that no list knows: a shop for books, and the course's own."""

import pytest

from course_utils import data, sheet_grader
from course_utils.evaluate import mean
from course_utils.generate import Reply

BOOKS = [
    {"category": "Novel", "name": "The Owl", "features": "large print; 300 pages", "colour": "navy blue"},
    {"category": "Novel", "name": "Salt", "features": "gilt edge, large print", "colour": "blue"},
    {"category": "Atlas", "name": "Maps (2nd ed.)", "features": "fold-out map", "colour": "red"},
]


def reply(text: str, ended: bool = True) -> Reply:
    return Reply(text, ended, 0, 0)


def test_values_are_the_name_the_colour_and_each_feature():
    assert sheet_grader.values(BOOKS[0]) == ["the owl", "navy blue", "large print", "300 pages"]
    assert sheet_grader.values({"category": "c", "name": "A  B", "features": "x, , x;", "colour": ""}) == ["a b", "x"]


def test_a_good_text_is_clean():
    text = "The Owl is a novel in Navy Blue: LARGE PRINT, 300 pages."
    assert sheet_grader.missing(text, BOOKS[0]) == []
    assert sheet_grader.grade_sheet(reply(text), BOOKS[0], BOOKS) == {
        "clean": 1.0, "faithful": 1.0, "contradictions": 0.0, "ended": 1.0
    }  # fmt: skip
    assert sheet_grader.grade_sheet(reply(text, ended=False), BOOKS[0], BOOKS)["clean"] == 0


@pytest.mark.parametrize(
    ("text", "row", "found"),
    [
        ("in red, with a gilt edge", 0, ["gilt edge", "red"]),
        ("covered, with red-hot prose", 1, ["red"]),
        ("covered", 1, []),
        ("in navy blue", 1, ["navy blue"]),  # and not "blue", which is its own
        ("in blue", 0, []),  # part of its own navy blue
        ("like Maps (2nd ed.)", 0, ["maps (2nd ed.)"]),
        ("fold-out\n maps", 0, ["fold-out map"]),
        ("", 0, []),
    ],
)
def test_what_belongs_to_other_rows_contradicts(text, row, found):
    assert sheet_grader.contradictions(text, BOOKS[row], BOOKS) == found


def test_the_shops_own_descriptions_are_clean_and_spoiled_ones_are_not():
    rows = data.read_products().to_list()[:200]
    assert mean([sheet_grader.grade_sheet(reply(r["description"]), r, rows) for r in rows], "clean") == 1.0
    other = next(r for r in rows if r["colour"] != rows[0]["colour"])
    spoiled = rows[0]["description"].replace(rows[0]["colour"], other["colour"])
    grade = sheet_grader.grade_sheet(reply(spoiled), rows[0], rows)
    assert grade["contradictions"] == 1 and 0 < grade["faithful"] < 1 and not grade["clean"]


def test_a_fifth_is_held_out_by_names_of_their_own():
    rows = [{"name": f"n{i // 2 if i < 10 else i}"} for i in range(40)]
    train, test = sheet_grader.split(rows)
    assert len(test) == 8 and len(train) == 32
    assert not {r["name"] for r in train} & {r["name"] for r in test}
    assert sheet_grader.split(rows) == (train, test)
    assert len(sheet_grader.split([{"name": str(i)} for i in range(1000)])[1]) == sheet_grader.HELD_OUT


@pytest.mark.parametrize("names", [["a", "b", "c"], ["a"] * 30])
def test_too_few_rows_are_told(names):
    with pytest.raises(ValueError, match=rf"mine.csv has {len(names)} rows, .* needs at least 10"):
        sheet_grader.split([{"name": name} for name in names], "mine.csv")
