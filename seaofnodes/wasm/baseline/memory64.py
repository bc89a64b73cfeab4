"""Addresses in 64-bit memories: no guard pages are large enough, so every access compares."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.layout import MEMORY_BYTES, RBP
from seaofnodes.backend.template.values import MASK64, SCRATCH, constant_bits
from seaofnodes.wasm.baseline.compiler import Compiler

OUT_OF_BOUNDS: Final = "out of bounds memory access"


def checked_address(c: Compiler, memory: int, offset: int, width: int, entry: int, index: int, pinned: int) -> Mem:
    """The address of `width` bytes at the operand just taken + offset, neither of which wraps around."""
    length = offset + width  # the access ends so far behind the operand
    if entry < 0:
        length += constant_bits(entry)
    if length > MASK64:
        c.trap(OUT_OF_BOUNDS)
        c.reachable = False
        return Mem(RBP)  # of code that is never reached
    outside = c.trap_label(OUT_OF_BOUNDS)
    if entry < 0:
        end = c.allocate(pinned)
        c.asm.move_constant(end, length)
    else:
        end = c.to_new_register(entry, index, pinned)
        if length < 0x8000_0000:
            c.emit("ADD_r64_i32", end, length)
        else:
            c.asm.move_constant(SCRATCH, length)
            c.emit("ADD_r64_r64", end, SCRATCH)
        c.asm.jcc("B", outside)
    pinned |= 1 << end
    instance = c.instance(pinned)
    c.emit("MOV_r64_m64", SCRATCH, Mem(instance, c.layout.memories[memory] + 8))
    c.emit("CMP_r64_m64", end, Mem(SCRATCH, MEMORY_BYTES))
    c.asm.jcc("A", outside)
    return Mem(c.memory_start(memory, pinned), -width, end)
