"""Register allocation for the optimizing tier: linear scan over live ranges of an SSA-form sequence.

    allocation = allocate(sequence)

liveness → ranges → scan (once per bank) → spilling (stores and slots) → resolution (operands and moves). `checker`
proves a result right.
"""

from __future__ import annotations

from seaofnodes.backend.allocation.allocator import Allocation, allocate
from seaofnodes.backend.allocation.checker import check
from seaofnodes.backend.allocation.errors import AllocationError, CheckError

__all__ = ["Allocation", "AllocationError", "CheckError", "allocate", "check"]
