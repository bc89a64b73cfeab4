"""The runtime's own words in the engine's context, beside those of backend/layout.py."""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.layout import (
    BACKTRACE_LIMIT,
    CONTEXT_FRAMES,
    CONTEXT_SIZE,
    CONTEXT_TRAP_REASON,
)
from seaofnodes.runtime.process.native import ALL_ONES as ALL_ONES

CONTEXT_THREAD: Final = CONTEXT_TRAP_REASON + 0x18  # the thread state, while Python's lock is released
assert CONTEXT_THREAD < CONTEXT_FRAMES

_FIRST: Final = CONTEXT_FRAMES + 8 * BACKTRACE_LIMIT
CONTEXT_OWNER: Final = _FIRST  # PyThreadState of the thread that has the engine, or 0; see exclusion.py
CONTEXT_BEGIN: Final = _FIRST + 8  # not 0: an outermost call begins with the callable `begin`
CONTEXT_INTERRUPTED: Final = _FIRST + 16  # not 0: the next poll raises InterruptError
CONTEXT_NONE: Final = _FIRST + 24  # address of None: what a callable gives that has nothing to say
CONTEXT_CHANGES: Final = _FIRST + 32  # counts entries, and whatever else may change what objects are referred to
assert CONTEXT_CHANGES < CONTEXT_SIZE

FAULT: Final = ALL_ONES  # CONTEXT_TRAP_REASON of a fault: the code's table of traps knows the reason

# What an entry stub returns; other than that it raises.
RETURNED: Final = 0
TAKEN: Final = 1  # nothing happened: another thread has the engine

# An entry frame's status inside.
TRAPPED: Final = 2
RAISED: Final = 3
