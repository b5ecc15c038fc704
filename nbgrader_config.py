"""Where nbgrader finds things: solutions/ is the source, exercises/ the release, the rest stays under .grading/."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for scripts/, which is not installed

c = get_config()  # noqa: F821  (nbgrader defines it)
Path(".grading").mkdir(exist_ok=True)  # the gradebook can't make its own folder

c.CourseDirectory.course_id = "sft-course"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.submitted_directory = ".grading/submitted"
c.CourseDirectory.autograded_directory = ".grading/autograded"
c.CourseDirectory.feedback_directory = ".grading/feedback"
c.CourseDirectory.solution_directory = ".grading/solution"
c.CourseDirectory.db_url = "sqlite:///.grading/gradebook.db?timeout=120"  # several processes write to it

# What a run leaves beside its notebook, in its output_dir, goes nowhere.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "runs"]

c.ClearSolutions.code_stub = {"python": "raise NotImplementedError  # replace this line by your own code"}
c.ClearSolutions.text_stub = "*Replace this line by your own answer.*"

# A submission is made safe and readable before anything opens it, and its cells are put in order before they run.
c.Autograde.pre_convert_hook = "scripts.classroom.receive.before"
c.Autograde.sanitize_preprocessors = [
    "scripts.classroom.repair.Repair",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# Students' code runs locked in (scripts/lock_grading.py); a cell may compute for three minutes, a notebook for thirty.
c.Autograde.autograde_preprocessors = [
    "scripts.classroom.execute.LockedExecute",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Execute.timeout = 180
c.LockedExecute.notebook_timeout = 1800

# Feedback shows students' text as text.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "scripts.classroom.feedback.PlainText",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
