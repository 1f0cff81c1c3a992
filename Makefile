# CrossPrompt: the commands of every day. CI and pre-commit call the same ones.
#   make run                  set up, run the main job on the packaged sample, say where the results are
#   make run CONFIG=configs/massive.yaml
#   make test                 set up, lint, types, the whole test suite
#   make help                 all commands

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := $(CURDIR)/.venv/bin
CONFIG ?=
ARGS ?=
# Processes that share the tests; each may take 5 GB.
WORKERS ?= 2

export PATH := $(BIN):$(PATH)
# No library of ours reports home, whatever command is used.
export ZENML_ANALYTICS_OPT_IN := false
export MLFLOW_DISABLE_TELEMETRY := true
export HF_HUB_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := true
export ZENML_ENABLE_REPO_INIT_WARNINGS ?= false

.PHONY: help setup dev run test suite soak lint format benchmark dashboards screenshots lock browser databases clean

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 20

setup:  ## make .venv with the locked versions (PYTHON=... names the interpreter)
	@python=$$(tools/find_python.sh) && "$$python" tools/setup.py

dev:  ## setup, and what the tests and checks need
	@python=$$(tools/find_python.sh) && "$$python" tools/setup.py --dev

run: setup  ## run the main job (CONFIG=configs/<name>.yaml for another experiment)
	zenml pipeline run align_and_eval $(if $(CONFIG),-c $(CONFIG)) $(ARGS)

test: dev browser databases  ## lint, types and the whole test suite but its long versions (ARGS=... for pytest)
	@$(MAKE) --no-print-directory -j 2 lint suite

suite: dev  # the tests alone; they wait at times, and mypy takes what they leave of the cores
	pytest -m "not soak" -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

soak: dev browser databases  ## the long versions of the kill and load tests
	@tools/databases.sh mariadb
	pytest -m soak $(ARGS)

lint: dev  ## ruff and mypy, as in CI
	ruff check .
	ruff format --check .
	mypy

format: dev  ## put the code into its form
	ruff check --fix .
	ruff format .

benchmark: dev  ## time the project beside what one would otherwise use (ARGS='--data-root FOLDER --out FOLDER')
	python -m benchmarks $(ARGS)

dashboards: setup  ## serve the MLflow, Optuna and ZenML dashboards until Ctrl-C
	crossprompt dashboards $(ARGS)

screenshots: dev browser  ## photograph the dashboards and the report of the last run into docs/screenshots
	python -m tools.screenshots docs/screenshots

lock: ## renew requirements.lock and requirements-dev.lock from a clean environment
	@python=$$(tools/find_python.sh) && "$$python" tools/lock.py

browser:  # Chromium and its driver, for the tests that look at pages
	@tools/browser.sh

databases:  # PostgreSQL, for the tests that start a server of their own
	@tools/databases.sh postgresql

clean:  ## remove the environment and caches; runs, results and .crossprompt stay
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
