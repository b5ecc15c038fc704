# Sets up the course and runs it. `make` alone lists what it can do.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# The venv's own tools and kernel come first.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export JUPYTER_PREFER_ENV_PATH := 1

.PHONY: help course site pdf lab progress certificate setup test release collect grade points feedback export class template exam quizzes exercises stamp hub newest browser format glossary execute data model sweeps clean

# `make` alone: the commands by who needs them
help:
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } /^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

$(READY): requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python was not found: install Python 3.11 or newer first."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "The course needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V)."; \
		echo "With a newer one installed: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the packages into $(VENV) (once; a few minutes)"
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

##@ For learners

course: $(READY)  ## run the lessons, write pages and summary to build/ (LESSONS="00 01" for some)
	@$(BIN)/python -m scripts.run_lessons $(LESSONS)

site: $(READY)  ## build the web site from the stored lessons into build/site/, without running anything
	@$(BIN)/python -m scripts.website.vendor
	@$(BIN)/python -m scripts.website

lab: $(READY)  ## open lesson 00 in JupyterLab
	@$(BIN)/jupyter lab $(firstword $(wildcard notebooks/00_*.ipynb))

progress: $(READY)  ## which checks and quizzes of the exercises you have passed
	@$(BIN)/python -m scripts.progress $(LESSONS)

certificate: $(READY)  ## a page about what you have done so far (NAME="Ann")
	@$(BIN)/python -m scripts.certificate --name "$(NAME)"

setup: $(READY)  ## install what the course needs into .venv; every other command does it by itself

##@ For teachers

# Status 3 says that somebody is to be looked at: the command has told it, and make need not.
release: $(READY)  ## make an exercise and register it for grading (A=00 DUE="2030-03-01 23:59")
	@$(BIN)/python -m scripts.classroom release "$(A)" --due "$(DUE)"

collect: $(READY)  ## take what was handed in from a folder or zip of downloads (A=00 FROM=~/Downloads/all.zip)
	@$(BIN)/python -m scripts.classroom collect "$(A)" "$(FROM)" || test $$? -eq 3

grade: $(READY)  ## grade what is new, the reference solution first (A=00; ALL=1 grades everybody again)
	@$(BIN)/python -m scripts.classroom grade "$(A)" $(if $(ALL),--all) $(if $(WORKERS),--workers $(WORKERS)) || test $$? -eq 3

points: $(READY)  ## give a task's points by hand (A=00 STUDENT=bergbert TASK=task-2 POINTS=3)
	@$(BIN)/python -m scripts.classroom points "$(A)" "$(STUDENT)" "$(TASK)" $(POINTS)

feedback: $(READY)  ## write a feedback page for every graded submission (A=00)
	@$(BIN)/python -m scripts.classroom feedback "$(A)" || test $$? -eq 3

export: $(READY)  ## write the marks as tables, for Canvas and Moodle too (A=00, or all)
	@$(BIN)/python -m scripts.classroom export $(A)

class: $(READY)  ## write a page that shows the class (NAMES=no leaves names out)
	@$(BIN)/python -m scripts.classroom page $(if $(filter no,$(NAMES)),--no-names)

template: $(READY)  ## write a folder for a classroom on GitHub or GitLab (A=00 TO=../classroom-00)
	@$(BIN)/python -m scripts.classroom template "$(A)" "$(TO)"

exam: $(READY)  ## draw an exam and its key by a seed (SEED=7), or one a student (STUDENTS=students.csv)
	@$(BIN)/python -m scripts.exam $(SEED) $(if $(STUDENTS),--students "$(STUDENTS)")

quizzes: $(READY)  ## write the quizzes for Canvas and Moodle to build/quizzes/ (LESSONS="00 01" for some)
	@$(BIN)/python -m scripts.export_quizzes $(LESSONS)

exercises: $(READY)  ## make the exercises again from the solutions
	@$(BIN)/nbgrader generate_assignment '*' --force --no-db

stamp: $(READY)  ## write the repository's address (pyproject.toml) into badges, bootstrap cells and README
	@$(BIN)/python -m scripts.stamp

##@ For maintainers

test: $(READY)  ## check style and spelling, run every test, lesson and solution
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/codespell
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --ignore=tests/browser \
		--nbval-lax --nbval-current-env --nbval-cell-timeout=1200 \
		tests $(wildcard notebooks)

format: $(READY)  ## format code and notebooks
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

glossary: $(READY)  ## write the glossary and the symptom index again, and link the first use of each term in the lessons
	@$(BIN)/python -m scripts.glossary
	@$(BIN)/python -m scripts.symptoms_page

execute: $(READY)  ## run the lessons and store their outputs in the notebooks (LESSONS="00 01" for some)
	@$(BIN)/python -m scripts.run_lessons --in-place $(LESSONS)

hub: $(READY)  ## run the lessons in the hub profile, offline, on random-weight replicas (LESSONS="00 01" for some)
	@$(BIN)/python -m scripts.serve_replicas $(LESSONS)

newest: $(READY)  ## run the course on the newest releases, and say what broke (LESSONS="00 01" for some)
	@$(BIN)/python -m scripts.newest $(LESSONS)

pdf: $(READY)  ## print the whole course to build/course.pdf, by Chromium, which has to be installed
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements-browser.txt
	@$(BIN)/python -m scripts.website --pdf build/course.pdf

browser: $(READY)  ## test a lesson and the written pages in a headless Chromium, which has to be installed
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements-browser.txt
	@$(BIN)/python -m scripts.website.vendor
	@COURSE_BROWSER=required $(BIN)/python -m pytest tests/browser

data: $(READY)  ## make the data sets again
	@$(BIN)/python -m scripts.make_data

model: $(READY)  ## make both models again, base and assistant (hours on a laptop; resumes where it stopped)
	@$(BIN)/python -m scripts.pretrain
	@$(BIN)/python -m scripts.make_assistant

sweeps: $(READY)  ## run the stored runs and the base model's bars again (some hours; resumes where it stopped)
	@$(BIN)/python -m scripts.run_sweeps
	@$(BIN)/python -m scripts.run_diagnose
	@$(BIN)/python -m scripts.wild_confusion
	@$(BIN)/python -m scripts.run_preferences

clean:  ## remove what was built; the environment stays
	@rm -rf build .grading .pytest_cache .ruff_cache
