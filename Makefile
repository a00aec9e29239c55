# Needs Python 3.11 or later with venv, and make (GNU 3.81 will do). Everything else goes into .venv, pinned with hashes.
# A stamp file says what .venv already holds, so that a second run installs nothing and asks nobody.

VENV ?= .venv
PYTHON ?=
PYTHONS = $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14
BIN = $(VENV)/bin
QUIET_PIP = python -m pip --disable-pip-version-check --no-input -q
PIP = $(BIN)/$(QUIET_PIP)
LOCK = uv pip compile --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" -q $(LOCKFLAGS)
NPM_CI = npm ci --silent --ignore-scripts --no-audit --no-fund
NPM_LOCK = npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund
WITNESSES = $(addsuffix /node_modules/.stamp,tests/web tests/hours tests/botapi/node tests/matrix/node) $(VENV)/synapse/.stamp
TESTS ?= tests
PYTEST_FLAGS ?=

.PHONY: help run test quick check lint format bench eval prove lock learn tune messages clean prepare

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1 : /p' $(MAKEFILE_LIST)

run: $(VENV)/.run ## prepare, then serve every channel that is configured (the web alone without any setting)
	$(BIN)/repere serve

test: $(VENV)/.dev $(WITNESSES) ## every test; what is skipped is said, with its reason
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

bench: $(VENV)/.dev ## measure the engine, then the Telegram channel, against others
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench_telegram
	$(BIN)/python -m tests.bench_matrix

eval: $(VENV)/.dev tests/understanding/node/node_modules/.stamp ## how much is understood, beside other ways
	$(BIN)/python -m tests.understanding.evaluate

prove: $(VENV)/.dev ## measure every promise and print the table
	$(BIN)/python -m tests.prove

learn: $(VENV)/.dev ## learn again what people mean, from knowledge/phrases/
	$(BIN)/python -m scripts.learn

tune: $(VENV)/tune/.stamp ## teach the network again from knowledge/phrases/: an hour, then « make learn »
	$(VENV)/tune/bin/python -m scripts.tune
	$(VENV)/tune/bin/python -m scripts.narrow

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
	$(LOCK) --group pyproject.toml:synapse -o requirements/synapse.txt
	$(LOCK) pyproject.toml --group pyproject.toml:tune -c requirements/run.txt -o requirements/tune.txt
	cd tests/web && $(NPM_LOCK)
	cd tests/hours && $(NPM_LOCK)
	cd tests/understanding/node && $(NPM_LOCK)
	cd tests/botapi/node && $(NPM_LOCK)
	cd tests/matrix/node && $(NPM_LOCK)

prepare: $(VENV)/.dev $(WITNESSES) ## only install what tests and lint need

clean: ## forget .venv and every cache
	rm -rf $(VENV) build dist tests/web/node_modules tests/hours/node_modules tests/understanding/node/node_modules
	rm -rf tests/botapi/node/node_modules tests/matrix/node/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

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

# What judges the bot from outside: axe-core its pages, programs that nobody here wrote its channels. Where one cannot be
# had the tests that need it skip, and say so; in CI that is a failure.
tests/%/node_modules/.stamp: tests/%/package.json tests/%/package-lock.json
	@if command -v npm >/dev/null && (cd tests/$* && $(NPM_CI)); then \
		touch $@; \
	else \
		echo "Ce que demande tests/$* n'a pas pu être installé (npm, réseau ?) : les tests qui s'en servent seront sautés." >&2; \
		test -z "$$CI"; \
	fi

$(VENV)/tune/.stamp: $(VENV)/.python requirements/tune.txt
	$(BIN)/python -m venv $(VENV)/tune
	$(VENV)/tune/bin/$(QUIET_PIP) install --require-hashes -r requirements/tune.txt
	@touch $@

$(VENV)/synapse/.stamp: $(VENV)/.python requirements/synapse.txt
	@echo "Préparation de $(VENV)/synapse, un serveur Matrix pour les tests…"
	@if $(BIN)/python -m venv $(VENV)/synapse && \
		$(VENV)/synapse/bin/$(QUIET_PIP) install --require-hashes -r requirements/synapse.txt; then \
		touch $@; \
	else \
		echo "Synapse n'a pas pu être installé (réseau ?) : les tests qui le demandent seront sautés." >&2; \
		test -z "$$CI"; \
	fi
