"""Puts a submission's cells in order before nbgrader reads their marks, as the gradebook says: its first step.

nbgrader knows a cell by its metadata, which editors lose, learners copy and cheats change. Here they are made anew:
each check is there once, with the instructor's source; an answer that was copied or split keeps one mark; every other
mark, tag and output goes. A check that was lost comes back behind its answer. Each repair is noted for the teacher.
What the cells do is not known here.
"""

import ast
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from scripts.classroom import notes
from scripts.classroom.execute import titles
from scripts.classroom.suspicions import binds, uses

DANGEROUS = ("skip-execution", "raises-exception")  # tags that change how a cell is run
KNOWN = ("bootstrap",)


def defined(source: str) -> set[str]:
    """The names that the top level of a cell defines; none when it is no Python."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names |= {name.id for target in targets if target for name in ast.walk(target) if isinstance(name, ast.Name)}
    return names


def _same(source: str) -> str:
    """A source without what an editor changes in it: line ends and blanks at the end of lines."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


class Repair(NbGraderPreprocessor):
    """The first step of grading a submission; `resources["nbgrader"]` says whose it is."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        whose = resources["nbgrader"]
        with Gradebook(whose["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(whose["notebook"], whose["assignment"])
            source = {cell.name: (cell.source, cell.cell_type, cell.checksum) for cell in notebook.source_cells}
            points = {cell.name: cell.max_score for cell in [*notebook.grade_cells, *notebook.task_cells]}
            answers = {cell.name for cell in notebook.solution_cells}
            tasks = {cell.name for cell in notebook.task_cells}
        self.told = lambda kind, sentence: notes.add(whose["assignment"], whose["student"], kind, sentence)
        marks = [self._mark(cell, number, source) for number, cell in enumerate(nb.cells, 1)]
        self._once(marks)
        for name in source:
            if name not in marks:
                self._find(name, source, points, answers, nb, marks)
        for name in points:
            self._follow(name, name.removesuffix("-check"), nb, marks)
        self._set_up(Path("exercises", whose["assignment"], f"{whose['notebook']}.ipynb"), nb, marks)
        for number, (cell, name) in enumerate(zip(nb.cells, marks)):
            self._clean(cell, number)
            if name:
                self._set(cell, name, source[name], points.get(name), name in answers, name in tasks)
        nb.metadata = NotebookNode()
        nb.nbformat, nb.nbformat_minor = 4, 5
        return nb, resources

    def _mark(self, cell: NotebookNode, number: int, source: dict[str, Any]) -> str:
        """The name that the cell's metadata give it, if the gradebook knows it; notes tags that change how it runs."""
        tags = cell.metadata.get("tags")
        for tag in [tag for tag in tags if tag in DANGEROUS] if isinstance(tags, list) else ():
            self.told("doubt", f"cell {number} was tagged {tag!r}; the tag was taken off")
        mark = cell.metadata.get("nbgrader")
        name = mark.get("grade_id") if isinstance(mark, dict) else None
        return name if isinstance(name, str) and name in source else ""

    def _once(self, marks: list[str]) -> None:
        """Of cells with one name the last keeps it."""
        for name in {name for name in marks if name and marks.count(name) > 1}:
            self.told("repaired", f"{name} was there {marks.count(name)} times; all ran, the last one keeps the mark")
            last = len(marks) - 1 - marks[::-1].index(name)
            marks[:] = ["" if other == name and place != last else other for place, other in enumerate(marks)]

    def _find(
        self,
        name: str,
        source: dict[str, Any],
        points: dict[str, float],
        answers: set[str],
        nb: NotebookNode,
        marks: list[str],
    ) -> None:
        """Marks the cell that has lost its name, or puts the check back where it belongs."""
        free = [place for place, mark in enumerate(marks) if not mark and nb.cells[place].cell_type == source[name][1]]
        if name in answers:
            needed = defined(source[name][0])
            found = [place for place in free if needed and needed <= defined(nb.cells[place].source)]
            check = marks.index(f"{name}-check") if f"{name}-check" in marks else -1
            if not found and check >= 0 and needed <= defined(nb.cells[check].source):
                nb.cells.insert(check, new_code_cell(nb.cells[check].source))  # it was merged into its check
                marks.insert(check, "")
                found = [check]
        else:
            found = [place for place in free if _same(nb.cells[place].source) == _same(source[name][0])]
            known = titles(source[name][0])
            found = found or [place for place in free if known and titles(nb.cells[place].source) == known]
        if found:
            self.told("repaired", f"{name} had lost its mark and was found by its text")
            marks[found[-1]] = name
        elif name in answers:
            self.told("doubt", f"{name} has no answer: its cell was deleted, or defines something else")
        elif name in points and name not in answers:
            self.told("repaired", f"{name} was missing and was put back")
            at = self._behind(name, source, nb, marks)
            nb.cells.insert(at, new_code_cell(source[name][0]))
            nb.cells[at].cell_type = source[name][1]
            marks.insert(at, name)

    def _follow(self, check: str, answer: str, nb: NotebookNode, marks: list[str]) -> None:
        """Moves a check behind its answer, where a learner has moved the answer."""
        if check in marks and answer in marks and (place := marks.index(check)) < (behind := marks.index(answer)):
            for listed in (nb.cells, marks):
                listed.insert(behind, listed.pop(place))
            self.told("repaired", f"{check} stood in front of its answer and was put behind it")

    def _set_up(self, release: Path, nb: NotebookNode, marks: list[str]) -> None:
        """Puts back a cell of the course's own, such as the imports, where all that it binds is lost and is used."""
        cells = nbformat.read(release, as_version=4).cells if release.is_file() else []
        code = [cell.source for cell in nb.cells if cell.cell_type == "code"]
        theirs, used = set().union(*map(binds, code)), set().union(*map(uses, code))
        for number, cell in reversed(list(enumerate(cells))):
            own = cell.cell_type == "code" and "nbgrader" not in cell.metadata
            if own and (names := binds(cell.source)) & used and not names & theirs:
                later = [other.metadata.nbgrader.grade_id for other in cells[number:] if "nbgrader" in other.metadata]
                at = next((marks.index(name) for name in later if name in marks), len(marks))
                nb.cells.insert(at, new_code_cell(cell.source))
                marks.insert(at, "")
                used |= uses(cell.source)
                self.told(
                    "repaired", f"the cell that gives {', '.join(sorted(names))[:80]} was missing and was put back"
                )

    @staticmethod
    def _behind(name: str, source: dict[str, Any], nb: NotebookNode, marks: list[str]) -> int:
        """Where a lost check goes: behind the answer it belongs to, before the next mark, or at the end."""
        answer = name.removesuffix("-check")
        if answer in marks:
            later = [place for place in range(marks.index(answer) + 1, len(marks)) if marks[place]]
            return later[0] if later else len(marks)
        names = list(source)
        later = [marks.index(other) for other in names[names.index(name) + 1 :] if other in marks]
        return min(later, default=len(marks))

    @staticmethod
    def _clean(cell: NotebookNode, number: int) -> None:
        tags = [tag for tag in KNOWN if tag in (cell.metadata.get("tags") or ())]
        cell.metadata = NotebookNode({"tags": tags} if tags else {})
        cell["id"] = f"cell-{number}"
        cell.pop("attachments", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None

    @staticmethod
    def _set(
        cell: NotebookNode, name: str, source: tuple[str, str, str], points: float | None, answer: bool, task: bool
    ) -> None:
        text, kind, checksum = source
        if cell.cell_type != kind:
            cell.cell_type = kind
            cell.pop("outputs", None), cell.pop("execution_count", None)
            cell.update({"outputs": [], "execution_count": None} if kind == "code" else {})
        if not answer and not task:
            cell.source = text
        mark = {"grade_id": name, "schema_version": 3, "cell_type": kind, "checksum": checksum, "task": task}
        mark |= {"grade": points is not None and not task, "solution": answer, "locked": not answer}
        cell.metadata.nbgrader = NotebookNode(mark | ({"points": points} if points is not None else {}))
