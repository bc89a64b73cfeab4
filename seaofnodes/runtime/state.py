"""What an engine owns: code space, types, stubs, the lock; and the functions that machine code calls back."""

from __future__ import annotations

import ctypes
import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from seaofnodes.backend.layout import (
    BACKTRACE_LIMIT,
    CONTEXT_FRAME_COUNT,
    CONTEXT_FRAMES,
    CONTEXT_REAL_LIMIT,
    CONTEXT_STACK_LIMIT,
    CONTEXT_TRAP_PC,
    CONTEXT_TRAP_REASON,
    FRAME_INSTANCE,
    R11,
    RAX,
    RECORD_INSTANCE,
    TRAP_REASONS,
)
from seaofnodes.errors import InterruptError, TimeLimitError, Trap
from seaofnodes.runtime.background import BackgroundCompiler
from seaofnodes.runtime.backtrace import backtrace
from seaofnodes.runtime.builtins import install_builtins
from seaofnodes.runtime.bulk import perform
from seaofnodes.runtime.code_space import CodeSpace
from seaofnodes.runtime.context import ALL_ONES, CALLABLE, FAULT, c_function_addresses
from seaofnodes.runtime.deoptimizer import Deoptimizer
from seaofnodes.runtime.events import Event, OsrEvent
from seaofnodes.runtime.function import EntryPoint, Function
from seaofnodes.runtime.memory import WASM_PAGE, PageBudget
from seaofnodes.runtime.options import EngineOptions
from seaofnodes.runtime.osr import prepare_entry
from seaofnodes.runtime.references import References, from_word, to_word
from seaofnodes.runtime.signals import handlers
from seaofnodes.runtime.signatures import host_trampoline
from seaofnodes.runtime.stack import stack_limit
from seaofnodes.runtime.stub_tools import assemble
from seaofnodes.runtime.stubs import saved_register
from seaofnodes.runtime.throwing import new_exception
from seaofnodes.runtime.throwing import throw as throw_exception
from seaofnodes.runtime.tiering import tier_up as tier_up_function
from seaofnodes.runtime.tiering import tier_up_loop as tier_up_at_loop
from seaofnodes.runtime.values import from_bits, to_bits
from seaofnodes.runtime.watchdog import Watchdog
from seaofnodes.wasm.subtyping import is_subtype as is_declared_subtype
from seaofnodes.wasm.types import FuncType, RefType, ValType

if TYPE_CHECKING:
    from seaofnodes.runtime.groups import Member
    from seaofnodes.runtime.instance import InstanceData

_Two = ctypes.c_uint64 * 2
_Three = ctypes.c_uint64 * 3
_Four = ctypes.c_uint64 * 4
_Seven = ctypes.c_uint64 * 7
_Word = ctypes.c_uint64
Callback = Callable[[int], None]


class HasFunctions(Protocol):
    """What function records belong to: instances and host functions."""

    def function_at(self, record: int) -> Function:
        """The function with the record at that address."""


class EngineState:
    """The part of an engine that instances hold.

    Attributes: depth: nested calls into wasm; lock: held by the thread that runs wasm; background: the compiler beside
    it; observers: told of events;
    natives: by native address, what function records belong to. Nothing here holds an instance alive.
    """

    def __init__(self, options: EngineOptions) -> None:
        self.options = options
        self.space = CodeSpace(options.code_space)
        self.lock = threading.RLock()
        self.depth = 0
        self.observers: list[Callable[[Event], None]] = []
        self.background = BackgroundCompiler()
        self.deoptimizer = Deoptimizer()
        self.references = References()
        self.pages = PageBudget(options.max_memory // WASM_PAGE)
        self.natives: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self._types: dict[FuncType, int] = {}
        self.types = [FuncType((), ())]  # by id; 0 is none
        self._entries: dict[FuncType, EntryPoint] = {}
        self._trampolines: dict[FuncType, int] = {}
        self._thread = 0
        self._limits = threading.local()
        self._interrupted = False
        self._watchdog = Watchdog(self, options.time_limit) if options.time_limit is not None else None
        space = self.space
        for offset, address in c_function_addresses().items():
            space.store_word(space.context + offset, address)
        self._callbacks = _callbacks(weakref.ref(self))
        for name, callback in self._callbacks.items():
            space.store_word(space.context + CALLABLE[name], id(callback))
        install_builtins(space)
        signals = self._signals = handlers()
        signals.install_fault_handlers()
        fault = space.builtins["fault"]
        entry = signals.add_code(space.code_start, space.code_end, space.context, fault)
        weakref.finalize(space, signals.remove_code, entry).atexit = False

    def notify(self, event: Event) -> None:
        for observer in self.observers:
            observer(event)

    # Types and stubs.

    def type_id(self, kind: FuncType) -> int:
        """The engine's canonical id of a function type, from 1."""
        found = self._types.get(kind)
        if found is None:
            found = self._types[kind] = len(self.types)
            self.types.append(kind)
        return found

    def entry_point(self, kind: FuncType) -> EntryPoint:
        """How Python calls functions of a type."""
        found = self._entries.get(kind)
        if found is None:
            with self.lock:
                found = self._entries[kind] = EntryPoint(self.space, kind)
        return found

    def trampoline(self, kind: FuncType) -> int:
        """Address of the code that calls host functions of a type."""
        found = self._trampolines.get(kind)
        if found is None:
            code, relocations = assemble(lambda a: host_trampoline(a, kind))
            found = self.space.install(code, relocations, f"host call {kind}").start
            self._trampolines[kind] = found
        return found

    def function_at(self, record: int) -> Function:
        """The function whose record is at that address."""
        instance = ctypes.c_uint64.from_address(record + RECORD_INSTANCE).value
        owner: HasFunctions = self.natives[instance]
        return owner.function_at(record)

    # Values.

    def to_bits(self, value: object, kind: ValType, what: str, receiver: Member | None = None) -> int:
        """The bits of a Python value, a word for a reference; receiver: who gets that.

        Raises TypeError or OverflowError; `what` names the value.
        """
        if isinstance(kind, RefType):
            return to_word(self, value, kind, what, receiver)
        return to_bits(value, kind, what)

    def from_bits(self, bits: int, kind: ValType) -> Any:
        """The Python value of bits or a word."""
        return from_word(self, bits, kind) if isinstance(kind, RefType) else from_bits(bits, kind)

    def to_bits_or_word(self, value: Any, kind: ValType, what: str, receiver: Member | None = None) -> int:
        """As `to_bits`, but numbers are given as bits."""
        if isinstance(kind, RefType):
            return to_word(self, value, kind, what, receiver)
        if not isinstance(value, int) or not 0 <= value < 1 << kind.bits:
            raise TypeError(f"{what} is {value!r}, which is not the bits of an {kind}")
        return value

    def from_bits_or_word(self, bits: int, kind: ValType) -> Any:
        """As `from_bits`, but numbers stay bits."""
        return from_word(self, bits, kind) if isinstance(kind, RefType) else bits

    # Calls.

    def begin(self) -> None:
        """A call begins; the lock is held."""
        if self.depth == 0:
            self.enter()
        self.depth += 1

    def end(self) -> None:
        """The call is over, whichever way."""
        self.depth -= 1
        if self.depth == 0:
            self.leave()

    def enter(self) -> None:
        """Before an outermost call: the lock is held."""
        self._interrupted = False  # what interrupted the call before must not reach this one
        self.background.check()
        thread = threading.get_ident()
        if thread != self._thread:
            self._thread = thread
            limit = getattr(self._limits, "value", None)
            if limit is None:
                limit = self._limits.value = stack_limit(self.options.max_stack)
            context = self.space.context
            self.space.store_word(context + CONTEXT_REAL_LIMIT, limit)
            self.space.store_word(context + CONTEXT_STACK_LIMIT, limit)
        self._signals.install_interrupt_handler()
        if self._watchdog is not None:
            self._watchdog.start()

    def leave(self) -> None:
        """After an outermost call."""
        if self._watchdog is not None:
            self._watchdog.stop()
        if self.references.objects:
            self.references.after_call()

    def interrupt(self) -> None:
        """Make running wasm code raise InterruptError at its next poll; any thread may call it."""
        if self.depth:
            self._interrupted = True
            self.raise_stack_limit()

    def raise_stack_limit(self) -> None:
        """Send the next poll to its slow path."""
        self.space.store_word(self.space.context + CONTEXT_STACK_LIMIT, ALL_ONES)

    @property
    def stack_limit(self) -> int:
        """The lowest address that frames of the thread in wasm may reach."""
        return self.space.load_word(self.space.context + CONTEXT_REAL_LIMIT)

    def serve_interrupt(self) -> None:
        """What a poll's slow path does. A pending KeyboardInterrupt has risen before this runs."""
        if self._interrupted:
            self._interrupted = False
            raise InterruptError("interrupted")
        if self._watchdog is not None and self._watchdog.expired:
            raise TimeLimitError(f"the time limit of {self._watchdog.limit:g} s is over")

    def trap(self) -> Trap:
        """The trap that the context tells of."""
        first = CONTEXT_TRAP_REASON >> 3
        words = self.space.words
        reason, pc = words[first], words[CONTEXT_TRAP_PC >> 3]
        if reason == FAULT:
            found = self.space.find(pc)
            assert found is not None and found.code is not None
            text = TRAP_REASONS[found.code.traps[pc - found.start]]
        else:
            text = TRAP_REASONS[reason]
        count = words[CONTEXT_FRAME_COUNT >> 3]
        kept = min(count, BACKTRACE_LIMIT)
        frames = backtrace(self.space, words[CONTEXT_FRAMES >> 3 : (CONTEXT_FRAMES >> 3) + kept])
        return Trap(text, frames[:BACKTRACE_LIMIT], count - kept + max(len(frames) - BACKTRACE_LIMIT, 0))


def _callbacks(engine: weakref.ref[EngineState]) -> dict[str, Callback]:
    """The Python functions in the context, see builtins.py; the address is that of the words which the stub
    describes.
    """

    def state() -> EngineState:
        found = engine()
        assert found is not None  # it is running
        return found

    def poll(address: int) -> None:
        state().serve_interrupt()

    def compile_lazily(address: int) -> None:
        words = _Two.from_address(address)
        data: InstanceData = state().natives[words[1]]
        words[0] = data.code.compile_first(words[0], data)

    def tier_up(address: int) -> None:
        frame, return_address = _Two.from_address(address)
        this = state()
        found = this.space.find(return_address - 1)
        assert found is not None and found.code is not None
        data: InstanceData = this.natives[ctypes.c_uint64.from_address(frame + FRAME_INSTANCE).value]
        tier_up_function(data.code, found.code.function_index, data)

    def tier_up_loop(address: int) -> None:
        frame, return_address = _Two.from_address(address)
        this = state()
        found = this.space.find(return_address - 1)
        assert found is not None and found.code is not None
        position = found.position(return_address - 1 - found.start)
        assert position is not None
        data: InstanceData = this.natives[ctypes.c_uint64.from_address(frame + FRAME_INSTANCE).value]
        code = tier_up_at_loop(data.code, found.code.function_index, position.bytecode_offset, data)
        if code is not None and prepare_entry(this, code, address, frame) and this.observers:
            function = found.code.function_index
            this.notify(OsrEvent(function, data.code.module.function_name(function), position.bytecode_offset))

    def memory_grow(address: int) -> None:
        words = _Three.from_address(address)
        delta, index, instance = words
        memory = state().natives[instance].memories[index & 0xFFFFFFFF]
        words[0] = memory.grow(delta) & memory.mask

    def bulk(address: int) -> None:
        words = _Seven.from_address(address)
        number, *operands, instance = words
        data: InstanceData = state().natives[instance]
        words[0] = perform(data, number, tuple(reversed(operands))) & ALL_ONES

    def throw(address: int) -> None:
        throw_exception(state(), address)

    def exception_new(address: int) -> None:
        words = _Two.from_address(address)
        data: InstanceData = state().natives[words[1]]
        words[0] = new_exception(state(), data.tags[words[0]], address + 16)

    def table_grow(address: int) -> None:
        words = _Four.from_address(address)
        delta, index, value, instance = words
        table = state().natives[instance].tables[index]
        words[0] = table.grow(delta, value) & table.mask

    def is_subtype(address: int) -> None:
        actual, expected = saved_register(address, ("r", R11)), saved_register(address, ("r", RAX))
        types = state().types
        found = is_declared_subtype(types[_Word.from_address(actual).value], types[_Word.from_address(expected).value])
        _Word.from_address(expected).value = int(found)

    def deoptimize(address: int) -> None:
        this = state()
        this.deoptimizer.deoptimize(this, address)

    found = (
        poll, compile_lazily, tier_up, tier_up_loop, memory_grow, bulk, throw, exception_new, table_grow, is_subtype,
        deoptimize,
    )  # fmt: skip
    return {function.__name__: function for function in found}
