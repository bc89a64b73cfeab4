"""Null checks without instructions: the access that follows faults on page zero, and the handler turns that into the
check's trap.
"""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.select.selector import Selector
from seaofnodes.ir.control_flow import Block
from seaofnodes.ir.node import Node
from seaofnodes.ir.ops import common, machine as m
from seaofnodes.ir.ops.objects import ARRAY_LENGTH
from seaofnodes.ir.ops.shapes import FieldAccess

_PAGE: Final = 4096 - 8  # offsets below this are on page zero


def implicit_check(s: Selector, access: Node) -> Node | None:
    """The TrapIf that an access of an object does as well, if any. The access must then be executed."""
    if s.null_checks[0] is not s.block:
        s.null_checks = s.block, _find(s.block)
    return s.null_checks[1].get(access.id)


def _find(block: Block) -> dict[int, Node]:
    """By id of an access: the check that all accesses of the object up to the next effect do, whichever comes first."""
    found: dict[int, Node] = {}
    nodes = block.nodes
    for index, check in enumerate(nodes):
        if not (check.op.is_trap and check.op.fires_on_true):
            continue
        value = _tested_for_null(check.inputs[0])
        if value is None:
            continue
        accesses = []
        for node in nodes[index + 1 :]:
            op = node.op
            if op.value_in and node.inputs[0] is value and op.input_count > op.value_in:
                if not _is_near(node):
                    break
                accesses.append(node)
            if op.effect_out:
                found.update((access.id, check) for access in accesses)
                break
        else:
            found.update((access.id, check) for access in accesses)
    return found


def _tested_for_null(condition: Node) -> Node | None:
    if condition.op is not m.REFERENCE_EQUAL:
        return None
    left, right = condition.inputs
    if right.op is common.NULL_CONSTANT:
        return left
    return right if left.op is common.NULL_CONSTANT else None


def _is_near(node: Node) -> bool:
    """Does it access the object at a small offset, whatever the index?"""
    if node.op is ARRAY_LENGTH:
        return True
    parameters = node.op.parameters
    is_field = isinstance(parameters, FieldAccess)
    return is_field and (node.op.is_object_load or node.op.is_object_store) and parameters.offset < _PAGE
