"""Instructions that make arrays of segments: what Python does where machine code has found no memory."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from seaofnodes.backend.layout import TRAP_REASONS
from seaofnodes.errors import Trap
from seaofnodes.ir.ops.traps import MEMORY_OUT_OF_BOUNDS, TABLE_OUT_OF_BOUNDS
from seaofnodes.wasm.engine.objects.construct import new_array, write_elements
from seaofnodes.wasm.object_layout import element_size
from seaofnodes.wasm.types import ArrayType

if TYPE_CHECKING:
    from seaofnodes.wasm.engine.instance import InstanceData


def _trap(reason: int) -> Trap:
    return Trap(TRAP_REASONS[reason])


def _width(data: InstanceData, type_id: int) -> int:
    kind = data.unit.store.types[type_id]
    assert isinstance(kind, ArrayType)
    return element_size(kind)


def _data(data: InstanceData, width: int, segment: int, start: int, count: int) -> bytes:
    given = data.data_segments[segment]
    end = start + count * width
    if end > len(given):
        raise _trap(MEMORY_OUT_OF_BOUNDS)
    return given[start:end]


def _references(data: InstanceData, segment: int, start: int, count: int) -> bytes:
    given = data.element_segments[segment]
    if start + count > len(given):
        raise _trap(TABLE_OUT_OF_BOUNDS)
    return bytes((ctypes.c_uint64 * count)(*given[start : start + count]))


def _new_data(data: InstanceData, type_id: int, segment: int, start: int, count: int) -> int:
    values = _data(data, _width(data, type_id), segment, start, count)
    array = new_array(data.unit.store, type_id, count)
    write_elements(array, 0, values)
    return array


def _new_elem(data: InstanceData, type_id: int, segment: int, start: int, count: int) -> int:
    values = _references(data, segment, start, count)
    array = new_array(data.unit.store, type_id, count)
    write_elements(array, 0, values)
    return array


# In the order of their numbers in the stubs. How many operands each has.
OPERATIONS: Final[dict[str, tuple[Callable[..., int], int]]] = {
    "array_new_data": (_new_data, 4),
    "array_new_elem": (_new_elem, 4),
}
_BY_NUMBER: Final = tuple(OPERATIONS.values())


def perform(data: InstanceData, number: int, operands: tuple[int, ...]) -> int:
    """Carry out an operation: its result, or -1 - the index of the reason why it traps. Raises HeapLimitError."""
    operation, count = _BY_NUMBER[number]
    try:
        return operation(data, *operands[:count])
    except Trap as trap:
        return -1 - TRAP_REASONS.index(trap.reason)
