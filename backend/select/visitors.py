"""All visitors, by operator name."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.select import (
    calls,
    compare,
    constants,
    control,
    division,
    exceptions,
    floats,
    memory,
    shifts,
    sums,
    words,
)
from seaofnodes.backend.select.selector import Visitor

VISITORS: Final[dict[str, Visitor]] = {
    **constants.VISITORS,
    **words.VISITORS,
    **sums.VISITORS,
    **shifts.VISITORS,
    **division.VISITORS,
    **compare.VISITORS,
    **floats.VISITORS,
    **memory.VISITORS,
    **control.VISITORS,
    **calls.VISITORS,
    **exceptions.VISITORS,
}
