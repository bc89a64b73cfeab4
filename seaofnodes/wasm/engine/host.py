"""Host functions: Python callables that wasm calls."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Literal

from seaofnodes.backend.layout import (
    HOST_CALLABLE,
    HOST_RECORD,
    HOST_SIZE,
    HOST_SLOT,
    INSTANCE_HANDLE,
    RECORD_INDEX,
    RECORD_INSTANCE,
    RECORD_SLOT,
    RECORD_TYPE,
)
from seaofnodes.errors import WasmException
from seaofnodes.runtime.code.handles import owner_of
from seaofnodes.runtime.entry.entry_point import cells
from seaofnodes.runtime.process.native import NativeBuffer
from seaofnodes.wasm.engine.conversion import from_word, to_bits
from seaofnodes.wasm.engine.exceptions import thrown_by_host
from seaofnodes.wasm.engine.function import Function
from seaofnodes.wasm.engine.references import Pins
from seaofnodes.wasm.engine.values import signature_of
from seaofnodes.wasm.types import FuncType, RefType

if TYPE_CHECKING:
    from seaofnodes.runtime.entry.groups import Group
    from seaofnodes.wasm.engine.store import Store

_NO_INDEX: Final = 0xFFFFFFFF
_pack_word: Final = struct.Struct("<Q").pack_into


def _thunk(host: HostFunction, function: Callable[..., object], kind: FuncType, name: str) -> Callable[[int], object]:
    """What the trampoline calls, with the address of the arguments' cells; leaves the results there and gives None, or
    an exception and gives True.
    """
    signature = signature_of(kind)
    memory_type: Any = ctypes.c_char * (8 * max(len(kind.params), len(kind.results), 1))
    unpack = struct.Struct(cells(signature.parameters)).unpack_from
    pack = struct.Struct(cells(signature.results)).pack_into
    pack_bits = struct.Struct(cells(signature.results, bits=True)).pack_into
    count = len(kind.results)
    store = host.store
    references = signature.has_references
    gives_references = any(t.is_reference for t in kind.results)
    forget = bytes(8 * len(kind.params))
    native = host.address

    def bits(values: tuple[object, ...], pins: Pins) -> list[int]:
        if len(values) != count:
            raise TypeError(f"host function {name} gave {len(values)} results; its type is {kind}")
        pairs = zip(values, kind.results, strict=True)
        what = f"of host function {name}"
        receiver: HostFunction = owner_of(native)
        return [to_bits(store, v, t, f"result {i} {what}", receiver, pins) for i, (v, t) in enumerate(pairs, 1)]

    def objects(values: tuple[Any, ...]) -> list[Any]:
        pairs = zip(values, kind.params, strict=True)
        return [from_word(store, v, t) if isinstance(t, RefType) else v for v, t in pairs]

    def call(address: int) -> Literal[True] | None:
        memory = memory_type.from_address(address)
        values: tuple[Any, ...] = unpack(memory)
        try:
            if references:
                values = (*objects(values),)
                ctypes.memmove(address, forget, len(forget))  # nothing need be held for wasm any more
            result = function(*values)
        except WasmException as error:
            _pack_word(memory, 0, thrown_by_host(store, error))
            return True
        if count == 0:
            return None
        if count == 1:
            values = (result,)
        elif isinstance(result, (tuple, list)):
            values = tuple(result)
        else:
            raise TypeError(f"host function {name} gave {result!r}; its type is {kind}")
        if not references:
            with suppress(struct.error, OverflowError):
                pack(memory, 0, *values)
                return None
        if gives_references:
            store.make_room()
        pins = Pins()
        pack_bits(memory, 0, *bits(values, pins))  # unsigned, infinite, or an error that says what is wrong
        return None

    return call


class HostFunction:
    """A Python callable with a function record that wasm can call.

    Attributes: address: of its native data, which is what an instance's is to others; the entry slot of the record
    there leads to the trampoline of its type.
    """

    __slots__ = ("__weakref__", "_name", "_storage", "_thunk", "_type", "address", "group", "store")

    def __init__(self, store: Store, function: Callable[..., object], kind: FuncType, name: str) -> None:
        self.store = store
        self.group: Group | None = None
        self._type = kind
        self._name = name
        self._storage = NativeBuffer(HOST_SIZE)
        self.address = address = self._storage.address
        self._thunk = _thunk(self, function, kind, name)
        words = self._storage.words
        words[INSTANCE_HANDLE >> 3] = id(self)
        words[HOST_CALLABLE >> 3] = id(self._thunk)
        words[(HOST_RECORD + RECORD_SLOT) >> 3] = address + HOST_SLOT
        words[(HOST_RECORD + RECORD_INSTANCE) >> 3] = address
        assert RECORD_INDEX == RECORD_TYPE + 4
        words[(HOST_RECORD + RECORD_TYPE) >> 3] = store.type_id(kind) | _NO_INDEX << 32
        words[HOST_SLOT >> 3] = store.trampoline(kind)

    def function_at(self, record: int) -> Function:
        """The function with that record: this one."""
        assert record == self.record
        return self.function()

    @property
    def record(self) -> int:
        """Address of the function record."""
        return self.address + HOST_RECORD

    def function(self) -> Function:
        """The function that wasm calls, as an object."""
        return Function(self.store, self._type, self._name, self.record, self)
