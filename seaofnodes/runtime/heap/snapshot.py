"""Snapshots of a heap in the format of V8's .heapsnapshot, which Chrome's developer tools read (Memory, Load)."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from seaofnodes.backend.layout import ARRAY_ELEMENTS, ARRAY_LENGTH, EXTERNAL, OBJECT_TAG, OBJECT_TYPE, TYPE_ARRAY
from seaofnodes.runtime.heap.records import TypeRecord

_NODE_TYPES: Final = (
    "hidden", "array", "string", "object", "code", "closure", "regexp", "number", "native", "synthetic",
    "concatenated string", "sliced string", "symbol", "bigint", "object shape",
)  # fmt: skip
_EDGE_TYPES: Final = ("context", "element", "property", "internal", "hidden", "shortcut", "weak")
_NODE_FIELDS: Final = ("type", "name", "id", "self_size", "edge_count", "detachedness")
_ARRAY, _OBJECT, _NATIVE, _SYNTHETIC = (_NODE_TYPES.index(name) for name in ("array", "object", "native", "synthetic"))
_ELEMENT, _PROPERTY, _INTERNAL = (_EDGE_TYPES.index(name) for name in ("element", "property", "internal"))

_word: Any = ctypes.c_uint64.from_address
_half: Any = ctypes.c_uint32.from_address


class Snapshot:
    """What can be reached from some roots, breadth first. Attributes: nodes, edges, strings: as the format has them."""

    def __init__(
        self,
        records: dict[int, TypeRecord],
        other_name: Callable[[int], str | None],
        held_by: Callable[[int], int],
    ) -> None:
        """records: of types, by id; other_name: what to call a word that is no object, or None to leave it out;
        held_by: what a type holds, or 0.
        """
        self._records = records
        self._other_name = other_name
        self._held_by = held_by
        self.nodes: list[int] = []
        self.edges: list[int] = []
        self.strings: list[str] = []
        self._names: dict[str, int] = {}
        self._places: dict[int, int] = {}  # of words: of the node in `nodes`

    def take(self, roots: dict[str, Iterable[int]]) -> None:
        """Look at what the roots refer to, by the names of what holds them."""
        waiting: list[int] = []
        groups = [(name, sorted(set(words))) for name, words in roots.items()]
        self._node(_SYNTHETIC, "", 0, len(groups))
        for name, _ in groups:
            self._edge(_INTERNAL, self._name(name), len(self.nodes))
            self._node(_SYNTHETIC, f"({name})", 0, 0)
        for i, (_, words) in enumerate(groups, 1):
            count = sum(self._refer(_ELEMENT, at, word, waiting) for at, word in enumerate(words))
            self.nodes[i * len(_NODE_FIELDS) + _NODE_FIELDS.index("edge_count")] = count
        at = 0
        while at < len(waiting):  # edges stand in the order of their nodes
            self._scan(waiting[at], waiting)
            at += 1

    def _scan(self, word: int, waiting: list[int]) -> None:
        if not word & OBJECT_TAG:
            return
        address = word - OBJECT_TAG
        type_id = _half(address + OBJECT_TYPE).value
        record = self._records[type_id]
        if record.kind == TYPE_ARRAY:
            length = _half(address + ARRAY_LENGTH).value if record.references else 0
            words = (ctypes.c_uint64 * length).from_address(address + ARRAY_ELEMENTS)
            count = sum(self._refer(_ELEMENT, i, found, waiting) for i, found in enumerate(words))
        else:
            count = 0
            for offset in record.references:
                name = self._name(f"+{offset}")
                count += self._refer(_PROPERTY, name, _word(address + offset).value, waiting)
        held = self._held_by(type_id)
        if held:
            count += self._refer(_INTERNAL, self._name("type"), held, waiting)
        self.nodes[self._places[word] + _NODE_FIELDS.index("edge_count")] = count

    def _refer(self, kind: int, name: int, word: int, waiting: list[int]) -> int:
        """Add an edge to what a word refers to; how many that makes."""
        place = self._places.get(word)
        if place is None:
            place = self._new(word)
            if place is None:
                return 0
            self._places[word] = place
            waiting.append(word)
        self._edge(kind, name, place)
        return 1

    def _new(self, word: int) -> int | None:
        place = len(self.nodes)
        if word & OBJECT_TAG:
            address = word - OBJECT_TAG
            number = _half(address + OBJECT_TYPE).value
            record = self._records[number]
            size, kind = record.size, _OBJECT
            if record.kind == TYPE_ARRAY:
                size, kind = ARRAY_ELEMENTS + _half(address + ARRAY_LENGTH).value * record.size + 7 & -8, _ARRAY
            self._node(kind, record.name or f"type {number}", size, 0)
            return place
        if word & 3 != EXTERNAL and word & 0xFFFFFFFF == 0:
            return None  # null, or an i31
        name = self._other_name(word)
        if name is None:
            return None
        self._node(_NATIVE, name, 0, 0)
        return place

    def _node(self, kind: int, name: str, size: int, edges: int) -> None:
        number = 2 * (len(self.nodes) // len(_NODE_FIELDS)) + 1
        self.nodes += (kind, self._name(name), number, size, edges, 0)

    def _edge(self, kind: int, name: int, place: int) -> None:
        self.edges += (kind, name, place)

    def _name(self, text: str) -> int:
        found = self._names.get(text)
        if found is None:
            found = self._names[text] = len(self.strings)
            self.strings.append(text)
        return found

    def write(self, path: str | Path) -> None:
        """Raises OSError."""
        meta = {
            "node_fields": _NODE_FIELDS,
            "node_types": [_NODE_TYPES, "string", "number", "number", "number", "number"],
            "edge_fields": ["type", "name_or_index", "to_node"],
            "edge_types": [_EDGE_TYPES, "string_or_number", "node"],
            "trace_function_info_fields": [],
            "trace_node_fields": [],
            "sample_fields": [],
            "location_fields": [],
        }
        counts = {"node_count": len(self.nodes) // len(_NODE_FIELDS), "edge_count": len(self.edges) // 3}
        made = {
            "snapshot": {"meta": meta, **counts, "trace_function_count": 0},
            "nodes": self.nodes,
            "edges": self.edges,
            "trace_function_infos": [],
            "trace_tree": [],
            "samples": [],
            "locations": [],
            "strings": self.strings,
        }
        with open(path, "w", encoding="utf-8") as file:
            json.dump(made, file, separators=(",", ":"))
