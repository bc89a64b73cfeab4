"""Instruction selection: a scheduled graph becomes x86-64 instructions over virtual registers.

After V8's instruction selector (`instruction-selector-x64.cc`): blocks and nodes are visited from the last to the
first, so that a node knows which of its operands have no other use, and covers them: addressing modes, memory
operands, fused comparisons.
"""

from __future__ import annotations

from seaofnodes.backend.select.address import Address
from seaofnodes.backend.select.selector import Selector

__all__ = ["Address", "Selector"]
