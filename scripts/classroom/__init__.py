"""What a teacher runs, by ``python -m scripts.classroom``: release, collect, grade, feedback, export, page.

nbgrader keeps the gradebook, converts notebooks and writes the feedback. The files here are what it is given: hooks
that clean a submission before it is read (`receive`, `repair`), run it (`execute`, `limits`), judge it (`referee`,
`suspicions`) and show it (`feedback`), and the commands around it. `scripts/lock_grading.py` is the sandbox.
"""
