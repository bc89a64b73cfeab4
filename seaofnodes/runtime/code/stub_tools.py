"""What the modules with stubs share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

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
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.process.native_code import address_of

STACK_EXHAUSTED: Final = TRAP_REASONS.index("call stack exhausted")

# The entry frame, below its rbp: rbx r12 r13 r14 r15, the buffer, the outer entry frame, has it taken the engine, where
# the outer entry has left, spare.
ENTRY_SAVED: Final = (RBX, R12, R13, R14, R15)
ENTRY_BUFFER: Final = -48
ENTRY_OUTER: Final = -56
ENTRY_TOOK: Final = -64
ENTRY_OUTER_EXIT: Final = -72
ENTRY_SIZE: Final = 80


def context(offset: int) -> Rip:
    """A word of the engine's context."""
    return Rip(reloc=("context", offset))


def word(name: str) -> Rip:
    """A word that the runtime, or a language, has defined by name: the address of a callable or of a C function."""
    return Rip(reloc=("word", name))


def call_c(a: Assembler, name: str) -> None:
    """Call a C function, see `define_c_functions`; rsp must be aligned."""
    a.call_mem(word(name))


def define_c_functions(space: CodeSpace, names: Iterable[str]) -> None:
    """Let stubs call functions of CPython's C interface and of the C library.

    An exception of Python stays where Python looks for it.
    """
    for name in names:
        space.define(name, address_of(name))


class Stub(NamedTuple):
    """Machine code that is not compiled.

    Attributes: data; relocations; safepoints: as MachineCode has them.
    """

    data: bytes
    relocations: tuple[Relocation, ...]
    safepoints: dict[int, tuple[int, ...]]

    def install(self, space: CodeSpace, name: str, owner: list[Any] | None = None) -> CodeObject:
        """Put it into the code space. Raises Error when that is full."""
        return space.install(self.data, self.relocations, name, safepoints=self.safepoints, owner=owner)


# A stub's builder may tell where its frame has references: pc after a call -> places.
Safepoints = dict[int, tuple[int, ...]]


def assemble(build: Callable[[Assembler], Safepoints | None]) -> Stub:
    """A stub."""
    a = Assembler()
    safepoints = build(a) or {}
    code = a.finish()
    places = {code.offset(pc): places for pc, places in safepoints.items() if places}
    return Stub(code.data, tuple(code.relocations), places)
