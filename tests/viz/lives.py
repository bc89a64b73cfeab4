"""The lives of nodes as the recorded events tell them, apart from the viewer."""

from __future__ import annotations

from typing import Any

from seaofnodes.ir.records.edits import Replaced
from seaofnodes.runtime.tiers.optimize import Compilation

Event = tuple[Any, ...]


def lives(compilation: Compilation) -> dict[int, list[Event]]:
    """Of every node that was in the graph after some phase: ("created" or "returned", phase, rule, from node,
    bytecode), ("changed", phase, operator, inputs), ("replaced", phase, by), ("removed", phase).
    """
    found: dict[int, list[Event]] = {}
    old: dict[int, Any] = {}
    ever: set[int] = set()
    for index, phase in enumerate(compilation.phases):
        new = {node.id: node for node in phase.graph.nodes}
        replaced = {edit.id: edit.replacement for edit in phase.edits if isinstance(edit, Replaced)}
        for id, node in new.items():
            if id not in old:
                origin = node.origin
                made_here = origin.phase == phase.record.name
                what = "returned" if id in ever else "created"
                rule = origin.rule if made_here or what == "created" else ""  # made before, not seen until now
                found.setdefault(id, []).append((what, index, rule, origin.node, origin.bytecode_offset))
            elif (old[id].op, old[id].inputs) != (node.op, node.inputs):
                found[id].append(("changed", index, node.op.name, list(node.inputs)))
        for id in old:
            if id not in new:
                found[id].append(("replaced", index, replaced[id]) if id in replaced else ("removed", index))
        ever |= new.keys()
        old = new
    return found
