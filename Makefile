# Everything a newcomer needs: `make help`.
# Assumes Python 3.11 to 3.14, make, and a package registry that pip knows. Paths are relative,
# so the clone may lie anywhere, also in a folder with spaces.

SHELL := /bin/sh
.DEFAULT_GOAL := help
PY := .venv/bin/python
ARGS ?=

# Made again when the lock changes, and when the interpreter it was made with has gone.
SYNCED := .venv/.synced
ifneq ($(shell $(PY) -c "print(1)" 2>/dev/null),1)
$(SYNCED): always
endif

.PHONY: always help setup demo demo-reset test test-quick check check-types check-source bench bench-close bench-tally bench-faults format messages

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(SYNCED) ## Install everything into .venv (demo, test and check do it by themselves)

$(SYNCED): requirements.lock
	@sh .ci/setup

demo: $(SYNCED) ## Run the whole platform with a round to try, on http://localhost:8000 (PORT=8765 for another)
	@exec $(PY) manage.py demo

demo-reset: $(SYNCED) ## Throw the demo's data away; the next `make demo` starts over
	@exec $(PY) manage.py demo --reset

test: $(SYNCED) ## Run every test; ARGS="-k ballot" for some
	@exec $(PY) -m pytest -n 2 $(ARGS)

# No browser, no killed servers, no walks through a whole site, and nothing that is marked slow.
test-quick: $(SYNCED) ## Run what tells most of a change soonest: all but slow tests, browser and faults
	@exec $(PY) -m pytest -n 2 -m "not slow" --ignore=tests/browser --ignore=tests/faults --ignore=tests/journeys $(ARGS)

check: $(SYNCED) ## Format, lint, types, contracts, dependencies, spelling, migrations, words, templates, styles, docs
	@$(MAKE) --no-print-directory -j 2 -O check-types check-source

# Types take as long as all the rest: one on each core.
check-types:
	$(PY) -m mypy

check-source:
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	.venv/bin/lint-imports --no-cache
	.venv/bin/deptry .
	.venv/bin/codespell
	$(PY) -m djlint --lint --quiet templates notices
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(PY) manage.py catalogues check
	$(PY) .ci/words
	$(PY) .ci/built
	$(PY) .ci/pages
	$(PY) .ci/deployment

bench: $(SYNCED) ## Measure pages and ballots per second; ARGS names one benchmark
	@exec $(PY) -m benchmarks $(ARGS)

bench-close: $(SYNCED) ## Time closing 10,000, 100,000 and a million ballots, draw the plot; ARGS="10000" for one size
	@exec $(PY) -m benchmarks.close $(ARGS)

bench-tally: $(SYNCED) ## Time the count against pabutools on published elections (needs ../shared)
	@exec $(PY) -m benchmarks.tally $(ARGS)

bench-faults: $(SYNCED) ## Cast 10,000 ballots under 100 kills and count what was lost (POSTS=500 KILLS=8 for less)
	@exec $(PY) -m benchmarks faults

format: $(SYNCED) ## Put the source in order
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

messages: $(SYNCED) ## Collect and compile the translations (needs gettext)
	@$(PY) manage.py catalogues update
	@$(PY) manage.py catalogues compile
