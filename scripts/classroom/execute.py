"""Runs the cells of a submission in a locked-in kernel, and decides what each check has earned.

A check earns its points by saying ✓, in a kernel that still knows a failed check from a passed one: text on stderr
costs nothing, and silence earns nothing. Where the kernel ends (``exit()``, a crash, a limit), the cell that ended it
is left out and the notebook runs again, so that one task doesn't lose the others. How answers are tested a second time
is not known here (`referee`), nor how code is locked in (`scripts.lock_grading`).
"""

import ast
import asyncio
import contextlib
import copy
import json
import os
import re
import shutil
import tempfile
import uuid
from dataclasses import replace
from pathlib import Path
from queue import Empty
from typing import Any

import nbformat
from nbclient.exceptions import DeadKernelError
from nbclient.util import ensure_async, run_sync
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import Execute
from traitlets import Integer

from course_utils.case_values import NotStorable, encode
from scripts import lock_grading
from scripts.classroom import limits, notes
from scripts.classroom.inside import BARRIER
from scripts.classroom.receive import digest
from scripts.classroom.referee import TEXT, Judges, Referee, Verdict, other_cases, wrong_on
from scripts.classroom.suspicions import given, rebound, suspicions, uses
from scripts.classroom.written import Computed, written

RESTARTS = 3
PATIENCE = 30  # seconds between an interrupt and the end of a kernel that ignores it
TITLE = re.compile(r"""task_check\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""")
PARTS = re.compile(r"^✗ .*?\((\d+) of (\d+) parts\): ")  # what `task_check` says of a check that failed in part
SLOW = 20  # seconds of computing: a check that takes longer is not tested a second time
REFERENCE = "reference-solution"  # the student whose work is the reference
ANSWER = f"_names = dict(globals())\nexec({TEXT!r}, _names)\n_course_answer = _names['answer']"
ANSWERED = 300  # seconds on the clock to wait for an answer of the kernel
NO_ANSWER = json.dumps({"not data": "the kernel gave no answer outside the check"})


def titles(source: str) -> list[str]:
    """The titles of the ``task_check(...)`` blocks of a check."""
    return [first or second for first, second in TITLE.findall(source)]


class LockedExecute(Execute):
    """nbgrader's step that runs the cells, in a locked-in kernel; raises RuntimeError where that can't be had.

    `timeout` counts seconds of computing for each cell, `notebook_timeout` for all of them.
    """

    notebook_timeout = Integer(1800, help="Seconds of computing for a whole notebook.").tag(config=True)
    bytes_of_output = Integer(1_000_000, help="Of one cell; what comes after is dropped.").tag(config=True)

    def __init__(self, **settings: Any) -> None:
        if os.environ.get("COURSE_GRADING") != "container":
            if reason := lock_grading.no_lock():
                raise RuntimeError(lock_grading.REFUSED.format(reason))
            settings["kernel_manager_class"] = lock_grading.LockedKernelManager
        settings |= {"iopub_timeout": 120, "startup_timeout": 300, "raise_on_iopub_timeout": False}
        super().__init__(**settings)
        if lock_grading.root():
            self.log.warning(lock_grading.AS_ROOT)

    # -- the notebook ------------------------------------------------------------------------------------------------

    def preprocess(self, nb: NotebookNode, resources: dict, km: Any = None) -> tuple[NotebookNode, dict]:
        marks = resources["nbgrader"]
        self.whose = (marks["assignment"], marks["student"])
        self.source = Path("solutions", marks["assignment"], f"{marks['notebook']}.ipynb")
        reference = marks["student"] == REFERENCE
        self.judges = Judges.read(marks["assignment"], self.source)
        self.rebound: set[str] = set()  # names that a student's cells give another meaning
        self._look(nb)
        self.left_out: dict[int, str] = {}  # cells that end the kernel, and why
        clean = copy.deepcopy(nb)
        while True:
            if reference:  # it shows anew which tasks can be tested outside
                self.judges = Judges(digest(self.source), [])
            self.at, self.reply, self.ended, self.watch, self.prepared = -1, {}, {}, None, False
            attempt, self.spare = copy.deepcopy(clean), Path(tempfile.mkdtemp(prefix="kernel-"))
            try:
                done, resources = super().preprocess(attempt, resources, km)
                nb.cells, nb.metadata = done.cells, done.metadata
                if reference:
                    self.judges.write(marks["assignment"])
                return nb, resources
            except DeadKernelError:
                if self.watch and self.watch.spent:
                    raise RuntimeError(self.watch.spent) from None
                index, why = min(self.ended.items(), default=(self.at, "the kernel ended here"))
                if index < 0 or index in self.left_out or len(self.left_out) == RESTARTS:
                    raise RuntimeError(
                        f"the kernel ended {len(self.left_out) + 1} times, last in cell {self.at + 1}"
                    ) from None
                self.left_out[index] = why
                sentence = f"cell {index + 1} was left out and the rest graded without it: {why}"
                notes.add(*self.whose, "stopped", sentence)
            finally:
                shutil.rmtree(self.spare, ignore_errors=True)

    def _look(self, nb: NotebookNode) -> None:
        """Notes what a teacher may want to look at in the cells that are not the course's own."""
        release = Path("exercises", self.whose[0], self.source.name)
        ours = nbformat.read(release, as_version=4).cells if release.is_file() else []
        gives = given(cell.source for cell in ours if cell.cell_type == "code" and not utils.is_solution(cell))
        for number, cell in enumerate(nb.cells, 1):
            check = utils.is_grade(cell) and not utils.is_solution(cell)  # ours by now; an exam's has the key
            own = cell.cell_type == "code" and not check and all(cell.source != other.source for other in ours)
            if own and self.whose[1] != REFERENCE:
                self.rebound |= rebound(cell.source, gives).keys()
                for what in suspicions(cell.source, gives):
                    notes.add(*self.whose, "doubt", f"cell {number}, {what}")

    async def async_start_new_kernel(self, **settings: Any) -> None:
        if self.kernel_manager_class is not lock_grading.LockedKernelManager:
            # In a container too, nothing that the code leaves in its folder is there when nbgrader comes back.
            folder = Path(self.resources["metadata"]["path"])
            for file in lock_grading.regular_files(folder):
                (self.spare / file.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, self.spare / file.relative_to(folder))
            settings["cwd"] = str(self.spare)
        await super().async_start_new_kernel(**settings)
        pids, folder = getattr(self.km, "processes", None), getattr(self.km, "sockets", None)
        if pids is None:  # in a container the manager is Jupyter's own
            pids = tuple(filter(None, [getattr(getattr(self.km.provisioner, "process", None), "pid", 0)]))
        self.watch = limits.Watch(pids, folder, self.timeout, self.notebook_timeout)

    start_new_kernel = run_sync(async_start_new_kernel)

    def _get_timeout(self, cell: NotebookNode | None) -> int | None:
        return None if cell is not None else 300  # a cell's time is watched below

    # -- a cell ------------------------------------------------------------------------------------------------------

    async def async_execute_cell(self, cell: NotebookNode, cell_index: int, **settings: Any) -> NotebookNode:
        if cell_index in self.left_out:
            cell.outputs = [_error(f"✗ left out: {self.left_out[cell_index]}")]
            return cell
        self.at, self.reply, self.size, stopped = cell_index, {}, 0, []
        self.asked = True  # the kernel has something to do
        guard = asyncio.ensure_future(self._guard(cell_index, stopped))
        try:
            cell = await super().async_execute_cell(cell, cell_index, **settings)
            if cell_index in self.ended:  # it asked to exit; when the kernel would follow is a matter of luck
                await ensure_async(self.km.shutdown_kernel(now=True))
                raise DeadKernelError("exit")
            tidy(cell)
            if stopped:
                cell.outputs.append(_error(f"✗ stopped: {stopped[0]}"))
                notes.add(*self.whose, "stopped", f"cell {cell_index + 1}: {stopped[0]}")
            self.asked = False  # while the referee thinks, the student's kernel waits
            if utils.is_grade(cell) and cell.cell_type == "code":
                await self._judge(cell, stopped)
        finally:
            guard.cancel()
        return cell

    execute_cell = run_sync(async_execute_cell)

    async def _guard(self, index: int, stopped: list[str]) -> None:
        """Interrupts a cell that takes too long, and ends a kernel that takes too much."""
        if not self.watch or not self.watch.pids:
            return
        self.watch.next_cell()
        since = 0.0
        while True:
            await asyncio.sleep(0.5)
            if excess := self.watch.excess():
                self.ended[index] = excess
            elif not stopped and (slow := self.watch.slow(self.asked)):
                stopped.append(slow)
                with contextlib.suppress(TimeoutError, RuntimeError):
                    await asyncio.wait_for(ensure_async(self.km.interrupt_kernel()), PATIENCE)
            elif stopped:
                since += 0.5
                if since > PATIENCE:
                    self.ended[index] = f"{stopped[0]}, and it could not be interrupted"
            if index in self.ended:
                await ensure_async(self.km.shutdown_kernel(now=True))
                return

    def on_cell_executed(self, **settings: Any) -> None:
        self.reply = settings["execute_reply"]["content"]
        if any(part.get("source") == "ask_exit" for part in self.reply.get("payload", ())):
            self.ended.setdefault(self.at, "it asked the kernel to exit")
        super().on_cell_executed(**settings)

    def output(self, outs: list[NotebookNode], msg: dict, *rest: Any) -> NotebookNode | None:
        self.size += len(str(msg["content"]))
        if self.size > self.bytes_of_output:
            told = str(msg["content"].get("text", ""))[-1000:]
            if "✓" not in told or self.size > 2 * self.bytes_of_output:
                return None
            msg["content"]["text"] = told  # a check may be loud and right
        return super().output(outs, msg, *rest)

    # -- a check -----------------------------------------------------------------------------------------------------

    async def ask(self, code: str, **expressions: str) -> dict[str, Any]:
        """Runs code in the student's kernel behind its cells; returns its reply, {} if none came."""
        self.asked = True
        try:
            return await self._reply_to(code, expressions)
        finally:
            self.asked = False

    async def _reply_to(self, code: str, expressions: dict[str, str]) -> dict[str, Any]:
        message = await ensure_async(
            self.kc.execute(code, store_history=False, stop_on_error=False, user_expressions=expressions)
        )
        for _ in range(ANSWERED):
            try:
                reply = await ensure_async(self.kc.shell_channel.get_msg(timeout=1))
            except Empty:
                await self._async_check_alive()
                continue
            if reply["parent_header"].get("msg_id") == message:
                return reply["content"]
        return {}

    async def _judge(self, cell: NotebookNode, stopped: list[str]) -> None:
        """Leaves an error in a check that earned nothing, and nothing that nbgrader takes for a mark in the others."""
        task = cell.metadata.nbgrader.grade_id.removesuffix("-check")
        cell.outputs = [output for output in cell.outputs if output.output_type != "execute_result"]
        failed = stopped or self.reply.get("status") != "ok" or utils.has_failed(cell)
        said = "".join(output.text for output in cell.outputs if output.output_type == "stream")
        if not failed and not all(f"✓ {title}" in said for title in titles(cell.source)):
            failed = self._hold(cell, task, "the check ended without its ✓")
        if not failed and titles(cell.source) and not await self._can_fail(titles(cell.source)[0]):
            changed = "a check that must fail passed too: the checks or the kernel were changed"
            if task in self.judges.tasks and (await self._verdict(task)).says == "pass":
                notes.add(*self.whose, "doubt", f"{task}: {changed}; outside the notebook it is right")
            else:
                failed = self._hold(cell, task, changed)
        if not failed and (why := await self._second_test(task)):
            failed = self._hold(cell, task, why)
        if not failed and task not in self.judges.tasks and (used := self.rebound & uses(cell.source)):
            why = f"a cell gives another meaning to {', '.join(sorted(used))}, which the check uses"
            failed = self._hold(cell, task, why)
        if not failed and (answer := self._untouched(task)):
            notes.add(*self.whose, "doubt", f"{task} passes, though cell {answer} is as it was released")
        if failed and not any(output.output_type == "error" for output in cell.outputs):
            cell.outputs.append(_error("✗ the check did not end"))
        if failed and not stopped and (share := await self._share(cell, task)):
            earned = round(share * float(cell.metadata.nbgrader.points), 2)
            # nbgrader takes the first result of a check for its points.
            cell.outputs.insert(0, new_output("execute_result", {"text/plain": str(earned)}, execution_count=None))

    def _untouched(self, task: str) -> int:
        """The number of the task's answer cell where nothing was written into it, else 0."""
        for number, cell in enumerate(self.nb.cells, 1):
            mark = cell.metadata.get("nbgrader", {})
            if mark.get("grade_id") == task and mark.get("checksum") == utils.compute_checksum(cell):
                return number
        return 0

    async def _can_fail(self, title: str) -> bool:
        """Whether a check with this title and a false assertion still fails in this kernel."""
        secret = uuid.uuid4().hex
        reply = await self.ask(f"with task_check({title!r}):\n    assert False, {secret!r}")
        told = str(reply.get("evalue", "")) + "".join(map(str, reply.get("traceback", [])))
        return reply.get("status") == "error" and secret in told

    async def _second_test(self, task: str) -> str:
        """Why a test outside the notebook disagrees with a check that passed; "" where it agrees or can't tell."""
        reference = self.whose[1] == REFERENCE
        if not reference and task not in self.judges.tasks:
            return ""
        if self.watch:
            self.watch.next_cell()  # a slow function has its time again
        began = self._computed()
        verdict = await self._verdict(task)
        if reference:
            if verdict.says == "pass" and self._computed() - began < SLOW:
                self.judges.tasks.append(task)
            return ""
        return verdict.why[:200] if verdict.says == "fail" else ""

    async def _share(self, cell: NotebookNode, task: str) -> float:
        """The share of a failed check that holds, where its parts don't need each other.

        The referee counts it. A check that it can't run counts it itself, if the kernel can still fail one.
        """
        if task in self.judges.tasks:
            referee = await Referee.of(self.source)
            return (await self._tried(referee, task)).share if referee and referee.has_parts(task) else 0.0
        told = PARTS.search(str(self.reply.get("evalue", ""))) if ".part()" in cell.source else None
        if not told or not await self._can_fail(titles(cell.source)[0]):
            return 0.0
        held, parts = int(told[1]), int(told[2])
        return held / parts if held < parts else 0.0

    def _computed(self) -> float:
        """Seconds of computing of the student's kernel and of the referees'."""
        referees = sum(limits.used(*referee.pids).seconds for referee in Referee.known.values() if referee)
        return referees + (limits.used(*self.watch.pids).seconds if self.watch else 0)

    async def _verdict(self, task: str) -> Verdict:
        """What comes out of the test outside the notebook: on other inputs where they can be drawn, else the check."""
        others = other_cases(self.whose[0].split("_")[0], task.removeprefix("task-"), self.judges.seed)
        if others is None:
            return await self._tried(await Referee.of(self.source), task)
        request = {"function": others.function, "names": others.names, "cases": [case["in"] for case in others.cases]}
        try:
            why = wrong_on(others.cases, json.loads(await self._answer(json.dumps(request))), others.tolerance)
        except (TypeError, ValueError, KeyError, AttributeError):  # no list of outcomes
            return Verdict("fail", "the kernel gave no answer outside the check")
        return Verdict("fail", f"on other inputs {why}") if why else Verdict("pass")

    async def _tried(self, referee: Referee | None, task: str) -> Verdict:
        """The check as the referee runs it, on what the student's kernel answers."""
        if referee is None:
            return Verdict("unknown", "the reference solution doesn't run")
        sources = [cell.source for cell in self.nb.cells[: self.at] if cell.cell_type == "code"]
        try:
            values = {name: encode(written(sources, name)) for name in referee.choices(task)}
        except (Computed, NotStorable) as error:
            return Verdict("fail", str(error))
        verdict = await referee.attempt(task, values, self._answer)
        return replace(verdict, why=f"it passes in the notebook and not outside it: {verdict.why}")

    async def _answer(self, request: str) -> str:
        """The student's kernel's answer to a question of the referee's."""
        if not self.prepared:
            await self.ask(ANSWER)
            self.prepared = True
        reply = await self.ask(f"_said = _course_answer({request!r})", said="_said")
        told = reply.get("user_expressions", {}).get("said", {}).get("data", {}).get("text/plain", "")
        try:
            said = ast.literal_eval(told)
            return said if isinstance(said, str) and len(said) < BARRIER else NO_ANSWER
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return NO_ANSWER

    def _hold(self, cell: NotebookNode, task: str, why: str) -> bool:
        cell.outputs.append(_error(f"✗ held back: {why}. Ask your teacher."))
        notes.add(*self.whose, "held back", f"{task}: {why}")
        return True


def _error(sentence: str) -> NotebookNode:
    return new_output("error", ename="NotPassed", evalue=sentence, traceback=[sentence])


def tidy(cell: NotebookNode) -> None:
    """Makes the outputs what a page may show: a kernel is free to put anything into the fields of a message."""
    if cell.cell_type != "code":
        return
    cell.execution_count = cell.execution_count if type(cell.execution_count) is int else None
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            # nbgrader takes any text on stderr for a failure: a warning or a progress bar would cost the marks.
            output.name, output.text = "stdout", str(output.text)
        elif output.output_type == "error":
            output.ename, output.evalue = str(output.ename), str(output.evalue)
            output.traceback = [str(line) for line in output.traceback] or [output.evalue]
        elif "execution_count" in output:
            output.execution_count = cell.execution_count
        if "metadata" in output:
            output.metadata = NotebookNode()
