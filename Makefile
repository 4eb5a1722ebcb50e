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
LESSONS ?= $(wildcard notebooks/*.ipynb)
# Each needs a core and up to 4 GB.
WORKERS ?= 2

# A kernel called python3 that lives elsewhere must not stand in for the environment's own.
export JUPYTER_PREFER_ENV_PATH := 1

.PHONY: help lab test notebooks twice student lock bench clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

lab: $(INSTALLED) ## open the first lesson in JupyterLab
	@$(PY) tools/lab_settings.py
	$(BIN)/jupyter-lab $(LAB_FLAGS) --LabApp.default_url=lab/tree/notebooks/01_two_circles.ipynb

test: $(INSTALLED) ## lint, run the tests, and run every lesson against its stored outputs (WORKERS=8: on more cores)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pytest --nbval -n $(WORKERS) --dist loadfile --no-loadscope-reorder notebooks tests helpers

notebooks: $(INSTALLED) ## run the lessons and store their outputs (LESSONS=notebooks/03_*.ipynb: only some)
	TQDM_DISABLE=1 $(PY) -m nbconvert --to notebook --execute --inplace \
	    --ExecutePreprocessor.record_timing=False --ExecutePreprocessor.store_widget_state=False $(LESSONS)
	$(PY) tools/describe_figures.py $(LESSONS)

twice: $(INSTALLED) ## run every cell of every lesson twice and compare
	TQDM_DISABLE=1 $(PY) tools/run_twice.py $(LESSONS)

student: $(INSTALLED) ## write copies of the lessons without outputs and solutions to student/
	rm -rf student
	$(PY) -m nbconvert --to notebook --output-dir student --config tools/student_copy.json $(LESSONS)

lock: $(INSTALLED) ## bring requirements.txt and environment.yml in line with pyproject.toml (UPGRADE=1: newest versions)
	$(BIN)/uv pip compile pyproject.toml --extra test --extra cluster --extra lock --universal --python-version 3.11 \
	    --fork-strategy fewest --generate-hashes --no-header --no-emit-index-url \
	    $(if $(UPGRADE),--upgrade) -q -o requirements.txt
	$(PY) tools/write_environment.py

bench: $(INSTALLED) ## measure speed against what a reader would write instead (AGAINST=HEAD~1: against a commit)
	$(PY) -m $(if $(AGAINST),benchmarks.against $(AGAINST),benchmarks)

clean: ## remove all that make built
	rm -rf .venv student build *.egg-info .pytest_cache .ruff_cache

# Without a screen, or inside a container, JupyterLab only prints its address; root it refuses unless told.
LAB_FLAGS = $(shell \
    if [ "$$(id -u)" = 0 ]; then echo --allow-root; fi; \
    if [ -e /.dockerenv ] || [ -e /run/.containerenv ]; then echo --no-browser; \
    elif [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then echo --no-browser; fi)

# The stamps go first and come last, so that an interrupted build does not pass for an environment.
$(LOCKED)$(ASKED): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	    echo "Python 3.11, 3.12 or 3.13 is needed, and $(PYTHON) is $$($(PYTHON) -V 2>/dev/null || echo missing)." \
	         "Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	rm -f $(INSTALLED)* $(LOCKED)*
	$(PYTHON) -m venv --clear .venv
	$(PY) -m pip install --disable-pip-version-check --require-hashes -r requirements.txt
	touch $(LOCKED) $(LOCKED)-$$($(PY) -c 'import platform; print(platform.python_version())')

$(INSTALLED): $(LOCKED)$(ASKED) pyproject.toml
	$(PY) -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(INSTALLED)
