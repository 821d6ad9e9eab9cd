# Every target makes what it needs: on a bare machine with Python 3.11 or later, `make demo` and `make test`
# do all their set-up in .venv.
PYTHON ?= python3
VENV ?= .venv
# A range would pull gigabytes of CUDA packages; this pin takes the CPU build where pip knows of one.
TORCH ?= torch==2.13.0
WORKERS ?= 2
# Each is how another processor calculates, for one of the libraries: torch, MKL, oneDNN, OpenBLAS.
PROCESSORS = ATEN_CPU_CAPABILITY=default ATEN_CPU_CAPABILITY=avx2 MKL_ENABLE_INSTRUCTIONS=AVX2 \
	ONEDNN_MAX_CPU_ISA=SSE41 OPENBLAS_CORETYPE=Haswell
# What a core without networks has to do.
CORE = tests/metrics tests/files tests/canaries tests/labels tests/evidence tests/report tests/cli tests/test_inputs.py \
	tests/audit/test_plan.py tests/audit/test_plant_table.py tests/audit/test_properties.py
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test test-portable test-lowest test-core smoke lint format docs check-docs benchmarks clean

demo: $(VENV)/.demo
	$(BIN)/sklearn-blia audit

test: $(VENV)/.test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS)

test-portable: $(VENV)/.test
	@failed=; for processor in $(PROCESSORS); do \
		echo "$$processor"; \
		env OMP_NUM_THREADS=1 $$processor $(BIN)/python -m pytest -q -n $(WORKERS) -m portable \
			|| failed="$$failed $$processor"; \
	done; \
	if [ -n "$$failed" ]; then echo "failed with$$failed"; exit 1; fi

# The oldest versions that are promised, and no torch, skorch or boosting: what needs these is skipped.
test-lowest: $(VENV)-lowest/.lowest
	OMP_NUM_THREADS=1 $(VENV)-lowest/bin/python -m pytest -q -n $(WORKERS) -p no:cacheprovider $(CORE)

# The newest versions and no torch, on any Python: make test-core PYTHON=python3.13 VENV=.venv-3.13
test-core: $(VENV)-core/.core
	OMP_NUM_THREADS=1 $(VENV)-core/bin/python -m pytest -q -n $(WORKERS) -p no:cacheprovider $(CORE)

# The wheel in a bare environment: make smoke PYTHON=python3.13 SKLEARN=scikit-learn==1.8.0
SKLEARN ?= scikit-learn
smoke: $(VENV)/.lint
	rm -rf build dist $(VENV)-smoke
	$(PIP) install --quiet build
	$(BIN)/python -m build --outdir dist > /dev/null
	$(PYTHON) -m venv $(VENV)-smoke
	$(VENV)-smoke/bin/python -m pip install --disable-pip-version-check --quiet dist/*.whl "$(SKLEARN)"
	cd dist && ../$(VENV)-smoke/bin/python ../.ci/smoke.py

lint: $(VENV)/.test $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.docs
	rm -rf docs/api/generated docs/gallery
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

# Links, console and code that is cut, in a browser without a window (Debian: apt install chromium).
check-docs: docs
	$(BIN)/python -m pip install --quiet playwright
	$(BIN)/python docs/_ext/check_pages.py docs/_build/html

benchmarks: $(VENV)/.test
	$(BIN)/python benchmarks/attack_speed.py
	$(BIN)/python benchmarks/check_mechanism.py
	$(BIN)/python benchmarks/false_claims.py
	$(BIN)/python benchmarks/no_claims.py
	$(BIN)/python benchmarks/max_t.py
	$(BIN)/python benchmarks/power.py
	$(BIN)/python benchmarks/repeats.py
	$(BIN)/python benchmarks/adaptive.py
	$(BIN)/python benchmarks/false_alarms.py
	$(BIN)/python benchmarks/neural.py
	$(BIN)/python benchmarks/plans.py
	$(BIN)/python benchmarks/sweep.py
	$(BIN)/python benchmarks/any_classifier.py
	$(BIN)/python benchmarks/neural_epochs.py
	$(BIN)/python benchmarks/scale.py
	$(BIN)/python benchmarks/cluster.py
	$(BIN)/python benchmarks/imports.py
	$(BIN)/python benchmarks/shadow_false_alarms.py
	$(BIN)/python benchmarks/observational.py
	$(BIN)/python benchmarks/studies.py

clean:
	rm -rf $(VENV) $(VENV)-lowest $(VENV)-core $(VENV)-smoke docs/_build build dist *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# torch goes first and alone, so that no later requirement can widen the pin
$(VENV)/.torch: | $(VENV)/bin/python
	$(PIP) install --quiet "$(TORCH)"
	touch $@

$(VENV)/.demo: pyproject.toml $(VENV)/.torch
	$(PIP) install --quiet --editable ".[fast,plot,tables]"
	touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.torch
	$(PIP) install --quiet --editable ".[test]"
	touch $@

$(VENV)-lowest/.lowest: pyproject.toml tests/lowest.txt
	$(PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --disable-pip-version-check --quiet -r tests/lowest.txt
	$(VENV)-lowest/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --editable .
	touch $@

$(VENV)-core/.core: pyproject.toml
	$(PYTHON) -m venv $(VENV)-core
	$(VENV)-core/bin/python -m pip install --disable-pip-version-check --quiet --editable ".[plot,tables]" \
		pytest pytest-xdist hypothesis polars imbalanced-learn
	touch $@

$(VENV)/.lint: pyproject.toml | $(VENV)/bin/python
	$(PIP) install --quiet "ruff>=0.9" "mypy>=1.14"
	touch $@

$(VENV)/.docs: pyproject.toml $(VENV)/.torch
	$(PIP) install --quiet --editable ".[docs]"
	touch $@
