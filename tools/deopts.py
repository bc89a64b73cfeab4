"""Forced deoptimizations of random modules: python tools/deopts.py [--count N] [--seed S] [FILE.wasm ...].

Optimized code leaves at every place where it could; frames, memories and globals are compared with the reference
interpreter's. Prints what was reached, also when interrupted; fails if anything differs.
"""

from __future__ import annotations

import argparse
import functools
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

from seaofnodes.errors import Error
from seaofnodes.fuzz.case import plan_calls
from seaofnodes.fuzz.plan import Plan, make_case
from seaofnodes.fuzz.sides.forced import Forced, Mode, force
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.module import Module

_REPORT: Final = 100  # modules


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="modules instead of random ones")
    parser.add_argument("--count", type=int, default=20, help="random modules")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--objects", action="store_true", help="random modules may have structs and arrays")
    parser.add_argument("--stress-gc", action="store_true", help="collect at every allocation")
    parser.add_argument("--rounds", type=int, default=3, help="calls of everything, with all exits armed anew")
    parser.add_argument("--calls", type=int, default=4, help="times as many calls of each export as the fuzzer makes")
    parser.add_argument("--pipeline", default="default")
    parser.add_argument("--without", action="append", default=[], metavar="PASS", help="leave a pass out")
    parser.add_argument("--mode", choices=get_args(Mode), default="functions", help="what is optimized when")
    options = parser.parse_args()
    pipeline = functools.reduce(Pipeline.without, options.without, Pipeline.parse(options.pipeline))
    start = time.perf_counter()
    total = Forced()
    modules = 0
    try:
        for name, module in _modules(options):
            draws = [random.Random(options.seed + i) for i in range(options.calls)]
            calls = [call for rng in draws for call in plan_calls(module, rng)]
            try:
                found = force(
                    module,
                    calls,
                    rounds=options.rounds,
                    pipeline=pipeline,
                    mode=options.mode,
                    collect=options.stress_gc,
                )
            except Error as error:
                print(f"{name}: {error}", file=sys.stderr)
                continue
            for line in found.wrong:
                print(f"{name}: {line}", flush=True)
            total.add(found)
            modules += 1
            if modules % _REPORT == 0:
                print(f"{modules:,} modules, {total.deopts:,} deoptimizations", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        pass  # what has been found is told
    seconds = time.perf_counter() - start
    share = 100 * total.taken / max(total.emitted, 1)
    print(f"{modules:,} modules, {total.deopts:,} deoptimizations, {seconds:.0f} s, {len(total.wrong)} wrong")
    print(f"exits: {total.emitted:,} emitted, {total.taken:,} taken ({share:.1f} %)")
    print(f"objects: {total.objects:,} made, at {total.rebuilt:,} exits")
    print("frames at once:", ", ".join(f"{depth}: {count:,}" for depth, count in sorted(total.depth.items())))
    print("values:", ", ".join(f"{t} {where}: {count:,}" for (t, where), count in sorted(total.values.items())))
    return 1 if total.wrong else 0


def _modules(options: argparse.Namespace) -> Iterator[tuple[str, Module]]:
    """Names and modules: the files, or random ones."""
    if options.files:
        for path in options.files:
            yield str(path), decode_module(path.read_bytes(), SUPPORTED)
        return
    plan = Plan(options.seed, objects=options.objects)
    for number in range(options.count):
        yield f"module {number}", decode_module(make_case(plan, number).data, SUPPORTED)


if __name__ == "__main__":
    sys.exit(main())
