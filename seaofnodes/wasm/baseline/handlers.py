"""The handlers of all instructions."""

from __future__ import annotations

from typing import Final

from seaofnodes.wasm.baseline import control, memory, references, tables, variables
from seaofnodes.wasm.baseline.arithmetic import bit_count, compare, convert, division, floating, integer, shift
from seaofnodes.wasm.baseline.calls import builtins, direct, exceptions, legacy_exceptions, tail
from seaofnodes.wasm.baseline.compiler import Handler
from seaofnodes.wasm.baseline.objects import access, allocation, casts

HANDLERS: Final[dict[int, Handler]] = {
    **control.HANDLERS,
    **direct.HANDLERS,
    **tail.HANDLERS,
    **exceptions.HANDLERS,
    **legacy_exceptions.HANDLERS,
    **variables.HANDLERS,
    **memory.HANDLERS,
    **builtins.HANDLERS,
    **references.HANDLERS,
    **tables.HANDLERS,
    **allocation.HANDLERS,
    **access.HANDLERS,
    **casts.HANDLERS,
    **compare.HANDLERS,
    **integer.HANDLERS,
    **shift.HANDLERS,
    **bit_count.HANDLERS,
    **division.HANDLERS,
    **floating.HANDLERS,
    **convert.HANDLERS,
}
