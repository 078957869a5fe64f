# Two commands on a fresh machine: make restore, make test. Everything is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
INPUT ?= examples/input/portrait_small.jpg
OUTPUT ?=
FLAGS ?=

.PHONY: help environment restore test fast-test check browser studio examples docs clean
help:
	@echo "make restore                              restore an example photograph"
	@echo "make restore INPUT=photo.jpg OUTPUT=o.png restore your own (FLAGS='--sr-scale 2' for more)"
	@echo "make test                                 style, types and all tests"
	@echo "make fast-test                            the tests that take seconds"
	@echo "make docs                                 build the documentation into site/"
	@echo "make studio                               open the studio's page"

.venv/.installed: requirements.txt constraints.txt setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Restoration Studio needs Python 3.11 or later; name one with make PYTHON=python3.12"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

.venv/.studio: .venv/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[studio]"
	touch $@

# Everything that any part can use, for the tests.
.venv/.all: .venv/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[diffusion,docs,extra-architectures,film,studio,training]"
	touch $@

environment: .venv/.installed

# Exported, not written into the line: names may hold quotes and spaces.
restore: export INPUT := $(INPUT)
restore: export OUTPUT := $(OUTPUT)
restore: .venv/.installed
	@$(BIN)/python -m examples.restore_one $(FLAGS)

check: .venv/.all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: check .venv/.all browser
	$(BIN)/python -m pytest --cov

# The page is tested in a real browser: Debian's Chromium, installed where that is possible and it is missing.
browser:
	@if command -v chromium chromium-browser google-chrome >/dev/null; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update --quiet --quiet && apt-get install --yes --quiet --quiet --no-install-recommends chromium >/dev/null; \
	else echo "no Chromium here: tests of the page in a browser will be skipped; install your system's package"; fi

fast-test: .venv/.installed
	$(BIN)/python -m pytest -m "not slow and not network" --numprocesses auto --dist loadfile

# The site, in site/; a link or a name that leads nowhere fails.
docs: .venv/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[docs]"
	$(BIN)/python -m mkdocs build --strict --quiet

studio: .venv/.studio
	$(BIN)/python -m streamlit run app.py

examples: .venv/.installed
	$(BIN)/python examples/make_inputs.py

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache examples/output site
