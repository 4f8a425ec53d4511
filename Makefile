# Everything a developer does, from a machine that has only Python 3.11 or later, pip, make and git.
#
# Each target makes what it needs first and does nothing twice. uv comes by pip into .tools, every package from a lock
# with hashes into .venv, a browser for the tests into .browser; nothing is installed outside this folder.

PY ?= python3
ARGS ?=
SEED ?= 1
LIVES ?= 10000
CARDS ?= 20000
DIFFERENCES ?= 1000
ROWS ?= 1000000
ORDERS ?= 1000000
SIZE ?= 300
DATABASE ?= SQLite
RECEIVERS := tests/receivers/node_modules/.package-lock.json
CHROMIUM ?= $(firstword $(wildcard /usr/bin/chromium) .browser/chromium)

# Where the machine keeps its own certificates, it may need them to reach its package registry.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= 1
export NODE_USE_SYSTEM_CA ?= 1
endif
export UV_PYTHON_DOWNLOADS := never
export PIP_ROOT_USER_ACTION ?= ignore
export PIP_DISABLE_PIP_VERSION_CHECK ?= 1
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH
# Compiled once and kept: starting a command takes half the time then, and the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo run test check lint types floors locks tidy openapi fuzz bench proofs crashes cards lives differences report scale lock clean

UV := .tools/bin/uv
RUN_READY := .venv/ready-run
DEV_READY := .venv/ready-dev

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(RUN_READY) ## unattended customers buy through a whole shop, and the books are shown; ends by itself
	.venv/bin/checkout demo

run: $(RUN_READY) ## start the same shop and leave it up
	.venv/bin/checkout demo --keep

test: $(DEV_READY) $(CHROMIUM) $(RECEIVERS) ## all tests; a part of them by ARGS="tests/domain -k money"
	@.venv/bin/pytest $(ARGS)

check: lint types floors locks tidy ## lint, types, floors, locks, and what no linter sees; --keep-going shows all

lint: $(DEV_READY)
	.venv/bin/ruff check --quiet .
	.venv/bin/ruff format --check --quiet .

types: $(DEV_READY)
	.venv/bin/mypy

floors: $(DEV_READY)
	.venv/bin/lint-imports --no-logo

locks: $(DEV_READY)
	.venv/bin/python lock/locks.py check

tidy: $(DEV_READY)
	.venv/bin/pytest -q -n0 tests/house

openapi: $(DEV_READY) ## write docs/openapi.json and docs/problems.md anew, as the code has them
	.venv/bin/python -m tests.web.api.freezing

fuzz: $(DEV_READY) ## ask the API what its description allows and forbids; SIZE=300 and SEED choose how much
	FUZZ_SIZE=$(SIZE) FUZZ_SEED=$(SEED) .venv/bin/pytest -n0 --timeout=0 tests/web/api/test_fuzzing.py $(ARGS)

bench: $(DEV_READY) ## measure the doors, ratios within one run
	.venv/bin/python -m tests.bench $(ARGS)

proofs: crashes cards differences report lives scale ## all of the next six, which take hours; SEED and DATABASE=PostgreSQL choose

crashes: $(DEV_READY) ## web, worker and what tells the shop are killed at every single step, on both databases
	CRASH_EVERY=1 .venv/bin/pytest --timeout=0 tests/e2e/test_kill_nine.py tests/e2e/test_notices_kill_nine.py

cards: $(DEV_READY) ## CARDS=20000 card numbers in every spelling come up to the doors, and none past them
	.venv/bin/python -m tests.proofs cards --size $(CARDS) --seed $(SEED)

lives: $(DEV_READY) ## LIVES=10000 payments live on, and the books equal PayPal's however its messages fare
	.venv/bin/python -m tests.proofs lives --size $(LIVES) --seed $(SEED) --database $(DATABASE)

differences: $(DEV_READY) ## DIFFERENCES=1000 of every kind in PayPal's report: all are found, none made up
	.venv/bin/python -m tests.proofs discrepancies --size $(DIFFERENCES) --seed $(SEED) --database $(DATABASE)

scale: $(DEV_READY) ## ORDERS=1000000 orders with five events each: every list, search and timeline within 300 ms
	.venv/bin/python -m tests.proofs scale --orders $(ORDERS) --seed $(SEED) --database PostgreSQL

report: $(DEV_READY) ## a report of ROWS=1000000 is compared within 256 MB, killed and resumed
	.venv/bin/python -m tests.proofs report --rows $(ROWS) --database $(DATABASE)

lock: $(UV) ## compile the locks again after a change of dependencies; newer versions by ARGS=--upgrade
	$(PY) lock/locks.py compile $(ARGS)

clean: ## remove everything that was made here
	rm -rf .venv .tools .browser tests/*/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip's --target needs neither a virtual environment nor leave to change a system that is "externally managed".
$(UV): lock/uv.txt
	@$(PY) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later is needed: make PY=python3.12")'
	$(PY) -m pip install --quiet --require-hashes --upgrade --target .tools -r lock/uv.txt
	@touch $@

# One environment. What runs the shop is a part of what tests it, at the same versions: so where the tests' packages are
# installed they stay, and going from one to the other installs only what is missing.
$(RUN_READY): $(UV) lock/run.txt pyproject.toml
	$(call install,$(if $(wildcard $(DEV_READY)),dev,run))
	@touch $(if $(wildcard $(DEV_READY)),$(DEV_READY)) $@

$(DEV_READY): $(UV) lock/dev.txt lock/run.txt pyproject.toml
	$(call install,dev)
	@touch $(RUN_READY) $@

# What was downloaded before needs no network. The project itself is only linked, by the build backend inside uv.
define install
@.venv/bin/python -c '' 2>/dev/null || $(UV) venv --quiet --clear --python "$$(command -v $(PY))" .venv
@for network in --offline ""; do \
	$(UV) pip sync --quiet --python .venv --require-hashes $$network lock/$(1).txt 2>.tools/said && exit; \
done; cat .tools/said >&2; exit 1
@$(UV) pip install --quiet --python .venv --offline --no-deps --editable .
endef

# What a shop checks our notices with in JavaScript. Node comes with the tests' packages.
$(RECEIVERS): tests/receivers/package-lock.json | $(DEV_READY)
	@cd tests/receivers && export PATH="$(CURDIR)/.venv/bin:$$PATH" \
		&& npm ci --silent --prefer-offline --ignore-scripts --no-audit --no-fund
	@touch $@

# Only where the system has no Chromium. Node comes with the tests' packages.
.browser/chromium: tests/browser/package-lock.json tests/browser/unpack.mjs | $(DEV_READY)
	rm -rf .browser && mkdir .browser
	@cd tests/browser && export PATH="$(CURDIR)/.venv/bin:$$PATH" \
		&& npm ci --silent --prefer-offline --ignore-scripts --no-audit --no-fund \
		&& TMPDIR="$(CURDIR)/.browser" node unpack.mjs
	@touch $@

/usr/bin/chromium: ;
