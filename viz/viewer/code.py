"""Schedule and machine code for the viewer: blocks, lines with what they were made for, and where values live."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.compile import instruction_text, location_name
from seaofnodes.ir.ops.traps import TRAP_REASONS
from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.viz.listing import code_lines, printable

_MOST = 200


def schedule_of(compilation: Compilation) -> list[dict[str, Any]]:
    """Blocks in reverse post order: index, nodes (ids in order), moved (id -> block it was moved out of), depth of
    loops, loop header?, deferred, predecessors, successors.
    """
    schedule = compilation.backend.schedule
    found = []
    for block in schedule.blocks:
        nodes = [block.header, *block.phis, *block.nodes]
        if block.control is not None:
            nodes.append(block.control)
        found.append(
            {
                "index": block.index,
                "nodes": [node.id for node in nodes],
                "moved": {str(n.id): schedule.hoisted[n.id].index for n in nodes if n.id in schedule.hoisted},
                "depth": block.loop_depth,
                "loop": block.is_loop_header,
                "deferred": block.deferred,
                "predecessors": [other.index for other in block.predecessors],
                "successors": [other.index for other in block.successors],
            }
        )
    return found


def code_of(compilation: Compilation) -> dict[str, Any]:
    """code: lines `[pc, bytes, text, label, node, bytecode offset, inlining, position, note]`, where position is that
    of the instruction in the allocator's order (-1: glue); instructions: `[position, block, node, text]` with
    locations; ranges: `[virtual register, node, start, end, location]`, ends exclusive, in quarters of positions;
    slots: `[operand of machine code, location]`.
    """
    code = compilation.code
    sequence = compilation.backend.sequence
    emitted = sorted(compilation.backend.emission.ranges, key=lambda found: found[0])
    starts = [start for start, _, _ in emitted]
    lines = []
    for line in code_lines(code, compilation.unit):
        is_code = line.offset < code.code_size
        position = code.positions.at(line.offset) if is_code else None
        at = bisect_right(starts, line.offset) - 1
        inside = is_code and at >= 0 and line.offset < emitted[at][1]
        trap = code.traps.get(line.offset)
        lines.append(
            [
                line.offset,
                line.hex,
                printable(line.text, _MOST),
                line.label,
                -1 if position is None else position.node,
                -1 if position is None else position.bytecode_offset,
                -1 if position is None else position.inlining,
                emitted[at][2].position if inside else -1,
                "" if trap is None else f"may trap: {TRAP_REASONS[trap]}",
            ]
        )
    instructions = [
        [instruction.position, block.index, instruction.node, printable(instruction_text(instruction), _MOST)]
        for block in sequence.blocks
        for instruction in block.instructions
    ]
    ranges = _ranges(compilation)
    return {"code": lines, "instructions": sorted(instructions), "ranges": ranges, "slots": _slots(compilation)}


def _slots(compilation: Compilation) -> list[tuple[str, str]]:
    """Locations in memory as machine code reads them, with their names: ("[rbp-0x10]", "slot 0")."""
    allocation = compilation.backend.allocation
    vregs = range(len(compilation.backend.sequence.kinds))
    found = {location for vreg in vregs for _, _, location in allocation.live_ranges(vreg) if ins.is_memory(location)}
    return [(f"[rbp{ins.frame_offset(location):+#x}]", location_name(location)) for location in sorted(found)]


def _ranges(compilation: Compilation) -> list[list[Any]]:
    sequence, allocation = compilation.backend.sequence, compilation.backend.allocation
    made_for = {
        operand >> ins.VREG_SHIFT: instruction.node
        for block in sequence.blocks
        for instruction in block.instructions
        for operand in instruction.defs
    }
    return [
        [vreg, made_for.get(vreg, -1), start, end, location_name(location)]
        for vreg in range(len(sequence.kinds))
        for start, end, location in allocation.live_ranges(vreg)
    ]
