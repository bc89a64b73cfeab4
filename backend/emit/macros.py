"""All handlers: those of opcodes that are not one machine instruction, and those made from forms."""

from __future__ import annotations

import functools
from typing import Any

from seaofnodes.backend.allocation import Allocation
from seaofnodes.backend.assembler.features import CpuFeatures
from seaofnodes.backend.emit import arithmetic, calls, control, conversions, objects
from seaofnodes.backend.emit.emitter import Emission, Emitter
from seaofnodes.backend.emit.forms import Handlers
from seaofnodes.backend.instruction import Instruction


def _encoded(e: Emitter, i: Instruction) -> None:
    """See Selector.emit_encoded."""
    encode: Any = i.payload
    e.asm.encoded(encode(*[location & 15 for location in (*i.def_locations, *i.use_locations)]))


@functools.cache
def handlers() -> Handlers:
    """The handlers of all opcodes, those of plain instructions made when first asked for. All emitters share them."""
    return Handlers(
        {"ENCODED": _encoded}
        | control.HANDLERS
        | calls.HANDLERS
        | arithmetic.HANDLERS
        | conversions.HANDLERS
        | objects.HANDLERS
    )


def emit(allocation: Allocation, features: CpuFeatures, *, trace: bool = False) -> Emission:
    """Machine code for an allocated sequence."""
    return Emitter(allocation, features, handlers(), trace).run()
