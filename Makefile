# The commands of this repository. A machine needs only make and a python3 (3.9 or newer);
# toolchain/ installs everything else into this folder, once. See docs/development.md.

PYTHON := .venv/bin/python
# The first Python that really runs: version managers leave shims on PATH without their Python.
# It needs only its standard library; -S leaves the rest out. The one of .venv starts faster.
PYTHONS = $(PYTHON) python3 /usr/bin/python3 /usr/local/bin/python3 python3.13 python
IS_NEW = import sys; sys.version_info < (3, 9) and sys.exit(1); print(sys.executable)
BOOTSTRAP = $(shell for p in $(PYTHONS); do "$$p" -S -c '$(IS_NEW)' 2>/dev/null && break; done)
NO_PYTHON = python3 (3.9 or newer) is needed, and none runs: install one, then try again
PREPARE = @python="$(BOOTSTRAP)"; \
	test -n "$$python" || { echo "$(NO_PYTHON)" >&2; exit 1; }; \
	"$$python" -S -m toolchain.prepare

FLEET ?=
BUNDLE ?=
OUT ?=
DEBUG ?=
ARGS ?=
SEEDS ?=
START ?= 0
INPUTS ?= 1000000
DEMO_OPTIONS = $(if $(FLEET),--fleet '$(FLEET)') $(if $(OUT),--out '$(OUT)') \
	$(if $(PLAIN),--plain) $(if $(DEBUG),--debug $(if $(filter wait,$(DEBUG)),wait,attach)) $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help run serve forestall test simulate chaos check format conformance fuzz package wheel
.PHONY: memory load release infra lock prepare clean bench-plan bench-engine bench-scan
.PHONY: bench-retention bench-tenant bench-waves simulate-weeks

help: ## this list
	@echo "Commands (the first one prepares the machine, which takes about half a minute):"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 24

run: prepare ## play a maintenance wave on this machine and audit it [FLEET=path OUT=folder PLAIN=1]
	@$(PYTHON) -m sandbox.demo $(DEMO_OPTIONS)

serve: prepare ## keep the sandbox and the app running [SCENE=trouble FLEET=path DEBUG=1]
	@$(PYTHON) -m sandbox.demo --serve $(if $(SCENE),--scene $(SCENE)) $(DEMO_OPTIONS)

forestall: ## the command of operators, for `make serve` or a deployed app [ARGS="jobs"]
	$(PREPARE) python
	@.venv/bin/forestall $(if $(ARGS),$(ARGS),--help)

test: prepare ## all tests [ARGS="tests/unit -k lease" BUNDLE=file of a first contact]
	$(if $(BUNDLE),BUNDLE='$(abspath $(BUNDLE))') $(PYTHON) -m pytest -n 2 $(ARGS)

simulate: prepare ## run the app under seeded faults [SEEDS=10000 START=0 ARGS="--seed 7 --trace"]
	@$(PYTHON) -m tests.simulation --seeds $(or $(SEEDS),1000) --start $(START) $(ARGS)

simulate-weeks: prepare ## weeks of virtual time, many machines [SEEDS=300 START=0 ARGS="--seed 7"]
	@$(PYTHON) -m tests.simulation --weeks --seeds $(or $(SEEDS),300) --start $(START) $(ARGS)

chaos: prepare ## kill and stop hosts of the app during waves, and audit it [ARGS="--kills 50"]
	@$(PYTHON) -m tests.chaos $(ARGS)

check: ## style, types, direction of imports, prose, no machine-specific text
	$(PREPARE) python
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -m toolchain.checks.portable
	$(PYTHON) -m toolchain.prose
	$(PYTHON) -m toolchain.checks.architecture
	$(PYTHON) -m toolchain.checks.names
	$(PYTHON) -m pytest -q tests/unit/test_architecture.py

format: ## let ruff repair style
	$(PREPARE) python
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

bench-engine: prepare ## what the engine costs per machine [ARGS="--machines 100 10000"]
	@$(PYTHON) -m benchmarks.engine $(ARGS)

bench-waves: prepare ## large waves with Azure's request limits on, 20 minutes [ARGS="--only 1 2"]
	@$(PYTHON) -m benchmarks.waves $(ARGS)

bench-scan: prepare ## our scan beside other ways, as ratios, in 20 minutes [ARGS="--rounds 1"]
	@$(PYTHON) -m benchmarks.scan $(ARGS)

bench-tenant: prepare ## scan 100,000 machines, and kill a process meanwhile [ARGS="--machines n"]
	@$(PYTHON) -m benchmarks.tenant $(ARGS)

conformance: prepare ## Microsoft's live tests of azure-servicebus against our broker (12 minutes)
	@$(PYTHON) -m sandbox.azure.servicebus.conformance $(ARGS)

fuzz: prepare ## fuzz the parsers of notices, and the HTTP functions with schemathesis [INPUTS=n]
	@.toolchain/bin/uv venv --quiet --clear --python $(PYTHON) .toolchain/fuzz
	@.toolchain/bin/uv pip install --quiet --require-hashes --only-binary :all: \
		--python .toolchain/fuzz/bin/python -r tests/fuzz/requirements.txt
	.toolchain/fuzz/bin/python -m tests.fuzz.parsers --inputs $(INPUTS)
	$(PYTHON) -m tests.fuzz.requests --inputs $(INPUTS)
	$(PYTHON) -m tests.fuzz.http --schemathesis .toolchain/fuzz/bin/schemathesis

memory: prepare ## time and memory of each kind of hostile input [MIB=39: large mails ARGS="quote"]
	@$(PYTHON) -m tests.fuzz.growth $(if $(MIB),--large $(MIB)) $(ARGS)

load: prepare ## 500 alerts while hostile mails arrive, through the whole app, in two minutes
	$(PYTHON) -m pytest -q tests/scenarios/load_of_mails.py $(ARGS)

package: ## the zip that is deployed, the same bytes each time [OUT=file]
	$(PREPARE) python
	@$(PYTHON) -m toolchain.package $(if $(OUT),--out '$(OUT)')

wheel: ## the wheel of the command forestall, to install elsewhere [OUT=folder]
	$(PREPARE) python
	@$(PYTHON) -m toolchain.wheel $(if $(OUT),--out '$(OUT)')

release: ## everything that a release publishes, in out/release [OUT=folder VERSION=v0.2.0]
	$(PREPARE) python
	@$(PYTHON) -m toolchain.release $(if $(OUT),--out '$(OUT)') \
		$(if $(VERSION),--version '$(VERSION)')

bench-retention: prepare ## each path with 400,000 archived jobs on Azurite [ARGS="--archived 9000"]
	@$(PYTHON) -m benchmarks.retention $(ARGS)

bench-plan: prepare ## how fast and how good plans are, to 100,000 machines [ARGS="--instances 600"]
	@$(PYTHON) -m benchmarks.plan $(ARGS)

infra: ## format, lint and evaluate the Bicep templates [WRITE=1: store it; SCAN=1: checkov too]
	$(PREPARE) python
	@$(PYTHON) -m toolchain.templates $(if $(WRITE),--write)
	@$(if $(SCAN),$(PYTHON) -m toolchain.scan_templates)

lock: ## write the lock files again [UPGRADE=1: newest versions allowed]
	$(PREPARE) python
	@$(PYTHON) -m toolchain.lock $(if $(UPGRADE),--upgrade)

prepare: ## only install what the other commands need
	$(PREPARE) python azurite

clean: ## remove everything that these commands made or installed
	rm -rf .venv .toolchain sandbox/azure/azurite/node_modules out
	rm -rf .mypy_cache .ruff_cache .hypothesis .python_packages
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
