# Two commands matter: `make start` and `make test`. Both do all set-up on a fresh machine.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
ARGS ?=
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

.PHONY: help start setup setup-dev web test check lint types contracts fast-tests slow-tests web-tests e2e browser format openapi lock bench clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

start: setup ## set up and run the studio; opens the browser (ARGS="--port 8001 --no-browser" to change)
	@exec $(BIN)/narrative up $(ARGS)

# ---------------------------------------------------------------------------------------------------- set-up
# A stamp file per step: what has not changed is not done again, so a second start takes seconds.
setup: $(VENV)/.run src/narrative/static/index.html ## install what running needs

setup-dev: $(VENV)/.dev src/narrative/static/index.html ## install what running and testing need

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit("Narrative needs Python 3.11 or newer; this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || echo "uv could not be installed; pip does it, a little slower"
	@touch $@

# uv is fast; pip does the same where uv cannot reach the package index.
define install
	@echo "Installing Python packages from $(1)"
	@{ [ -x $(BIN)/uv ] && VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r $(1); } || $(BIN)/pip install --quiet --require-hashes -r $(1)
	@{ [ -x $(BIN)/uv ] && VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps -e .; } || $(BIN)/pip install --quiet --no-deps -e .
endef

$(VENV)/.run: $(VENV)/.python requirements.lock pyproject.toml
	$(call install,requirements.lock)
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(call install,requirements-dev.lock)
	@touch $@

web/node_modules/.ready: web/package.json web/package-lock.json
	@command -v npm >/dev/null || { echo "Building the page needs Node 20 or newer with npm: install nodejs."; exit 1; }
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

WEB_SOURCES := $(shell find web/src web/public -type f 2>/dev/null) web/index.html web/vite.config.ts
src/narrative/static/index.html: web/node_modules/.ready $(WEB_SOURCES)
	cd web && npm run --silent build
	@touch $@

web: src/narrative/static/index.html ## build the page

# The browser comes from the system's package manager where that is allowed; otherwise we say what to install.
browser:
	@./scripts/ensure-browser

# ---------------------------------------------------------------------------------------------------- tests
test: check slow-tests e2e ## set up, then every test there is

check: setup-dev lint types contracts fast-tests web-tests ## the fast tier: style, types, layers, unit tests

lint:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	cd web && npm run --silent lint

types:
	$(BIN)/mypy
	cd web && npm run --silent types

contracts: ## the layers of the architecture, and no drift between the API and its client
	$(BIN)/lint-imports
	$(BIN)/python -m narrative.entrypoints.openapi | diff -q - web/openapi.json || { echo "web/openapi.json is stale: run 'make openapi'."; exit 1; }
	@cd web && npx --no-install openapi-typescript openapi.json -o node_modules/.schema.d.ts >/dev/null && diff -q node_modules/.schema.d.ts src/api/schema.d.ts || { echo "web/src/api/schema.d.ts is stale: run 'make openapi'."; exit 1; }

fast-tests:
	$(BIN)/pytest -m "not slow and not e2e" -n 2 --dist worksteal

slow-tests: setup-dev ## real training and many faults; what holds a clock runs alone, after the others
	$(BIN)/pytest -m "slow and not serial and not e2e" -n 2 --dist loadfile --durations=15
	$(BIN)/pytest -m "slow and serial" --durations=15

web-tests:
	cd web && npm test --silent

e2e: setup-dev browser ## a real browser against a real server
	cd web && npm run --silent test:e2e

# ---------------------------------------------------------------------------------------------------- upkeep
format: setup-dev ## format and fix what can be fixed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	cd web && npm run --silent format

openapi: setup-dev ## write the API description and the client made from it
	$(BIN)/python -m narrative.entrypoints.openapi > web/openapi.json
	cd web && npm run --silent gen

lock: $(VENV)/.python ## resolve dependencies again
	$(BIN)/uv pip compile pyproject.toml --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 -o requirements.lock --quiet
	$(BIN)/uv pip compile pyproject.toml --group dev -c requirements.lock --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 -o requirements-dev.lock --quiet

bench: setup-dev ## measure speed against the rivals (see benchmarks/README.md)
	$(BIN)/python benchmarks/tables.py
	$(BIN)/python benchmarks/learners.py
	$(BIN)/python benchmarks/predictor.py

clean: ## remove everything that set-up made
	rm -rf $(VENV) web/node_modules src/narrative/static
