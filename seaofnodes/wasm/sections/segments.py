"""Element and data segments."""

from __future__ import annotations

from typing import Final

from seaofnodes.errors import DecodeError, ValidationError
from seaofnodes.wasm import features as f
from seaofnodes.wasm.binary import limits
from seaofnodes.wasm.constexpr import ConstExpr
from seaofnodes.wasm.module import ACTIVE, DECLARATIVE, FUNCTION, PASSIVE, DataSegment, ElementSegment
from seaofnodes.wasm.sections.decoding import Decoding
from seaofnodes.wasm.subtyping import matches
from seaofnodes.wasm.types import FUNCREF, REF_FUNC, RefType

_ELEMENT_MODES: Final = (ACTIVE, PASSIVE, ACTIVE, DECLARATIVE)
_EXPRESSIONS: Final = 4  # flag of element segments


def decode_elements(d: Decoding) -> None:
    reader, module = d.reader, d.module
    for _ in range(reader.count(limits.SEGMENTS, "element segments")):
        at = reader.at
        flags = reader.u32()
        if flags > 7:
            raise DecodeError("malformed elements segment kind", at)
        if flags & _EXPRESSIONS:
            f.require(f.REFERENCE_TYPES, d.features, "an element segment of expressions", at)
        mode = _ELEMENT_MODES[flags & 3]
        if mode != ACTIVE:
            f.require(f.BULK_MEMORY, d.features, f"a {mode} element segment", at)
        table, offset = 0, None
        if mode == ACTIVE:
            table = reader.u32() if flags & 2 else 0
            if table >= len(module.tables):
                raise ValidationError(f"unknown table {table}", at)
            offset = d.constant(module.tables[table].address)
        kind, functions, expressions = _references(d, flags)
        if mode == ACTIVE and not matches(kind, module.tables[table].element):
            raise ValidationError(f"type mismatch: {kind} in a table of {module.tables[table].element}", at)
        module.elements.append(ElementSegment(table, offset, functions, mode, kind, expressions))


def _references(d: Decoding, flags: int) -> tuple[RefType, tuple[int, ...], tuple[ConstExpr, ...] | None]:
    """Read the contents of an element segment: (type, function indices, expressions or None)."""
    reader, module = d.reader, d.module
    if flags & _EXPRESSIONS:
        kind = d.types.reference_type() if flags & 3 else FUNCREF
        count = reader.count(limits.TABLE_ENTRIES, "references in an element segment")
        return kind, (), tuple([d.constant(kind) for _ in range(count)])
    if flags & 3 and reader.byte() != 0:
        raise DecodeError("malformed element kind", reader.at - 1)
    count = reader.count(limits.TABLE_ENTRIES, "functions in an element segment")
    functions = tuple([d.index(module.functions, FUNCTION) for _ in range(count)])
    module.declared_functions.update(functions)
    return REF_FUNC, functions, None


def decode_data(d: Decoding) -> None:
    reader, module = d.reader, d.module
    for _ in range(reader.count(limits.SEGMENTS, "data segments")):
        at = reader.at
        flags = reader.u32()
        if flags > 2:
            raise DecodeError("malformed data segment kind", at)
        memory, offset = 0, None
        if flags == 1:
            f.require(f.BULK_MEMORY, d.features, "a passive data segment", at)
        else:
            memory = reader.u32() if flags else 0
            if memory >= len(module.memories):
                raise ValidationError(f"unknown memory {memory}", at)
            offset = d.constant(module.memories[memory].address)
        mode = PASSIVE if flags == 1 else ACTIVE
        module.data_segments.append(DataSegment(memory, offset, reader.take(reader.u32()), mode))


def decode_data_count(d: Decoding) -> None:
    d.module.data_count = d.reader.count(limits.SEGMENTS, "data segments")
