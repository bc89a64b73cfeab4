"""A traced compilation in Turbolizer's JSON: graphs of all phases, schedule, instructions, code, sources, inlinings."""

from __future__ import annotations

import html
from typing import Any

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.compile import location_name, operand_text
from seaofnodes.ir.ops.registry import format_operator
from seaofnodes.ir.snapshot import GraphSnapshot, NodeSnapshot
from seaofnodes.ir.types import NONE
from seaofnodes.passes.base import PhaseRecord
from seaofnodes.runtime.optimize import Compilation
from seaofnodes.viz.listing import code_lines, printable
from seaofnodes.viz.schedule import format_schedule
from seaofnodes.wasm.format import format_body

_ADDRESS = 0x100000000  # where listings pretend the code is: Turbolizer wants addresses of 8 to 16 digits


def to_turbolizer(compilation: Compilation) -> dict[str, Any]:
    """The compilation as a JSON value that V8's Turbolizer opens."""
    source, lines = _source(compilation)
    phases = [_graph_phase(phase.record, phase.graph) for phase in compilation.phases]
    phases.append({"name": "schedule", "type": "schedule", "data": format_schedule(compilation.backend.schedule)})
    phases.append(_sequence(compilation))
    phases.append(_disassembly(compilation))
    return {
        "function": _function(compilation),
        "source": source,
        "sourceLineToBytecodePosition": lines,
        "sources": _sources(compilation),
        "inlinings": _inlinings(compilation),
        "bytecodeSources": _bytecode_sources(compilation),
        "nodePositions": {},
        "phases": phases,
    }


def _functions(compilation: Compilation) -> list[int]:
    """Indices of the functions whose bytecode is in the graph, the compiled one first."""
    inlined = [inlining.function_index for inlining in compilation.graph.inlinings]
    return list(dict.fromkeys([compilation.function_index, *inlined]))


def _function(compilation: Compilation) -> dict[str, Any]:
    text, _ = _source(compilation)
    return {
        "sourceId": 0,
        "functionName": _function_name(compilation, compilation.function_index),
        "sourceName": "",
        "sourceText": text,
        "startPosition": 0,
        "endPosition": len(text),
    }


def _function_name(compilation: Compilation, function: int) -> str:
    """For people; Turbolizer puts it into the page as HTML."""
    return html.escape(printable(compilation.module.function_name(function)))


def _source(compilation: Compilation) -> tuple[str, list[int]]:
    """The bytecode as text, and for each line its offset in the module."""
    lines = format_body(compilation.module, compilation.function_index)
    text = "\n".join("  " * line.depth + line.text for line in lines)
    return text, [line.offset for line in lines]


def _sources(compilation: Compilation) -> dict[str, Any]:
    found = {}
    for id, function in enumerate(_functions(compilation)):
        lines = format_body(compilation.module, function)
        text = "\n".join("  " * line.depth + line.text for line in lines)
        found[str(id)] = {
            "sourceId": id,
            "sourceName": "",
            "functionName": _function_name(compilation, function),
            "sourceText": text,
            "startPosition": 0,
            "endPosition": len(text),
        }
    return found


def _inlinings(compilation: Compilation) -> dict[str, Any]:
    ids = {function: id for id, function in enumerate(_functions(compilation))}
    return {
        str(index): {
            "inliningId": index,
            "sourceId": ids[inlining.function_index],
            "inliningPosition": {"scriptOffset": inlining.call_offset, "inliningId": inlining.parent},
        }
        for index, inlining in enumerate(compilation.graph.inlinings)
    }


def _bytecode_sources(compilation: Compilation) -> dict[str, Any]:
    found = {}
    for id, function in enumerate(_functions(compilation)):
        data = [
            {"offset": line.offset, "disassembly": html.escape("  " * line.depth + line.text)}
            for line in format_body(compilation.module, function)
        ]
        found[str(id)] = {
            "sourceId": id,
            "functionName": _function_name(compilation, function),
            "bytecodeSource": {"data": data, "constantPool": []},
        }
    return found


def _graph_phase(record: PhaseRecord, graph: GraphSnapshot) -> dict[str, Any]:
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
        "data": {"nodes": [_node(node) for node in graph.nodes], "edges": edges},
        "seconds": record.seconds,
        "statistics": record.statistics,
        "remarks": [str(remark) for remark in record.remarks],
    }


def _node(node: NodeSnapshot) -> dict[str, Any]:
    op, origin = node.op, node.origin
    label = format_operator(op)
    found: dict[str, Any] = {
        "id": node.id,
        "label": label,
        "title": label,
        "live": True,
        "properties": ", ".join(_properties(node)),
        "opcode": op.name,
        "control": bool(op.control_out) or op.name == "End",
        "opinfo": (
            f"{op.value_in} v {op.effect_in} eff {op.control_in} ctrl in, "
            f"{int(op.type is not NONE)} v {op.effect_out} eff {op.control_out} ctrl out"
        ),
    }
    if op.type is not NONE:
        found["type"] = op.type.name
    if origin.node >= 0:
        found["origin"] = {"nodeId": origin.node, "reducer": origin.rule or "n/a", "phase": origin.phase}
    elif origin.bytecode_offset >= 0:
        phase = origin.phase or "lift"
        found["origin"] = {"bytecodePosition": origin.bytecode_offset, "reducer": "n/a", "phase": phase}
    if origin.bytecode_offset >= 0:
        found["sourcePosition"] = {"scriptOffset": origin.bytecode_offset, "inliningId": origin.inlining}
    return found


def _properties(node: NodeSnapshot) -> list[str]:
    op = node.op
    names = [("Pure", op.pure), ("Commutative", op.commutative), ("Associative", op.associative)]
    return [name for name, holds in names if holds]


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
        "flags": "" if i.payload is None else html.escape(str(i.payload)),
        "gaps": [moves, []],
        "outputs": operands(i.defs, i.def_locations),
        "inputs": operands(i.uses, i.use_locations),
        "temps": operands(i.temps or [], i.temp_locations),
    }


def _sequence(compilation: Compilation) -> dict[str, Any]:
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


def _disassembly(compilation: Compilation) -> dict[str, Any]:
    """Lines of code, and where nodes and blocks have their instructions."""
    code = compilation.code
    lines = []
    for line in code_lines(code, compilation.module):
        text = html.escape(line.text)
        lines.append(f"0x{_ADDRESS + line.offset:012x} {line.offset:5x}  {line.hex.replace(' ', '')}  {text}")
    node_ranges: dict[str, list[int]] = {}
    offsets: dict[str, dict[str, int]] = {}
    for number, (start, _, instruction) in enumerate(compilation.backend.emission.ranges):
        offsets[str(number)] = {"gap": start, "arch": start, "condition": start}
        if instruction.node >= 0:
            found = node_ranges.setdefault(str(instruction.node), [number, number])
            found[1] = number + 1
    return {
        "name": "disassembly",
        "type": "disassembly",
        "data": "\n".join(lines),
        "blockIdToOffset": {str(block): pc for pc, block in code.blocks},
        "nodeIdToInstructionRange": node_ranges,
        "blockIdToInstructionRange": _block_ranges(compilation),
        "instructionOffsetToPCOffset": offsets,
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


def _block_ranges(compilation: Compilation) -> dict[str, list[int]]:
    owner = {id(i): block.index for block in compilation.backend.sequence.blocks for i in block.instructions}
    found: dict[str, list[int]] = {}
    for number, (_, _, instruction) in enumerate(compilation.backend.emission.ranges):
        block = owner.get(id(instruction))
        if block is not None:
            found.setdefault(str(block), [number, number])[1] = number + 1
    return found
