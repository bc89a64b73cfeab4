"""A traced compilation in Turbolizer's JSON: graphs of all phases, schedule, instructions, code, sources, inlinings."""

from __future__ import annotations

from typing import Any, TypeAlias

from seaofnodes.ir.records.snapshot import GraphSnapshot, NodeSnapshot
from seaofnodes.ir.types import NONE
from seaofnodes.passes.base import PhaseRecord
from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.viz.listing import label, printable
from seaofnodes.viz.schedule import format_schedule
from seaofnodes.viz.turbolizer_code import disassembly, instructions, sequence
from seaofnodes.viz.turbolizer_sources import Sources, harmless

#: Node -> bytecode offset and inlining, as Turbolizer will understand what it has read so far.
_Shown: TypeAlias = dict[int, tuple[int, int]]


def to_turbolizer(compilation: Compilation) -> dict[str, Any]:
    """The compilation as a JSON value that V8's Turbolizer opens."""
    sources = Sources(compilation)
    shown: _Shown = {}
    phases = [_graph_phase(phase.record, phase.graph, sources, shown) for phase in compilation.phases]
    phases.append({"name": "schedule", "type": "schedule", "data": format_schedule(compilation.backend.schedule)})
    phases += [instructions(compilation), sequence(compilation), disassembly(compilation)]
    return {
        "function": sources.function(),
        "sources": sources.sources(),
        "inlinings": sources.inlinings(),
        "bytecodeSources": sources.bytecode_sources(),
        "nodePositions": {},
        "phases": phases,
    }


def _graph_phase(record: PhaseRecord, graph: GraphSnapshot, sources: Sources, shown: _Shown) -> dict[str, Any]:
    known = {node.id for node in graph.nodes}
    edges = [
        {"source": child, "target": node.id, "index": index, "type": node.kind_of(index)}
        for node in graph.nodes
        for index, child in enumerate(node.inputs)
        if child in known
    ]
    return {
        "name": record.name,
        "type": "graph",
        "data": {"nodes": [_node(node, sources, shown) for node in graph.nodes], "edges": edges},
        "seconds": record.seconds,
        "statistics": record.statistics,
        "remarks": [printable(str(remark), 1000) for remark in record.remarks],
    }


def _node(node: NodeSnapshot, sources: Sources, shown: _Shown) -> dict[str, Any]:
    op, origin = node.op, node.origin
    text = harmless(label(op, sources.compilation.unit))
    found: dict[str, Any] = {
        "id": node.id,
        "label": text,
        "title": text,
        "live": True,
        "properties": ", ".join(_properties(node)),
        "opcode": op.name,
        "control": bool(op.control_out) or op.is_end,
        "opinfo": (
            f"{op.value_in} v {op.effect_in} eff {op.control_in} ctrl in, "
            f"{int(op.type is not NONE)} v {op.effect_out} eff {op.control_out} ctrl out"
        ),
    }
    if op.type is not NONE:
        found["type"] = op.type.name
    phase = origin.phase or "lift"
    where = origin.bytecode_offset, origin.inlining
    if origin.node > 0 and shown.get(origin.node) == where:  # Turbolizer gives the node its origin's bytecode
        found["origin"] = {"nodeId": origin.node, "reducer": origin.rule or "n/a", "phase": phase}
        shown[node.id] = where
    elif origin.bytecode_offset >= 0:
        reducer = origin.rule or "n/a"
        found["origin"] = {"bytecodePosition": origin.bytecode_offset, "reducer": reducer, "phase": phase}
        shown[node.id] = where
    place = sources.place(origin.bytecode_offset, origin.inlining)
    if place >= 0:
        found["sourcePosition"] = {"scriptOffset": place, "inliningId": origin.inlining}
    return found


def _properties(node: NodeSnapshot) -> list[str]:
    op = node.op
    names = [("Pure", op.pure), ("Commutative", op.commutative), ("Associative", op.associative)]
    return [name for name, holds in names if holds]
