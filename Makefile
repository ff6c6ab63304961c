# `make demo` and `make test` set up everything they need in .venv; nothing here needs root.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: bench demo test test-long test-docker test-python test-lowest soak check docs clean

demo: $(VENV)/.demo
	$(BIN)/graphkit demo --out demo

test: $(VENV)/.test
	$(BIN)/python -m pytest -m "not long" $(ARGS)

test-long: $(VENV)/.test
	$(BIN)/python -m pytest $(ARGS)
	GRAPHKIT_TEST_NEO4J_VERSION=5.26.30 $(BIN)/python -m pytest tests/contract tests/test_neo4j.py tests/test_cypher_text.py

# The tests on another Python, PYTHON=python3.13, or with the lowest versions that pyproject.toml allows: each in an
# environment of its own. ARGS="tests/test_package.py tests/parity" chooses some. Not in CI: run before a release.
test-python:
	$(MAKE) VENV=.venv-$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])') test

test-lowest:
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check uv
	.venv-lowest/bin/uv pip install --quiet --python .venv-lowest --resolution lowest-direct --editable '.[test]'
	.venv-lowest/bin/python -m pytest -m "not long" $(ARGS)

# The contract suite in a container, and docker-compose.yml from up to down; NEO4J_VERSION=5.26.30 for the long-term
# one. Where images cannot be pulled one is built here (debootstrap, root), and there is none of the testcontainers'
# helper Ryuk, which would remove what a killed suite leaves.
NEO4J_VERSION ?= 2026.08.1
test-docker: $(VENV)/.test
	NEO4J_IMAGE=$$($(BIN)/python -m tests.docker.image $(NEO4J_VERSION)) && [ -n "$$NEO4J_IMAGE" ] && \
	  export NEO4J_IMAGE GRAPHKIT_REQUIRE_NEO4J=1 TESTCONTAINERS_RYUK_DISABLED=true && \
	  $(BIN)/python -m pytest tests/contract tests/docker/compose.py $(ARGS)

# Clients, servers and embedded graphs killed at random moments, files broken at random: docs/reliability.md has what came of it.
soak: $(VENV)/.test
	$(BIN)/python -m tests.soak.neo4j
	$(BIN)/python -m tests.soak.embedded
	$(BIN)/python -m tests.soak.inputs

# The short form of every benchmark that needs no server, about ten minutes; each prints the machine, and its figures in one run.
bench: $(VENV)/.demo
	$(BIN)/python benchmarks/generate.py --short
	$(BIN)/python benchmarks/time_to_answer.py --short
	$(BIN)/python benchmarks/queries.py --short --timeout 20
	$(BIN)/python benchmarks/scaling.py --short
	$(BIN)/python benchmarks/simulation.py --sizes 1k,5k --repeats 1 --trials 100

# What .ci/run checks beside the tests.
check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	sh .ci/wheel $(BIN)/python

# The documentation site, in site/; ARGS="-D nb_execution_mode=off" leaves the notebooks unexecuted.
docs: $(VENV)/.docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html $(ARGS) docs site

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "graphkit needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>/dev/null || echo 'not one: it cannot be started'). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment; install its venv module (Debian: python3-venv)" >&2; exit 1; }

$(VENV)/.demo: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.test: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.demo

$(VENV)/.docs: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@

clean:
	rm -rf $(VENV) .venv-* demo dist site
