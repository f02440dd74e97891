# The commands of the house; `make help` tells them apart.

SWIFT ?= swift
export SWIFT
PREFIX ?= /usr/local
SHARE = $(DESTDIR)$(PREFIX)/share/slipway
# A build folder of its own, so that a release and a debug build do not wait for each other.
RELEASE = -c release --scratch-path .build-release --static-swift-stdlib -Xlinker -s
STRICT = --explicit-target-dependency-import-check error
FORMATTED = Sources Tests Package.swift

.DEFAULT_GOAL := build
.PHONY: build demo test check journeys bench soak format lint install docs clean help

# Static Swift runtime, stripped: the host needs libc, libstdc++, libsqlite3 and libgit2 only.
build:                  ## the release binary, at build/slipway
	@scripts/packages build
	$(SWIFT) build $(RELEASE) --product slipway $(STRICT)
	@mkdir -p build
	@cp "$$($(SWIFT) build $(RELEASE) --show-bin-path)/slipway" build/slipway.new && mv build/slipway.new build/slipway

# A push on real parts, left running; SLIPWAY_BIN=PATH takes that binary instead of building one.
demo:                   ## install what is missing, build, and show a push on a sandbox
	@scripts/packages build sandbox
	@test -n "$$SLIPWAY_BIN" || $(MAKE) --no-print-directory build
	@SLIPWAY_BIN="$${SLIPWAY_BIN:-build/slipway}" scripts/demo

test:                   ## install what is missing, then everything: check and journeys
	@scripts/packages build sandbox
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory journeys

# One debug build serves the unit tests, the house tests and, afterwards, the journeys.
check: lint             ## formatting, build with warnings as errors, all tests but the journeys
	@scripts/packages build sandbox
	$(SWIFT) build --build-tests $(STRICT)
	@scripts/tests --skip JourneyTests

journeys:               ## the stories on a sandbox; FILTER=... for some of them
	@scripts/packages build sandbox
	$(SWIFT) build --build-tests $(STRICT)
	@scripts/journeys $(FILTER)

soak:                   ## the same stories at full counts, into build/soak.json
	@scripts/packages build sandbox
	$(SWIFT) build --build-tests $(STRICT)
	@scripts/journeys --full $(FILTER)

bench: build            ## measure the release binary on a sandbox, into build/bench.json; PARTS=... for some of it
	@scripts/packages build sandbox bench
	$(SWIFT) build $(RELEASE) --product load $(STRICT)
	@scripts/bench $(PARTS)

format:                 ## rewrite all Swift files in the house's format
	$(SWIFT) format --in-place --recursive --parallel $(FORMATTED)

lint:                   ## what `format` and the linter would change, as errors
	@$(SWIFT) format lint --strict --recursive --parallel $(FORMATTED)

install: build          ## build/slipway and the bundled plugins into PREFIX, then: slipway setup
	install -D -m 755 build/slipway $(DESTDIR)$(PREFIX)/bin/slipway
	rm -rf $(SHARE)
	install -d -m 755 $(SHARE)
	cp -R plugins Sources/SlipwayHooks compat/dokku $(SHARE)/
	chmod -R u=rwX,go=rX $(SHARE)
	@echo "Installed. Next, as root: $(PREFIX)/bin/slipway setup"

docs: build             ## the manual at build/man, docs/commands.md and docs/properties.md, as the binary tells them
	build/slipway help:pages build/man --docs docs

clean:                  ## what was built
	rm -rf .build .build-release build

help:                   ## this
	@sed -n 's/^\([a-z]*\):[^#]*## */\1\t/p' Makefile | expand -t 12
