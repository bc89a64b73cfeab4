"""The tables of Map and Set beside Python's dict, and the keys of weak collections."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from seaofnodes.javascript.builtins.collections.ordered_table import (
    MAP_WIDTH,
    clear,
    count,
    delete,
    get,
    new_table,
    next_entry,
    put,
)
from seaofnodes.javascript.objects.factory import new_isolate, new_object
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.words import smi, smi_value
from seaofnodes.runtime.runtime import Runtime
from seaofnodes.runtime.tiers.options import EngineOptions


@pytest.fixture(params=[False, True], ids=["plain", "stress"])
def iso(request: pytest.FixtureRequest) -> Iterator[Isolate]:
    runtime = Runtime(EngineOptions(stress_gc=request.param))
    yield new_isolate(runtime.heap)
    assert runtime.heap is not None


KEYS: list[Callable[[Isolate, int], int]] = [
    lambda iso, i: iso.number(i),
    lambda iso, i: iso.string(f"key {i}"),
    lambda iso, i: iso.number(i + 0.5),
    lambda iso, i: iso.bigint(i << 70),
]


@pytest.mark.parametrize("key_of", KEYS, ids=["numbers", "strings", "doubles", "bigints"])
def test_a_table_is_like_a_dict(iso: Isolate, key_of: Callable[[Isolate, int], int]) -> None:
    choose = random.Random(1)
    table = iso.pin(new_table(iso, MAP_WIDTH))
    wanted: dict[int, int] = {}
    for step in range(400):
        del iso.held[:]
        i = choose.randrange(40 if step < 250 else 120)
        key = key_of(iso, i)
        iso.held.append(key)
        new: int | None = table
        if choose.random() < 0.4:
            new = delete(iso, table, key, MAP_WIDTH)
            assert (new is not None) == (wanted.pop(i, None) is not None)
        elif choose.random() < 0.01:
            new, wanted = clear(iso, table, MAP_WIDTH), {}
        else:
            new = put(iso, table, key, smi(step))
            wanted[i] = step
        if new is not None and new != table:
            iso.pin(new)
            iso.unpin(table)
            table = new
        found = get(iso, table, key_of(iso, i))
        assert (None if found is None else smi_value(found)) == wanted.get(i)
        assert count(iso, table) == len(wanted)
    values = []
    at = table, 0
    while (entry := next_entry(iso, *at, MAP_WIDTH)) is not None:
        at = entry[0], entry[1]
        values.append(smi_value(entry[2][1]))
    assert values == list(wanted.values())


def test_a_cursor_finds_its_place_in_tables_that_have_replaced_its_own(iso: Isolate) -> None:
    first = table = new_table(iso, MAP_WIDTH)
    for i in range(100):
        table = put(iso, table, smi(i), smi(i))
    iso.held += (first, table)
    entry = next_entry(iso, first, 0, MAP_WIDTH)
    assert entry is not None and entry[0] == table and entry[1] == 1
    cursor = table, 10
    for i in range(95):
        changed = delete(iso, table, smi(i), MAP_WIDTH)
        assert changed is not None
        table = changed
        iso.held.append(table)
    entry = next_entry(iso, *cursor, MAP_WIDTH)
    assert entry is not None and smi_value(entry[2][0]) == 95
    entry = next_entry(iso, clear(iso, table, MAP_WIDTH), 0, MAP_WIDTH)
    assert entry is None


def test_weak_entries_go_with_their_keys(iso: Isolate) -> None:
    weak = iso.heap.ephemerons
    owner = iso.pin(new_object(iso, iso.null))
    weak.add_table(owner)
    keys = [iso.pin(new_object(iso, iso.null)) for _ in range(3)]
    lost = new_object(iso, iso.null)
    value = new_object(iso, iso.null)
    weak.set(owner, keys[0], value)
    weak.set(owner, value, keys[1])  # its key is alive as the value of another
    weak.set(owner, lost, keys[2])  # a key that nothing has does not keep its value
    weak.set(owner, keys[2], keys[0])
    del iso.held[:]
    iso.unpin(keys[2])
    assert iso.heap.collect()
    assert weak.get(owner, keys[0]) == value
    assert weak.get(owner, value) == keys[1]
    assert weak.get(owner, keys[2]) is None
    iso.unpin(owner)
    assert iso.heap.collect()
    with pytest.raises(KeyError):
        weak.get(owner, keys[0])
