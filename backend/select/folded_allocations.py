"""Allocations that follow each other become one, of the sum of their sizes, as in V8's memory lowering.

Between the first and the last of them nothing may collect garbage: memory that no object is in yet would be free.
"""

from __future__ import annotations

from typing import Any, Final

from seaofnodes.backend.instruction import Instruction, Operand
from seaofnodes.backend.select.address import Address

_LARGEST: Final = 1024  # bytes of objects that are allocated together


def fold_allocations(code: list[Instruction]) -> None:
    """Fold those of a block, whose instructions are in execution order."""
    first: Instruction | None = None
    size = 0
    for instruction in code:
        if instruction.opcode != "ALLOCATE":
            if instruction.is_call or instruction.is_safepoint:
                first = None
            continue
        more: Any = instruction.payload
        if first is None or size + more > _LARGEST:
            first, size = instruction, more
            continue
        base: list[Operand] = [first.defs[0]]
        instruction.opcode, instruction.uses = "LEA_r64_m", base
        instruction.payload, instruction.is_safepoint = Address(0, disp=size), False
        size += more
        first.payload = size
