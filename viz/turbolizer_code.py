"""For Turbolizer: the instruction sequence with its registers, the machine code, and what links them to nodes."""

from __future__ import annotations

import html
from typing import Any

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.compile import location_name, operand_text, payload_text
from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.viz.listing import code_lines
from seaofnodes.viz.turbolizer_sources import harmless

_ADDRESS = 0x100000000  # where listings pretend the code is: Turbolizer wants addresses of 8 to 16 digits


def _operand(operand: int, location: int | None) -> dict[str, Any]:
    vreg = operand >> ins.VREG_SHIFT
    if location is None:
        return {"type": "unallocated", "text": operand_text(operand), "tooltip": f"v{vreg}"}
    kind = "register" if ins.is_register(location) else "stack slot" if ins.is_memory(location) else "constant"
    return {"type": kind, "text": location_name(location), "tooltip": f"v{vreg}"}


def _instruction(instruction: ins.Instruction) -> dict[str, Any]:
    i = instruction

    def operands(kind: list[int], locations: list[int]) -> list[dict[str, Any]]:
        return [_operand(operand, locations[n] if n < len(locations) else None) for n, operand in enumerate(kind)]

    moves = [
        [
            {"type": "register", "text": location_name(target), "tooltip": f"v{vreg}"},
            {"type": "register", "text": location_name(source), "tooltip": f"v{vreg}"},
        ]
        for source, target, vreg in i.moves or ()
    ]
    return {
        "id": i.position,
        "opcode": i.opcode,
        "flags": "" if i.payload is None else f" {harmless(payload_text(i))}",
        "gaps": [moves, []],
        "outputs": operands(i.defs, i.def_locations),
        "inputs": operands(i.uses, i.use_locations),
        "temps": operands(i.temps or [], i.temp_locations),
    }


def sequence(compilation: Compilation) -> dict[str, Any]:
    lowering = compilation.backend
    blocks = [
        {
            "id": block.index,
            "deferred": block.deferred,
            "loop_header": block.loop_end if block.loop_end >= 0 else -1,
            "loop_end": block.loop_end,
            "predecessors": block.predecessors,
            "successors": block.successors,
            "phis": [
                {
                    "output": {"type": "unallocated", "text": f"v{output}", "tooltip": f"v{output}"},
                    "operands": [f"v{vreg}" for vreg in inputs],
                }
                for output, inputs in block.phis
            ],
            "instructions": [_instruction(instruction) for instruction in block.instructions],
        }
        for block in lowering.sequence.blocks
    ]
    return {
        "name": "after register allocation",
        "type": "sequence",
        "blocks": blocks,
        "register_allocation": _live_ranges(compilation),
    }


def _live_ranges(compilation: Compilation) -> dict[str, Any]:
    allocation = compilation.backend.allocation
    ranges = {}
    for vreg in range(len(compilation.backend.sequence.kinds)):
        pieces = allocation.live_ranges(vreg)
        if pieces:
            ranges[str(vreg)] = {
                "child_ranges": [
                    {
                        "id": index,
                        "type": "assigned" if ins.is_register(location) else "spilled",
                        "op": {"type": "register", "text": location_name(location), "tooltip": f"v{vreg}"},
                        "intervals": [[start, end]],
                        "uses": [],
                    }
                    for index, (start, end, location) in enumerate(pieces)
                ],
                "is_deferred": False,
            }
    return {"fixed_double_live_ranges": {}, "fixed_live_ranges": {}, "live_ranges": ranges}


def instructions(compilation: Compilation) -> dict[str, Any]:
    """What links nodes, blocks and machine code. Instructions are numbered as in `sequence`: by their position."""
    nodes: dict[str, list[int]] = {}
    blocks: dict[str, list[int]] = {}
    for block in compilation.backend.sequence.blocks:
        for instruction in block.instructions:
            at = instruction.position
            _extend(blocks, block.index, at)
            if instruction.node >= 0:
                _extend(nodes, instruction.node, at)
    starts = {instruction.position: start for start, _, instruction in compilation.backend.emission.ranges}
    code = compilation.code
    return {
        "name": "code generation",
        "type": "instructions",
        "nodeIdToInstructionRange": nodes,
        "blockIdToInstructionRange": blocks,
        "instructionOffsetToPCOffset": {
            str(at): {"gap": pc, "arch": pc, "condition": pc} for at, pc in sorted(_filled(compilation, starts).items())
        },
        "codeOffsetsInfo": {
            "codeStartRegisterCheck": 0,
            "deoptCheck": 0,
            "blocksStart": code.blocks[0][0] if code.blocks else 0,
            "outOfLineCode": compilation.backend.emission.deferred_pc,
            "deoptimizationExits": code.code_size,
            "pools": code.code_size,
            "jumpTables": len(code.data),
        },
    }


def _extend(ranges: dict[str, list[int]], key: int, at: int) -> None:
    """Make the key's half-open range include a number."""
    found = ranges.setdefault(str(key), [at, at + 1])
    found[0], found[1] = min(found[0], at), max(found[1], at + 1)


def _filled(compilation: Compilation, starts: dict[int, int]) -> dict[int, int]:
    """With the instructions that became no code: they are where the next one is."""
    found, pc = {}, compilation.code.code_size
    for block in reversed(compilation.backend.sequence.blocks):
        for instruction in reversed(block.instructions):
            pc = found[instruction.position] = starts.get(instruction.position, pc)
    return found


def disassembly(compilation: Compilation) -> dict[str, Any]:
    """Lines of code, and where blocks start."""
    code = compilation.code
    lines = [
        f"0x{_ADDRESS + line.offset:012x} {line.offset:5x}  {line.hex.replace(' ', '')}  {html.escape(line.text)}"
        for line in code_lines(code, compilation.unit)
    ]
    return {
        "name": "disassembly",
        "type": "disassembly",
        "data": "\n".join(lines),
        "blockIdToOffset": {str(block): pc for pc, block in code.blocks},
    }
