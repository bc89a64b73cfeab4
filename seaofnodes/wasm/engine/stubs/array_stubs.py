"""Stubs of instructions on many elements of arrays; see docs/architecture.md, "Builtins"."""

from __future__ import annotations

from functools import partial
from typing import Final

from seaofnodes.backend.assembler import Assembler, Label, Mem
from seaofnodes.backend.layout import (
    ARRAY_ELEMENTS,
    ARRAY_LENGTH,
    INSTANCE_DATA,
    INSTANCE_ELEMENTS,
    INTEGER_ARGUMENTS,
    OBJECT_TAG,
    OBJECT_TYPE,
    R8,
    R9,
    R10,
    R11,
    RAX,
    RBP,
    RBX,
    RCX,
    RDI,
    RDX,
    RSI,
    RSP,
    SEGMENT_ADDRESS,
    SEGMENT_LENGTH,
    SEGMENT_RECORD,
    TYPE_RECORD_SHIFT,
    TYPE_SIZE,
)
from seaofnodes.ir.ops.traps import (
    ARRAY_OUT_OF_BOUNDS,
    ARRAY_TOO_LARGE,
    MEMORY_OUT_OF_BOUNDS,
    NULL_ARRAY,
    TABLE_OUT_OF_BOUNDS,
)
from seaofnodes.runtime.code.builtins import Builtins
from seaofnodes.runtime.code.stub_tools import call_c, word
from seaofnodes.runtime.heap.heap_stubs import refill_area
from seaofnodes.runtime.heap.memory import LARGEST
from seaofnodes.wasm.engine.stubs.arrays import OPERATIONS

_REASONS: Final = (MEMORY_OUT_OF_BOUNDS, TABLE_OUT_OF_BOUNDS, ARRAY_TOO_LARGE)
_LENGTH: Final = ARRAY_LENGTH - OBJECT_TAG
_FIRST: Final = ARRAY_ELEMENTS - OBJECT_TAG
_RECORD_SHIFT: Final = SEGMENT_RECORD.bit_length() - 1
_TYPE, _COUNT, _SOURCE, _BYTES, _MADE = -16, -40, -48, -56, -64  # from rbp, while an array is made of a segment


def _through_python(a: Assembler, number: int) -> None:
    """Calls Python with the address of [number, operands from the last to the first, instance].

    The result, or -1 - a trap's reason, comes back in the first word.
    """

    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    for register in (RSI, *INTEGER_ARGUMENTS[:4]):
        a.emit("PUSH_r64", register)
    a.emit("PUSH_i32", number)
    a.emit("MOV_r64_m64", RDI, word("array_bulk"))
    a.emit("MOV_r64_r64", RSI, RSP)
    a.call_reloc("builtin", "call_python")
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc_reloc("E", "builtin", "unwind_raised")
    trapped = Label()
    a.emit("MOV_r64_m64", RAX, Mem(RSP))
    a.emit("TEST_r64_r64", RAX, RAX)
    a.jcc("S", trapped)
    a.emit("LEAVE")
    a.ret()
    a.bind(trapped)
    for reason in _REASONS:
        other = Label()
        a.emit("CMP_r64_i32", RAX, -1 - reason)
        a.jcc("NE", other)
        a.call_reloc("builtin", f"trap_{reason}")
        a.bind(other)
    a.emit("INT3")


def _element_size(a: Assembler, to: int, array: int) -> None:
    """Bytes of an element of the array in a register."""
    a.emit("MOV_r32_m32", to, Mem(array, OBJECT_TYPE - OBJECT_TAG))
    _size_of_type(a, to)


def _size_of_type(a: Assembler, to: int) -> None:
    """The id of an array type becomes the size of an element."""
    a.emit("SHL_r64_i8", to, TYPE_RECORD_SHIFT)
    a.emit("ADD_r64_m64", to, word("heap_types"))
    a.emit("MOV_r32_m32", to, Mem(to, TYPE_SIZE))


def _check_range(a: Assembler, array: int, start: int, count: int, trap: Label) -> None:
    """Trap unless start + count <= length; clobbers r10 and r11."""
    a.emit("MOV_r32_m32", R11, Mem(array, _LENGTH))
    a.emit("LEA_r64_m", R10, Mem(start, 0, count))
    a.emit("CMP_r64_r64", R10, R11)
    a.jcc("A", trap)


def _check_null(a: Assembler, array: int, trap: Label) -> None:
    a.emit("TEST_r64_r64", array, array)
    a.jcc("E", trap)


def _traps(a: Assembler, null: Label, bounds: Label) -> None:
    for label, reason in ((null, NULL_ARRAY), (bounds, ARRAY_OUT_OF_BOUNDS)):
        a.bind(label)
        a.call_reloc("builtin", f"trap_{reason}")


def _array_fill(a: Assembler) -> None:
    """eax: type; rcx: array; edx: first element; rbx: the value's bits, a float's too; edi: count."""
    null, bounds = Label(), Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    _check_null(a, RCX, null)
    _check_range(a, RCX, RDX, RDI, bounds)
    _element_size(a, R8, RCX)
    a.emit("IMUL_r64_r64", RDX, R8)
    a.emit("LEA_r64_m", R9, Mem(RCX, _FIRST, RDX))
    a.emit("MOV_r64_r64", RCX, RDI)
    a.emit("MOV_r64_r64", RDI, R9)
    a.emit("MOV_r64_r64", RAX, RBX)
    done = Label()
    for size, form in ((1, "REP_STOSB"), (4, "REP_STOSD"), (8, "REP_STOSQ")):
        other = Label()
        a.emit("CMP_r32_i32", R8, size)
        a.jcc("NE", other)
        a.emit(form)
        a.jmp(done)
        a.bind(other)
    a.emit("TEST_r64_r64", RCX, RCX)
    a.jcc("E", done)
    again = a.mark()
    a.emit("MOV_m16_r16", Mem(RDI, -2, RCX, 2), RAX)
    a.emit("DEC_r64", RCX)
    a.jcc("NE", again)
    a.bind(done)
    a.emit("LEAVE")
    a.ret()
    _traps(a, null, bounds)


def _array_copy(a: Assembler) -> None:
    """eax, ecx: types; rdx, ebx: target and its first element; rdi, r8d: source and its first element; r9d: count."""
    null, bounds = Label(), Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    _check_null(a, RDX, null)
    _check_null(a, RDI, null)
    _check_range(a, RDX, RBX, R9, bounds)
    _check_range(a, RDI, R8, R9, bounds)
    _element_size(a, RAX, RDX)
    for register in (RBX, R8, R9):
        a.emit("IMUL_r64_r64", register, RAX)
    a.emit("LEA_r64_m", RSI, Mem(RDI, _FIRST, R8))
    a.emit("LEA_r64_m", RDI, Mem(RDX, _FIRST, RBX))
    a.emit("MOV_r64_r64", RDX, R9)
    call_c(a, "memmove")
    a.emit("LEAVE")
    a.ret()
    _traps(a, null, bounds)


def _in_segment(a: Assembler, segment: int, start: int, count: int, size: int, of_data: bool, trap: Label) -> None:
    """Replace the number of a segment by the address of what is at `start`; trap unless `count` elements are there,
    which have `size` bytes in all. Clobbers r11.
    """
    a.emit("SHL_r64_i8", segment, _RECORD_SHIFT)
    a.emit("ADD_r64_m64", segment, Mem(RSI, INSTANCE_DATA if of_data else INSTANCE_ELEMENTS))
    a.emit("LEA_r64_m", R11, Mem(start, 0, size if of_data else count))
    a.emit("CMP_r64_m64", R11, Mem(segment, SEGMENT_LENGTH))
    a.jcc("A", trap)
    a.emit("MOV_r64_m64", segment, Mem(segment, SEGMENT_ADDRESS))
    a.emit("LEA_r64_m", segment, Mem(segment, 0, start, 1 if of_data else 8))


def _new_from_segment(a: Assembler, of_data: bool) -> None:
    """eax: type; ecx: segment; edx: first byte or element there; ebx: length. Python finds memory if there is none."""
    bounds, refill, python, found = Label(), Label(), Label(), Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    for register in (RSI, RAX, RCX, RDX, RBX):
        a.emit("PUSH_r64", register)
    a.emit("LEA_r64_m", RSP, Mem(RSP, -24))
    a.emit("MOV_r64_r64", R8, RAX)
    _size_of_type(a, R8)
    a.emit("IMUL_r64_r64", R8, RBX)
    _in_segment(a, RCX, RDX, RBX, R8, of_data, bounds)
    a.emit("MOV_m64_r64", Mem(RBP, _SOURCE), RCX)
    a.emit("MOV_m64_r64", Mem(RBP, _BYTES), R8)
    a.emit("LEA_r64_m", RCX, Mem(R8, ARRAY_ELEMENTS + 7))
    a.emit("AND_r64_i32", RCX, -8)
    a.emit("CMP_r64_i32", RCX, LARGEST)
    a.jcc("A", python)
    a.emit("MOV_r64_m64", RAX, word("heap_top"))
    a.emit("LEA_r64_m", RDX, Mem(RAX, 0, RCX))
    a.emit("CMP_r64_m64", RDX, word("heap_limit"))
    a.jcc("A", refill)
    a.emit("MOV_m64_r64", word("heap_top"), RDX)
    a.bind(found)
    a.emit("MOV_r64_m64", RCX, Mem(RBP, _TYPE))
    a.emit("MOV_m64_r64", Mem(RAX), RCX)
    a.emit("MOV_r64_m64", RCX, Mem(RBP, _COUNT))
    a.emit("MOV_m32_r32", Mem(RAX, ARRAY_LENGTH), RCX)
    a.emit("MOV_m64_r64", Mem(RBP, _MADE), RAX)
    a.emit("LEA_r64_m", RDI, Mem(RAX, ARRAY_ELEMENTS))
    a.emit("MOV_r64_m64", RSI, Mem(RBP, _SOURCE))
    a.emit("MOV_r64_m64", RDX, Mem(RBP, _BYTES))
    call_c(a, "memmove")
    a.emit("MOV_r64_m64", RAX, Mem(RBP, _MADE))
    a.emit("ADD_r64_i32", RAX, OBJECT_TAG)
    a.emit("LEAVE")
    a.ret()
    a.bind(refill)
    refill_area(a, python)
    a.jmp(found)
    a.bind(bounds)
    a.call_reloc("builtin", f"trap_{MEMORY_OUT_OF_BOUNDS if of_data else TABLE_OUT_OF_BOUNDS}")
    a.bind(python)
    for number, register in enumerate((RSI, RAX, RCX, RDX, RBX), 1):
        a.emit("MOV_r64_m64", register, Mem(RBP, -8 * number))
    a.emit("LEAVE")
    _through_python(a, list(OPERATIONS).index("array_new_data" if of_data else "array_new_elem"))


def _init_from_segment(a: Assembler, of_data: bool) -> None:
    """eax: type; ecx: segment; rdx: array; ebx: its first element; edi: first byte or element there; r8d: count."""
    null, bounds, outside = Label(), Label(), Label()
    a.emit("PUSH_r64", RBP)
    a.emit("MOV_r64_r64", RBP, RSP)
    _check_null(a, RDX, null)
    _check_range(a, RDX, RBX, R8, bounds)
    _element_size(a, R9, RDX)
    a.emit("IMUL_r64_r64", RBX, R9)
    a.emit("IMUL_r64_r64", R9, R8)
    _in_segment(a, RCX, RDI, R8, R9, of_data, outside)
    a.emit("LEA_r64_m", RDI, Mem(RDX, _FIRST, RBX))
    a.emit("MOV_r64_r64", RSI, RCX)
    a.emit("MOV_r64_r64", RDX, R9)
    call_c(a, "memmove")
    a.emit("LEAVE")
    a.ret()
    _traps(a, null, bounds)
    a.bind(outside)
    a.call_reloc("builtin", f"trap_{MEMORY_OUT_OF_BOUNDS if of_data else TABLE_OUT_OF_BOUNDS}")


BUILTINS: Final = Builtins(
    {
        "array_fill": _array_fill,
        "array_copy": _array_copy,
        "array_new_data": partial(_new_from_segment, of_data=True),
        "array_new_elem": partial(_new_from_segment, of_data=False),
        "array_init_data": partial(_init_from_segment, of_data=True),
        "array_init_elem": partial(_init_from_segment, of_data=False),
    }
)
