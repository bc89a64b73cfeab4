"""Stubs of memory.grow and of bulk memory operations; see docs/architecture.md, "Builtins"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import (
    INSTANCE_HEADER,
    INTEGER_ARGUMENTS,
    MEMORY_BYTES,
    R8,
    R9,
    R11,
    RAX,
    RBP,
    RBX,
    RCX,
    RDI,
    RDX,
    RSI,
    RSP,
)
from seaofnodes.runtime.code.builtins import Builtins
from seaofnodes.runtime.code.stub_tools import call_c, word
from seaofnodes.wasm.engine.stubs.bulk import MEMORY_TRAP, OPERATIONS, TABLE_TRAP


def _memory_grow(a: Assembler) -> None:
    """Calls Python with the address of [delta, index, instance]; the result comes back in the first word."""
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    for register in (RSI, RAX, RCX, RCX):  # the second rcx aligns
        a.emit("PUSH_r64", register)
    a.emit("MOV_r64_m64", RDI, word("memory_grow"))
    a.emit("LEA_r64_m", RSI, Mem(RBP, -24))
    a.call_reloc("builtin", "call_python")
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")
    a.emit("MOV_r64_m64", RAX, Mem(RBP, -24))
    a.emit("LEAVE")
    a.ret()


def _bulk(number: int) -> Callable[[Assembler], None]:
    """Calls Python with the address of [number, operands from the last to the first, instance].

    -1 or a trap comes back.
    """

    def build(a: Assembler) -> None:
        a.emit("PUSH_r64", RBP)
        a.emit("MOV_r64_r64", RBP, RSP)
        for register in (RSI, *INTEGER_ARGUMENTS[:5]):
            a.emit("PUSH_r64", register)
        a.emit("PUSH_i32", number)
        a.emit("PUSH_r64", RBP)  # aligns
        a.emit("MOV_r64_m64", RDI, word("bulk"))
        a.emit("LEA_r64_m", RSI, Mem(RSP, 8))
        a.call_reloc("builtin", "call_python")
        a.emit("TEST_r64_r64", RAX, RAX)
        a.jcc_reloc("E", "builtin", "unwind_raised")
        a.emit("MOV_r64_m64", RAX, Mem(RSP, 8))
        trapped, table = Label(), Label()
        a.emit("TEST_r64_r64", RAX, RAX)
        a.jcc("NS", trapped)
        a.emit("LEAVE")
        a.ret()
        a.bind(trapped)
        a.emit("CMP_r64_i32", RAX, MEMORY_TRAP)
        a.jcc("NE", table)
        a.call_reloc("builtin", f"trap_{MEMORY_TRAP}")
        a.bind(table)
        a.call_reloc("builtin", f"trap_{TABLE_TRAP}")

    return build


def _memory(a: Assembler, target: int, index: int) -> None:
    """Put the start of the instance's memory number `index` (a register) into `target`, and its size into r11."""
    a.emit("SHL_r64_i8", index, 4)  # memories come first in an instance, 16 bytes each
    a.emit("MOV_r64_m64", R11, Mem(RSI, INSTANCE_HEADER + 8, index))
    a.emit("MOV_r64_m64", target, Mem(RSI, INSTANCE_HEADER, index))
    a.emit("MOV_r64_m64", R11, Mem(R11, MEMORY_BYTES))


def _check_range(a: Assembler, start: int, count: int, trap: Label) -> None:
    """Trap unless start + count <= r11; clobbers r8."""
    a.emit("MOV_r64_r64", R8, start)
    a.emit("ADD_r64_r64", R8, count)
    a.jcc("B", trap)
    a.emit("CMP_r64_r64", R8, R11)
    a.jcc("A", trap)


def _memory_copy(a: Assembler) -> None:
    """eax, ecx: memories; edx, ebx: target and source; edi: count."""
    trap = Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    _memory(a, RAX, RAX)
    _check_range(a, RDX, RDI, trap)
    _memory(a, R9, RCX)
    _check_range(a, RBX, RDI, trap)
    a.emit("LEA_r64_m", RSI, Mem(R9, 0, RBX))
    a.emit("ADD_r64_r64", RAX, RDX)
    a.emit("MOV_r64_r64", RDX, RDI)
    a.emit("MOV_r64_r64", RDI, RAX)
    call_c(a, "memmove")
    a.emit("LEAVE")
    a.ret()
    a.bind(trap)
    a.call_reloc("builtin", f"trap_{MEMORY_TRAP}")


def _memory_fill(a: Assembler) -> None:
    """eax: memory; ecx: target; edx: value; ebx: count."""
    trap = Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    _memory(a, RDI, RAX)
    _check_range(a, RCX, RBX, trap)
    a.emit("ADD_r64_r64", RDI, RCX)
    a.emit("MOV_r32_r32", RSI, RDX)
    a.emit("MOV_r64_r64", RDX, RBX)
    call_c(a, "memset")
    a.emit("LEAVE")
    a.ret()
    a.bind(trap)
    a.call_reloc("builtin", f"trap_{MEMORY_TRAP}")


BUILTINS: Final = Builtins(
    {
        "memory_grow": _memory_grow,
        "memory_copy": _memory_copy,
        "memory_fill": _memory_fill,
        **{name: _bulk(number) for number, name in enumerate(OPERATIONS)},
    }
)
