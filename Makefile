# Each target does its own set-up: the first one that is called makes .venv, later ones find it.
# PYTHON is the interpreter that makes it (3.11 or newer), JOBS how many tests run at once.
PYTHON ?= python3
JOBS ?= 2
BIN := .venv/bin
READY := .venv/.ready
TOOLS := .venv/tools
SITE := .venv/docs
BESIDE := .venv/notebooks
EXECUTED := build/notebooks/.ready
PIP := -m pip --quiet --quiet --disable-pip-version-check install
LOCKED := --require-hashes --no-deps --only-binary :all:

.PHONY: demo test test-browser app bench notebooks docs lint lock audit clean
.DELETE_ON_ERROR:

demo: $(READY)  ## the four shipped checkpoints side by side
	$(BIN)/latentlab anisotropy data/checkpoints --offline
	$(BIN)/latentlab reconstruct data/checkpoints --offline --text "The old man walked slowly to the river."

test: $(READY)  ## all tests; one thread each, because several run at once
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(JOBS) --dist loadgroup

test-browser: $(READY)  ## the dashboard in Debian's Chromium; SCREENSHOTS=DIR keeps pictures
	$(BIN)/python -m pytest -q tests/browser

app: $(READY)  ## the dashboard in a browser
	$(BIN)/latentlab app data/checkpoints

bench: $(READY)  ## every number of docs/benchmarks.md; CORPUS=FILE for the quality rows
	$(BIN)/python -m benchmarks.run $(if $(CORPUS),--corpus $(CORPUS))

notebooks: $(BESIDE)/.ready  ## every notebook executed, in build/notebooks; an error or a warning in one fails
	PYTHONPATH=$$(echo $(BESIDE)/lib/python*/site-packages) $(BIN)/python -m scripts.notebooks
	@touch $(EXECUTED)

docs: $(SITE)/.ready $(EXECUTED)  ## the documentation as a site, in build/html; every link and docstring is checked
	$(BIN)/python -m scripts.site
	NO_MKDOCS_2_WARNING=1 $(SITE)/bin/mkdocs build --strict --quiet

lint: $(READY)  ## style, formatting, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock: $(TOOLS)/.ready  ## write the lock files again, from constraints.txt
	$(BIN)/python -m scripts.lock $(TOOLS)/bin/uv

audit: $(TOOLS)/.ready  ## known vulnerabilities, where the database is reached, and licences
	$(BIN)/python -m scripts.audit $(TOOLS)/bin/pip-audit

clean:  ## forget the environment and every cache; data and runs stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Every package by hash, none built here; then torch by version, which takes the CPU build where one is offered and
# brings its own CUDA where that is the one; then latentlab itself. `pip check`: nothing is missing.
$(READY): pyproject.toml constraints.txt requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "latentlab needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	@echo "setting up .venv (torch and friends; some minutes the first time)" >&2
	$(PYTHON) -m venv .venv
	$(BIN)/python $(PIP) $(LOCKED) -r requirements.lock
	$(BIN)/python $(PIP) --only-binary :all: -c constraints.txt torch
	$(BIN)/python $(PIP) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip --disable-pip-version-check check >&2
	@touch $@

$(EXECUTED): $(wildcard docs/notebooks/*.py) scripts/notebooks.py $(shell find latentlab -name '*.py')
	@$(MAKE) --no-print-directory notebooks

$(TOOLS)/.ready $(SITE)/.ready $(BESIDE)/.ready: .venv/%/.ready: %.lock | $(READY)
	$(PYTHON) -m venv .venv/$*
	.venv/$*/bin/python $(PIP) $(LOCKED) -r $*.lock
	@touch $@
