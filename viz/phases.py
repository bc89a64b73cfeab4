"""The phases of a compilation: what each changed, and everything that was counted, as text and as JSON."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from seaofnodes.ir.records.difference import difference, format_difference
from seaofnodes.passes.base import Remark
from seaofnodes.runtime.tiers.optimize import Compilation, Phase
from seaofnodes.viz.listing import printable


def format_changes(phases: Sequence[Phase]) -> str:
    """After each phase that changed the graph, the nodes that went (-) and came (+); other phases are left out."""
    lines: list[str] = []
    for before, phase in itertools.pairwise(phases):
        found = difference(before.graph, phase.graph)
        if found.is_empty:
            continue
        counts = f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed"
        lines.append(f"*** {phase.record.name}: {counts}\n{format_difference(found)}")
        lines += [f"; {printable(str(remark), 1000)}\n" for remark in phase.record.remarks]
    return "".join(lines) or "no phase changed the graph\n"


def to_json(compilation: Compilation) -> dict[str, Any]:
    """Phases with times in seconds (of a traced compilation: others take less), node counts and statistics; rules
    tried, fired and timed; remarks; sizes.
    """
    code = compilation.code
    return {
        "function": compilation.name,
        "function_index": compilation.function_index,
        "pipeline": str(compilation.pipeline),
        "seconds": compilation.seconds,
        "phases": [
            {
                "name": phase.record.name,
                "seconds": phase.record.seconds,
                "changed": phase.record.changed,
                "nodes_before": phase.record.nodes_before,
                "nodes_after": phase.record.nodes_after,
                "statistics": phase.record.statistics,
            }
            for phase in compilation.phases
        ],
        "backend_seconds": dict(compilation.backend.seconds),
        "rules": {
            name: {"tried": c.tried, "fired": c.fired, "seconds": c.seconds}
            for name, c in compilation.rules.items()
            if c.tried or c.fired
        },
        "remarks": [_remark(remark) for remark in compilation.remarks],
        "code_size": code.code_size,
        "constants_size": len(code.data) - code.code_size,
        "frame_size": code.frame_size,
    }


def _remark(remark: Remark) -> dict[str, Any]:
    return {
        "kind": remark.kind,
        "phase": remark.phase,
        "message": remark.message,
        "node": remark.node,
        "bytecode_offset": remark.bytecode_offset,
        "details": {
            key: value if isinstance(value, (int, float, str, bool)) else str(value) for key, value in remark.details
        },
    }
