# Everything happens in .venv, which holds exactly what requirements.txt locks.

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
DEFAULT_PYTHON := python
else
BIN := .venv/bin
DEFAULT_PYTHON := python3
endif
PY := $(BIN)/python

# Naming a Python (`make test PYTHON=python3.13`) rebuilds an environment that was made with another.
ifdef PYTHON
ASKED := -$(shell $(PYTHON) -c 'import platform; print(platform.python_version())')
endif
PYTHON ?= $(DEFAULT_PYTHON)

LOCKED := .venv/.locked
INSTALLED := .venv/.installed
DEVELOP := .venv/.develop
LESSONS ?= $(wildcard notebooks/*.ipynb)
# Each needs a core and up to 4 GB.
WORKERS ?= 2

# A kernel called python3 that lives elsewhere must not stand in for the environment's own.
export JUPYTER_PREFER_ENV_PATH := 1

.PHONY: help lab test notebooks twice student grade book slides browser lock bench clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

lab: $(INSTALLED) ## open the first lesson in JupyterLab
	@$(PY) tools/lab_settings.py
	@$(BIN)/jupyter-trust notebooks/*.ipynb > /dev/null
	$(BIN)/jupyter-lab $(LAB_FLAGS) --LabApp.default_url=lab/tree/notebooks/01_two_circles.ipynb

test: $(DEVELOP) ## lint, run the tests, and run every lesson against its stored outputs (WORKERS=8: on more cores)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pytest --nbval -n $(WORKERS) --dist loadfile --no-loadscope-reorder notebooks tests helpers

notebooks: $(INSTALLED) ## run the lessons and store their outputs (LESSONS=notebooks/03_*.ipynb: only some)
	TQDM_DISABLE=1 $(PY) -m nbconvert --to notebook --execute --inplace \
	    --ExecutePreprocessor.record_timing=False --ExecutePreprocessor.store_widget_state=False $(LESSONS)
	$(PY) tools/tidy_outputs.py $(LESSONS)

twice: $(INSTALLED) ## run every cell of every lesson twice and compare
	TQDM_DISABLE=1 $(PY) tools/run_twice.py $(LESSONS)

student: $(INSTALLED) ## write copies of the lessons without outputs, solutions and claims to student/
	rm -rf student
	$(PY) -m tools.student_copy student $(LESSONS) $(if $(REPOSITORY_URL),--repository $(REPOSITORY_URL))

grade: $(INSTALLED) ## run students' copies in FOLDER (it executes their code!) and tabulate what is right
	$(PY) -m tools.grade $(FOLDER)

book: $(DEVELOP) ## build the site: build/site/index.html (REPOSITORY_URL=https://...: with buttons to launch a lesson)
	$(PY) tools/site_source.py build/site-source
	$(PY) -m sphinx -b html -W --keep-going -q build/site-source build/site

slides: $(DEVELOP) ## write each lesson as a deck of slides that needs no network to build/slides/
	$(PY) -m tools.decks build/slides $(LESSONS)

browser: book slides ## open lessons, slides and site in Chromium, and look (pictures: build/screenshots/)
	$(PY) tools/browser.py
	$(PY) -m pytest -m browser -n $(WORKERS) --dist loadfile --no-loadscope-reorder tests/browser/test_lab.py tests/browser

bench: $(DEVELOP) ## measure speed against what a reader would write instead (AGAINST=HEAD~1: against a commit)
	$(PY) -m $(if $(AGAINST),benchmarks.against $(AGAINST),benchmarks)

clean: ## remove all that make built
	rm -rf .venv student build *.egg-info .pytest_cache .ruff_cache

# Without a screen, or inside a container, JupyterLab only prints its address; root it refuses unless told.
LAB_FLAGS = $(shell \
    if [ "$$(id -u)" = 0 ]; then echo --allow-root; fi; \
    if [ -e /.dockerenv ] || [ -e /run/.containerenv ]; then echo --no-browser; \
    elif [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then echo --no-browser; fi)

# Bytecode is written when a module is first imported; most of what TensorFlow brings never is.
PIP = $(PY) -m pip install --disable-pip-version-check --quiet --quiet --progress-bar off --no-compile
LOCK = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
    --no-header --no-emit-index-url -q

# The stamps go first and come last, so that an interrupted build does not pass for an environment.
$(LOCKED)$(ASKED): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	    echo "Python 3.11, 3.12 or 3.13 is needed, and $(PYTHON) is $$($(PYTHON) -V 2>/dev/null || echo missing)." \
	         "Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	rm -f $(INSTALLED)* $(LOCKED)* $(DEVELOP)
	@echo "Installing JupyterLab and TensorFlow into .venv: once, some four minutes, about 3 GB."
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) --require-hashes -r requirements.txt
	@touch $(LOCKED) $(LOCKED)-$$($(PY) -c 'import platform; print(platform.python_version())')

$(INSTALLED): $(LOCKED)$(ASKED) pyproject.toml
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $(INSTALLED)

$(DEVELOP): $(INSTALLED) requirements-dev.txt
	@echo "Installing the tools for tests, site and slides into .venv: once, half a minute."
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $(DEVELOP)
