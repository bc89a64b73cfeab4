"""The first tier of an isolate: functions' records and code, calls between Python and machine code."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from seaofnodes.backend.code import MachineCode
from seaofnodes.ir.types import WORD64
from seaofnodes.javascript.baseline import layout
from seaofnodes.javascript.baseline.compiler import Chooser, Compiler, Site
from seaofnodes.javascript.baseline.feedback import SlotFeedback, read_feedback
from seaofnodes.javascript.baseline.machine import Machine
from seaofnodes.javascript.baseline.stack import merged
from seaofnodes.javascript.baseline.stubs import callbacks
from seaofnodes.javascript.baseline.stubs.parts import THROWN
from seaofnodes.javascript.baseline.templates import allocation, calls, fallback, jumps, loads, operators, properties
from seaofnodes.javascript.baseline.words import ODDBALLS, word_name
from seaofnodes.javascript.bytecode.opcodes import OPCODES
from seaofnodes.javascript.bytecode.registers import THIS
from seaofnodes.javascript.interpreter.frames import Code, Frame
from seaofnodes.javascript.interpreter.interpreter import Interpreter
from seaofnodes.javascript.interpreter.preparation import Preparation
from seaofnodes.javascript.objects.functions import SharedFunctionInfo
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import FUNCTION_CONTEXT
from seaofnodes.javascript.objects.words import smi
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.entry.signatures import Signature

if TYPE_CHECKING:
    from seaofnodes.runtime.runtime import Runtime

_INVOKE: Final = Signature((WORD64,) * 4, (WORD64,))
CALLS_BEFORE: Final = 2  # of a function in the interpreter

_EXTRA: Final = frozenset((*operators.COMPARES, *allocation.MADE))
_Words: Any = ctypes.c_uint64


@dataclass(slots=True)
class Compiled:
    """A function's machine code. Attributes: shared; code; feedback: address of its slots; slots: how many."""

    shared: SharedFunctionInfo
    code: CodeObject
    feedback: int
    slots: int


class FirstTier:
    """Attributes: machine; compiled: functions by the index of their SharedFunctionInfo."""

    def __init__(
        self, iso: Isolate, interpreter: Interpreter, runtime: Runtime, *, calls_before: int = CALLS_BEFORE
    ) -> None:
        """calls_before: how often the interpreter runs a function before it is compiled."""
        self.machine = machine = Machine(iso, interpreter, runtime)
        self.compiled: dict[int, Compiled] = {}
        self._iso = iso
        self._interpreter = interpreter
        self._library = 0  # the record of all functions in Python
        self._space = space = runtime.space
        self._calls_before = calls_before
        self._choosers = _all_choosers()
        for name in ODDBALLS:
            space.define(word_name(name), getattr(iso, name))
        headers = {"number": iso.number_header}
        headers |= {"cons": iso.memory.headers[iso.strings.cons], "one_byte": iso.memory.headers[iso.strings.one_byte]}
        for name, header in headers.items():
            space.define(word_name(f"{name}_header"), header)
        space.define(word_name("length"), iso.length_key)
        space.define(word_name("global_object"), iso.undefined)
        space.define(word_name("mega"), machine.caches.mega)
        space.register(callbacks.callbacks(machine))
        callbacks.BUILTINS.install(space)
        self._point = runtime.entry.point(_INVOKE)
        self._slots = space.allocate_words(2)
        space.store_word(self._slots, space.builtins["js_invoke"])
        space.store_word(self._slots + 8, space.builtins["js_construct"])
        iso.make_record = self._new_record
        for shared in iso.shared:
            shared.record = self._new_record(shared)
        iso.shapes.changed = machine.begin_epoch
        iso.shapes.gone = machine.caches.forget
        iso.realm_entered = self._enter_realm
        iso.stack = self.stack
        interpreter.tier = self
        uncaught = runtime.unwinder.uncaught

        def leave(exception: int, frames: Any, omitted: int) -> BaseException:
            return machine.take() if exception == THROWN else uncaught(exception, frames, omitted)

        runtime.unwinder.uncaught = leave

    def _enter_realm(self) -> None:
        holder = self._iso.realm.global_object
        self._space.define(word_name("global_object"), holder)
        self._iso.shapes.watch(holder)
        self.machine.begin_epoch()

    def stack(self) -> list[Any]:
        """The frames of all tiers, the innermost last."""
        return merged(self.machine)

    # --- Records and code

    def record(self, shared: SharedFunctionInfo) -> int:
        """Address of a function's record."""
        return (shared.record >> 32) + self._space.context

    def _new_record(self, shared: SharedFunctionInfo) -> int:
        if shared.builtin is not None and self._library:
            return self._library
        space = self._space
        found = space.allocate_words(layout.RECORD_WORDS)
        space.store_word(found + layout.RECORD_ENTRY, space.builtins["js_call_function"])
        space.store_word(found + layout.RECORD_CONSTRUCT, space.builtins["js_construct_function"])
        space.store_word(found + layout.RECORD_PARAMETERS, shared.index << 32)
        if shared.builtin is not None:
            self._library = smi(found - space.context)
        return smi(found - space.context)

    def compile(self, shared: SharedFunctionInfo) -> Compiled:
        """Machine code of a function of the source; the code that there is, if there is some. Raises UnsupportedError,
        and Error when the code space is full.
        """
        index = shared.index
        found = self.compiled.get(index)
        if found is None:
            code = self._interpreter.code_of(shared)
            array = code.array
            slots = len(array.slots) + sum(name in _EXTRA for name in _names(code))
            feedback = self._space.allocate_words(max(2 * slots, 1))
            site = Site(
                index, feedback - self._space.context, self._words(code), FUNCTION_CONTEXT - 1, self._converts(code)
            )
            machine = Compiler(array, site, self._choosers).run()
            found = self.compiled[index] = Compiled(shared, self._install(shared, machine), feedback, slots)
            if not shared.is_class:
                self._space.store_word(self.record(shared) + layout.RECORD_ENTRY, found.code.start)
            self._space.store_word(self.record(shared) + layout.RECORD_CONSTRUCT, found.code.start)
        return found

    @staticmethod
    def _converts(code: Code) -> bool:
        """Does a function in sloppy mode look at its receiver?"""
        return not code.shared.strict and any(THIS in instruction.operands for instruction in code.array.instructions())

    def _words(self, code: Code) -> Callable[[int], int]:
        return Preparation(self._iso, self._interpreter.state, code).constant

    def _install(self, shared: SharedFunctionInfo, machine: MachineCode) -> CodeObject:
        return self._space.install(
            machine.data, machine.relocations, shared.name or "(anonymous)", code=machine, names=self.machine
        )

    def feedback(self, shared: SharedFunctionInfo) -> list[SlotFeedback]:
        """What a function's machine code has seen; nothing if there is none."""
        found = self.compiled.get(shared.index)
        if found is None:
            return []
        read = self._space.load_word

        def name_of(record: int) -> str:
            index = read(record + layout.RECORD_PARAMETERS) >> 32
            return self.machine.function_name(index) or "(anonymous)"

        array = self._interpreter.code_of(shared).array
        return list(read_feedback(array, read, found.feedback, name_of))

    # --- Calls

    def run(self, frame: Frame) -> int | None:
        """What the interpreter asks at each call: what the function returns, or None if the interpreter is to do it.
        Raises Throw, and what Python raises inside.
        """
        if not self.wants_code(frame.code.shared):
            return None
        return self.invoke(frame.function, frame.receiver, frame.arguments, frame.new_target)

    def wants_code(self, shared: SharedFunctionInfo) -> bool:
        """A call of a function begins: does it go to machine code?"""
        if shared.index in self.compiled:
            return True
        calls = self.record(shared) + layout.RECORD_CALLS
        count = self._space.load_word(calls) + 1
        self._space.store_word(calls, count)
        if count > self._calls_before or (count == 1 and self._loops(shared)):
            self.compile(shared)
            return True
        return False

    def _loops(self, shared: SharedFunctionInfo) -> bool:
        """One call of it may take long."""
        return "JumpLoop" in _names(self._interpreter.code_of(shared))

    def invoke(self, function: int, this: int, arguments: list[int], new_target: int) -> int:
        """Run a function's machine code. this: as its code expects it. Raises Throw, and what Python raised inside."""
        count = len(arguments) + 1
        words = (_Words * count)(this, *arguments)
        point = self._point
        pool = point.pool
        view, address, keep = pool.pop() if pool else point.buffer()
        slot = self._slots + (0 if new_target == self._iso.undefined else 8)
        point.pack_bits(view, 0, slot, 0, function, count, ctypes.addressof(words), new_target)
        entries = self.machine.begun
        depth = len(entries)
        entries.append(len(self._iso.frames))
        try:
            self.machine.runtime.entry.enter(point, address)
        finally:
            del entries[depth:]
        (result,) = point.unpack_bits(view, point.first_result)
        pool.append((view, address, keep))
        self._iso.held.append(result)
        return int(result)


def _names(code: Code) -> Iterable[str]:
    return (instruction.opcode.name for instruction in code.array.instructions())


def _all_choosers() -> dict[str, Chooser]:
    found: dict[str, Chooser] = {name: fallback.choose for name, opcode in OPCODES.items() if not opcode.jumps}
    for room in (loads, operators, jumps, calls, properties, allocation):
        found |= room.choosers()
    return found
