"""The first tier of an isolate: functions' records and code, calls between Python and machine code."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from seaofnodes.backend.code import MachineCode
from seaofnodes.ir.types import WORD64
from seaofnodes.javascript.baseline import (
    allocation,
    calls,
    fallback,
    jumps,
    layout,
    loads,
    operators,
    properties,
    stubs,
)
from seaofnodes.javascript.baseline.caches import Caches
from seaofnodes.javascript.baseline.compiler import Chooser, Compiler, Site
from seaofnodes.javascript.baseline.stack import merged
from seaofnodes.javascript.baseline.stub_parts import THROWN
from seaofnodes.javascript.baseline.words import ODDBALLS, word_name
from seaofnodes.javascript.bytecode.opcodes import OPCODES
from seaofnodes.javascript.bytecode.registers import THIS
from seaofnodes.javascript.interpreter.frames import Code, Frame
from seaofnodes.javascript.interpreter.preparation import Preparation
from seaofnodes.javascript.objects.functions import SharedFunctionInfo
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import FUNCTION_CONTEXT
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.objects.words import smi
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.entry.signatures import Signature

if TYPE_CHECKING:
    from seaofnodes.javascript.bytecode.script import ScriptCode
    from seaofnodes.javascript.interpreter.interpreter import Interpreter
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
    """Attributes: iso; compiled: by the index of the SharedFunctionInfo; models: objects that code copies; caches."""

    def __init__(self, iso: Isolate, interpreter: Interpreter, runtime: Runtime, *, calls_before: int = CALLS_BEFORE) -> None:
        self.iso = iso
        self.interpreter = interpreter
        self.runtime = runtime
        self.compiled: dict[int, Compiled] = {}
        self.models: list[int] = []
        self._library = 0  # the record of all functions in Python
        self._space = space = runtime.space
        self._calls_before = calls_before
        self._choosers = _all_choosers()
        for name in ODDBALLS:
            space.define(word_name(name), getattr(iso, name))
        space.define(word_name("length"), iso.length_key)
        space.define(word_name("number_header"), iso.number_header)
        for name, type_id in (("cons", iso.strings.cons), ("one_byte", iso.strings.one_byte)):
            space.define(word_name(f"{name}_header"), iso.memory.headers[type_id])
        self._origin: tuple[ScriptCode, int] | None = None
        self._entries: list[int] = []  # how many frames there were when each entry began
        self._exception = space.define(word_name("exception"), 0)
        epoch = space.define(word_name("epoch"), 1)
        self.caches = Caches(iso, space, epoch)
        space.define(word_name("global_object"), iso.undefined)
        space.define(word_name("mega"), self.caches.mega)
        space.register(stubs.callbacks(self))
        stubs.BUILTINS.install(space)
        self._point = runtime.entry.point(_INVOKE)
        self._slots = space.allocate_words(2)
        space.store_word(self._slots, space.builtins["js_invoke"])
        space.store_word(self._slots + 8, space.builtins["js_construct"])
        iso.roots.append(self._roots)
        iso.make_record = self._new_record
        for shared in iso.shared:
            shared.record = self._new_record(shared)
        iso.shapes.changed = self._begin_epoch
        iso.shapes.gone = self.caches.forget
        iso.realm_entered = self.enter_realm
        iso.stack = self.stack
        interpreter.tier = self
        uncaught = runtime.unwinder.uncaught

        def leave(exception: int, frames: Any, omitted: int) -> BaseException:
            return self.take() if exception == THROWN else uncaught(exception, frames, omitted)

        runtime.unwinder.uncaught = leave

    def enter_realm(self) -> None:
        """The isolate has another realm."""
        self._space.define(word_name("global_object"), self.iso.realm.global_object)
        self.iso.shapes.watch(self.iso.realm.global_object)
        self._begin_epoch()

    def _begin_epoch(self) -> None:
        self._space.store_word(self.caches.epoch_word, self.caches.epoch + 1)

    def _roots(self) -> Iterable[int]:
        return (self._space.load_word(self._exception), *self.models)

    # --- Exceptions

    def put(self, thrown: Throw) -> None:
        """What machine code is about to throw."""
        self._space.store_word(self._exception, thrown.word)
        self._origin = thrown.origin

    def take(self) -> Throw:
        """What machine code has thrown, as an exception of Python."""
        word = self._space.load_word(self._exception)
        self._space.store_word(self._exception, 0)
        thrown = Throw(self.iso.heap.handle(word))
        thrown.origin = self._origin
        return thrown

    def stack(self) -> list[Any]:
        """The frames of all tiers, the innermost last."""
        return merged(self, self._entries)

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
            code = self.interpreter.code_of(shared)
            array = code.array
            slots = len(array.slots) + sum(name in _EXTRA for name in _names(code))
            feedback = self._space.allocate_words(max(2 * slots, 1))
            site = Site(index, feedback - self._space.context, self._words(code), FUNCTION_CONTEXT - 1, self._converts(code))
            machine = Compiler(array, site, self._choosers).run()
            found = self.compiled[index] = Compiled(shared, self._install(shared, machine), feedback, slots)
            if not shared.is_class:
                self._space.store_word(self.record(shared) + layout.RECORD_ENTRY, found.code.start)
            self._space.store_word(self.record(shared) + layout.RECORD_CONSTRUCT, found.code.start)
        return found

    @staticmethod
    def _converts(code: Code) -> bool:
        """Does a function in sloppy mode look at its receiver?"""
        return not code.shared.strict and any(
            THIS in instruction.operands for instruction in code.array.instructions()
        )

    def _words(self, code: Code) -> Callable[[int], int]:
        return Preparation(self.iso, self.interpreter.state, code).constant

    def _install(self, shared: SharedFunctionInfo, machine: MachineCode) -> CodeObject:
        return self._space.install(
            machine.data, machine.relocations, shared.name or "(anonymous)", code=machine, names=self
        )

    def function_name(self, index: int) -> str:
        """For people."""
        return self.iso.shared[index].name

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
        if shared.code is None:  # of a script: its top level runs once
            return False
        calls = self.record(shared) + layout.RECORD_CALLS
        count = self._space.load_word(calls) + 1
        self._space.store_word(calls, count)
        if count <= self._calls_before:
            return False
        self.compile(shared)
        return True

    def invoke(self, function: int, this: int, arguments: list[int], new_target: int) -> int:
        """Run a function's machine code. this: as its code expects it. Raises Throw, and what Python raised inside."""
        count = len(arguments) + 1
        words = (_Words * count)(this, *arguments)
        point = self._point
        pool = point.pool
        view, address, keep = pool.pop() if pool else point.buffer()
        slot = self._slots + (0 if new_target == self.iso.undefined else 8)
        point.pack_bits(view, 0, slot, 0, function, count, ctypes.addressof(words), new_target)
        entries = self._entries
        depth = len(entries)
        entries.append(len(self.iso.frames))
        try:
            self.runtime.entry.enter(point, address)
        finally:
            del entries[depth:]
        (result,) = point.unpack_bits(view, point.first_result)
        pool.append((view, address, keep))
        self.iso.held.append(result)
        return int(result)


def _names(code: Code) -> Iterable[str]:
    return (instruction.opcode.name for instruction in code.array.instructions())


def _all_choosers() -> dict[str, Chooser]:
    found = {name: fallback.choose for name, opcode in OPCODES.items() if not opcode.jumps}
    for room in (loads, operators, jumps, calls, properties, allocation):
        found |= room.choosers()
    return found
