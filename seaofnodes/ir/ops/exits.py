"""Operators that may leave the function's code: traps, stack checks, and deoptimization."""

from __future__ import annotations

from collections.abc import Sequence

from seaofnodes.errors import Trap
from seaofnodes.ir.node import Node
from seaofnodes.ir.operator import EVERYTHING, Shape, Traits
from seaofnodes.ir.ops.control import ABORT, COMMON
from seaofnodes.ir.ops.environment import Environment
from seaofnodes.ir.ops.parameters import Speculation
from seaofnodes.ir.ops.traps import TRAP_REASONS
from seaofnodes.ir.types import WORD32, Type

# Traps and interrupts.

_CHECK = Shape((WORD32,), effects=1, controls=1, effect_out=1, control_out=1)


def _trap_if(environment: Environment, node: Node, operands: Sequence[int]) -> None:
    if operands[0]:
        raise Trap(TRAP_REASONS[node.op.parameters])


def _trap_unless(environment: Environment, node: Node, operands: Sequence[int]) -> None:
    if not operands[0]:
        raise Trap(TRAP_REASONS[node.op.parameters])


@COMMON.operator(
    "TrapIf", Traits(is_check=True, is_trap=True, fires_on_true=True), execute=_trap_if, opposite="TrapUnless"
)
def trap_if(reason: int) -> Shape:
    """Value: condition, Word32. Traps for `reason` (index in the runtime's trap reasons) if it is not zero. Its control
    output guards what is only safe after the check.
    """
    return _CHECK


@COMMON.operator("TrapUnless", Traits(is_check=True, is_trap=True), execute=_trap_unless, opposite="TrapIf")
def trap_unless(reason: int) -> Shape:
    """As `trap_if`, but traps if the condition is zero."""
    return _CHECK


def _stack_check(environment: Environment, node: Node, operands: Sequence[int]) -> None:
    if node.op.parameters == "slow":
        environment.call_builtin("poll_loop", ())


@COMMON.operator("StackCheck", Traits(is_stack_check=True), execute=_stack_check)
def stack_check(kind: str) -> Shape:
    """Stack overflow and interrupts: at function "entry", in a "loop", or as the "slow" path of a loop's check, where
    StackLimitReached told to take it.
    """
    if kind not in ("entry", "loop", "slow"):
        raise ValueError(f"no such check: {kind}")
    return Shape(effects=1, controls=1, effect_out=1, control_out=1, reads=EVERYTHING, writes=EVERYTHING)


STACK_CHECK_ENTRY, STACK_CHECK_LOOP, STACK_CHECK_SLOW = stack_check("entry"), stack_check("loop"), stack_check("slow")
# Another thread or a signal handler raises the limit, so this is read where it stands.
STACK_LIMIT_REACHED = COMMON.define(
    "StackLimitReached",
    Shape(type=WORD32, effects=1, reads="stack-limit"),
    "Is the stack limit reached, or raised by an interrupt? Gives 0 or 1.",
    Traits(is_volatile=True),
    lambda environment, node, operands: environment.stack_limit_reached(),
)

# Leaving for baseline code.


def nothing(environment: Environment, node: Node, operands: Sequence[int]) -> None:
    """Execution of what does nothing by itself."""


CHECKPOINT = COMMON.define(
    "Checkpoint",
    Shape(frames=1, effects=1, controls=1, effect_out=1, control_out=1),
    "A place where execution could leave the optimized code.",
    Traits(is_checkpoint=True),
    nothing,
)


@COMMON.operator(
    "OptimizedOut",
    Traits(is_cheap=True, is_optimized_out=True),
    execute=lambda environment, node, operands: 0,
)
def optimized_out(type: Type) -> Shape:
    """Stands in a frame state for a value that is not read any more; may be any value."""
    return Shape(type=type, pure=True)


_GUARD = Shape((WORD32,), frames=1, effects=1, controls=1, effect_out=1, control_out=1)


@COMMON.operator(
    "DeoptimizeIf",
    Traits(is_guard=True, fires_on_true=True),
    execute=nothing,
    cache=0,
    opposite="DeoptimizeUnless",
)
def deoptimize_if(speculation: Speculation) -> Shape:
    """Value: condition, Word32. If it is not zero, execution leaves for the baseline code, where the frame state says.
    Its control output guards what is only right after the check.
    """
    return _GUARD


@COMMON.operator("DeoptimizeUnless", Traits(is_guard=True), execute=nothing, cache=0, opposite="DeoptimizeIf")
def deoptimize_unless(speculation: Speculation) -> Shape:
    """As `deoptimize_if`, but leaves if the condition is zero."""
    return _GUARD


@COMMON.operator("Deoptimize", ABORT._replace(is_deoptimize=True), cache=0)
def deoptimize(speculation: Speculation) -> Shape:
    """Execution leaves for the baseline code. An end of the graph."""
    return Shape(frames=1, effects=1, controls=1, control_out=1)
