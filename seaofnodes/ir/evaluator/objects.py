"""Objects that only frame states have: made in the environment where execution leaves the graph, or is observed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seaofnodes.ir.node import Node
from seaofnodes.ir.ops.common import objects_of
from seaofnodes.ir.ops.shapes import StructShape, VirtualObject


def make_objects(environment: Any, state: Node, value: Callable[[Node], int]) -> dict[int, int]:
    """References to the objects of a frame state and its callers', by number. environment: an ObjectEnvironment if
    there are any; value: of other nodes.
    """
    states, _ = objects_of(state)
    made: dict[int, int] = {}
    for node in states:
        what: VirtualObject = node.op.parameters
        number = what.shape.type.number
        if isinstance(what.shape, StructShape):
            made[what.number] = environment.new_struct(number, [0] * len(what.shape.fields))
        else:
            made[what.number] = environment.new_array(number, what.shape.count)
    for node in states:
        what = node.op.parameters
        object = made[what.number]
        for index, child in enumerate(node.values):
            named = object_number(child)
            bits = value(child) if named is None else made[named]
            if isinstance(what.shape, StructShape):
                environment.store_field(object, index, bits & (1 << what.shape.fields[index].width) - 1)
            else:
                environment.store_element(object, index, bits & (1 << what.shape.element.width) - 1)
    return made


def object_number(node: Node) -> int | None:
    """Of an ObjectState or ObjectId; None for all else."""
    if node.op.is_object_state:
        number: int = node.op.parameters.number
        return number
    return node.op.parameters if node.op.is_object_id else None
