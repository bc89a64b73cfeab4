"""Collections while machine code runs, and from Python."""

from __future__ import annotations

import ctypes
import gc
import resource
import threading
import weakref
from collections.abc import Iterable
from pathlib import Path

import pytest

from seaofnodes import Engine, Error, HeapLimitError, Trap
from seaofnodes.backend.layout import TYPE_ARRAY
from seaofnodes.runtime.heap.records import TypeRecord
from tests.runtime.heap.loops import INTS, NODE, Loops

MIB = 1 << 20
REFERENCES = 9  # a type: an array


def word(address: int) -> int:
    """The word there."""
    found: int = ctypes.c_uint64.from_address(address).value
    return found


def numbers(reference: int) -> list[int]:
    """What the nodes of a list have, from its end on."""
    found = []
    while reference:
        assert reference & 1
        assert ctypes.c_uint32.from_address(reference - 1).value == NODE
        found.append(word(reference + 15))
        reference = word(reference + 7)
    return found


def node(loops: Loops, successor: int) -> int:
    """A node made in Python."""
    at = loops.heap.allocate(24)
    ctypes.c_uint64.from_address(at).value = NODE
    ctypes.c_uint64.from_address(at + 8).value = successor
    return at | 1


def array_of(loops: Loops, words: Iterable[int]) -> int:
    """An array of references."""
    words = list(words)
    loops.heap.define_type(REFERENCES, TypeRecord(TYPE_ARRAY, 8, (16,), (REFERENCES,), "references"))
    at = loops.heap.allocate_array(REFERENCES, len(words))
    for i, found in enumerate(words):
        ctypes.c_uint64.from_address(at + 16 + 8 * i).value = found
    return at | 1


def test_garbage_of_machine_code_is_freed_and_the_rest_is_kept() -> None:
    loops = Loops(Engine(heap_limit=16 * MIB))
    found = loops.make_list(3_000_000, 777)
    assert numbers(found) == list(range(1, 3_000_000 % 777 + 1))
    assert loops.heap.statistics.collections > 3
    assert loops.heap.statistics.survivors[NODE].count <= 777
    assert loops.heap.statistics.allocated >= 72_000_000
    kept = loops.heap.handle(found)
    loops.make_list(1_000_000, 10)
    assert numbers(kept.word) == list(range(1, 3_000_000 % 777 + 1))
    loops.heap.verify()


def test_a_list_that_grows_through_many_collections_is_whole() -> None:
    loops = Loops(Engine(heap_limit=64 * MIB))
    found = loops.make_list(1_500_000, 1 << 40)
    assert numbers(found) == list(range(1, 1_500_001))
    assert loops.heap.statistics.collections > 0


def test_what_does_not_fit_is_an_error_and_the_engine_goes_on() -> None:
    loops = Loops(Engine(heap_limit=4 * MIB))
    for _ in range(3):
        with pytest.raises(HeapLimitError, match="4,194,304 bytes"):
            loops.make_list(10_000_000, 1 << 40)
        assert numbers(loops.make_list(1000, 600)) == list(range(1, 401))
    assert loops.make_array(1000)


def test_an_array_that_is_larger_than_the_heap_traps() -> None:
    loops = Loops(Engine(heap_limit=4 * MIB))
    with pytest.raises(Trap, match="array too large"):
        loops.make_array(MIB)
    with pytest.raises(Trap, match="array too large"):
        loops.make_array((1 << 32) - 1)
    assert loops.make_array(MIB - 1024)
    assert loops.make_array(MIB - 1024)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 100, 4092, 4093, 100_000])
def test_arrays_are_zeroed_where_others_were(length: int) -> None:
    loops = Loops(Engine(heap_limit=4 * MIB))
    kept = loops.heap.handle(loops.make_list(10, 20))
    for _ in range(20):
        for _ in range(max(1_500 // (length + 1), 3)):
            at = loops.make_array(length, kept.word)
            assert (word(at), ctypes.c_uint32.from_address(at + 8).value) == (INTS, length)
            assert not any(ctypes.string_at(at + 16, 4 * length))
            ctypes.memset(at + 16, 255, 4 * length)
        loops.heap.collect()
    assert numbers(kept.word) == list(range(1, 11))
    loops.heap.verify()


def test_stress_collects_and_checks_at_every_allocation() -> None:
    loops = Loops(Engine(stress_gc=True))
    assert numbers(loops.make_list(40, 7)) == [1, 2, 3, 4, 5]
    assert loops.heap.statistics.collections >= 40
    assert numbers(loops.heap.handle(loops.make_list(20, 100)).word) == list(range(1, 21))
    kept = loops.heap.handle(loops.make_list(5, 100))
    at = loops.make_array(10, kept.word)
    assert not any(ctypes.string_at(at + 16, 40))
    assert numbers(kept.word) == [1, 2, 3, 4, 5]


def test_stress_finds_what_was_freed_too_early() -> None:
    loops = Loops(Engine(stress_gc=True))
    lost = loops.make_list(3, 100)
    loops.heap.verify()
    kept = loops.heap.handle(lost)
    with pytest.raises(Error, match="the heap is broken"):
        loops.heap.verify()
    assert kept


def test_handles_let_go() -> None:
    loops = Loops(Engine())
    handle = loops.heap.handle(loops.make_list(100, 1000))
    gone = weakref.ref(handle)
    loops.heap.collect()
    assert loops.heap.statistics.survivors[NODE].count == 100
    del handle
    assert gone() is None
    loops.heap.collect()
    assert not loops.heap.statistics.survivors


def test_cycles_and_wide_arrays_are_marked() -> None:
    loops = Loops(Engine())
    first = node(loops, 0)
    hold = [loops.heap.handle(first)]
    last = first
    for _ in range(1000):
        last = node(loops, last)
        hold[0] = loops.heap.handle(last)
    ctypes.c_uint64.from_address(first + 7).value = last
    nodes = []
    for _ in range(3000):
        nodes.append(loops.heap.handle(node(loops, last)))
    wide = loops.heap.handle(array_of(loops, [handle.word for handle in nodes] * 3))
    hold.clear()
    nodes.clear()
    loops.heap.verify()
    assert loops.heap.statistics.survivors[NODE].count == 4001
    assert loops.heap.statistics.survivors[REFERENCES].count == 1
    del wide
    loops.heap.verify()
    assert not loops.heap.statistics.survivors


def test_external_references_in_objects_live_as_long_as_these() -> None:
    class Thing:
        pass

    engine = Engine()
    loops = Loops(engine)
    things = [Thing() for _ in range(3000)]
    gone = [weakref.ref(thing) for thing in things]
    references = engine.store.references
    kept = loops.heap.handle(array_of(loops, [references.word_of(thing) for thing in things[:2999]]))
    other = references.word_of(things[2999])
    del things
    loops.heap.collect()
    assert other not in references.objects
    assert [reference() is None for reference in gone] == [False] * 2999 + [True]
    del kept
    loops.heap.collect()
    gc.collect()
    assert all(reference() is None for reference in gone)
    assert not references.objects


def test_an_engine_with_objects_is_freed() -> None:
    loops = Loops(Engine())
    loops.make_list(10_000, 10)
    loops.heap.collect()
    gone = weakref.ref(loops.engine.runtime.heap)
    gc.disable()
    try:
        del loops
        assert gone() is None
    finally:
        gc.enable()


def test_a_collection_inside_of_an_allocation_is_refused() -> None:
    loops = Loops(Engine())
    found = []

    def roots() -> list[int]:
        found.append(loops.heap.collect())
        return []

    loops.make_list(1000, 10)
    loops.heap.roots.add(roots)
    loops.make_list(1_000_000, 10)
    loops.heap.roots.remove(roots)
    assert found
    assert not any(found)


def test_code_that_runs_inside_of_an_allocation_goes_on_without_collecting() -> None:
    loops = Loops(Engine(heap_limit=64 * MIB))
    found = []

    def roots() -> list[int]:
        if not found:
            found.append(loops.make_list(1_000_000, 10_000))
            assert numbers(found[-1]) == []
        return []

    loops.make_list(1000, 10)
    loops.heap.roots.add(roots)
    loops.make_list(500_000, 10)
    assert found
    assert loops.heap.statistics.reserved >= 24_000_000


def test_threads_may_make_handles_while_there_are_collections() -> None:
    loops = Loops(Engine(heap_limit=32 * MIB))
    kept = [loops.heap.handle(loops.make_list(50, 100))]
    over = threading.Event()

    def make() -> None:
        while not over.is_set():
            kept.append(loops.heap.handle(kept[-1].word))
            del kept[0]

    thread = threading.Thread(target=make)
    thread.start()
    try:
        for _ in range(10):
            loops.make_list(300_000, 20)
    finally:
        over.set()
        thread.join()
    assert loops.heap.statistics.collections > 3
    assert numbers(kept[-1].word) == list(range(1, 51))
    loops.heap.verify()


def test_code_that_runs_while_roots_are_looked_at_makes_a_collection_begin_anew() -> None:
    loops = Loops(Engine())
    tries = []

    def roots() -> list[int]:
        if len(tries) < 3:
            tries.append(loops.make_list(1, 10))
        return [tries[-1]]

    loops.heap.roots.add(roots)
    loops.make_list(100, 1000)
    assert loops.heap.collect()
    assert len(tries) == 3
    assert numbers(tries[-1]) == [1]
    assert loops.heap.statistics.survivors[NODE].count == 1


def test_a_poll_where_there_is_no_object_collects_nothing() -> None:
    engine = Engine(stress_gc=True)
    engine.store.runtime.heap.poll()
    assert engine.heap.statistics.collections == 0


def test_memory_stays_flat() -> None:
    loops = Loops(Engine(heap_limit=64 * MIB))
    loops.make_list(1_000_000, 1000)
    before = _resident()
    loops.make_list(8_000_000, 1000)
    assert _resident() < before + 16 * MIB
    found = loops.heap.handle(loops.make_list(1_000_000, 1 << 40))
    assert _resident() > before + 4 * MIB
    del found
    loops.heap.collect()
    loops.heap.collect()
    assert loops.heap.statistics.size < MIB
    assert _resident() < before + 24 * MIB


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("stress", [False, True])
def test_the_value_of_an_ephemeron_is_kept_if_its_table_and_its_key_are(stress: bool) -> None:
    loops = Loops(Engine(heap_limit=16 * MIB, stress_gc=stress))
    heap = loops.heap
    owner, key, lonely = (heap.handle(loops.make_list(1, 5)) for _ in range(3))
    heap.ephemerons.add_table(owner.word)
    inner = loops.make_list(3, 5)
    kept = heap.handle(inner)
    heap.ephemerons.set(owner.word, inner, loops.make_list(2, 5))
    heap.ephemerons.set(owner.word, key.word, inner)  # which is the key of the one before
    heap.ephemerons.set(owner.word, lonely.word, lonely.word)  # refers to its own key
    words = owner.word, key.word, lonely.word
    del kept, lonely
    gc.collect()
    loops.make_list(100 if stress else 100_000, 5)
    assert heap.collect()
    assert heap.ephemerons.get(words[0], words[1]) == inner
    assert numbers(inner) == [1, 2, 3]
    value = heap.ephemerons.get(words[0], inner)
    assert value is not None and numbers(value) == [1, 2]
    assert heap.ephemerons.get(words[0], words[2]) is None
    heap.verify()
