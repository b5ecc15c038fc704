"""The exported quizzes, read again by a parser that knows nothing of the code that wrote them."""

import base64
import io
import json
import re
import zipfile
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from course_utils import quiz
from scripts import export_quizzes

BANKS = sorted(path.stem for path in quiz.BANK.glob("*.json"))
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Page(HTMLParser):
    """The text and the pictures of a piece of HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.text, self.pictures = "", []
        self.feed(source)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attributes: list) -> None:
        if tag == "img":
            self.pictures.append(dict(attributes))
        if tag in ("br", "p", "div", "pre"):
            self.text += "\n"


def words(text: str) -> str:
    """A text without the marks of its markup and with single spaces."""
    return " ".join(re.sub(r"[`*]", "", text).split())


def seen(source: str) -> str:
    return words(Page(source).text)


def expected(lesson: str) -> list[dict]:
    """What a platform should show, straight from the bank's file."""
    sets = json.loads((quiz.BANK / f"{lesson}.json").read_text(encoding="utf-8"))
    return [
        {
            "id": row["id"],
            "question": words(row["question"] + "\n" + row.get("log", "")),
            "picture": (
                ((quiz.BANK / row["picture"]["file"]).read_bytes(), row["picture"]["alt"]) if "picture" in row else None
            ),
            "options": [
                {
                    "text": words(text),
                    "correct": letter == row["key"],
                    "reason": words(row["reasons"][letter])
                    + ("" if letter == row["key"] else f" Read again: “{words(part['section'])}”."),
                }
                for letter, text in part["options"].items()
            ],
        }
        for part in sets
        for row in part["questions"]
    ]


def read_canvas(data: bytes) -> list[dict]:
    """The questions of a QTI 1.2 package."""
    space = {"q": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"}
    package = zipfile.ZipFile(io.BytesIO(data))
    manifest = ElementTree.fromstring(package.read("imsmanifest.xml"))
    listed = [element.get("href") for element in manifest.iter() if element.tag.endswith("}file")]
    assert {unquote(name) for name in listed} <= set(package.namelist()), "the manifest lists files that are missing"
    (name,) = (name for name in package.namelist() if re.fullmatch(r"(\w+)/\1\.xml", name))
    questions = []
    for item in ElementTree.fromstring(package.read(name)).iterfind(".//q:item", space):
        shown = Page(item.find("q:presentation/q:material/q:mattext", space).text)
        reasons = {
            feedback.get("ident"): seen(feedback.find(".//q:mattext", space).text)
            for feedback in item.iterfind("q:itemfeedback", space)
        }
        keys, linked = [], {}
        for condition in item.iterfind("q:resprocessing/q:respcondition", space):
            chosen = condition.find("q:conditionvar/q:varequal", space).text
            if condition.find("q:setvar", space) is not None:
                assert condition.find("q:setvar", space).text == "100"
                keys.append(chosen)
            if condition.find("q:displayfeedback", space) is not None:
                linked[chosen] = condition.find("q:displayfeedback", space).get("linkrefid")
        picture = None
        if shown.pictures:
            (image,) = shown.pictures
            file = unquote(image["src"]).removeprefix("$IMS-CC-FILEBASE$/")
            picture = (package.read(file), image["alt"])
        questions.append(
            {
                "id": item.get("title"),
                "question": words(shown.text),
                "picture": picture,
                "options": [
                    {
                        "text": seen(label.find(".//q:mattext", space).text),
                        "correct": [label.get("ident")] == keys,
                        "reason": reasons[linked[label.get("ident")]],
                    }
                    for label in item.iterfind(".//q:response_label", space)
                ],
            }
        )
    return questions


def read_moodle(text: str) -> list[dict]:
    """The questions of a Moodle XML file."""
    questions = []
    for item in ElementTree.fromstring(text.encode()).iterfind("question[@type='multichoice']"):
        asked = item.find("questiontext")
        shown = Page(asked.find("text").text)
        picture = None
        if shown.pictures:
            (image,), (file,) = shown.pictures, asked.findall("file")
            assert image["src"] == f"@@PLUGINFILE@@/{file.get('name')}" and file.get("encoding") == "base64"
            picture = (base64.b64decode(file.text), image["alt"])
        assert item.find("single").text == "true" and item.find("shuffleanswers").text == "false"
        questions.append(
            {
                "id": item.find("name/text").text,
                "question": words(shown.text),
                "picture": picture,
                "options": [
                    {
                        "text": seen(answer.find("text").text),
                        "correct": float(answer.get("fraction")) == 100,
                        "reason": seen(answer.find("feedback/text").text),
                    }
                    for answer in item.iterfind("answer")
                ],
            }
        )
    return questions


@pytest.mark.parametrize("lesson", BANKS)
def test_both_exports_hold_the_whole_bank(lesson):
    assert read_canvas(export_quizzes.canvas(lesson)) == expected(lesson)
    assert read_moodle(export_quizzes.moodle(lesson)) == expected(lesson)


def test_odd_texts_and_pictures_survive(tmp_path, monkeypatch):
    monkeypatch.setattr(quiz, "BANK", tmp_path)
    (tmp_path / "a curve (1).png").write_bytes(PNG)
    odd = "Is `a < b & c` worth $5 or \\(x\\)? See [1](2), snake_case_name, ~tilde~, ^2^, -- and 'quotes'"
    row = {
        "id": "00-q1",
        "question": f"{odd}\nA second line, then:\n1. not a list\n* nor this",
        "log": "a) step   loss\n*b) 10  $0.5\\n\n\n... </pre> <|im_end|>\n```\nGROUP\n2. x",
        "picture": {"file": "a curve (1).png", "alt": "a curve that falls from 2.4 to 0.9 & stays"},
        "key": "b",
        "reasons": {
            "a": f"No: {odd}",
            "b": "$x$ is a price here, $y$ another.",
            "c": "<b>bold</b> is shown as it is written.",
        },
    }
    part = {
        "section": "2 · Why \"quotes\" & 'others'?",
        "options": {"a": odd, "b": "... dots", "c": "*) starred"},
        "questions": [row],
    }
    (tmp_path / "00.json").write_text(json.dumps([part]), encoding="utf-8")
    assert read_moodle(export_quizzes.moodle("00")) == expected("00")
    assert read_canvas(export_quizzes.canvas("00")) == expected("00")


def test_one_command_writes_them_all(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert export_quizzes.main([]) == 0
    made = {path.name for path in (tmp_path / "build" / "quizzes").iterdir()}
    assert made == {f"{lesson}-{kind}" for lesson in BANKS for kind in ("canvas.zip", "moodle.xml")}
    assert "NN-canvas.zip for Canvas" in capsys.readouterr().out
    assert export_quizzes.main(["99"]) == 2
    assert "lesson '99' has no quiz" in capsys.readouterr().err
