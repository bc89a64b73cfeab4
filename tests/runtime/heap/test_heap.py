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
