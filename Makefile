# Every target sets up .venv by itself (tools/setup.sh; PYTHON=... chooses the interpreter).
export PATH := $(CURDIR)/.venv/bin:$(PATH)
.PHONY: help setup demo test check lint types imports pytest encodings readme house docs spec programs clean
.NOTPARALLEL:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*##/ { printf "make %-9s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv with everything in it
	@tools/setup.sh

demo: setup ## compile and run an example in both tiers; graphs go to out/
	@python tools/demo.py

test: check pytest ## style, types, layers, then all tests

check: lint types imports

lint: setup
	ruff check

types: setup
	mypy
	mypy tools/*.py

imports: setup
	lint-imports --no-logo

pytest: setup
	python -m pytest -n 2 -q -m 'not slow and not alone'
	python -m pytest -q -m 'alone and not slow'

encodings: setup ## learn from PeachPy how instructions are encoded anew, for backend/assembler/encodings.txt
	@python -W ignore tools/encodings.py

readme: setup ## write the outputs that README.md, the tutorials and the notebook show anew
	@python tools/readme.py README.md docs/first-pass.md docs/reading-a-graph.md docs/comparing.md docs/rules.md docs/dataflow-pass.md docs/speculation.md docs/your-own-language.md docs/python-functions.md
	@python tools/notebook.py

house: setup ## draw docs/house.svg: packages, rooms, imports
	@python tools/house.py

docs: setup ## build the manual, with the reference of the Python API, in build/manual/site
	@python tools/site.py

spec: setup ## run the WebAssembly test suite, a row a file
	@python -m tests.spec.run $(ARGS)

programs: setup ## build SQLite, Lua, QuickJS and more for WASI and run them in all tiers beside wasmtime
	@python -m tests.programs.run $(ARGS)

clean: ## remove what can be made again
	rm -rf .venv .cache build dist out *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
