"""What machine code reads by name: the oddballs, what is thrown, the epoch of prototypes; and functions' records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.backend.assembler import Mem, Rip
from seaofnodes.backend.layout import RBX, RCX, RDI
from seaofnodes.javascript.objects.layout import FUNCTION_CODE
from seaofnodes.runtime.code.stub_tools import context

ODDBALLS: Final = ("undefined", "null", "true", "false", "hole")


def word_name(name: str) -> str:
    """Its name in the code space."""
    return f"js_{name}"


def root(name: str) -> Rip:
    """A word, as an operand."""
    return Rip(reloc=("word", word_name(name)))


def load_record(emit: Callable[..., None]) -> None:
    """rcx: address of the record of the function in rdi. Clobbers rbx."""
    emit("MOV_r32_m32", RCX, Mem(RDI, FUNCTION_CODE + 4 - 1))
    emit("LEA_r64_m", RBX, context(0))
    emit("ADD_r64_r64", RCX, RBX)
