"""Builtins of the reference interpreter: memory.grow and bulk memory. They check first, then write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from seaofnodes.errors import Trap

if TYPE_CHECKING:
    from seaofnodes.wasm.interpret import InterpretedInstance


def _check(reason: str, *ranges: tuple[int, int, int]) -> None:
    """Each range is (start, length, size of what it must lie in)."""
    if any(start + length > size for start, length, size in ranges):
        raise Trap(f"out of bounds {reason} access")


def memory_grow(instance: InterpretedInstance, memory: int, delta: int) -> list[int]:
    return [instance.memories[memory].grow(delta) & 0xFFFFFFFF]


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
    )
}


def call_builtin(instance: InterpretedInstance, name: str, operands: Sequence[int]) -> list[int]:
    """Call a builtin with bit patterns. Raises Trap; KeyError if there is no such builtin."""
    return BUILTINS[name](instance, *operands)
