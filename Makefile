# `make help` lists what there is. Everything is installed into .venv and node_modules; data lies in var.

VENV := .venv
BIN := $(VENV)/bin
SCALE ?= 1
CHECK ?=

# How `make lock` resolves: one lock for every Python from 3.11 on, with hashes, and no registry's address in it.
UV_VERSION := 0.13.9
UV_COMPILE := pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --upgrade \
	--generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --no-annotate

# Small matrices: threads of the linear algebra would only wait for each other.
export OPENBLAS_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-test browser demo test test-slow screenshots bench-matching bench-refill bench-exams format lock clean clean-data

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.runtime front-end $(VENV)/.warm ## Install everything, pinned and with hashes

demo: setup ## Run a demo season on 127.0.0.1:8000 (SCALE=10: the real size; CHECK=1: look and leave)
	@$(BIN)/zuoxi demo --scale $(SCALE) $(if $(CHECK),--check)

setup-test: setup $(VENV)/.test

test: setup-test browser ## Run every check and test but the slow ones
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@marks="not slow"; command -v chromium >/dev/null 2>&1 || marks="not slow and not browser"; \
	set -x; $(BIN)/python -m pytest -q -n 2 --dist loadgroup --max-worker-restart 0 -m "$$marks"

test-slow: setup-test browser ## Run the tests that take minutes or much memory, and draw new examples
	ZUOXI_NEW_EXAMPLES=1 $(BIN)/python -m pytest -q -m slow -o faulthandler_timeout=3600
	ZUOXI_NEW_EXAMPLES=1 $(BIN)/python -m pytest -q -m "not slow" tests/exams tests/scheduling tests/services/test_best_substitute.py

screenshots: setup-test browser ## Take pictures of the screens that matter, phone and desktop
	$(BIN)/python -m tests.screenshots

bench-matching: setup-test ## Measure the matcher beside HiGHS and a greedy; write docs/benchmarks.md (QUICK=1: small ones)
	$(BIN)/python -m tests.bench_matching $(if $(QUICK),--quick)

bench-refill: setup ## Measure how a fallen seat gets its next person, on a season of the real size
	$(BIN)/zuoxi bench-refill

bench-exams: setup ## Measure 8,000 sign-ups and up to 2,000 people who sit an exam at once (QUICK=1: 50 people)
	$(BIN)/zuoxi bench-exams $(if $(QUICK),--people 50 --minutes 0.2 --rung 50 --think 2 --sit 0.2)

format: $(VENV)/.test ## Bring the Python code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(BIN)/python ## Resolve the newest packages into the lock files
	$(BIN)/python -m venv --clear var/lock
	var/lock/bin/pip install --quiet uv==$(UV_VERSION)
	UV_NO_CONFIG=1 UV_CUSTOM_COMPILE_COMMAND="make lock" var/lock/bin/uv $(UV_COMPILE) \
		requirements-test.in --output-file requirements-test.lock
	UV_NO_CONFIG=1 UV_CUSTOM_COMPILE_COMMAND="make lock" var/lock/bin/uv $(UV_COMPILE) \
		requirements.in --constraint requirements-test.lock --output-file requirements.lock
	rm -rf var/lock
	$(BIN)/python app/assets/build.py --update-lock

clean: ## Remove what setup and the tests made; data stays
	rm -rf $(VENV) node_modules app/static/build build .mypy_cache .import_linter_cache .ruff_cache .pytest_cache .hypothesis
	find app exams scheduling migrations tests -name __pycache__ -type d -prune -exec rm -rf {} +
	find app/translations -name '*.mo' -delete

clean-data: ## Remove the demo's data, mail, logs and secrets
	for name in postgres valkey; do [ ! -L var/$$name ] || rm -rf "$$(readlink -f var/$$name)"; done
	rm -rf var

# Called by the file's path: this one must not wait for the application's imports.
.PHONY: front-end
front-end: $(VENV)/.runtime
	@$(BIN)/python app/assets/build.py

# Python names itself where its system keeps it; a venv whose Python is gone counts as missing and is made anew.
$(BIN)/python:
	@found=; for name in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11 python; do \
		if [ -n "$$name" ] && "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then found=$$name; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Python 3.11 or newer was not found: install it, or name it with PYTHON=/path/to/python3." >&2; exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$found cannot make virtual environments: install its venv package (Debian: python3-venv)." >&2; exit 1; \
	fi; \
	"$$found" -m venv --clear $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Python packages: installing (a minute or two the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.runtime
	@echo "Python packages: installing those of the tests ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation \
		-r requirements-test.lock
	@touch $@

# The matcher's inner loops are compiled once here, so that nobody waits for it in front of a page.
$(VENV)/.warm: $(VENV)/.runtime $(shell find scheduling -name '*.py' 2>/dev/null)
	@echo "Matcher: compiling its inner loops ..."
	@$(BIN)/zuoxi scheduling warm
	@touch $@

browser:
	@if command -v chromium >/dev/null 2>&1 && [ -n "$$(fc-list :lang=zh 2>/dev/null)" ]; then exit 0; fi; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; \
	if command -v apt-get >/dev/null 2>&1 && $$sudo true 2>/dev/null; then \
		echo "Browser: installing Chromium and a Chinese font ..."; \
		$$sudo apt-get update -qq && \
		$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			chromium fonts-noto-cjk >/dev/null || true; \
	fi; \
	if ! command -v chromium >/dev/null 2>&1; then \
		echo "Chromium is missing and could not be installed: the tests marked 'browser' (journeys, accessibility)"; \
		echo "are left out. Install Debian's packages chromium and fonts-noto-cjk to run them."; \
	elif [ -z "$$(fc-list :lang=zh 2>/dev/null)" ]; then \
		echo "A Chinese font (fonts-noto-cjk) is missing and could not be installed: pictures will show boxes."; \
	fi
