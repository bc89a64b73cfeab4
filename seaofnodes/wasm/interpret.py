"""The reference interpreter: what the bytecode means. Slow, clear, the oracle of all compilers.

Values are unsigned bit patterns. A frame is an instruction index, locals and operands; calls push frames on a list, so
wasm recursion is no Python recursion. Arithmetic gives canonical NaNs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from seaofnodes.errors import Trap
from seaofnodes.ir.evaluate import OutOfSteps
from seaofnodes.ir.ops.common import FrameInfo
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.bulk import BULK, immediate_operands
from seaofnodes.wasm.interpret_builtins import call_builtin
from seaofnodes.wasm.interpret_numeric import ARITY, CANONICAL_FUNCTIONS, FUNCTIONS, canonical, from_bits, to_bits
from seaofnodes.wasm.interpret_prepare import Prepared, Target, prepare
from seaofnodes.wasm.interpret_store import Function, Global, Memory, Table
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.types import F32, F64

MAX_HOST_DEPTH = 40  # host functions that call wasm that calls host functions ...: each takes Python stack
MAX_TRACE = 96


@dataclass(slots=True)
class Limits:
    """What instances may use; those that share one Limits share the counts.

    Attributes: depth: frames at the same time, then "call stack exhausted"; steps: instructions, or None for no limit;
    pages: of 64 KiB in one memory; canonicalize_nans: every float result is canonical, also of instructions that only
    move bits.
    """

    depth: int = 10_000
    steps: int | None = None
    pages: int = 16_384
    canonicalize_nans: bool = False
    frames: int = 0
    host_calls: int = 0


class TraceFrame(NamedTuple):
    """A frame of a trap's backtrace."""

    function_index: int
    name: str
    offset: int

    def __str__(self) -> str:
        return f"{self.name} (function {self.function_index}, offset {self.offset:#x})"


class InterpretedInstance:
    """An instance of a module.

    Attributes: exports: Function, Memory, Table or Global by name; functions, memories, tables, globals: by index,
    imports first.
    """

    def __init__(self, module: Module, limits: Limits) -> None:
        self.module = module
        self.limits = limits
        self.functions: list[Function] = []
        self.memories: list[Memory] = []
        self.tables: list[Table] = []
        self.globals: list[Global] = []
        self.data: list[bytes] = []  # segments, empty when dropped
        self.elements: list[list[Function]] = []
        self.exports: dict[str, Any] = {}
        self._prepared: dict[int, Prepared] = {}

    def prepared(self, function_index: int) -> Prepared:
        found = self._prepared.get(function_index)
        if found is None:
            found = self._prepared[function_index] = prepare(self.module, function_index)
        return found

    def call(self, function_index: int, *arguments: int) -> list[int]:
        """Call by index with bit patterns."""
        return self.functions[function_index].call_bits(*arguments)


class Frame:
    """A function that runs. Attributes: pc: index of the next instruction."""

    __slots__ = ("code", "function_index", "instance", "locals", "pc", "stack")

    def __init__(
        self, instance: InterpretedInstance, function_index: int, locals: list[int], stack: list[int], pc: int = 0
    ) -> None:
        self.instance = instance
        self.function_index = function_index
        self.code = instance.prepared(function_index)
        self.locals = locals
        self.stack = stack
        self.pc = pc


def enter(function: Function, arguments: Sequence[int]) -> Frame:
    """A frame at the start of a function of an instance."""
    instance = function.instance
    assert instance is not None
    code = instance.prepared(function.index)
    zeros = [0] * (len(code.body.locals) - len(arguments))
    if instance.limits.canonicalize_nans:
        kinds = function.type.params
        arguments = [
            canonical(kind.bits, bits) if kind.is_float else bits for kind, bits in zip(kinds, arguments, strict=True)
        ]
    return Frame(instance, function.index, [*arguments, *zeros], [])


def call_function(function: Function, arguments: list[int]) -> list[int]:
    """Call any function with bit patterns; see `Function.call_bits`."""
    if len(arguments) != len(function.type.params):
        raise TypeError(f"{function.name} takes {len(function.type.params)} arguments, not {len(arguments)}")
    if function.host is not None:
        return call_host(function, arguments)
    return run([enter(function, arguments)])


def call_host(function: Function, arguments: Sequence[int]) -> list[int]:
    """Call a Python function: numbers in, numbers out (None, one, or a sequence as long as there are results)."""
    assert function.host is not None
    numbers = [from_bits(kind, bits) for kind, bits in zip(function.type.params, arguments, strict=True)]
    given = function.host(*numbers)
    kinds = function.type.results
    values = [] if not kinds else [given] if len(kinds) == 1 else list(given)
    if len(values) != len(kinds) or (not kinds and given is not None):
        raise TypeError(f"{function.name} must return {len(kinds)} values, not {given!r}")
    return [to_bits(kind, value) for kind, value in zip(kinds, values, strict=True)]


def resume(
    instance: InterpretedInstance,
    info: FrameInfo,
    values: Sequence[int],
    *,
    results: Sequence[int] = (),
    outer: Sequence[tuple[FrameInfo, Sequence[int]]] = (),
) -> list[int]:
    """Go on in the middle of a function, as a deoptimization does, and return what its outermost caller returns.

    values: bit patterns of locals, then operand stack; results: pushed first (of a call that has just returned, if the
    mode is "after" it); outer: the callers, innermost first, each "after" its call, whose results are pushed when they
    come.
    Raises ValueError if a state does not fit its function.
    """
    frames = [_frame_of(instance, info, values, results)]
    callee = frames[0]
    for outer_info, outer_values in outer:
        pending = len(callee.code.signature.results)
        callee = _frame_of(instance, outer_info, outer_values, [0] * pending)
        del callee.stack[len(callee.stack) - pending :]
        frames.append(callee)
    frames.reverse()
    return run(frames)


def _frame_of(instance: InterpretedInstance, info: FrameInfo, values: Sequence[int], results: Sequence[int]) -> Frame:
    locals, stack = list(values[: info.locals]), [*values[info.locals :], *results]
    code = instance.prepared(info.function_index)
    pc = code.index_of(info.bytecode_offset) + (info.mode == "after")
    if len(locals) != len(code.body.locals) or len(stack) != code.heights[pc]:
        raise ValueError(
            f"{info}: {len(locals)} locals and {len(stack)} operands given,"
            f" {len(code.body.locals)} and {code.heights[pc]} wanted"
        )
    return Frame(instance, info.function_index, locals, stack, pc)


def run(frames: list[Frame]) -> list[int]:
    """Run the last of these frames, then its callers, and return what the first one returns."""
    limits = frames[-1].instance.limits
    base, host_calls = limits.frames, limits.host_calls
    if host_calls > MAX_HOST_DEPTH:
        raise Trap("call stack exhausted")
    limits.frames = base + len(frames)
    limits.host_calls = host_calls + 1
    try:
        return _run(frames, limits)
    except Trap as trap:
        if trap.frames:
            raise
        raise Trap(trap.reason, backtrace(frames)) from None
    finally:
        limits.frames, limits.host_calls = base, host_calls


def backtrace(frames: Sequence[Frame]) -> tuple[TraceFrame, ...]:
    """Where each frame is, innermost first; a frame's pc is behind the instruction that it executes."""
    return tuple(
        TraceFrame(
            frame.function_index,
            frame.instance.module.function_name(frame.function_index),
            frame.code.body.offsets[max(frame.pc - 1, 0)],
        )
        for frame in reversed(frames[-MAX_TRACE:])
    )


def _run(frames: list[Frame], limits: Limits) -> list[int]:
    functions = CANONICAL_FUNCTIONS if limits.canonicalize_nans else FUNCTIONS
    while True:
        frame = frames[-1]
        call = _run_until_call(frame, limits, functions)
        if call is None:  # it returned
            frames.pop()
            limits.frames -= 1
            if not frames:
                return frame.stack
            frames[-1].stack += frame.stack
            continue
        count = len(call.type.params)
        arguments = frame.stack[len(frame.stack) - count :]
        del frame.stack[len(frame.stack) - count :]
        if call.host is not None:
            frame.stack += call_host(call, arguments)
            continue
        if limits.frames >= limits.depth:
            raise Trap("call stack exhausted")
        limits.frames += 1
        frames.append(enter(call, arguments))


def _run_until_call(frame: Frame, limits: Limits, functions: Mapping[int, Callable[..., int]]) -> Function | None:
    """Run one frame up to a call, whose arguments are on the stack, or until its results are on the stack (None)."""
    instance, code = frame.instance, frame.code
    stack, locals = frame.stack, frame.locals
    opcodes, immediates = code.body.opcodes, code.body.immediates
    last = len(opcodes) - 1
    while True:
        pc = frame.pc
        opcode, immediate = opcodes[pc], immediates[pc]
        frame.pc = pc + 1
        if limits.steps is not None:
            if limits.steps == 0:
                raise OutOfSteps("too many steps")
            limits.steps -= 1
        function = functions.get(opcode)
        if function is not None:
            if ARITY[opcode] == 1:
                stack.append(function(stack.pop()))
            else:
                right = stack.pop()
                stack.append(function(stack.pop(), right))
        elif opcode == w.LOCAL_GET:
            stack.append(locals[immediate])
        elif opcode == w.LOCAL_SET:
            locals[immediate] = stack.pop()
        elif opcode == w.LOCAL_TEE:
            locals[immediate] = stack[-1]
        elif w.I32_CONST <= opcode <= w.F64_CONST:
            stack.append(immediate)
            if limits.canonicalize_nans and opcode >= w.F32_CONST:
                stack.append(canonical(32 if opcode == w.F32_CONST else 64, stack.pop()))
        elif opcode in (w.BLOCK, w.LOOP, w.NOP):
            pass
        elif opcode == w.END:
            if pc == last:
                return None
        elif opcode == w.IF:
            if not stack.pop():
                _branch(frame, code.targets[pc])
        elif opcode in (w.BR, w.ELSE, w.RETURN):
            _branch(frame, code.targets[pc])
        elif opcode == w.BR_IF:
            if stack.pop():
                _branch(frame, code.targets[pc])
        elif opcode == w.BR_TABLE:
            targets = code.tables[pc]
            _branch(frame, targets[min(stack.pop(), len(targets) - 1)])
        elif opcode == w.CALL:
            called: Function = instance.functions[immediate]
            return called
        elif opcode == w.CALL_INDIRECT:
            return _indirect_target(instance, immediate, stack.pop())
        elif opcode == w.UNREACHABLE:
            raise Trap("unreachable")
        elif opcode == w.DROP:
            stack.pop()
        elif opcode == w.SELECT:
            condition, otherwise, then = stack.pop(), stack.pop(), stack.pop()
            stack.append(then if condition else otherwise)
        elif opcode == w.GLOBAL_GET:
            stack.append(instance.globals[immediate].bits)
        elif opcode == w.GLOBAL_SET:
            instance.globals[immediate].bits = stack.pop()
        elif opcode == w.MEMORY_SIZE:
            stack.append(instance.memories[immediate].pages)
        elif opcode == w.MEMORY_GROW:
            stack += call_builtin(instance, "memory_grow", (immediate, stack.pop()))
        elif opcode in BULK:
            count = len(w.OPCODES[opcode].params or ())
            operands = (*immediate_operands(immediate), *stack[len(stack) - count :])
            del stack[len(stack) - count :]
            call_builtin(instance, BULK[opcode], operands)
        else:
            _access(instance, opcode, immediate, stack, limits.canonicalize_nans)


def _branch(frame: Frame, target: Target) -> None:
    stack = frame.stack
    frame.pc = target.pc
    stack[target.height :] = stack[len(stack) - target.arity :]


def _indirect_target(instance: InterpretedInstance, immediate: tuple[int, int], index: int) -> Function:
    type_index, table = immediate
    entries = instance.tables[table].entries
    if index >= len(entries):
        raise Trap("undefined element")
    function = entries[index]
    if function is None:
        raise Trap("uninitialized element")
    if function.type != instance.module.types[type_index]:
        raise Trap("indirect call type mismatch")
    return function


def _access(
    instance: InterpretedInstance, opcode: int, immediate: tuple[int, int, int], stack: list[int], canonical_nans: bool
) -> None:
    """Loads and stores."""
    facts = w.OPCODES[opcode]
    _, offset, index = immediate
    memory = instance.memories[index]
    if not facts.results:
        value = stack.pop()
        memory.write(stack.pop() + offset, facts.width, value)
        return
    value = memory.read(stack.pop() + offset, facts.width)
    kind = facts.results[0]
    if facts.name.endswith("_s") and value >> (8 * facts.width - 1):
        value += (1 << kind.bits) - (1 << 8 * facts.width)
    stack.append(canonical(kind.bits, value) if canonical_nans and kind in (F32, F64) else value)
