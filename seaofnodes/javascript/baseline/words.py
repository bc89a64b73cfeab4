"""Words that machine code reads by name: the oddballs, what is thrown, the epoch of prototypes."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.assembler import Rip

ODDBALLS: Final = ("undefined", "null", "true", "false", "hole")
OTHERS: Final = ("exception", "epoch", "global_object")


def word_name(name: str) -> str:
    """Its name in the code space."""
    return f"js_{name}"


def root(name: str) -> Rip:
    """A word, as an operand."""
    return Rip(reloc=("word", word_name(name)))
