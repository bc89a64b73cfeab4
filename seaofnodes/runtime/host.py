"""Host functions: Python callables that wasm calls."""

from __future__ import annotations

import ctypes
import struct
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
from seaofnodes.runtime.function import Function
from seaofnodes.runtime.native import NativeBuffer
from seaofnodes.runtime.values import BITS_CELL, CELL, to_bits
from seaofnodes.wasm.types import FuncType

if TYPE_CHECKING:
    from seaofnodes.runtime.state import EngineState

_NO_INDEX: Final = 0xFFFFFFFF


def _thunk(function: Callable[..., object], kind: FuncType, name: str) -> Callable[[int], None]:
    """What the trampoline calls, with the address of the arguments' cells; leaves the results there."""
    cells: Any = ctypes.c_char * (8 * max(len(kind.params), len(kind.results), 1))
    unpack = struct.Struct("<" + "".join(CELL[t] for t in kind.params)).unpack_from
    pack = struct.Struct("<" + "".join(CELL[t] for t in kind.results)).pack_into
    pack_bits = struct.Struct("<" + "".join(BITS_CELL[t] for t in kind.results)).pack_into
    count = len(kind.results)

    def bits(values: tuple[object, ...]) -> list[int]:
        if len(values) != count:
            raise TypeError(f"host function {name} gave {len(values)} results; its type is {kind}")
        pairs = zip(values, kind.results, strict=True)
        return [to_bits(value, t, f"result {i} of host function {name}") for i, (value, t) in enumerate(pairs, 1)]

    def call(address: int) -> None:
        memory = cells.from_address(address)
        result = function(*unpack(memory))
        if count == 0:
            return
        if count == 1:
            values: tuple[Any, ...] = (result,)
        elif isinstance(result, (tuple, list)):
            values = tuple(result)
        else:
            raise TypeError(f"host function {name} gave {result!r}; its type is {kind}")
        with suppress(struct.error, OverflowError):
            pack(memory, 0, *values)
            return
        pack_bits(memory, 0, *bits(values))  # unsigned, infinite, or an error that says what is wrong

    return call


class HostFunction:
    """A Python callable with a function record that wasm can call.

    Attributes: address: of the record, which is its own "instance"; its entry slot leads to the trampoline of its type.
    """

    __slots__ = ("__weakref__", "_engine", "_name", "_storage", "_thunk", "_type", "address")

    def __init__(self, engine: EngineState, function: Callable[..., object], kind: FuncType, name: str) -> None:
        self._engine = engine
        self._type = kind
        self._name = name
        self._thunk = _thunk(function, kind, name)
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
        return Function(self._engine, self._type, self._name, record, self)
