"""Type records: what machine code and the collector know of a type (backend/layout.py, "Type records")."""

from __future__ import annotations

import ctypes
import itertools
import struct
from typing import Any, Final, NamedTuple

from seaofnodes.backend.layout import (
    DEEPEST_TYPE,
    TYPE_ARRAY,
    TYPE_DISPLAY,
    TYPE_HOLDS,
    TYPE_KIND,
    TYPE_RECORD_SHIFT,
    TYPE_SIZE,
    TYPE_STRUCT,
    TYPE_TRACE,
)
from seaofnodes.errors import Error
from seaofnodes.runtime.heap.memory import MOST_TYPES, HeapMemory
from seaofnodes.runtime.process.exclusion import Mutex

ELEMENT_SIZES: Final = (1, 2, 4, 8)

_word: Any = ctypes.c_uint64.from_address


class TypeRecord(NamedTuple):
    """Attributes: kind: TYPE_STRUCT or TYPE_ARRAY; size: bytes of a struct with its header, a multiple of 8, or of an
    array's element: 1, 2, 4, 8; references: offsets of a struct's references from its start, of an array
    (ARRAY_ELEMENTS,) or (); display: ids of the supertypes from the topmost one on, and its own; name: for people.
    """

    kind: int
    size: int
    references: tuple[int, ...] = ()
    display: tuple[int, ...] = ()
    name: str = ""


class TypeTable:
    """The type records of a heap; they never move. Any thread may define one.

    A type may hold an object, for all of its own: a collection that finds one of these keeps it.

    Attributes: records: by id; mutex: for changes.
    """

    def __init__(self) -> None:
        self.records: dict[int, TypeRecord] = {}
        self.mutex = Mutex()
        self._next_trace = 0
        self._traces: dict[tuple[int, ...], int] = {}
        self._numbers = itertools.count(1)
        self._free: list[int] = []

    def new_id(self) -> int:
        """An id that no language of the engine uses; 0 is none."""
        return self._free.pop() if self._free else next(self._numbers)

    def free_id(self, type_id: int) -> None:
        """Forget a type that no object is of, and that nothing refers to by its id; the id is given again."""
        self.records.pop(type_id, None)
        self._free.append(type_id)

    def hold(self, memory: HeapMemory, type_id: int, word: int) -> None:
        """Let a type that has been defined hold an object, or nothing (0)."""
        _word(memory.types.start + (type_id << TYPE_RECORD_SHIFT) + TYPE_HOLDS).value = word

    def held_by(self, memory: HeapMemory, type_id: int) -> int:
        """What a type holds; 0: nothing."""
        found: int = _word(memory.types.start + (type_id << TYPE_RECORD_SHIFT) + TYPE_HOLDS).value
        return found

    def define(self, memory: HeapMemory, type_id: int, record: TypeRecord) -> None:
        """Write a record; nothing happens if that has been done. Raises Error for one that cannot be."""
        self.mutex.run(lambda: self._define(memory, type_id, record))

    def _define(self, memory: HeapMemory, type_id: int, record: TypeRecord) -> None:
        found = self.records.get(type_id)
        if found is not None:
            if found != record:
                raise Error(f"type {type_id} is defined already, as {found}")
            return
        _check(type_id, record)
        at = memory.types.start + (type_id << TYPE_RECORD_SHIFT)
        memory.types.need(at + (1 << TYPE_RECORD_SHIFT))
        self.hold(memory, type_id, 0)
        trace = self._trace(memory, record)
        display = struct.pack(f"<{len(record.display)}I", *record.display)
        ctypes.memmove(at + TYPE_DISPLAY, display, len(display))
        for offset, form, value in (
            (TYPE_TRACE, ctypes.c_uint64, trace), (TYPE_SIZE, ctypes.c_uint32, record.size),
            (TYPE_KIND, ctypes.c_uint32, record.kind),
        ):  # fmt: skip
            form.from_address(at + offset).value = value
        self.records[type_id] = record

    def _trace(self, memory: HeapMemory, record: TypeRecord) -> int:
        """The word that says where references are: 0 if there are none, for structs the address of their count and
        their offsets.
        """
        if record.kind == TYPE_ARRAY or not record.references:
            return len(record.references)
        known = self._traces.get(record.references)
        if known is not None:
            return known
        start = self._next_trace or memory.traces.start
        data = struct.pack(f"<{1 + len(record.references)}I", len(record.references), *record.references)
        end = start + len(data)
        if end > memory.traces.end:
            raise Error("the heap has no room for what its types refer to")
        memory.traces.need(end)
        ctypes.memmove(start, data, len(data))
        self._next_trace = end
        self._traces[record.references] = start
        return start


def _check(type_id: int, record: TypeRecord) -> None:
    if not 0 < type_id < MOST_TYPES:
        raise Error(f"an engine has {MOST_TYPES - 1:,} types of objects at most")
    if len(record.display) > DEEPEST_TYPE + 1:
        raise Error(f"a type has {DEEPEST_TYPE} supertypes at most, not {len(record.display) - 1}")
    if record.kind == TYPE_STRUCT and (record.size < 8 or record.size % 8):
        raise Error(f"a struct's size is a multiple of 8, not {record.size}")
    if record.kind == TYPE_ARRAY and record.size not in ELEMENT_SIZES:
        raise Error(f"an element has 1, 2, 4 or 8 bytes, not {record.size}")
