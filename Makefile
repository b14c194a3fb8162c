# The daily commands. `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
# The first interpreter that really runs and is new enough; override with `make setup PYTHON=/path/to/python3.11`.
PYTHON ?= $(shell for p in python3.11 python3.12 python3 python; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && echo "$$p" && break; done)

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)
BASE_STAMP := $(VENV)/.installed-base
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: help setup install-dev run test check lint lock docs clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(BASE_STAMP) ## make .venv and install what the product needs
	@:

install-dev: $(DEV_STAMP) ## the same, and the test tools
	@:

run: setup ## install, migrate, load the sample documents, serve http://127.0.0.1:8000 (PORT= changes it)
	@exec $(BIN)/assistant serve --samples --port $(PORT)

test: $(DEV_STAMP) ## install the test tools and run the whole test suite
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(DEV_STAMP) lint ## lint, types, import contracts, architecture and documentation tests
	$(BIN)/python -m pytest tests/architecture $(PYTEST_ARGS)

lint: $(DEV_STAMP) ## the static half of check
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

lock: $(BASE_STAMP) ## write requirements/*.lock again for what pyproject.toml asks (UPGRADE=1 takes newer versions)
	$(BIN)/$(LOCK) requirements/bootstrap.in -o requirements/bootstrap.lock
	$(BIN)/$(LOCK) pyproject.toml requirements/bootstrap.in --extra embed \
		-c requirements/bootstrap.lock -o requirements/base.lock
	$(BIN)/$(LOCK) pyproject.toml requirements/bootstrap.in --extra embed --extra langchain --extra compare --extra dev \
		-c requirements/base.lock -o requirements/dev.lock
	$(BIN)/$(LOCK) requirements/model-test.in --no-deps -o requirements/model-test.lock

docs: $(DEV_STAMP) ## write the reference tables, then check the documentation: links, and that every setting, error, event and command is described
	$(BIN)/python docs/generate.py
	$(BIN)/python -m pytest -q tests/architecture/test_docs.py tests/architecture/test_reference.py

clean: ## remove caches and build output (keeps .venv and var, where the data is)
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find assistant retrieval guardrails prompts eval tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or 3.12 was not found. Install it, or name it: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV) || { echo "The environment could not be made (on Debian: apt-get install python3-venv)" >&2; exit 1; }

$(BASE_STAMP): requirements/base.lock pyproject.toml requirements/install.sh | $(VENV)/bin/python
	@echo "installing the product (first time: about 1 GB, a minute or two)"
	@requirements/install.sh $(BIN)/python requirements/base.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): requirements/dev.lock requirements/model-test.lock $(BASE_STAMP)
	@echo "installing the test tools"
	@requirements/install.sh $(BIN)/python requirements/dev.lock
	@requirements/install.sh $(BIN)/python --no-deps requirements/model-test.lock
	@touch $@
