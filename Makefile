# Everything a user and a developer type. Two commands matter: `make repro` and `make test`.

PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
SEP := ;
else
BIN := $(VENV)/bin
SEP := :
endif
# DVC runs stages as `python -m stages.<name>`: that python has to be the one of the environment.
export PATH := $(CURDIR)/$(BIN)$(SEP)$(PATH)

.PHONY: repro test lint format schema benchmark clean

repro: $(VENV)/installed
	dvc repro
	python -m stages.summary

test: $(VENV)/installed-dev
	pytest --numprocesses=auto

lint: $(VENV)/installed-dev
	ruff check .
	ruff format --check .
	mypy

format: $(VENV)/installed-dev
	ruff check --fix .
	ruff format .

schema: $(VENV)/installed
	python -m splitlib.params.schema

benchmark: $(VENV)/installed-dev
	python -m benchmarks.run

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/installed: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	python -m pip install --quiet --editable . --constraint requirements.lock
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	python -m pip install --quiet --editable ".[dev]" --constraint requirements.lock
	touch $@
