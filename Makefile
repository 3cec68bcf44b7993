# `make lab` and `make test` set up what they need the first time, and find it ready
# afterwards. What is set up lives in .venv and node_modules, never elsewhere.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DELETE_ON_ERROR:

PYTHON ?= python3
ARGS ?=
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
EXAMPLE := examples/01_attention_head_tour.ipynb

VIEWS := $(patsubst js/src/views/%/index.ts,vitwidgets/static/%.js,$(wildcard js/src/views/*/index.ts))
VIEW_SOURCES := $(shell find js/src -path js/src/lab -prune -o -type f -print) \
	$(wildcard js/*.mjs)
INSTALLED_FROM := pyproject.toml hatch_build.py install.json package.json package-lock.json \
	$(wildcard examples/*.ipynb) $(shell find js/src/lab schema style -type f)

.PHONY: help lab test check check-python check-the-rest docs pytest browser bench build clean

help:
	@echo 'make lab     JupyterLab on the first example  (ARGS=--no-browser)'
	@echo 'make test    every check and every test       (PYTEST_ARGS="-k tour")'
	@echo 'make check   formatting, linting, types and the documentation only'
	@echo 'make docs    the documentation site in build/site'
	@echo 'make pytest  the Python tests only'
	@echo 'make bench   measure everything and rewrite docs/performance.md'
	@echo 'make build   sdist and wheel in dist/'
	@echo 'make clean   remove everything that was built or set up'

lab: $(READY)/lab $(VIEWS)
	$(BIN)/python -m jupyterlab $(if $(filter 0,$(shell id -u)),--allow-root) \
		--LabApp.default_url=/lab/tree/$(EXAMPLE) $(ARGS)

# pytest comes last, so that its summary is what one reads at the end.
test: check pytest

# Each half takes about as long as the other.
check: $(READY)/test $(VIEWS)
	@$(MAKE) --no-print-directory check-python & python=$$!; \
		$(MAKE) --no-print-directory check-the-rest && wait $$python

check-python:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

check-the-rest:
	npm run --silent check
	npm run --silent lint
	npm run --silent test
	$(MAKE) --no-print-directory docs

# Every warning is an error: a link that leads nowhere, a page that no menu has.
docs: $(READY)/test $(VIEWS)
	OMP_NUM_THREADS=1 $(BIN)/python tools/documentation.py

# A thread each, on all cores; apart, since Playwright's loop must not meet other loops.
# In tests/lab each has a JupyterLab of its own. A filter may leave nothing of a part (5).
IN_PARALLEL := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=auto --dist=loadfile
# A notebook is one test and takes as long as hundreds: last, it would keep one core waiting.
LONGEST_FIRST := --no-loadscope-reorder tests/examples
# What JupyterLab did too late, on a busy machine, is tried once more, and the summary says
# so. A wrong number is not.
SECOND_TRY := --reruns=1 --only-rerun='Timeout|expected to|was not opened|no answer in'

pytest: $(READY)/test $(VIEWS) browser
	$(IN_PARALLEL) $(LONGEST_FIRST) tests/unit tests/parity tests/contract $(PYTEST_ARGS) || [ $$? -eq 5 ]
	$(IN_PARALLEL) tests/browser $(PYTEST_ARGS) || [ $$? -eq 5 ]
	$(IN_PARALLEL) tests/lab $(SECOND_TRY) $(PYTEST_ARGS) || [ $$? -eq 5 ]

browser: $(READY)/test
	@tools/ensure_browser.sh $(BIN)/playwright

bench: $(READY)/bench $(VIEWS) browser
	$(BIN)/python -m benchmarks

build: $(READY)/test $(VIEWS)
	rm -rf dist
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) node_modules js/node_modules build dist vitwidgets/static vitwidgets/labextension

$(READY)/venv:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit(f"vitwidgets needs Python 3.10 or newer, and {sys.executable} is {sys.version.split()[0]}; name another one: make PYTHON=python3.12 ...")'
	@$(PYTHON) hatch_build.py
	$(PYTHON) -m venv $(VENV)
	mkdir -p $(READY)
	touch $@

node_modules/.package-lock.json: package.json package-lock.json $(READY)/venv
	npm ci
	touch $@

# An editable install copies the JupyterLab extension: its sources are reasons to
# install again, while the views are read in place.
$(READY)/lab: $(INSTALLED_FROM) node_modules/.package-lock.json
	$(BIN)/python -m pip install --editable '.[lab]'
	touch $@

$(READY)/test: $(INSTALLED_FROM) node_modules/.package-lock.json
	$(BIN)/python -m pip install --editable '.[docs,lab,test]'
	touch $(READY)/lab $@

$(READY)/bench: $(READY)/test
	$(BIN)/python -m pip install --editable '.[bench]'
	touch $@

$(VIEWS): $(VIEW_SOURCES) node_modules/.package-lock.json
	npm run --silent build:views
