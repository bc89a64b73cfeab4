"""Walks of the stack in Python: for an exception that no handler catches, for traps, for what frames refer to."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from seaofnodes.backend.layout import (
    BACKTRACE_LIMIT,
    CONTEXT_ENTRY_FRAME,
    CONTEXT_EXIT_FRAME,
    FRAME_ARGUMENTS,
    INTEGER_ARGUMENTS,
    TRAP_REASONS,
)
from seaofnodes.errors import Error, Trap
from seaofnodes.runtime.code.handles import owner_of
from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.code.stub_tools import ENTRY_OUTER, ENTRY_OUTER_EXIT
from seaofnodes.runtime.entry.context import FAULT
from seaofnodes.runtime.entry.stub_parts import TRAP_COUNT, TRAP_FRAMES, TRAP_PC, TRAP_REASON
from seaofnodes.runtime.entry.stubs import saved_register
from seaofnodes.runtime.leaving.backtrace import Frame, backtrace
from seaofnodes.runtime.tiers.tier_stubs import LAZY_ARGUMENTS, LAZY_INDEX, LAZY_INSTANCE, LAZY_INTEGERS

if TYPE_CHECKING:
    from seaofnodes.runtime.tiers.unit_code import UnitInstance

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

    def frames(self) -> Iterator[tuple[int, int, int]]:
        """The frames of all entries, innermost first: (rbp, return address into its code, rbp of what it has called).

        For the thread that has the engine, when machine code has called Python or Python has not called any. Frames of
        stubs are among them.
        """
        return itertools.chain.from_iterable(self.entries())

    def entries(self) -> Iterator[Iterator[tuple[int, int, int]]]:
        """The same for each entry."""
        space = self._space
        entry, frame = self._entry_frame(), space.load_word(space.context + CONTEXT_EXIT_FRAME)
        while entry:
            yield _frames_between(frame, entry)
            frame, entry = _word(entry + ENTRY_OUTER_EXIT).value, _word(entry + ENTRY_OUTER).value

    def exits(self) -> Iterator[tuple[int, int]]:
        """Where each entry has called Python, innermost first: (return address in the stub that did, its rbp)."""
        space = self._space
        entry, frame = self._entry_frame(), space.load_word(space.context + CONTEXT_EXIT_FRAME)
        while entry:
            if frame != entry:
                stub, return_address = _Two.from_address(frame)
                yield return_address, stub
            frame, entry = _word(entry + ENTRY_OUTER_EXIT).value, _word(entry + ENTRY_OUTER).value

    def return_addresses(self) -> set[int] | None:
        """Those in all frames; None if an outer entry is just beginning or ending: what it is about to run or to look
        at cannot be seen.
        """
        entry = self._entry_frame()
        while entry and (outer := _word(entry + ENTRY_OUTER).value):
            if _word(entry + ENTRY_OUTER_EXIT).value == outer:
                return None
            entry = outer
        return {return_address for _, return_address, _ in self.frames()}

    def references(self) -> Iterator[int]:
        """The references in these frames, and in registers that stubs have saved."""
        for frame, return_address, called in self.frames():
            found = self._space.frame(return_address)
            if found is None:
                continue
            for place in found.references:
                if 0 <= place < 16:
                    yield _word(saved_register(called, ("r", place))).value
                elif place == LAZY_ARGUMENTS:
                    yield from _lazy_arguments(frame)
                else:
                    yield _word(frame + place).value

    def _entry_frame(self) -> int:
        return self._space.load_word(self._space.context + CONTEXT_ENTRY_FRAME)


def _frames_between(frame: int, entry: int) -> Iterator[tuple[int, int, int]]:
    while frame != entry:
        caller, return_address = _Two.from_address(frame)
        yield caller, return_address, frame
        frame = caller


def _lazy_arguments(frame: int) -> Iterator[int]:
    """The references among the arguments that the builtin `lazy` keeps for a function that is being compiled."""
    instance: UnitInstance = owner_of(_word(frame + LAZY_INSTANCE).value)
    signature = instance.code.unit.signature(_word(frame + LAZY_INDEX).value)
    for type, (kind, number) in zip(signature.parameters, signature.locations.parameters, strict=True):
        if type.is_reference:
            at = LAZY_INTEGERS + 8 * INTEGER_ARGUMENTS.index(number) if kind == "r" else FRAME_ARGUMENTS + 8 * number
            yield _word(frame + at).value
