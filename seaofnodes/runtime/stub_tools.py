"""What the modules with stubs share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.backend.assembler import Assembler, Rip
from seaofnodes.backend.code import Relocation
from seaofnodes.backend.layout import (
    R12,
    R13,
    R14,
    R15,
    RBX,
    TRAP_REASONS,
)
from seaofnodes.runtime.context import C_FUNCTION

STACK_EXHAUSTED: Final = TRAP_REASONS.index("call stack exhausted")

# The entry frame, below its rbp: rbx r12 r13 r14 r15, the buffer, the outer entry frame, padding.
ENTRY_SAVED: Final = (RBX, R12, R13, R14, R15)
ENTRY_BUFFER: Final = -48
ENTRY_OUTER: Final = -56
ENTRY_SIZE: Final = 64


def context(offset: int) -> Rip:
    """A word of the engine's context."""
    return Rip(reloc=("context", offset))


def call_c(a: Assembler, name: str) -> None:
    """Call a function of CPython; rsp must be aligned."""
    a.call_mem(context(C_FUNCTION[name]))


def assemble(build: Callable[[Assembler], None]) -> tuple[bytes, tuple[Relocation, ...]]:
    """Code and relocations of a stub."""
    a = Assembler()
    build(a)
    code = a.finish()
    return code.data, tuple(code.relocations)
