"""What workers are asked to do. Arguments and results can be pickled."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from seaofnodes.errors import DecodeError, UnsupportedError, ValidationError
from seaofnodes.fuzz.case import Call, Case
from seaofnodes.fuzz.generate.draft import FunctionDraft, ModuleDraft
from seaofnodes.fuzz.generate.recipe import Recipe
from seaofnodes.fuzz.limited import Limits, Record
from seaofnodes.fuzz.oracle import Difference, Outcome, run_case
from seaofnodes.fuzz.plan import Plan, by_binaryen, make_case, number_random
from seaofnodes.fuzz.registries import own
from seaofnodes.fuzz.variant import KINDS, Variant
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.module import FUNCTION, Export
from seaofnodes.wasm.opcodes import LOCAL_GET, OPCODES
from seaofnodes.wasm.types import I32, FuncType
from seaofnodes.workers.make import make_pool
from seaofnodes.workers.pool import Pool


def fuzz_pool(jobs: int | None, dask: str | None = None, *, seconds: float = 60.0, fork: bool = False) -> Pool:
    """Workers for what is below; jobs: None is one for each processor. Raises Error when there is no such cluster."""
    return make_pool(jobs or os.cpu_count() or 1, dask, seconds=seconds, fork=fork, prepare=warm_up)


def warm_up() -> None:
    """Import what every task needs, and fill tables: once, before children are made and the first task's clock runs."""
    identity = FunctionDraft(FuncType((I32,), (I32,)), [], [(LOCAL_GET, 0)])
    module = ModuleDraft(functions=[identity], exports=[Export("f", FUNCTION, 0)])
    run_case(Case(module.encode(), (Call("f", (1,)),), tuple(Variant(kind) for kind in KINDS[1:])))


@dataclass(slots=True)
class Tried:
    """What came of one test case. case: only if there is a difference; opcodes: instructions in the module; features:
    see fired.py, of a module that its recipe makes again.
    """

    outcome: Outcome
    case: Case | None = None
    opcodes: Counter[str] = field(default_factory=Counter)
    features: tuple[str, ...] = ()


def try_number(plan: Plan, number: int, recipe: Recipe) -> Tried:
    """Make a test case and run it."""
    case = make_case(plan, number, recipe)
    outcome = run_case(case)
    mine = own(plan.load, plan.pipelines)
    for kind, counts in outcome.fired.counts(mine).items():
        outcome.reached.setdefault(kind, Counter()).update(counts)
    again = not by_binaryen(plan, recipe, number_random(plan, number))
    features = outcome.fired.features(mine) if again else ()
    return Tried(outcome, case if outcome.difference is not None else None, opcodes_of(case.data), features)


def opcodes_of(data: bytes) -> Counter[str]:
    """How often each instruction stands in a module, by name."""
    module = decode_module(data)
    found: Counter[str] = Counter()
    for index in range(module.imported_functions, len(module.functions)):
        found.update(OPCODES[opcode].name for opcode in module.body(index).opcodes)
    return found


def difference_of(case: Case) -> Difference | None:
    """The first difference in a case; None if there is none, or if the module is not valid."""
    try:
        return run_case(case).difference
    except (DecodeError, ValidationError, UnsupportedError):
        return None


def probe(case: Case, limits: Limits, journal: str) -> Difference | None:
    """The difference of a case whose passes have limits. journal: a file for what happens, a JSON object a line."""
    with open(journal, "a", buffering=1, encoding="utf-8") as out:
        record = Record(limits, lambda entry: print(json.dumps(entry), file=out))
        return run_case(case, record).difference


def command_fails(command: tuple[str, ...], data: bytes, seconds: float) -> bool:
    """Does a command with a module's file behind it exit with something else than 0, or take too long?"""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "module.wasm"
        path.write_bytes(data)
        with contextlib.suppress(subprocess.TimeoutExpired):
            done = subprocess.run([*command, str(path)], capture_output=True, check=False, timeout=seconds)
            return done.returncode != 0
        return True
