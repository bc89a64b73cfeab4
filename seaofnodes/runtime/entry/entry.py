"""Who has an engine: how threads come into its machine code, how that is interrupted, and what it may spend."""

from __future__ import annotations

import ctypes
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, TypeVar

from seaofnodes.backend.layout import CONTEXT_ENTRY_FRAME, CONTEXT_REAL_LIMIT, CONTEXT_STACK_LIMIT, R11
from seaofnodes.errors import InterruptError
from seaofnodes.runtime.code.handles import finder
from seaofnodes.runtime.code.space import Callback, CodeSpace
from seaofnodes.runtime.code.stub_tools import assemble, define_c_functions
from seaofnodes.runtime.entry import forking as forking  # registers what a fork needs
from seaofnodes.runtime.entry.context import (
    ALL_ONES,
    CONTEXT_BEGIN,
    CONTEXT_INTERRUPTED,
    CONTEXT_NONE,
    CONTEXT_OWNER,
)
from seaofnodes.runtime.entry.deadline import Deadline
from seaofnodes.runtime.entry.entry_point import EntryPoint
from seaofnodes.runtime.entry.signatures import Signature, host_trampoline
from seaofnodes.runtime.entry.stack import stack_limit
from seaofnodes.runtime.entry.stubs import BUILTINS, saved_register
from seaofnodes.runtime.entry.ticker import TICKER
from seaofnodes.runtime.process.exclusion import Waiting, exclusively, this_thread
from seaofnodes.runtime.process.native import NativeBuffer
from seaofnodes.runtime.process.signals import HANDLERS

T = TypeVar("T")

_C_FUNCTIONS: Final = (
    "PyEval_RestoreThread",
    "PyEval_SaveThread",
    "PyLong_FromVoidPtr",
    "PyObject_CallOneArg",
    "PyThreadState_Get",
    "Py_DecRef",
)


class Entry:
    """The way into an engine's code and out of it again.

    One thread at a time has the engine: it runs compiled code, or does what must not happen beside (`exclusively`).
    Entry stubs see to that; a call that finds it taken waits. Attributes: space: the code; deadline: of the running
    call; limits: by thread, how deep its stack may get.
    """

    def __init__(
        self,
        space: CodeSpace,
        *,
        max_stack: int,
        time_limit: float | None,
        on_begin: Callable[[], None],
        on_poll: Callable[[], None],
    ) -> None:
        """max_stack: bytes; time_limit: seconds a call; on_begin: called when an outermost call begins with a hook;
        on_poll: called on a poll's slow path.
        """
        self.space = space
        self.deadline = Deadline(time_limit)
        self.limits = threading.local()
        self._max_stack = max_stack
        self._time_limit = time_limit
        self._on_begin = on_begin
        self._on_poll = on_poll
        self._points: dict[Signature, EntryPoint] = {}
        self._trampolines: dict[Signature, int] = {}
        self._handed: deque[NativeBuffer] = deque(maxlen=64)
        self._unwatched = False
        HANDLERS.install()
        define_c_functions(space, _C_FUNCTIONS)
        space.define("put_fault_handler_first", HANDLERS.put_first)
        space.register(_callbacks(finder(space, "entry", self)))
        space.store_word(space.context + CONTEXT_NONE, id(None))
        self.begin_with_hook()

    def install_builtins(self) -> None:
        """Those that others refer to; the callable `trapped` is there already."""
        BUILTINS.install(self.space)
        self.space.handle_faults(self.space.builtins["fault"])

    # Stubs.

    def point(self, signature: Signature) -> EntryPoint:
        """How Python calls functions of a signature."""
        found = self._points.get(signature)
        return found or self._points.setdefault(signature, EntryPoint(self.space, signature))

    def trampoline(self, signature: Signature) -> int:
        """Address of the code that calls host functions of a signature."""
        found = self._trampolines.get(signature)
        if found is None:
            stub = assemble(lambda a: host_trampoline(a, signature))
            found = stub.install(self.space, f"host call {signature}").start
            self._trampolines[signature] = found
        return found

    # Calls.

    def limit_of_thread(self) -> int:
        """How far down the calling thread's stack compiled code may come, found once a thread: an address."""
        try:
            found: int = self.limits.value
        except AttributeError:
            found = self.limits.value = stack_limit(self._max_stack)
        return found

    def exclusively(self, function: Callable[[], T]) -> T:
        """Call a function while no other thread runs compiled code; code that it calls is the outermost."""
        return exclusively(self.space.context + CONTEXT_OWNER, function)

    def enter(self, point: EntryPoint, address: int) -> None:
        """Call machine code with a call buffer. Raises Trap, and what Python called from there raised."""
        limit = self.limit_of_thread()
        if point.enter(address, limit):
            waiting = Waiting()
            while point.enter(address, limit):
                waiting.wait()

    @property
    def running(self) -> bool:
        """Does a thread run compiled code, or does that wait for a host function?"""
        return self.space.load_word(self.space.context + CONTEXT_ENTRY_FRAME) != 0

    def begin_with_hook(self) -> None:
        """Have the next outermost call begin with `begin`."""
        self.space.store_word(self.space.context + CONTEXT_BEGIN, 1)

    def begin(self) -> None:
        """An outermost call begins, and there is something to do: the first one since a while, or a time limit."""
        limit = self._time_limit
        self.deadline.begin()
        self._on_begin()
        self._unwatched = not TICKER.watch(limit)
        if self._unwatched:
            self.raise_stack_limit()
        elif limit is None:
            self.space.store_word(self.space.context + CONTEXT_BEGIN, 0)

    # Interrupts and limits.

    def interrupt(self) -> None:
        """Make running code raise InterruptError at its next poll; any thread may call it."""
        if self.running:
            self.space.store_word(self.space.context + CONTEXT_INTERRUPTED, 1)
            self.raise_stack_limit()

    def raise_stack_limit(self) -> None:
        """Send the next poll to its slow path."""
        self.space.store_word(self.space.context + CONTEXT_STACK_LIMIT, ALL_ONES)

    @property
    def stack_limit(self) -> int:
        """The lowest address that frames of the thread in compiled code may reach."""
        return self.space.load_word(self.space.context + CONTEXT_REAL_LIMIT)

    def serve_interrupt(self) -> None:
        """What a poll's slow path does. Python's handlers of signals have run before this does."""
        self._on_poll()
        interrupted = self.space.context + CONTEXT_INTERRUPTED
        if self.space.load_word(interrupted):
            self.space.store_word(interrupted, 0)
            raise InterruptError("interrupted")
        self.check_time_limit()
        if self._unwatched:  # no thread will raise the limit, so every poll takes the slow path
            self.raise_stack_limit()

    def check_time_limit(self) -> None:
        """Raises TimeLimitError if the running call has used up its time."""
        if self.running:
            self.deadline.check()

    def within_limit(self, function: Callable[[], T]) -> T:
        """Call a function that changes nothing but what it makes, within the time limit: that of the call that runs on
        this thread, or its own. Raises TimeLimitError.
        """
        if self.deadline.limit is None:
            return function()
        if self.running and self.space.load_word(self.space.context + CONTEXT_OWNER) == this_thread():
            return self.deadline.run(function)
        return self.deadline.run_alone(function)

    def hand_over(self, stub_frame: int, buffer: NativeBuffer) -> None:
        """Give a buffer to the stub that called Python, where its r11 is saved; the stub reads it when Python returns.

        stub_frame: address of its frame. Until then a signal handler may run code that hands over others.
        """
        self._handed.append(buffer)
        ctypes.c_uint64.from_address(saved_register(stub_frame, ("r", R11))).value = buffer.address


def _callbacks(find: Callable[[], Entry]) -> dict[str, Callback]:
    def begin(_: object) -> None:
        find().begin()

    def poll(_: int) -> None:
        find().serve_interrupt()

    return {"begin": begin, "poll": poll}
