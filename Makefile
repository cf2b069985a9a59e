# A thin front: each target is a plain command or two, which can as well be typed by hand with .venv activated.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export MYPYPATH := .venv/collections:roles/command_center/files:roles/demo_verticals/files:roles/inbox/files:molecule/shared
SCENARIOS := $(patsubst molecule/%/molecule.yml,%,$(wildcard molecule/*/molecule.yml))

.DEFAULT_GOAL := help
.PHONY: help setup host up verify down lint types unit quick rendered build docs sanity test rule-mutations bench faults secrets-scan clean $(SCENARIOS:%=molecule-%)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z$$].*:.*## / {printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  scenarios: $(SCENARIOS)"

setup: ## the virtual environment .venv
	@scripts/venv

host: setup # the dev host; the first two would be started by the playbook too, but silently
	@scripts/engine
	@molecule/shared/host-image bookworm
	ansible-playbook -i inventories/dev playbooks/dev_hosts.yml

up: host ## a dev host with the whole stack, verified
	ansible-playbook -i inventories/dev playbooks/site.yml
	ansible-playbook -i inventories/dev playbooks/verify.yml
	@printf '%s\n' '' 'Prometheus      http://127.0.0.1:9090' 'Alertmanager    http://127.0.0.1:9093' \
	  'Command Center  http://127.0.0.1:8010/metrics' 'Inbox           http://127.0.0.1:8025' 'Grafana         http://127.0.0.1:3000 (admin, aetherlink-dev), unless the table says left out' \
	  'make down removes it all.'

verify: setup ## ask the dev host again whether everything works
	ansible-playbook -i inventories/dev playbooks/verify.yml

down: setup ## remove the dev host and all its data
	ansible-playbook -i inventories/dev playbooks/dev_hosts.yml -e dev_hosts_state=absent

lint: setup ## style, types, playbooks, changelog
	ruff check .
	ruff format --check .
	yamllint --strict .
	$(MAKE) --no-print-directory types
	python -m dashboards.lint
	ansible-lint --offline
	ansible-playbook -i inventories/dev --syntax-check playbooks/*.yml
	antsibull-changelog lint

types: setup
	mypy -p ansible_collections.aetherlink.monitoring.plugins -p command_center -p demo_verticals -p inbox -p dashboards -p docs_build -p grafana_double

unit: setup ## unit tests, no containers; ARGS='-k name'
	pytest -n 4 --dist loadfile --timeout 120 $(ARGS)

quick: setup ## style, types and the unit tests of what changed since main
	@scripts/quick

rendered: setup ## real inventories and every known mistake, through Ansible on the controller, no containers
	pytest -n 2 --dist loadfile --timeout 600 tests/rendered

build: setup ## the collection's artifact, installed once into .cache/installed to prove it
	ansible-galaxy collection build --force
	ansible-galaxy collection install --offline --force -p .cache/installed aetherlink-monitoring-*.tar.gz

docs: setup ## the documentation as a site in site/, with its links checked
	NO_MKDOCS_2_WARNING=1 python -m mkdocs build
	ANSIBLE_COLLECTIONS_PATH=.venv/collections antsibull-docs lint-collection-docs --plugin-docs .

sanity: setup ## ansible-test sanity of the built collection; ARGS='--test pylint'
	@scripts/sanity $(ARGS)

test: setup ## everything: lint, unit, rendered, build, docs, sanity, faults and every Molecule scenario; JOBS=1 one by one
	@python -m tests.everything

molecule-SCENARIO: ## test one scenario
$(SCENARIOS:%=molecule-%): molecule-%: setup
	molecule test -s $*

numbers: setup ## the size of the tree: lines, files, declarations
	python -m tests.numbers

rule-mutations: setup ## break each rule of the pack and see its rule tests fail; needs promtool on PATH
	python -m tests.rule_mutations

bench: setup ## measure deploys and Command Center against their limits, on a host of its own
	python -m tests.bench

faults: setup ## strike deploys in every way and judge what is left, on a host of its own; SAMPLE=12 SEED=1 ONLY='kind/change/detail'
	python -m tests.faults $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only '$(ONLY)')

secrets-scan: setup ## seed known secrets, run everything on a host of its own, search all that was printed or left for them; then once more by SSH without pipelining
	python -m tests.secrets

clean: ## remove what was built: .venv, caches, host images, package volumes (a running dev host keeps its own)
	rm -rf .venv .cache .ansible site .mypy_cache .pytest_cache .ruff_cache aetherlink-monitoring-*.tar.gz
	-docker images -q aetherlink-host | sort -u | xargs -r docker rmi -f
	-docker volume ls -q --filter name=aetherlink-packages- | xargs -r docker volume rm
