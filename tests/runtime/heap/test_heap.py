"""Types and objects of a heap, from Python."""

from __future__ import annotations

import ctypes

import pytest

import seaofnodes
from seaofnodes.backend.layout import (
    ARRAY_LENGTH,
    OBJECT_TYPE,
    TYPE_ARRAY,
    TYPE_DISPLAY,
    TYPE_KIND,
    TYPE_RECORD_SHIFT,
    TYPE_SIZE,
    TYPE_STRUCT,
    TYPE_TRACE,
)
from seaofnodes.runtime.heap.records import TypeRecord

PAIR = TypeRecord(TYPE_STRUCT, 24, (8, 16), (3, 4), "pair")
INTS = TypeRecord(TYPE_ARRAY, 4, (), (5,), "ints")


def half(address: int) -> int:
    """The u32 there."""
    return ctypes.c_uint32.from_address(address).value


def test_a_type_record_is_where_machine_code_looks_for_it() -> None:
    heap = seaofnodes.Engine().runtime.heap
    heap.define_type(4, PAIR)
    heap.define_type(4, PAIR)
    space = heap._space
    at = space.load_word(space.names["heap_types"]) + (4 << TYPE_RECORD_SHIFT)
    assert (half(at + TYPE_KIND), half(at + TYPE_SIZE)) == (TYPE_STRUCT, 24)
    assert [half(at + TYPE_DISPLAY + 4 * depth) for depth in range(3)] == [3, 4, 0]
    heap.define_type(6, TypeRecord(TYPE_STRUCT, 16))
    assert ctypes.c_uint64.from_address(at + (2 << TYPE_RECORD_SHIFT) + TYPE_TRACE).value == 0
    trace = ctypes.c_uint64.from_address(at + TYPE_TRACE).value
    assert [half(trace + 4 * i) for i in range(3)] == [2, 8, 16]
    with pytest.raises(seaofnodes.Error, match="type 4 is defined already"):
        heap.define_type(4, INTS)


@pytest.mark.parametrize(
    ("number", "record", "words"),
    [
        (0, PAIR, "types of objects at most"),
        (1 << 18, PAIR, "types of objects at most"),
        (1, TypeRecord(TYPE_STRUCT, 12), "a multiple of 8, not 12"),
        (1, TypeRecord(TYPE_ARRAY, 3), "1, 2, 4 or 8 bytes, not 3"),
        (1, TypeRecord(TYPE_STRUCT, 8, (), tuple(range(65))), "63 supertypes at most, not 64"),
    ],
)
def test_a_type_that_cannot_be(number: int, record: TypeRecord, words: str) -> None:
    with pytest.raises(seaofnodes.Error, match=words):
        seaofnodes.Engine().runtime.heap.define_type(number, record)


def test_objects_are_zeroed_and_apart() -> None:
    heap = seaofnodes.Engine().runtime.heap
    heap.define_type(5, INTS)
    found = [heap.allocate(size) for size in (8, 24, 16384, 40, 16392, 1 << 20, 16)]
    sizes = (8, 24, 16384, 40, 16392, 1 << 20, 16)
    for address, size in zip(found, sizes, strict=True):
        assert address % 8 == 0
        assert not any(ctypes.string_at(address, size))
        ctypes.memset(address, 255, size)
    array = heap.allocate_array(5, 1000)
    assert (half(array + OBJECT_TYPE), half(array + ARRAY_LENGTH)) == (5, 1000)
    assert not any(ctypes.string_at(array + 16, 4000))


def test_a_full_heap_says_so() -> None:
    heap = seaofnodes.Engine(heap_limit=1 << 20).runtime.heap
    heap.define_type(5, INTS)
    assert heap.allocate_array(5, 1 << 20) == 0
    with pytest.raises(seaofnodes.HeapLimitError, match="1,048,576 bytes"):
        heap.allocate((1 << 20) + 8)
    heap.allocate(8)


def test_a_heap_that_is_not_used_costs_no_addresses() -> None:
    heap = seaofnodes.Engine().runtime.heap
    assert not heap.is_used
    assert heap._memory is None
    assert heap.statistics.size == 0


def test_ids_of_types_are_given_again_when_they_are_free() -> None:
    heap = seaofnodes.Engine().runtime.heap
    first, second = heap.types.new_id(), heap.types.new_id()
    assert (first, second) == (1, 2)
    heap.define_type(first, PAIR)
    heap.hold_by_type(first, 99)
    heap.types.free_id(first)
    assert heap.types.new_id() == first
    heap.define_type(first, INTS)
    assert heap.types.records[first] == INTS
    assert heap.types.held_by(heap._need(), first) == 0
    assert heap.types.new_id() == 3


def test_a_collection_keeps_what_types_hold_and_says_what_it_has_kept() -> None:
    heap = seaofnodes.Engine().runtime.heap
    heap.define_type(4, TypeRecord(TYPE_STRUCT, 16, (), (), "held"))
    heap.define_type(5, TypeRecord(TYPE_STRUCT, 16, (), (), "holds"))
    held: list[int] = []
    heap.roots.add(lambda: tuple(held))

    def make(type_id: int) -> int:
        address = heap.allocate_held(16)
        ctypes.c_uint64.from_address(address).value = type_id
        held.append(address + 1)
        return address

    kept, other, owner = make(4), make(4), make(5)
    heap.hold_by_type(5, kept + 1)
    states: list[list[bool]] = []

    def look() -> None:
        found = [ctypes.c_uint8.from_address(address + 4).value for address in (kept, other, owner)]
        states.append([state == heap.kept_state for state in found])

    heap.collected.append(look)
    del held[:2]
    assert heap.collect()
    del held[:]
    assert heap.collect()
    assert states == [[True, False, True], [False, False, False]]


def test_allocation_for_python_that_holds_everything_collects() -> None:
    heap = seaofnodes.Engine(stress_gc=True).runtime.heap
    heap.define_type(4, TypeRecord(TYPE_STRUCT, 16))
    for _ in range(10):
        ctypes.c_uint64.from_address(heap.allocate_held(16)).value = 4
    assert heap.statistics.collections >= 9
