"""A node as a line of a card, as `viewer/app/rows.js` makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.labels import operator_label
from seaofnodes.ir.types import NONE
from seaofnodes.names import printable
from seaofnodes.viz.layout.cards import Row
from seaofnodes.viz.schedule import format_scheduled

_TYPES: Final = {"Word32": "w32", "Word64": "w64", "Float32": "f32", "Float64": "f64", "Reference": "ref"}
_MOST_INPUTS: Final = 8
_MOST_TEXT: Final = 300
_MOST_NAME: Final = 56
Names = Callable[[int], str]  # of functions, by index


def _kind(node: Node) -> str:
    op = node.op
    if op.is_frame_state or op.is_state_values or op.is_object_state or op.is_object_id or op.is_checkpoint:
        return "frame"
    if op.control_out or op.is_end:
        return "control"
    if op.is_phi:
        return "phi"
    if op.is_constant and not node.inputs:
        return "constant"
    return "effect" if op.effect_out or op.effect_in else "value"


def _stands_in_users(node: Node) -> bool:
    return node.op.is_constant and not node.inputs


def _type(node: Node) -> str:
    return "" if node.type is NONE else _TYPES.get(node.type.name, node.type.name.lower())


def graph_row(node: Node, names: Names) -> Row | None:
    """A node with its inputs; None for what is left out: constants, which stand in their users, and frame states."""
    if _stands_in_users(node) or _kind(node) == "frame":
        return None
    op = node.op
    name = printable(operator_label(op, names), _MOST_NAME)
    flow = op.is_merge or op.is_end
    inputs = [
        _input(child)
        for index, child in enumerate(node.inputs)
        if index < op.value_in or (op.is_phi and index < op.control_index) or (flow and index >= op.control_index)
    ]
    if len(inputs) > _MOST_INPUTS:
        inputs[_MOST_INPUTS:] = [f"… {len(inputs) - _MOST_INPUTS} more"]
    text = " ".join(filter(None, (name, ", ".join(inputs))))
    return Row(_kind(node), f"n{node.id}", text, _type(node), _full(node, names))


def _input(node: Node) -> str:
    if not _stands_in_users(node):
        return f"n{node.id}"
    text = operator_label(node.op)
    return "#" + printable(text.partition("[")[2].rstrip("]") or text, 24)


def schedule_row(node: Node) -> Row:
    """A node as in the text of schedules."""
    text = format_scheduled(node).partition(": ")[2]
    return Row(_kind(node), f"n{node.id}", printable(text.rpartition(" : ")[0] or text, _MOST_TEXT), _type(node), "")


def _full(node: Node, names: Names) -> str:
    inputs = ", ".join(f"n{child.id}" for child in node.inputs)
    return printable(f"n{node.id} = {operator_label(node.op, names)}({inputs})", _MOST_TEXT)
