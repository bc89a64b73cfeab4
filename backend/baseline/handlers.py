"""The handlers of all instructions."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.baseline import (
    bit_count,
    calls,
    compare,
    control,
    convert,
    division,
    floating,
    integer,
    memory,
    shift,
    variables,
)
from seaofnodes.backend.baseline.compiler import Handler

HANDLERS: Final[dict[int, Handler]] = {
    **control.HANDLERS,
    **calls.HANDLERS,
    **variables.HANDLERS,
    **memory.HANDLERS,
    **compare.HANDLERS,
    **integer.HANDLERS,
    **shift.HANDLERS,
    **bit_count.HANDLERS,
    **division.HANDLERS,
    **floating.HANDLERS,
    **convert.HANDLERS,
}
