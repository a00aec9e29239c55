# Needs Python 3.11 or later with venv, and make (GNU 3.81 will do). Everything else goes into .venv, pinned with hashes.
# A stamp file says what .venv already holds, so that a second run installs nothing and asks nobody.

VENV ?= .venv
PYTHON ?=
PYTHONS = $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --no-input -q
LOCK = uv pip compile --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" -q $(LOCKFLAGS)
TESTS ?= tests
PYTEST_FLAGS ?=

.PHONY: help run test quick check lint format bench prove lock messages clean prepare

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1 : /p' $(MAKEFILE_LIST)

run: $(VENV)/.run ## prepare, then serve every channel that is configured (the web alone without any setting)
	$(BIN)/repere serve

test: $(VENV)/.dev tests/web/node_modules/.stamp ## every test; what is skipped is said, with its reason
	$(BIN)/python -m pytest -rs $(PYTEST_FLAGS) $(TESTS)

quick: $(VENV)/.dev ## the tests that answer within seconds
	$(BIN)/python -m pytest -rs -m "not slow" $(PYTEST_FLAGS) $(TESTS)

check: $(VENV)/.run ## walk every screen of the shipped content and prove the invariants
	$(BIN)/repere check

lint: $(VENV)/.dev ## ruff, its formatter, mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev ## let ruff rewrite
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## measure the engine against others
	$(BIN)/python -m tests.bench

prove: $(VENV)/.dev ## measure every promise and print the table
	$(BIN)/python -m tests.prove

messages: $(VENV)/.dev ## gather the sentences to translate, and bring every catalogue up to date
	@mkdir -p build
	$(BIN)/pybabel extract --omit-header --no-wrap --add-location=file -F pyproject.toml -o build/messages.pot .
	$(BIN)/pybabel update --no-wrap --no-fuzzy-matching -i build/messages.pot -d locales

lock: ## choose the pinned versions again (LOCKFLAGS=--upgrade for newer ones); needs uv and npm
	@command -v uv >/dev/null || { echo "make lock demande « uv » : python3 -m pip install uv"; exit 1; }
	$(LOCK) pyproject.toml -o requirements/run.txt
	$(LOCK) --group pyproject.toml:build -o requirements/build.txt
	$(LOCK) pyproject.toml --group pyproject.toml:dev -c requirements/run.txt -c requirements/build.txt \
		-o requirements/dev.txt
	cd tests/web && npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund

prepare: $(VENV)/.dev tests/web/node_modules/.stamp ## only install what tests and lint need

clean: ## forget .venv and every cache
	rm -rf $(VENV) build dist tests/web/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

$(VENV)/.python:
	@found=; for p in $(PYTHONS); do \
		if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$p; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Repère demande Python 3.11 ou plus récent ; essayés sans succès : $(PYTHONS)." >&2; \
		echo "S'il est ailleurs : make PYTHON=/chemin/vers/python3" >&2; exit 1; \
	fi; \
	if ! "$$found" -c 'import venv, ensurepip' 2>/dev/null; then \
		echo "$$found n'a pas le module venv. Debian, Ubuntu : sudo apt install python3-venv" >&2; exit 1; \
	fi; \
	echo "Préparation de $(VENV) avec $$("$$found" --version)…"; \
	"$$found" -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python pyproject.toml requirements/run.txt requirements/build.txt
	$(PIP) install --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.python pyproject.toml requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $(VENV)/.run $@

# axe-core judges the pages. Where it cannot be had the tests that need it skip, and say so; in CI that is a failure.
tests/web/node_modules/.stamp: tests/web/package.json tests/web/package-lock.json
	@if command -v npm >/dev/null && (cd tests/web && npm ci --silent --ignore-scripts --no-audit --no-fund); then \
		touch $@; \
	else \
		echo "axe-core n'a pas pu être installé (npm, réseau ?) : les tests qui le demandent seront sautés." >&2; \
		test -z "$$CI"; \
	fi
