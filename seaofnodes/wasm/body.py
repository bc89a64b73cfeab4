"""Function bodies, decoded on demand into parallel lists.

Only validated bodies are decoded here: every number is in range and every block is closed, so nothing is checked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from seaofnodes.wasm.opcodes import (
    CATCH,
    CATCH_ALL,
    DELEGATE,
    ELSE,
    END,
    OPCODES,
    REF_CAST_NULL,
    REF_TEST_NULL,
    Cast,
    Catch,
    Immediate,
    TryTable,
    prefixed,
)
from seaofnodes.wasm.types import (
    HEAP_TYPES,
    NUMERIC_TYPES,
    REFERENCE_TYPES,
    DefinedType,
    FuncType,
    RefType,
    ValType,
    reference,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_VALUE_TYPES: Final[dict[int, ValType]] = {**NUMERIC_TYPES, **REFERENCE_TYPES}
_BLOCK_TYPES: Final = {
    0x40: FuncType((), ()),
    **{code: FuncType((), (kind,)) for code, kind in _VALUE_TYPES.items()},
}
_NULL, _NON_NULL = 0x63, 0x64
# Plain ints: an IntEnum costs five times as much to compare. The order of Immediate lets one comparison catch several.
_MEMORY: Final = int(Immediate.MEMORY)  # and below: one unsigned number
_I32: Final = int(Immediate.I32)
_I64: Final = int(Immediate.I64)
_ACCESS: Final = int(Immediate.MEMORY_ACCESS)
_BLOCK_TYPE: Final = int(Immediate.BLOCK_TYPE)
_F64: Final = int(Immediate.F64)
_F32: Final = int(Immediate.F32)
_LABELS: Final = int(Immediate.LABELS)
_CALL_INDIRECT: Final = int(Immediate.CALL_INDIRECT)
_TRY_TABLE: Final = int(Immediate.TRY_TABLE)
_ARM: Final = 100  # catch, catch_all, delegate: they belong to a block
_KINDS: Final = [
    _ARM if code in (CATCH, CATCH_ALL, DELEGATE) else int(OPCODES[code].immediate) if code in OPCODES else 0
    for code in range(256)
]
_HAS_MEMORY_INDEX: Final = 0x40  # flag bit beside the alignment


@dataclass(slots=True, eq=False)
class Body:
    """One function's instructions, the closing `end` included.

    Attributes: opcodes: numbers as in opcodes.py; immediates: see there; offsets: byte offset of each instruction in
    the module; matches: index of a block, loop, if, try or try_table -> index of its end (a try's may be its delegate);
    ~index of an if -> index of its else when it has one; ~index of a try or a catch -> index of the try's next catch or
    catch_all when there is one; locals: types of parameters, then of locals.
    """

    opcodes: list[int]
    immediates: list[Any]
    offsets: list[int]
    matches: dict[int, int]
    locals: tuple[ValType, ...]


def read_u32(data: bytes, at: int) -> tuple[int, int]:
    """Read a valid unsigned LEB128 at `at`: (value, offset after it)."""
    byte = data[at]
    value, shift = byte & 0x7F, 7
    while byte >= 0x80:
        at += 1
        byte = data[at]
        value |= (byte & 0x7F) << shift
        shift += 7
    return value, at + 1


def read_signed(data: bytes, at: int) -> tuple[int, int]:
    """Read a valid signed LEB128 at `at`: (value, offset after it)."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (value - (1 << shift) if byte & 0x40 else value), at


def prefixed_immediate(data: bytes, at: int, opcode: int, types: Sequence[DefinedType]) -> tuple[Any, int]:
    """Read the valid immediate of a prefixed instruction: (immediate, offset after it)."""
    kind = OPCODES[opcode].immediate
    if kind == Immediate.NONE:
        return None, at
    if kind == Immediate.REFERENCE:
        return _heap_type(data, at, opcode in (REF_TEST_NULL, REF_CAST_NULL), types)
    if kind == Immediate.CAST:
        flags = data[at]
        depth, at = read_u32(data, at + 1)
        source, at = _heap_type(data, at, bool(flags & 1), types)
        target, at = _heap_type(data, at, bool(flags & 2), types)
        return Cast(depth, source, target), at
    first, at = read_u32(data, at)
    if kind != Immediate.PAIR:
        return first, at
    second, at = read_u32(data, at)
    return (first, second), at


def _value_type(data: bytes, at: int, types: Sequence[DefinedType]) -> tuple[ValType, int]:
    code = data[at]
    if code in (_NULL, _NON_NULL):
        return _heap_type(data, at + 1, code == _NULL, types)
    return _VALUE_TYPES[code], at + 1


def _heap_type(data: bytes, at: int, nullable: bool, types: Sequence[DefinedType]) -> tuple[RefType, int]:
    index, behind = read_signed(data, at)
    if index < 0:
        return reference(HEAP_TYPES[data[at]], nullable), behind
    return reference(types[index], nullable, str(index)), behind


def _block_type(data: bytes, at: int, types: Sequence[DefinedType]) -> tuple[FuncType, int]:
    """Read a block type that is more than a byte says."""
    if data[at] in (_NULL, _NON_NULL):
        kind, at = _value_type(data, at, types)
        return FuncType((), (kind,)), at
    index, at = read_u32(data, at)
    found = types[index]
    assert isinstance(found, FuncType)
    return found, at


def _rare_immediate(data: bytes, at: int, kind: int, types: Sequence[DefinedType]) -> tuple[Any, int]:
    if kind == Immediate.REFERENCE:
        return _heap_type(data, at, True, types)
    if kind == Immediate.TYPES:
        _, at = read_u32(data, at)  # their number: always one
        value_type, at = _value_type(data, at, types)
        return (value_type,), at
    block_type = _BLOCK_TYPES.get(data[at])
    if block_type is None:
        block_type, at = _block_type(data, at, types)
    else:
        at += 1
    catches = []
    count, at = read_u32(data, at)
    for _ in range(count):
        clause, tag = data[at], None
        at += 1
        if not clause & 2:
            tag, at = read_u32(data, at)
        depth, at = read_u32(data, at)
        catches.append(Catch(tag, bool(clause & 1), depth))
    return TryTable(block_type, tuple(catches)), at


def _arm(
    opcode: int,
    data: bytes,
    at: int,
    index: int,
    immediates: list[Any],
    open_blocks: list[int],
    matches: dict[int, int],
) -> int:
    """Read a catch, catch_all or delegate, and note which block it belongs to; gives the offset after it."""
    if opcode == DELEGATE:
        matches[open_blocks.pop()] = index
    else:
        block = open_blocks[-1]
        matches[~matches.get(block, block)] = index
        matches[block] = index  # the last arm so far; the end will replace it
    if opcode == CATCH_ALL:
        immediates.append(None)
    else:
        immediate, at = read_u32(data, at)
        immediates.append(immediate)
    return at


def decode_body(data: bytes, start: int, end: int, locals: tuple[ValType, ...], types: Sequence[DefinedType]) -> Body:
    """Decode the validated instructions in data[start:end]."""
    opcodes: list[int] = []
    immediates: list[Any] = []
    offsets: list[int] = []
    matches: dict[int, int] = {}
    open_blocks: list[int] = []
    kinds = _KINDS
    at = start
    while at < end:
        offsets.append(at)
        opcode = data[at]
        at += 1
        kind = kinds[opcode]
        if not kind:  # no immediate
            if opcode == END:
                if open_blocks:  # the last end closes the function itself
                    matches[open_blocks.pop()] = len(opcodes)
            elif opcode == ELSE:
                matches[~open_blocks[-1]] = len(opcodes)
            elif opcode >= 0xFB:
                sub, at = read_u32(data, at)
                opcode = prefixed(opcode, sub)
                immediate, at = prefixed_immediate(data, at, opcode, types)
                opcodes.append(opcode)
                immediates.append(immediate)
                continue
            immediates.append(None)
        elif kind <= _MEMORY:  # index, label, memory
            value = data[at]
            at += 1
            if value >= 0x80:
                value, at = read_u32(data, at - 1)
            immediates.append(value)
        elif kind <= _I64:
            value = data[at]
            at += 1
            if value >= 0x40:
                value, at = read_signed(data, at - 1)
                value &= 0xFFFFFFFF if kind == _I32 else 0xFFFFFFFFFFFFFFFF
            immediates.append(value)
        elif kind == _ACCESS:
            align, at = read_u32(data, at)
            memory = 0
            if align & _HAS_MEMORY_INDEX:
                align ^= _HAS_MEMORY_INDEX
                memory, at = read_u32(data, at)
            offset, at = read_u32(data, at)
            immediates.append((align, offset, memory))
        elif kind == _BLOCK_TYPE:
            open_blocks.append(len(opcodes))
            block_type = _BLOCK_TYPES.get(data[at])
            at += 1
            if block_type is None:
                block_type, at = _block_type(data, at - 1, types)
            immediates.append(block_type)
        elif kind == _F64:
            immediates.append(int.from_bytes(data[at : at + 8], "little"))
            at += 8
        elif kind == _F32:
            immediates.append(int.from_bytes(data[at : at + 4], "little"))
            at += 4
        elif kind == _LABELS:
            count, at = read_u32(data, at)
            labels = []
            for _ in range(count + 1):
                label, at = read_u32(data, at)
                labels.append(label)
            immediates.append(tuple(labels))
        elif kind == _CALL_INDIRECT:
            type_index, at = read_u32(data, at)
            table_index, at = read_u32(data, at)
            immediates.append((type_index, table_index))
        elif kind == _ARM:
            at = _arm(opcode, data, at, len(opcodes), immediates, open_blocks, matches)
        else:
            if kind == _TRY_TABLE:
                open_blocks.append(len(opcodes))
            immediate, at = _rare_immediate(data, at, kind, types)
            immediates.append(immediate)
        opcodes.append(opcode)
    return Body(opcodes, immediates, offsets, matches, locals)
