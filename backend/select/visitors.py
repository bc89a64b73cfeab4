"""All visitors, by operator name, and selection with them."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend import instruction as ins
from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.schedule import Schedule
from seaofnodes.backend.select import calls, constants, control, memory, objects
from seaofnodes.backend.select.arithmetic import compare, division, floats, shifts, sums, words
from seaofnodes.backend.select.selection import run
from seaofnodes.backend.select.selector import Selector, Visitor

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
    **objects.VISITORS,
}


def select(schedule: Schedule, embedder_data: object, features: CpuFeatures) -> ins.Sequence:
    """Instructions for a scheduled graph, with `label` of each block the index of the scheduled block.

    Raises UnsupportedError for an operator that has no instructions.
    """
    return run(Selector(schedule, embedder_data, features), VISITORS)
