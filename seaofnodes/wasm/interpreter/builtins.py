"""Builtins of the reference interpreter: memory.grow, bulk memory, tables. They check first, then write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from seaofnodes.errors import Trap

if TYPE_CHECKING:
    from seaofnodes.wasm.interpreter.state import InterpretedInstance


def _check(reason: str, *ranges: tuple[int, int, int]) -> None:
    """Each range is (start, length, size of what it must lie in)."""
    if any(start + length > size for start, length, size in ranges):
        raise Trap(f"out of bounds {reason} access")


def memory_grow(instance: InterpretedInstance, memory: int, delta: int) -> list[int]:
    grown = instance.memories[memory]
    return [grown.grow(delta) & ((1 << grown.type.address.bits) - 1)]


def memory_init(
    instance: InterpretedInstance, segment: int, memory: int, target: int, source: int, count: int
) -> list[int]:
    data, given = instance.memories[memory].data, instance.data[segment]
    _check("memory", (target, count, len(data)), (source, count, len(given)))
    data[target : target + count] = given[source : source + count]
    return []


def memory_copy(instance: InterpretedInstance, to: int, origin: int, target: int, source: int, count: int) -> list[int]:
    data, given = instance.memories[to].data, instance.memories[origin].data
    _check("memory", (target, count, len(data)), (source, count, len(given)))
    data[target : target + count] = given[source : source + count]
    return []


def memory_fill(instance: InterpretedInstance, memory: int, target: int, value: int, count: int) -> list[int]:
    data = instance.memories[memory].data
    _check("memory", (target, count, len(data)))
    data[target : target + count] = bytes((value & 0xFF,)) * count
    return []


def data_drop(instance: InterpretedInstance, segment: int) -> list[int]:
    instance.data[segment] = b""
    return []


def table_init(
    instance: InterpretedInstance, segment: int, table: int, target: int, source: int, count: int
) -> list[int]:
    entries, given = instance.tables[table].entries, instance.elements[segment]
    _check("table", (target, count, len(entries)), (source, count, len(given)))
    entries[target : target + count] = given[source : source + count]
    return []


def table_copy(instance: InterpretedInstance, to: int, origin: int, target: int, source: int, count: int) -> list[int]:
    entries, given = instance.tables[to].entries, instance.tables[origin].entries
    _check("table", (target, count, len(entries)), (source, count, len(given)))
    entries[target : target + count] = given[source : source + count]
    return []


def elem_drop(instance: InterpretedInstance, segment: int) -> list[int]:
    instance.elements[segment] = []
    return []


def table_grow(instance: InterpretedInstance, table: int, value: object, delta: int) -> list[int]:
    grown = instance.tables[table]
    return [grown.grow(delta, value) & ((1 << grown.type.address.bits) - 1)]


def table_fill(instance: InterpretedInstance, table: int, target: int, value: object, count: int) -> list[int]:
    entries = instance.tables[table].entries
    _check("table", (target, count, len(entries)))
    entries[target : target + count] = [value] * count
    return []


def table_get(instance: InterpretedInstance, table: int, index: int) -> list[Any]:
    entries = instance.tables[table].entries
    _check("table", (index, 1, len(entries)))
    return [entries[index]]


def table_set(instance: InterpretedInstance, table: int, index: int, value: object) -> list[int]:
    entries = instance.tables[table].entries
    _check("table", (index, 1, len(entries)))
    entries[index] = value
    return []


def table_size(instance: InterpretedInstance, table: int) -> list[int]:
    return [len(instance.tables[table].entries)]


BUILTINS: Final[dict[str, Callable[..., list[int]]]] = {
    function.__name__: function
    for function in (
        memory_grow,
        memory_init,
        memory_copy,
        memory_fill,
        data_drop,
        table_init,
        table_copy,
        elem_drop,
        table_grow,
        table_fill,
        table_get,
        table_set,
        table_size,
    )
}


def call_builtin(instance: InterpretedInstance, name: str, operands: Sequence[Any]) -> list[Any]:
    """Call a builtin with bit patterns and references. Raises Trap; KeyError if there is no such builtin."""
    return BUILTINS[name](instance, *operands)
