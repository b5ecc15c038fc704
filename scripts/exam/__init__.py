"""Exams drawn by a seed: ``make exam SEED=7``. `tasks` draws what is asked, `notebook` writes it down for nbgrader."""
