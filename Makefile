# Two commands on a fresh machine: `make reports` and `make test`. Each makes the environment in .venv first, once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STUDIES := $(patsubst %/study.yml,%,$(sort $(wildcard data/*/study.yml)))

.PHONY: help reports test docs fuzz format bench calibrate pictures lab clean
.DEFAULT_GOAL := help

help:
	@echo "make reports  every sample client in data/ into reports/, one page a client and language, and an index"
	@echo "make test     format and lint, every test and every notebook"
	@echo "make docs     the site into build/docs, with its links checked"
	@echo "make fuzz     a sound study damaged in 900 ways, ten times each (some minutes; tests/fuzz)"
	@echo "make format   the tree as ruff wants it"
	@echo "make bench    the speed figures of tests/benchmarks"
	@echo "make calibrate whether intervals and tests are honest (some hours; tests/calibration)"
	@echo "make pictures the README's pictures, taken by the browser tests"
	@echo "make lab      JupyterLab in notebooks/"
	@echo "make clean    remove reports/ and what Python leaves behind (the environment stays)"

# The environment is made again only when what it should hold has changed.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "cxlab needs Python 3.11 or later, and '$(PYTHON)' is not. Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Making the environment in $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing cxlab and what it needs, as pinned in constraints.txt (a few minutes the first time)"
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt -e '.[test]'
	@touch $(STAMP)

reports: $(STAMP)
	@test -n "$(STUDIES)" || { echo "No study.yml in any folder of data/" >&2; exit 1; }
	$(BIN)/cxlab report $(STUDIES) --out reports --jobs 2 --resume

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tests.size
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --nbval-lax --nbval-current-env --nbval-cell-timeout=300 tests notebooks templates/client_report.ipynb

# What only the site needs comes with the first of it. A warning is an error, and so is a link that leads nowhere.
$(VENV)/.docs: $(STAMP)
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt -e '.[test,docs]'
	@touch $@

docs: $(VENV)/.docs
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m sphinx -q -E -W --keep-going -b html docs build/docs
	$(BIN)/python docs/check_links.py build/docs

fuzz: $(STAMP)
	$(BIN)/python -W ignore -m tests.fuzz.run

# Puts the tree into the form that `make test` asks for.
format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

calibrate: $(STAMP)
	$(BIN)/python tests/calibration/run.py

# Peers that only the benchmarks need come with the first of them.
$(VENV)/.peers: $(STAMP)
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt -e '.[test,bench]'
	@touch $@

bench: $(VENV)/.peers
	$(BIN)/python -m pytest tests/benchmarks -q --benchmark-timer=time.process_time --benchmark-columns=median,min,max,rounds --benchmark-sort=name

# The README's pictures come out of the browser tests, so they show what is there.
pictures: $(STAMP)
	CXLAB_PICTURES=notebooks/pictures $(BIN)/python -m pytest -q tests/browser

lab: $(STAMP)
	$(BIN)/cxlab lab

clean:
	rm -rf reports build dist docs/made .pytest_cache .hypothesis .benchmarks
	find cxlab tests notebooks templates -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +
