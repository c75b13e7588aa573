# Everything a person does here begins with `make`. `make help` lists it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check

# Tests run in so many processes: most of their time is waiting for programs that start. By file, since a
# file's tests may share a broker.
TEST_JOBS ?= logical

# Stamps say what has been installed, so that a second `make run` starts at once.
RUN_READY := $(VENV)/.ready-to-run
DEV_READY := $(VENV)/.ready-to-develop

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench bench-backlog bench-window bench-export fuzz crash pictures lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN_READY)  ## Open the window on a running broker (ARGS="…" is passed on)
	@exec $(BIN)/mqstudio $(ARGS)

test: $(DEV_READY)  ## Run all tests (ARGS="tests/unit -k name" for some)
	@scripts/install-test-packages
	QT_QPA_PLATFORM=offscreen $(BIN)/pytest -n $(TEST_JOBS) --dist loadfile $(ARGS)

lint: $(DEV_READY)  ## Check style, types, import contracts and the house rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -p no:pytest-qt tests/architecture

format: $(DEV_READY)  ## Put the code in the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV_READY)  ## Measure against RabbitMQ and write docs/benchmarks.md
	@scripts/install-test-packages
	$(BIN)/python -m tests.bench $(ARGS)

bench-backlog: $(DEV_READY)  ## Measure queues of 1 and 10 million messages and write docs/benchmarks-backlog.md
	$(BIN)/python -m tests.bench.backlog $(ARGS)

bench-window: $(DEV_READY)  ## Measure the window and write docs/benchmarks-window.md
	@scripts/install-test-packages
	$(BIN)/python -m tests.bench.window $(ARGS)

bench-export: $(DEV_READY)  ## Measure exports of a million messages (ARGS="--messages 100000")
	$(BIN)/python -m tests.bench.export $(ARGS)

fuzz: $(DEV_READY)  ## Try ten million hostile inputs (ARGS="--count 1e6 --seed 1")
	$(BIN)/python -m tests.fuzz $(ARGS)

crash: $(DEV_READY)  ## Ten thousand power cuts, ten thousand lives (ARGS="--cuts 500 --seed 1")
	$(BIN)/python -m tests.crash $(ARGS)

pictures: $(DEV_READY)  ## Take the pictures in docs/pictures
	@scripts/install-test-packages
	$(BIN)/python scripts/pictures.py $(ARGS)

lock: $(DEV_READY)  ## Choose versions anew and lock them with their hashes
	scripts/lock $(BIN)/uv

clean:  ## Remove the virtual environment and all caches
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@scripts/make-venv $(PYTHON) $(VENV)

$(RUN_READY): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what running needs (once, about a minute) …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q mqstudio  # as pip does with what it installs: a start is twice as fast
	@touch $@

$(DEV_READY): requirements-dev.lock $(RUN_READY)
	@echo "Installing what testing needs (once) …"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
