"""Frame states: what frame of the first tier stands for a place in optimized code, and what is in it.

A state for each bytecode with all values of the frame would be quadratic. Most of them are the same from one state to
the next, so the values are leaves of a tree whose inner nodes, StateValues, are shared among states
(`FrameStates` in builder.py).
"""

from __future__ import annotations

from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Shape, Traits
from seaofnodes.ir.ops.control import COMMON
from seaofnodes.ir.ops.parameters import FrameInfo
from seaofnodes.ir.types import NONE, STATE, Type


@COMMON.operator("FrameState", Traits(is_frame_state=True, is_cheap=True), cache=0)
def frame_state(info: FrameInfo) -> Shape:
    """Values: locals, then operand stack, or StateValues that stand for several of these. Frame state input: the
    caller's, if inlined.
    """
    return Shape(info.inputs or info.types, NONE, int(info.has_outer), pure=True)


@COMMON.operator("StateValues", Traits(is_state_values=True, is_cheap=True))
def state_values(types: tuple[Type, ...]) -> Shape:
    """Consecutive values of frame states, or StateValues again."""
    return Shape(types, STATE, pure=True)


def values_of(state: Node) -> list[Node]:
    """The values of a frame state: locals, then operand stack."""
    if not state.op.is_state_values and not state.op.parameters.inputs:
        return state.values
    found: list[Node] = []
    for value in state.values:
        if value.op.is_state_values:
            found += values_of(value)
        else:
            found.append(value)
    return found


def objects_of(state: Node) -> tuple[list[Node], set[int]]:
    """The different ObjectStates of a frame state and of those of its callers, and the numbers that ObjectIds name."""
    found: dict[Node, None] = {}
    named: set[int] = set()
    work: list[Node] = []
    while True:
        work += values_of(state)
        if not state.op.frame_in:
            break
        state = state.frame_state
    while work:
        node = work.pop()
        if node.op.is_object_id:
            named.add(node.op.parameters)
        elif node.op.is_object_state and node not in found:
            found[node] = None
            work += node.values
    return list(found), named
