"""Handlers of all opcodes that are not one machine instruction."""

from __future__ import annotations

from seaofnodes.backend.emit import arithmetic, control, conversions
from seaofnodes.backend.emit.forms import Handlers


def handlers() -> Handlers:
    """A table of all handlers; those of plain instructions are made when first asked for."""
    return Handlers({**control.HANDLERS, **arithmetic.HANDLERS, **conversions.HANDLERS})
