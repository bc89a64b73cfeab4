"""The handlers of all instructions."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.baseline import (
    bit_count,
    builtin_calls,
    calls,
    compare,
    control,
    convert,
    division,
    exceptions,
    floating,
    integer,
    legacy_exceptions,
    memory,
    references,
    shift,
    tables,
    tail_calls,
    variables,
)
from seaofnodes.backend.baseline.compiler import Handler

HANDLERS: Final[dict[int, Handler]] = {
    **control.HANDLERS,
    **calls.HANDLERS,
    **tail_calls.HANDLERS,
    **exceptions.HANDLERS,
    **legacy_exceptions.HANDLERS,
    **variables.HANDLERS,
    **memory.HANDLERS,
    **builtin_calls.HANDLERS,
    **references.HANDLERS,
    **tables.HANDLERS,
    **compare.HANDLERS,
    **integer.HANDLERS,
    **shift.HANDLERS,
    **bit_count.HANDLERS,
    **division.HANDLERS,
    **floating.HANDLERS,
    **convert.HANDLERS,
}
