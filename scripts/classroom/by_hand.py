"""Gives the points of one task by hand. They count in the place of the check's, and stay when it is graded again."""

from nbgrader.api import MissingEntry

from scripts.classroom.grade import NotReady, gradebook


def give(assignment: str, student: str, task: str, points: float | None) -> str:
    """Sets the points that a person gives for a task, or takes them back.

    Args:
        assignment: its full name.
        student: as grading writes it.
        task: such as "task-2" or "quiz".
        points: from 0 to the most that the task has; None for those of its check.

    Returns:
        A sentence that tells the student's new sum.

    Raises:
        NotReady: there is no such submission or task, or the points are too many or negative.
    """
    with gradebook() as book:
        try:
            submission = book.find_submission(assignment, student)
        except MissingEntry:
            known = ", ".join(sorted(entry.student.id for entry in book.assignment_submissions(assignment)))
            raise NotReady(f"{student!r} has nothing graded for {assignment}. There are: {known or 'none'}.") from None
        marks = {grade.name.removesuffix("-check"): grade for book_ in submission.notebooks for grade in book_.grades}
        if task not in marks:
            raise NotReady(f"{assignment} has no {task!r}. There are: {', '.join(sorted(marks))}.")
        grade = marks[task]
        if points is not None and not 0 <= points <= grade.max_score:
            raise NotReady(f"{task} has {grade.max_score:g} points, so {points:g} can't be given.")
        grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()
        how = "as its check says" if points is None else "by hand"
        total = f"the sum is {submission.score:g}"
        return f"{student}: {task} has {grade.score:g} of {grade.max_score:g} points, {how}; {total}."
