"""New structs and arrays. Where the allocation area has room, machine code takes it; else a builtin is called."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Label, Mem, Rip
from seaofnodes.backend.layout import (
    ARRAY_ELEMENTS,
    ARRAY_LENGTH,
    OBJECT_TAG,
    OBJECT_TYPE,
    RSP,
)
from seaofnodes.backend.template.values import MEM, SCRATCH, XMM, constant_bits, signed
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.compiler import Compiler, Handler
from seaofnodes.wasm.baseline.objects.stores import store
from seaofnodes.wasm.baseline.safepoints import reference_places
from seaofnodes.wasm.object_layout import array_bytes, element_size, struct_layout
from seaofnodes.wasm.types import ArrayType, FieldType, StructType

_HEAP_TOP: Final = Rip(reloc=("word", "heap_top"))
_HEAP_LIMIT: Final = Rip(reloc=("word", "heap_limit"))


def places_here(c: Compiler) -> tuple[int, ...]:
    """Where references are that the current instruction's operands below, or what follows it, still need."""
    return reference_places(c, c.analysis.live.get(c.index, 0) | c.controls[-1].live)


def _allocate(c: Compiler, size: int, type_index: int) -> int:
    """A register, not pinned, with a new object of so many bytes: its header is written, the rest is zero.

    All operands are still on the stack.
    """
    emit, asm = c.emit, c.asm
    register = c.allocate()
    places = places_here(c)
    back = Label()

    def slow() -> None:
        emit("MOV_r32_i32", SCRATCH, size)
        asm.call_reloc("builtin", "allocate")
        if places:
            c.safepoints.append((asm.pc, places))
        asm.jmp(back)

    emit("MOV_r64_m64", SCRATCH, _HEAP_TOP)
    emit("ADD_r64_i32", SCRATCH, size)
    emit("CMP_r64_m64", SCRATCH, _HEAP_LIMIT)
    asm.jcc("A", c.defer(slow))
    emit("MOV_m64_r64", _HEAP_TOP, SCRATCH)
    emit("SUB_r64_i32", SCRATCH, size)
    asm.bind(back)
    emit("LEA_r64_m", register, Mem(SCRATCH, OBJECT_TAG))
    emit("MOV_m64_i32", Mem(register, OBJECT_TYPE - OBJECT_TAG), c.type_ids[type_index])
    return register


def struct_type(c: Compiler, type_index: int) -> StructType:
    """A struct type of the module."""
    kind = c.module.types[type_index]
    assert isinstance(kind, StructType)
    return kind


def array_type(c: Compiler, type_index: int) -> ArrayType:
    """An array type of the module."""
    kind = c.module.types[type_index]
    assert isinstance(kind, ArrayType)
    return kind


def _initialize(c: Compiler, register: int, fields: list[tuple[int, FieldType]]) -> None:
    """Pop the values of fields at those offsets, the last one first, into a new object."""
    for offset, field in reversed(fields):
        entry = c.take()
        if entry < 0 and not constant_bits(entry) & (1 << field.type.bits) - 1:
            continue
        store(c, field, entry, len(c.entries), Mem(register, offset - OBJECT_TAG))


def struct_new(c: Compiler, type_index: int) -> None:
    """struct.new."""
    kind = struct_type(c, type_index)
    offsets, size = struct_layout(kind)
    register = _allocate(c, size, type_index)
    _initialize(c, register, list(zip(offsets, kind.fields, strict=True)))
    c.push_reference(register)


def struct_new_default(c: Compiler, type_index: int) -> None:
    """struct.new_default: zeros are there already."""
    _, size = struct_layout(struct_type(c, type_index))
    c.push_reference(_allocate(c, size, type_index))


def array_new_fixed(c: Compiler, immediate: tuple[int, int]) -> None:
    """array.new_fixed."""
    type_index, length = immediate
    kind = array_type(c, type_index)
    size = element_size(kind)
    register = _allocate(c, array_bytes(kind, length), type_index)
    c.emit("MOV_m32_i32", Mem(register, ARRAY_LENGTH - OBJECT_TAG), length)
    _initialize(c, register, [(ARRAY_ELEMENTS + size * at, kind.element) for at in range(length)])
    c.push_reference(register)


def _allocate_array(c: Compiler, type_index: int) -> int:
    """Pop a length: a register, not pinned, with a new array. Other operands are still on the stack."""
    entry = c.take()
    index = len(c.entries)
    register = c.allocate()
    places = places_here(c)
    if entry < 0:
        c.emit("MOV_r32_i32", SCRATCH, signed(constant_bits(entry), 32))
    elif entry >= MEM:
        c.emit("MOV_r32_m32", SCRATCH, c.home(index))
    else:
        c.emit("MOV_r32_r32", SCRATCH, entry)
    c.emit("PUSH_i32", c.type_ids[type_index])
    c.asm.call_reloc("builtin", "allocate_array")
    if places:
        c.safepoints.append((c.asm.pc, places))
    c.emit("LEA_r64_m", RSP, Mem(RSP, 8))
    c.emit("LEA_r64_m", register, Mem(SCRATCH, OBJECT_TAG))
    return register


def array_new_default(c: Compiler, type_index: int) -> None:
    """array.new_default."""
    c.push_reference(_allocate_array(c, type_index))


def array_new(c: Compiler, type_index: int) -> None:
    """array.new: a loop from the last element down, unless zeros are wanted."""
    kind = array_type(c, type_index)
    register = _allocate_array(c, type_index)
    entry = c.take()
    index = len(c.entries)
    width = kind.element.type.bits
    bits = constant_bits(entry) & (1 << width) - 1 if entry < 0 else -1
    if bits:
        fits = entry < 0 and -0x8000_0000 <= signed(bits, width) < 0x8000_0000
        if not fits and not XMM <= entry < MEM:
            entry = _integer_register(c, entry, index, 1 << register)
        _fill(c, kind, register, entry)
    c.push_reference(register)


def _integer_register(c: Compiler, entry: int, index: int, pinned: int) -> int:
    """An integer register with the bits of a value just taken, which is in no float register."""
    if 0 <= entry < XMM:
        return entry
    found = c.allocate(pinned)
    if entry < 0:
        c.asm.move_constant(found, constant_bits(entry))
    else:
        c.emit("MOV_r64_m64", found, c.home(index))
    return found


def _fill(c: Compiler, kind: ArrayType, register: int, entry: int) -> None:
    """Fill a new array with a value in a register, or with a constant that fits an instruction."""
    size = element_size(kind)
    done = Label()
    c.emit("MOV_r32_m32", SCRATCH, Mem(register, ARRAY_LENGTH - OBJECT_TAG))
    c.emit("TEST_r32_r32", SCRATCH, SCRATCH)
    c.asm.jcc("E", done)
    again = c.asm.mark()
    store(c, kind.element, entry, -1, Mem(register, ARRAY_ELEMENTS - size - OBJECT_TAG, SCRATCH, size))
    c.emit("DEC_r64", SCRATCH)
    c.asm.jcc("NE", again)
    c.asm.bind(done)


HANDLERS: Final[dict[int, Handler]] = {
    op.STRUCT_NEW: struct_new,
    op.STRUCT_NEW_DEFAULT: struct_new_default,
    op.ARRAY_NEW: array_new,
    op.ARRAY_NEW_DEFAULT: array_new_default,
    op.ARRAY_NEW_FIXED: array_new_fixed,
}
