"""What an engine tells whoever observes it."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.passes.base import Remark


@dataclass(frozen=True, slots=True)
class CompileEvent:
    """A function has been compiled and its code installed.

    tier: "baseline" or "optimized"; seconds: the compilation took; code_size: bytes of instructions; remarks: of the
    passes; osr_offset: bytecode offset of the loop that the code starts at, or -1.
    """

    function_index: int
    name: str
    tier: str
    seconds: float
    code_size: int
    remarks: tuple[Remark, ...] = ()
    osr_offset: int = -1


@dataclass(frozen=True, slots=True)
class OsrEvent:
    """A loop goes on in optimized code. osr_offset: its bytecode offset."""

    function_index: int
    name: str
    osr_offset: int


@dataclass(frozen=True, slots=True)
class GiveUpEvent:
    """The optimizing compiler does not support a function; it stays in baseline code."""

    function_index: int
    name: str
    reason: str


Event = CompileEvent | GiveUpEvent | OsrEvent
