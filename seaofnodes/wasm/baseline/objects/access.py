"""Fields and elements, lengths, i31. A null object's field lies on page zero: the fault is the trap."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Mem
from seaofnodes.backend.layout import ARRAY_ELEMENTS, ARRAY_LENGTH, I31_SHIFT, OBJECT_TAG
from seaofnodes.backend.template.values import MEM, constant_bits
from seaofnodes.wasm import opcodes as op
from seaofnodes.wasm.baseline.arithmetic.integer import usable
from seaofnodes.wasm.baseline.compiler import Compiler, Handler
from seaofnodes.wasm.baseline.objects.allocation import array_type, struct_type
from seaofnodes.wasm.baseline.objects.stores import load, store
from seaofnodes.wasm.object_layout import element_size, struct_layout

_NO_STRUCT: Final = "null structure reference"
_NO_ARRAY: Final = "null array reference"
_OUT_OF_BOUNDS: Final = "out of bounds array access"
_FAULTS: Final = 4096 - 8  # a field at a smaller offset in null lies on page zero
_MOST_DISPLACEMENT: Final = 1 << 30


def _field(c: Compiler, offset: int, base: int) -> Mem:
    """Where a field is; the access traps for null, or a check does."""
    if offset >= _FAULTS:
        c.emit("TEST_r64_r64", base, base)
        c.asm.jcc("E", c.trap_label(_NO_STRUCT))
    return Mem(base, offset - OBJECT_TAG)


def struct_get(is_signed: bool) -> Handler:
    """struct.get, struct.get_s, struct.get_u."""

    def handler(c: Compiler, immediate: tuple[int, int]) -> None:
        type_index, number = immediate
        kind = struct_type(c, type_index)
        base = c.pop()
        where = _field(c, struct_layout(kind)[0][number], base)
        load(c, kind.fields[number], base, where, is_signed, _NO_STRUCT)

    return handler


def struct_set(c: Compiler, immediate: tuple[int, int]) -> None:
    """struct.set."""
    type_index, number = immediate
    kind = struct_type(c, type_index)
    value = c.take()
    index = len(c.entries)
    base = c.pop(1 << value if 0 <= value < MEM else 0)
    where = _field(c, struct_layout(kind)[0][number], base)
    store(c, kind.fields[number], value, index, where, _NO_STRUCT)


def _element(c: Compiler, size: int, pinned: int) -> tuple[int, Mem]:
    """Pop an index and an array: its register, and where the element is; traps for null and out of bounds."""
    index = c.take()
    if index >= MEM:
        index = c.to_register(index, len(c.entries), pinned)
    base = c.pop(pinned | (1 << index if index >= 0 else 0))
    length = Mem(base, ARRAY_LENGTH - OBJECT_TAG)
    first = ARRAY_ELEMENTS - OBJECT_TAG
    if index < 0 and constant_bits(index) * size < _MOST_DISPLACEMENT:
        number = constant_bits(index)
        c.may_fault(_NO_ARRAY)
        c.emit("CMP_m32_i32", length, number)
        c.asm.jcc("BE", c.trap_label(_OUT_OF_BOUNDS))
        return base, Mem(base, first + number * size)
    if index < 0:
        index = c.to_register(index, len(c.entries), pinned | 1 << base)
    c.may_fault(_NO_ARRAY)
    c.emit("CMP_r32_m32", index, length)
    c.asm.jcc("AE", c.trap_label(_OUT_OF_BOUNDS))
    return base, Mem(base, first, index, size)


def array_get(is_signed: bool) -> Handler:
    """array.get, array.get_s, array.get_u."""

    def handler(c: Compiler, type_index: int) -> None:
        kind = array_type(c, type_index)
        base, where = _element(c, element_size(kind), 0)
        load(c, kind.element, base, where, is_signed)

    return handler


def array_set(c: Compiler, type_index: int) -> None:
    """array.set."""
    kind = array_type(c, type_index)
    value = c.take()
    index = len(c.entries)
    _, where = _element(c, element_size(kind), 1 << value if 0 <= value < MEM else 0)
    store(c, kind.element, value, index, where)


def array_len(c: Compiler, _: None) -> None:
    """array.len."""
    base = c.pop()
    register = base if usable(c, base) else c.allocate()
    c.may_fault(_NO_ARRAY)
    c.emit("MOV_r32_m32", register, Mem(base, ARRAY_LENGTH - OBJECT_TAG))
    c.push(register)


def ref_i31(c: Compiler, _: None) -> None:
    """ref.i31: the value, doubled, plus one, in the upper half."""
    entry = c.take()
    if entry < 0:
        register = c.allocate()
        c.asm.move_constant(register, (2 * constant_bits(entry) + 1 & 0xFFFF_FFFF) << I31_SHIFT - 1)
    else:
        value = c.to_register(entry, len(c.entries))
        register = value if usable(c, value) else c.allocate()
        c.emit("LEA_r32_m", register, Mem(value, 1, value))
        c.emit("SHL_r64_i8", register, I31_SHIFT - 1)
    c.push_reference(register)


def i31_get(is_signed: bool) -> Handler:
    """i31.get_s, i31.get_u."""

    def handler(c: Compiler, _: None) -> None:
        value = c.pop()
        c.emit("TEST_r64_r64", value, value)
        c.asm.jcc("E", c.trap_label("null i31 reference"))
        register = value if usable(c, value) else c.allocate()
        if register != value:
            c.move(register, value)
        if is_signed:  # the upper half of a 32-bit result is zero
            c.emit("SHR_r64_i8", register, I31_SHIFT - 1)
            c.emit("SAR_r32_i8", register, 1)
        else:
            c.emit("SHR_r64_i8", register, I31_SHIFT)
        c.push(register)

    return handler


HANDLERS: Final[dict[int, Handler]] = {
    op.STRUCT_GET: struct_get(False),
    op.STRUCT_GET_S: struct_get(True),
    op.STRUCT_GET_U: struct_get(False),
    op.STRUCT_SET: struct_set,
    op.ARRAY_GET: array_get(False),
    op.ARRAY_GET_S: array_get(True),
    op.ARRAY_GET_U: array_get(False),
    op.ARRAY_SET: array_set,
    op.ARRAY_LEN: array_len,
    op.REF_I31: ref_i31,
    op.I31_GET_S: i31_get(True),
    op.I31_GET_U: i31_get(False),
}
