# pgroundtrip: every command that CI runs, for local use. `make` alone lists them.
# Works with GNU make 3.81 (macOS) and later; recipes are plain POSIX shell.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# Nothing here needs C: builds are faster without it, and do not depend on whether a C compiler is installed.
export CGO_ENABLED := 0
TESTFLAGS ?=

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
ACTIONLINT  := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

# Without vet, here and in test, because lint runs it: this makes a cold build a sixth faster.
GOLDEN := go test -count=1 -vet=off -run '^TestGolden$$' ./internal/roundtrip

.PHONY: golden-check
golden-check: postgres ## round trip of every workload, compared with golden/
	@echo "$(GOLDEN)"
	@out=$$($(GOLDEN)); status=$$?; printf '%s\n' "$$out"; \
	case $$out in *'[no test'*) \
		echo 'golden-check: error: no case ran' >&2; exit 1;; \
	esac; exit $$status

.PHONY: golden-update
golden-update: postgres ## rewrite golden/ from this run; read the diff before you commit it
	$(GOLDEN) -update

# Tests spend part of their time waiting for servers and timeouts, so more packages run at once than there are cores. The
# packages with the longest tests start first, so that none of them runs alone at the end. Symbols for a debugger would
# take half of the time of the linker.
LONGEST    := $(addprefix ./internal/,roundtrip cli drill origin chain physical storytest standby selftest)
AT_ONCE    := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) * 3 / 2)))
SERVERS_IN := PGROUNDTRIP_TEST_TMPDIR="$$(sh .ci/tmpdir)"
TEST_ALL   := $(SERVERS_IN) go test -count=1 -vet=off -ldflags='-s -w' -p $(AT_ONCE) $(TESTFLAGS) $(LONGEST) ./...

.PHONY: test
test: postgres ## all tests, on a real server, with some variants of each case; PGROUNDTRIP_TEST_LONG=1 with every variant, as .ci/run
	$(TEST_ALL) -timeout 80m

.PHONY: test-all
test-all: postgres ## all tests at full length: whole matrix, 30 storms, 2,000 random definitions, then flips and fuzz; hours
	PGROUNDTRIP_MATRIX=full PGROUNDTRIP_TEST_STORMS=30 PGROUNDTRIP_DEFINITIONS=2000 \
		$(TEST_ALL) -timeout 5h
	$(MAKE) flips fuzz

# Tests of concurrent code; the race detector needs a C compiler. One major is enough, because majors are not the subject.
CONCURRENT := Jobs|Walk|Standb|Range|Interrupted|WritersGoOn|InEveryFormat|StaysCounts|Lock|TooOld|RowsThatDiffer
RACE       := $(SERVERS_IN) CGO_ENABLED=1 PGROUNDTRIP_TEST_BINDIRS= go test -count=1 -vet=off -race

.PHONY: race
race: postgres ## tests of concurrent code, under the race detector
	$(RACE) $(addprefix ./internal/,crew pgdump progress record safefile session take)
	$(RACE) -timeout 30m -run '$(CONCURRENT)' $(addprefix ./internal/,chain drill moment origin roundtrip standby)

.PHONY: bare
bare: ## set-up and README in a bare Debian root file system (debootstrap, as root)
	.ci/bare "$${TMPDIR:-/tmp}/pgroundtrip-bare"

.PHONY: lint
lint: ## gofmt, go vet, staticcheck, tidy go.mod, workflows, shell scripts
	@out=$$(gofmt -l .) || exit; \
	test -z "$$out" || { echo 'lint: error: not formatted (gofmt -w):' >&2; echo "$$out" >&2; exit 1; }
	go vet ./...
	GOOS=darwin go vet ./...
	GOOS=windows go vet ./...
	go run $(STATICCHECK) -checks all ./...
	go mod tidy -diff
	go run $(ACTIONLINT) -pyflakes= .github/workflows/*.yml
	@if command -v shellcheck >/dev/null; then \
		echo 'shellcheck'; shellcheck .ci/bare .ci/postgres .ci/run .ci/tmpdir .github/actions/*/*.sh; \
	else \
		echo 'lint: warning: NOT COVERED: shell scripts and the run: lines of workflows (no shellcheck)' >&2; \
	fi

.PHONY: build
build: ## bin/pgroundtrip
	go build -trimpath -buildvcs=auto -o bin/pgroundtrip ./cmd/pgroundtrip

# nfpm builds the packages. The version is the tag, or names the commit if there is none. nfpm writes the version 1.0-rc1
# as 1.0~rc1; GitHub changes the name of such an asset to 1.0.rc1, and SHA256SUMS must have that name.
NFPM      := github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.4
PLATFORMS := linux-amd64 linux-arm64 darwin-amd64 darwin-arm64
VERSION   ?= $(shell git describe --tags --match 'v*' 2>/dev/null || echo v0.0.0-$$(git rev-parse --short HEAD 2>/dev/null || echo unknown))
SHA256SUM := $(shell command -v sha256sum >/dev/null && echo sha256sum || echo shasum -a 256)

.PHONY: dist
dist: ## static binaries, .deb and .rpm packages and SHA256SUMS, in dist/
	rm -rf dist && mkdir dist
	@for platform in $(PLATFORMS); do \
		echo "dist/pgroundtrip-$$platform"; \
		GOOS=$${platform%-*} GOARCH=$${platform#*-} go build -trimpath -buildvcs=auto -ldflags '-s -w' \
			-o dist/pgroundtrip-$$platform ./cmd/pgroundtrip || exit; \
	done
	go run ./cmd/pgroundtrip completion bash > dist/completion.bash
	go run ./cmd/pgroundtrip completion zsh > dist/completion.zsh
	@for arch in amd64 arm64; do for packager in deb rpm; do \
		VERSION='$(VERSION)' ARCH=$$arch go run $(NFPM) package -f .ci/nfpm.yaml -p $$packager -t dist || exit; \
	done; done
	rm dist/completion.*
	@cd dist && for file in *~*; do \
		test ! -e "$$file" || mv "$$file" "$$(echo "$$file" | tr '~' .)" || exit; \
	done
	cd dist && $(SHA256SUM) * > SHA256SUMS

.PHONY: rename
rename: ## change the module path: make rename MODULE=example.com/you/pgroundtrip
	@test -n '$(MODULE)' || { echo 'rename: error: MODULE is missing: make rename MODULE=example.com/you/pgroundtrip' >&2; exit 1; }
	@old=$$(go list -m) && go mod edit -module '$(MODULE)' && \
	find . -name '*.go' -exec sed -i.old "s|\"$$old/|\"$(MODULE)/|g" {} + && find . -name '*.go.old' -exec rm {} + && \
	gofmt -w cmd internal sql golden && echo "$$old is $(MODULE) now"

.PHONY: bench
bench: postgres ## speed compared with bare psql, pg_dump, pg_restore and hashing, at 1,000,000 rows; about 25 minutes
	go test -run '^$$' -bench . -timeout 2h ./internal/roundtrip

BENCH_ROWS ?= 5000000

.PHONY: bench-memory
bench-memory: postgres ## memory of verify over BENCH_ROWS (5,000,000) rows
	PGROUNDTRIP_BENCH_ROWS=$(BENCH_ROWS) go test -run '^$$' -bench '^BenchmarkScale$$/^memory$$' -timeout 2h ./internal/roundtrip

.PHONY: bench-objects
bench-objects: postgres ## time of each query file with 2,000 and 8,000 objects of each kind; KINDS=views selects kinds by name
	PGROUNDTRIP_BENCH_KINDS='$(KINDS)' go test -run '^$$' -bench '^BenchmarkObjects$$' -benchtime 1x -timeout 2h ./internal/roundtrip

# Complete PostgreSQL installations, one per major; and folders with a server only.
BINDIRS = $(or $(PGROUNDTRIP_TEST_BINDIRS),$(shell for d in /usr/lib/postgresql/*/bin /opt/pg/*/bin; do \
	test -x $$d/postgres && test -x $$d/pg_dump && printf '%s:' $$d; done))
SERVERS = $(or $(PGROUNDTRIP_TEST_SERVERS),$(shell for d in /usr/lib/postgresql/*/bin /opt/pg/*/bin; do \
	test -x $$d/postgres && test ! -x $$d/pg_dump && printf '%s:' $$d; done))

.PHONY: matrix
matrix: postgres ## every format, compression, pair of majors, setting and encoding; rewrites testdata/matrix
	PGROUNDTRIP_TEST_BINDIRS='$(BINDIRS)' PGROUNDTRIP_MATRIX=full PGROUNDTRIP_MATRIX_OUT='$(CURDIR)/testdata/matrix' \
		go test -count=1 -timeout 60m -run '^TestMatrix$$' ./internal/roundtrip

.PHONY: archives
archives: postgres ## rewrites testdata/archive from a server of each major; needed when the schema changes
	PGROUNDTRIP_TEST_BINDIRS='$(BINDIRS)' PGROUNDTRIP_TEST_SERVERS='$(SERVERS)' \
		go test -count=1 -run '^TestCommittedArchivesStillProveOut$$' ./internal/roundtrip -update-archives

FLIPS ?= 167

.PHONY: flips
flips: postgres ## flips 1,000 single bits in archives of two workloads: each must be caught or harmless
	@for workload in text json; do \
		go run ./cmd/pgroundtrip selftest -workload $$workload -flips $(FLIPS) \
			-damage 'custom gzip: flip,custom uncompressed: flip,directory: flip' || exit; \
	done

FUZZTIME ?= 20s

.PHONY: fuzz
fuzz: postgres ## every fuzz target, FUZZTIME each
	@grep -rho --include='*_test.go' 'func Fuzz[A-Za-z]*' internal | sort -u | while read -r _ target; do \
		dir=$$(grep -rl --include='*_test.go' "func $$target(" internal | xargs -n 1 dirname | sort -u); \
		echo "go test -fuzz ^$$target\$$ ./$$dir"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s "./$$dir" || exit; \
	done

.PHONY: postgres
postgres: ## installs PostgreSQL's programs if there are none; golden-check, test and bench call it
	@sh .ci/postgres

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
