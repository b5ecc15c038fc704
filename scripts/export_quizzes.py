"""The quiz bank for a learning platform: ``python -m scripts.export_quizzes [00 01 ...]``, behind ``make quizzes``.

Writes two files a lesson to ``build/quizzes``: ``NN-canvas.zip`` (QTI, made by text2qti) for Canvas and others that
read QTI 1.2, and ``NN-moodle.xml`` for Moodle. Both carry each question with its log, its picture, the key and the
reason of every option. The order of the options stays, since the reasons and the course speak of letters.
"""

import argparse
import base64
import html
import sys
from pathlib import Path
from xml.etree import ElementTree

from course_utils.quiz import BANK, Question, load, rich

OUT = Path("build/quizzes")


def _reason(question: Question, letter: str) -> str:
    """What a learner reads after choosing an option; after a wrong one, with the section to read again."""
    option = next(option for option in question.options if option.letter == letter)
    return rich(option.reason) + ("" if option.correct else f" Read again: “{rich(question.section)}”.")


def _log(question: Question) -> str:
    """The log as one line of HTML, with nothing in it that Markdown or LaTeX would read."""
    text = html.escape(question.log)
    for sign in "$\\\n":
        text = text.replace(sign, f"&#{ord(sign)};")
    return f"<pre>{text}</pre>" if text else ""


def canvas(lesson: str) -> bytes:
    """The quiz of a lesson as a QTI package (the bytes of a zip file), with its pictures."""
    from text2qti.config import Config
    from text2qti.qti import QTI
    from text2qti.quiz import Quiz

    # Texts go in as blocks of HTML, which text2qti's Markdown leaves alone.
    lines = [f"Quiz title: Lesson {lesson}", "shuffle answers: false"]
    for number, question in enumerate(load(lesson), 1):
        lines += ["", f"Title: {question.id}", f"{number}. <div>{rich(question.question)}</div>"]
        if question.picture:
            file, alt = question.picture
            lines += ["", f"    ![{alt.replace('[', '(').replace(']', ')')}](<{file}>)"]
        if question.log:
            lines += ["", f"    {_log(question)}"]
        for option in question.options:
            lines += [f"{'*' * option.correct}{option.letter}) <div>{rich(option.text)}</div>"]
            lines += [f"... <div>{_reason(question, option.letter)}</div>"]
    return QTI(Quiz("\n".join(lines) + "\n", config=Config())).zip_bytes()


def moodle(lesson: str) -> str:
    """The quiz of a lesson as Moodle XML, its pictures inside."""
    quiz = ElementTree.Element("quiz")

    def add(parent: ElementTree.Element, tag: str, text: str, **attributes: str) -> ElementTree.Element:
        element = ElementTree.SubElement(parent, tag, attributes)
        ElementTree.SubElement(element, "text").text = text
        return element

    category = ElementTree.SubElement(quiz, "question", type="category")
    add(category, "category", f"$course$/top/Supervised fine-tuning/Lesson {lesson}")
    for question in load(lesson):
        item = ElementTree.SubElement(quiz, "question", type="multichoice")
        add(item, "name", question.id)
        text = f"<p>{rich(question.question)}</p>"
        if question.picture:
            file, alt = question.picture
            text += f'<p><img src="@@PLUGINFILE@@/{file.name}" alt="{html.escape(alt)}"></p>'
        asked = add(item, "questiontext", text + _log(question), format="html")
        if question.picture:
            picture = ElementTree.SubElement(asked, "file", name=file.name, path="/", encoding="base64")
            picture.text = base64.b64encode(file.read_bytes()).decode()
        for tag, value in (("defaultgrade", "1"), ("single", "true"), ("shuffleanswers", "false")):
            ElementTree.SubElement(item, tag).text = value
        ElementTree.SubElement(item, "answernumbering").text = "abc"
        for option in question.options:
            fraction = "100" if option.correct else "0"
            answer = add(item, "answer", rich(option.text), fraction=fraction, format="html")
            add(answer, "feedback", _reason(question, option.letter), format="html")
    ElementTree.indent(quiz)
    return ElementTree.tostring(quiz, encoding="unicode", xml_declaration=True) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.export_quizzes", description="Export the quiz bank.")
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lesson numbers such as 00 01; all when none is given")
    lessons = parser.parse_args(arguments).lessons or sorted(path.stem for path in BANK.glob("*.json"))
    try:
        OUT.mkdir(parents=True, exist_ok=True)
        for lesson in lessons:
            (OUT / f"{lesson}-canvas.zip").write_bytes(canvas(lesson))
            (OUT / f"{lesson}-moodle.xml").write_text(moodle(lesson), encoding="utf-8")
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(f"{error.name} is not installed: run `pip install .[classroom]` first.", file=sys.stderr)
        return 2
    print(f"{len(lessons)} quizzes are in {OUT}/: NN-canvas.zip for Canvas, NN-moodle.xml for Moodle.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
