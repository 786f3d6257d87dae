# Everything a developer does. `make` builds into .venv/, `make help` lists the rest.
# Needs Python >= 3.11, Rust >= 1.95 and make; the rest is fetched from the package registries.

PYTHON ?= python3
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/wasi-messaging
# Outside the checkout, so that every clone shares one build of wasmtime.
export CARGO_TARGET_DIR ?= $(CACHE)/target

VENV := .venv
BIN := $(VENV)/bin
CARGO := cargo --quiet
ENGINE := engine/Cargo.toml
MANIFESTS := $(ENGINE) benches/loadgen/Cargo.toml conformance/toolchain/componentize/Cargo.toml
RUST_GUESTS := $(wildcard guests/*/guest.rs conformance/components/*/guest.rs)
RUST_SOURCES := $(shell find engine wit -type f -not -path '*/target/*')
PYTHON_CODE := src tests benches guests conformance examples scripts

.PHONY: build
build: $(BIN)/.built ## Build the package into .venv/ (the default)

$(BIN)/.tools: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip 'maturin>=1.9,<2'
	touch $@

$(BIN)/.built: $(BIN)/.tools $(RUST_SOURCES)
	@echo "building the engine; the first time this compiles wasmtime, about six minutes on two cores"
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --release --quiet
	touch $@

$(BIN)/.dev: $(BIN)/.built
	$(BIN)/python -m pip install --quiet $$($(BIN)/python scripts/extra.py dev)
	touch $@

$(BIN)/.demo: $(BIN)/.built
	$(BIN)/python -m pip install --quiet $$($(BIN)/python scripts/extra.py demo)
	touch $@

.PHONY: demo
demo: $(BIN)/.demo ## Run the main job on real data with the embedded broker
	$(BIN)/python examples/weather/demo.py

.PHONY: test
test: lint test-engine test-python conformance ## Set up and run everything that must pass

.PHONY: test-engine
test-engine: ## Rust tests; they need no Python
	$(CARGO) test --release --manifest-path $(ENGINE) --package wasi-messaging-engine

.PHONY: test-python
test-python: guests ## Unit, guest, broker and command-line tests
	$(BIN)/python -m pytest

KILLS ?= 100
# More of its options, as FAULTS='--broker embedded --rolling'.
FAULTS ?=

.PHONY: test-faults
test-faults: $(BIN)/.dev ## Kill hosts, broker and connections at random, for as long as you like (KILLS=1000 SEED=1)
	$(BIN)/python tests/faults/campaign.py --kills $(KILLS) $(if $(SEED),--seed $(SEED)) $(FAULTS)

SECONDS ?= 60
# More of its options, as FUZZ='--only messages --json'.
FUZZ ?=

.PHONY: fuzz
fuzz: $(BIN)/.dev ## Give the host random components, bytes, messages, configurations (SECONDS=1800 SEED=7)
	$(BIN)/python tests/fuzz/campaign.py --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(FUZZ)

.PHONY: lint
lint: $(BIN)/.dev ## Formatting, lints and types of Python and Rust
	$(BIN)/ruff format --check $(PYTHON_CODE)
	$(BIN)/ruff check $(PYTHON_CODE)
	$(BIN)/mypy
	for manifest in $(MANIFESTS); do $(CARGO) fmt --all --check --manifest-path $$manifest || exit 1; done
	rustfmt --edition 2024 --check $(RUST_GUESTS)
	$(CARGO) clippy --release --manifest-path $(ENGINE) --all-targets -- -D warnings

.PHONY: format
format: $(BIN)/.dev ## Format Python and Rust
	$(BIN)/ruff format $(PYTHON_CODE)
	$(BIN)/ruff check --fix $(PYTHON_CODE)
	for manifest in $(MANIFESTS); do $(CARGO) fmt --all --manifest-path $$manifest || exit 1; done
	rustfmt --edition 2024 $(RUST_GUESTS)

.PHONY: guests
guests: $(BIN)/.dev ## Build the guest components of the tests from source
	$(BIN)/python scripts/install_toolchains.py
	$(BIN)/python guests/build.py
	$(BIN)/python conformance/build.py

.PHONY: conformance
conformance: guests ## Run the conformance suite on every broker; PAGE=1 rewrites docs/conformance.md
	$(BIN)/python scripts/conformance.py $(if $(PAGE),--page)

.PHONY: bench
bench: bench-setup ## Measure everything beside what else there is, and write docs/performance.md (about two hours)
	@# A part that fails costs the others neither their figures nor the page, but it is a failure.
	$(BIN)/python benches/bench.py; status=$$?; $(BIN)/python benches/bench.py --page && exit $$status

.PHONY: bench-quick
bench-quick: bench-setup ## The same in some minutes, as a rough idea; the page stays
	$(BIN)/python benches/bench.py --quick

.PHONY: bench-setup
bench-setup: guests
	$(BIN)/python -m pip install --quiet $$($(BIN)/python scripts/extra.py bench)
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --profile dist --quiet

.PHONY: clean
clean: ## Remove what was built here; the shared caches stay
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis src/wasi_messaging/*.so

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
