"""On-stack replacement: a loop that is hot in one long call goes on in optimized code, which takes over the frame.

The code is compiled from the loop's header on; its values come from where the baseline code has them at that header.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Final

from seaofnodes.backend.template.frame_layout import FrameLayout
from seaofnodes.runtime.code.code_object import CodeObject
from seaofnodes.runtime.entry.stubs import saved_register
from seaofnodes.runtime.process.native import NativeBuffer

_ROOM: Final = 1 << 15  # bytes of stack that must be left below the new frame, beside what the limit leaves


@dataclass(frozen=True, slots=True)
class OsrCode:
    """Optimized code that starts at a loop's header.

    Attributes: layout: of the baseline frames that it takes over.
    """

    code: CodeObject
    layout: FrameLayout


def prepare_entry(found: OsrCode, stub_frame: int, frame: int, stack_limit: int) -> NativeBuffer | None:
    """What the stub `tier_up_loop` needs to go on in the code: [entry, values...]; None if the stack has no room.

    stub_frame: what the stub gave; frame: the address that rbp had in the baseline code; stack_limit: the
    lowest address that frames may reach.
    """
    assert found.code.code is not None
    if frame - found.code.code.frame_size - _ROOM < stack_limit:
        return None
    places_of_all = found.layout.locals + found.layout.stack
    made = NativeBuffer(8 + 8 * len(places_of_all))
    words = made.words
    words[0] = found.code.start
    read = ctypes.c_uint64.from_address
    for index, places in enumerate(places_of_all, 1):
        kind, number = places[0]
        if kind == "c":
            words[index] = number
        elif kind == "s":
            words[index] = read(frame + number).value
        else:
            words[index] = read(saved_register(stub_frame, (kind, number))).value
    return made
