"""Runs in the locked-in kernels, sent there as text: the student's answers calls, the referee's tries checks on it.

A value travels as data, in the form of the stored cases. An object that only pretends to be equal to something doesn't
get through. Nothing here knows about nbgrader, points or marks.
"""

import base64
import builtins
import contextlib
import io
import json
import pathlib
import pickle
import re
import tempfile
from dataclasses import is_dataclass

from course_utils.case_values import NotStorable, decode, encode

BARRIER = 2_000_000  # letters of one value


class NotData(BaseException):
    """A value that can't travel; no check's ``except Exception`` swallows it."""


def answer(request):
    """In the student's kernel: calls a function, tries cases on it, or reads a value. Returns the outcome as JSON."""
    names = get_ipython().user_ns  # noqa: F821
    asked = json.loads(request)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            if "cases" in asked:
                known = {name: names[name] for name in asked["names"]}  # no more: an int of the learner's is also a 4
                return json.dumps([outcome(names[asked["function"]], case, known) for case in asked["cases"]])
            if "value" in asked:
                return json.dumps({"out": encode(names[asked["value"]])})
            arguments, options = pickle.loads(base64.b64decode(asked["arguments"]))
            return json.dumps({"out": encode(names[asked["call"]](*arguments, **options))})
    except NotStorable as found:
        return json.dumps({"not data": str(found)})
    except BaseException as error:
        return json.dumps({"raises": raised(error), "text": str(error)[:1000]})


def raised(error):
    """The names of an error's class and of those above it."""
    return [kind.__name__ for kind in type(error).__mro__]


def outcome(function, given, names):
    """What a function makes of stored arguments: ``out``, ``raises`` or ``not data``, and whether it changed them."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = decode(given, names, pathlib.Path(folder))
        try:
            found = {"out": encode(function(*arguments), names)}
        except NotStorable as error:
            found = {"not data": str(error)}
        except Exception as error:
            found = {"raises": raised(error)}
        return found | ({"changed": True} if encode(arguments, names) != given else {})


def ask(**request):
    """In the referee's kernel: an answer of the student's. Raises what the student's code raises."""
    told = json.loads(input(json.dumps(request)))
    if "raises" in told:
        known = [getattr(builtins, name, None) for name in told["raises"]]
        kind = next((kind for kind in known if isinstance(kind, type) and issubclass(kind, Exception)), RuntimeError)
        raise kind(told.get("text", ""))
    if "out" not in told:
        raise NotData(told.get("not data", "no answer"))
    # Of the referee's names an answer may use the dataclasses; any other would be a call of the student's choice.
    kinds = {name: kind for name, kind in _referee.names.items() if isinstance(kind, type) and is_dataclass(kind)}  # noqa: F821
    return decode(told["out"], kinds, pathlib.Path(tempfile.mkdtemp()))


def proxy(name):
    """A function that the student's kernel computes."""

    def call(*arguments, **options):
        try:
            sent = base64.b64encode(pickle.dumps((arguments, options))).decode()
        except Exception as error:
            raise NotData(f"arguments that can't be sent ({type(error).__name__})") from None
        if len(sent) > BARRIER:
            raise NotData("arguments that are too large to be sent")
        return ask(call=name, arguments=sent)

    call.__name__ = name
    return call


class Referee:
    """The reference solution, run once, and the checks of its tasks tried on a student's answers."""

    def __init__(self):
        self.names = {"__name__": "__main__", "display": lambda *shown, **options: None}
        self.tasks = {}  # task: (names before, names of functions, names of values, cells between, check)

    def learn(self, cells):
        """Runs the reference solution: pairs of grade_id and source."""
        places = {grade_id: place for place, (grade_id, _) in enumerate(cells) if grade_id}
        for place, (grade_id, source) in enumerate(cells):
            check = places.get(f"{grade_id}-check")
            before = dict(self.names)
            self._run(source)
            if grade_id and check:
                new = [name for name, value in self.names.items() if name not in before or before[name] is not value]
                between = [source for _, source in cells[place + 1 : check]]
                self.tasks[grade_id] = (before, new, between, cells[check][1])

    def _run(self, source):
        exec(compile(source, "<the course>", "exec"), self.names)

    def attempt(self, task, written):
        """Tries a check. `written` holds values that count as the student wrote them, encoded.

        Returns JSON: "pass", "fail" or "unknown", why, and of a failed check with independent parts the share that
        holds: of its parts, or of the questions of a quiz.
        """
        before, new, between, check = self.tasks[task]
        after, printed = dict(self.names), io.StringIO()
        try:
            self.names.clear()
            self.names.update(before)
            for name in new:
                value = after[name]
                if name in written:
                    self.names[name] = decode(written[name])
                elif isinstance(value, type):
                    return json.dumps(["unknown", "a class is not tested outside its notebook", 0])
                elif callable(value) and hasattr(value, "__code__"):
                    self.names[name] = proxy(name)
                elif type(value).__name__ == "module":
                    self.names[name] = value
                else:
                    self.names[name] = ask(value=name)
            with contextlib.redirect_stdout(printed):
                for source in [*between, check]:
                    self._run(source)
            return json.dumps(["pass", "", 1])
        except NotData as found:
            return json.dumps(["fail", str(found), 0])
        except Exception as error:
            marks = re.findall(r"^([✓✗]) \d\d\w?-q\d+ ", printed.getvalue(), re.MULTILINE)
            share = marks.count("✓") / len(marks) if marks else getattr(error, "share", 0)
            return json.dumps(["fail", str(error), share])
        finally:
            self.names.clear()
            self.names.update(after)
