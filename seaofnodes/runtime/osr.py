"""On-stack replacement: a loop that is hot in one long call goes on in optimized code, which takes over the frame.

The code is compiled from the loop's header on (`lift_from_loop`); its values come from where the baseline code has them
at that header (`baseline_frame_layouts`). V8 has it for JavaScript, not for WebAssembly.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seaofnodes.backend.baseline.frame_layout import FrameLayout
from seaofnodes.runtime.code_space import CodeObject
from seaofnodes.runtime.context import CONTEXT_OSR_ENTRY, CONTEXT_OSR_VALUES
from seaofnodes.runtime.native import NativeBuffer
from seaofnodes.runtime.stubs import saved_register

if TYPE_CHECKING:
    from seaofnodes.runtime.state import EngineState

_ROOM: Final = 1 << 15  # bytes of stack that must be left below the new frame, beside what the limit leaves


@dataclass(frozen=True, slots=True)
class OsrCode:
    """Optimized code that starts at a loop's header.

    Attributes: layout: of the baseline frames that it takes over; values: where their values are handed over.
    """

    code: CodeObject
    layout: FrameLayout
    values: NativeBuffer


def prepare_entry(engine: EngineState, found: OsrCode, stub_frame: int, frame: int) -> bool:
    """Have the stub `tier_up_loop` go on in the code; False if the stack has no room for its frame.

    stub_frame: what the stub gave; frame: the address that rbp had in the baseline code.
    """
    assert found.code.code is not None
    space = engine.space
    if frame - found.code.code.frame_size - _ROOM < engine.stack_limit:
        return False
    words = found.values.words
    read = ctypes.c_uint64.from_address
    for index, places in enumerate(found.layout.locals + found.layout.stack):
        kind, number = places[0]
        if kind == "c":
            words[index] = number
        elif kind == "s":
            words[index] = read(frame + number).value
        else:
            words[index] = read(saved_register(stub_frame, (kind, number))).value
    space.store_word(space.context + CONTEXT_OSR_VALUES, found.values.address)
    space.store_word(space.context + CONTEXT_OSR_ENTRY, found.code.start)
    return True
