"""What machine code was made for, compactly: large functions have tens of thousands of positions, few are looked at."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple, overload


class Position(NamedTuple):
    """From this pc (offset in the code) on, code was made for this node and this bytecode."""

    pc: int
    node: int  # node id, or -1 (baseline code, glue)
    bytecode_offset: int  # -1: none
    inlining: int = -1  # index in MachineCode.inlinings, -1: the function itself


class Positions(Sequence[Position]):
    """Positions, sorted by pc."""

    __slots__ = ("_bytecode_offsets", "_inlinings", "_nodes", "_pcs")

    def __init__(
        self, pcs: Iterable[int], nodes: Iterable[int], bytecode_offsets: Iterable[int], inlinings: Iterable[int]
    ) -> None:
        self._pcs = array("i", pcs)
        self._nodes = array("i", nodes)
        self._bytecode_offsets = array("i", bytecode_offsets)
        self._inlinings = array("i", inlinings)

    @classmethod
    def of_baseline(cls, pcs: Sequence[int], bytecode_offsets: Iterable[int]) -> Positions:
        """Those of code without nodes and inlining."""
        none = array("i", (-1,)) * len(pcs)
        return cls(pcs, none, bytecode_offsets, none)

    def at(self, pc: int) -> Position | None:
        """What the instruction at a pc was made for."""
        index = bisect_right(self._pcs, pc) - 1
        return self[index] if index >= 0 else None

    def __len__(self) -> int:
        return len(self._pcs)

    @overload
    def __getitem__(self, index: int) -> Position: ...
    @overload
    def __getitem__(self, index: slice) -> list[Position]: ...
    def __getitem__(self, index: int | slice) -> Position | list[Position]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return Position(self._pcs[index], self._nodes[index], self._bytecode_offsets[index], self._inlinings[index])
