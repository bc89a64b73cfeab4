"""Walks of the stack in Python: for an exception that no handler catches, for traps, for what frames refer to."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

from seaofnodes.backend.layout import BACKTRACE_LIMIT, CONTEXT_ENTRY_FRAME, TRAP_REASONS
from seaofnodes.errors import Error, Trap
from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.code.stub_tools import ENTRY_OUTER
from seaofnodes.runtime.entry.context import FAULT
from seaofnodes.runtime.entry.stub_parts import TRAP_COUNT, TRAP_FRAMES, TRAP_PC, TRAP_REASON
from seaofnodes.runtime.leaving.backtrace import Frame, backtrace

_Two: Any = ctypes.c_uint64 * 2
_Trapped: Any = ctypes.c_uint64 * (TRAP_FRAMES + BACKTRACE_LIMIT)
_word: Any = ctypes.c_uint64.from_address

# The exception's word, its backtrace, and how many frames that leaves out -> what Python raises.
Uncaught = Callable[[int, tuple[Frame, ...], int], BaseException]


def _nobody_knows(exception: int, frames: tuple[Frame, ...], omitted: int) -> BaseException:
    return Error(f"an exception of no known language: {exception:#x}")


class Unwinder:
    """Walks the frames of an engine. A frame's rbp points to its caller's, the return address lies above.

    Attributes: uncaught: makes a Python exception of one that compiled code has thrown and not caught. Whose exceptions
    these are sets it.
    """

    def __init__(self, space: CodeSpace) -> None:
        self._space = space
        self.uncaught: Uncaught = _nobody_knows

    def leave(self, address: int) -> BaseException:
        """What to raise for an exception that no frame of the innermost entry has a handler for; address: of
        [exception, rbp, return address] of the stub `throw_ref`.
        """
        exception, frame = _word(address).value, address + 8
        last = self._entry_frame()
        returns: list[int] = []
        while True:
            caller, return_address = _Two.from_address(frame)
            returns.append(return_address)
            if caller == last:
                break
            frame = caller
        frames = backtrace(self._space, returns[:BACKTRACE_LIMIT])
        return self.uncaught(exception, frames, len(returns[BACKTRACE_LIMIT:]))

    def trap(self, address: int) -> Trap:
        """The trap that the entry stub reports in its words (entry/stub_parts.py)."""
        words = _Trapped.from_address(address)
        reason, pc, count = words[TRAP_REASON], words[TRAP_PC], words[TRAP_COUNT]
        if reason == FAULT:
            found = self._space.find(pc)
            assert found is not None and found.code is not None
            text = TRAP_REASONS[found.code.traps[pc - found.start]]
        else:
            text = TRAP_REASONS[reason]
        kept = min(count, BACKTRACE_LIMIT)
        frames = backtrace(self._space, words[TRAP_FRAMES : TRAP_FRAMES + kept])
        return Trap(text, frames[:BACKTRACE_LIMIT], count - kept + max(len(frames) - BACKTRACE_LIMIT, 0))

    def is_outermost(self) -> bool:
        """Is the innermost entry the only one? Frames of outer calls cannot be seen from it."""
        return bool(_word(self._entry_frame() + ENTRY_OUTER).value == 0)

    def references(self, frame: int) -> Iterator[int]:
        """The references in the frames of the innermost entry, which all are at calls.

        frame: where the [rbp, return address] are of a stub that compiled code has called.
        """
        last = self._entry_frame()
        while True:
            caller, return_address = _Two.from_address(frame)
            found = self._space.frame(return_address)
            if found is not None:
                for offset in found.references:
                    yield _word(caller + offset).value
            if caller == last:
                return
            frame = caller

    def _entry_frame(self) -> int:
        return self._space.load_word(self._space.context + CONTEXT_ENTRY_FRAME)
