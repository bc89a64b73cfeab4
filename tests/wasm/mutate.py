"""Compares our verdicts on mutated modules with wasmtime's: `python -m tests.wasm.mutate --count 100000 --seed 1`.

Each is judged twice: with the features that engines support, and with those that the interpreter has as well.
Exit code 1 if a verdict differs without a known reason, or anything but the project's errors is raised.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from seaofnodes.errors import DecodeError, UnsupportedFeatureError, ValidationError
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.features import (
    BULK_MEMORY,
    EXTENDED_CONST,
    FUNCTION_REFERENCES,
    GC_TYPES,
    LEGACY_EXCEPTIONS,
    LIMITS,
    MULTI_VALUE,
    MUTABLE_GLOBALS,
    SATURATING_CONVERSIONS,
    SIGN_EXTENSION,
    SUPPORTED,
)
from seaofnodes.wasm.text import assemble
from tests.spec.script import module_binaries
from tests.wasm.mutations import Parts, mutant, take_apart
from tests.wasm.oracle import verdict

SHARED = Path(__file__).resolve().parents[3] / "shared"
_SLOW = 2.0  # seconds for one module

LATER = SUPPORTED - {LEGACY_EXCEPTIONS}  # wasmtime has no legacy exceptions
EARLY = frozenset(  # what an older engine has
    {MUTABLE_GLOBALS, SIGN_EXTENSION, SATURATING_CONVERSIONS, MULTI_VALUE, EXTENDED_CONST, BULK_MEMORY}
)

# Why wasmtime, with later features off, refuses what the specification accepts and we do: it ties a newer encoding to a
# feature. Wasmtime accepts each of them with later features on.
_NEWER_ENCODINGS = {
    "global.get of locally defined global": "wasmtime ties reading earlier globals in constants to gc",
    "zero byte expected": "wasmtime ties memory indices of several bytes to multi-memory",
    "invalid var_u32: integer representation too long": "wasmtime ties offsets of more than 5 bytes to memory64",
}


@dataclass(slots=True)
class Tally:
    """What came of the mutants: counts of verdicts, and disagreements as (number, ours, theirs)."""

    counts: Counter[str] = field(default_factory=Counter)
    disagreements: list[tuple[int, str, str]] = field(default_factory=list)
    slowest: float = 0.0
    peak_kib: int = 0

    def add(self, other: Tally) -> None:
        """Take in the tally of another process."""
        self.counts += other.counts
        self.disagreements += other.disagreements
        self.slowest = max(self.slowest, other.slowest)
        self.peak_kib = max(self.peak_kib, other.peak_kib)


def originals(shared: Path, later: bool = True) -> list[list[Parts]]:
    """Valid modules to start from, in groups that are equally likely: benchmarks, fuzzed ones, the test suite's.

    later: also those that need later features.
    """
    spec = shared / "spec"
    benchmarks = [assemble(path.read_text()) for path in sorted((shared / "bench/kernels").glob("*.wat"))]
    fuzzed = [path.read_bytes() for path in sorted((shared / "fuzz").glob("mvp_*.wasm"))]
    scripts = [*sorted(spec.glob("*.wast")), *sorted((spec / "bulk-memory").glob("*.wast"))]
    groups = [benchmarks, fuzzed, _modules(scripts)]
    if later:
        folders = ("exceptions", "memory64", "multi-memory")
        groups.append([path.read_bytes() for path in sorted((shared / "fuzz").glob("refs_tail_*.wasm"))])
        objects = [path.read_bytes() for path in sorted((shared / "fuzz").glob("gc_*.wasm"))]
        groups.append(objects + _modules(sorted((spec / "gc").glob("*.wast"))))
        groups.append(_modules([script for folder in folders for script in sorted((spec / folder).glob("*.wast"))]))
        groups.append(_modules([path for path in scripts if path.stem.startswith(("ref_", "br_on", "call_ref"))]))
        groups.append(_modules([path for path in scripts if path.stem.startswith(("return_call", "table", "type"))]))
    found = []
    for group in groups:
        parts = []
        for data in group:
            try:
                parts.append(take_apart(decode_module(data, LATER if later else EARLY)))
            except (DecodeError, ValidationError):
                continue  # needs a feature that is off, or is meant to be invalid
        found.append(parts)
    return found


def _modules(scripts: Sequence[Path]) -> list[bytes]:
    return [data for script in scripts for data in module_binaries(script) if len(data) < 10_000]


def make(groups: list[list[Parts]], seed: int, number: int) -> bytes:
    """Mutant `number` of a seed."""
    rng = random.Random(f"{seed}:{number}")
    return mutant(rng.choice(rng.choice(groups)), rng)


def judge(data: bytes, later: bool = False) -> tuple[str, str]:
    """(our verdict, "" if it is explained or the same as wasmtime's, else wasmtime's).

    later: with later features.
    """
    reason = ""
    try:
        decode_module(data, LATER if later else EARLY)
        ours = "valid"
    except UnsupportedFeatureError as problem:
        ours = "over a limit" if problem.feature == LIMITS else "unsupported"
        reason = str(problem)
        if not later and problem.feature in (GC_TYPES, FUNCTION_REFERENCES) and not verdict(data):
            return "wasmtime takes new encodings of old types without the features they came with", ""
    except (DecodeError, ValidationError) as problem:
        ours = "malformed" if isinstance(problem, DecodeError) else "invalid"
        reason = str(problem)
    theirs = verdict(data, later)
    if (ours == "valid") == (theirs == ""):
        return ours, ""
    if ours == "over a limit":
        return "over a limit that wasmtime has not: " + re.sub(r"[\d,]+ (?!are)", "", reason).partition(":")[0], ""
    if ours == "valid" and not later:
        for text, why in _NEWER_ENCODINGS.items():
            if text in theirs and not verdict(data, later=True):
                return why, ""
    return ours, f"we: {reason or 'valid'}; wasmtime: {theirs or 'valid'}"


def run(seed: int, numbers: range, shared: Path = SHARED) -> Tally:
    """Judge some mutants of a seed."""
    groups = originals(shared)
    tally = Tally()
    for number in numbers:
        data = make(groups, seed, number)
        for later in (False, True):
            start = time.perf_counter()
            try:
                ours, difference = judge(data, later)
            except Exception as problem:  # the very thing looked for: told, with the mutant's number
                ours, difference = "crashed", f"{type(problem).__name__}: {problem}"
            tally.slowest = max(tally.slowest, time.perf_counter() - start)
            tally.counts[f"{'later features' if later else 'supported'}: {ours}"] += 1
            if difference:
                tally.disagreements.append((number, ours, difference))
    tally.peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return tally


def main() -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.wasm.mutate", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--save", type=Path, help="write the mutants numbered --first and following here instead")
    options = parser.parse_args()
    if options.save:
        groups = originals(SHARED)
        for number in range(options.first, options.first + options.count):
            (options.save / f"mutant_{options.seed}_{number}.wasm").write_bytes(make(groups, options.seed, number))
        return 0
    start = time.perf_counter()
    tally = Tally()
    with ProcessPoolExecutor(2) as pool:
        last = options.first + options.count
        for part in pool.map(run, [options.seed] * 2, [range(options.first + i, last, 2) for i in range(2)]):
            tally.add(part)
    seconds = time.perf_counter() - start
    for verdict_, count in tally.counts.most_common():
        print(f"{count:8}  {count / options.count:6.1%}  {verdict_}")
    for number, ours, difference in tally.disagreements[:50]:
        print(f"mutant {number}: {ours}: {difference}")
    print(
        f"{options.count} mutants of seed {options.seed} in {seconds:.0f} s: {len(tally.disagreements)} disagreements"
    )
    print(f"slowest {tally.slowest:.2f} s, peak memory of a process {tally.peak_kib >> 10} MiB")
    return 1 if tally.disagreements or tally.slowest > _SLOW else 0


if __name__ == "__main__":
    sys.exit(main())
