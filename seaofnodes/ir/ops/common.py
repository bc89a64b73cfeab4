"""Common operators: control, effects, phis, constants, frame states."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from seaofnodes.ir.operator import EVERYTHING, Operator
from seaofnodes.ir.types import FLOAT32, FLOAT64, NONE, REFERENCE, WORD32, WORD64, Type

DEAD = Operator("Dead")
DEAD_CONTROL = Operator("DeadControl", control_out=1)  # stands for control that never comes, until it is swept away
BRANCH = Operator("Branch", values=1, controls=1, control_out=2)  # value: condition, Word32, taken if not zero
BRANCH_LIKELY = Operator("Branch", values=1, controls=1, control_out=2, parameters="likely")
BRANCH_UNLIKELY = Operator("Branch", values=1, controls=1, control_out=2, parameters="unlikely")
IF_TRUE = Operator("IfTrue", controls=1, control_out=1)
IF_FALSE = Operator("IfFalse", controls=1, control_out=1)
IF_DEFAULT = Operator("IfDefault", controls=1, control_out=1)
# What follows a call in a try: where it came back (its results are projections of this), and where it threw (the value
# is the exception). Effect and control are the call's.
IF_SUCCESS = Operator("IfSuccess", effects=1, controls=1, effect_out=1, control_out=1)
IF_EXCEPTION = Operator("IfException", type=REFERENCE, effects=1, controls=1, effect_out=1, control_out=1)
# Values: instance, exception (not null). Throws it out of the function. An end of the graph.
THROW = Operator("Throw", values=2, effects=1, controls=1, control_out=1)
UNREACHABLE = Operator(
    "Unreachable", effects=1, controls=1, control_out=1
)  # control cannot get here: what is before traps
TERMINATE = Operator("Terminate", effects=1, controls=1, control_out=1)  # keeps an endless loop reachable from the end


@cache
def start() -> Operator:
    return Operator("Start", effect_out=1, control_out=1)


@lru_cache(maxsize=256)
def end(count: int) -> Operator:
    return Operator("End", controls=count, parameters=count)


@lru_cache(maxsize=256)
def merge(count: int) -> Operator:
    return Operator("Merge", controls=count, control_out=1, parameters=count)


@lru_cache(maxsize=256)
def loop(count: int) -> Operator:
    """The first control input is the entry, the others are back edges."""
    return Operator("Loop", controls=count, control_out=1, parameters=count)


@lru_cache(maxsize=1024)
def phi(type: Type, count: int) -> Operator:
    """`count` values, one for each input of the merge or loop that is its control."""
    return Operator("Phi", type=type, values=count, controls=1, parameters=(type, count))


@lru_cache(maxsize=256)
def effect_phi(count: int) -> Operator:
    return Operator("EffectPhi", effects=count, controls=1, effect_out=1, parameters=count)


@lru_cache(maxsize=1024)
def parameter(index: int, type: Type) -> Operator:
    """Input: the start. Parameter 0 is the instance, a Word64."""
    return Operator("Parameter", type=type, values=1, pure=True, parameters=(index, type))


@lru_cache(maxsize=1024)
def osr_value(index: int, type: Type) -> Operator:
    """Local `index`, or beyond the locals an operand, as baseline code had it where a graph for on-stack replacement
    starts: at the header of a loop. Input: the start.
    """
    return Operator("OsrValue", type=type, values=1, pure=True, parameters=(index, type))


@lru_cache(maxsize=256)
def return_(count: int) -> Operator:
    return Operator("Return", values=count, effects=1, controls=1, control_out=1, parameters=count)


@lru_cache(maxsize=256)
def switch(count: int) -> Operator:
    """Value: Word32 selector. Users are `count` - 1 IfValue and one IfDefault."""
    return Operator("Switch", values=1, controls=1, control_out=count, parameters=count)


@lru_cache(maxsize=4096)
def if_value(value: int) -> Operator:
    return Operator("IfValue", controls=1, control_out=1, parameters=value)


@lru_cache(maxsize=1024)
def projection(index: int, type: Type) -> Operator:
    """One result of a node with several; input: that node. Also keeps to its block."""
    return Operator("Projection", type=type, values=1, parameters=(index, type))


@lru_cache(maxsize=8192)
def _int32_constant(value: int) -> Operator:
    return Operator("Int32Constant", type=WORD32, pure=True, parameters=value)


def int32_constant(value: int) -> Operator:
    """The parameter is the signed value."""
    value &= 0xFFFFFFFF
    return _int32_constant(value - (1 << 32) if value >> 31 else value)


@lru_cache(maxsize=8192)
def _int64_constant(value: int) -> Operator:
    return Operator("Int64Constant", type=WORD64, pure=True, parameters=value)


def int64_constant(value: int) -> Operator:
    """The parameter is the signed value."""
    value &= 0xFFFFFFFFFFFFFFFF
    return _int64_constant(value - (1 << 64) if value >> 63 else value)


@lru_cache(maxsize=4096)
def float32_constant(bits: int) -> Operator:
    """The parameter is the bit pattern, unsigned."""
    return Operator("Float32Constant", type=FLOAT32, pure=True, parameters=bits)


@lru_cache(maxsize=4096)
def float64_constant(bits: int) -> Operator:
    """The parameter is the bit pattern, unsigned."""
    return Operator("Float64Constant", type=FLOAT64, pure=True, parameters=bits)


@cache
def null_constant() -> Operator:
    return Operator("NullConstant", type=REFERENCE, pure=True)


CONSTANTS = frozenset(("Int32Constant", "Int64Constant", "Float32Constant", "Float64Constant", "NullConstant"))


@lru_cache(maxsize=64)
def trap_if(reason: int) -> Operator:
    """Value: condition, Word32. Traps for `reason` (index in the runtime's trap reasons) if it is not zero. Its control
    output guards what is only safe after the check.
    """
    return Operator("TrapIf", values=1, effects=1, controls=1, effect_out=1, control_out=1, parameters=reason)


@lru_cache(maxsize=64)
def trap_unless(reason: int) -> Operator:
    """As `trap_if`, but traps if the condition is zero."""
    return Operator("TrapUnless", values=1, effects=1, controls=1, effect_out=1, control_out=1, parameters=reason)


STACK_CHECK_ENTRY = Operator(
    "StackCheck",
    effects=1,
    controls=1,
    effect_out=1,
    control_out=1,
    parameters="entry",
    reads=EVERYTHING,
    writes=EVERYTHING,
)
STACK_CHECK_LOOP = Operator(
    "StackCheck",
    effects=1,
    controls=1,
    effect_out=1,
    control_out=1,
    parameters="loop",
    reads=EVERYTHING,
    writes=EVERYTHING,
)
# The slow path of a loop's check alone, where `StackLimitReached` told to take it: serves the interrupt, as a call
# would.
STACK_CHECK_SLOW = Operator(
    "StackCheck",
    effects=1,
    controls=1,
    effect_out=1,
    control_out=1,
    parameters="slow",
    reads=EVERYTHING,
    writes=EVERYTHING,
)
# Not zero if the stack limit has been raised above the stack pointer: an interrupt is waiting. Another thread or a
# signal handler raises it, so this is read where it stands and never moved up the effect chain.
STACK_LIMIT_REACHED = Operator("StackLimitReached", type=WORD32, effects=1, reads="stack-limit")


@dataclass(frozen=True, slots=True)
class FrameInfo:
    """Which baseline frame a FrameState describes, and how it goes on.

    Attributes: function_index; bytecode_offset: module offset; mode: "before" the instruction at that offset (it runs
    again), or "after" it; locals: number of locals; stack: number of operand stack values ("after" a call: without its
    results, which are pushed when they are there); types: of locals, then stack.
    """

    function_index: int
    bytecode_offset: int
    mode: str
    locals: int
    stack: int
    types: tuple[Type, ...]
    has_outer: bool = False

    def __str__(self) -> str:
        return f"{self.function_index}@{self.bytecode_offset}, {self.mode}, {self.locals}, {self.stack}"


def frame_state(info: FrameInfo) -> Operator:
    """Values: locals, then operand stack. Frame state input: the caller's, if inlined."""
    return Operator(
        "FrameState", values=info.locals + info.stack, frames=int(info.has_outer), pure=True, parameters=info
    )


# A place where execution could leave.
CHECKPOINT = Operator("Checkpoint", frames=1, effects=1, controls=1, effect_out=1, control_out=1)


@cache
def optimized_out(type: Type) -> Operator:
    """Stands in a frame state for a local that nobody will read any more; may be any value."""
    return Operator("OptimizedOut", type=type, pure=True, parameters=type)


@dataclass(frozen=True, slots=True)
class Speculation:
    """What optimized code has taken for granted.

    Attributes: reason: in words, V8's where it has them; function_index, site: whose call it is about, and the number
    of that call among the function's; -1 if it is about no call; stress: whatever the condition, execution leaves when
    it comes here first.
    """

    reason: str
    function_index: int = -1
    site: int = -1
    stress: bool = False

    def __str__(self) -> str:
        return f"{self.reason}, {self.function_index}, {self.site}{', stress' if self.stress else ''}"


def deoptimize_if(speculation: Speculation) -> Operator:
    """Value: condition, Word32. If it is not zero, execution leaves for the baseline code, where the frame state says.
    Its control output guards what is only right after the check.
    """
    return _guard("DeoptimizeIf", speculation)


def deoptimize_unless(speculation: Speculation) -> Operator:
    """As `deoptimize_if`, but leaves if the condition is zero."""
    return _guard("DeoptimizeUnless", speculation)


def _guard(name: str, speculation: Speculation) -> Operator:
    return Operator(
        name, values=1, frames=1, effects=1, controls=1, effect_out=1, control_out=1, parameters=speculation
    )


def deoptimize(speculation: Speculation) -> Operator:
    """Execution leaves for the baseline code. An end of the graph."""
    return Operator("Deoptimize", frames=1, effects=1, controls=1, control_out=1, parameters=speculation)


GUARDS = frozenset(("DeoptimizeIf", "DeoptimizeUnless"))


@dataclass(frozen=True, slots=True)
class CallDescriptor:
    """What a call needs to know. `site`: index of the call instruction in its function (for feedback);
    `function_index`: callee of a direct call, else -1; `builtin`: name of a runtime builtin, or ""; types without the
    instance or record, which is the first value; `in_try`: is what it throws caught in this function?
    """

    parameters: tuple[Type, ...]
    results: tuple[Type, ...]
    function_index: int = -1
    site: int = -1
    builtin: str = ""
    has_frame_state: bool = False
    in_try: bool = False

    def __str__(self) -> str:
        what = self.builtin or (f"function {self.function_index}" if self.function_index >= 0 else "record")
        return f"{what}, ({' '.join(map(str, self.parameters))}) -> ({' '.join(map(str, self.results))})"


def call(descriptor: CallDescriptor) -> Operator:
    """`Call`: values are the instance and the arguments (direct calls and builtins). In a try it ends its block, has no
    value itself, and goes on to an IfSuccess or an IfException.
    """
    return _call("Call", descriptor)


def call_ref(descriptor: CallDescriptor) -> Operator:
    """`CallRef`: values are a function record, not null, of this signature, and the arguments."""
    return _call("CallRef", descriptor)


def tail_call(descriptor: CallDescriptor) -> Operator:
    """`TailCall`: as Call, in the place of the caller: its results are the caller's. An end of the graph."""
    return _tail_call("TailCall", descriptor)


def tail_call_ref(descriptor: CallDescriptor) -> Operator:
    """`TailCallRef`: as CallRef, in the place of the caller."""
    return _tail_call("TailCallRef", descriptor)


def _tail_call(name: str, descriptor: CallDescriptor) -> Operator:
    return Operator(
        name,
        values=1 + len(descriptor.parameters),
        frames=int(descriptor.has_frame_state),
        effects=1,
        controls=1,
        control_out=1,
        parameters=descriptor,
    )


def _call(name: str, descriptor: CallDescriptor) -> Operator:
    results = descriptor.results
    return Operator(
        name,
        type=results[0] if len(results) == 1 and not descriptor.in_try else NONE,
        values=1 + len(descriptor.parameters),
        frames=int(descriptor.has_frame_state),
        effects=1,
        controls=1,
        effect_out=1,
        control_out=2 if descriptor.in_try else 1,
        reads=EVERYTHING,
        writes=EVERYTHING,
        parameters=descriptor,
    )
