"""Schedules as text, in the form that Turbolizer reads."""

from __future__ import annotations

from seaofnodes.backend.schedule import Schedule
from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.labels import operator_label
from seaofnodes.ir.types import NONE


def format_schedule(schedule: Schedule) -> str:
    """Blocks in reverse post order, after V8's text:

        --- BLOCK B4 <- B3, B8 ---
          12: Phi(4, 66, 9) : Word32
          29: Branch(28, 26) -> B9, B8

    A node stands with its id, inputs and type; what was moved out of a loop says so.
    """
    lines: list[str] = []
    for block in schedule.blocks:
        lines.append(_head(block))
        for node in (block.header, *block.phis, *block.nodes):
            moved = schedule.hoisted.get(node.id)
            note = f"  ; moved out of {moved}" if moved is not None else ""
            lines.append(f"  {format_scheduled(node)}{note}")
        targets = ", ".join(f"B{successor.index}" for successor in block.successors)
        if block.control is not None:
            arrow = f" -> {targets}" if targets else ""
            lines.append(f"  {format_scheduled(block.control)}{arrow}")
        else:
            lines.append(f"  Goto -> {targets}")
    return "\n".join(lines) + "\n"


def _head(block: Block) -> str:
    deferred = " (deferred)" if block.deferred else ""
    predecessors = ", ".join(f"B{predecessor.index}" for predecessor in block.predecessors)
    arrow = f" <- {predecessors}" if predecessors else ""
    return f"--- BLOCK B{block.index} id{block.index}{deferred}{arrow} ---"


def way_name(block: Block) -> str:
    """What leads into a block that a Branch, a Switch or a call in a try chooses: `true`, `3`, `default`; else ""."""
    op = block.header.op
    if op.is_case:
        return str(op.parameters)
    return op.name.removeprefix("If").lower() if op.is_if else ""


def format_scheduled(node: Node) -> str:
    """`9: Int32Add(3, 8) : Word32`."""
    inputs = ", ".join(str(child.id) for child in node.inputs)
    text = f"{node.id}: {operator_label(node.op)}" + (f"({inputs})" if inputs else "")
    return text if node.type is NONE else f"{text} : {node.type}"
