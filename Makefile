# Everything here runs on a bare machine: what a command needs, it installs first.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

# The Node that the lockfile brings, before the machine's own.
NODE := PATH="$(CURDIR)/node_modules/.bin:$$PATH" exec node
TSX := $(NODE) --enable-source-maps --import tsx

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{ printf "  make %-18s %s\n", $$1, $$2 }'

.PHONY: up
up: dependencies ## start everything in the foreground; Ctrl-C stops it (PORT, OPS_PORT, FORGEOPS_HOME, DATABASE_URL, REDIS_URL)
	@$(TSX) scripts/up/main.ts

.PHONY: reset
reset: dependencies ## remove the data and secrets of `make up`, after asking (CONFIRM=1 answers yes)
	@$(TSX) scripts/up/reset.ts

# Prerequisite of every command that runs our code.
.PHONY: dependencies
dependencies:
	@command -v node >/dev/null || { echo 'Node.js was not found: install Node.js 20 or later, with npm.' >&2; exit 1; }
	@node scripts/up/dependencies.mjs

.PHONY: demo
demo: dependencies ## show the main job on a running `make up`: sign in, run the seeded agent, make and run another
	@$(TSX) scripts/demo/demo.ts

.PHONY: test
test: dependencies ## set up and run every test, and hold their coverage against the baseline
	@$(TSX) scripts/test.ts

.PHONY: ci
ci: dependencies ## run every gate that CI runs
	@$(TSX) scripts/ci.ts

.PHONY: lint
lint: dependencies ## check style and format
	@$(NODE) node_modules/@biomejs/biome/bin/biome check .

.PHONY: typecheck
typecheck: dependencies ## check the types
	@$(NODE) node_modules/typescript/bin/tsc --noEmit

.PHONY: compose
compose: dependencies ## write the subgraphs' schemas from their code and compose the supergraph
	@$(TSX) scripts/emit-schemas.ts
	@$(TSX) scripts/compose-supergraph.ts

.PHONY: execution-log
execution-log: dependencies ## start a house, ask it, and write docs/EXECUTION_LOG.md of that and of the last gates
	@$(TSX) scripts/write-execution-log.ts

.PHONY: reference
reference: dependencies ## write the reference pages, and the list of commands in README.md, from the code
	@$(TSX) scripts/write-reference.ts

.PHONY: schema-check
schema-check: dependencies ## check that the committed schemas are what the code says, compose, break no client, and answer all that clients have registered; print who may do more or less
	@$(TSX) scripts/emit-schemas.ts --check
	@$(TSX) scripts/compose-supergraph.ts --check
	@$(TSX) scripts/check-schema.ts

.PHONY: openapi-gate
openapi-gate: dependencies ## check that docs/reference/openapi.json describes the gateway's HTTP routes
	@$(TSX) scripts/check-openapi.ts

.PHONY: seed
seed: dependencies ## found the first organization in the databases that the variables name, once (`make up` does it by itself)
	@$(TSX) scripts/seed/seed.ts

.PHONY: keys
keys: dependencies ## list the signing keys of a running `make up`; DO=rotate, DO='revoke <kid>' and DO=help do more
	@$(TSX) scripts/keys/main.ts $(or $(DO),list)

.PHONY: migration-smoke
migration-smoke: dependencies ## migrate a new PostgreSQL, twice and by two at once, and use it as each application role
	@$(TSX) scripts/migration-smoke.ts

.PHONY: migration-apply
migration-apply: dependencies ## migrate the database at DATABASE_URL
	@$(TSX) scripts/migrate.ts

.PHONY: security-audit
security-audit: dependencies ## check dependencies (advisories, integrity, install scripts, licences) and look for secrets
	@$(TSX) scripts/security-audit.ts

.PHONY: chaos
chaos: dependencies ## kill 1 000 workers at random instants under load (CHAOS_KILLS, CHAOS_RUNS, CHAOS_SEED); fails on a stranded run or a step done twice
	@$(TSX) scripts/chaos.ts

.PHONY: bench
bench: dependencies ## measure what our own parts cost; fails where a limit is stated and not kept (docs/CONTRIBUTING.md)
	@$(TSX) bench/guarded-answer.bench.ts
	@$(TSX) bench/pruning.bench.ts

.PHONY: bench-gateway
bench-gateway: dependencies ## compare the gateway with the stock one it is built on, by processor time per request; fails where a target is missed
	@$(TSX) bench/gateway-cost.bench.ts

.PHONY: bench-load
bench-load: dependencies ## a whole house under 1 000 connections of mixed operations for a minute; fails on an error or a slow answer
	@$(TSX) bench/house-load.bench.ts

.PHONY: bench-subscribers
bench-subscribers: dependencies ## what thousands of idle subscribers cost one gateway; fails where it is more than it should be
	@$(TSX) bench/subscribers.bench.ts

.PHONY: bench-runs
bench-runs: dependencies ## what durability costs a run and its steps, next to DBOS, and what 10 000 parked and 1 000 000 ended runs cost; fails where a target is missed
	@$(TSX) bench/durable-steps.bench.ts
	@$(TSX) bench/parked-runs.bench.ts
	@$(TSX) bench/start-beside-ended.bench.ts

.PHONY: docker-check
docker-check: dependencies ## check the Dockerfile and the compose file, and build the image where that is possible
	@$(TSX) scripts/docker-check.ts
