# Every target installs what it needs into .venv; `make help` lists them.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
BIN := .venv/bin
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))
PROJECTS := pyproject.toml $(PLUGINS:%=%/pyproject.toml)
BENCHMARKS := $(wildcard tests/benchmarks/bench_*.py)
# More for pytest: make fast ARGS="-k ledger"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test lint types imports fast docs texts bench dist clean check-python

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

demo: .venv/run.stamp ## work a small office's day on simulated printers; the cards end in build/demo
	$(BIN)/cardprint demo --output build/demo

# pytest comes last: its closing line is the run's.
test: lint types imports docs ## all that CI runs: ruff, mypy, import-linter, the docs, then pytest with coverage
	$(BIN)/pytest -n auto --dist loadgroup --cov --cov-report=term --cov-report=html $(ARGS)

lint: .venv/dev.stamp ## ruff: rules and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# One run per plugin: two plugins may each have a tests/conftest.py.
types: .venv/dev.stamp ## mypy, strict, on the core, on each plugin and on their tests
	$(BIN)/mypy src tests docs/tutorials/kiosk
	$(foreach p,$(PLUGINS),MYPYPATH=$(p)/src:$(p)/tests $(BIN)/mypy $(wildcard $(p)/src $(p)/tests) &&) true

imports: .venv/dev.stamp ## import-linter: the layers
	$(BIN)/lint-imports

fast: .venv/dev.stamp ## pytest alone, without coverage; ARGS="..." goes to pytest
	$(BIN)/pytest $(ARGS)

docs: .venv/dev.stamp ## the documentation as HTML in build/docs; a warning is an error
	$(BIN)/sphinx-build -q -n -W --keep-going -d build/doctrees docs build/docs

texts: .venv/dev.stamp ## the catalogs of other languages: brought up to date with the code, and compiled
	cd tests && ../$(BIN)/python -m support.texts

bench: .venv/bench.stamp ## every benchmark below tests/benchmarks, one table each
	$(if $(BENCHMARKS),,@echo "tests/benchmarks holds no benchmark")
	$(foreach b,$(BENCHMARKS),$(BIN)/python $(b) &&) true

bench-full: bench ## the benchmarks, and the draw from ten million waiting requests
	$(BIN)/python tests/benchmarks/bench_draw.py 10000000

dist: .venv/dev.stamp ## wheels of the core and of each plugin in dist/
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist . $(PLUGINS:%=./%)

clean: ## remove all that make has made, .venv too
	rm -rf .venv build dist

check-python:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null \
	  || { echo "cardprint needs Python 3.11 or newer: apt-get install python3 python3-venv (Debian 12 or newer), or make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null \
	  || { echo "$(PYTHON) cannot make virtual environments: apt-get install python3-venv" >&2; exit 1; }

.venv/bin/pip: | check-python
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade "pip>=25.1" "hatchling>=1.27" "editables>=0.5"

# What a user has: the core and every plugin, editable, with their dependencies.
.venv/run.stamp: $(PROJECTS) | .venv/bin/pip
	$(BIN)/pip install --quiet --no-build-isolation $(patsubst %,--editable ./%,. $(PLUGINS))
	@touch $@

# What a contributor has beside it.
.venv/dev.stamp: .venv/run.stamp
	$(BIN)/pip install --quiet --group dev --group docs
# pyscard is built from source: where its headers are not, the tests that want a reader are skipped.
	$(if $(wildcard /usr/include/PCSC/winscard.h),$(BIN)/pip install --quiet "pyscard>=2.0.7")
	@touch $@

# What benchmarks are held against.
.venv/bench.stamp: .venv/dev.stamp
	$(BIN)/pip install --quiet --group bench
	@touch $@

.venv: .venv/dev.stamp
