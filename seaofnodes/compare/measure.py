"""Measuring one portion of work, in this process."""

from __future__ import annotations

from seaofnodes.compare.calls import measure_call
from seaofnodes.compare.functions import measure_functions
from seaofnodes.compare.portion import Portion
from seaofnodes.compare.programs.reading import program_of
from seaofnodes.compare.row import Row
from seaofnodes.passes.framework.failures import failure_text


def measure(portion: Portion) -> list[Row]:
    """The portion's rows. What goes wrong in one function is in its row; what stops all of it is in all rows."""
    try:
        program = program_of(portion.data, portion.suffix, portion.settings.load, portion.settings.host)
        return measure_functions(portion, program) if portion.functions else measure_call(portion, program)
    except Exception as error:  # a broken pass may raise anything, at any time: it becomes the rows
        return portion.failed(failure_text(error))
