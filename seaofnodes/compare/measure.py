"""Measuring one unit of work, in this process."""

from __future__ import annotations

from seaofnodes.compare.calls import measure_call
from seaofnodes.compare.functions import measure_functions
from seaofnodes.compare.programs import program_of
from seaofnodes.compare.row import Row
from seaofnodes.compare.unit import Unit
from seaofnodes.passes.framework.failures import failure_text


def measure(unit: Unit) -> list[Row]:
    """The unit's rows. What goes wrong in one function is in its row; what stops the whole unit is in all of them."""
    try:
        program = program_of(unit.data, unit.suffix, unit.settings.load)
        return measure_functions(unit, program) if unit.functions else measure_call(unit, program)
    except Exception as error:  # a broken pass may raise anything, at any time: it becomes the rows
        return unit.failed(failure_text(error))
