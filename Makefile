# `make run` and `make test` are all that a fresh machine with Go, gcc, make and
# git needs. The other targets name what they miss.

SHELL   := /bin/sh
GO      ?= go
TIME    ?= 30s
SHORT   ?=
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -X assay/cli.version=$(VERSION)
SCRATCH := $(CURDIR)/.scratch

# The version comes from git describe, so Go need not ask git again: that fails
# in a checkout that belongs to somebody else.
BUILD   := $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)'

# Where goroutines and processes meet; these packages are tested with the race detector.
RACE    := ./core/worker/... ./storage/... ./tui/app/...

# Tests read clocks and sort text; both are the same everywhere.
export TZ   := UTC
export LANG := C.UTF-8

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 14

.PHONY: toolchain
toolchain:
	@sh .ci/toolchain

.PHONY: build
build: toolchain ## build bin/assay
	$(BUILD) -o bin/assay .

.PHONY: run
run: build ## open the screens on the demo, in a scratch home; without a terminal play it headless
	@mkdir -p $(SCRATCH)/home
	ASSAY_HOME=$(SCRATCH)/home bin/assay demo --open

.PHONY: test
test: toolchain ## vet and the quick suite; SHORT=1 leaves out the race detector and longer cases
	$(GO) vet ./...
ifdef SHORT
	$(GO) test -short ./...
else
	$(GO) test $$($(GO) list ./... | grep -vxF "$$($(GO) list $(RACE))")
	$(GO) test -race $(RACE)
endif

.PHONY: slow
slow: toolchain ## tests that take minutes
	$(GO) test -tags slow -timeout 60m ./...

.PHONY: e2e
e2e: toolchain ## the real binary: scripts, tmux, kill and resume; SHORT=1 for fewer kills
	$(GO) vet -tags e2e ./e2e/...
	@command -v tmux >/dev/null 2>&1 || echo "tmux is not installed: its tests are skipped (Debian and Ubuntu: apt-get install tmux)"
	$(GO) test -tags e2e -count 1 -timeout 30m $(if $(SHORT),-short) ./e2e/...

.PHONY: fuzz
fuzz: toolchain ## every fuzz target in turn, TIME=30s each
	@set -e; \
	for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "== $$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(TIME) $$pkg; \
		done; \
	done

.PHONY: lint
lint: toolchain ## gofmt, vet, golangci-lint where it is installed, and the rules of repo_test.go
	@out=$$(gofmt -l $$(find . -name '*.go' -not -path './.scratch/*')); \
	if [ -n "$$out" ]; then echo "not gofmt-ed:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags e2e ./e2e/...
	@if command -v golangci-lint >/dev/null 2>&1; then golangci-lint run ./...; \
	else echo "golangci-lint is not installed: only gofmt, vet and our own rules were checked"; fi
	$(GO) test -count 1 .

.PHONY: bench
bench: build ## rates, budgets and times beside their limits
	@sh .ci/bench

.PHONY: bench-train
bench-train: toolchain ## training rate beside PyTorch; TORCH=python that imports it
	@sh .ci/prunerate

.PHONY: prune-sweep
prune-sweep: build ## the big sweep of the pruning bench: 7 methods x 6 compressions x 3 seeds on LeNet-5
	bin/assay prune sweep --net lenet5 --data mnist --methods random,magnitude,snip,grasp,synflow,force,panning \
		--exponents 0.5..3.0:0.5 --seeds 3 --preset quick --threads 2

.PHONY: prune-agent
prune-agent: build ## train the agent of panning-rl that ships, to a scratch file
	bin/assay prune agent --net lenet300 --steps 6000 --warmup 1000 --hidden 64 --bank 8 --out agent.safetensors

.PHONY: gen
gen: build ## write what is generated below docs: reference, schemas, manual page
	bin/assay reference --out docs

.PHONY: clean
clean: ## remove what was built, and the scratch home
	rm -rf bin $(SCRATCH)
