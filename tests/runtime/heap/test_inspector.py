"""The heap as users see it: numbers, and snapshots for Chrome."""

from __future__ import annotations

import ctypes
import json
from pathlib import Path
from typing import Any

import pytest

from seaofnodes import Engine, Error
from seaofnodes.runtime.heap.statistics import HeapStatistics
from tests.runtime.heap.loops import Loops


def test_numbers() -> None:
    engine = Engine(heap_limit=32 << 20)
    assert (engine.heap.size, engine.heap.collections, engine.heap.survivors) == (0, 0, [])
    assert not engine.heap.collect()
    loops = Loops(engine)
    kept = loops.heap.handle(loops.make_list(1000, 2000))
    other = loops.heap.handle(loops.make_array(100_000) | 1)
    assert engine.heap.collect()
    assert engine.heap.collections == 1
    assert [(one.name, one.count, one.size) for one in engine.heap.survivors] == [
        ("ints", 1, 400_016), ("node", 1000, 24_000),
    ]  # fmt: skip
    assert 424_016 <= engine.heap.size < 500_000
    assert engine.heap.limit == 32 << 20
    assert len(engine.heap.pauses) == 1
    assert "1 collections" in repr(engine.heap)
    engine.heap.verify()
    assert kept
    assert other


def test_pauses() -> None:
    found = HeapStatistics(0, 0, 0, 0, 0, tuple(i / 100 for i in range(200, 0, -1)), {})
    assert (found.median_pause, found.pause_99, found.longest_pause) == (1.005, 1.98, 2.0)
    none = HeapStatistics(0, 0, 0, 0, 0, (), {})
    assert (none.median_pause, none.pause_99, none.longest_pause) == (0, 0, 0)


class Read:
    """A snapshot, as a viewer reads it. Attributes: nodes: (type, name, size); edges: of each: (type, name, node)."""

    def __init__(self, path: Path) -> None:
        found: dict[str, Any] = json.loads(path.read_text())
        meta = found["snapshot"]["meta"]
        width = len(meta["node_fields"])
        texts = found["strings"]
        rows = [found["nodes"][i : i + width] for i in range(0, len(found["nodes"]), width)]
        assert len(rows) == found["snapshot"]["node_count"]
        assert len(found["edges"]) == 3 * found["snapshot"]["edge_count"]
        assert len({row[2] for row in rows}) == len(rows)
        self.nodes = [(meta["node_types"][0][row[0]], texts[row[1]], row[3]) for row in rows]
        self.edges: list[list[tuple[str, str | int, int]]] = []
        at = 0
        for row in rows:
            mine = []
            for _ in range(row[4]):
                kind, name, place = found["edges"][at : at + 3]
                assert place % width == 0
                kind = meta["edge_types"][0][kind]
                mine.append((kind, name if kind == "element" else texts[name], place // width))
                at += 3
            self.edges.append(mine)
        assert at == len(found["edges"])


def test_a_snapshot_has_objects_and_what_they_refer_to(tmp_path: Path) -> None:
    class Thing:
        pass

    engine = Engine()
    with pytest.raises(Error, match="no objects"):
        engine.heap.snapshot(tmp_path / "none")
    loops = Loops(engine)
    first = loops.make_list(3, 10)
    kept = loops.heap.handle(first)
    thing = Thing()
    last = first
    while successor := ctypes.c_uint64.from_address(last + 7).value:
        last = successor
    ctypes.c_uint64.from_address(last + 7).value = engine.store.references.word_of(thing)
    engine.heap.snapshot(tmp_path / "x.heapsnapshot")
    read = Read(tmp_path / "x.heapsnapshot")
    assert read.nodes[0] == ("synthetic", "", 0)
    groups = {read.nodes[node][1]: node for _, _, node in read.edges[0]}
    [(kind, _, at)] = read.edges[groups["(Python)"]]
    assert kind == "element"
    path = []
    while True:
        path.append(read.nodes[at])
        if not read.edges[at]:
            break
        [(kind, name, at)] = read.edges[at]
        assert (kind, name) == ("property", "+8")
    assert path == [("object", "node", 24)] * 3 + [("native", "Thing", 0)]
    assert kept


def test_a_snapshot_has_what_types_hold(tmp_path: Path) -> None:
    engine = Engine()
    loops = Loops(engine)
    first, held = loops.make_list(1, 10), loops.make_array(3) | 1
    loops.heap.hold_by_type(ctypes.c_uint32.from_address(first - 1).value, held)
    kept = loops.heap.handle(first)
    engine.heap.snapshot(tmp_path / "x.heapsnapshot")
    read = Read(tmp_path / "x.heapsnapshot")
    [at] = [i for i, node in enumerate(read.nodes) if node[1] == "node"]
    assert [(kind, name, read.nodes[to][1]) for kind, name, to in read.edges[at]] == [("internal", "type", "ints")]
    assert kept
