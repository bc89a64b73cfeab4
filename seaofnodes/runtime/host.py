"""Host functions: Python callables that wasm calls."""

from __future__ import annotations

import ctypes
import struct
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from seaofnodes.backend.layout import (
    RECORD_HANDLE,
    RECORD_INDEX,
    RECORD_INSTANCE,
    RECORD_SIZE,
    RECORD_SLOT,
    RECORD_TYPE,
)
from seaofnodes.errors import WasmException
from seaofnodes.runtime.context import CONTEXT_THROWN
from seaofnodes.runtime.function import Function
from seaofnodes.runtime.native import NativeBuffer
from seaofnodes.runtime.references import from_word
from seaofnodes.runtime.signatures import frame_of_cells
from seaofnodes.runtime.throwing import make_room, thrown_by_host
from seaofnodes.runtime.values import BITS_CELL, cells
from seaofnodes.wasm.types import FuncType, RefType

if TYPE_CHECKING:
    from seaofnodes.runtime.groups import Group
    from seaofnodes.runtime.state import EngineState

_NO_INDEX: Final = 0xFFFFFFFF


def _thunk(host: HostFunction, function: Callable[..., object], kind: FuncType, name: str) -> Callable[[int], None]:
    """What the trampoline calls, with the address of the arguments' cells; leaves the results there."""
    memory_type: Any = ctypes.c_char * (8 * max(len(kind.params), len(kind.results), 1))
    unpack = struct.Struct("<" + cells(kind.params)).unpack_from
    pack = struct.Struct("<" + cells(kind.results)).pack_into
    pack_bits = struct.Struct("<" + cells(kind.results, BITS_CELL)).pack_into
    count = len(kind.results)
    references = any(t.is_reference for t in kind.params + kind.results)
    gives_references = any(t.is_reference for t in kind.results)
    to_frame = frame_of_cells(kind)
    engine_of, host_of = weakref.ref(host.engine), weakref.ref(host)

    def bits(values: tuple[object, ...]) -> list[int]:
        if len(values) != count:
            raise TypeError(f"host function {name} gave {len(values)} results; its type is {kind}")
        pairs = zip(values, kind.results, strict=True)
        engine = engine_of()
        assert engine is not None
        what = f"of host function {name}"
        return [engine.to_bits(v, t, f"result {i} {what}", host_of()) for i, (v, t) in enumerate(pairs, 1)]

    def objects(values: tuple[Any, ...]) -> list[Any]:
        engine = engine_of()
        assert engine is not None
        pairs = zip(values, kind.params, strict=True)
        return [from_word(engine, v, t) if isinstance(t, RefType) else v for v, t in pairs]

    def call(address: int) -> None:
        memory = memory_type.from_address(address)
        values: tuple[Any, ...] = unpack(memory)
        try:
            result = function(*(objects(values) if references else values))
        except WasmException as error:
            engine = engine_of()
            assert engine is not None
            word = thrown_by_host(engine, error, address + to_frame)
            engine.space.store_word(engine.space.context + CONTEXT_THROWN, word)
            return
        if count == 0:
            return
        if count == 1:
            values = (result,)
        elif isinstance(result, (tuple, list)):
            values = tuple(result)
        else:
            raise TypeError(f"host function {name} gave {result!r}; its type is {kind}")
        if not references:
            with suppress(struct.error, OverflowError):
                pack(memory, 0, *values)
                return
        if gives_references:
            engine = engine_of()
            assert engine is not None
            make_room(engine, address + to_frame)
        pack_bits(memory, 0, *bits(values))  # unsigned, infinite, or an error that says what is wrong

    return call


class HostFunction:
    """A Python callable with a function record that wasm can call.

    Attributes: address: of the record, which is its own "instance"; its entry slot leads to the trampoline of its type.
    """

    __slots__ = ("__weakref__", "_name", "_storage", "_thunk", "_type", "address", "engine", "group")

    def __init__(self, engine: EngineState, function: Callable[..., object], kind: FuncType, name: str) -> None:
        self.engine = engine
        self.group: Group | None = None
        self._type = kind
        self._name = name
        self._thunk = _thunk(self, function, kind, name)
        self._storage = NativeBuffer(RECORD_SIZE + 8)
        self.address = address = self._storage.address
        words = self._storage.words
        words[RECORD_SLOT >> 3] = address + RECORD_SIZE
        words[RECORD_INSTANCE >> 3] = address
        assert RECORD_INDEX == RECORD_TYPE + 4
        words[RECORD_TYPE >> 3] = engine.type_id(kind) | _NO_INDEX << 32
        words[RECORD_HANDLE >> 3] = id(self._thunk)
        words[RECORD_SIZE >> 3] = engine.trampoline(kind)

    def function_at(self, record: int) -> Function:
        """The function with that record: this one."""
        assert record == self.address
        return Function(self.engine, self._type, self._name, record, self)
