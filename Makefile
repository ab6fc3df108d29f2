# `make demo` and `make test` need nothing but a Swift toolchain: what is missing they install.

SWIFT   ?= swift
PREFIX  ?= /usr/local
SOAK    ?= 10
RELEASE := -c release --static-swift-stdlib
SUDO    := $(if $(filter 0,$(shell id -u)),,sudo)
SOURCES := Package.swift Sources Tests

FUZZ_SECONDS ?= 60

.PHONY: demo test lint format parity bench fuzz soak build install uninstall setup clean

demo: build ## Build a release and run lesson 3 on the real kernel
	@teach="$$($(SWIFT) build $(RELEASE) --show-bin-path)/teach"; \
	if "$$teach" doctor >/dev/null; then "$$teach" run lesson3; else $(SUDO) "$$teach" run lesson3; fi

test: setup ## Build everything and pass the tests
	$(SWIFT) build --build-tests
	$(SUDO) env "PATH=$$PATH" $(SWIFT) test --skip-build $(TESTS)

lint: ## Hold the sources against the format
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

format: ## Bring the sources into the format
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

parity: setup ## Compare with other tools; installs them
	Tests/parity/run

bench: setup ## Measure the ratios of docs/benchmarks.md, or those of BENCH="name ..."; installs the peers, needs root
	Tests/Benchmarks/run $(BENCH)

fuzz: ## Feed libFuzzer's inputs to the scripts' parser, the simulated kernel, the readers of Dockerfiles and layers for FUZZ_SECONDS (60)
	Tests/Fuzzing/run $(FUZZ_SECONDS)

# Optimised, a random operation costs a third; all else is tested as it is built every day, with its assertions.
OPERATIONS := ScriptDifferentialTests.agreement
OPTIMISED  := -c release -Xswiftc -enable-testing --scratch-path .build/soak

soak: setup ## The proofs at SOAK=10 times the length that `make test` gives them: 10 million operations in an hour, the rest in hours
	$(SWIFT) build --build-tests $(OPTIMISED)
	$(SUDO) env "PATH=$$PATH" TEACH_SOAK=$(SOAK) $(SWIFT) test --skip-build $(OPTIMISED) --filter $(OPERATIONS)
	TEACH_SOAK=$(SOAK) $(MAKE) test TESTS="--skip $(OPERATIONS)"
	$(MAKE) fuzz FUZZ_SECONDS=3600

build: setup ## Build a release of teach and teach-runc
	@$(SWIFT) build $(RELEASE) --product teach
	@$(SWIFT) build $(RELEASE) --product teach-runc

install: build ## Binaries, lessons, slides and completions under $(PREFIX); DOCKER=1 adds a `docker` link
	scripts/install "$$($(SWIFT) build $(RELEASE) --show-bin-path)" "$(DESTDIR)$(PREFIX)" $(if $(DOCKER),docker)

uninstall:
	scripts/uninstall "$(DESTDIR)$(PREFIX)"

setup:
	@scripts/setup

clean: ## Remove what was built; what teach has recorded stays
	rm -rf .build
