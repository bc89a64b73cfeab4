"""Runs fuzzed modules and compares with Binaryen's results: `python -m tests.fuzz_data.run [--tier TIER] [MODULE...]`.

Exit code 1 if an outcome differs or a function is not compiled as told, 2 if there is nothing to run.
"""

from __future__ import annotations

import argparse
import struct
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seaofnodes.errors import Trap, UnsupportedFeatureError
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.module import FUNCTION, GLOBAL
from seaofnodes.wasm.types import ValType
from tests.fuzz_data.expected import Outcome, read, same
from tests.fuzz_data.host import FuzzingSupport, JavaScriptException, shown_reference, zeros
from tests.spec.adapters import GIVEN_UP, TIERS, Adapter, adapter, features_of

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "fuzz"
# Binaryen's words for traps -> the specification's.
_TRAPS = {
    "unreachable": "unreachable",
    "by 0": "integer divide by zero",
    "out of bounds": "out of bounds memory access",
    "memory": "out of bounds memory access",
    "overflow": "integer overflow",
    "of nan": "invalid conversion to integer",
    "non-subtype": "indirect call type mismatch",
    "null ref": "null reference",
    "cast error": "cast failure",
}
_FORMATS = {"i32": ("<I", "<i"), "i64": ("<Q", "<q"), "f32": ("<I", "<f"), "f64": ("<Q", "<d")}


@dataclass(slots=True)
class Report:
    """What came of a module: exports that did as expected, differences, the feature it was skipped for."""

    passed: int = 0
    failures: list[str] = field(default_factory=list)
    skipped: str = ""
    compiled: Counter[str] = field(default_factory=Counter)


def shown(kind: ValType, bits: Any) -> float | str:
    """A bit pattern as a signed integer or a float, a reference as Binaryen prints it."""
    if kind.is_reference:
        return shown_reference(bits)
    stored, read_as = _FORMATS[kind.name]
    value: float = struct.unpack(read_as, struct.pack(stored, bits))[0]
    return value


def run_module(path: Path, runner: Adapter, features: frozenset[str]) -> Report:
    """Call the exports of a module in order, as Binaryen did. Raises OSError."""
    report = Report()
    try:
        module = decode_module(path.read_bytes(), features)
    except UnsupportedFeatureError as problem:
        report.skipped = problem.feature
        return report
    host = FuzzingSupport(module)
    host.instance = instance = runner.instantiate(module, host.imports())
    expected = read(path.with_suffix(".expected.txt").read_text())
    called = [export for export in module.exports if export.kind in (FUNCTION, GLOBAL)]
    if [export.name for export in called] != [outcome.name for outcome in expected]:
        report.failures.append("the exports are not those of the expected text")
        return report
    for export, outcome in zip(called, expected, strict=True):
        host.logged.clear()
        trap, results = "", []
        if export.kind == GLOBAL:
            kind = module.globals[export.index].type.type
            host.logged.append([(shown(kind, instance.exports[export.name].bits), kind.is_float)])
        else:
            kinds = module.functions[export.index].results
            try:
                found = instance.exports[export.name].call_bits(*zeros(module.functions[export.index]))
                results = [(shown(kind, bits), kind.is_float) for kind, bits in zip(kinds, found, strict=True)]
            except Trap as problem:
                trap = "null reference" if problem.reason.startswith("null ") else problem.reason  # of whatever kind
            except JavaScriptException as problem:
                trap = f"exception: {problem}"
            except Exception as problem:  # a bug of ours: told with the differences
                trap = f"{type(problem).__name__}: {problem}"
        difference = _difference(outcome, trap, results, host.logged)
        if difference:
            report.failures.append(f"{export.name}: {difference}")
        else:
            report.passed += 1
    report.compiled = runner.compiled()
    return report


def _difference(
    outcome: Outcome, trap: str, results: list[tuple[float | str, bool]], logged: list[list[tuple[float | str, bool]]]
) -> str:
    """What differs from the expected outcome; empty if nothing does."""
    wanted_trap = next((words for text, words in _TRAPS.items() if text in outcome.trap), outcome.trap)
    if trap != wanted_trap:
        return f"trap {trap!r}, expected {outcome.trap!r}"
    if not trap and not _all_same(outcome.results, results):
        return f"results {results}, expected {outcome.results}"
    if len(logged) != len(outcome.logged):
        return f"{len(logged)} lines logged, expected {len(outcome.logged)}"
    for at, (wanted, line) in enumerate(zip(outcome.logged, logged, strict=True)):
        if not _all_same(wanted, line):
            return f"log line {at}: {line}, expected {wanted}"
    return ""


def _all_same(expected: list[str], actual: list[tuple[float | str, bool]]) -> bool:
    return len(expected) == len(actual) and all(
        same(wanted, value, is_float) for wanted, (value, is_float) in zip(expected, actual, strict=True)
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the modules named on the command line, or all mvp ones; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_data.run", description=__doc__)
    parser.add_argument("modules", nargs="*", type=Path)
    parser.add_argument("--tier", choices=TIERS[1:], default="auto")
    options = parser.parse_args(arguments)
    modules = options.modules or sorted(FOLDER.glob("mvp_*.wasm"))
    if not modules:
        print(f"no modules in {FOLDER}", file=sys.stderr)
        return 2
    total = Counter[str]()
    compiled = Counter[str]()
    for path in modules:
        runner = adapter(options.tier)
        assert runner is not None
        report = run_module(path, runner, features_of(options.tier))
        status = f"skipped: {report.skipped}" if report.skipped else f"{report.passed} exports as expected"
        print(f"{path.name:16} {status}, {len(report.failures)} not")
        for failure in report.failures[:5]:
            print(f"    {failure}")
        total += Counter(modules=1, passed=report.passed, failed=len(report.failures), skipped=bool(report.skipped))
        compiled += report.compiled
    print(", ".join(f"{name} {total[name]}" for name in ("modules", "passed", "failed", "skipped")))
    if compiled:
        print("functions compiled: " + ", ".join(f"{name} {count}" for name, count in compiled.most_common()))
    return 1 if total["failed"] or any(name.startswith(GIVEN_UP) for name in compiled) else 0


if __name__ == "__main__":
    sys.exit(main())
