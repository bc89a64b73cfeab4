"""Calls of functions of the source: frames, the loop over operations, exceptions."""

from __future__ import annotations

from typing import Final, Protocol

from seaofnodes.javascript.interpreter.frames import Code, Frame
from seaofnodes.javascript.interpreter.prepare import prepare
from seaofnodes.javascript.interpreter.refusals import not_callable
from seaofnodes.javascript.interpreter.state import State
from seaofnodes.javascript.objects import factory
from seaofnodes.javascript.objects.functions import SharedFunctionInfo
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import FUNCTION_CONTEXT, FUNCTION_SHARED
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.operations.conversions import install, to_object
from seaofnodes.javascript.operations.errors import range_error, type_error
from seaofnodes.javascript.operations.objects import get_prototype_from_constructor

_PYTHON_FRAMES: Final = 12  # for a frame, at most, with what the library calls between


class Tier(Protocol):
    """A faster way to run functions."""

    def run(self, frame: Frame) -> int | None:
        """What a function returns whose frame begins; None if the interpreter is to run it. Raises Throw."""


class Interpreter:
    """Runs bytecode for an isolate. Attributes: iso, state; codes: of functions, by the index of their
    SharedFunctionInfo; tier: what is asked at each call, or None; python_calls: how many
    calls of Python within calls there may be while it runs (see recursion.py).
    """

    def __init__(self, iso: Isolate) -> None:
        self.iso = iso
        self.state = State(iso, self.call)
        self.codes: dict[int, Code] = {}
        self.tier: Tier | None = None
        iso.run_bytecode = self.run
        install(iso)
        iso.roots.append(self._words)
        self.python_calls: Final = 1000 + iso.depth_limit * _PYTHON_FRAMES

    def _words(self) -> list[int]:
        found = []
        for frame in self.iso.frames:
            found += frame.registers
            found += frame.arguments
            found += (frame.function, frame.new_target)
        return found

    def code_of(self, shared: SharedFunctionInfo) -> Code:
        """A function's code; made when it is asked for first."""
        found = self.codes.get(shared.index)
        if found is None:
            assert shared.script is not None
            array = shared.script.top if shared.code is None else shared.script.bytecode(shared.code)
            found = self.codes[shared.index] = prepare(self.iso, self.state, shared, array)
        return found

    # --- Calls

    def run(self, function: int, shared: SharedFunctionInfo, this: int, arguments: list[int], new_target: int) -> int:
        """Call a function of the source, or construct with it if there is a new target. Raises Throw."""
        iso = self.iso
        code = self.codes.get(shared.index) or self.code_of(shared)
        context = iso.q[function - iso.base + FUNCTION_CONTEXT >> 3]
        if new_target != iso.undefined:
            return self._construct(code, function, context, arguments, new_target)
        if shared.is_class:
            shown = f"Class constructor {shared.name}" if shared.name else "Class constructors"
            type_error(iso, f"{shown} cannot be invoked without 'new'")
        if not shared.strict and not iso.is_object(this):
            nothing = this == iso.undefined or this == iso.null
            this = iso.realm.global_object if nothing else to_object(iso, this)
        return self.execute(self.frame(code, function, context, this, arguments, new_target))

    def call(self, function: int, this: int, arguments: list[int]) -> int:
        """Call a value from bytecode, whose frame is the innermost one; the result is not held. Raises Throw."""
        iso = self.iso
        if function & 1:
            shape = iso.shapes.by_id[iso.i[function - iso.base >> 2]]
            if shape is not None and shape.kind is Kind.JS_FUNCTION:
                q, at = iso.q, function - iso.base
                code = self.codes.get(q[at + FUNCTION_SHARED >> 3] >> 32)
                if code is not None and code.callable:
                    if code.converts and not iso.is_object(this):
                        nothing = this == iso.undefined or this == iso.null
                        this = iso.realm.global_object if nothing else to_object(iso, this)
                    context = q[at + FUNCTION_CONTEXT >> 3]
                    result = self.execute(self.frame(code, function, context, this, arguments, iso.undefined))
                    del iso.held[iso.frames[-1].mark :]
                    return result
        if not iso.is_callable(function):
            not_callable(iso, function)
        return iso.call(function, this, arguments)

    def _construct(self, code: Code, function: int, context: int, arguments: list[int], new_target: int) -> int:
        iso = self.iso
        if code.shared.kind == "derived constructor":
            result = self.execute(self.frame(code, function, context, iso.hole, arguments, new_target))
            if not iso.is_object(result):
                type_error(iso, "Derived constructors may only return object or undefined")
            return result
        this = factory.new_object(iso, get_prototype_from_constructor(iso, new_target, "ObjectPrototype"))
        result = self.execute(self.frame(code, function, context, this, arguments, new_target))
        return result if iso.is_object(result) else this

    def run_script(self, shared: SharedFunctionInfo, context: int) -> int:
        """Run the top level of a script in its context; the value of its last statement. Raises Throw."""
        iso = self.iso
        code = self.code_of(shared)
        function = factory.new_function(iso, shared, context)
        frame = self.frame(code, function, context, iso.realm.global_object, [], iso.undefined)
        return self.execute(frame)

    def frame(self, code: Code, function: int, context: int, this: int, arguments: list[int], new_target: int) -> Frame:
        """The frame of a call that begins."""
        undefined = self.iso.undefined
        registers = [undefined, context, this, *arguments]
        closure = code.closure
        missing = closure - len(registers)
        if missing < 0:
            del registers[closure:]
        elif missing:
            registers += [undefined] * missing
        registers.append(function)
        registers += [undefined] * (code.size - closure - 1)
        if code.new_target >= 0:
            registers[code.new_target] = new_target
        return Frame(code, function, registers, arguments, new_target)

    # --- The loop

    def execute(self, frame: Frame) -> int:
        """Execute a frame from the instruction on at which it is; what it returns. Raises Throw."""
        iso = self.iso
        if self.tier is not None and not frame.index:
            result = self.tier.run(frame)
            if result is not None:
                return result
        frames, held = iso.frames, iso.held
        if len(frames) >= iso.depth_limit:
            range_error(iso, "Maximum call stack size exceeded")
        self.state.ticks -= 1
        if self.state.ticks < 0:
            self.state.poll()
        frame.mark = len(held)
        frames.append(frame)
        operations, registers, at = frame.code.operations, frame.registers, frame.index
        try:
            while True:
                try:
                    while at >= 0:
                        frame.index = at
                        at = operations[at](registers)
                    return registers[0]
                except Throw as thrown:
                    at = self._handler(frame, thrown)
                except RecursionError:
                    at = self._handler(frame, self._too_deep())
        finally:
            frames.pop()

    def _handler(self, frame: Frame, thrown: Throw) -> int:
        """Where a frame goes on that catches an exception. Raises it again if none does."""
        index, registers = frame.index, frame.registers
        if thrown.origin is None and frame.shared.script is not None:
            thrown.origin = frame.shared.script, frame.position()
        for start, end, target, context in frame.code.handlers:
            if start <= index < end:
                self.state.caught = thrown.with_traceback(None)
                registers[0] = thrown.word
                registers[1] = registers[context]
                del self.iso.held[frame.mark :]
                return target
        raise thrown

    def _too_deep(self) -> Throw:
        """Functions of the library have called each other too often."""
        try:
            range_error(self.iso, "Maximum call stack size exceeded")
        except Throw as thrown:
            return thrown
