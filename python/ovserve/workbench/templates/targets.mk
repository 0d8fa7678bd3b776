PYTHON ?= python3
OVSERVE ?= $(PYTHON) -m ovserve

.PHONY: check test run
check: all
	$(OVSERVE) loader check @LIBRARY_PATH@ --base-path models/tiny

test: all
	$(PYTHON) -m pytest

run: all
	$(OVSERVE) --config_path config.json --rest_port 8000 --rest_bind_address 127.0.0.1
