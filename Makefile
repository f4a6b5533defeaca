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

.DEFAULT_GOAL := help
.PHONY: help repro test test-all test-rest test-oldest coverage lint format schema benchmark fuzz lock audit-deps clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

repro: $(VENV)/installed ## run the pipeline, and print its metrics
	dvc repro
	python -m stages.summary

# Markers and profiles: tests/conftest.py. worksteal: neighbours share what their module prepares.
PYTEST := pytest --numprocesses=auto --dist=worksteal

test: $(VENV)/installed-dev ## run the fast tests
	$(PYTEST)

test-all: $(VENV)/installed-dev ## run every test, the slow ones too, and draw many examples
	$(PYTEST) --thorough

# After `make test`, for .ci/run: the slow tests, and the examples that the fast ones did not draw.
test-rest: $(VENV)/installed-dev ## run what the fast tests leave out
	$(PYTEST) --thorough -m "slow or property"

coverage: $(VENV)/installed-dev ## run every test, and list the lines that none reaches
	$(PYTEST) --thorough --cov --cov-report=term-missing:skip-covered

lint: $(VENV)/installed-dev ## check style and types
	ruff check .
	ruff format --check .
	mypy

format: $(VENV)/installed-dev ## repair the style
	ruff check --fix .
	ruff format .

schema: $(VENV)/installed ## write the JSON Schemas of params.yaml and of an index
	python -m splitlib.params.write_schema
	python -m splitlib.split.index_schema

benchmark: $(VENV)/installed-dev ## measure speed and memory, and write benchmarks/results.md
	python -m benchmarks.run

# Eight hours of two cores; what it finds goes into fuzz-findings/. More mutants: another FUZZ_SEED.
FUZZ_SEED ?= 0
fuzz: $(VENV)/installed-dev ## make 200,000 damaged labels files, and check what comes of each
	python tests/fuzz_run.py --seed $(FUZZ_SEED)

# The oldest versions of what pyproject.toml names, with the newest of what these depend on, in an
# environment of their own.
OLDEST := $(subst $(VENV),$(VENV)-oldest,$(BIN))
test-oldest: export PATH := $(CURDIR)/$(OLDEST)$(SEP)$(PATH)
test-oldest: ## run the fast tests with the oldest versions that pyproject.toml allows
	$(PYTHON) -m venv $(VENV)-oldest
	$(OLDEST)/python -m pip install --quiet uv
	uv pip compile --quiet --no-config --python $(OLDEST)/python --all-extras --resolution lowest-direct --output-file $(VENV)-oldest/oldest.txt pyproject.toml
	uv pip install --quiet --no-config --python $(OLDEST)/python --requirement $(VENV)-oldest/oldest.txt --editable .
	$(PYTEST)

# LOCK=--upgrade takes the newest versions; without it, those that are locked stay. --no-config: the
# addresses are those of PyPI, whatever index a machine uses.
LOCK ?=
LOCKER := $(subst $(VENV),$(VENV)-lock,$(BIN))
lock: ## write uv.lock from pyproject.toml, and requirements.lock from uv.lock
	$(PYTHON) -m venv $(VENV)-lock
	$(LOCKER)/python -m pip install --quiet uv
	$(LOCKER)/uv lock --no-config --python $(LOCKER)/python $(LOCK)
	$(LOCKER)/uv export --quiet --no-config --locked --python $(LOCKER)/python --all-extras --no-emit-project --no-hashes --no-annotate --no-header --output-file $(VENV)-lock/exported.txt
	(echo "# make lock writes this file from uv.lock: every dependency of the project and its extras, by"; echo "# name and version, as a constraint for pip."; sed 's/ ;.*//' $(VENV)-lock/exported.txt) > requirements.lock

# In an environment of its own: what the tool depends on is no business of ours. --strict: what is
# not found in the database of vulnerabilities is no "no".
audit-deps: ## ask whether the locked dependencies have known vulnerabilities
	$(PYTHON) -m venv $(VENV)-audit
	$(subst $(VENV),$(VENV)-audit,$(BIN))/python -m pip install --quiet pip-audit
	$(subst $(VENV),$(VENV)-audit,$(BIN))/python -m pip_audit --strict --no-deps --disable-pip --requirement requirements.lock

clean: ## remove the environment and what tools keep
	rm -rf $(VENV) $(VENV)-audit $(VENV)-lock $(VENV)-oldest .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/installed: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	python -m pip install --quiet --editable ".[train]" --constraint requirements.lock
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	python -m pip install --quiet --editable ".[dev]" --constraint requirements.lock
	touch $@
