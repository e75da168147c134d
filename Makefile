# Everything a clean clone needs. Taken for granted: make, and a Python 3.11 or newer with venv and pip.
# Nothing is written outside this folder: the environment is .venv, every cache is in .cache.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up-for
CACHE := .cache

# Where to look for Python, in this order; `make setup PYTHON=/path/to/python` names one.
PYTHON ?=
PYTHONS := $(if $(PYTHON),$(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python)

# Passed on as written: make test ARGS="tests/domain -k soak"
ARGS ?=
COMMA := ,

# The version is written once, in the dev group of pyproject.toml, so that `uv sync` and this file agree.
UV_VERSION := $(shell sed -n 's/^ *"uv==\([0-9.]*\)".*/\1/p' pyproject.toml)
UV_CACHE_DIR ?= $(CURDIR)/$(CACHE)/uv
UV_ENV := UV_CACHE_DIR="$(UV_CACHE_DIR)" UV_PROJECT_ENVIRONMENT="$(CURDIR)/$(VENV)" UV_PYTHON="$(CURDIR)/$(BIN)/python" \
	UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=

# Where the system keeps its certificates uv trusts those, as pip does: a company's proxy has its own.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
UV_ENV += UV_SYSTEM_CERTS=true
endif

.DEFAULT_GOAL := help
.PHONY: help setup run test peers check bench fmt clean again

help: ## Show this list
	@echo "Rollcall: what make can do here"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r target text; do \
		printf '%-14s %s\n' "$$target" "$$text"; done
	@echo
	@echo 'ARGS="…" is passed on by run, test and bench: make test ARGS="tests/domain -k soak"'

setup: $(STAMP) ## Make .venv with everything Rollcall needs (instant when nothing changed)
	@echo "Set up: $(VENV) holds what uv.lock names."

run: $(STAMP) ## Set up and start the bot; without tokens it opens the local chat
	@$(BIN)/rollcall run $(ARGS)

# The whole suite runs in parallel; a selection is about its own tests only. Measuring coverage makes tests two to three times
# as long, so it is left to the build machine (CI=true), or to whoever asks for it (COVERAGE=true): the floor is checked there.
# Workers and the programs that tests start load what was compiled before, also where Python is told to keep nothing.
COVERAGE ?= $(CI)
MEASURED := $(if $(filter true,$(COVERAGE)),--cov --cov-report=term-missing:skip-covered)

test: $(STAMP) ## Set up and run every test; COVERAGE=true measures what they reach, too
	@echo "Testing: $(if $(ARGS),pytest $(ARGS),the whole suite$(COMMA) in parallel$(if $(MEASURED),$(COMMA) with branch coverage))"
	@mkdir -p $(CACHE)
	@env -u PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX="$(CURDIR)/$(CACHE)/bytecode" \
		$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),-n auto --dist worksteal $(MEASURED))

peers: ## Install what tests talk to (Prometheus, PostgreSQL, Unleash and the like), where that is allowed
	@status=0; scripts/peers || status=$$?; scripts/npm-peers || status=$$?; exit $$status

check: $(STAMP) ## Set up and run the linters, the type checker and the import contracts
	@echo "1/5 ruff check: style and mistakes"
	@$(BIN)/ruff check .
	@echo "2/5 ruff format: layout"
	@$(BIN)/ruff format --check .
	@echo "3/5 mypy: types (the first run takes a minute)"
	@$(BIN)/mypy
	@echo "4/5 import-linter: which way imports may point"
	@$(BIN)/lint-imports --cache-dir $(CACHE)/import-linter
	@echo "5/5 uv lock: uv.lock agrees with pyproject.toml"
	@$(UV_ENV) $(BIN)/uv lock --check

# What is measured beside ours goes into a folder of its own: its needs are not those of Rollcall.
BENCH_LIBRARIES := unleashclient==6.9.1 growthbook==4.0.0 openfeature-flagd-core==2.0.0

bench: $(STAMP) ## Set up and run the benchmarks
	@$(UV_ENV) $(BIN)/uv pip install --quiet --python $(BIN)/python --target $(CACHE)/bench $(BENCH_LIBRARIES) \
		|| echo "Left out: $(BENCH_LIBRARIES) cannot be installed here." >&2
	@$(BIN)/python -m benchmarks $(ARGS)

fmt: $(STAMP) ## Set up, lay the code out and repair what can be repaired
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

clean: ## Remove .venv and every cache
	rm -rf $(VENV) $(CACHE) .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A folder that was moved or copied carries an environment whose scripts point at the old place.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): again
endif

$(STAMP): pyproject.toml uv.lock
	@if [ "$$(cat $(STAMP) 2>/dev/null)" != "$(CURDIR)" ] || ! $(BIN)/uv --version >/dev/null 2>&1 \
		|| ! $(BIN)/python -c '' >/dev/null 2>&1; then \
		set -e; found=; \
		for candidate in $(PYTHONS); do \
			if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
			then found="$$candidate"; break; fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo "Rollcall needs Python 3.11 or newer with venv and pip. None was found; looked for: $(PYTHONS)." >&2; \
			echo "Install one (on Debian: apt install python3 python3-venv), or name it: make setup PYTHON=/path/to/python" >&2; \
			exit 1; \
		fi; \
		echo "1/3 Making $(VENV) with $$("$$found" --version)"; \
		"$$found" -m venv --clear $(VENV); \
		mkdir -p $(CACHE)/tmp; \
		echo "2/3 Installing uv $(UV_VERSION) into $(VENV)"; \
		TMPDIR="$(CURDIR)/$(CACHE)/tmp" PIP_DISABLE_PIP_VERSION_CHECK=1 \
			$(BIN)/python -m pip install --cache-dir "$(CURDIR)/$(CACHE)/pip" "uv==$(UV_VERSION)"; \
	fi
	@echo "3/3 Installing what uv.lock names"
	@mkdir -p $(CACHE)/tmp
	@TMPDIR="$(CURDIR)/$(CACHE)/tmp" $(UV_ENV) $(BIN)/uv sync --locked
	@printf '%s\n' "$(CURDIR)" > $(STAMP)
