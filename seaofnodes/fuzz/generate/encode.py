"""The binary format, written: LEB128 numbers, instructions, sections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from seaofnodes.wasm.opcodes import OPCODES, Catch, Immediate
from seaofnodes.wasm.types import ArrayType, DefinedType, FieldType, FuncType, HeapType, RefType, StructType, ValType

Instruction = tuple[int, Any]  # an opcode and its immediate, both as in wasm/opcodes.py
TypeIndex = Callable[[DefinedType], int]

EMPTY: Final = FuncType((), ())


def unsigned(value: int) -> bytes:
    """Unsigned LEB128."""
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value: int) -> bytes:
    """Signed LEB128."""
    out = bytearray()
    while not -0x40 <= value < 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def vector(parts: Iterable[bytes]) -> bytes:
    """The number of the parts, then the parts."""
    listed = list(parts)
    return unsigned(len(listed)) + b"".join(listed)


def sized(data: bytes) -> bytes:
    """The length of the data, then the data."""
    return unsigned(len(data)) + data


def text(name: str) -> bytes:
    """A name."""
    return sized(name.encode())


def value_type(kind: ValType, type_index: TypeIndex) -> bytes:
    """A value type."""
    if not isinstance(kind, RefType) or (kind.nullable and isinstance(kind.heap, HeapType)):
        return bytes((kind.code,))
    return bytes((kind.code,)) + heap_type(kind, type_index)


def heap_type(kind: RefType, type_index: TypeIndex) -> bytes:
    """What references of a type refer to."""
    return bytes((kind.heap.code,)) if isinstance(kind.heap, HeapType) else signed(type_index(kind.heap))


def value_types(kinds: Iterable[ValType], type_index: TypeIndex) -> bytes:
    """A vector of value types."""
    return vector(value_type(kind, type_index) for kind in kinds)


def defined_types(types: Sequence[DefinedType], type_index: TypeIndex) -> list[bytes]:
    """Types, those of each recursion group together; groups are next to each other, as they were defined."""
    found: list[bytes] = []
    members: list[bytes] = []
    for at, kind in enumerate(types, 1):
        members.append(_defined_type(kind, type_index))
        if at == len(types) or not types[at].group or not any(types[at].group[-4:]):  # the next is its group's first
            found.append(members[0] if len(members) == 1 else b"\x4e" + vector(members))
            members = []
    return found


def _defined_type(kind: DefinedType, type_index: TypeIndex) -> bytes:
    above = kind.supertype
    head = b"" if kind.final and above is None else b"\x4f" if kind.final else b"\x50"
    if head:
        head += vector([] if above is None else [unsigned(type_index(above))])
    if isinstance(kind, FuncType):
        return head + b"\x60" + value_types(kind.params, type_index) + value_types(kind.results, type_index)
    if isinstance(kind, StructType):
        return head + b"\x5f" + vector(_field(field, type_index) for field in kind.fields)
    assert isinstance(kind, ArrayType)
    return head + b"\x5e" + _field(kind.element, type_index)


def _field(field: FieldType, type_index: TypeIndex) -> bytes:
    return value_type(field.type, type_index) + bytes((field.mutable,))


def number(kind: ValType, bits: int) -> bytes:
    """The immediate of a constant of that type, given as an unsigned bit pattern."""
    if kind.is_float:
        return bits.to_bytes(kind.bits // 8, "little")
    return signed(bits - (1 << kind.bits) if bits >> (kind.bits - 1) else bits)


def _opcode(code: int) -> bytes:
    if code < 0x100:
        return bytes((code,))
    prefix, sub = (code >> 12, code & 0xFFF) if code >= 0x10000 else (code >> 8, code & 0xFF)
    return bytes((prefix,)) + unsigned(sub)


_PLAIN: Final[dict[int, bytes]] = {
    code: _opcode(code) for code, facts in OPCODES.items() if facts.immediate is Immediate.NONE
}
_OTHERS: Final[dict[int, tuple[bytes, Immediate]]] = {
    code: (_opcode(code), facts.immediate) for code, facts in OPCODES.items() if code not in _PLAIN
}
_CONST_BITS: Final = {Immediate.I32: 32, Immediate.I64: 64}


def encode_body(body: Iterable[Instruction], type_index: TypeIndex) -> bytes:
    """Instructions as bytes, the closing `end` not added. type_index: of a function type that an immediate is
    of, such as that of a block with parameters or several results.
    """
    out = bytearray()
    plain, others = _PLAIN, _OTHERS
    for code, immediate in body:
        found = plain.get(code)
        if found is not None:
            out += found
        else:
            head, kind = others[code]
            out += head
            out += _immediate(kind, immediate, type_index)
    return bytes(out)


def _catch(clause: Catch) -> bytes:
    head = bytes((2 * (clause.tag is None) + clause.with_reference,))
    return head + (b"" if clause.tag is None else unsigned(clause.tag)) + unsigned(clause.depth)


def _immediate(kind: Immediate, value: Any, type_index: TypeIndex) -> bytes:
    if kind in _CONST_BITS:
        bits = _CONST_BITS[kind]
        return signed(value - (1 << bits) if value >> (bits - 1) else value)
    if kind is Immediate.F32:
        return int(value).to_bytes(4, "little")
    if kind is Immediate.F64:
        return int(value).to_bytes(8, "little")
    if kind is Immediate.MEMORY_ACCESS:
        align, offset, memory = value
        if memory:
            return unsigned(align | 0x40) + unsigned(memory) + unsigned(offset)
        return unsigned(align) + unsigned(offset)
    if kind is Immediate.BLOCK_TYPE:
        if value == EMPTY:
            return b"\x40"
        if not value.params and len(value.results) == 1:
            return value_type(value.results[0], type_index)
        return signed(type_index(value))
    if kind is Immediate.TRY_TABLE:
        catches = [_catch(clause) for clause in value.catches]
        return _immediate(Immediate.BLOCK_TYPE, value.type, type_index) + vector(catches)
    if kind is Immediate.REFERENCE:
        return heap_type(value, type_index)
    if kind is Immediate.CAST:
        flags = bytes((value.source.nullable + 2 * value.target.nullable,)) + unsigned(value.depth)
        return flags + heap_type(value.source, type_index) + heap_type(value.target, type_index)
    if kind is Immediate.TYPES:
        return value_types(value, type_index)
    if kind is Immediate.LABELS:
        return unsigned(len(value) - 1) + b"".join(map(unsigned, value))
    if kind in (Immediate.CALL_INDIRECT, Immediate.PAIR):
        return unsigned(value[0]) + unsigned(value[1])
    return unsigned(value)
