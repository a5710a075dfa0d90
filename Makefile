# Each command is a line over the ecosystem's own; README.md shows those.
STACK ?= local
SERVICE ?= embedder
tradewind := @exec python3 bootstrap.py $(if $(REHEARSE),--rehearse)
given = $(if $($(1)),--$(2) '$($(1))')
.DEFAULT_GOAL := help
.PHONY: help up down recover doctor env load simulate compare calibrate plan verify rehearse cost audit test soak prove bench lint services

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

up: ## build what is missing, deploy the stack, print the services; in an account with CONFIRM=STACK
	$(tradewind) up --stack $(STACK) $(if $(CONFIRM),--confirm $(CONFIRM))

down: ## destroy the stack, leave nothing running; the cache stays
	$(tradewind) down --stack $(STACK) $(if $(CONFIRM),--confirm $(CONFIRM))

services: ## the services of the stack and a curl line
	$(tradewind) services --stack $(STACK)

load: ## prove that a service scales: SERVICE=embedder [SHAPE=spike] [ARRIVALS=constant] [SEED=2] [SABOTAGE=no-scaler]
	$(tradewind) load $(SERVICE) --stack $(STACK) $(call given,SHAPE,shape) $(call given,PEAK,peak) $(call given,ARRIVALS,arrivals) \
	  $(call given,SEED,seed) $(call given,PROCESSES,processes) $(call given,SABOTAGE,sabotage)

simulate: ## what a service's autoscaler would do over a load: SERVICE=embedder [TRACE=file.csv] [SHAPE=diurnal] [PODS=10000] [SYNC=15]
	$(tradewind) simulate $(SERVICE) $(call given,TRACE,trace) $(call given,SHAPE,shape) $(call given,PODS,pods) \
	  $(call given,SYNC,sync)

compare: ## two runs of a service over each other, a page: SERVICE=embedder [RUNS="2026-11-29T10-00-00Z latest"]
	$(tradewind) compare $(SERVICE) $(RUNS)

calibrate: ## measure what one replica carries on this machine: SERVICE=embedder
	$(tradewind) calibrate $(SERVICE) --stack $(STACK)

plan: ## the replicas, nodes and latencies of a card's load, before a request is sent: SERVICE=embedder [NODE=4x16]
	$(tradewind) plan $(SERVICE) $(if $(NODE),--node $(NODE))

verify: ## loads that no measurement has seen, and whether the plan was right about them: over an hour
	$(tradewind) verify $(SERVICE) --stack $(STACK)

rehearse: ## a cloud's stack up, drifted and away with no account: STACK=aws-dev, or all
	$(tradewind) rehearse $(if $(filter-out file,$(origin STACK)),--stack $(STACK))

cost: ## what a stack costs a month at four loads, with no account: STACK=aws-prod
	$(tradewind) cost --stack $(STACK)

audit: ## the policy pack over a stack as it stands, state and cluster: a page [REHEARSE=1]
	$(tradewind) audit --stack $(STACK)

recover: ## after a crash: free dead locks, heal the node, settle what was pending
	$(tradewind) recover --stack $(STACK)

doctor: ## what was found, what will be built, what is missing and the fix
	$(tradewind) doctor --stack $(STACK)

env: ## lines for eval "$(make -s env)", so that pulumi, bentoml, locust, kubectl work as they are
	$(tradewind) env --stack $(STACK)

test: ## every test and the short form of every proof
	$(tradewind) test

soak: ## the full form of every proof, four hours
	$(tradewind) test --soak

prove: ## every rule catches what it names and leaves the rest alone
	$(tradewind) prove

bench: ## what our code costs beside a bare Pulumi program, in ratios
	$(tradewind) bench

lint: ## ruff and basedpyright
	$(tradewind) lint
