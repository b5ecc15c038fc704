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
c.CourseDirectory.db_url = "sqlite:///.grading/gradebook.db"

c.ClearSolutions.code_stub = {"python": "raise NotImplementedError  # replace this line by your own code"}
c.ClearSolutions.text_stub = "*Replace this line by your own answer.*"

# Files from Colab or a learning platform: student_NN_name.ipynb, also "student_Copy of NN_name (1).ipynb", or zipped.
c.ZipCollectApp.downloaded_directory = ".grading/downloaded"
c.FileNameCollectorPlugin.named_regexp = r"(?:.*/)?(?P<student_id>[^/_]+)_(?:Copy of )?(?P<file_id>\d\d[a-z0-9_]+)"

# Students' code runs locked in (scripts/lock_grading.py), each cell for three minutes at most.
c.Autograde.autograde_preprocessors = [
    "scripts.lock_grading.LockedExecute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Execute.timeout = 180
