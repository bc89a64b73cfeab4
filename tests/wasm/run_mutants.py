"""Runs mutated modules in an engine and in the interpreter: `python -m tests.wasm.run_mutants --tier TIER --count N`.

Each valid mutant is instantiated and its exports are called with zeros, under a time limit. It may give results, trap,
be interrupted or fail to link, as the interpreter says; nothing else. Workers are processes of their own: one that dies
names the mutant that killed it. Exit code 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from seaofnodes.engine import Engine
from seaofnodes.errors import DecodeError, LinkError, TimeLimitError, Trap, ValidationError
from seaofnodes.ir.evaluator.evaluate import OutOfSteps
from seaofnodes.wasm import opcodes as o
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.interpreter import link as interpret_link
from seaofnodes.wasm.interpreter.interpreter import Limits as InterpreterLimits
from seaofnodes.wasm.module import FUNCTION, GLOBAL, MEMORY, TABLE, Module
from seaofnodes.wasm.text import assemble
from seaofnodes.wasm.types import FuncType, GlobalType, Limits, MemoryType, TableType
from tests.wasm.mutate import EARLY, SHARED, make, originals

_SECONDS = 0.5  # a call's time limit
_SLOW = 10.0  # seconds for one mutant
_STEPS = 30_000  # instructions the interpreter may take for one module
_PAGES = 64  # memories are kept this small
_MODULES_PER_ENGINE = 200
_NAN_BITS = {
    o.I32_REINTERPRET_F32, o.I64_REINTERPRET_F64, o.F32_COPYSIGN, o.F64_COPYSIGN, o.F32_STORE, o.F64_STORE,
}  # fmt: skip
_UNDECIDED = ("time limit", "out of steps", "call stack exhausted")  # each side has its own limits


def provider(module: Module) -> tuple[str, dict[str, dict[str, str]]]:
    """A module (as text) that exports what this one imports, and under which name each import is found there."""
    fields, names = [], dict[str, dict[str, str]]()
    for number, wanted in enumerate(module.imports):
        name = f"i{number}"
        export = f'(export "{name}")'
        desc = wanted.desc
        if isinstance(desc, FuncType):
            signature = "".join(f"(param {kind})" for kind in desc.params) + "".join(
                f"(result {k})" for k in desc.results
            )
            fields.append(f"(func {export} {signature} {' '.join(f'({k}.const 0)' for k in desc.results)})")
        elif isinstance(desc, GlobalType):
            kind = f"(mut {desc.type})" if desc.mutable else str(desc.type)
            fields.append(f"(global {export} {kind} ({desc.type}.const 1))")
        else:
            what, element = ("table", " funcref") if isinstance(desc, TableType) else ("memory", "")
            maximum = "" if desc.limits.max is None else f" {desc.limits.max}"
            fields.append(f"({what} {export} {desc.limits.min}{maximum}{element})")
        names.setdefault(wanted.module, {})[wanted.name] = name
    return f"(module {' '.join(fields)})", names


def shrink(module: Module) -> bool:
    """Lower the maximal sizes of memories, so that growing costs little; False if they start larger."""
    for index, memory in enumerate(module.memories):
        if memory.limits.min > _PAGES:
            return False
        if index >= module.imported_memories:
            module.memories[index] = MemoryType(Limits(memory.limits.min, min(memory.limits.max or _PAGES, _PAGES)))
    return all(table.limits.min <= 100_000 for table in module.tables)


def outcomes(module: Module, instantiate: Any) -> list[str]:
    """What instantiating and then calling each export does, as text."""
    text, names = provider(module)
    found = []
    try:
        given = instantiate(decode_module(assemble(text)), {}).exports
        imports = {mod: {name: given[export] for name, export in exports.items()} for mod, exports in names.items()}
        instance = instantiate(module, imports)
        for export in module.exports:
            if export.kind == FUNCTION:
                kind = module.functions[export.index]
                found.append(_outcome(kind, instance.exports[export.name]))
                if found[-1] in _UNDECIDED:
                    return found
        for export in module.exports:
            if export.kind == GLOBAL:
                declared = module.globals[export.index].type.type
                found.append(_show(declared.name, instance.exports[export.name].bits))
            elif export.kind in (MEMORY, TABLE):
                assert export.name in instance.exports
    except LinkError:
        found.append("does not link")
    except Trap as trap:
        found.append(f"trap: {trap.reason}" if trap.reason not in _UNDECIDED else trap.reason)
    except (TimeLimitError, OutOfSteps) as problem:
        found.append("time limit" if isinstance(problem, TimeLimitError) else "out of steps")
    return found


def _outcome(kind: FuncType, function: Any) -> str:
    try:
        bits = function.call_bits(*[0] * len(kind.params))
    except Trap as trap:
        return f"trap: {trap.reason}" if trap.reason not in _UNDECIDED else trap.reason
    except TimeLimitError:
        return "time limit"
    except OutOfSteps:
        return "out of steps"
    return " ".join(_show(result.name, value) for result, value in zip(kind.results, bits, strict=True))


def _show(kind: str, bits: int) -> str:
    exponent = {"f32": 0x7F800000, "f64": 0x7FF0000000000000}.get(kind)
    if (
        exponent is not None
        and bits & exponent == exponent
        and bits & (exponent.bit_length() and (exponent & -exponent) - 1)
    ):
        return f"{kind}:nan"
    return f"{kind}:{bits:#x}"


def compare(engine: list[str], interpreter: list[str]) -> str:
    """The first difference, empty if there is none as far as both got."""
    for at, (ours, theirs) in enumerate(zip(engine, interpreter, strict=False)):
        if ours in _UNDECIDED or theirs in _UNDECIDED:
            return ""
        if ours != theirs:
            return f"export {at}: engine {ours!r}, interpreter {theirs!r}"
    undecided = any(found[-1:] and found[-1] in _UNDECIDED for found in (engine, interpreter))
    return "" if undecided or len(engine) == len(interpreter) else "one stopped earlier"


def shows_nan_bits(module: Module) -> bool:
    """Can it tell NaNs apart? The specification leaves their bits open, and the two sides choose differently."""
    bodies = (module.body(index) for index in range(module.imported_functions, len(module.functions)))
    return any(not _NAN_BITS.isdisjoint(body.opcodes) for body in bodies)


def work(seed: int, first: int, last: int, step: int, tier: Any, progress: Path) -> None:
    """What a worker does: judge mutants, note where it is, print a summary as JSON."""
    groups = originals(SHARED, later=False)
    counts: Counter[str] = Counter()
    wrong: list[tuple[int, str]] = []
    slowest, runs = 0.0, 0
    engine = Engine(tier=tier, tier_up_budget=1, background=False, time_limit=_SECONDS)
    place = os.open(progress, os.O_WRONLY | os.O_CREAT)
    for number in range(first, last, step):
        os.pwrite(place, b"%-12d" % number, 0)
        try:
            data = make(groups, seed, number)
            module = decode_module(data, EARLY)
        except (DecodeError, ValidationError):
            counts["refused"] += 1
            continue
        if not shrink(module):
            counts["too large to run"] += 1
            continue
        runs += 1
        if runs % _MODULES_PER_ENGINE == 0:
            engine = Engine(tier=tier, tier_up_budget=1, background=False, time_limit=_SECONDS)
        start = time.perf_counter()
        try:
            ours = outcomes(module, engine.instantiate)
            slowest = max(slowest, time.perf_counter() - start)
            limits = InterpreterLimits(depth=200, steps=_STEPS)
            theirs = outcomes(module, lambda m, i, used=limits: interpret_link.instantiate(m, i, limits=used))
            difference = compare(ours, theirs)
        except Exception as problem:  # the very thing looked for: told, with the mutant's number
            difference = f"{type(problem).__name__}: {problem}"
        else:
            counts.update(
                {"trap" if text.startswith("trap") else text if text in _UNDECIDED else "result" for text in ours}
            )
        counts["run"] += 1
        if difference.startswith("export") and shows_nan_bits(module):
            counts["differs, but can tell NaNs apart"] += 1
        elif difference:
            wrong.append((number, difference))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"counts": counts, "wrong": wrong, "slowest": slowest, "peak": peak}))


def main() -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.wasm.run_mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--tier", choices=("baseline", "optimized", "auto"), default="auto")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    last = options.first + options.count
    if options.worker:
        work(options.seed, options.first, last, options.jobs, options.tier, options.worker)
        return 0
    start = time.perf_counter()
    counts: Counter[str] = Counter()
    wrong: list[tuple[int, str]] = []
    slowest, peak = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        running = [_start(options, options.first + job, last, Path(folder) / f"{job}") for job in range(options.jobs)]
        while running:
            process, progress = running.pop(0)
            out, _ = process.communicate()
            if process.returncode:
                reached = int(progress.read_bytes() or b"0")
                wrong.append((reached, f"the process died with {process.returncode}"))
                running.append(_start(options, reached + options.jobs, last, progress))
            if out.strip():
                report = json.loads(out)
                counts.update(report["counts"])
                wrong += [tuple(found) for found in report["wrong"]]
                slowest, peak = max(slowest, report["slowest"]), max(peak, report["peak"])
    for name, count in counts.most_common():
        print(f"{count:8}  {name}")
    for number, difference in sorted(wrong)[:50]:
        print(f"mutant {number}: {difference}")
    seconds = time.perf_counter() - start
    print(
        f"{options.count} mutants of seed {options.seed}, tier {options.tier}, in {seconds:.0f} s: {len(wrong)} wrong"
    )
    print(f"slowest {slowest:.2f} s, peak memory of a process {peak >> 10} MiB")
    return 1 if wrong or slowest > _SLOW else 0


def _start(options: argparse.Namespace, first: int, last: int, progress: Path) -> tuple[subprocess.Popen[bytes], Path]:
    arguments = ["--seed", options.seed, "--first", first, "--count", max(last - first, 0), "--jobs", options.jobs]
    command = [
        sys.executable,
        "-m",
        __spec__.name,
        *map(str, arguments),
        "--tier",
        options.tier,
        "--worker",
        str(progress),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE), progress


if __name__ == "__main__":
    sys.exit(main())
