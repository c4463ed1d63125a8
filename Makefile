# Two commands do everything: `make run` and `make test`. Nothing needs to be installed by hand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --constraint constraints.txt
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test check bench storm docs clean

help: ## show this help
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Paperclub needs Python 3.11 or newer; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Paperclub …" >&2
	$(PIP) --editable .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Paperclub and its test tools …" >&2
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/run.stamp

run: $(VENV)/run.stamp ## install, migrate, load the lists, start the bot (a chat in the terminal without tokens)
	@$(BIN)/paperclub run

test: $(VENV)/dev.stamp ## install and run all tests
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: $(VENV)/dev.stamp ## format, lint, types, derived files, coverage
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/paperclub docs --check
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage report

bench: $(VENV)/dev.stamp ## measure speed, as ratios to a floor in the same run
	$(BIN)/python -m tests.bench

storm: $(VENV)/dev.stamp ## kill the bot 200 times while both platforms fail, and count the posts (ten minutes)
	PAPERCLUB_KILLS=200 $(BIN)/python -m pytest -n 0 --log-cli-level=WARNING tests/test_delivery_kill.py

docs: $(VENV)/run.stamp ## write the derived files
	$(BIN)/paperclub docs

clean: ## remove the virtual environment
	rm -rf $(VENV)
