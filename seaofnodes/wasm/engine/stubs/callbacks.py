"""What machine code calls of WebAssembly's engine: each with the address of the words that its stub describes."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING

from seaofnodes.backend.layout import R11
from seaofnodes.runtime.code.handles import owner_of
from seaofnodes.runtime.code.space import Callback
from seaofnodes.runtime.entry.context import ALL_ONES
from seaofnodes.runtime.entry.stubs import saved_register
from seaofnodes.wasm.engine.exceptions import new_exception
from seaofnodes.wasm.engine.stubs import arrays
from seaofnodes.wasm.engine.stubs.bulk import perform
from seaofnodes.wasm.subtyping import is_subtype as is_declared_subtype

if TYPE_CHECKING:
    from seaofnodes.wasm.engine.instance import InstanceData
    from seaofnodes.wasm.engine.store import Store

_Two = ctypes.c_uint64 * 2
_Three = ctypes.c_uint64 * 3
_Four = ctypes.c_uint64 * 4
_Seven = ctypes.c_uint64 * 7
_Six = ctypes.c_uint64 * 6
_Word = ctypes.c_uint64


def callbacks(find: Callable[[], Store]) -> dict[str, Callback]:
    """By name. find: gives the engine's store."""

    def memory_grow(address: int) -> None:
        words = _Three.from_address(address)
        delta, index, instance = words
        memory = owner_of(instance).memories[index & 0xFFFFFFFF]
        words[0] = memory.grow(delta) & memory.mask

    def bulk(address: int) -> None:
        words = _Seven.from_address(address)
        number, *operands, instance = words
        words[0] = perform(owner_of(instance), number, tuple(reversed(operands))) & ALL_ONES

    def array_bulk(address: int) -> None:
        words = _Six.from_address(address)
        number, *operands, instance = words
        words[0] = arrays.perform(owner_of(instance), number, tuple(reversed(operands))) & ALL_ONES

    def exception_new(address: int) -> None:
        words = _Two.from_address(address)
        data: InstanceData = owner_of(words[1])
        words[0] = new_exception(find(), data.tags[words[0]])

    def table_grow(address: int) -> None:
        words = _Four.from_address(address)
        delta, index, value, instance = words
        table = owner_of(instance).tables[index]
        words[0] = table.grow(delta, value) & table.mask

    def is_subtype(address: int) -> None:
        actual = _Word.from_address(saved_register(address, ("r", R11)))
        expected = _Word.from_address(address + 16)
        types = find().types
        actual.value = int(is_declared_subtype(types[actual.value], types[expected.value]))

    found = (memory_grow, bulk, array_bulk, exception_new, table_grow, is_subtype)
    return {function.__name__: function for function in found}
