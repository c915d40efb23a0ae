# The one door: everything that is done to this repository is a target here. Steps that have nothing to do say so and
# pass; each announces itself in one line. The scripts they call can be read on their own.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := help

# make run DATA=/srv/zhucun LISTEN=0.0.0.0:9000
DATA ?= data
LISTEN ?= 127.0.0.1:8080
# make fuzz SECONDS=3600 TARGETS="gate differential"
SECONDS ?= 600
TARGETS ?=
PWA := web-pwa/dist
ZHUCUN := target/release/zhucun
# make sim SEEDS=20000 FROM=1
SEEDS ?= 1000
FROM ?= 1
DEMO ?= --data $(DATA) demo --listen $(LISTEN) --pwa $(PWA)

# The browser's binding is compiled for WASM; together with it the native crates would be built twice, since it turns on
# features of theirs.
NATIVE := --workspace --exclude zhucun-wasm
# Where nobody can answer for a changed lock file, it must not change.
LOCKED := $(if $(CI),--locked)

BENCH := cargo run $(LOCKED) --quiet --release --package zhucun-tests --bin bench

export ZHUCUN_VILLAGE := $(CURDIR)/target/bench-village
export ZHUCUN_BIN := $(CURDIR)/$(ZHUCUN)
export ZHUCUN_PWA := $(CURDIR)/$(PWA)

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: set-up-run build ## build everything and start a demonstration on http://127.0.0.1:8080
	@echo "== demonstration on http://$(LISTEN), data in $(DATA)/"
	@exec $(ZHUCUN) $(DEMO)

.PHONY: test
test: set-up static build rust-tests e2e ## everything that must hold: check, every Rust test, the browser tests

.PHONY: check
check: set-up-run static unit-tests ## the fast part: formats, lints, types, unit tests of core and server

.PHONY: bench
bench: set-up build ## measure sync, memory, disk, download sizes, a browser; also written to target/bench*.json
	@echo "== benchmark"
	@$(BENCH)
	@echo "== benchmark of a browser"
	@rm -rf $(ZHUCUN_VILLAGE)
	@mkdir -p $(ZHUCUN_VILLAGE)/data
	@$(BENCH) -- --village $(ZHUCUN_VILLAGE)/data
	@cd tests/e2e && npm run --silent bench

.PHONY: fuzz fuzz-replay
fuzz: set-up-fuzz ## fuzz every parser, the gate and replicas with coverage, for SECONDS=n in all
	@scripts/fuzz $(SECONDS) $(TARGETS)
fuzz-replay: ## show what fuzzing found, again: FILE=target/fuzz/finding/...
	@cargo run $(LOCKED) --quiet --package zhucun-fuzz -- $(FILE)

.PHONY: sim
sim: set-up-run ## play SEEDS=n seeds of the simulator from FROM=m; cargo sim SEED plays one with its trace
	@echo "== simulator"
	@cargo run $(LOCKED) --quiet --release --package zhucun-tests --bin sim -- --seeds $(SEEDS) --from $(FROM)

.PHONY: walkthrough
walkthrough: set-up build ## draw the pictures of docs/WALKTHROUGH.md anew
	@echo "== walkthrough"
	@cd tests/e2e && npm run --silent walkthrough

.PHONY: fmt
fmt: set-up-run ## format Rust, TypeScript, Vue and what lies around them
	@echo "== formatting"
	@cargo fmt --all
	@cd web-pwa && npm run --silent format

.PHONY: set-up
set-up: ## install what building and testing need; says what and why
	@scripts/set-up test

.PHONY: set-up-run set-up-fuzz
set-up-run:
	@scripts/set-up run
set-up-fuzz:
	@scripts/set-up fuzz

.PHONY: build
build: set-up-run wasm pwa ## build the core for the browser, the PWA and the server
	@echo "== server, release build"
	@cargo build $(LOCKED) --release --package zhucun-server

.PHONY: types
types: ## write the TypeScript types of the client contract
	@echo "== types of the client contract"
	@$(PRINT_TYPES) > $(TYPES).new
	@mv $(TYPES).new $(TYPES)

.PHONY: clean
clean: ## remove what was built; installed tools and data stay
	@echo "== clean"
	@rm -rf target/debug target/release target/fuzz target/wasm-build target/pwa-build target/e2e web-pwa/dist web-pwa/src/host/wasm

# The parts.
TYPES := web-pwa/src/host/contract.ts
PRINT_TYPES := cargo run $(LOCKED) --quiet --package zhucun-core --features types --example types

.PHONY: wasm pwa
wasm:
	@scripts/build-wasm
pwa: wasm
	@scripts/build-pwa

.PHONY: static fmt-check clippy types-check web-check
static: fmt-check clippy types-check web-check
fmt-check:
	@echo "== rustfmt"
	@cargo fmt --all --check
clippy:
	@echo "== clippy"
	@cargo clippy $(LOCKED) --workspace --all-targets --all-features -- -D warnings
types-check:
	@echo "== types of the client contract are up to date"
	@$(PRINT_TYPES) | diff - $(TYPES) || { echo "run make types"; exit 1; }
web-check: wasm
	@echo "== prettier, oxlint, vue-tsc"
	@cd web-pwa && npm run --silent format-check && npm run --silent lint && npm run --silent types
	@if [ -d tests/e2e/node_modules ]; then $(MAKE) e2e-check; fi

.PHONY: e2e-check
e2e-check:
	@echo "== oxlint, tsc: browser tests"
	@cd tests/e2e && ../../web-pwa/node_modules/.bin/oxlint --deny-warnings -c ../../web-pwa/.oxlintrc.json
	@cd tests/e2e && npm run --silent types

.PHONY: unit-tests rust-tests e2e
unit-tests:
	@echo "== unit tests of core and server"
	@cargo test $(LOCKED) --package zhucun-core --package zhucun-server --lib --bins
rust-tests:
	@echo "== Rust tests"
	@cargo test $(LOCKED) $(NATIVE)
e2e:
	@echo "== browser tests"
	@cd tests/e2e && npm test
