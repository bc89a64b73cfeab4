"""Bulk memory and table operations on instances; what machine code does not do itself (memory_stubs.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from seaofnodes.backend.layout import TRAP_REASONS
from seaofnodes.errors import Trap

if TYPE_CHECKING:
    from seaofnodes.wasm.engine.instance import InstanceData

MEMORY_TRAP: Final = TRAP_REASONS.index("out of bounds memory access")
TABLE_TRAP: Final = TRAP_REASONS.index("out of bounds table access")


def _memory_init(data: InstanceData, segment: int, memory: int, target: int, source: int, count: int) -> None:
    to, given = data.memories[memory], data.data_segments[segment]
    if target + count > len(to) or source + count > len(given):
        raise Trap(TRAP_REASONS[MEMORY_TRAP])
    to.write(target, given[source : source + count])


def _data_drop(data: InstanceData, segment: int) -> None:
    data.drop_data(segment)


def _table_init(data: InstanceData, segment: int, table: int, target: int, source: int, count: int) -> None:
    to, given = data.tables[table], data.element_segments[segment]
    if target + count > to.size or source + count > len(given):
        raise Trap(TRAP_REASONS[TABLE_TRAP])
    to.put(target, given[source : source + count])


def _table_copy(data: InstanceData, to: int, origin: int, target: int, source: int, count: int) -> None:
    table, given = data.tables[to], data.tables[origin]
    if target + count > table.size or source + count > given.size:
        raise Trap(TRAP_REASONS[TABLE_TRAP])
    table.put(target, given.slice(source, count))


def _table_fill(data: InstanceData, table: int, start: int, value: int, count: int) -> None:
    to = data.tables[table]
    if start + count > to.size:
        raise Trap(TRAP_REASONS[TABLE_TRAP])
    to.put(start, [value] * count)


def _elem_drop(data: InstanceData, segment: int) -> None:
    data.drop_elements(segment)


# In the order of their numbers in the stubs. `operands` of each: how many, all integers or references.
OPERATIONS: Final[dict[str, tuple[Callable[..., None], int]]] = {
    "memory_init": (_memory_init, 5),
    "data_drop": (_data_drop, 1),
    "table_init": (_table_init, 5),
    "table_copy": (_table_copy, 5),
    "elem_drop": (_elem_drop, 1),
    "table_fill": (_table_fill, 4),
}
_BY_NUMBER: Final = tuple(OPERATIONS.values())


def perform(data: InstanceData, number: int, operands: tuple[int, ...]) -> int:
    """Carry out an operation; -1, or the index of the reason why it traps."""
    operation, count = _BY_NUMBER[number]
    try:
        operation(data, *operands[:count])
    except Trap as trap:
        return TRAP_REASONS.index(trap.reason)
    return -1
