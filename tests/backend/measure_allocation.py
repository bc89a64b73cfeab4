"""How the register allocator's time grows with the size of a function: python -m tests.backend.measure_allocation."""

from __future__ import annotations

import gc
import math
import sys
import time

from seaofnodes.backend.allocation import allocate
from seaofnodes.backend.instruction import Sequence
from tests.backend.random_sequences import Shape, random_sequence


def make(size: int) -> Sequence:
    """A sequence of about that many instructions: calls, slow paths, loops, 40 values that live through much of it."""
    shape = Shape(
        size=size,
        calls=0.05,
        fixed=0.05,
        deferred=0.1,
        fresh=0.9,
        floats=0.2,
        references=0.1,
        depth=6,
        constants=0.05,
        old=40,
    )
    for seed in range(1000):
        sequence = random_sequence(seed, shape)
        if sum(len(block.instructions) for block in sequence.blocks) >= 0.9 * size:
            return sequence
    raise AssertionError("no seed gives a sequence of that size")


def main() -> None:
    """Print a table: µs of processor time per instruction, and the growth exponent."""
    sizes = [int(text) for text in sys.argv[1:]] or [1000, 2000, 4000, 8000, 16000, 32000]
    measured: list[tuple[float, float]] = []
    gc.disable()
    print("instructions  blocks  µs/instruction  ranges  spilled  moves  slots")
    for size in sizes:
        sequence = make(size)
        count = sum(len(block.instructions) for block in sequence.blocks)
        start = time.process_time()
        allocation = allocate(sequence)
        seconds = time.process_time() - start
        measured.append((math.log(count), math.log(seconds)))
        s = allocation.statistics
        print(
            f"{count:12}{len(sequence.blocks):8}{seconds / count * 1e6:16.1f}"
            f"{s['ranges']:8}{s['spilled']:9}{s['moves']:7}{allocation.slots:7}"
        )
    xs, ys = zip(*measured, strict=True)
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    slope = sum((a - x) * (b - y) for a, b in measured) / max(sum((a - x) ** 2 for a in xs), 1e-9)
    print(f"growth exponent {slope:.2f}")


if __name__ == "__main__":
    main()
