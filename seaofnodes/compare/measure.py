"""Measuring one unit of work, in this process."""

from __future__ import annotations

from functools import lru_cache

from seaofnodes.compare.calls import measure_call
from seaofnodes.compare.functions import measure_functions
from seaofnodes.compare.row import Row
from seaofnodes.compare.unit import Unit
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.module import Module


@lru_cache(maxsize=2)
def _module(data: bytes) -> Module:
    """Units of one module mostly come one after the other."""
    return decode_module(data)


def measure(unit: Unit) -> list[Row]:
    """The unit's rows. What goes wrong in one function is in its row; what stops the whole unit is in all of them."""
    try:
        module = _module(unit.data)
        return measure_functions(unit, module) if unit.functions else measure_call(unit, module)
    except Exception as error:  # a broken pass may raise anything, at any time: it becomes the rows
        return unit.failed(f"{type(error).__name__}: {error}")
