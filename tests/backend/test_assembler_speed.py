"""How fast the assembler is, and that its cost grows linearly. As a script, it prints microseconds an instruction."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable

import pytest

from seaofnodes.backend.assembler import Assembler, Label, Mem, Rip
from seaofnodes.backend.layout import RBP, RBX, RDX, RSP

SHARED = Mem(RBP, -24)

CASES: dict[str, Callable[[Assembler, int], None]] = {
    "register, register": lambda asm, i: asm.emit("ADD_r32_r32", i & 15, RBX),
    "register, register, register (VEX)": lambda asm, i: asm.emit("VADDSD_x_x_x", i & 15, 2, 3),
    "register, byte immediate": lambda asm, i: asm.emit("ADD_r32_i32", i & 15, i & 127),
    "register, immediate": lambda asm, i: asm.emit("ADD_r32_i32", i & 15, i + 300),
    "register, memory": lambda asm, i: asm.emit("MOV_r64_m64", i & 15, SHARED),
    "memory, immediate": lambda asm, i: asm.emit("MOV_m32_i32", SHARED, i),
    "register, new memory [base+disp8]": lambda asm, i: asm.emit("MOV_r64_m64", i & 15, Mem(RBP, -8 * (i & 15))),
    "register, new memory [base+index*8+disp32]": lambda asm, i: asm.emit("MOV_r64_m64", i & 15, Mem(RBX, i, RDX, 8)),
    "register, external memory": lambda asm, i: asm.emit("CMP_r64_m64", RSP, Rip(reloc=("context", 0))),
    "label, forward branch, bind": lambda asm, i: forward(asm),
}


def forward(asm: Assembler) -> None:
    label = Label()
    asm.jcc("E", label)
    asm.bind(label)


def typical(asm: Assembler, count: int) -> None:
    """About `count` instructions as a compiler would have them: a fifth are branches, some of them far."""
    far = Label()
    for i in range(count // 10):
        near = Label()
        asm.emit("MOV_r64_m64", i & 15, Mem(RBP, -8 * (i & 63)))
        asm.emit("ADD_r32_r32", i & 15, RBX)
        asm.emit("CMP_r32_i32", RBX, i)
        asm.jcc("E", near)
        asm.emit("MOVSD_x_m64", 3, Rip(asm.constant(i.to_bytes(8, "little"))))
        asm.emit("ADDSD_x_x", 3, 4)
        asm.bind(near)
        asm.emit("MOV_m64_r64", Mem(RBX, i, RDX, 4), i & 15)
        asm.call_mem(Rip(reloc=("slot", i)))
        asm.emit("TEST_r32_r32", 0, 0)
        asm.jcc("NE", far)
        if i % 100 == 99:
            asm.bind(far)
            far = Label()
    asm.bind(far)


def measure(count: int) -> tuple[float, float]:
    """Microseconds of processor time an instruction: emitting, finishing; the best of three.

    Without the cyclic garbage collector, as in the engine: it would look at everything else that the process holds.
    """
    best = [math.inf, math.inf]
    enabled = gc.isenabled()
    gc.disable()
    for _ in range(3):
        asm = Assembler()
        start = time.thread_time()
        typical(asm, count)
        emitted = time.thread_time()
        asm.finish()
        finished = time.thread_time()
        best = [min(best[0], emitted - start), min(best[1], finished - emitted)]
    if enabled:
        gc.enable()
    return best[0] / count * 1e6, best[1] / count * 1e6


@pytest.mark.alone
def test_cost_is_small_and_linear() -> None:
    measure(100)  # fills the tables
    small, large = sum(measure(3_000)), sum(measure(48_000))
    assert large < 15  # microseconds; 1.3 on an idle machine, so that only a blunder shows
    assert large / small < 2.5  # quadratic growth would give 16


def main() -> None:
    for name, case in CASES.items():
        best = math.inf
        for _ in range(3):
            asm = Assembler()
            start = time.perf_counter()
            for i in range(100_000):
                case(asm, i)
            best = min(best, time.perf_counter() - start)
        print(f"{name:44} {best * 10:6.2f} µs")
    for count in (1_000, 10_000, 100_000, 1_000_000):
        emitting, finishing = measure(count)
        print(f"{count:8} typical instructions: emit {emitting:.2f} µs, finish {finishing:.2f} µs each")


if __name__ == "__main__":
    main()
