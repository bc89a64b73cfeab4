"""Operators of control and of what goes along with it: effects, phis, values at the start, projections."""

from __future__ import annotations

from collections.abc import Sequence

from seaofnodes.ir.dialect import Dialect
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import Shape, Traits
from seaofnodes.ir.ops.environment import Environment
from seaofnodes.ir.types import ANY, REFERENCE, WORD32, WORD64, Type

COMMON = Dialect("common", "Control, values and effects, constants, traps, calls, frames.")

# Control.

_IF = Traits(is_header=True, is_if=True)
ABORT = Traits(is_terminator=True, is_deferred=True)  # an end that is seldom reached
_NEXT = Shape(controls=1, control_out=1)
_END = Shape(effects=1, controls=1, control_out=1)

START = COMMON.define(
    "Start",
    Shape(effect_out=1, control_out=1),
    "Where control, effects and parameters come from.",
    Traits(is_header=True),
)


@COMMON.operator("End", Traits(is_end=True))
def end(count: int) -> Shape:
    """The end: every Return, Throw, Unreachable, Deoptimize, Terminate and tail call."""
    return Shape(controls=count)


@COMMON.operator("Branch", Traits(is_terminator=True, is_branch=True))
def branch(hint: str = "") -> Shape:
    """Value: condition, Word32, taken if not zero. May carry a hint, "likely" or "unlikely"."""
    if hint not in ("", "likely", "unlikely"):
        raise ValueError(f"no such hint: {hint}")
    return Shape((WORD32,), controls=1, control_out=2)


BRANCH, BRANCH_LIKELY, BRANCH_UNLIKELY = branch(), branch("likely"), branch("unlikely")
IF_TRUE = COMMON.define("IfTrue", _NEXT, "Where a Branch goes when its condition is not zero.", _IF)
IF_FALSE = COMMON.define("IfFalse", _NEXT, "Where a Branch goes when its condition is zero.", _IF)


@COMMON.operator("Switch", Traits(is_terminator=True, is_switch=True))
def switch(count: int) -> Shape:
    """Value: Word32 selector. Users are `count` - 1 IfValue and one IfDefault."""
    return Shape((WORD32,), controls=1, control_out=count)


@COMMON.operator("IfValue", _IF._replace(is_case=True), cache=4096)
def if_value(value: int) -> Shape:
    """The case of a Switch for one value."""
    return _NEXT


IF_DEFAULT = COMMON.define("IfDefault", _NEXT, "The case of a Switch for all other values.", _IF)


@COMMON.operator("Merge", Traits(is_header=True, is_merge=True))
def merge(count: int) -> Shape:
    """Where control comes together."""
    return Shape(controls=count, control_out=1)


@COMMON.operator("Loop", Traits(is_header=True, is_merge=True, is_loop=True))
def loop(count: int) -> Shape:
    """The first control input is the entry, the others are back edges."""
    return Shape(controls=count, control_out=1)


@COMMON.operator("Return", Traits(is_terminator=True, is_return=True))
def return_(count: int) -> Shape:
    """Values: the results."""
    return Shape((ANY,) * count, effects=1, controls=1, control_out=1)


def _throw(environment: Environment, node: Node, operands: Sequence[int]) -> None:
    environment.throw(operands[1])


THROW = COMMON.define(
    "Throw",
    Shape((WORD64, REFERENCE), effects=1, controls=1, control_out=1),
    "Values: context, exception (not null). Throws it out of the function. An end of the graph.",
    ABORT,
    _throw,
)
UNREACHABLE = COMMON.define("Unreachable", _END, "Control cannot get here: what stands before always traps.", ABORT)
TERMINATE = COMMON.define("Terminate", _END, "Keeps an endless loop reachable from the end.")
DEAD = COMMON.define("Dead", Shape(), "A node that has been killed.", Traits(is_dead=True))
DEAD_CONTROL = COMMON.define(
    "DeadControl", Shape(control_out=1), "Stands for control that never comes, until it is swept away."
)

# Values and effects.

@COMMON.operator("Phi", Traits(is_phi=True, is_value_phi=True))
def phi(type: Type, count: int) -> Shape:
    """`count` values, one for each input of the merge or loop that is its control."""
    return Shape((type,) * count, type, controls=1)


@COMMON.operator("EffectPhi", Traits(is_phi=True, is_effect_phi=True))
def effect_phi(count: int) -> Shape:
    """The effects of each predecessor of a merge or loop."""
    return Shape(effects=count, controls=1, effect_out=1)


@COMMON.operator("Parameter", Traits(is_parameter=True))
def parameter(index: int, type: Type) -> Shape:
    """Input: the start. Parameter 0 is the context that the code runs in, a Word64."""
    return Shape((ANY,), type, pure=True)


@COMMON.operator("OsrValue", Traits(is_parameter=True, is_osr_value=True))
def osr_value(index: int, type: Type) -> Shape:
    """Local `index`, or beyond the locals an operand, as baseline code had it where a graph for on-stack replacement
    starts: at the header of a loop. Input: the start.
    """
    return Shape((ANY,), type, pure=True)


@COMMON.operator("Projection", Traits(is_projection=True))
def projection(index: int, type: Type) -> Shape:
    """One result of a node with several; input: that node. Also keeps to its block."""
    return Shape((ANY,), type)
