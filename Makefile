# make demo and make test need nothing set up before; `make help` lists the rest.

# Any Python from 3.11 on that has venv.
PYTHON ?= python3
JOBS ?= $(shell nproc)

VENV := .venv
BIN := $(VENV)/bin
BUILD := build/release
PIP := $(BIN)/pip --disable-pip-version-check --quiet

CPP_SOURCES := $(shell find cpp -name '*.cpp' -o -name '*.h' -o -name '*.hpp' -o -name '*.cmake' -o -name CMakeLists.txt)
PYTHON_SOURCES := $(shell find python -name '*.py' -o -name '*.pyi' -o -name '*.cpp' -o -path '*/web/*' -type f)
CPP_CHECKED := $(shell find cpp tests/cpp tests/perf examples -name '*.cpp' -not -path '*/build/*')
HEADERS := $(shell find cpp tests/cpp tests/perf examples -name '*.h' -o -name '*.hpp')

# What is built here must be free of warnings.
export OVSERVE_WERROR := ON

.DEFAULT_GOAL := help
.PHONY: help demo test lint check bench bench-gate sanitize fuzz soak wheel clean packages interpreter install cpp-tests bench-programs tidy loader
.DELETE_ON_ERROR:

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 12

demo: install loader  ## serve a digit classifier through libsampleloader.so, switch it off and on
	@$(BIN)/python examples/digits/demo.py --directory demo --library $(LOADER)

test: install cpp-tests  ## C++ and Python tests
	@failed=; \
	ctest --test-dir $(BUILD) --output-on-failure -j$(JOBS) || failed=1; \
	$(BIN)/pytest || failed=1; \
	test -z "$$failed"

lint: check  ## ruff, mypy, clang-format, clang-tidy
	cmake -S . -B $(BUILD) -DOVSERVE_BUILD_TESTS=ON -DOVSERVE_BUILD_BENCH=ON >/dev/null
	@$(MAKE) --no-print-directory -k -j$(JOBS) tidy
	@echo "lint: no findings"

check: install  ## the quick part of lint: all but clang-tidy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/clang-format --dry-run -Werror $(CPP_CHECKED) $(HEADERS)
	@echo "check: no findings"

# make bench BENCH_ARGS="conv --in-flight 4" measures one thing; docs/benchmarks.md has all of them.
bench: install bench-programs loader  ## measurements beside their limits; BENCH=full: all of them
	$(BIN)/python tests/perf/bench.py $(BENCH_ARGS)

bench-gate: install bench-programs  ## fails when a request or a message got more expensive
	$(BIN)/python tests/perf/gate.py $(GATE_ARGS)

sanitize: install  ## C++ tests under address, undefined behaviour and thread sanitizers
	cmake -S . -B build/asan $(SANITIZER_BUILD) -DOVSERVE_SANITIZE=address,undefined
	cmake --build build/asan -j$(JOBS)
	ctest --test-dir build/asan --output-on-failure -j$(JOBS)
	# OpenVINO and its TBB are not instrumented: the thread sanitizer sees everything but the engine.
	cmake -S . -B build/tsan $(SANITIZER_BUILD) -DOVSERVE_SANITIZE=thread -DOVSERVE_WITH_OPENVINO=OFF
	cmake --build build/tsan -j$(JOBS)
	ctest --test-dir build/tsan --output-on-failure -j$(JOBS)

fuzz: | interpreter  ## libFuzzer on the front's parsers and connections, FUZZ_S seconds each; needs clang
	@command -v clang++ >/dev/null || { echo "clang is missing. Install it with: apt-get install clang" >&2; exit 1; }
	CXX=clang++ cmake -S . -B build/fuzz $(SANITIZER_BUILD) -DOVSERVE_SANITIZE=address,undefined -DOVSERVE_BUILD_TESTS=OFF \
	  -DOVSERVE_WITH_OPENVINO=OFF -DOVSERVE_BUILD_FUZZERS=ON
	cmake --build build/fuzz -j$(JOBS) --target $(addprefix fuzz_,$(FUZZERS))
	$(PYTHON) tests/fuzz/seeds.py build/fuzz/corpus
	@set -e; for name in $(FUZZERS); do echo "== $$name"; \
	  build/fuzz/tests/fuzz/fuzz_$$name -max_total_time=$(FUZZ_S) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/$$name- build/fuzz/corpus/$$name; done
FUZZERS := http1_parser grpc_message connection
FUZZ_S ?= 60

soak: install bench-programs loader  ## a server under load for SOAK_S seconds: right answers, and nothing grows
	$(BIN)/python tests/soak/soak.py --seconds $(SOAK_S) $(SOAK_ARGS)
SOAK_S ?= 600

wheel: install  ## dist/*.whl
	$(PIP) wheel --no-deps --no-build-isolation -C build-dir=$(BUILD) -w dist .
	@ls -l dist/*.whl

clean:  ## remove everything built; the virtual environment stays
	rm -rf build dist demo $(VENV)/.installed
	@$(MAKE) --no-print-directory -C examples/SampleCustomLoader clean

SANITIZER_BUILD := -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DOVSERVE_BUILD_PYTHON=OFF -DOVSERVE_BUILD_TESTS=ON \
  -DOVSERVE_WERROR=ON -DPython_EXECUTABLE=$(CURDIR)/$(BIN)/python

# The sample loader, built as its users build it.
LOADER := examples/SampleCustomLoader/lib/libsampleloader.so
loader: | packages
	@$(MAKE) --no-print-directory --silent -C examples/SampleCustomLoader

cpp-tests: install
	cmake -S . -B $(BUILD) -DOVSERVE_BUILD_TESTS=ON -DOVSERVE_BUILD_BENCH=ON >/dev/null
	cmake --build $(BUILD) -j$(JOBS)

bench-programs: install
	cmake -S . -B $(BUILD) -DOVSERVE_BUILD_BENCH=ON >/dev/null
	cmake --build $(BUILD) -j$(JOBS) --target $(BENCH_PROGRAMS)
BENCH_PROGRAMS := load_generator bare_openvino codec_instructions codec_speed echo_native

# One clang-tidy run per file, repeated only when the file or a header changed.
tidy: $(CPP_CHECKED:%=build/tidy/%.ok)
build/tidy/%.ok: % $(HEADERS) .clang-tidy tests/.clang-tidy
	@mkdir -p $(dir $@)
	@echo "clang-tidy $<"
	@$(BIN)/clang-tidy --quiet --extra-arg=-Wno-unknown-warning-option $(TIDY_BUILD) $< $(TIDY_FLAGS) 2>/dev/null
	@touch $@
TIDY_BUILD = -p $(BUILD)
# Examples are not part of the CMake project.
build/tidy/examples/%.ok: TIDY_BUILD =
build/tidy/examples/%.ok: TIDY_FLAGS = -- -std=c++17 -Icpp/include

# The package as users get it, installed again when a source changed. The build directory stays, so
# that only what changed is compiled; a change in Python alone compiles nothing.
install: $(VENV)/.installed
$(VENV)/.installed: $(VENV)/.build-requirements $(CPP_SOURCES) $(PYTHON_SOURCES) CMakeLists.txt $(wildcard README.md) | packages
	@echo "Building and installing ovserve (the first time takes some minutes)"
	@$(PIP) install --no-build-isolation -C build-dir=$(BUILD) '.[all,project]'
	@test -d $(PEERS)/model-archiver || $(PIP) install --no-deps --target $(PEERS)/model-archiver model-archiver==1.0.3
	@touch $@

# Multi Model Server's archiver has the same import name as TorchServe's, which the tests need too.
PEERS := $(VENV)/peers

$(VENV)/.build-requirements: pyproject.toml | packages interpreter
	@echo "Preparing $(VENV)"
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(PIP) install $$($(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])')
	@touch $@

interpreter: | packages
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }

# Installs what is missing if it may, else says in one line what to install. Python from elsewhere than
# Debian brings its own headers and venv.
packages:
	@command -v dpkg-query >/dev/null || exit 0; \
	wanted=$$(grep -v '^\#' debian-packages.txt); \
	case "$$($(PYTHON) -c 'import sys; print(sys.base_prefix)' 2>/dev/null)" in \
	  /usr|"") ;; *) wanted=$$(echo "$$wanted" | grep -v '^python3') ;; esac; \
	missing=; for package in $$wanted; do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$package"; \
	done; \
	test -n "$$missing" || exit 0; \
	if [ "$$(id -u)" = 0 ]; then as_root=; \
	elif sudo -n true 2>/dev/null; then as_root='sudo -n'; \
	else echo "Missing Debian packages. Install them with: sudo apt-get install$$missing" >&2; exit 1; fi; \
	echo "Installing Debian packages:$$missing"; \
	{ $$as_root apt-get -qq update && \
	  $$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing; } >/dev/null || \
	{ echo "apt-get failed. Install by hand: apt-get install$$missing" >&2; exit 1; }
