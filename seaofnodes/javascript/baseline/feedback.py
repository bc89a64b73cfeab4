"""What machine code of the first tier has seen, slot by slot, as V8's feedback vectors show it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from seaofnodes.javascript.baseline import layout
from seaofnodes.javascript.baseline.seen import lattice
from seaofnodes.javascript.baseline.templates.allocation import MADE
from seaofnodes.javascript.baseline.templates.operators import COMPARES
from seaofnodes.javascript.bytecode.array import BytecodeArray

_PROPERTIES = ("LoadIC", "StoreIC", "DefineNamedOwnIC")
_ELEMENTS = ("KeyedLoadIC", "KeyedStoreIC")
_GLOBALS = ("LoadGlobal", "LoadGlobalInsideTypeof", "StoreGlobal")


class SlotFeedback(NamedTuple):
    """Attributes: slot: its number, or -1 for what the bytecode has no slot for; offset: of the bytecode, or -1; kind:
    V8's name; text: what has been seen.
    """

    slot: int
    offset: int
    kind: str
    text: str


def read_feedback(
    array: BytecodeArray, read: Callable[[int], int], base: int, name_of: Callable[[int], str]
) -> Iterator[SlotFeedback]:
    """All slots of a function. read: gives the word of the data pages at an address; base: address of the feedback;
    name_of: the name of the function of a record.
    """

    def words(slot: int) -> tuple[int, int]:
        at = base + layout.FEEDBACK_SLOT * slot
        return read(at), read(at + 8)

    for slot, kind in enumerate(array.slots):
        if kind:
            yield SlotFeedback(slot, -1, kind, _text(kind, *words(slot), read, name_of))
    extra = len(array.slots)
    for instruction in array.instructions():
        name = instruction.opcode.name
        if name in COMPARES:
            yield SlotFeedback(-1, instruction.offset, "CompareOp", _operation(words(extra)[0]))
        extra += name in COMPARES or name in MADE


def _text(kind: str, first: int, second: int, read: Callable[[int], int], name_of: Callable[[int], str]) -> str:
    if kind == "BinaryOp":
        return _operation(first)
    if kind == "Call":
        target = "UNINITIALIZED" if not first else "MEGAMORPHIC" if first == 1 else f"MONOMORPHIC {name_of(first)}"
        return f"{target}, calls: {second}"
    if kind in _PROPERTIES:
        return _maps(second, read)
    if kind in _ELEMENTS:
        return f"MONOMORPHIC map {first & 0xFFFFFFFF}" if first else "UNINITIALIZED"
    if kind in _GLOBALS:
        return "MONOMORPHIC" if first else "UNINITIALIZED"
    return ""


def _operation(word: int) -> str:
    small, other = struct.unpack_from("<BB", word.to_bytes(8, "little"))
    return lattice(small, other)


def _maps(table: int, read: Callable[[int], int]) -> str:
    if not table:
        return "UNINITIALIZED"
    if table == layout.MEGAMORPHIC:
        return "MEGAMORPHIC"
    found = []
    while word := read(table):
        found.append(str(word & 0xFFFFFFFF))
        table += 1 << layout.ENTRY_SHIFT
    return f"{'MONOMORPHIC map' if len(found) == 1 else 'POLYMORPHIC maps'} {', '.join(found)}"
