# Two commands do everything: `make solve` and `make test`. Each sets up what it needs in .venv first.
PYTHON ?= python3
MODEL ?= khan_thomas
PRESET ?= quick
RUN_DIR ?= runs/$(MODEL)_$(PRESET)
JOBS ?= 2

BIN := .venv/bin
READY := .venv/.ready
DOCS_READY := .venv/.ready_docs
ORACLES_READY := .venv/.ready_oracles

.PHONY: solve test seconds lint docs links validate verify models tables benchmark faults montecarlo tensorboard clean

solve: $(READY)  ## solve, export, measure and report the main model
	$(BIN)/python -m apps.solve_$(MODEL) --preset=$(PRESET) --run_dir=$(RUN_DIR)

test: $(READY)  ## the fast tests
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(JOBS) --dist=loadfile

seconds: $(READY)  ## what each test takes on one core with nothing compiled before
	HETKERAS_COMPILE_CACHE=$$(mktemp -d) $(BIN)/python -m pytest -n $(JOBS) --dist=loadfile --seconds=docs/measured/test_seconds.csv

lint: $(READY)  ## style, imports, types
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

docs: $(DOCS_READY)  ## the site, its notebooks run; a warning is an error
	$(BIN)/sphinx-build --fail-on-warning --keep-going docs docs/_build/html

links: $(DOCS_READY)  ## links and anchors within the site; notebooks are not run
	$(BIN)/sphinx-build --fail-on-warning --keep-going -b linkcheck -D nb_execution_mode=off docs docs/_build/links

validate: $(ORACLES_READY)  ## validations of minutes to hours
	XLA_FLAGS= $(BIN)/python -m pytest -m long

verify: $(READY)  ## references and shipped models: PASS or FAIL
	$(BIN)/hetkeras verify

models: $(READY)  ## train exported_models/ anew
	$(BIN)/python -m tools.export_models

tables: $(READY)  ## the tables and figures of the papers
	$(BIN)/hetkeras table kahou_2022 --out_dir=runs/kahou_2022 --seeds=3
	$(BIN)/hetkeras report runs/kahou_2022
	$(BIN)/hetkeras table yokomoto_2026_khan_thomas --out_dir=runs/khan_thomas --seeds=5
	$(BIN)/hetkeras report runs/khan_thomas
	$(BIN)/hetkeras table yokomoto_2026_bloom --out_dir=runs/bloom_study
	$(BIN)/python -m tools.benchmark_bloom --csv=runs/bloom_study/benchmark_bloom.csv
	$(BIN)/hetkeras report runs/bloom_study
	$(BIN)/hetkeras table huang_yu_2024_export --out_dir=runs/export_entry_study --seeds=3
	$(BIN)/hetkeras report runs/export_entry_study
	$(BIN)/hetkeras table huang_yu_2024_network --out_dir=runs/network_study --seeds=3
	$(BIN)/hetkeras report runs/network_study

benchmark: $(READY)  ## time to accuracy beside peers and by method, and how it grows
	TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 $(BIN)/python -m tools.benchmark_peers
	$(BIN)/python -m tools.benchmark_investment
	TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 $(BIN)/python -m tools.benchmark_box
	$(BIN)/python -m tools.benchmark_khan_thomas
	$(BIN)/python -m tools.benchmark_export_entry --solver=update=adam --solver=num_steps=1000
	$(BIN)/python -m tools.benchmark_production_network
	$(BIN)/python -m tools.benchmark_sweep --engine=serial
	$(BIN)/python -m tools.benchmark_sweep --engine=processes
	$(BIN)/python -m tools.benchmark_sweep --engine=processes --kills=10
	$(BIN)/python -m tools.benchmark_sweep --engine='submitit local' --kills=10
	TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 $(BIN)/python -m tools.benchmark_onnx
	$(BIN)/python -m tools.benchmark_memory
	$(BIN)/python -m tools.benchmark_workers

faults: $(READY)  ## what is wrong on purpose, tried and survived
	$(BIN)/python -m tools.faults

montecarlo: $(READY)  ## what inference claims and what comes out, over data sets from a known truth
	TF_NUM_INTRAOP_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tools.monte_carlo --replications=200

tensorboard: $(READY)
	$(BIN)/tensorboard --logdir runs

$(READY): setup.py constraints.txt
	@echo "Setting up .venv, once: TensorFlow and what else is needed, 2 GB and about a minute ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@echo "... done."
	@touch $@

$(DOCS_READY): $(READY)
	@echo "Setting up what builds the site, once ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[docs]'
	@touch $@

$(ORACLES_READY): $(READY)
	@echo "Setting up libraries that know some answers, once ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[oracles]'
	@touch $@

clean:
	rm -rf .venv runs docs/_build
