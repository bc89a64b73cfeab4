"""What an engine tells whoever observes it."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.passes.base import Remark


@dataclass(frozen=True, slots=True)
class CompileEvent:
    """A function has been compiled and its code installed.

    tier: "baseline" or "optimized"; seconds: the compilation took; code_size: bytes of instructions; remarks: of the
    passes.
    """

    function_index: int
    name: str
    tier: str
    seconds: float
    code_size: int
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class GiveUpEvent:
    """The optimizing compiler does not support a function; it stays in baseline code."""

    function_index: int
    name: str
    reason: str


Event = CompileEvent | GiveUpEvent
