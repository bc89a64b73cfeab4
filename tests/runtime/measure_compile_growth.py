"""How compile time grows with the size of a function, by shape: python -m tests.runtime.measure_compile_growth."""

from __future__ import annotations

import argparse
import contextlib
import math
import resource
import time

from seaofnodes import Engine, UnsupportedError
from seaofnodes.runtime.counters.feedback import Feedback
from seaofnodes.runtime.process.collector_pause import without_collector
from seaofnodes.runtime.tiers.compile import compile_baseline_tier, compile_optimizing_tier
from seaofnodes.wasm.decoder import decode_module
from tests.runtime.compile_shapes import SHAPES, module_of


def measure(name: str, count: int, tier: str) -> tuple[int, float, str]:
    """Bytes of bytecode; seconds of processor time; why the compiler gave up, or nothing."""
    module = decode_module(module_of(name, count))
    index = len(module.functions) - 1
    engine = Engine()
    code = engine.module_code(module)
    feedback = Feedback.pretended(code.unit.feedback_layout)
    given_up = ""

    def compile() -> None:
        if tier == "baseline":
            compile_baseline_tier(code, index)
        else:
            compile_optimizing_tier(code, index, feedback)

    start = time.thread_time()
    try:
        without_collector(compile)
    except UnsupportedError as error:
        given_up = str(error)
    return module.code[-1].size, time.thread_time() - start, given_up


def main() -> None:
    """A line for each shape: seconds at doubling sizes, µs a byte of bytecode and the last exponent of growth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", help="parts of their names (default: all)")
    parser.add_argument("--tier", default="optimized", choices=("optimized", "baseline"))
    parser.add_argument("--doublings", type=int, default=3)
    parser.add_argument("--start", type=float, default=1.0, help="times the usual first size")
    parser.add_argument("--most", type=float, default=20.0, help="seconds for one compilation, then no more doublings")
    options = parser.parse_args()
    print(f"{'shape':28} {'size':>8} {'seconds':40} {'us/byte':>8}  exponent")
    for name, (_, first) in SHAPES.items():
        if options.shapes and not any(part in name for part in options.shapes):
            continue
        measured: list[tuple[int, float]] = []
        note = ""
        with contextlib.suppress(KeyboardInterrupt):
            for doubling in range(options.doublings + 1):
                size, seconds, note = measure(name, int(first * options.start) << doubling, options.tier)
                measured.append((size, seconds))
                if note or seconds > options.most:
                    break
        size, seconds = measured[-1]
        exponent = math.nan
        if len(measured) > 1:
            before, earlier = measured[-2]
            exponent = math.log(seconds / earlier) / math.log(size / before)
        times = " ".join(f"{seconds:8.3f}" for _, seconds in measured)
        print(f"{name:28} {size:8} {times:40} {seconds / size * 1e6:8.1f} {exponent:9.2f}  {note}", flush=True)
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


if __name__ == "__main__":
    main()
