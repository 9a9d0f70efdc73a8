# make run    set everything up and open the demo
# make test   set everything up for testing and run all of it
# The other targets are the pieces of these two.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
DEMO_HOME ?= $(CURDIR)/var/demo
PORT ?= 8000
# Tests never touch the data folder of a real installation.
TEST := YIDAN_HOME=$(CURDIR)/build/test-home $(BIN)/pytest -q
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# A thousand programs are started by the tests: their bytecode is kept, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check unit suite browser postgres bench screens model messages clean

help:
	@sed -n 's/^# make /make /p' Makefile

run: $(VENV)/.run
	YIDAN_HOME=$(DEMO_HOME) $(BIN)/yidan up --demo --port $(PORT)

# The last two side by side: each waits for its server half of the time.
test: check suite
	$(MAKE) --no-print-directory -j2 browser postgres

# Style, types, imports.
check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The fast part: each property tried on few examples; the whole suite tries it on a hundred.
unit: $(VENV)/.dev
	YIDAN_PROFILE=quick $(TEST) -n 2 -p no:schemathesis tests/unit

# Everything on the embedded store, the longest first (tests/conftest.py); three at once on two cores, for many wait for a board or a process.
suite: $(VENV)/.dev
	$(TEST) -n 3 --dist loadfile --no-loadscope-reorder --ignore tests/browser tests

# In a process of its own: Playwright keeps an event loop running, in which Django refuses its database.
browser: $(VENV)/.dev
	$(TEST) tests/browser

# The same tests on a real PostgreSQL that is started for them, but for those that ask no store (tests/conftest.py).
postgres: $(VENV)/.dev
	YIDAN_HOME=$(CURDIR)/build/test-home-postgres $(BIN)/python -m tests.postgres -- $(BIN)/pytest -q -n 3 --dist loadfile --no-loadscope-reorder tests/api tests/component tests/contract tests/integration tests/property

bench: $(VENV)/.dev
	$(TEST) -s -p no:randomly tests/bench

screens: $(VENV)/.dev
	$(BIN)/python -m tests.browser.screens

# The shipped model, from the labelled data beside the checkout.
model: $(VENV)/.run
	$(BIN)/python -m analysis.train --data ../shared/data --output analysis/data/model

# Translations: collect, then (after editing the .po) compile.
messages: $(VENV)/.dev
	cd tracker && ../$(BIN)/python ../manage.py makemessages -l en --no-location
	cd tracker && ../$(BIN)/python ../manage.py compilemessages -l en

$(VENV)/.run: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
