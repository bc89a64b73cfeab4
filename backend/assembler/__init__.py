"""The assembler: x86-64 instruction forms out of PeachPy, labels, branch relaxation, constants and relocations."""

from __future__ import annotations

from seaofnodes.backend.assembler.assembler import Assembler
from seaofnodes.backend.assembler.finish import AssembledCode
from seaofnodes.backend.assembler.operands import Label, Mem, Rip

__all__ = ["AssembledCode", "Assembler", "Label", "Mem", "Rip"]
