"""Handlers of all opcodes that are not one machine instruction."""

from __future__ import annotations

import functools

from seaofnodes.backend.emit import arithmetic, control, conversions
from seaofnodes.backend.emit.forms import Handlers


@functools.cache
def handlers() -> Handlers:
    """The handlers of all opcodes, those of plain instructions made when first asked for. All emitters share them."""
    return Handlers({**control.HANDLERS, **arithmetic.HANDLERS, **conversions.HANDLERS})
