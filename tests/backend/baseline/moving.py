"""Finds out whether safepoints are right: at every poll, all functions that frames refer to move.

Each slot that a safepoint tells of gets a copy of its function record, and every copy that no slot or register refers
to any more is made useless. So a reference that no safepoint tells of soon calls nothing, and a place that holds none
is noticed.
"""

from __future__ import annotations

import ctypes
from typing import Any

from seaofnodes.backend.layout import CONTEXT_ENTRY_FRAME, RECORD_SIZE
from seaofnodes.runtime.entry.stubs import saved_register
from seaofnodes.runtime.process.native import NativeBuffer
from seaofnodes.wasm.engine.instance import Instance

_WORDS = RECORD_SIZE // 8


def _word(address: int) -> Any:
    return ctypes.c_uint64.from_address(address)


class Mover:
    """Moves references while an instance's code runs; every poll takes the slow path.

    Attributes: polls, moved: how often that happened, and how many references were moved; registers: how many were
    in registers.
    """

    def __init__(self, instance: Instance) -> None:
        data = instance.data
        self.entry = data.code.tiers.entry
        first = data.unit.module.imported_functions
        self.records = {data.record(first + index) for index in range(len(data.unit.module.code))}
        self.copies: dict[int, NativeBuffer] = {}
        self.polls = self.moved = self.registers = 0
        self._callback = self._poll
        space = self.entry.space
        space.store_word(space.names["poll"], id(self._callback))
        self._dead: list[NativeBuffer] = []

    def start(self) -> None:
        """From the next call on."""
        entry, begin = self.entry, self.entry.begin

        def begin_with_polls() -> None:
            begin()
            entry.raise_stack_limit()
            entry.begin_with_hook()

        entry.begin = begin_with_polls  # type: ignore[method-assign]
        entry.begin_with_hook()

    def _poll(self, address: int) -> None:
        """address: of the innermost frame and the return address there; its registers survive, so it is not moved."""
        stub_frame = address
        self.polls += 1
        space = self.entry.space
        last = space.load_word(space.context + CONTEXT_ENTRY_FRAME)
        frame, return_address = _word(address).value, _word(address + 8).value
        kept: dict[int, NativeBuffer] = {}
        innermost = True
        while frame != last:
            found = space.find(return_address - 1)
            assert found is not None and found.code is not None
            for place in found.code.safepoints.get(return_address - found.start, ()):
                is_register = 0 <= place < 16
                assert innermost or not is_register
                slot = _word(saved_register(stub_frame, ("r", place)) if is_register else frame + place)
                self.registers += is_register
                record = slot.value
                if not record:
                    continue
                assert record in self.records or record in self.copies, f"{record:#x} at {place} is no function"
                if innermost:
                    if record in self.copies:
                        kept[record] = self.copies[record]
                    continue
                copy = NativeBuffer(RECORD_SIZE)
                for index in range(_WORDS):
                    copy.words[index] = _word(record + 8 * index).value
                slot.value = copy.address
                kept[copy.address] = copy
                self.moved += 1
            innermost = False
            frame, return_address = _word(frame).value, _word(frame + 8).value
        for record, copy in self.copies.items():
            if record not in kept:
                copy.words[0] = copy.words[1] = 0
                self._dead.append(copy)  # its address is not used again
        self.copies = kept
        self.entry.raise_stack_limit()
