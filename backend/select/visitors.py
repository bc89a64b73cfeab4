"""All visitors, by operator name."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.select import calls, compare, constants, control, floats, memory, words
from seaofnodes.backend.select.selector import Visitor

VISITORS: Final[dict[str, Visitor]] = {
    **constants.VISITORS,
    **words.VISITORS,
    **compare.VISITORS,
    **floats.VISITORS,
    **memory.VISITORS,
    **control.VISITORS,
    **calls.VISITORS,
}
