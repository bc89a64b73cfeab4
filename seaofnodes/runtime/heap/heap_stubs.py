"""What machine code calls to allocate where its own few instructions cannot; see docs/architecture.md, "Builtins"."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import (
    ARRAY_ELEMENTS,
    ARRAY_LENGTH,
    R11,
    RAX,
    RBP,
    RCX,
    RDX,
    RSP,
    TYPE_RECORD_SHIFT,
    TYPE_SIZE,
)
from seaofnodes.ir.ops.traps import ARRAY_TOO_LARGE
from seaofnodes.runtime.code.builtins import Builtins
from seaofnodes.runtime.code.stub_tools import word
from seaofnodes.runtime.entry.stubs import SAVED_SCRATCH, call_with_frame, restore_all, save_all
from seaofnodes.runtime.heap.memory import LARGEST

ARRAY_TYPE: Final = 16  # from a stub's rbp: where `allocate_array` finds the type's id


def refill_area(a: Assembler, python: Label) -> None:
    """rcx: bytes -> rax: address of an object in a hole; Python has to find out what to do if there is none."""
    a.emit("MOV_r64_m64", RDX, word("heap_refill"))
    a.emit("TEST_r64_r64", RDX, RDX)
    a.jcc("E", python)
    a.emit("CMP_r64_i32", RCX, LARGEST)
    a.jcc("A", python)
    a.emit("MOV_r64_m64", RAX, word("heap_control"))
    a.emit("CALL_r64", RDX)
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc("E", python)


def _allocate(a: Assembler) -> None:
    """r11: bytes; Python replaces it by the address."""
    python, done = Label(), Label()
    save_all(a)
    a.emit("MOV_r64_r64", RCX, R11)
    refill_area(a, python)
    a.emit("MOV_m64_r64", SAVED_SCRATCH, RAX)
    a.jmp(done)
    a.bind(python)
    call_with_frame(a, "heap_allocate")
    a.bind(done)
    restore_all(a)
    a.ret()


def _array_size(a: Assembler, type_id: Mem) -> None:
    """rax: bytes of an array whose length is r11; `type_id` is read first."""
    a.emit("MOV_r32_m32", RAX, type_id)
    a.emit("SHL_r64_i8", RAX, TYPE_RECORD_SHIFT)
    a.emit("ADD_r64_m64", RAX, word("heap_types"))
    a.emit("MOV_r32_m32", RAX, Mem(RAX, TYPE_SIZE))
    a.emit("IMUL_r64_r64", RAX, R11)
    a.emit("ADD_r64_i32", RAX, ARRAY_ELEMENTS + 7)
    a.emit("AND_r64_i32", RAX, -8)


def _allocate_array(a: Assembler) -> None:
    """r11: length, on the stack the type's id. Python gives 0 for one that is larger than the heap."""
    slow, python, done, fail = Label(), Label(), Label(), Label()
    a.emit("PUSH_r64", RAX)
    a.emit("PUSH_r64", RCX)
    _array_size(a, Mem(RSP, 24))
    a.emit("CMP_r64_i32", RAX, LARGEST)
    a.jcc("A", slow)
    a.emit("MOV_r64_m64", RCX, word("heap_top"))
    a.emit("ADD_r64_r64", RAX, RCX)
    a.emit("CMP_r64_m64", RAX, word("heap_limit"))
    a.jcc("A", slow)
    a.emit("MOV_m64_r64", word("heap_top"), RAX)
    a.emit("MOV_r32_m32", RAX, Mem(RSP, 24))
    a.emit("MOV_m64_r64", Mem(RCX), RAX)
    a.emit("MOV_m32_r32", Mem(RCX, ARRAY_LENGTH), R11)
    a.emit("MOV_r64_r64", R11, RCX)
    a.emit("POP_r64", RCX)
    a.emit("POP_r64", RAX)
    a.ret()
    a.bind(slow)
    a.emit("POP_r64", RCX)
    a.emit("POP_r64", RAX)
    save_all(a)
    _array_size(a, Mem(RBP, ARRAY_TYPE))
    a.emit("MOV_r64_r64", RCX, RAX)
    refill_area(a, python)
    a.emit("MOV_r32_m32", RCX, Mem(RBP, ARRAY_TYPE))
    a.emit("MOV_m64_r64", Mem(RAX), RCX)
    a.emit("MOV_r64_m64", RCX, SAVED_SCRATCH)
    a.emit("MOV_m32_r32", Mem(RAX, ARRAY_LENGTH), RCX)
    a.emit("MOV_m64_r64", SAVED_SCRATCH, RAX)
    a.jmp(done)
    a.bind(python)
    call_with_frame(a, "heap_allocate_array")
    a.bind(done)
    restore_all(a)
    a.emit("TEST_r64_r64", R11, R11)
    a.jcc("E", fail)
    a.ret()
    a.bind(fail)
    a.jmp_reloc("builtin", f"trap_{ARRAY_TOO_LARGE}")


BUILTINS: Final = Builtins({"allocate": _allocate, "allocate_array": _allocate_array})
