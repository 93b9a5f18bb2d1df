# One command checks everything: `make check`. Set-up stands in the README.
PYTHON ?= .venv/bin/python

.PHONY: check format lint types test

check: lint types test

format:
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

lint:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .

types:
	$(PYTHON) -m mypy
	$(PYTHON) -m mypy tests

test:
	$(PYTHON) -m pytest -n 2 --dist loadfile
