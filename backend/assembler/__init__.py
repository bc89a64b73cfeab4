"""The assembler: x86-64 instruction forms out of PeachPy, labels, branch relaxation, constants and relocations."""

from __future__ import annotations

from seaofnodes.backend.assembler.assembler import Assembler
from seaofnodes.backend.assembler.layout import Layout
from seaofnodes.backend.assembler.operands import Label, Mem, Rip

__all__ = ["Assembler", "Label", "Layout", "Mem", "Rip"]
