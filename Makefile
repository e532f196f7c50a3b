# CocoCat Channels. `make` alone lists what there is to do.
# Needs make (GNU 3.81 or newer), a POSIX shell and a Python; the rest it installs
# into .venv and .tools. The longer recipes are in scripts/.

.DEFAULT_GOAL := help
.PHONY: help setup ready build image run local-api test bench soak check format lock clean

SCENES ?=
PORT ?=
ARGS ?=
export ARCH BOTS IMAGE MINUTES SCENES PORT UPGRADE

help: ## show this list
	@echo 'Usage: make TARGET [NAME=value ...]'
	@echo
	@awk -F': .*## |: ## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

setup: ## install everything into .venv and .tools; does nothing when it is all there
	@sh scripts/setup.sh

# What other targets need: the same, without a word when there is nothing to do.
ready:
	@sh scripts/setup.sh --quiet

run: ready ## run it all on this machine, without AWS or accounts [SCENES=folder PORT=number]
	@exec .venv/bin/python -m cococat.local --parent $$PPID $${SCENES:+--scenes "$$SCENES"} $${PORT:+--port "$$PORT"}

local-api: ready ## the same, the doors in Lambda's containers by `sam local start-api` [SCENES=folder PORT=number]
	@exec .venv/bin/python -m cococat.local.api --parent $$PPID $${SCENES:+--scenes "$$SCENES"} $${PORT:+--port "$$PORT"}

test: ready ## run the tests, several groups at a time [ARGS="--full GROUP..."]
	@.venv/bin/python tests/run.py $(ARGS)

bench: ready ## measure a door, cold and warm, beside what others would cost [ARGS="--quick --json"]
	@sh scripts/setup.sh --quiet --bench >&2
	@sh scripts/build.sh --quiet >&2
	@.tools/bench/bin/python -m bench $${BUILT:+--built "$$BUILT"} $(ARGS)

soak: ready ## run the sidecar for minutes and see whether it stays as it is [MINUTES=10 BOTS=40]
	@sh scripts/setup.sh --quiet --bench >&2
	@sh scripts/build.sh --quiet >&2
	@.tools/bench/bin/python -m bench.soak $${BUILT:+--built "$$BUILT"} \
		$${MINUTES:+--minutes "$$MINUTES"} $${BOTS:+--bots "$$BOTS"}

check: ready ## lint, types, import contracts, template
	@sh scripts/check.sh

format: ready ## let ruff format the code and mend what it can
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

build: ready ## build the functions and the layer for this machine [SCENES=folder ARCH=x86_64|arm64]
	@sh scripts/build.sh

image: ready ## build the sidecar's container image and try it [IMAGE=name ARCH=x86_64|arm64]
	@sh scripts/sidecar-image.sh

lock: ready ## resolve all dependencies into hashed lock files [UPGRADE=1 for newer ones]
	@sh scripts/lock.sh

clean: ## remove all that was made, .venv and .tools too
	rm -rf .venv .tools .aws-sam .cococat
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
