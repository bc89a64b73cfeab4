"""Errors of register allocation: they are faults of the compiler, never of its input."""

from __future__ import annotations

from seaofnodes.errors import Error


class AllocationError(Error):
    """The sequence breaks the contract, or cannot be allocated: an instruction wants more registers than there are."""


class CheckError(Error):
    """An allocation is wrong: the message names block, instruction and virtual register."""
