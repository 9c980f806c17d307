# `make lab` starts JupyterLab with the extension on the demo notebook.
# `make test` runs everything; `make check` is the fast part of it.
#
# Variables: PYTHON (what makes the virtual environment), PORT, LAB_ARGS.
#   make lab PORT=9000 LAB_ARGS="--no-browser"

PYTHON ?= python3
PORT ?= 8888
LAB_ARGS ?=

VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps

export PATH := $(BIN):$(PATH)
# A package index may be slow; that is no reason to fail.
export PIP_RETRIES ?= 10
export PIP_DEFAULT_TIMEOUT ?= 60
export PIP_DISABLE_PIP_VERSION_CHECK ?= 1

AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
FRONT_END := $(shell find src style schema -type f 2>/dev/null) package.json tsconfig.json webpack.config.js scripts/style_sheet.js scripts/as_it_is.js install.json
# What [build-system] of pyproject.toml requires; read by sed, since Python 3.10 reads no TOML.
BUILD_TOOLS := $(shell sed -n '/^\[build-system\]/,/^\]/s/^  \("[^"]*"\),*$$/\1/p' pyproject.toml)
PIP_INSTALL := $(BIN)/python -m pip install --quiet

.DEFAULT_GOAL := help
.PHONY: help lab test check install build clean

help:  ## Say what can be made.
	@sed -n 's/^\([a-z]*\):.*##/make \1\t/p' Makefile

lab: $(STAMPS)/lab  ## Start JupyterLab with the extension on the demo notebook.
	$(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" --port=$(PORT) $(AS_ROOT) \
		--LabApp.default_url=/lab/tree/demo/demo.ipynb $(LAB_ARGS)

test: $(STAMPS)/test $(STAMPS)/ui-tests  ## Run every check and test, and sum up.
	@scripts/system_needs
	@$(BIN)/python scripts/checks.py

check: $(STAMPS)/test  ## Run the fast checks and tests, and sum up.
	@$(BIN)/python scripts/checks.py --fast

install: $(STAMPS)/test  ## Install the extension and what its tests need into .venv.

build: $(STAMPS)/labextension  ## Build the front end.

clean:  ## Remove what was built; .venv and node_modules stay.
	rm -rf lib tsconfig.tsbuildinfo dsinfra_jlab/labextension dist $(STAMPS)

$(STAMPS)/venv: scripts/make_venv
	@scripts/make_venv "$(PYTHON)" "$(VENV)"
	@mkdir -p $(@D) && touch $@

$(STAMPS)/build-tools: $(STAMPS)/venv pyproject.toml
	$(PIP_INSTALL) $(BUILD_TOOLS) editables
	@touch $@

$(STAMPS)/node: $(STAMPS)/venv scripts/ensure_node
	@scripts/ensure_node "$(VENV)"
	@touch $@

$(STAMPS)/node_modules: $(STAMPS)/build-tools $(STAMPS)/node package.json yarn.lock .yarnrc.yml
	jlpm install --immutable
	@touch $@

$(STAMPS)/labextension: $(STAMPS)/node_modules $(FRONT_END)
	jlpm build:lib:prod
	jlpm build:labextension
	@touch $@

$(STAMPS)/lab: $(STAMPS)/labextension
	$(PIP_INSTALL) --no-build-isolation --editable ".[lab]"
	@touch $@

$(STAMPS)/test: $(STAMPS)/labextension
	$(PIP_INSTALL) --no-build-isolation --editable ".[lab,lint,test]"
	$(BIN)/python -m bash_kernel.install --sys-prefix
	@touch $@ $(STAMPS)/lab

$(STAMPS)/ui-tests: $(STAMPS)/node_modules ui-tests/package.json ui-tests/yarn.lock
	cd ui-tests && jlpm install --immutable
	@touch $@
