"""A piece of installed machine code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from seaofnodes.backend.code import MachineCode
from seaofnodes.backend.positions import Position
from seaofnodes.runtime.code.frame_table import FrameRecord


class FunctionNames(Protocol):
    """What knows the names of a unit's functions."""

    def function_name(self, index: int) -> str:
        """A name for people."""


class CodeObject:
    """A piece of installed machine code.

    Attributes: start: address of its first instruction; size: bytes of code and constants; code: what the compiler
    said, or None for a stub; names: of the unit's functions, or None for a stub; name: for people; safepoints: as
    MachineCode has them; gap: bytes before it that are left free on purpose.
    """

    __slots__ = ("code", "gap", "name", "names", "safepoints", "size", "start")

    def __init__(
        self,
        start: int,
        size: int,
        name: str,
        code: MachineCode | None,
        names: FunctionNames | None,
        safepoints: Mapping[int, tuple[int, ...]],
        gap: int = 0,
    ) -> None:
        self.gap = gap
        self.start = start
        self.size = size
        self.name = name
        self.code = code
        self.names = names
        self.safepoints = safepoints if code is None else code.safepoints

    def position(self, pc: int) -> Position | None:
        """What the instruction at offset `pc` was made for."""
        return None if self.code is None else self.code.positions.at(pc)

    def frame_records(self) -> list[FrameRecord]:
        """What the frame table has to know of the code's calls."""
        code, start, safepoints = self.code, self.start, self.safepoints
        if code is None:
            return [FrameRecord(start + pc, 0, 0, places) for pc, places in safepoints.items()]
        handlers, size = code.handlers, code.frame_size
        pcs = safepoints if handlers.keys() <= safepoints.keys() else safepoints.keys() | handlers.keys()
        return [
            FrameRecord(start + pc, start + handlers[pc] if pc in handlers else 0, size, safepoints.get(pc, ()))
            for pc in pcs
        ]

    def __repr__(self) -> str:
        return f"<code {self.name} at {self.start:#x}, {self.size} bytes>"
