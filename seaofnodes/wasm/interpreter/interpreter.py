"""The reference interpreter: what the bytecode means. Slow, clear, the oracle of all compilers.

Values are unsigned bit patterns, or references: see values.py. A frame is an instruction index, locals and
operands; calls push frames on a list, so wasm recursion is no Python recursion. Arithmetic gives canonical NaNs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from seaofnodes.errors import Trap, WasmException
from seaofnodes.ir.evaluator.evaluate import OutOfSteps
from seaofnodes.ir.ops.common import FrameInfo
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.bulk import BULK, immediate_operands
from seaofnodes.wasm.interpreter.builtins import call_builtin
from seaofnodes.wasm.interpreter.exceptions import catch, caught, thrown
from seaofnodes.wasm.interpreter.numeric import ARITY, CANONICAL_FUNCTIONS, FUNCTIONS, canonical
from seaofnodes.wasm.interpreter.references import reference_instruction
from seaofnodes.wasm.interpreter.state import Frame, InterpretedInstance, Limits, TraceFrame, backtrace, branch, enter
from seaofnodes.wasm.interpreter.values import Function, not_null
from seaofnodes.wasm.subtyping import is_subtype
from seaofnodes.wasm.types import F32, F64

__all__ = ["Frame", "InterpretedFunction", "InterpretedInstance", "Limits", "TraceFrame", "resume", "run"]

MAX_HOST_DEPTH = 40  # host functions that call wasm that calls host functions ...: each takes Python stack


@dataclass(frozen=True, slots=True, eq=False)
class InterpretedFunction(Function):
    """A function of an instance."""

    instance: InterpretedInstance
    index: int

    def invoke(self, arguments: Sequence[Any]) -> list[Any]:
        """Interpret it."""
        return run([enter(self.instance, self.index, arguments)])


def resume(
    instance: InterpretedInstance,
    info: FrameInfo,
    values: Sequence[Any],
    *,
    results: Sequence[Any] = (),
    outer: Sequence[tuple[FrameInfo, Sequence[Any]]] = (),
) -> list[Any]:
    """Go on in the middle of a function, as a deoptimization does, and return what its outermost caller returns.

    values: locals, then operand stack; results: pushed first (of a call that has just returned, if the
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


def _frame_of(instance: InterpretedInstance, info: FrameInfo, values: Sequence[Any], results: Sequence[Any]) -> Frame:
    locals, stack = list(values[: info.locals]), [*values[info.locals :], *results]
    code = instance.prepared(info.function_index)
    pc = code.index_of(info.bytecode_offset) + (info.mode == "after")
    if len(locals) != len(code.body.locals) or len(stack) != code.heights[pc]:
        raise ValueError(
            f"{info}: {len(locals)} locals and {len(stack)} operands given,"
            f" {len(code.body.locals)} and {code.heights[pc]} wanted"
        )
    return Frame(instance, info.function_index, locals, stack, pc)


def run(frames: list[Frame]) -> list[Any]:
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


def _run(frames: list[Frame], limits: Limits) -> list[Any]:
    functions = CANONICAL_FUNCTIONS if limits.canonicalize_nans else FUNCTIONS
    while True:
        frame = frames[-1]
        try:
            call = _run_until_call(frames, limits, functions)
            if call is None or frame.code.body.opcodes[frame.pc - 1] in w.TAIL_CALLS:
                frames.pop()
                limits.frames -= 1
            results = frame.stack if call is None else _called(call, frame, limits, frames)
        except WasmException as exception:
            if not exception.frames:
                exception.frames = backtrace(frames)
            _unwind(frames, limits, exception)
            continue
        if results is None:
            continue
        if not frames:
            return results
        frames[-1].stack += results


def _called(function: Function, frame: Frame, limits: Limits, frames: list[Frame]) -> list[Any] | None:
    """Take the arguments off the frame's stack; call a host function, or push a frame for another (None)."""
    start = len(frame.stack) - len(function.type.params)
    arguments = frame.stack[start:]
    del frame.stack[start:]
    if not isinstance(function, InterpretedFunction):
        return function.invoke(arguments)
    if limits.frames >= limits.depth:
        raise Trap("call stack exhausted")
    limits.frames += 1
    frames.append(enter(function.instance, function.index, arguments))
    return None


def _unwind(frames: list[Frame], limits: Limits, exception: WasmException) -> None:
    """Go on in the innermost frame that catches the exception; raise it if none does."""
    found = thrown(exception)
    while frames:
        frame = frames[-1]
        clause = caught(frame.code, frame.pc - 1, found, frame.instance.tags)
        if clause is not None:
            catch(frame.stack, clause, found)
            frame.pc = clause.pc
            return
        frames.pop()
        limits.frames -= 1
    raise exception


def _run_until_call(
    frames: Sequence[Frame], limits: Limits, functions: Mapping[int, Callable[..., int]]
) -> Function | None:
    """Run the last frame up to a call, with its arguments on the stack, or until it has its results there (None)."""
    frame = frames[-1]
    instance, code = frame.instance, frame.code
    stack, locals = frame.stack, frame.locals
    opcodes, immediates = code.body.opcodes, code.body.immediates
    last = len(opcodes) - 1
    observer = limits.observer
    while True:
        if observer is not None:
            observer(frames)
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
            if (target := code.targets.get(pc)) is not None:  # of a try with catches
                branch(frame, target)
        elif opcode == w.IF:
            if not stack.pop():
                branch(frame, code.targets[pc])
        elif opcode in (w.BR, w.ELSE, w.RETURN, w.CATCH, w.CATCH_ALL):
            branch(frame, code.targets[pc])
        elif opcode == w.BR_IF:
            if stack.pop():
                branch(frame, code.targets[pc])
        elif opcode == w.BR_TABLE:
            targets = code.tables[pc]
            branch(frame, targets[min(stack.pop(), len(targets) - 1)])
        elif opcode in (w.CALL, w.RETURN_CALL):
            called: Function = instance.functions[immediate]
            return called
        elif opcode in (w.CALL_INDIRECT, w.RETURN_CALL_INDIRECT):
            return _indirect_target(instance, immediate, stack.pop())
        elif opcode in (w.CALL_REF, w.RETURN_CALL_REF):
            referred: Function = not_null(stack.pop(), "null function reference")
            return referred
        elif opcode == w.UNREACHABLE:
            raise Trap("unreachable")
        elif opcode == w.DROP:
            stack.pop()
        elif opcode in (w.SELECT, w.SELECT_T):
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
        elif w.I32_LOAD <= opcode <= w.I64_STORE32:
            _access(instance, opcode, immediate, stack, limits.canonicalize_nans)
        elif opcode in _TABLE_BUILTINS:
            name, count = _TABLE_BUILTINS[opcode]
            operands = (immediate, *stack[len(stack) - count :])
            del stack[len(stack) - count :]
            stack += call_builtin(instance, name, operands)
        else:
            reference_instruction(frame, opcode, immediate, pc)


_TABLE_BUILTINS: Final = {  # names, and numbers of operands
    w.TABLE_GET: ("table_get", 1),
    w.TABLE_SET: ("table_set", 2),
    w.TABLE_SIZE: ("table_size", 0),
    w.TABLE_GROW: ("table_grow", 2),
    w.TABLE_FILL: ("table_fill", 3),
}


def _indirect_target(instance: InterpretedInstance, immediate: tuple[int, int], index: int) -> Function:
    type_index, table = immediate
    entries = instance.tables[table].entries
    if index >= len(entries):
        raise Trap("undefined element")
    function: Function | None = entries[index]
    if function is None:
        raise Trap("uninitialized element")
    if not is_subtype(function.type, instance.module.types[type_index]):
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
